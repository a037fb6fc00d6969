package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/media"
	"countersign/model"
)

// onEach runs a test on a disk and on a bucket.
func onEach(t *testing.T, test func(t *testing.T, d *media.Door)) {
	t.Helper()
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		d, _ := disk(t)
		test(t, d)
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		d, _ := bucket(t)
		test(t, d)
	})
}

func bucket(t testing.TB) (*media.Door, *testkit.Bucket) {
	t.Helper()
	b := testkit.NewBucket(t)
	o := b.Options()
	o.Limits, o.DecodeMemory = limits, 64<<20
	d, err := media.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, b
}

func keys(t testing.TB, d *media.Door, prefix string) []string {
	t.Helper()
	list, err := d.Keys(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// noise is bytes that repeat nowhere.
func noise(n int) []byte {
	out := make([]byte, 0, n+32)
	for i := 0; len(out) < n; i++ {
		sum := sha256.Sum256(fmt.Append(nil, i))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

// TestBlobs: put, read, replace, list and delete, the same on both.
func TestBlobs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *media.Door) {
		ctx := t.Context()
		if list := keys(t, d, "uploads/"); list != nil {
			t.Error(list)
		}
		raw := noise(300_000)
		var want []string
		for i := range 8 {
			key := fmt.Sprint("uploads/a b/", i)
			want = append(want, key)
			must(t, d.PutWhole(ctx, key, iotest.OneByteReader(bytes.NewReader(raw[:i*7+1])), int64(i*7+1)))
		}
		must(t, d.PutWhole(ctx, "media/x/KEY", bytes.NewReader(raw), int64(len(raw))))
		if diff := cmp.Diff(want, keys(t, d, "uploads/")); diff != "" {
			t.Error(diff)
		}
		must(t, d.PutWhole(ctx, "media/x/KEY", bytes.NewReader(raw[1:]), int64(len(raw)-1)))
		readAnyhow(t, d, "media/x/KEY", raw[1:])
		for range 2 {
			must(t, d.DeleteBlob(ctx, "media/x/KEY"))
		}
		if _, err := d.OpenBlob(ctx, "media/x/KEY"); model.CodeOf(err) != model.CodeNotFound {
			t.Error(err)
		}
		if diff := cmp.Diff(want, append(keys(t, d, "uploads/"), keys(t, d, "media/")...)); diff != "" {
			t.Error(diff)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readAnyhow reads a blob in every way that a file can be read.
func readAnyhow(t *testing.T, d *media.Door, key string, want []byte) {
	t.Helper()
	f, err := d.OpenBlob(t.Context(), key)
	must(t, err)
	defer func() { _ = f.Close() }()
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%v, %d bytes", err, len(got))
	}
	size := int64(len(want))
	for _, c := range []struct {
		offset int64
		whence int
		from   int64
	}{{10, io.SeekStart, 10}, {-5, io.SeekEnd, size - 5}, {0, io.SeekEnd, size}, {70_000, io.SeekStart, 70_000}} {
		at, err := f.Seek(c.offset, c.whence)
		if err != nil || at != c.from {
			t.Fatal(at, err)
		}
		piece := make([]byte, 20)
		n, err := io.ReadFull(f, piece)
		if end := min(c.from+20, size); !bytes.Equal(piece[:n], want[c.from:end]) || end-c.from == 20 && err != nil {
			t.Errorf("from %d: %d bytes, %v", c.from, n, err)
		}
	}
	for _, at := range []int64{0, 1, 65_530, 65_536, 200_000, 100, size - 3, size, size + 9} {
		piece := make([]byte, 16)
		n, err := f.ReadAt(piece, at)
		from, end := min(at, size), min(at+16, size)
		if !bytes.Equal(piece[:n], want[from:end]) || (n < 16) != errors.Is(err, io.EOF) {
			t.Errorf("at %d: %d bytes, %v", at, n, err)
		}
	}
	if _, err := f.Seek(-1, io.SeekStart); err == nil {
		t.Error("before the beginning")
	}
}

// TestHalfWritten: what does not arrive whole, or with another digest, is not there, and
// what was there before still is.
func TestHalfWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *media.Door) {
		raw := noise(100_000)
		size := int64(len(raw))
		sum := sha256.Sum256(raw)
		for _, before := range []bool{false, true} {
			id := testkit.NewID()
			if before {
				got, err := d.PutPart(t.Context(), id, 1, bytes.NewReader(raw), size, hex.EncodeToString(sum[:]))
				if err != nil || got != hex.EncodeToString(sum[:]) {
					t.Fatal(got, err)
				}
			}
			was := keys(t, d, "uploads/")
			other := slices.Clone(raw)
			other[len(other)-1] ^= 1
			for name, c := range map[string]struct {
				r    io.Reader
				want string
				code model.Code
			}{
				"cut":            {bytes.NewReader(other[:50_000]), "", model.CodeUploadCut},
				"nothing":        {bytes.NewReader(nil), "", model.CodeUploadCut},
				"broken":         {io.MultiReader(bytes.NewReader(other[:90_000]), iotest.ErrReader(io.ErrUnexpectedEOF)), "", model.CodeUploadCut},
				"another digest": {bytes.NewReader(other), hex.EncodeToString(sum[:]), model.CodeUploadHash},
				"its end alone":  {iotest.OneByteReader(bytes.NewReader(other)), hex.EncodeToString(sum[:]), model.CodeUploadHash},
			} {
				if _, err := d.PutPart(t.Context(), id, 1, c.r, size, c.want); model.CodeOf(err) != c.code {
					t.Errorf("%s: %v, want %s", name, err, c.code)
				}
				if diff := cmp.Diff(was, keys(t, d, "uploads/")); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				if before {
					readAnyhow(t, d, was[0], raw)
				}
			}
			must(t, d.DropParts(t.Context(), id, 1))
		}
	})
}

// TestFilmOnEach: a film of several parts is put together, looked at and kept; on a
// bucket each of its parts is read by few requests, however long it is.
func TestFilmOnEach(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *media.Door) {
		p := film()
		p.content = noise(2*model.MediaPartBytes + 12345)
		raw := p.bytes()
		f, kept, m := taking(t, d, "video/mp4", raw)
		sum := sha256.Sum256(kept)
		if f.SHA256 != hex.EncodeToString(sum[:]) || f.Width != 640 || len(kept) != len(raw) || !bytes.Contains(kept, p.content) {
			t.Errorf("%+v", f)
		}
		must(t, d.DropParts(t.Context(), m.ID, 3))
		if list := keys(t, d, ""); len(list) != 1 {
			t.Error(list)
		}
		must(t, d.DropFile(t.Context(), m.ID, m.BlobKey))
		if list := keys(t, d, ""); len(list) != 0 {
			t.Error(list)
		}
	})
}

