package media

import (
	"context"
	"path"
	"strings"
	"time"

	"countersign/model"
)

// Stray lists blobs older than an instant, some hundred at a time, as what they belong
// to: the Media and the key of its whole file, "" for parts. Whoever calls knows which
// of them have a row. What was begun before the instant and never ended is removed.
func (d *Door) Stray(ctx context.Context, before time.Time, visit func([]model.MediaBlob) error) error {
	const batch = 200
	var list []model.MediaBlob
	walk := func(b blob) error {
		owner, ok := ownerOf(b.key)
		if !ok || !b.changed.Before(before) {
			return nil
		}
		if list = append(list, owner); len(list) < batch {
			return nil
		}
		err := visit(list)
		list = nil
		return err
	}
	if err := d.blobs.Tidy(ctx, before); err != nil {
		return storage("tidy", err)
	}
	for _, prefix := range []string{uploads, wholes} {
		if err := d.blobs.Walk(ctx, prefix, walk); err != nil {
			return storage("walk", err)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return visit(list)
}

// Drop deletes one blob that Stray found.
func (d *Door) Drop(ctx context.Context, b model.MediaBlob) error {
	return storage("drop", d.blobs.Delete(ctx, b.Name))
}

// ownerOf reads a blob's name; what has another form is not ours.
func ownerOf(name string) (model.MediaBlob, bool) {
	folder, file := path.Split(name)
	kind, id, ok := strings.Cut(strings.TrimSuffix(folder, "/"), "/")
	if !ok || strings.Contains(id, "/") {
		return model.MediaBlob{}, false
	}
	b := model.MediaBlob{Name: name, MediaID: id}
	switch kind + "/" {
	case uploads:
		return b, true
	case wholes:
		b.BlobKey = strings.TrimSuffix(file, ".jpg")
		return b, true
	}
	return b, false
}
