package sandbox

import "time"

// Life of an access token, and how long before its end the platform makes the next
// one; both work until the older one ends.
const (
	tokenLife     = 7200 * time.Second
	tokenHandOver = 5 * time.Minute
)

// tokenBook holds the access tokens; its owner's lock guards it.
type tokenBook struct {
	stable    string
	stableEnd time.Time
	plain     string
	forced    []time.Time // force_refresh calls of the last day, at most forcedADay
	ends      *shelf[time.Time]
}

// The limits of force_refresh.
const (
	forcedADay  = 20
	forcedApart = 30 * time.Second
)

// stableToken is /cgi-bin/stable_token.
func (c *call) stableToken() reply {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if !c.decode(&in) {
		return c.refuse(47001, "data format error")
	}
	if a, bad := c.wrongAccount(in.GrantType, "client_credential", in.AppID, in.Secret); bad {
		return a
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if in.ForceRefresh {
		return c.forceRefresh()
	}
	return c.tokenAnswer(c.w.currentToken())
}

// wrongAccount checks what the token and login endpoints have in common.
func (c *call) wrongAccount(grant, wantGrant, appID, secret string) (reply, bool) {
	switch {
	case grant != wantGrant:
		return c.refuse(40002, "invalid grant_type"), true
	case appID == "":
		return c.refuse(41002, "appid missing"), true
	case appID != c.w.opts.AppID:
		return c.refuse(40013, "invalid appid"), true
	case secret == "":
		return c.refuse(41004, "appsecret missing"), true
	case secret != c.w.opts.Secret:
		return c.refuse(40125, "invalid appsecret"), true
	}
	return reply{}, false
}

// currentToken is the stable token and its end, renewed when near it; w.mu is held.
func (w *WeChat) currentToken() (string, time.Time) {
	if w.opts.Now().Before(w.tokens.stableEnd.Add(-tokenHandOver)) {
		return w.tokens.stable, w.tokens.stableEnd
	}
	w.tokens.stable, w.tokens.stableEnd = w.mintToken()
	return w.tokens.stable, w.tokens.stableEnd
}

// mintToken makes a token that works from now on; w.mu is held.
func (w *WeChat) mintToken() (string, time.Time) {
	token, end := "sandbox-token-"+w.random(48), w.opts.Now().Add(tokenLife)
	w.tokens.ends.put(token, end)
	return token, end
}

// forceRefresh replaces the stable token, 20 times a day and 30 seconds apart; w.mu is held.
func (c *call) forceRefresh() reply {
	t, now := &c.w.tokens, c.w.opts.Now()
	for len(t.forced) > 0 && now.Sub(t.forced[0]) >= 24*time.Hour {
		t.forced = t.forced[1:]
	}
	n := len(t.forced)
	switch {
	case n >= forcedADay:
		return c.refuse(45009, "reach max api daily quota limit")
	case n > 0 && now.Sub(t.forced[n-1]) < forcedApart:
		return c.refuse(45011, "api minute-quota reach limit")
	}
	t.forced = append(t.forced, now)
	c.w.rotate()
	return c.tokenAnswer(t.stable, t.stableEnd)
}

// rotate lets the stable token die at once; w.mu is held.
func (w *WeChat) rotate() {
	if w.tokens.stable != "" {
		w.tokens.ends.put(w.tokens.stable, time.Time{})
	}
	w.tokens.stable, w.tokens.stableEnd = w.mintToken()
}

func (c *call) tokenAnswer(token string, end time.Time) reply {
	left := int64(end.Sub(c.w.opts.Now()) / time.Second)
	if c.mode == ModeShortLife {
		left = 300
	}
	return answer(map[string]any{"access_token": token, "expires_in": left})
}

// plainToken is /cgi-bin/token: every call makes a new token, and the one before it
// works for five more minutes.
func (c *call) plainToken() reply {
	q := c.r.URL.Query()
	if a, bad := c.wrongAccount(q.Get("grant_type"), "client_credential", q.Get("appid"), q.Get("secret")); bad {
		return a
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	t := &c.w.tokens
	if _, known := t.ends.get(t.plain); known {
		t.ends.put(t.plain, c.w.opts.Now().Add(tokenHandOver))
	}
	token, end := c.w.mintToken()
	t.plain = token
	return c.tokenAnswer(token, end)
}

// judgeToken is the errcode for a token, 0 when it works.
func (w *WeChat) judgeToken(token string) (code int64, msg string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	end, known := w.tokens.ends.get(token)
	switch {
	case token == "":
		return 41001, "access_token missing"
	case !known, end.IsZero(): // a rotated token has the zero end
		return 40001, "invalid credential, access_token is invalid or not latest"
	case !w.opts.Now().Before(end):
		return 42001, "access_token expired"
	}
	return 0, ""
}
