package sandbox

import (
	"context"
	"strings"
)

// How a launch link begins.
const (
	schemaShare   = "snssdk1128://openplatform/share?"
	schemaWebview = "snssdk1128://webview?"
)

// Toast is what the phone shows in the place of a page.
type Toast string

// The first is Douyin's own text; the others are the stand-in's, as Douyin's are not known.
const (
	toastSignature  Toast = "verify signature fail"
	toastPermission Toast = "no permission: h5.share"
	toastShareOver  Toast = "share_id expired"
	toastLinkOver   Toast = "link expired"
	toastUnknown    Toast = "unknown schema"
)

func (t Toast) Error() string { return string(t) }

// OpenRequest is a phone that opens a launch link.
type OpenRequest struct {
	Schema     string `json:"schema"`
	OpenID     string `json:"open_id"`     // whose phone; may be told when publishing instead
	FetchVideo bool   `json:"fetch_video"` // also ask for the video as the app does
}

// Page is what the Douyin app shows for a launch link.
type Page struct {
	OpenToken string `json:"open_token"` // names this opening to publish
	Way       string `json:"way"`        // signed or get_share
	Draft
	DefaultHashtag string   `json:"default_hashtag"` // the tracking hashtag of the share_id, "" for none
	Callback       bool     `json:"callback"`        // whether the webhook will tell of the publication
	Ignored        []string `json:"ignored"`         // parameters that the app does not know
	Video          *Fetched `json:"video,omitempty"`
}

// opening is one page that was shown.
type opening struct {
	page      Page
	openID    string
	published bool
}

// Open plays the app: it answers the page, or the Toast that is shown instead.
func (d *Douyin) Open(ctx context.Context, in OpenRequest) (Page, error) {
	page, err := d.show(in)
	if err == nil && in.FetchVideo && page.VideoPath != "" {
		page.Video = d.fetch(ctx, page.VideoPath)
	}
	return page, err
}

func (d *Douyin) show(in OpenRequest) (Page, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	page, err := d.resolve(in.Schema)
	if err != nil {
		return Page{}, err
	}
	if err := d.admit(&page); err != nil {
		return Page{}, err
	}
	page.OpenToken, page.Draft = randomText(d.opts.Rand, 12), page.shown()
	d.openings.put(page.OpenToken, opening{page: page, openID: in.OpenID})
	return page, nil
}

// resolve reads a link of either way; d.mu is held.
func (d *Douyin) resolve(schema string) (Page, error) {
	share, isShare := strings.CutPrefix(schema, schemaShare)
	webview, isWebview := strings.CutPrefix(schema, schemaWebview)
	switch {
	case isShare:
		return d.resolveSigned(share)
	case isWebview:
		return d.resolveShort(webview)
	}
	return Page{}, toastUnknown
}

func (d *Douyin) resolveSigned(query string) (Page, error) {
	params, err := schemaParams(query)
	if err != nil {
		return Page{}, err
	}
	draft, wrong := draftOf(params)
	for _, found := range []string{d.wrongParam(params), wrong, draft.wrong(d.opts.PlainHTTP)} {
		if found != "" {
			return Page{}, Toast("parameter error: " + found)
		}
	}
	if !d.signedBy(params["nonce_str"], params["timestamp"], params["signature"]) {
		return Page{}, toastSignature
	}
	return Page{Way: "signed", Draft: draft, Ignored: ignoredKeys(params)}, nil
}

func (d *Douyin) resolveShort(query string) (Page, error) {
	params, err := schemaParams(query)
	if err != nil {
		return Page{}, err
	}
	link, err := d.linkBehind(params["url"])
	return Page{Way: "get_share", Draft: link.draft, Ignored: []string{}}, err
}

// admit checks what both ways have in common, and fills in what the share_id
// says. A state that is no share_id opens the page, but nobody is told. d.mu is held.
func (d *Douyin) admit(page *Page) error {
	s, known := d.shares.get(page.State)
	switch {
	case !d.granted(CapabilityShare):
		return toastPermission
	case !d.granted(CapabilityPublish):
		return toastSignature
	case known && !d.opts.Now().Before(s.end):
		return toastShareOver
	}
	page.Callback, page.DefaultHashtag = s.callback, s.hashtag
	return nil
}
