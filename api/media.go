package api

import (
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

const (
	rawType   = "application/octet-stream"
	partRoute = Base + "/brands/:brand/media/:media/parts/:number"

	partTime     = 5 * time.Minute  // for one part, from a slow phone
	completeTime = 10 * time.Minute // to read and keep the largest video
)

// MediaOut is a picture or a video as it is shown.
type MediaOut struct {
	ID         string          `json:"id"`
	Kind       model.MediaKind `json:"kind" enum:"picture,video"`
	Name       string          `json:"name"`
	Mime       string          `json:"mime"`
	Bytes      int64           `json:"bytes"`
	SHA256     string          `json:"sha256,omitempty" doc:"Of the bytes that are shown and published: EXIF and the like are removed before."`
	Width      int             `json:"width,omitempty" doc:"Pixels, as shown."`
	Height     int             `json:"height,omitempty"`
	DurationMS int64           `json:"duration_ms,omitempty" doc:"Of a video, when the file says it."`
	URL        string          `json:"url,omitempty" doc:"Anybody who has it may read the file for an hour or two; takes HEAD and Range. The same within the hour."`
	ThumbURL   string          `json:"thumb_url,omitempty" doc:"Of a small JPEG, 480 pixels at most; pictures have one."`
}

func (a *API) mediaOut(m model.Media, now time.Time) MediaOut {
	out := MediaOut{ID: m.ID, Kind: m.Kind, Name: m.Name, Mime: m.Mime, Bytes: m.Bytes, SHA256: m.SHA256, Width: m.Width, Height: m.Height, DurationMS: m.DurationMS}
	if m.State == model.MediaReady {
		out.URL, out.ThumbURL = a.Service.Media.URLs(m, now)
	}
	return out
}

// UploadOut is a file in the brand's list, and how far it is.
type UploadOut struct {
	MediaOut
	State     model.MediaState `json:"state" enum:"uploading,ready"`
	PartBytes int64            `json:"part_bytes" doc:"Size of every part but the last."`
	Parts     int              `json:"parts" doc:"How many parts the file has."`
	CreatedBy string           `json:"created_by" doc:"Member id."`
	CreatedAt time.Time        `json:"created_at"`
}

func (a *API) uploadOut(m model.Media, now time.Time) UploadOut {
	return UploadOut{a.mediaOut(m, now), m.State, model.MediaPartBytes, model.PartsOf(m.Bytes), m.CreatedBy, m.CreatedAt}
}

// MediaDetail is one file with what has arrived of it, or where it is shown.
type MediaDetail struct {
	UploadOut
	Arrived []int      `json:"arrived,omitempty" doc:"uploading: numbers of the parts that are there; go on with the others."`
	Uses    []MediaUse `json:"uses,omitempty" doc:"ready: the newest versions that show it, 20 at most."`
}

// MediaUse is a version that shows a file.
type MediaUse struct {
	ArticleID string `json:"article_id"`
	Number    int    `json:"number"`
}

// MediaIn names a file in the path.
type MediaIn struct {
	BrandIn
	Media string `path:"media" maxLength:"64"`
}

type mediaAnswer struct{ Body MediaDetail }

type startUploadIn struct {
	BrandIn
	Body struct {
		Name   string `json:"name" maxLength:"200" doc:"As the author calls the file."`
		Mime   string `json:"mime" maxLength:"64" doc:"image/jpeg, image/png, image/gif, image/webp, video/mp4 or video/quicktime; it must be what the file is."`
		Bytes  int64  `json:"bytes" minimum:"1" maximum:"1099511627776"`
		SHA256 string `json:"sha256,omitempty" pattern:"^[0-9a-f]{64}$" doc:"Of the file as it is sent; compared at the end."`
	}
}

func (a *API) startUpload(ctx context.Context, in *startUploadIn) (*mediaAnswer, error) {
	b := in.Body
	id, err := a.Service.Media.Start(ctx, callOf(ctx), in.Brand, service.MediaSpec{Name: b.Name, Mime: b.Mime, Bytes: b.Bytes, SHA256: b.SHA256})
	if err != nil {
		return nil, err
	}
	return a.media(ctx, &MediaIn{in.BrandIn, id})
}

func (a *API) media(ctx context.Context, in *MediaIn) (*mediaAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	m, err := a.Store.Media(ctx, in.Brand, in.Media)
	if err != nil {
		return nil, err
	}
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	out := MediaDetail{UploadOut: a.uploadOut(m, now)}
	if m.State == model.MediaReady {
		uses, err := a.Store.MediaUses(ctx, in.Brand, m.ID, 20)
		for _, u := range uses {
			out.Uses = append(out.Uses, MediaUse{u.ArticleID, u.Number})
		}
		return &mediaAnswer{out}, err
	}
	parts, err := a.Store.MediaParts(ctx, m.ID)
	for _, p := range parts {
		out.Arrived = append(out.Arrived, p.Number)
	}
	return &mediaAnswer{out}, err
}

type mediaListIn struct {
	BrandIn
	PageIn
	Kind  string `query:"kind" enum:"picture,video"`
	State string `query:"state" enum:"uploading,ready"`
}

// MediaList is a page of a brand's files.
type MediaList struct {
	List[UploadOut]
	UsedBytes  int64 `json:"used_bytes" doc:"Of all the brand's files, uploads included."`
	QuotaBytes int64 `json:"quota_bytes"`
}

type mediaListAnswer struct{ Body MediaList }

func (a *API) mediaList(ctx context.Context, in *mediaListIn) (*mediaListAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.MediaList(ctx, in.Brand, store.MediaFilter{Kind: model.MediaKind(in.Kind), State: model.MediaState(in.State)}, page)
	if err != nil {
		return nil, err
	}
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	used, err := a.Store.MediaUsage(ctx, in.Brand)
	list := listOf(rows, page.Limit, func(m model.Media) string { return m.ID }, func(m model.Media) UploadOut { return a.uploadOut(m, now) })
	return &mediaListAnswer{MediaList{list.Body, used, a.Service.Media.Quota()}}, err
}

// uploadPartIn takes its body as it comes: it goes to the store without being held.
type uploadPartIn struct {
	MediaIn
	Number int    `path:"number" minimum:"1" maximum:"200000"`
	SHA256 string `header:"X-Part-SHA256" pattern:"^[0-9a-f]{64}$" doc:"Of this part; one that arrives otherwise is refused."`

	body   io.Reader
	length int64
}

// Resolve is for huma, which would read the whole body.
func (in *uploadPartIn) Resolve(c huma.Context) []error {
	gc := humagin.Unwrap(c)
	in.body, in.length = unhurried(gc.Writer, gc.Request.Body, partTime), gc.Request.ContentLength
	return nil
}

func (a *API) describePart(op *huma.Operation) {
	op.MaxBodyBytes = model.MediaPartBytes
	op.RequestBody = &huma.RequestBody{
		Required: true, Description: "The bytes of the part, with a Content-Length.",
		Content: map[string]*huma.MediaType{rawType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
	}
}

// patiently is a call's context with another time limit.
func patiently(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(lifetime(ctx), callKey, callOf(ctx)), limit)
}

func (a *API) uploadPart(ctx context.Context, in *uploadPartIn) (*mediaAnswer, error) {
	slow, cancel := patiently(ctx, partTime)
	defer cancel()
	err := a.Service.Media.PutPart(slow, callOf(ctx), in.Brand, in.Media, in.Number, in.length, in.SHA256, in.body)
	if err != nil {
		return nil, err
	}
	return a.media(slow, &in.MediaIn)
}

// completeIn takes as long as the file is large.
type completeIn struct{ MediaIn }

// Resolve is for huma.
func (in *completeIn) Resolve(c huma.Context) []error {
	_ = unhurried(humagin.Unwrap(c).Writer, nil, completeTime)
	return nil
}

func (a *API) completeUpload(ctx context.Context, in *completeIn) (*mediaAnswer, error) {
	slow, cancel := patiently(ctx, completeTime)
	defer cancel()
	if err := a.Service.Media.Complete(slow, callOf(ctx), in.Brand, in.Media); err != nil {
		return nil, err
	}
	return a.media(slow, &in.MediaIn)
}

func (a *API) deleteMedia(ctx context.Context, in *MediaIn) (*Empty, error) {
	return &Empty{}, a.Service.Media.Delete(ctx, callOf(ctx), in.Brand, in.Media)
}
