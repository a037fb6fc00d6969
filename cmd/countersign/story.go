package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/api"
)

// place is where the parts of a demo are reached.
type place struct{ api, sandbox string }

// story is a sequence of steps, each of which says what it saw.
type story []step

type step struct {
	who, does string
	run       func(*player) (seen string, err error)
}

func stories() map[string]story {
	return map[string]story{"reviewer": reviewerStory(), "binder": binderStory(), "team": teamStory(), "poster": posterStory()}
}

func storyNames() []string { return slices.Sorted(maps.Keys(stories())) }

// play tells a story and stops at the first thing that is wrong.
func play(ctx context.Context, at place, out io.Writer, s story) error {
	p := &player{ctx: ctx, at: at, run: time.Now().UTC().Format("150405.000"), kept: map[string]string{}}
	for i, st := range s {
		seen, err := st.run(p)
		if err != nil {
			_, _ = fmt.Fprintf(out, "✗ %2d  %-9s %s\n      %v\n", i+1, st.who, st.does, err)
			return fmt.Errorf("story stopped at step %d: %s %s", i+1, st.who, st.does)
		}
		_, _ = fmt.Fprintf(out, "✓ %2d  %-9s %s\n      %s\n", i+1, st.who, st.does, seen)
	}
	_, _ = fmt.Fprintf(out, "\n%d steps, all as they should be.\n", len(s))
	return nil
}

// player carries what the people of a story remember.
type player struct {
	ctx  context.Context //nolint:containedctx // one story is one call; its steps share its end
	at   place
	run  string            // makes names unique when a story is told again
	kept map[string]string // tokens, ids, cookies by name
	keys int
}

// who signs a request: "" nobody, a kept cookie (console) or a kept token (phone).
type signed struct{ cookie, bearer string }

func (p *player) admin() signed  { return signed{cookie: p.kept["admin"]} }
func (p *player) editor() signed { return signed{cookie: p.kept["editor"]} }
func (p *player) phone() signed  { return signed{bearer: p.kept["phone"]} }

// answer is what a request got.
type answer struct {
	status  int
	body    []byte
	headers http.Header
}

// read fills v from the body, or explains why the status is not the one expected.
func (a answer) read(want int, v any) error {
	if a.status != want {
		return fmt.Errorf("expected %d, got %d: %s", want, a.status, short(a.body))
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("the answer is not what was promised: %w", err)
	}
	return nil
}

// refused asks that the request was refused with a code.
func (a answer) refused(status int, code string) error {
	var p api.Problem
	if err := json.Unmarshal(a.body, &p); err != nil || a.status != status || string(p.Code) != code {
		return fmt.Errorf("expected refusal %d %s, got %d: %s", status, code, a.status, short(a.body))
	}
	return nil
}

func short(b []byte) string {
	if len(b) > 300 {
		b = b[:300]
	}
	return strings.TrimSpace(string(b))
}

// call makes a request to the API; an object as body becomes JSON.
func (p *player) call(as signed, method, path string, body any, headers ...string) (answer, error) {
	p.keys++
	h := http.Header{"Accept-Language": {"en"}, "Idempotency-Key": {fmt.Sprintf("story-%s-%04d", strings.ReplaceAll(p.run, ".", ""), p.keys)}}
	if as.cookie != "" {
		h.Set("Cookie", api.CookieName+"="+as.cookie)
	}
	if as.bearer != "" {
		h.Set("Authorization", "Bearer "+as.bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return p.send(method, p.at.api+path, body, h)
}

// pathOf is an address without its host: the story may know the demo by another name.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address // the call that follows says what is wrong with it
	}
	return u.RequestURI()
}

// stand makes a request to the stand-in for WeChat.
func (p *player) stand(method, path string, body, v any) error {
	a, err := p.send(method, p.at.sandbox+"/sandbox/wechat/"+path, body, http.Header{})
	if err != nil {
		return err
	}
	return a.read(http.StatusOK, v)
}

func (p *player) send(method, url string, body any, h http.Header) (answer, error) {
	var raw []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		raw = b
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			return answer{}, err
		}
		h.Set("Content-Type", "application/json")
	}
	req, err := http.NewRequestWithContext(p.ctx, method, url, bytes.NewReader(raw))
	if err != nil {
		return answer{}, err
	}
	req.Header = h
	client := http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	got, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return answer{resp.StatusCode, got, resp.Header}, errors.Join(err, resp.Body.Close())
}

