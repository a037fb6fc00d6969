package sandbox

import (
	"encoding/binary"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const shareLife = time.Hour

// share is one share_id.
type share struct {
	id       string
	callback bool   // its publication is told through the webhook
	hashtag  string // the tracking hashtag, "" for none
	end      time.Time
}

func (d *Douyin) shareMethods() []string {
	if d.opts.ShareMethod != "" {
		return []string{d.opts.ShareMethod}
	}
	return []string{http.MethodGet, http.MethodPost}
}

// shareID is /share-id/; its parameters are in the query, whatever the method.
func (c *douyinCall) shareID() reply {
	q, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return c.badParam("query")
	}
	callback, err := strconv.ParseBool(q.Get("need_callback"))
	if err != nil && q.Has("need_callback") {
		return c.badParam("need_callback")
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	s := share{c.d.shareNumber(), callback, q.Get("default_hashtag"), c.d.opts.Now().Add(shareLife)}
	c.d.shares.put(s.id, s)
	return c.succeed(map[string]any{"share_id": s.id})
}

// shareNumber is 16 digits, the first of them a 1 as in real samples; d.mu is held.
func (d *Douyin) shareNumber() string {
	const least = 1_000_000_000_000_000
	n := binary.BigEndian.Uint64(randomBytes(d.opts.Rand, 8))
	return strconv.FormatUint(least+n%least, 10)
}
