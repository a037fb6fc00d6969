package sandbox

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

// What the app takes as a video.
const maxVideoBytes = 128 << 20

var videoTypes = []string{"video/mp4", "video/quicktime", "video/3gpp"}

// The app reads a video in pieces; the stand-in asks for the first one.
const (
	firstPiece   = 1024 // bytes
	fetchTimeout = 10 * time.Second
)

// Fetched is what the app saw when it asked for the video, without following redirects.
type Fetched struct {
	Head    FetchAnswer `json:"head"`
	Range   FetchAnswer `json:"range"`   // the first 1024 bytes were asked for
	Problem string      `json:"problem"` // "" when the app could use the video
}

// FetchAnswer is one answer of the video's server.
type FetchAnswer struct {
	Status       int    `json:"status"` // 0 when there was no answer
	ContentType  string `json:"content_type"`
	ContentRange string `json:"content_range"`
	Length       int64  `json:"length"` // bytes: HEAD as promised, -1 when unknown; Range as received
	Error        string `json:"error"`
}

// fetch asks for a video as the phone does.
func (d *Douyin) fetch(ctx context.Context, address string) *Fetched {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	f := &Fetched{
		Head:  d.fetchOne(ctx, http.MethodHead, address, ""),
		Range: d.fetchOne(ctx, http.MethodGet, address, fmt.Sprintf("bytes=0-%d", firstPiece-1)),
	}
	f.Problem = f.problem()
	return f
}

func (d *Douyin) fetchOne(ctx context.Context, method, address, piece string) FetchAnswer {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return FetchAnswer{Error: err.Error()}
	}
	if piece != "" {
		req.Header.Set("Range", piece)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return FetchAnswer{Error: err.Error()}
	}
	defer func() { _ = resp.Body.Close() }()
	a := FetchAnswer{
		Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"),
		ContentRange: resp.Header.Get("Content-Range"), Length: resp.ContentLength,
	}
	if method == http.MethodGet {
		a.Length, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, firstPiece+1)) // a broken line shows in the length
	}
	return a
}

// problem is the first reason why the app could not use the video.
func (f *Fetched) problem() string {
	kind, _, _ := mime.ParseMediaType(f.Head.ContentType) // what cannot be parsed is no video
	switch {
	case f.Head.Error != "" || f.Range.Error != "":
		return "no answer"
	case f.Head.Status != http.StatusOK:
		return fmt.Sprintf("HEAD answers %d", f.Head.Status)
	case !slices.Contains(videoTypes, kind):
		return fmt.Sprintf("the content type is %q", f.Head.ContentType)
	case f.Head.Length <= 0 || f.Head.Length > maxVideoBytes:
		return fmt.Sprintf("the length is %d", f.Head.Length)
	case f.Range.Status != http.StatusPartialContent || f.Range.Length != min(firstPiece, f.Head.Length):
		return fmt.Sprintf("the range answers %d with %d bytes", f.Range.Status, f.Range.Length)
	}
	return ""
}
