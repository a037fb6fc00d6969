package service

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"countersign/model"
	"countersign/store"
)

// bodyPicture is how a body names a picture: by its id, so that the digest of the
// content covers its bytes.
var bodyPicture = regexp.MustCompile(`src="media:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"`)

// resolve makes an author's input what is stored and hashed: cleaned, and with the digest
// of every file that it shows. The files must be the Brand's, ready, of the right kind and
// fit for the platform; they are held until the commit. at is the JSON path of its fields.
func (s Posts) resolve(tx *store.Tx, post model.Post, in model.Content, at string) (model.Content, []model.FieldError, error) {
	var bad []model.FieldError
	if foreignPicture(in.BodyHTML) {
		bad = append(bad, model.Field(at+"body_html", "picture_not_uploaded"))
	}
	c := cleanContent(in)
	c.BodyMedia = picturesIn(c.BodyHTML)
	refs := c.Media()
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.ID
	}
	held, err := tx.HoldMedia(post.BrandID, ids)
	if err != nil {
		return c, nil, err
	}
	name := func(ref model.MediaRef, want model.MediaKind, field string) model.MediaRef {
		m, ok := held[ref.ID]
		switch {
		case !ok:
			bad = append(bad, model.Field(at+field, "unknown_media"))
		case m.Kind != want:
			bad = append(bad, model.Field(at+field, string(want)+"_expected"))
		case m.UnfitFor(post.ContentType) != "":
			bad = append(bad, model.Field(at+field, m.UnfitFor(post.ContentType)))
		}
		return model.MediaRef{ID: ref.ID, SHA256: m.SHA256}
	}
	if c.Cover != nil {
		ref := name(*c.Cover, model.MediaPicture, "cover_id")
		c.Cover = &ref
	}
	if c.Video != nil {
		ref := name(*c.Video, model.MediaVideo, "video_id")
		c.Video = &ref
	}
	c.Pictures = slices.Clone(c.Pictures)
	for i := range c.Pictures {
		field := fmt.Sprintf("picture_ids[%d]", i)
		if slices.ContainsFunc(c.Pictures[:i], func(r model.MediaRef) bool { return r.ID == c.Pictures[i].ID }) {
			bad = append(bad, model.Field(at+field, "duplicate"))
		}
		c.Pictures[i] = name(c.Pictures[i], model.MediaPicture, field)
	}
	for i := range c.BodyMedia {
		c.BodyMedia[i] = name(c.BodyMedia[i], model.MediaPicture, "body_html")
	}
	return c, bad, nil
}

// picturesIn lists the pictures that a cleaned body names, each once.
func picturesIn(body string) (refs []model.MediaRef) {
	for _, m := range bodyPicture.FindAllStringSubmatch(body, -1) {
		if !slices.ContainsFunc(refs, func(r model.MediaRef) bool { return r.ID == m[1] }) {
			refs = append(refs, model.MediaRef{ID: m[1]})
		}
	}
	return refs
}

// foreignPicture tells whether a body shows a picture that was not uploaded: what lies
// at an address may change after it was approved. The author is told, in place of a
// picture that is missing without a word.
func foreignPicture(body string) bool {
	if !strings.Contains(strings.ToLower(body), "<im") {
		return false
	}
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return false
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "img" && t.Data != "image" {
				continue
			}
			for _, a := range t.Attr {
				if a.Key == "src" && a.Val != "" && !mediaAddress.MatchString(a.Val) {
					return true
				}
			}
		case html.TextToken, html.EndTagToken, html.CommentToken, html.DoctypeToken:
		}
	}
}

// ShowBody is a stored body for a reader: cleaned once more, and its pictures by
// addresses that he may read. What is not there (any more) keeps its id.
func (s Media) ShowBody(body string, files map[string]model.Media, now time.Time) string {
	return bodyPicture.ReplaceAllStringFunc(CleanHTML(body), func(attr string) string {
		m, ok := files[bodyPicture.FindStringSubmatch(attr)[1]]
		if !ok {
			return attr
		}
		url, _ := s.URLs(m, now)
		return `src="` + html.EscapeString(url) + `"`
	})
}
