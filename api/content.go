package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"countersign/model"
	"countersign/service"
)

// ContentText is what an article says; which fields it has depends on its content type.
type ContentText struct {
	Title       string   `json:"title,omitempty" maxLength:"400" doc:"A draft may lack it."`
	Author      string   `json:"author,omitempty" maxLength:"200"`
	Summary     string   `json:"summary,omitempty" maxLength:"1000" doc:"摘要, up to 120 characters."`
	OriginalURL string   `json:"original_url,omitempty" maxLength:"1024" doc:"阅读原文, https."`
	BodyHTML    string   `json:"body_html,omitempty" maxLength:"1048576" doc:"Reduced to safe HTML on save and on every output. A picture is written as src=media:ID of an uploaded one, and shown by a signed address."`
	Text        string   `json:"text,omitempty" maxLength:"20000"`
	Link        string   `json:"link,omitempty" maxLength:"1024" doc:"https."`
	Hashtags    []string `json:"hashtags,omitempty" maxItems:"50" maxLength:"200" doc:"Without #."`
	Mentions    []string `json:"mentions,omitempty" maxItems:"50" maxLength:"200" doc:"Names without @."`
}

// ContentBody is an article's content as its author writes it: files by their ids.
type ContentBody struct {
	ContentText
	CoverID    *string  `json:"cover_id,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"A picture of the brand."`
	PictureIDs []string `json:"picture_ids,omitempty" maxItems:"50" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"In the order in which they are shown."`
	VideoID    *string  `json:"video_id,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"`
}

// ContentOut is an article's content as it is shown.
type ContentOut struct {
	ContentText
	Cover    *MediaOut  `json:"cover,omitempty"`
	Pictures []MediaOut `json:"pictures,omitempty"`
	Video    *MediaOut  `json:"video,omitempty"`
	InBody   []MediaOut `json:"body_pictures,omitempty" doc:"The pictures in body_html."`
}

func (b ContentBody) content() model.Content {
	c := b.ContentText.content()
	ref := func(id *string) *model.MediaRef {
		if id == nil {
			return nil
		}
		return &model.MediaRef{ID: *id}
	}
	c.Cover, c.Video = ref(b.CoverID), ref(b.VideoID)
	for _, id := range b.PictureIDs {
		c.Pictures = append(c.Pictures, model.MediaRef{ID: id})
	}
	return c
}

func (b ContentText) content() model.Content {
	return model.Content{Title: b.Title, Author: b.Author, Summary: b.Summary, OriginalURL: b.OriginalURL, BodyHTML: b.BodyHTML, Text: b.Text, Link: b.Link, Hashtags: b.Hashtags, Mentions: b.Mentions}
}

// contentOut shows stored content.
func (a *API) contentOut(ctx context.Context, brandID string, raw []byte) (ContentOut, error) {
	out, err := a.contentsOut(ctx, brandID, map[string][]byte{"": raw})
	return out[""], err
}

// contentsOut shows stored contents, by whatever key they have. The files that they show
// are read together; their addresses are signed for the reader.
func (a *API) contentsOut(ctx context.Context, brandID string, raws map[string][]byte) (map[string]ContentOut, error) {
	contents := make(map[string]model.Content, len(raws))
	var refs []model.MediaRef
	for key, raw := range raws {
		var c model.Content
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, fmt.Errorf("stored content: %w", err)
		}
		contents[key] = c
		refs = append(refs, c.Media()...)
	}
	files, now, err := a.filesOf(ctx, brandID, refs)
	if err != nil {
		return nil, err
	}
	out := make(map[string]ContentOut, len(raws))
	for key, c := range contents {
		out[key] = a.showContent(c, files, now)
	}
	return out, nil
}

// showContent cleans the body once more on its way out.
func (a *API) showContent(c model.Content, files map[string]model.Media, now time.Time) (out ContentOut) {
	body := a.Service.Media.ShowBody(c.BodyHTML, files, now)
	out.ContentText = ContentText{c.Title, c.Author, c.Summary, c.OriginalURL, body, c.Text, c.Link, c.Hashtags, c.Mentions}
	show := func(refs ...model.MediaRef) (list []MediaOut) {
		for _, ref := range refs {
			m, ok := files[ref.ID]
			if !ok { // a Revision holds its files; this shows at least what it was
				m = model.Media{ID: ref.ID, SHA256: ref.SHA256}
			}
			list = append(list, a.mediaOut(m, now))
		}
		return list
	}
	if c.Cover != nil {
		out.Cover = &show(*c.Cover)[0]
	}
	if c.Video != nil {
		out.Video = &show(*c.Video)[0]
	}
	out.Pictures, out.InBody = show(c.Pictures...), show(c.BodyMedia...)
	return out
}

func (a *API) filesOf(ctx context.Context, brandID string, refs []model.MediaRef) (files map[string]model.Media, now time.Time, err error) {
	if len(refs) == 0 {
		return nil, now, nil
	}
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.ID
	}
	if files, err = a.Store.MediaByID(ctx, brandID, ids); err == nil {
		now, err = a.Store.Now(ctx)
	}
	return files, now, err
}

// ChoiceBody is the author's choice of a flow for an article.
type ChoiceBody struct {
	FlowID     *string `json:"flow_id,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Leave both out for the platform's default."`
	NoApproval bool    `json:"no_approval,omitempty"`
}

func (b ChoiceBody) choice() model.FlowChoice {
	return model.FlowChoice{FlowID: b.FlowID, None: b.NoApproval}
}

// ArticleBody is an article as its author writes it.
type ArticleBody struct {
	ContentBody
	ChoiceBody
}

func (b ArticleBody) spec() service.ArticleSpec {
	return service.ArticleSpec{Content: b.content(), Choice: b.choice()}
}