// TestFewRequests: a film in a bucket is not read 32 KiB at a time.
func TestFewRequests(t *testing.T) {
	t.Parallel()
	d, b := bucket(t)
	p := film()
	p.content = noise(2 * model.MediaPartBytes)
	m, parts := sent(t, d, "video/mp4", p.bytes())
	b.Asked()
	_, err := d.Finish(t.Context(), m, parts)
	must(t, err)
	if n := b.Asked()[http.MethodGet]; n > 10 {
		t.Errorf("%d requests read a film of three parts", n)
	}
}

// TestPutWhileDeleting: the last file of a folder goes while another one comes.
func TestPutWhileDeleting(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() {
			for range 50 {
				key := fmt.Sprint("media/one/", who)
				if err := errors.Join(d.PutWhole(t.Context(), key, strings.NewReader("x"), 1), d.DeleteBlob(t.Context(), key)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestBucketFails: whatever a bucket does, it is storage_unavailable, nothing half
// written can be seen, and later it goes on.
func TestBucketFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]testkit.Fault{
		"500": {Status: 500, Code: "InternalError"}, "503": {Status: 503, Code: "SlowDown"}, "403": {Status: 403, Code: "AccessDenied"},
		"full": {Status: 507, Code: "XMinioStorageFull"}, "cut in the middle": {Cut: true}, "never answers": {Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, b := bucket(t)
			raw := noise(60_000)
			_, kept, m := taking(t, d, "image/png", aPNG(t, 40, 30))
			was := b.Keys()
			b.Fail(func(r *http.Request) testkit.Fault {
				if fault.Cut && r.Method == http.MethodHead {
					return testkit.Fault{}
				}
				return fault
			})
			limited, stop := context.WithTimeout(t.Context(), 3*time.Second)
			defer stop()
			_, err := d.PutPart(limited, m.ID, 2, bytes.NewReader(raw), int64(len(raw)), "")
			wantStorage(t, "put", err)
			if !fault.Hang { // reading waits as long as its caller
				_, err = d.Finish(t.Context(), m, []model.MediaPart{{Number: 1, Bytes: m.Bytes}})
				wantStorage(t, "finish", err)
				wantStorage(t, "list", d.Stray(t.Context(), time.Now(), func([]model.MediaBlob) error { return nil }))
			}
			b.Fail(nil)
			if diff := cmp.Diff(was, b.Keys()); diff != "" || b.Unfinished() != 0 {
				t.Error(diff, b.Unfinished())
			}
			if got := stored(t, d, m, false); !bytes.Equal(got, kept) {
				t.Error("it is not read as it was")
			}
			if _, err := d.PutPart(t.Context(), m.ID, 2, bytes.NewReader(raw), int64(len(raw)), ""); err != nil {
				t.Error(err)
			}
		})
	}
}

func wantStorage(t testing.TB, what string, err error) {
	t.Helper()
	if model.CodeOf(err) != model.CodeStorage {
		t.Errorf("%s: %v, want %s", what, err, model.CodeStorage)
	}
}

// TestLargePartFails: a film that a bucket takes in parts of its own is given up as a
// whole when one of them fails.
func TestLargePartFails(t *testing.T) {
	t.Parallel()
	d, b := bucket(t)
	p := film()
	p.content = noise(2*model.MediaPartBytes + 1<<20)
	m, parts := sent(t, d, "video/mp4", p.bytes())
	was := b.Keys()
	b.Fail(func(r *http.Request) testkit.Fault {
		if r.URL.Query().Get("partNumber") == "2" {
			return testkit.Fault{Status: 507, Code: "XMinioStorageFull"}
		}
		return testkit.Fault{}
	})
	_, err := d.Finish(t.Context(), m, parts)
	wantStorage(t, "finish", err)
	b.Fail(nil)
	if diff := cmp.Diff(was, b.Keys()); diff != "" || b.Unfinished() != 0 {
		t.Error(diff, b.Unfinished())
	}
	_, err = d.Finish(t.Context(), m, parts)
	must(t, err)
}

// TestCutFilmsAreGivenUp: an upload in parts that was cut off stays in the bucket, where no
// list of objects shows it; the sweep ends it after its time, and no other.
func TestCutFilmsAreGivenUp(t *testing.T) {
	t.Parallel()
	d, b := bucket(t)
	p := film()
	p.content = noise(2*model.MediaPartBytes + 1<<20)
	m, parts := sent(t, d, "video/mp4", p.bytes())
	b.Fail(func(r *http.Request) testkit.Fault { // a part fails, and the giving up is not heard
		if q := r.URL.Query(); q.Get("partNumber") == "2" || q.Has("uploadId") && r.Method == http.MethodDelete {
			return testkit.Fault{Status: 507, Code: "XMinioStorageFull"}
		}
		return testkit.Fault{}
	})
	const cut = 4 // more than a page of the list
	for range cut {
		_, err := d.Finish(t.Context(), m, parts)
		wantStorage(t, "finish", err)
	}
	b.Fail(nil)
	sweep := func() {
		t.Helper()
		must(t, d.Stray(t.Context(), time.Now().Add(-time.Hour), func([]model.MediaBlob) error { return nil }))
	}
	if sweep(); b.Unfinished() != cut {
		t.Errorf("%d are left, too early", b.Unfinished())
	}
	b.Age(2 * time.Hour)
	if sweep(); b.Unfinished() != 0 {
		t.Errorf("%d of %d are left", b.Unfinished(), cut)
	}
	b.Fail(func(r *http.Request) testkit.Fault { // a store that knows no such list
		if r.URL.Query().Has("uploads") {
			return testkit.Fault{Status: 501, Code: "NotImplemented"}
		}
		return testkit.Fault{}
	})
	sweep()
}

// TestFilmsQueue: a film is not copied while as many as may be at once are; whoever leaves
// meanwhile has lost nothing.
func TestFilmsQueue(t *testing.T) {
	t.Parallel()
	d, dir := disk(t)
	m, parts := sent(t, d, "video/mp4", film().bytes())
	free := d.HoldFilms(t)
	before := files(t, dir)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := d.Finish(ctx, m, parts); model.CodeOf(err) != model.CodeUnavailable {
		t.Error(err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Error(diff)
	}
	free()
	_, err := d.Finish(t.Context(), m, parts)
	must(t, err)
}

// TestReplacedMeanwhile: a blob that is replaced while it is read is not read on as if
// it were the same.
func TestReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *media.Door) {
		a, b := bytes.Repeat([]byte("a"), 200_000), bytes.Repeat([]byte("b"), 200_000)
		must(t, d.PutWhole(t.Context(), "uploads/x/1", bytes.NewReader(a), int64(len(a))))
		f, err := d.OpenBlob(t.Context(), "uploads/x/1")
		must(t, err)
		defer func() { _ = f.Close() }()
		must(t, d.PutWhole(t.Context(), "uploads/x/1", bytes.NewReader(b), int64(len(b))))
		got, err := io.ReadAll(f)
		if err == nil && !bytes.Equal(got, a) {
			t.Error("another blob's bytes")
		}
	})
}

