package service

import (
	"slices"

	"znkr.io/diff"

	"countersign/model"
)

// FieldDiff is how one field of a content differs between two versions. Which of the
// parts is there depends on the field: spans of a text, blocks of a body, items of a
// list, media.
type FieldDiff struct {
	Field  string      `json:"field"`
	Spans  []Span      `json:"spans,omitempty"`
	Blocks []BlockDiff `json:"blocks,omitempty"`
	Media  []MediaDiff `json:"media,omitempty"`
	Items  []Span      `json:"items,omitempty"`
	Markup bool        `json:"markup,omitempty"` // the body reads alike, but looks otherwise
}

// BlockDiff is what happened to one block, or to a run of Count equal ones. From and To
// are the blocks' places, from 0, in the older and in the newer version.
type BlockDiff struct {
	Op    Op     `json:"op"`
	Kind  string `json:"kind,omitempty"`
	From  *int   `json:"from,omitempty"`
	To    *int   `json:"to,omitempty"`
	Count int    `json:"count,omitempty"`
	Text  string `json:"text,omitempty"`
	Spans []Span `json:"spans,omitempty"`
}

// MediaDiff is what happened to one file: added, removed, replaced or moved.
type MediaDiff struct {
	Change string          `json:"change"`
	From   *model.MediaRef `json:"from,omitempty"`
	To     *model.MediaRef `json:"to,omitempty"`
}

// The changes of media.
const (
	MediaAdded    = "added"
	MediaRemoved  = "removed"
	MediaReplaced = "replaced"
	MediaMoved    = "moved"
)

// ContentDiff is how two versions differ; fields that are the same are left out.
type ContentDiff struct {
	Fields []FieldDiff `json:"fields"`
	Coarse bool        `json:"coarse"` // the texts were too long to be compared finely
}

// fieldDiffs is the table of what is compared: a new field of Content is a line here.
var fieldDiffs = []struct {
	name    string
	compare func(e *effort, x, y model.Content) FieldDiff
}{
	{"title", line(func(c model.Content) string { return c.Title })},
	{"author", line(func(c model.Content) string { return c.Author })},
	{"summary", line(func(c model.Content) string { return c.Summary })},
	{"text", line(func(c model.Content) string { return c.Text })},
	{"body_html", body},
	{"body_links", list(func(c model.Content) []string { return bodyLinks(c.BodyHTML) })},
	{"original_url", line(func(c model.Content) string { return c.OriginalURL })},
	{"link", line(func(c model.Content) string { return c.Link })},
	{"hashtags", list(func(c model.Content) []string { return c.Hashtags })},
	{"mentions", list(func(c model.Content) []string { return c.Mentions })},
	{"cover", one(func(c model.Content) *model.MediaRef { return c.Cover })},
	{"video", one(func(c model.Content) *model.MediaRef { return c.Video })},
	{"pictures", media(func(c model.Content) []model.MediaRef { return c.Pictures })},
	{"body_media", media(func(c model.Content) []model.MediaRef { return c.BodyMedia })},
}

// DiffContents compares an older with a newer version, field by field.
func DiffContents(x, y model.Content) ContentDiff {
	e := &effort{left: diffEffort}
	out := ContentDiff{Fields: []FieldDiff{}}
	for _, f := range fieldDiffs {
		d := f.compare(e, x, y)
		if len(d.Spans)+len(d.Blocks)+len(d.Media)+len(d.Items) > 0 || d.Markup {
			d.Field = f.name
			out.Fields = append(out.Fields, d)
		}
	}
	out.Coarse = e.coarse
	return out
}

type comparison = func(*effort, model.Content, model.Content) FieldDiff

func line(of func(model.Content) string) comparison {
	return func(e *effort, x, y model.Content) (d FieldDiff) {
		if of(x) != of(y) {
			d.Spans = e.spans(of(x), of(y))
		}
		return d
	}
}

func list(of func(model.Content) []string) comparison {
	return func(e *effort, x, y model.Content) (d FieldDiff) {
		older, newer := of(x), of(y)
		if slices.Equal(older, newer) {
			return d
		}
		for _, edit := range diff.Edits(older, newer, e.fast(len(older)+len(newer))...) {
			switch edit.Op {
			case diff.Match:
				d.Items = append(d.Items, Span{OpEqual, edit.X})
			case diff.Delete:
				d.Items = append(d.Items, Span{OpDelete, edit.X})
			case diff.Insert:
				d.Items = append(d.Items, Span{OpInsert, edit.Y})
			}
		}
		return d
	}
}

func one(of func(model.Content) *model.MediaRef) comparison {
	return media(func(c model.Content) []model.MediaRef {
		if m := of(c); m != nil {
			return []model.MediaRef{*m}
		}
		return nil
	})
}

// media compares files by their bytes: the same picture uploaded twice is the same.
func media(of func(model.Content) []model.MediaRef) comparison {
	return func(_ *effort, x, y model.Content) (d FieldDiff) {
		older, newer := of(x), of(y)
		if slices.EqualFunc(older, newer, func(a, b model.MediaRef) bool { return a.SHA256 == b.SHA256 }) {
			return d
		}
		hunks := []mediaHunk{{}}
		for _, edit := range diff.EditsFunc(older, newer, func(a, b model.MediaRef) bool { return a.SHA256 == b.SHA256 }) {
			last := &hunks[len(hunks)-1]
			switch edit.Op {
			case diff.Match:
				hunks = append(hunks, mediaHunk{})
			case diff.Delete:
				last.gone = append(last.gone, edit.X)
			case diff.Insert:
				last.come = append(last.come, edit.Y)
			}
		}
		for i := range hunks {
			d.Media = append(d.Media, hunks[i].moved(hunks)...)
		}
		for _, h := range hunks {
			d.Media = append(d.Media, h.replaced()...)
		}
		return d
	}
}

