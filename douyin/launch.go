package douyin

import (
	"context"
	"crypto/md5" //nolint:gosec // Douyin's signature is an MD5
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"countersign/model"
)

// short asks Douyin for a link (way B, get_share): its content is kept at Douyin, behind a
// token, so nobody can put another video into it.
func (c *Client) short(ctx context.Context, cr credentials, r model.LaunchRequest) (model.Launch, error) {
	ends := cr.TicketEnds
	if !r.EndsAt.IsZero() && r.EndsAt.Before(ends) {
		ends = r.EndsAt
	}
	payload := map[string]any{
		"client_ticket": cr.Ticket, "expire_at": ends.Unix(), "video_path": r.VideoURL, "share_to_publish": 1, "state": r.ShareID,
	}
	if r.Title != "" {
		payload["title"] = r.Title
	}
	if len(r.Hashtags) > 0 {
		payload["hashtag_list"] = r.Hashtags
	}
	var out struct {
		Schema string `json:"schema"`
	}
	err := c.ask(ctx, request{at: atShort, method: http.MethodPost, token: cr.Token, payload: payload, private: []string{cr.Ticket, r.VideoURL}}, &out)
	if err == nil && !opensDouyin(out.Schema) {
		err = garbled(atShort, "the link in the answer does not open Douyin")
	}
	return model.Launch{Schema: out.Schema, Way: model.LaunchShort, EndsAt: ends}, err
}

// The links that are handed on: nothing but Douyin is opened through us.
var launchPrefixes = []string{"snssdk1128://openplatform/share?", "snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2F"}

func opensDouyin(schema string) bool {
	return slices.ContainsFunc(launchPrefixes, func(p string) bool { return strings.HasPrefix(schema, p) }) && !strings.ContainsFunc(schema, func(r rune) bool {
		return r <= ' ' || r == 0x7f
	})
}

// signed makes a link of our own (way A). The signature covers neither the video nor the
// title: such a link is for the phone that asked, and for nobody else.
func (c *Client) signed(cr credentials, r model.LaunchRequest) (model.Launch, error) {
	nonce, err := c.nonce()
	if err != nil {
		return model.Launch{}, model.E(model.CodeInternal).Because(err)
	}
	timestamp := strconv.FormatInt(c.cfg.Now().Unix(), 10)
	tags, inTitle := splitTags(r.Title, r.Hashtags)
	fields := map[string]string{
		"share_type": "h5", "client_key": c.cfg.ClientKey, "nonce_str": nonce, "timestamp": timestamp, "signature": sign(nonce, cr.Ticket, timestamp),
		"state": r.ShareID, "video_path": r.VideoURL, "share_to_publish": "1", "title": r.Title,
	}
	if fields["hashtag_list"], err = listJSON(tags); err != nil {
		return model.Launch{}, model.E(model.CodeInternal).Because(err)
	}
	if fields["title_hashtag_list"], err = listJSON(inTitle); err != nil {
		return model.Launch{}, model.E(model.CodeInternal).Because(err)
	}
	return model.Launch{Schema: launchPrefixes[0] + encode(fields), Way: model.LaunchSigned, EndsAt: cr.TicketEnds}, nil
}

func (c *Client) nonce() (string, error) {
	raw := make([]byte, 12)
	if _, err := io.ReadFull(c.cfg.Random, raw); err != nil {
		return "", fmt.Errorf("nonce: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// sign is Douyin's signature: over these three alone, in this order, none of them escaped.
func sign(nonce, ticket, timestamp string) string {
	sum := md5.Sum([]byte("nonce_str=" + nonce + "&ticket=" + ticket + "&timestamp=" + timestamp)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// encode writes fields as JavaScript's encodeURIComponent does, sorted, without the empty
// ones: a space as "+" has cost titles and tags on real phones.
func encode(fields map[string]string) string {
	var parts []string
	for k, v := range fields {
		if v != "" {
			parts = append(parts, component(k)+"="+component(v))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

// component is encodeURIComponent but for !'()*, which Go escapes and every decoder reads
// back.
func component(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// listJSON is a JSON array, "" for an empty list.
func listJSON[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	raw, err := plainJSON(list)
	return string(raw), err
}

// titleTag is a hashtag that stands in the title.
type titleTag struct {
	Name  string `json:"name"`
	Start int    `json:"start"` // of its #, in UTF-16 code units: the phone's languages all count so
}

// splitTags parts the hashtags that the title writes out itself from those to be added.
func splitTags(title string, tags []string) (rest []string, in []titleTag) {
	for _, tag := range tags {
		at := strings.Index(title, "#"+tag)
		if at < 0 {
			rest = append(rest, tag)
			continue
		}
		in = append(in, titleTag{tag, utf16Len(title[:at])})
	}
	return rest, in
}

func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }
