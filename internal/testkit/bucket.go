package testkit

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // S3's tag of an object
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/media"
)

// The stand-in's bucket and keys.
const (
	bucketName   = "countersign-test"
	bucketKey    = "AKIATESTKIT"
	bucketSecret = "planted-bucket-secret-91be"
)

// Bucket is a real HTTP server that speaks as much of S3's protocol as a store of blobs
// needs: whole and in parts, with ranges, lists in pages. It checks every signature,
// those of a streamed body's pieces included, and shows an object when all of it is there.
type Bucket struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string]object
	uploads map[string]*upload
	asked   map[string]int
	fault   func(*http.Request) Fault
	serial  int
}

type object struct {
	raw     []byte
	changed time.Time
}

// upload is an object that comes in parts.
type upload struct {
	key   string
	begun time.Time
	parts map[int][]byte
}

// Fault is how the bucket fails: with a status, or in the middle of its answer, or of
// the request. The zero value is none.
type Fault struct {
	Status int
	Code   string
	Cut    bool
	Hang   bool // until the client goes away
}

// NewBucket starts an empty one.
func NewBucket(t testing.TB) *Bucket {
	t.Helper()
	b := &Bucket{objects: map[string]object{}, uploads: map[string]*upload{}, asked: map[string]int{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

// Options are a door's to this bucket.
func (b *Bucket) Options() media.Options {
	return media.Options{Driver: "s3", S3: media.S3{Endpoint: b.URL, Region: "cn-east-1", Bucket: bucketName, AccessKey: bucketKey, SecretKey: bucketSecret, PathStyle: true, Prefix: "brand files/"}}
}

// Fail makes requests fail as f says; nil mends it.
func (b *Bucket) Fail(f func(*http.Request) Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = f
}

// Keys lists the objects.
func (b *Bucket) Keys() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.objects))
}

// Unfinished counts uploads in parts that were neither completed nor given up.
func (b *Bucket) Unfinished() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.uploads)
}

// Asked counts requests by method, and begins anew.
func (b *Bucket) Asked() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.asked
	b.asked = map[string]int{}
	return was
}

// Age makes every object and every upload older.
func (b *Bucket) Age(by time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, o := range b.objects {
		o.changed = o.changed.Add(-by)
		b.objects[k] = o
	}
	for _, u := range b.uploads {
		u.begun = u.begun.Add(-by)
	}
}

