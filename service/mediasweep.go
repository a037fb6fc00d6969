package service

import (
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/store"
)

// mediaSweepEvery is the distance of the sweeps of files: each walks all blobs.
const mediaSweepEvery = time.Hour

// loop sweeps once a turn.
func (s Media) loop(g guard) loop {
	return loop{guard: g, pace: mediaSweepEvery, tick: func(ctx context.Context) (again bool, err error) {
		_, err = s.Sweep(ctx)
		return false, err
	}}
}

// One sweep takes so many rows of a kind at a time, and so many times.
const (
	sweepBatch  = 200
	sweepRounds = 25
)

// SweptMedia counts what a sweep removed.
type SweptMedia struct{ Uploads, Unused, Blobs int }

// Sweep removes uploads without news for a day, files that no Revision has shown for a
// week, and blobs without a row. It is safe beside uploads, saves and other replicas:
// each row is locked and looked at again, and no blob younger than a day is touched.
func (s Media) Sweep(ctx context.Context) (out SweptMedia, err error) {
	now, err := s.store.Now(ctx)
	if err != nil {
		return out, err
	}
	if out.Uploads, err = s.sweepRows(ctx, model.MediaUploading, now.Add(-model.MediaUploadTime)); err != nil {
		return out, err
	}
	if out.Unused, err = s.sweepRows(ctx, model.MediaReady, now.Add(-model.MediaUnusedTime)); err != nil {
		return out, err
	}
	err = s.blobs.Stray(ctx, now.Add(-model.MediaUploadTime), func(list []model.MediaBlob) error {
		n, err := s.sweepBlobs(ctx, list)
		out.Blobs += n
		return err
	})
	return out, err
}

func (s Media) sweepRows(ctx context.Context, state model.MediaState, before time.Time) (n int, err error) {
	for range sweepRounds {
		k, err := s.sweepSome(ctx, state, before)
		if n += k; err != nil || k < sweepBatch {
			return n, err
		}
	}
	return n, nil
}

func (s Media) sweepSome(ctx context.Context, state model.MediaState, before time.Time) (n int, err error) {
	list, err := s.store.StaleMedia(ctx, state, before, sweepBatch)
	for _, m := range list {
		if err != nil {
			break
		}
		err = s.store.InTx(ctx, func(tx *store.Tx) error {
			now, err := tx.LockMedia(m.BrandID, m.ID)
			if err == nil && (now.State != state || !now.UpdatedAt.Before(before)) {
				err = model.E(model.CodeStale) // somebody went on with it
			}
			if err != nil {
				return err
			}
			tx.Audit(model.AuditEntry{
				BrandID: m.BrandID, ActorKind: "system", ActorName: "sweep", Action: "media.swept", SubjectKind: "media", SubjectID: m.ID,
				BeforeJSON: asJSON(map[string]any{"name": m.Name, "state": m.State, "sha256": m.SHA256}), AfterJSON: asJSON(map[string]any{"state": "deleted"}),
			})
			return tx.DropMedia(now)
		})
		switch {
		case err == nil:
			s.dropBlobs(ctx, m)
			n++
		case overtaken(err):
			err = nil
		}
	}
	return n, err
}

// overtaken: another replica, a save or an upload was first.
func overtaken(err error) bool {
	code := model.CodeOf(err)
	return code == model.CodeStale || code == model.CodeNotFound || code == model.CodeMediaInUse
}

// sweepBlobs deletes the blobs that no row names: parts of what is no upload any more,
// and whole files under another key than the row's.
func (s Media) sweepBlobs(ctx context.Context, list []model.MediaBlob) (n int, err error) {
	ids := make([]string, len(list))
	for i, b := range list {
		ids[i] = b.MediaID
	}
	rows, err := s.store.MediaRows(ctx, ids)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, b := range list {
		m, there := rows[b.MediaID]
		named := there && b.BlobKey == m.BlobKey && (m.State == model.MediaReady) == (b.BlobKey != "")
		if named {
			continue
		}
		if err := s.blobs.Drop(ctx, b); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}
