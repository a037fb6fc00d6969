package douyin

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
	"countersign/platform"
)

const (
	maxTitle    = 1000 // characters; Douyin's own limit is not documented, the product's is lower
	maxHashtags = 30
	maxVideoURL = 2048
)

// statePattern is the shape of what goes as state: a share_id, but any other name of an
// opening does no harm.
var statePattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Launch makes a link that opens Douyin's publish page on a phone. Douyin makes it
// (get_share) if the app has that capability: such a link is short, ends when the request
// says so, and its content cannot be changed. Else we sign it: that one works to the end
// of the open ticket, about two hours, whatever the request says, and who holds it can put
// another video in.
//
// Hashtags that stand in the title as "#tag" are put there as hashtags by a signed link;
// get_share has no parameter for it, and shows the title as it is and all tags after it.
//
// Errors: CodeInvalid (fields "share_id", "video_url", "title", "hashtags", "ends_at"),
// CodeDouyinBusy, CodeDouyinQuota, CodeDouyinConfig, CodeDouyinRefused.
func (c *Client) Launch(ctx context.Context, in model.LaunchRequest) (model.Launch, error) {
	if err := c.checkLaunch(in); err != nil {
		return model.Launch{}, err
	}
	ctx, cancel := c.limited(ctx)
	defer cancel()
	if !c.lacking.has(string(atGetShare), c.cfg.Now()) {
		launch, err := c.shortLaunch(ctx, in)
		if !lacksGetShare(err) {
			return launch, err
		}
		c.lacking.note(string(atGetShare), c.cfg.Now())
	}
	return c.signedLaunch(ctx, in)
}

// lacksGetShare: the app may not use get_share. The same code from another endpoint says
// something else.
func lacksGetShare(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && lackCodes[r.Code] && r.Endpoint == string(atGetShare)
}

func (c *Client) checkLaunch(in model.LaunchRequest) error {
	var wrong platform.Fields
	wrong.When(!statePattern.MatchString(in.ShareID), "share_id", "format")
	wrong.When(!isVideoURL(in.VideoURL), "video_url", "format")
	wrong.When(!utf8.ValidString(in.Title), "title", "format")
	wrong.When(utf8.RuneCountInString(in.Title) > maxTitle, "title", "too_long")
	wrong.When(len(in.Hashtags) > maxHashtags, "hashtags", "too_long")
	for _, tag := range in.Hashtags {
		if !isHashtag(tag) {
			wrong.When(true, "hashtags", "format")
			break
		}
	}
	wrong.When(in.EndsAt.Sub(c.cfg.Now()) < time.Second, "ends_at", "range")
	return wrong.Err()
}

// isVideoURL: what a phone can fetch. iPhones are said to refuse addresses that are not
// ASCII; http is for a stand-in inside one's own network.
func isVideoURL(s string) bool {
	odd := strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	u, err := url.Parse(s)
	return err == nil && !odd && len(s) <= maxVideoURL && u.Host != "" && u.User == nil && platform.IsSafe(u)
}
