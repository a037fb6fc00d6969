package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/sync/semaphore"

	"countersign/model"
)

// Options say where blobs are kept and how large pictures may be.
type Options struct {
	Driver       string // "disk" or "s3"
	Path         string // disk: the folder
	S3           S3
	Limits       model.MediaLimits
	DecodeMemory int64 // bytes that all pictures being looked at may take together
}

// File is an open blob. It can be read from any place.
type File interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// blob is what a store lists.
type blob struct {
	key     string
	changed time.Time
}

// blobs is a store of bytes by key. Put replaces as a whole or not at all; to delete
// what is not there is no error; an unknown key opens as not_found.
type blobs interface {
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	Open(ctx context.Context, key string) (File, error)
	Delete(ctx context.Context, key string) error
	// Tidy removes what was begun before an instant and never came to its end.
	Tidy(ctx context.Context, before time.Time) error
	// Walk calls visit for each blob; order is the store's.
	Walk(ctx context.Context, prefix string, visit func(blob) error) error
	Close() error
}

// Door is the way to the blobs.
type Door struct {
	blobs  blobs
	limits model.MediaLimits
	budget int64
	whole  *semaphore.Weighted // pictures in memory as files, taken before memory
	films  *semaphore.Weighted // films being copied
	memory *semaphore.Weighted
}

const (
	// mostWhole is how many picture files are in memory at once, each with its clean copy.
	mostWhole = 4
	// mostFilms is how many films are copied at once: each takes its size once more, also
	// when the same upload is completed several times.
	mostFilms = 4
)

// Open reaches the store; a bucket that does not answer is found out here.
func Open(ctx context.Context, o Options) (*Door, error) {
	d := &Door{limits: o.Limits, budget: o.DecodeMemory, whole: semaphore.NewWeighted(mostWhole), films: semaphore.NewWeighted(mostFilms), memory: semaphore.NewWeighted(o.DecodeMemory)}
	var err error
	switch o.Driver {
	case "disk":
		d.blobs, err = openDisk(ctx, o.Path)
	case "s3":
		d.blobs, err = openS3(ctx, o.S3)
	default:
		err = fmt.Errorf("media: unknown driver %q", o.Driver)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Close ends the door.
func (d *Door) Close() error { return d.blobs.Close() }

const (
	uploads = "uploads/" // uploads/MEDIA/PART
	wholes  = "media/"   // media/MEDIA/KEY and media/MEDIA/KEY.jpg
)

func partKey(id string, n int) string { return uploads + id + "/" + strconv.Itoa(n) }
func fileKey(id, key string) string   { return wholes + id + "/" + key }
func thumbKey(id, key string) string  { return fileKey(id, key) + ".jpg" }

// PutPart keeps one part of an upload and answers its SHA-256. A body that ends early is
// upload_cut, one with another digest than want (when it is given) upload_hash_mismatch;
// both leave what was there before.
func (d *Door) PutPart(ctx context.Context, id string, n int, r io.Reader, size int64, want string) (sum string, err error) {
	in := &counted{r: io.LimitReader(r, size), hash: newHash(), size: size, want: want}
	err = d.blobs.Put(ctx, partKey(id, n), in, size)
	switch {
	case errors.Is(in.err, errOther):
		return "", model.E(model.CodeUploadHash)
	case err != nil && in.n < size && in.ended:
		return "", model.E(model.CodeUploadCut).Because(errors.Join(in.err, err))
	case err != nil:
		return "", storage("put part", err)
	}
	return in.sum(), nil
}

// OpenFile opens the whole file, or its small picture.
func (d *Door) OpenFile(ctx context.Context, m model.Media, thumb bool) (io.ReadSeekCloser, error) {
	key := fileKey(m.ID, m.BlobKey)
	if thumb {
		key = thumbKey(m.ID, m.BlobKey)
	}
	f, err := d.blobs.Open(ctx, key)
	return f, storage("open", err)
}

// DropParts deletes an upload's parts.
func (d *Door) DropParts(ctx context.Context, id string, parts int) error {
	var errs []error
	for n := 1; n <= parts; n++ {
		errs = append(errs, d.blobs.Delete(ctx, partKey(id, n)))
	}
	return storage("drop parts", errors.Join(errs...))
}

// DropFile deletes a whole file and its small picture.
func (d *Door) DropFile(ctx context.Context, id, key string) error {
	if key == "" {
		return nil
	}
	return storage("drop file", errors.Join(d.blobs.Delete(ctx, fileKey(id, key)), d.blobs.Delete(ctx, thumbKey(id, key))))
}

// storage gives an error of a store its place: what it refuses may do later.
func storage(where string, err error) error {
	if _, ours := errors.AsType[*model.Error](err); ours || err == nil {
		return err
	}
	return model.E(model.CodeStorage).Because(fmt.Errorf("media %s: %w", where, err))
}
