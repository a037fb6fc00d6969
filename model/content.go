package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MediaRef names an uploaded file by its id and by the SHA-256 (hex) of its bytes: the
// digest of a Content covers the bytes of everything that it shows.
type MediaRef struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

// Content is what one Article says: the fields of every content type. Which of them a
// type has, and their limits, is in Shape. Empty fields are left out of the canonical
// form, so a new field changes no digest of old content.
type Content struct {
	Title       string     `json:"title,omitempty"`
	Author      string     `json:"author,omitempty"`
	Summary     string     `json:"summary,omitempty"` // WeChat calls it digest (摘要); that word is taken here
	OriginalURL string     `json:"original_url,omitempty"`
	BodyHTML    string     `json:"body_html,omitempty"` // pictures in it are <img src="media:ID">
	Text        string     `json:"text,omitempty"`
	Link        string     `json:"link,omitempty"`
	Hashtags    []string   `json:"hashtags,omitempty"` // without #
	Mentions    []string   `json:"mentions,omitempty"` // names without @
	Cover       *MediaRef  `json:"cover,omitempty"`
	Pictures    []MediaRef `json:"pictures,omitempty"`
	Video       *MediaRef  `json:"video,omitempty"`
	BodyMedia   []MediaRef `json:"body_media,omitempty"` // the pictures that BodyHTML names, in order of their first use
}

// Canonical is the form that is stored and hashed.
func (c Content) Canonical() (raw []byte, digest string, err error) {
	if raw, err = json.Marshal(c); err != nil {
		return nil, "", err
	}
	return raw, ContentDigest(raw), nil
}

// ContentDigest is the digest of a Revision's Content: the SHA-256 (hex) of its bytes.
func ContentDigest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// FieldRule is one field of a content type, by its name in a request: how long it may be, in characters, bytes
// (body_html) or items (lists), and whether a submit needs it.
type FieldRule struct {
	Name     string
	Most     int
	Required bool
}

// Limits that hold for every content type.
const (
	MaxURL     = 1024 // bytes
	MaxBody    = 1 << 20
	MaxHashtag = 30 // characters of one hashtag
)

// Shape is the fields that a content type has; all others must stay empty. An unknown
// type has none.
func Shape(t ContentType) []FieldRule {
	switch t {
	case ContentWeChatArticle:
		return []FieldRule{
			{"title", 64, true},
			{"author", 16, false},
			{"summary", 120, false},
			{"original_url", MaxURL, false},
			{"body_html", MaxBody, true},
			{"cover_id", 1, false},
		}
	case ContentDouyinVideo: // Douyin publishes no limits for this; these are in common use
		return []FieldRule{
			{"title", 55, true},
			{"hashtags", 10, false},
			{"mentions", 10, false},
			{"video_id", 1, true},
			{"cover_id", 1, false},
		}
	case ContentGeneric:
		return []FieldRule{
			{"title", 100, false},
			{"text", 5000, false},
			{"link", MaxURL, false},
			{"hashtags", 30, false},
			{"mentions", 30, false},
			{"picture_ids", 18, false},
			{"video_id", 1, false},
			{"cover_id", 1, false},
		}
	}
	return nil
}

// Check finds what is wrong with content of a type on a platform; at is the JSON path of
// its fields with a dot at its end, or empty. A draft may have gaps, what goes to review
// may not.
func (c Content) Check(platform string, t ContentType, at string, complete bool) []FieldError {
	var bad []FieldError
	add := func(field, reason string) {
		if reason != "" {
			bad = append(bad, Field(at+field, reason))
		}
	}
	rules := ShapeOn(platform, t)
	for _, v := range c.values() {
		i := slices.IndexFunc(rules, func(r FieldRule) bool { return r.Name == v.name })
		switch {
		case v.empty() && i >= 0 && rules[i].Required && complete:
			add(v.name, "required")
		case v.empty():
		case i < 0:
			add(v.name, "not_of_this_content_type")
		default:
			v.check(rules[i].Most, add)
		}
	}
	if complete && t == ContentGeneric && strings.TrimSpace(c.Text) == "" && len(c.Pictures) == 0 && c.Video == nil {
		add("text", "required")
	}
	return bad
}