// ServeHTTP answers one request.
func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.asked[r.Method]++
	fault := Fault{}
	if b.fault != nil {
		fault = b.fault(r)
	}
	b.mu.Unlock()
	switch {
	case fault.Hang:
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client goes
		<-r.Context().Done()
		return
	case fault.Status != 0:
		refuse(w, fault.Status, fault.Code)
		return
	case fault.Cut && r.Method == http.MethodPut:
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		panic(http.ErrAbortHandler)
	}
	raw, code := signed(r)
	if code != "" {
		refuse(w, http.StatusForbidden, code)
		return
	}
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if name != bucketName {
		refuse(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	if fault.Cut {
		w = cutting{w}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if key == "" {
		b.list(w, r)
		return
	}
	b.serve(w, r, key, raw)
}

// cutting breaks the connection in the middle of the answer.
type cutting struct{ http.ResponseWriter }

func (c cutting) Write(p []byte) (int, error) {
	_, _ = c.ResponseWriter.Write(p[:len(p)/2])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code) //nolint:gosec // to tests alone
}

func (b *Bucket) serve(w http.ResponseWriter, r *http.Request, key string, raw []byte) {
	q := r.URL.Query()
	id := q.Get("uploadId")
	switch o, there := b.objects[key]; {
	case q.Has("uploads"):
		b.serial++
		id = fmt.Sprintf("%06d", b.serial)
		b.uploads[id] = &upload{key, time.Now(), map[int][]byte{}}
		_, _ = fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	case id != "" && b.uploads[id] == nil:
		refuse(w, http.StatusNotFound, "NoSuchUpload")
	case id != "":
		b.part(w, r, key, id, raw)
	case r.Method == http.MethodPut:
		b.objects[key] = object{raw, time.Now()}
		w.Header().Set("ETag", tagOf(raw))
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !there:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", tagOf(o.raw))
		http.ServeContent(w, r, "", o.changed, bytes.NewReader(o.raw))
	}
}

func tagOf(raw []byte) string {
	sum := md5.Sum(raw) //nolint:gosec // S3's
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// part keeps a part, or ends its upload.
func (b *Bucket) part(w http.ResponseWriter, r *http.Request, key, id string, raw []byte) {
	parts := b.uploads[id].parts
	switch r.Method {
	case http.MethodPut:
		n, _ := strconv.Atoi(r.URL.Query().Get("partNumber"))
		parts[n] = raw
		w.Header().Set("ETag", tagOf(raw))
	case http.MethodPost:
		var whole []byte
		for _, n := range slices.Sorted(maps.Keys(parts)) {
			whole = append(whole, parts[n]...)
		}
		b.objects[key] = object{whole, time.Now()}
		delete(b.uploads, id)
		_, _ = fmt.Fprintf(w, "<CompleteMultipartUploadResult><Bucket>%s</Bucket><Key>k</Key><ETag>%s</ETag></CompleteMultipartUploadResult>", bucketName, `"multi-2"`)
	case http.MethodDelete:
		delete(b.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	}
}

// pageOfKeys is small, so that lists have pages.
const pageOfKeys = 3

func (b *Bucket) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("uploads") {
		b.listUploads(w, q)
		return
	}
	if q.Get("list-type") != "2" {
		return // somebody asks whether the bucket is there
	}
	type content struct {
		Key          string
		LastModified string
		ETag         string
		Size         int
	}
	var out struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		EncodingType          string   `xml:",omitempty"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []content
	}
	encode := func(s string) string { return s }
	if q.Get("encoding-type") == "url" {
		encode, out.EncodingType = url.QueryEscape, "url"
	}
	for _, k := range slices.Sorted(maps.Keys(b.objects)) {
		if !strings.HasPrefix(k, q.Get("prefix")) || k <= q.Get("continuation-token") {
			continue
		}
		if len(out.Contents) == pageOfKeys {
			out.IsTruncated = true
			break
		}
		o := b.objects[k]
		out.NextContinuationToken = k
		out.Contents = append(out.Contents, content{encode(k), o.changed.UTC().Format("2006-01-02T15:04:05.000Z"), tagOf(o.raw), len(o.raw)})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}

// listUploads lists uploads that have not ended, by their ids.
func (b *Bucket) listUploads(w http.ResponseWriter, q url.Values) {
	type entry struct {
		Key       string
		UploadID  string `xml:"UploadId"`
		Initiated string
	}
	var out struct {
		XMLName       xml.Name `xml:"ListMultipartUploadsResult"`
		EncodingType  string
		IsTruncated   bool
		NextKeyMarker string
		NextIDMarker  string  `xml:"NextUploadIdMarker"`
		Uploads       []entry `xml:"Upload"`
	}
	out.EncodingType = "url"
	for _, id := range slices.Sorted(maps.Keys(b.uploads)) {
		u := b.uploads[id]
		if !strings.HasPrefix(u.key, q.Get("prefix")) || id <= q.Get("upload-id-marker") {
			continue
		}
		if len(out.Uploads) == pageOfKeys {
			out.IsTruncated = true
			break
		}
		out.NextKeyMarker, out.NextIDMarker = url.QueryEscape(u.key), id
		out.Uploads = append(out.Uploads, entry{url.QueryEscape(u.key), id, u.begun.UTC().Format(time.RFC3339)})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}

// signed checks AWS4-HMAC-SHA256 and answers the body; code is why it is refused.
func signed(r *http.Request) (body []byte, code string) {
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return nil, "AccessDenied"
	}
	field := map[string]string{}
	for f := range strings.SplitSeq(auth, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(f), "=")
		field[k] = v
	}
	key, scope, _ := strings.Cut(field["Credential"], "/")
	date, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	switch {
	case key != bucketKey:
		return nil, "InvalidAccessKeyId"
	case err != nil || time.Since(date).Abs() > 15*time.Minute:
		return nil, "RequestTimeTooSkewed"
	}
	s := signer{scope: scope, date: r.Header.Get("X-Amz-Date"), key: []byte("AWS4" + bucketSecret)}
	for part := range strings.SplitSeq(scope, "/") {
		s.key = s.sum(part)
	}
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if s.request(r, strings.Split(field["SignedHeaders"], ";"), payload) != field["Signature"] {
		return nil, "SignatureDoesNotMatch"
	}
	if payload == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" {
		return s.pieces(r, field["Signature"])
	}
	if body, err = io.ReadAll(r.Body); err != nil {
		return nil, "IncompleteBody"
	}
	if payload != "UNSIGNED-PAYLOAD" && payload != hash(body) {
		return nil, "XAmzContentSHA256Mismatch"
	}
	return body, ""
}

type signer struct {
	scope, date string
	key         []byte
}

func (s signer) sum(text string) []byte {
	m := hmac.New(sha256.New, s.key)
	_, _ = io.WriteString(m, text)
	return m.Sum(nil)
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (s signer) request(r *http.Request, names []string, payload string) string {
	var headers strings.Builder
	for _, name := range names {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		_, _ = fmt.Fprintf(&headers, "%s:%s\n", name, strings.TrimSpace(value))
	}
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), query, headers.String(), strings.Join(names, ";"), payload}, "\n")
	return hex.EncodeToString(s.sum(strings.Join([]string{"AWS4-HMAC-SHA256", s.date, s.scope, hash([]byte(canonical))}, "\n")))
}

// pieces reads a streamed body, each piece of which is signed with the one before it.
func (s signer) pieces(r *http.Request, last string) (body []byte, code string) {
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		size, sig, _ := strings.Cut(strings.TrimSpace(line), ";chunk-signature=")
		n, bad := strconv.ParseUint(size, 16, 31)
		if err != nil || bad != nil {
			return nil, "IncompleteBody"
		}
		piece := make([]byte, n)
		if _, err := io.ReadFull(in, piece); err != nil {
			return nil, "IncompleteBody"
		}
		last = hex.EncodeToString(s.sum(strings.Join([]string{"AWS4-HMAC-SHA256-PAYLOAD", s.date, s.scope, last, hash(nil), hash(piece)}, "\n")))
		if last != sig {
			return nil, "SignatureDoesNotMatch"
		}
		body = append(body, piece...)
		if _, err := in.Discard(2); err != nil {
			return nil, "IncompleteBody"
		}
		if n == 0 {
			break
		}
	}
	if want := r.Header.Get("X-Amz-Decoded-Content-Length"); want != strconv.Itoa(len(body)) {
		return nil, "IncompleteBody"
	}
	return body, ""
}
