package media

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"

	"countersign/model"
)

// Finish puts the parts of an upload together, checks the file, cleans it, hashes it,
// makes the small picture of a picture and keeps both under a key of their own. Of a
// file that is refused nothing is kept but the parts.
func (d *Door) Finish(ctx context.Context, m model.Media, parts []model.MediaPart) (facts model.MediaFacts, err error) {
	src, err := d.assemble(ctx, m, parts)
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	head := make([]byte, min(m.Bytes, headBytes))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return facts, storage("read", err)
	}
	if sniff(head) != m.Mime {
		return facts, model.E(model.CodeMediaMismatch, "type", m.Mime)
	}
	facts.BlobKey = rand.Text()
	if m.Kind == model.MediaPicture {
		err = d.finishPicture(ctx, m, src, &facts)
	} else {
		err = d.finishVideo(ctx, m, src, &facts)
	}
	if err != nil {
		err = errors.Join(err, d.DropFile(context.WithoutCancel(ctx), m.ID, facts.BlobKey))
	}
	return facts, err
}

func (d *Door) finishPicture(ctx context.Context, m model.Media, src *assembled, facts *model.MediaFacts) error {
	if err := d.whole.Acquire(ctx, 1); err != nil {
		return model.E(model.CodeUnavailable).Because(err)
	}
	defer d.whole.Release(1)
	in := &counted{r: src.reader(ctx), hash: newHash()}
	raw := make([]byte, m.Bytes)
	if _, err := io.ReadFull(in, raw); err != nil {
		return storage("read", err)
	}
	if err := announced(m, in); err != nil {
		return err
	}
	p, thumb, err := d.lookAt(ctx, m.Mime, raw)
	if err != nil {
		return err
	}
	out := &counted{r: bytes.NewReader(p.clean), hash: newHash()}
	if err := d.blobs.Put(ctx, fileKey(m.ID, facts.BlobKey), out, int64(len(p.clean))); err != nil {
		return storage("put", err)
	}
	facts.Bytes, facts.SHA256, facts.Width, facts.Height, facts.Thumb = out.n, out.sum(), p.width, p.height, true
	return storage("put thumb", d.blobs.Put(ctx, thumbKey(m.ID, facts.BlobKey), bytes.NewReader(thumb), int64(len(thumb))))
}

func (d *Door) finishVideo(ctx context.Context, m model.Media, src *assembled, facts *model.MediaFacts) error {
	if err := d.films.Acquire(ctx, 1); err != nil {
		return model.E(model.CodeUnavailable).Because(err)
	}
	defer d.films.Release(1)
	f, err := probe(src, m.Bytes, m.Mime)
	if err != nil {
		return err
	}
	in := &counted{r: src.reader(ctx), hash: newHash()}
	out := &counted{r: newBlanked(in, f.blank), hash: newHash()}
	if err := d.blobs.Put(ctx, fileKey(m.ID, facts.BlobKey), out, m.Bytes); err != nil {
		return storage("put", err)
	}
	facts.Bytes, facts.SHA256, facts.Width, facts.Height, facts.DurationMS = out.n, out.sum(), f.width, f.height, f.durationMS
	return announced(m, in)
}

// announced compares what arrived with the digest that its sender announced.
func announced(m model.Media, in *counted) error {
	if m.SHA256 != "" && m.SHA256 != in.sum() {
		return model.E(model.CodeUploadHash)
	}
	return nil
}

// assembled reads the parts of an upload as one file.
type assembled struct {
	parts []File
	size  int64
}

func (d *Door) assemble(ctx context.Context, m model.Media, parts []model.MediaPart) (*assembled, error) {
	a := &assembled{size: m.Bytes}
	for n := 1; n <= model.PartsOf(m.Bytes); n++ {
		i := slices.IndexFunc(parts, func(p model.MediaPart) bool { return p.Number == n && p.Bytes == model.PartBytes(m.Bytes, n) })
		if i < 0 {
			return nil, errors.Join(model.E(model.CodeUploadIncomplete, "part", fmt.Sprint(n)), a.Close())
		}
		f, err := d.blobs.Open(ctx, partKey(m.ID, n))
		if model.CodeOf(err) == model.CodeNotFound && err != nil {
			err = model.E(model.CodeUploadIncomplete, "part", fmt.Sprint(n))
		}
		if err != nil {
			return nil, errors.Join(storage("open part", err), a.Close())
		}
		a.parts = append(a.parts, f)
	}
	return a, nil
}

// ReadAt reads across the parts.
func (a *assembled) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= a.size {
			return n, io.EOF
		}
		in := at % model.MediaPartBytes
		room := min(int64(len(p)-n), model.MediaPartBytes-in, a.size-at)
		k, err := a.parts[at/model.MediaPartBytes].ReadAt(p[n:n+int(room)], in)
		n, at = n+k, at+int64(k)
		if int64(k) < room {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	return n, nil
}

// reader reads all parts once, each in one go: in a bucket that is one request a part.
func (a *assembled) reader(ctx context.Context) io.Reader {
	list := make([]io.Reader, len(a.parts))
	for i, p := range a.parts {
		list[i] = io.LimitReader(p, min(model.MediaPartBytes, a.size-int64(i)*model.MediaPartBytes))
	}
	return &stopping{ctx, io.MultiReader(list...)}
}

// Close closes every part.
func (a *assembled) Close() error {
	var errs []error
	for _, f := range a.parts {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
