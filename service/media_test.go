package service_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image/color"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// started begins an upload of a file.
func (x *bundle) started(t testing.TB, mime string, size int64) string {
	t.Helper()
	id, err := x.Service.Media.Start(t.Context(), x.editor, x.b.ID, service.MediaSpec{Name: "文件", Mime: mime, Bytes: size})
	must(t, err)
	return id
}

func (x *bundle) part(t testing.TB, id string, n int, raw []byte) error {
	t.Helper()
	return x.Service.Media.PutPart(t.Context(), x.editor, x.b.ID, id, n, int64(len(raw)), "", bytes.NewReader(raw))
}

// picture uploads one; no two colours make the same.
func (x *bundle) picture(t testing.TB, c color.Color) string {
	t.Helper()
	raw := testkit.PNG(t, 30, 20, c)
	id := x.started(t, "image/png", int64(len(raw)))
	must(t, x.part(t, id, 1, raw))
	must(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id))
	return id
}

// blobs lists the files on the disk, and makes them as old as age before the clock.
func (x *bundle) blobs(t testing.TB, age time.Duration) (list []string) {
	t.Helper()
	then := x.Clock.Now().Add(-age)
	err := filepath.WalkDir(x.MediaDir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(x.MediaDir, name)
		list = append(list, rel)
		return errors.Join(err, os.Chtimes(name, then, then))
	})
	must(t, err)
	return list
}

func (x *bundle) used(t testing.TB) string {
	t.Helper()
	return x.cell(t, "SELECT COALESCE(SUM(bytes), 0) FROM media_usage WHERE brand_id = ?", x.b.ID)
}

func (x *bundle) sweep(t testing.TB) service.SweptMedia {
	t.Helper()
	out, err := x.Service.Media.Sweep(t.Context())
	must(t, err)
	return out
}

// TestQuotaAtOnce: uploads that begin at once do not pass the quota together.
func TestQuotaAtOnce(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.MySQL, testkit.Options{})
	size := testkit.MediaLimits.BrandBytes*2/5 + 1 // two fit
	var won atomic.Int64
	testkit.Together(8, func(int) {
		_, err := x.Service.Media.Start(t.Context(), x.editor, x.b.ID, service.MediaSpec{Name: "长片", Mime: "video/mp4", Bytes: size})
		switch {
		case err == nil:
			won.Add(1)
		case model.CodeOf(err) != model.CodeMediaQuota:
			t.Error(err)
		}
	})
	if won.Load() != 2 || x.used(t) != fmt.Sprint(2*size) || x.cell(t, "SELECT COUNT(*) FROM media") != "2" {
		t.Errorf("%d won, %s used", won.Load(), x.used(t))
	}
	for _, row := range testkit.Rows(t, x.db, "SELECT id FROM media") {
		must(t, x.Service.Media.Delete(t.Context(), x.editor, x.b.ID, row[0]))
	}
	if x.used(t) != "0" {
		t.Errorf("%s used by nothing", x.used(t))
	}
	x.chained(t)
}

// TestCompleteAtOnce: of several who complete an upload at once one does, and the others
// see it done; one file is kept.
func TestCompleteAtOnce(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.MySQL, testkit.Options{})
	raw := testkit.PNG(t, 300, 200, color.White)
	id := x.started(t, "image/png", int64(len(raw)))
	must(t, x.part(t, id, 1, raw))
	testkit.Together(4, func(int) {
		if err := x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id); err != nil {
			t.Error(err)
		}
	})
	if n := x.cell(t, "SELECT COUNT(*) FROM audit WHERE action = 'media.added'"); n != "1" {
		t.Errorf("added %s times", n)
	}
	if list := x.blobs(t, 0); len(list) != 2 {
		t.Errorf("kept %v", list)
	}
	must(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id))
	wantCode(t, x.part(t, id, 1, raw), model.CodeUploadFinished)
	if x.used(t) != fmt.Sprint(len(raw)) {
		t.Errorf("%s used", x.used(t))
	}
	x.chained(t)
}