// mediaHunk is what went and what came between two files that stayed.
type mediaHunk struct{ gone, come []model.MediaRef }

// moved takes the files out that went here and came in any hunk: each is one move.
func (h *mediaHunk) moved(all []mediaHunk) (out []MediaDiff) {
	h.gone = slices.DeleteFunc(h.gone, func(m model.MediaRef) bool {
		for i := range all {
			k := slices.IndexFunc(all[i].come, func(n model.MediaRef) bool { return n.SHA256 == m.SHA256 })
			if k < 0 {
				continue
			}
			to := all[i].come[k]
			all[i].come = slices.Delete(all[i].come, k, k+1)
			out = append(out, MediaDiff{MediaMoved, &m, &to})
			return true
		}
		return false
	})
	return out
}

// replaced pairs what went with what came in its place.
func (h *mediaHunk) replaced() (out []MediaDiff) {
	for i := range max(len(h.gone), len(h.come)) {
		switch {
		case i >= len(h.come):
			out = append(out, MediaDiff{Change: MediaRemoved, From: &h.gone[i]})
		case i >= len(h.gone):
			out = append(out, MediaDiff{Change: MediaAdded, To: &h.come[i]})
		default:
			out = append(out, MediaDiff{Change: MediaReplaced, From: &h.gone[i], To: &h.come[i]})
		}
	}
	return out
}

// body compares two bodies block by block, and changed blocks within.
func body(e *effort, x, y model.Content) (d FieldDiff) {
	if x.BodyHTML == y.BodyHTML {
		return d
	}
	older, newer := BodyBlocks(x.BodyHTML), BodyBlocks(y.BodyHTML)
	if slices.Equal(older, newer) {
		d.Markup = CleanHTML(x.BodyHTML) != CleanHTML(y.BodyHTML)
		return d
	}
	w := blockWalk{e: e, older: older, newer: newer}
	for _, edit := range diff.Edits(older, newer, e.fast(len(older)+len(newer))...) {
		w.take(edit)
	}
	w.change()
	w.equal()
	d.Blocks = w.out
	return d
}

// blockWalk turns edits of blocks into a short list.
type blockWalk struct {
	e            *effort
	older, newer []Block
	x, y         int // the next block of each
	gone, come   int // blocks of the change that runs, which end before x and y
	same         int // equal blocks that run
	out          []BlockDiff
}

func (w *blockWalk) take(edit diff.Edit[Block]) {
	switch edit.Op {
	case diff.Match:
		w.change()
		w.same++
		w.x, w.y = w.x+1, w.y+1
	case diff.Delete:
		w.equal()
		w.gone++
		w.x++
	case diff.Insert:
		w.equal()
		w.come++
		w.y++
	}
}

// equal tells of a run of equal blocks: the ones at its ends by their texts, for the
// reader's orientation, the others by their number.
func (w *blockWalk) equal() {
	first := w.same
	for ; w.same > 0; w.same-- {
		x, y := w.x-w.same, w.y-w.same
		if first > 3 && w.same == first-1 {
			w.out = append(w.out, BlockDiff{Op: OpEqual, From: &x, To: &y, Count: first - 2})
			w.same = 2
			continue
		}
		w.out = append(w.out, BlockDiff{Op: OpEqual, Kind: w.older[x].Kind, From: &x, To: &y, Text: w.older[x].Text})
	}
}

// change tells of a change: each block that went is paired with the next of those that
// came which is like it.
func (w *blockWalk) change() {
	y, end := w.y-w.come, w.y
	for x := w.x - w.gone; x < w.x; x++ {
		at, spans := w.partner(x, y, end)
		if spans == nil {
			w.out = append(w.out, BlockDiff{Op: OpDelete, Kind: w.older[x].Kind, From: &x, Text: w.older[x].Text})
			continue
		}
		for ; y < at; y++ {
			w.insert(y)
		}
		w.out = append(w.out, BlockDiff{Op: OpChange, Kind: w.older[x].Kind, From: &x, To: &at, Spans: spans})
		y = at + 1
	}
	for ; y < end; y++ {
		w.insert(y)
	}
	w.gone, w.come = 0, 0
}

func (w *blockWalk) insert(y int) {
	w.out = append(w.out, BlockDiff{Op: OpInsert, Kind: w.newer[y].Kind, To: &y, Text: w.newer[y].Text})
}

// partnersTried is how far a block looks for the one that it became.
const partnersTried = 4

func (w *blockWalk) partner(x, y, end int) (int, []Span) {
	for at := y; at < min(end, y+partnersTried); at++ {
		if w.older[x].Kind != BlockText || w.newer[at].Kind != BlockText || w.e.left == 0 || unlike(w.older[x].Text, w.newer[at].Text) {
			continue
		}
		if spans := w.e.spans(w.older[x].Text, w.newer[at].Text); alike(spans) {
			return at, spans
		}
	}
	return y, nil
}