// fieldValue is one field of a Content with the rule for its form.
type fieldValue struct {
	name  string
	text  string
	list  []string
	media []MediaRef
	form  func(s string, most int) string // of text, or of one item of list
}

func (c Content) values() []fieldValue {
	one := func(m *MediaRef) []MediaRef {
		if m == nil {
			return nil
		}
		return []MediaRef{*m}
	}
	return []fieldValue{
		{name: "title", text: c.Title, form: checkTitle},
		{name: "author", text: c.Author, form: CheckLine},
		{name: "summary", text: c.Summary, form: checkProse},
		{name: "original_url", text: c.OriginalURL, form: checkURL},
		{name: "body_html", text: c.BodyHTML, form: checkBody},
		{name: "text", text: c.Text, form: checkProse},
		{name: "link", text: c.Link, form: checkURL},
		{name: "hashtags", list: c.Hashtags, form: checkTag},
		{name: "mentions", list: c.Mentions, form: checkTag},
		{name: "cover_id", media: one(c.Cover)},
		{name: "picture_ids", media: c.Pictures},
		{name: "video_id", media: one(c.Video)},
	}
}

func (v fieldValue) empty() bool {
	return strings.TrimSpace(v.text) == "" && len(v.list) == 0 && len(v.media) == 0
}

func (v fieldValue) check(most int, add func(field, reason string)) {
	if v.text != "" {
		add(v.name, v.form(v.text, most))
	}
	if len(v.list) > most || len(v.media) > most {
		add(v.name, "too_many")
	}
	for i, s := range v.list {
		at := fmt.Sprintf("%s[%d]", v.name, i)
		if slices.Contains(v.list[:i], s) {
			add(at, "duplicate")
		}
		add(at, v.form(s, MaxHashtag))
	}
}

// checkTitle and checkProse take the joiner (U+200D) where it makes one picture of two
// emoji, as phones write them; anywhere else it is a character that hides.
func checkTitle(s string, most int) string { return CheckLine(unjoined(s), most) }

func checkProse(s string, most int) string { return CheckText(unjoined(s), most) }

func unjoined(s string) string {
	const joiner = '\u200d'
	if !strings.ContainsRune(s, joiner) {
		return s
	}
	in := []rune(s)
	out := make([]rune, 0, len(in))
	for i, r := range in {
		if r != joiner || i == 0 || i == len(in)-1 || !emoji(in[i-1]) || !emoji(in[i+1]) {
			out = append(out, r)
		}
	}
	return string(out)
}

// emoji: a picture, a skin tone, or the selector that asks for colour.
func emoji(r rune) bool { return unicode.In(r, unicode.So, unicode.Sk) || r == '\ufe0f' }

// headlineLength is how much of a text stands for a title that is not there.
const headlineLength = 64

// Headline is what lists show: the title, or else the first line of the text, cut.
func (c Content) Headline() string {
	if c.Title != "" {
		return c.Title
	}
	for line := range strings.Lines(c.Text) {
		line = strings.Join(strings.Fields(line), " ")
		if runes := []rune(line); len(runes) > headlineLength {
			return string(runes[:headlineLength-1]) + "…"
		}
		if line != "" {
			return line
		}
	}
	return ""
}

func checkBody(s string, most int) string {
	if len(s) > most || !utf8.ValidString(s) {
		return "too_long"
	}
	return ""
}

// checkTag: a hashtag or a name stands without its sign and without spaces.
func checkTag(s string, most int) string {
	if strings.ContainsAny(s, "#＃@＠ \t\n") {
		return "sign_or_space"
	}
	return CheckLine(s, most)
}

func checkURL(s string, most int) string {
	u, err := url.Parse(s)
	switch {
	case len(s) > most:
		return "too_long"
	case err != nil, u.Scheme != "https", u.Host == "", u.User != nil:
		return "https_url_expected"
	}
	return ""
}