// TestRefusedFileIsGone: a file that is refused leaves nothing but its audit entry.
func TestRefusedFileIsGone(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		raw := append(testkit.PNG(t, 30, 20, color.White), "<script>"...)
		id := x.started(t, "image/png", int64(len(raw)))
		must(t, x.part(t, id, 1, raw))
		_ = refused(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id), model.CodeMediaTrailing)
		if list := x.blobs(t, 0); list != nil || x.used(t) != "0" || x.cell(t, "SELECT COUNT(*) FROM media") != "0" || x.cell(t, "SELECT COUNT(*) FROM media_parts") != "0" {
			t.Errorf("left %v, %s used", list, x.used(t))
		}
		if x.cell(t, "SELECT COUNT(*) FROM audit WHERE action = 'media.refused'") != "1" {
			t.Error("nobody learns that it was refused")
		}
		_ = refused(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id), model.CodeNotFound)
		x.chained(t)
	})
}

// TestSweep: what has had its time goes, with its blobs and what it used; what a
// Revision shows stays, however old.
func TestSweep(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		shown, lone := x.picture(t, color.White), x.picture(t, color.Black)
		spec := service.PostSpec{ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("带封面", "")}}
		spec.Articles[0].Content.Cover = &model.MediaRef{ID: shown}
		_, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
		must(t, err)
		half := x.started(t, "video/mp4", 2*model.MediaPartBytes)
		must(t, x.part(t, half, 1, make([]byte, model.MediaPartBytes)))
		there := func(want ...string) {
			t.Helper()
			rows := testkit.Rows(t, x.db, "SELECT id FROM media ORDER BY id")
			got := make([]string, len(rows))
			for i, r := range rows {
				got[i] = r[0]
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v are there, want %v", got, want)
			}
		}
		x.Clock.Add(model.MediaUploadTime - time.Minute)
		if out := x.sweep(t); out != (service.SweptMedia{}) {
			t.Errorf("too early: %+v", out)
		}
		there(shown, lone, half)
		x.Clock.Add(2 * time.Minute)
		if out := x.sweep(t); out.Uploads != 1 || out.Unused != 0 {
			t.Errorf("after a day: %+v", out)
		}
		there(shown, lone)
		x.Clock.Add(model.MediaUnusedTime - model.MediaUploadTime)
		if out := x.sweep(t); out.Unused != 1 {
			t.Errorf("after a week: %+v", out)
		}
		there(shown)
		x.Clock.Add(1000 * 24 * time.Hour)
		x.blobs(t, 999*24*time.Hour)
		if out := x.sweep(t); out != (service.SweptMedia{}) {
			t.Errorf("what is shown: %+v", out)
		}
		if list := x.blobs(t, 0); len(list) != 2 {
			t.Errorf("left %v", list)
		}
		m, err := x.Store.Media(t.Context(), x.b.ID, shown)
		must(t, err)
		if x.used(t) != fmt.Sprint(m.Bytes) || !m.Used {
			t.Errorf("%s used, %+v", x.used(t), m)
		}
		x.chained(t)
	})
}

// TestSweepMany: a sweep takes more than one batch.
func TestSweepMany(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	const n = 230
	for range n {
		x.started(t, "image/png", 10)
	}
	x.Clock.Add(model.MediaUploadTime + time.Minute)
	if out := x.sweep(t); out.Uploads != n {
		t.Errorf("%+v", out)
	}
}

// TestSweepOfStrays: a blob that was written when its replica died, before the row, goes
// after a day; not sooner, and no other.
func TestSweepOfStrays(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		x.picture(t, color.White)
		running := x.started(t, "image/png", 10)
		must(t, x.part(t, running, 1, make([]byte, 10)))
		kept := len(x.blobs(t, 0))
		// The part of an upload that was given up, and a finished file whose row never came.
		_, err := x.Media.PutPart(t.Context(), testkit.NewID(), 1, bytes.NewReader([]byte("x")), 1, "")
		must(t, err)
		raw := testkit.PNG(t, 5, 5, color.Black)
		sum, err := x.Media.PutPart(t.Context(), running, 1, bytes.NewReader(raw), int64(len(raw)), "")
		must(t, err)
		_, err = x.Media.Finish(t.Context(), model.Media{ID: running, Kind: model.MediaPicture, Mime: "image/png", Bytes: int64(len(raw))}, []model.MediaPart{{Number: 1, Bytes: int64(len(raw)), SHA256: sum}})
		must(t, err)
		x.blobs(t, model.MediaUploadTime-time.Minute)
		if out := x.sweep(t); out != (service.SweptMedia{}) {
			t.Errorf("too early: %+v", out)
		}
		x.blobs(t, model.MediaUploadTime+time.Minute)
		if out := x.sweep(t); out.Blobs != 3 {
			t.Errorf("%+v", out)
		}
		if left := x.blobs(t, 0); len(left) != kept {
			t.Errorf("left %v", left)
		}
	})
}

