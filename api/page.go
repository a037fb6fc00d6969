package api

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// PageIn asks for a part of a list.
type PageIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many, at most."`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
}

// List is a page of a list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Give it as cursor for the next page; absent on the last one."`
}

// ListOut answers a page.
type ListOut[T any] struct{ Body List[T] }

func (p PageIn) page() (store.Page, error) {
	if p.Cursor == "" {
		return store.Page{Limit: p.Limit}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || !idShape.Match(raw) {
		return store.Page{}, model.Invalid(model.Field("query.cursor", "malformed"))
	}
	return store.Page{After: string(raw), Limit: p.Limit}, nil
}

// number is a cursor of a list that is ordered by a number from 1 on; 0 is the first page.
func (p PageIn) number() (int, error) {
	if p.Cursor == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	n, nerr := strconv.ParseInt(string(raw), 10, 32)
	if err != nil || nerr != nil || n < 1 {
		return 0, model.Invalid(model.Field("query.cursor", "malformed"))
	}
	return int(n), nil
}

// listOf shows rows as items; the store read one row more than asked when there are more.
func listOf[R, T any](rows []R, limit int, id func(R) string, show func(R) T) *ListOut[T] {
	out := &ListOut[T]{Body: List[T]{Items: []T{}}}
	if len(rows) > limit {
		rows = rows[:limit]
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(id(rows[limit-1])))
	}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, show(r))
	}
	return out
}

// inboxCursor is where an inbox page ended: an instant and a task.
func inboxCursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d|%s", at.UnixMilli(), id))
}

// lastInstant is the end of the year 9999 in milliseconds: MySQL has no later time.
const lastInstant = 253_402_300_799_999

func parseInboxCursor(s string) (*store.InboxCursor, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // no cursor is the first page
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	ms, id, ok := strings.Cut(string(raw), "|")
	n, nerr := strconv.ParseInt(ms, 10, 64)
	if err != nil || !ok || nerr != nil || n < 0 || n > lastInstant || !idShape.MatchString(id) {
		return nil, model.Invalid(model.Field("query.cursor", "malformed"))
	}
	return &store.InboxCursor{SortedAt: time.UnixMilli(n).UTC(), ID: id}, nil
}

// IfMatch carries the version that an edit was made on.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"32" doc:"The ETag that you loaded." example:"\"3\""`
}

func (i IfMatch) version() (int64, error) {
	if i.IfMatch == "" {
		return 0, model.E(model.CodeIfMatchRequired)
	}
	n, err := strconv.ParseInt(strings.Trim(i.IfMatch, `"`), 10, 64)
	if err != nil || n < 0 {
		return 0, model.E(model.CodeStale)
	}
	return n, nil
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Empty is an answer without a body.
type Empty struct{}

// Picture is an answer of image bytes.
type Picture struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// png answers a picture that only the caller's own browser may keep, for a while.
func png(raw []byte, err error) (*Picture, error) {
	if err != nil {
		return nil, err
	}
	return &Picture{ContentType: "image/png", CacheControl: "private, max-age=300", Body: raw}, nil
}

func tag(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "brands" && len(parts) > 2 {
		return parts[2]
	}
	return parts[0]
}
