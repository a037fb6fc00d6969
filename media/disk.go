package media

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"countersign/model"
)

// disk keeps each blob as a file below one folder, which it cannot leave. A file is
// written beside its place, synced, and renamed: a reader sees it whole or not at all,
// also after a power cut.
type disk struct{ root *os.Root }

const (
	halfWritten = "tmp"
	halfTime    = 24 * time.Hour // what a crash left half written is kept so long
)

func openDisk(ctx context.Context, folder string) (*disk, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("media: cannot make the folder (media.path): %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("media: cannot open the folder (media.path): %w", err)
	}
	d := &disk{root}
	if err := errors.Join(root.MkdirAll(halfWritten, 0o700), d.Tidy(ctx, time.Now().Add(-halfTime))); err != nil {
		return nil, errors.Join(fmt.Errorf("media: cannot write below media.path: %w", err), root.Close())
	}
	return d, nil
}

// Tidy removes what a crash left half written.
func (d *disk) Tidy(_ context.Context, before time.Time) error {
	list, err := fs.ReadDir(d.root.FS(), halfWritten)
	errs := []error{err}
	for _, e := range list {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			errs = append(errs, gone(d.root.Remove(path.Join(halfWritten, e.Name()))))
		}
	}
	return errors.Join(errs...)
}

func (d *disk) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	half := path.Join(halfWritten, rand.Text())
	err := d.write(half, &stopping{ctx, r}, size)
	if err == nil {
		err = d.place(half, key)
	}
	if err != nil {
		return errors.Join(err, gone(d.root.Remove(half)))
	}
	return nil
}

func (d *disk) write(name string, r io.Reader, size int64) error {
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (d *disk) place(half, key string) error {
	folder := path.Dir(key)
	err := d.root.Rename(half, key)
	for range 10 { // the folder is not there, or went with the last file that was in it
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err = d.folder(folder); err == nil || errors.Is(err, fs.ErrExist) { // another made it, or a part of the way
			err = d.root.Rename(half, key)
		}
	}
	if err != nil {
		return err
	}
	return gone(d.sync(folder))
}

// folder makes one, and those that it is in; a power cut leaves them there.
func (d *disk) folder(name string) error {
	if err := d.root.MkdirAll(name, 0o700); err != nil {
		return err
	}
	return errors.Join(d.sync(path.Dir(name)), d.sync("."))
}

func (d *disk) sync(folder string) error {
	f, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d *disk) Open(_ context.Context, key string) (File, error) {
	f, err := d.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, model.E(model.CodeNotFound)
	}
	return f, err
}

// Delete removes a file, and its folder when it was the last in it.
func (d *disk) Delete(_ context.Context, key string) error {
	if err := gone(d.root.Remove(key)); err != nil {
		return err
	}
	_ = d.root.Remove(path.Dir(key)) // not empty: others are in it
	return nil
}

func (d *disk) Walk(ctx context.Context, prefix string, visit func(blob) error) error {
	return fs.WalkDir(d.root.FS(), path.Clean(prefix), func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // nobody uploaded yet, or it went meanwhile
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return visit(blob{name, info.ModTime()})
	})
}

func (d *disk) Close() error { return d.root.Close() }

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// stopping ends reading when its context ends.
type stopping struct {
	ctx context.Context //nolint:containedctx // of the one call that reads
	r   io.Reader
}

func (s *stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