// TestSweepWhileUploading: a part that comes while its upload is swept is refused, or it
// keeps the upload; never is there a row without its blob.
func TestSweepWhileUploading(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.MySQL, testkit.Options{})
	for range 10 {
		id := x.started(t, "image/png", 10)
		x.Clock.Add(model.MediaUploadTime + time.Minute)
		var put error
		testkit.Together(2, func(i int) {
			if i == 0 {
				put = x.part(t, id, 1, make([]byte, 10))
				return
			}
			if _, err := x.Service.Media.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
		parts, err := x.Store.MediaParts(t.Context(), id)
		must(t, err)
		_, gone := x.Store.Media(t.Context(), x.b.ID, id)
		switch {
		case put == nil && gone == nil && len(parts) == 1:
			_, err := os.Stat(filepath.Join(x.MediaDir, "uploads", id, "1"))
			must(t, err)
			must(t, x.Service.Media.Delete(t.Context(), x.editor, x.b.ID, id))
		case model.CodeOf(put) == model.CodeNotFound && model.CodeOf(gone) == model.CodeNotFound && len(parts) == 0:
		default:
			t.Fatalf("put %v, row %v, %d parts", put, gone, len(parts))
		}
	}
}

// TestSweepWhileSaving: a file is used or swept, never both.
func TestSweepWhileSaving(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.MySQL, testkit.Options{})
	for i := range 8 {
		id := x.picture(t, color.RGBA{uint8(i), 2, 3, 255})
		x.Clock.Add(model.MediaUnusedTime + time.Minute)
		spec := service.PostSpec{ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("带封面", "")}}
		spec.Articles[0].Content.Cover = &model.MediaRef{ID: id}
		var saved error
		testkit.Together(2, func(i int) {
			if i == 0 {
				_, saved = x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
				return
			}
			if _, err := x.Service.Media.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
		m, gone := x.Store.Media(t.Context(), x.b.ID, id)
		if (saved == nil) != (gone == nil) || gone == nil && !m.Used {
			t.Fatalf("saved %v, row %v", saved, gone)
		}
	}
	x.chained(t)
}

// TestStoreFull: a store that is full refuses uploads and nothing else.
func TestStoreFull(t *testing.T) {
	t.Parallel()
	bucket := testkit.NewBucket(t)
	x := setup(t, testkit.SQLite, testkit.Options{Media: bucket.Options()})
	raw := testkit.PNG(t, 30, 20, color.White)
	id := x.started(t, "image/png", int64(len(raw)))
	post := x.submitted(t, x.flow(t, step(model.ModeAny, x.b.AdminMember)), 1)
	bucket.Fail(func(*http.Request) testkit.Fault { return testkit.Fault{Status: 507, Code: "XMinioStorageFull"} })
	_ = refused(t, x.part(t, id, 1, raw), model.CodeStorage)
	_ = x.decide(t, x.admin, post, x.b.AdminMember, approve)
	bucket.Fail(nil)
	must(t, x.part(t, id, 1, raw))
	bucket.Fail(func(r *http.Request) testkit.Fault {
		if r.Method == http.MethodPut {
			return testkit.Fault{Status: 507, Code: "XMinioStorageFull"}
		}
		return testkit.Fault{}
	})
	_ = refused(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id), model.CodeStorage)
	bucket.Fail(nil)
	must(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id))
	if n := len(bucket.Keys()); n != 2 {
		t.Error(bucket.Keys())
	}
}

