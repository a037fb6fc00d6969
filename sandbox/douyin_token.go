package sandbox

import (
	"mime"
	"net/http"
	"slices"
	"time"
)

// Life of a client_token, and how long before its end the stable one is renewed.
const (
	clientTokenLife = 2 * time.Hour
	stableHandOver  = time.Minute
)

// client_token may be called so often within so long.
const (
	plainLimit  = 500
	plainWindow = 5 * time.Minute
)

// stableToken is /oauth/stable_client_token/.
func (c *douyinCall) stableToken() reply {
	if a, bad := c.wrongApp(); bad {
		return a
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	k, now := &c.d.stable, c.d.opts.Now()
	if k.state(k.newest, now.Add(stableHandOver)) != keyAlive {
		k.put(c.d.mintToken(), now.Add(clientTokenLife))
	}
	return c.keyAnswer("access_token", k)
}

// plainToken is /oauth/client_token/: every call replaces the token.
func (c *douyinCall) plainToken() reply {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	now := c.d.opts.Now()
	if !c.d.mayMint(now) {
		return c.refuse(refuseTooOften)
	}
	if a, bad := c.wrongApp(); bad {
		return a
	}
	c.d.plain.replace(c.d.mintToken(), now, now.Add(clientTokenLife))
	return c.keyAnswer("access_token", &c.d.plain)
}

// mayMint counts a call of client_token; d.mu is held.
func (d *Douyin) mayMint(now time.Time) bool {
	d.plainCalls = slices.DeleteFunc(d.plainCalls, func(at time.Time) bool { return now.Sub(at) >= plainWindow })
	if len(d.plainCalls) >= plainLimit {
		return false
	}
	d.plainCalls = append(d.plainCalls, now)
	return true
}

// mintToken makes up a token; d.mu is held.
func (d *Douyin) mintToken() string { return "clt." + randomText(d.opts.Rand, 36) }

// wrongApp checks what the token endpoints have in common.
func (c *douyinCall) wrongApp() (reply, bool) {
	var in struct {
		ClientKey    string `json:"client_key"`
		ClientSecret string `json:"client_secret"`
		GrantType    string `json:"grant_type"`
	}
	switch {
	case !c.decode(&in):
		return c.refuse(refuseParam), true
	case in.ClientKey == "", in.ClientSecret == "", in.GrantType == "":
		return c.refuse(refuseMissing), true
	case in.GrantType != "client_credential":
		return c.badParam("grant_type"), true
	case in.ClientKey != c.d.opts.ClientKey:
		return c.refuse(refuseClientKey), true
	case in.ClientSecret != c.d.opts.Secret:
		return c.refuse(refuseSecret), true
	}
	return reply{}, false
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// keyAnswer tells the newest key and its remaining life in seconds; d.mu is held.
func (c *douyinCall) keyAnswer(name string, k *keyring) reply {
	end, _ := k.ends.get(k.newest)
	left := int64(end.at.Sub(c.d.opts.Now()) / time.Second)
	if c.mode == ModeShortLife {
		left = 300
	}
	return c.succeed(map[string]any{name: k.newest, "expires_in": left})
}

// judgeCall is why a call that wants a token is refused.
func (d *Douyin) judgeCall(r *http.Request, scope string) (refusal, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.opts.Now()
	switch d.tokenState(r.Header.Get("access-token"), now) {
	case keyUnknown:
		return refuseToken, true
	case keyExpired:
		return refuseTokenOver, true
	case keyAlive:
	}
	if !d.granted(scope) {
		return refuseScope, true
	}
	return refuseQuota, d.opts.DailyQuota > 0 && !d.quota.spend(r.URL.Path, now, d.opts.DailyQuota)
}

// tokenState looks at both kinds of token; d.mu is held.
func (d *Douyin) tokenState(token string, now time.Time) keyState {
	return max(d.stable.state(token, now), d.plain.state(token, now)) // no token is of both kinds
}

func (d *Douyin) granted(capability string) bool {
	return slices.Contains(d.opts.Capabilities, capability)
}

// RotateToken lets every client_token die at once.
func (d *Douyin) RotateToken() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stable.cutAll(d.opts.Now())
	d.plain.cutAll(d.opts.Now())
}

// quota counts the calls of one day, by the clock of China; its owner's lock guards it.
type quota struct {
	day  string
	used map[string]int
}

// spend says whether one more call of path is within the limit.
func (q *quota) spend(path string, now time.Time, limit int) bool {
	china := time.FixedZone("CST", 8*60*60)
	if today := now.In(china).Format(time.DateOnly); today != q.day {
		q.day, q.used = today, make(map[string]int)
	}
	q.used[path]++
	return q.used[path] <= limit
}
