package douyin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/model"
)

// The only beginnings of a link that is handed out; the poster's page goes there unasked.
const (
	schemaShare   = "snssdk1128://openplatform/share?"
	schemaWebview = "snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2F"
)

const maxSchema = 8192

// shortRequest is get_share's body. share_to_publish 1 opens the publish page itself.
type shortRequest struct {
	ClientTicket   string   `json:"client_ticket"`
	ExpireAt       int64    `json:"expire_at"` // unix seconds
	VideoPath      string   `json:"video_path"`
	State          string   `json:"state"`
	Title          string   `json:"title,omitempty"`
	HashtagList    []string `json:"hashtag_list,omitempty"`
	ShareToPublish int      `json:"share_to_publish"`
}

// shortLaunch has Douyin make the link.
func (c *Client) shortLaunch(ctx context.Context, in model.LaunchRequest) (model.Launch, error) {
	var launch model.Launch
	err := c.renewing(ctx, c.tokenAndTicket, func(ctx context.Context, with credentials) (err error) {
		launch, err = c.shortLaunchWith(ctx, in, with)
		return err
	})
	return launch, err
}

// shortLaunchWith ends the link with the ticket at the latest: it does not open after it.
func (c *Client) shortLaunchWith(ctx context.Context, in model.LaunchRequest, with credentials) (model.Launch, error) {
	ends := in.EndsAt
	if with.ticket.Ends.Before(ends) {
		ends = with.ticket.Ends
	}
	ends = ends.Truncate(time.Second) // what expire_at can say
	data, err := c.ask(ctx, request{
		at: atGetShare, method: http.MethodPost, private: []string{with.ticket.Value, in.VideoURL},
		payload: shortRequest{
			ClientTicket: with.ticket.Value, ExpireAt: ends.Unix(), VideoPath: in.VideoURL,
			State: in.ShareID, Title: in.Title, HashtagList: in.Hashtags, ShareToPublish: 1,
		},
	}, with.token.Value)
	if err != nil {
		return model.Launch{}, err
	}
	var out struct {
		Schema string `json:"schema"`
	}
	if err := decode(atGetShare, data, &out); err != nil {
		return model.Launch{}, err
	}
	if !isSchema(out.Schema) {
		return model.Launch{}, garbled(atGetShare, "no link to Douyin in the answer")
	}
	return model.Launch{Schema: out.Schema, Way: model.LaunchShort, EndsAt: ends}, nil
}

// isSchema: a link that opens Douyin and leads to nobody else. A second url parameter
// would leave it to the phone which one it takes.
func isSchema(s string) bool {
	odd := strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '<' || r == '>' })
	if odd || len(s) > maxSchema {
		return false
	}
	if strings.HasPrefix(s, schemaShare) {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && strings.HasPrefix(s, schemaWebview) && len(u.Query()["url"]) == 1
}
