package service

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"countersign/model"
	"countersign/store"
)

// Media keeps the pictures and videos of the Brands: uploads in parts that can be
// resumed, and what became of them. The bytes are behind Blobs; the rows are the truth.
type Media struct {
	acts
	blobs     Blobs
	signer    *Signer
	limits    model.MediaLimits
	publicURL string
}

// Quota is how many bytes the files of one Brand may take.
func (s Media) Quota() int64 { return s.limits.BrandBytes }

// MediaSpec is an upload as its sender announces it.
type MediaSpec struct {
	Name   string
	Mime   string
	Bytes  int64
	SHA256 string // hex of the whole file, "" when the sender does not say
}

// Start begins an upload and reserves its room in the Brand's quota. It answers the id.
func (s Media) Start(ctx context.Context, c Call, brandID string, spec MediaSpec) (string, error) {
	spec.Name = clean(spec.Name)
	kind, err := model.CheckMedia(spec.Name, spec.Mime, spec.Bytes, s.limits)
	if err != nil {
		return "", err
	}
	return byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (string, error) {
		m := model.Media{ID: s.newID(), BrandID: brandID, Kind: kind, Name: spec.Name, Mime: spec.Mime, Bytes: spec.Bytes, SHA256: spec.SHA256, CreatedBy: me.ID}
		return m.ID, tx.CreateMedia(&m, s.Quota())
	})
}

// mine reads a file's row for staff.
func (s Media) mine(ctx context.Context, c Call, brandID, id string) (model.Media, error) {
	if _, err := Staff(ctx, s.store.Reader, c, brandID, model.RoleEditor); err != nil {
		return model.Media{}, err
	}
	return s.store.Media(ctx, brandID, id)
}

// PutPart keeps one part of an upload; the same part may be sent again. sum is what the
// sender says of its SHA-256 (hex), or "". r is read to its end once.
func (s Media) PutPart(ctx context.Context, c Call, brandID, id string, n int, size int64, sum string, r io.Reader) error {
	m, err := s.mine(ctx, c, brandID, id)
	if err != nil {
		return err
	}
	if m.State == model.MediaReady {
		return model.E(model.CodeUploadFinished)
	}
	switch want := model.PartBytes(m.Bytes, n); {
	case want == 0:
		return model.E(model.CodeNotFound)
	case size != want:
		return model.E(model.CodeUploadPart, "part", strconv.Itoa(n), "bytes", strconv.FormatInt(want, 10))
	}
	got, err := s.blobs.PutPart(ctx, id, n, r, size, sum)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		return tx.SavePart(model.MediaPart{MediaID: id, BrandID: brandID, Number: n, Bytes: size, SHA256: got})
	})
}

// Complete looks into the whole file and makes it ready. It is safe to repeat: what is
// ready stays as it is, and of two at once one does it. A file that is refused is gone,
// with its parts.
func (s Media) Complete(ctx context.Context, c Call, brandID, id string) error {
	m, err := s.mine(ctx, c, brandID, id)
	if err != nil || m.State == model.MediaReady {
		return err
	}
	parts, err := s.store.MediaParts(ctx, id)
	if err != nil {
		return err
	}
	facts, err := s.blobs.Finish(ctx, m, parts)
	if err != nil {
		return s.unfinished(ctx, c, m, err)
	}
	won, err := s.finished(ctx, c, m, facts)
	switch {
	case err != nil: // it may have been committed: the sweep takes what nobody names
		return err
	case bool(won):
		s.tidy(ctx, s.blobs.DropParts(ctx, id, model.PartsOf(m.Bytes)))
		return nil
	}
	s.tidy(ctx, s.blobs.DropFile(ctx, id, facts.BlobKey))
	_, err = s.mine(ctx, c, brandID, id) // ready by the other, or discarded meanwhile
	return err
}

// unfinished ends a completing that failed. Somebody who completed it first has dropped the
// parts, so that they are missing here: then it is done.
func (s Media) unfinished(ctx context.Context, c Call, m model.Media, why error) error {
	if now, err := s.mine(ctx, c, m.BrandID, m.ID); err == nil && now.State == model.MediaReady {
		return nil
	}
	if refused(why) {
		return errors.Join(why, s.discard(ctx, c, m, string(model.CodeOf(why))))
	}
	return why
}

// refused: the file itself is at fault, and will be the next time.
func refused(err error) bool {
	e, ok := errors.AsType[*model.Error](err)
	return ok && e.Kind() == model.KindUnprocessable
}

func (s Media) finished(ctx context.Context, c Call, m model.Media, f model.MediaFacts) (won store.Moved, err error) {
	won, err = byStaff(ctx, s.acts, c, m.BrandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (store.Moved, error) {
		won, err := tx.FinishMedia(m, f)
		if err == nil && won {
			tx.Audit(c.entry(m.BrandID, "media.added", "media", m.ID, nil, map[string]any{
				"name": m.Name, "mime": m.Mime, "bytes": f.Bytes, "sha256": f.SHA256, "width": f.Width, "height": f.Height, "duration_ms": f.DurationMS,
			}))
		}
		return won, err
	})
	return won, err
}

// discard removes an upload whose file was refused.
func (s Media) discard(ctx context.Context, c Call, m model.Media, why string) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.LockMedia(m.BrandID, m.ID)
		if err != nil || now.State != model.MediaUploading {
			return err
		}
		tx.Audit(c.entry(m.BrandID, "media.refused", "media", m.ID, map[string]any{"name": m.Name, "mime": m.Mime, "bytes": m.Bytes}, map[string]any{"code": why}))
		return tx.DropMedia(now)
	})
	if err != nil && model.CodeOf(err) != model.CodeNotFound {
		return err
	}
	s.tidy(ctx, s.blobs.DropParts(ctx, m.ID, model.PartsOf(m.Bytes)))
	return nil
}

// tidy: what could not be deleted now is deleted by the sweep.
func (s Media) tidy(ctx context.Context, err error) {
	if err != nil {
		s.log.WarnContext(ctx, "media: blobs stay until the sweep", "error", err)
	}
}

// Delete removes a file that no Revision shows, or an upload that is given up.
func (s Media) Delete(ctx context.Context, c Call, brandID, id string) error {
	m, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (model.Media, error) {
		m, err := tx.LockMedia(brandID, id)
		if err != nil {
			return m, err
		}
		tx.Audit(c.entry(brandID, "media.deleted", "media", id, map[string]any{"name": m.Name, "state": m.State, "sha256": m.SHA256}, map[string]any{"state": "deleted"}))
		return m, tx.DropMedia(m)
	})
	if err == nil {
		s.dropBlobs(ctx, m)
	}
	return err
}

func (s Media) dropBlobs(ctx context.Context, m model.Media) {
	if m.State == model.MediaReady {
		s.tidy(ctx, s.blobs.DropFile(ctx, m.ID, m.BlobKey))
		return
	}
	s.tidy(ctx, s.blobs.DropParts(ctx, m.ID, model.PartsOf(m.Bytes)))
}

// What an address of Media leads to.
const (
	wholeFile = "file"
	smallFile = "thumb"
)

// URLs are the addresses of a file and of its small picture, "" when it has none.
func (s Media) URLs(m model.Media, now time.Time) (file, thumb string) {
	at := s.publicURL + "/media/" + m.ID
	if m.Thumb {
		thumb = at + "/thumb?" + s.signer.Query(smallFile, m.ID, now)
	}
	return at + "?" + s.signer.Query(wholeFile, m.ID, now), thumb
}

// Served is a file that a signed address leads to.
type Served struct {
	Media model.Media
	Left  time.Duration // that the address still holds
	io.ReadSeekCloser
}

// Serve opens what an address leads to. A wrong or old signature and a file that is not
// there look the same.
func (s Media) Serve(ctx context.Context, id string, thumb bool, exp, sig string) (out Served, err error) {
	now, err := s.store.Now(ctx)
	if err != nil {
		return out, err
	}
	what := wholeFile
	if thumb {
		what = smallFile
	}
	left, ok := s.signer.Valid(what, id, exp, sig, now)
	if !ok {
		return out, model.E(model.CodeNotFound)
	}
	out.Left = left
	if out.Media, err = s.store.ServedMedia(ctx, id); err != nil {
		return out, err
	}
	if thumb && !out.Media.Thumb {
		return out, model.E(model.CodeNotFound)
	}
	out.ReadSeekCloser, err = s.blobs.OpenFile(ctx, out.Media, thumb)
	return out, err
}