// TestWrongKeys: a bucket that is not there, or whose keys are wrong, is found at the start.
func TestWrongKeys(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*media.S3){
		"secret":   func(s *media.S3) { s.SecretKey = "another" },
		"key":      func(s *media.S3) { s.AccessKey = "ANOTHER" },
		"bucket":   func(s *media.S3) { s.Bucket = "another" },
		"endpoint": func(s *media.S3) { s.Endpoint = "nowhere" },
	} {
		o := testkit.NewBucket(t).Options()
		change(&o.S3)
		if d, err := media.Open(t.Context(), o); err == nil {
			t.Errorf("%s: opened", name)
			_ = d.Close()
		}
	}
}

// TestStray lists what is older than an instant, with what it belongs to.
func TestStray(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *media.Door) {
		for _, key := range []string{"uploads/m1/1", "uploads/m1/2", "media/m2/KEY", "media/m2/KEY.jpg", "media/loose", "media/a/b/c", "uploads/m3/1"} {
			must(t, d.PutWhole(t.Context(), key, strings.NewReader("x"), 1))
		}
		var got []model.MediaBlob
		collect := func(list []model.MediaBlob) error { got = append(got, list...); return nil }
		must(t, d.Stray(t.Context(), time.Now().Add(-time.Hour), collect))
		if got != nil {
			t.Error(got)
		}
		must(t, d.Stray(t.Context(), time.Now().Add(time.Hour), collect))
		slices.SortFunc(got, func(a, b model.MediaBlob) int { return strings.Compare(a.Name, b.Name) })
		want := []model.MediaBlob{
			{Name: "media/m2/KEY", MediaID: "m2", BlobKey: "KEY"},
			{Name: "media/m2/KEY.jpg", MediaID: "m2", BlobKey: "KEY"},
			{Name: "uploads/m1/1", MediaID: "m1"},
			{Name: "uploads/m1/2", MediaID: "m1"},
			{Name: "uploads/m3/1", MediaID: "m3"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, b := range got {
			must(t, d.Drop(t.Context(), b))
		}
		if left := keys(t, d, ""); len(left) != 2 {
			t.Error(left)
		}
	})
}
