package douyin

import (
	"context"
	"net/http"
	"regexp"

	"countersign/platform"
)

// shareIDPattern: real ones have 16 digits.
var shareIDPattern = regexp.MustCompile(`^[0-9]{1,32}$`)

// ShareID takes a new share_id, decimal digits. Douyin tells under it of the publication
// that it was used for. It is said to live an hour; an unused one costs quota only.
//
// Errors: CodeDouyinBusy, CodeDouyinQuota, CodeDouyinConfig, CodeDouyinRefused.
func (c *Client) ShareID(ctx context.Context) (string, error) {
	ctx, cancel := c.limited(ctx)
	defer cancel()
	var id string
	err := c.renewing(ctx, c.onlyToken, func(ctx context.Context, with credentials) (err error) {
		id, err = c.shareIDWith(ctx, with.token.Value)
		return err
	})
	return id, err
}

// shareIDWith asks by the method of the settings, and by GET where POST is not known.
func (c *Client) shareIDWith(ctx context.Context, token string) (string, error) {
	const byPost = "POST " + string(atShareID)
	if c.cfg.ShareIDMethod == ShareIDGet || c.lacking.has(byPost, c.cfg.Now()) {
		return c.shareIDBy(ctx, http.MethodGet, token)
	}
	id, err := c.shareIDBy(ctx, http.MethodPost, token)
	if !isUnknown(err) {
		return id, err
	}
	c.lacking.note(byPost, c.cfg.Now())
	return c.shareIDBy(ctx, http.MethodGet, token)
}

func (c *Client) shareIDBy(ctx context.Context, method, token string) (string, error) {
	query := map[string]string{"need_callback": "true", "default_hashtag": c.cfg.DefaultHashtag}
	data, err := c.ask(ctx, request{at: atShareID, method: method, query: query}, token)
	if err != nil {
		return "", err
	}
	var in struct {
		ShareID platform.Text `json:"share_id"`
	}
	if err := decode(atShareID, data, &in); err != nil {
		return "", err
	}
	if !shareIDPattern.MatchString(string(in.ShareID)) {
		return "", garbled(atShareID, "no share_id in the answer")
	}
	return string(in.ShareID), nil
}
