package store_test

import (
	"encoding/json"
	"errors"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// A brand's files fill its quota to the byte: an upload reserves its room, its end corrects
// it, and what is deleted gives it back.
func TestTheQuotaOfABrand(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		const quota = 100
		upload := func(bytes int64) (model.Media, model.Code) {
			t.Helper()
			m := model.Media{ID: testkit.NewID(), BrandID: b.brand.ID, Kind: model.MediaPicture, Name: "图", Mime: "image/png", Bytes: bytes, CreatedBy: b.admin.ID}
			err := b.InTx(t.Context(), func(tx *store.Tx) error { return tx.CreateMedia(&m, quota) })
			if err != nil {
				return m, model.CodeOf(err)
			}
			return m, ""
		}
		used := func(want int64) {
			t.Helper()
			if n, err := b.MediaUsage(t.Context(), b.brand.ID); n != want || err != nil {
				t.Errorf("%d bytes are used, want %d, %v", n, want, err)
			}
		}
		first, code := upload(60)
		if _, more := upload(41); code != "" || more != model.CodeMediaQuota {
			t.Errorf("60: %q, 41 more: %q", code, more)
		}
		second, code := upload(40)
		if _, more := upload(1); code != "" || more != model.CodeMediaQuota {
			t.Errorf("40 more: %q, and one: %q", code, more)
		}
		used(100)
		finish := func() (done store.Moved) {
			t.Helper()
			b.in(t, func(tx *store.Tx) (err error) {
				done, err = tx.FinishMedia(first, model.MediaFacts{Bytes: 50, SHA256: "sum", BlobKey: "k"})
				return err
			})
			return done
		}
		if !finish() || finish() {
			t.Error("an upload ends once")
		}
		used(90)
		b.in(t, func(tx *store.Tx) error { return tx.DropMedia(second) })
		used(50)
	})
}

// A version shows files that are there, with the bytes that it names; a file that it shows
// is not deleted.
func TestAFileThatIsShown(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		f := furnish(t, setup(t, e))
		other := furnish(t, f.another(t))
		f.exec(t, "DELETE FROM media_uses")
		sum := model.HashToken(f.brand.ID)
		show := func(id, sha string) error {
			raw, err := json.Marshal(model.Content{Title: "一", Cover: &model.MediaRef{ID: id, SHA256: sha}})
			if err != nil {
				t.Fatal(err)
			}
			v := model.Revision{ID: testkit.NewID(), BrandID: f.brand.ID, ArticleID: f.article.ID, Number: 2, Digest: "d", Content: raw, CreatedBy: f.admin.ID}
			return f.InTx(t.Context(), func(tx *store.Tx) error { return tx.CreateRevision(&v) })
		}
		drop := func() error {
			return f.InTx(t.Context(), func(tx *store.Tx) error {
				m, err := tx.LockMedia(f.brand.ID, f.media.ID)
				return errors.Join(err, tx.DropMedia(m))
			})
		}
		for name, ref := range map[string][2]string{
			"other bytes": {f.media.ID, model.HashToken("x")}, "nothing": {testkit.NewID(), sum}, "of another brand": {other.media.ID, model.HashToken(other.brand.ID)},
		} {
			if err := show(ref[0], ref[1]); err == nil {
				t.Errorf("a version shows %s", name)
			}
		}
		if n := testkit.Count(t, f.sql, "SELECT COUNT(*) FROM revisions WHERE number = 2"); n != 0 {
			t.Errorf("%d versions", n)
		}
		if err := show(f.media.ID, sum); err != nil {
			t.Fatal(err)
		}
		if err := drop(); model.CodeOf(err) != model.CodeMediaInUse {
			t.Errorf("what is shown is deleted: %v", err)
		}
		if n := testkit.Count(t, f.sql, "SELECT COUNT(*) FROM media_uses WHERE media_id = ? AND number = 2", f.media.ID); n != 1 {
			t.Errorf("%d uses", n)
		}
		f.exec(t, "DELETE FROM media_uses")
		if err := drop(); err != nil {
			t.Errorf("what nothing shows stays: %v", err)
		}
	})
}