// get reads a resource that should be there.
func (p *player) get(as signed, path string, v any) error {
	a, err := p.call(as, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return a.read(http.StatusOK, v)
}

// post does an act that should succeed.
func (p *player) post(as signed, path string, body, v any) error {
	a, err := p.call(as, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	return a.read(http.StatusOK, v)
}

// body is a JSON object.
type body map[string]any

// signIn keeps the session of a member of staff under name, and his brand.
func (p *player) signIn(name, email string) (string, error) {
	a, err := p.call(signed{}, http.MethodPost, api.Base+"/sessions", body{"email": email, "password": demoPassword})
	if err != nil {
		return "", err
	}
	var me api.UserOut
	if err := a.read(http.StatusOK, &me); err != nil {
		return "", err
	}
	cookies, err := http.ParseSetCookie(a.headers.Get("Set-Cookie"))
	if err != nil || len(me.Brands) == 0 {
		return "", errors.Join(errors.New("no session cookie, or no brand"), err)
	}
	p.kept[name], p.kept[name+".member"] = cookies.Value, me.Brands[0].MemberID
	p.kept["brand"] = api.Base + "/brands/" + me.Brands[0].BrandID
	return fmt.Sprintf("%s, %s of %s", me.Name, me.Brands[0].Role, me.Brands[0].Name), nil
}

// scan reads a mini-program code as WeChat's camera does, and keeps its scene.
func (p *player) scan(as signed, path string) (string, error) {
	a, err := p.call(as, http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	var code struct {
		Page  string `json:"page"`
		Scene string `json:"scene"`
	}
	if err := p.stand(http.MethodPost, "scan", a.body, &code); err != nil {
		return "", err
	}
	p.kept["scene"] = code.Scene
	return fmt.Sprintf("a %d KB picture; WeChat would open %s with a scene of %d characters", len(a.body)>>10, code.Page, len(code.Scene)), nil
}

// wxLogin logs a WeChat user of the sandbox in, a fresh one at the first call.
func (p *player) wxLogin() (string, error) {
	var who struct {
		OpenID string `json:"openid"`
	}
	if p.kept["openid"] == "" {
		if err := p.stand(http.MethodPost, "identities", body{}, &who); err != nil {
			return "", err
		}
		p.kept["openid"] = who.OpenID
	}
	var login struct{ Code string }
	if err := p.stand(http.MethodPost, "codes", body{"openid": p.kept["openid"]}, &login); err != nil {
		return "", err
	}
	var got api.WeChatLoginOut
	if err := p.post(signed{}, api.Base+"/wechat/login", body{"code": login.Code}, &got); err != nil {
		return "", err
	}
	p.kept["phone"] = got.Token
	a, err := p.call(signed{}, http.MethodPost, api.Base+"/wechat/login", body{"code": login.Code})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("a session until %s; the same code a second time is refused", got.ExpiresAt.Format("2006-01-02")), a.refused(http.StatusUnprocessableEntity, "wechat_code_used")
}

// channel keeps the brand's WeChat channel.
func (p *player) channel() error {
	var list api.List[api.ChannelOut]
	if err := p.get(p.admin(), p.kept["brand"]+"/channels", &list); err != nil {
		return err
	}
	for _, c := range list.Items {
		if c.Platform == "wechat_official" {
			p.kept["channel"] = c.ID
			return nil
		}
	}
	return errors.New("the seeded channel is missing")
}

// flow creates a one-step flow that asks a member, and keeps it.
func (p *player) flow(name, member string) (string, error) {
	var f api.FlowOut
	err := p.post(p.admin(), p.kept["brand"]+"/flows", body{
		"name": name + " " + p.run, "content_types": []string{"wechat_article"}, "platforms": []string{"wechat_official"},
		"steps": []body{{"name": "审阅", "mode": "any", "approvers": []string{member}}},
	}, &f)
	p.kept["flow"] = f.ID
	return fmt.Sprintf("%q, version %d", f.Name, f.VersionNumber), err
}

// write creates a post with one article for the kept flow, and keeps it.
func (p *player) write(as signed, title, html string) (api.PostDetail, error) {
	var post api.PostDetail
	if err := p.channel(); err != nil {
		return post, err
	}
	err := p.post(as, p.kept["brand"]+"/posts", body{"channel_id": p.kept["channel"], "articles": []body{{
		"title": title, "author": "青禾茶饮", "summary": "秋天的第一杯茶。", "body_html": html, "flow_id": p.kept["flow"],
	}}}, &post)
	p.kept["post"] = p.kept["brand"] + "/posts/" + post.ID
	return post, err
}

// waiting keeps the newest task in an inbox.
func (p *player) waiting(as signed) (api.InboxItem, error) {
	var list api.List[api.InboxItem]
	if err := p.get(as, api.Base+"/inbox", &list); err != nil {
		return api.InboxItem{}, err
	}
	if len(list.Items) == 0 {
		return api.InboxItem{}, errors.New("the inbox is empty")
	}
	p.kept["task"] = api.Base + "/tasks/" + list.Items[0].ID
	return list.Items[0], nil
}
