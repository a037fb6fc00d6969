package media

import (
	"bytes"
	"context"
	"io"
	"testing"

	"countersign/model"
)

// Look is Finish without the store: what is kept of a file, and what is known of it.
func (d *Door) Look(ctx context.Context, mime string, raw []byte) (clean []byte, f model.MediaFacts, err error) {
	if sniff(raw[:min(headBytes, len(raw))]) != mime {
		return nil, f, model.E(model.CodeMediaMismatch, "type", mime)
	}
	if model.MediaMimes()[mime] == model.MediaPicture {
		p, _, err := d.lookAt(ctx, mime, raw)
		return p.clean, model.MediaFacts{Width: p.width, Height: p.height}, err
	}
	v, err := probe(bytes.NewReader(raw), int64(len(raw)), mime)
	if err != nil {
		return nil, f, err
	}
	clean, err = io.ReadAll(newBlanked(bytes.NewReader(raw), v.blank))
	return clean, model.MediaFacts{Width: v.width, Height: v.height, DurationMS: v.durationMS}, err
}

// HoldFilms takes the places of all films that may be copied at once.
func (d *Door) HoldFilms(t testing.TB) (free func()) {
	t.Helper()
	if err := d.films.Acquire(t.Context(), mostFilms); err != nil {
		t.Fatal(err)
	}
	return func() { d.films.Release(mostFilms) }
}

// PutWhole, OpenBlob and DeleteBlob reach the store below the door.
func (d *Door) PutWhole(ctx context.Context, key string, r io.Reader, size int64) error {
	return d.blobs.Put(ctx, key, r, size)
}

// OpenBlob opens a blob by its key.
func (d *Door) OpenBlob(ctx context.Context, key string) (File, error) {
	return d.blobs.Open(ctx, key)
}

// DeleteBlob deletes one.
func (d *Door) DeleteBlob(ctx context.Context, key string) error { return d.blobs.Delete(ctx, key) }

// Keys lists them.
func (d *Door) Keys(ctx context.Context, prefix string) (list []string, err error) {
	err = d.blobs.Walk(ctx, prefix, func(b blob) error {
		list = append(list, b.key)
		return nil
	})
	return list, err
}
