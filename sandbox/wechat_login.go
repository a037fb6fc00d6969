package sandbox

import (
	"time"

	"countersign/model"
)

const codeLife = 5 * time.Minute

// identity is one person of the stand-in's WeChat.
type identity struct {
	OpenID   string    `json:"openid"`
	UnionID  string    `json:"unionid"`
	Nickname string    `json:"nickname"`
	Seen     time.Time `json:"seen"` // last use of the mini-program; the text check asks for two hours
}

type loginCode struct {
	openID string
	born   time.Time
	used   bool
}

// Identity makes the person openid known, as one who uses the mini-program now;
// "" makes up an openid. A known person stays as they were, but for the use.
func (w *WeChat) Identity(openid string) model.WeChatIdentity {
	p := w.visit(identity{OpenID: openid})
	return model.WeChatIdentity{AppID: w.opts.AppID, OpenID: p.OpenID, UnionID: p.UnionID}
}

// LoginCode is wx.login on the phone of openid, who becomes known by it.
func (w *WeChat) LoginCode(openid string) string {
	openid = w.visit(identity{OpenID: openid}).OpenID
	w.mu.Lock()
	defer w.mu.Unlock()
	code := "0" + w.random(23)
	w.codes.put(code, loginCode{openID: openid, born: w.opts.Now()})
	return code
}

// visit records a use of the mini-program and whatever p says that is new.
func (w *WeChat) visit(p identity) identity {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.OpenID == "" {
		p.OpenID = "o" + w.random(20)
	}
	known, _ := w.identities.get(p.OpenID)
	known.OpenID, known.Seen = p.OpenID, w.opts.Now().UTC()
	if p.UnionID != "" {
		known.UnionID = p.UnionID
	}
	if p.Nickname != "" {
		known.Nickname = p.Nickname
	}
	w.identities.put(p.OpenID, known)
	return known
}

// login is /sns/jscode2session.
func (c *call) login() reply {
	q := c.r.URL.Query()
	if a, bad := c.wrongAccount(q.Get("grant_type"), "authorization_code", q.Get("appid"), q.Get("secret")); bad {
		return a
	}
	if q.Get("js_code") == "" {
		return c.refuse(41008, "missing code")
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	code, known := c.w.codes.get(q.Get("js_code"))
	switch {
	case !known, c.w.opts.Now().Sub(code.born) >= codeLife:
		return c.refuse(40029, "invalid code")
	case code.used:
		return c.refuse(40163, "code been used")
	}
	code.used = true
	c.w.codes.put(q.Get("js_code"), code)
	return c.w.sessionOf(code.openID)
}

// sessionOf is a login's answer; unionid is there only when the person has one; w.mu is held.
func (w *WeChat) sessionOf(openid string) reply {
	session := map[string]string{"openid": openid, "session_key": "sandbox-session-key-" + w.random(16)}
	if p, _ := w.identities.get(openid); p.UnionID != "" {
		session["unionid"] = p.UnionID
	}
	return answer(session)
}