// TestDiskRefuses: the same on a disk that cannot be written to.
func TestDiskRefuses(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	raw := testkit.PNG(t, 30, 20, color.White)
	id := x.started(t, "image/png", int64(len(raw)))
	half := filepath.Join(x.MediaDir, "tmp")
	must(t, errors.Join(os.RemoveAll(half), os.WriteFile(half, nil, 0o600))) // nobody, root included, writes below a file
	_ = refused(t, x.part(t, id, 1, raw), model.CodeStorage)
	must(t, errors.Join(os.Remove(half), os.Mkdir(half, 0o700)))
	must(t, x.part(t, id, 1, raw))
	must(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id))
}

// TestUploadIsStreamed: a film of 200 MiB goes through without being held.
func TestUploadIsStreamed(t *testing.T) { //nolint:paralleltest // it reads what the whole program allocates
	x := setup(t, testkit.SQLite, testkit.Options{})
	size := int64(200 << 20)
	if testing.Short() {
		size = 64 << 20
	}
	whole := testkit.MP4(0)
	head := whole[:len(whole)-8]
	content := size - int64(len(head)) - 8
	open := func() io.Reader {
		mdat := []byte{byte((content + 8) >> 24), byte((content + 8) >> 16), byte((content + 8) >> 8), byte(content + 8), 'm', 'd', 'a', 't'}
		return io.MultiReader(bytes.NewReader(head), bytes.NewReader(mdat), io.LimitReader(zeros{}, content))
	}
	id := x.started(t, "video/mp4", size)
	in := open()
	runtime.GC()
	var before, then runtime.MemStats
	runtime.ReadMemStats(&before)
	for n := 1; n <= model.PartsOf(size); n++ {
		must(t, x.Service.Media.PutPart(t.Context(), x.editor, x.b.ID, id, n, model.PartBytes(size, n), "", in))
	}
	must(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id))
	runtime.ReadMemStats(&then)
	if took := then.TotalAlloc - before.TotalAlloc; took > 24<<20 {
		t.Errorf("a file of %d MiB took %d MiB", size>>20, took>>20)
	}
	m, err := x.Store.Media(t.Context(), x.b.ID, id)
	must(t, err)
	if m.Bytes != size || m.State != model.MediaReady || m.DurationMS != 2500 {
		t.Errorf("%+v", m)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestCutPart: a part that ends early is not counted, the next try is, and the digest is
// that of what was sent.
func TestCutPart(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	raw := testkit.PNG(t, 60, 40, color.White)
	id := x.started(t, "image/png", int64(len(raw)))
	broken := io.MultiReader(bytes.NewReader(raw[:40]), iotest.ErrReader(io.ErrUnexpectedEOF))
	err := x.Service.Media.PutPart(t.Context(), x.editor, x.b.ID, id, 1, int64(len(raw)), "", broken)
	_ = refused(t, err, model.CodeUploadCut)
	_ = refused(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id), model.CodeUploadIncomplete)
	must(t, x.part(t, id, 1, raw))
	must(t, x.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id))
	m, err := x.Store.Media(t.Context(), x.b.ID, id)
	must(t, err)
	if sum := sha256.Sum256(raw); m.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", m)
	}
}

// overtaken is a store of blobs in which somebody else completes the upload between the
// reading of its parts and their being put together.
type overtaken struct {
	service.Blobs
	before func()
}

func (o *overtaken) Finish(ctx context.Context, m model.Media, parts []model.MediaPart) (model.MediaFacts, error) {
	if before := o.before; before != nil {
		o.before = nil
		before()
	}
	return o.Blobs.Finish(ctx, m, parts)
}

// TestCompleteOvertaken: who completes second finds the parts gone and the file ready.
func TestCompleteOvertaken(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		raw := testkit.PNG(t, 300, 200, color.White)
		id := x.started(t, "image/png", int64(len(raw)))
		must(t, x.part(t, id, 1, raw))
		complete := func(r *testkit.Replica) error { return r.Service.Media.Complete(t.Context(), x.editor, x.b.ID, id) }
		slow := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) {
			d.Blobs = &overtaken{Blobs: x.Media, before: func() { must(t, complete(x.Replica)) }}
		})
		must(t, complete(slow))
		if n := x.cell(t, "SELECT COUNT(*) FROM audit WHERE action LIKE 'media.%'"); n != "1" {
			t.Errorf("%s entries", n)
		}
	})
}
