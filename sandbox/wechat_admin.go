package sandbox

import (
	"io"
	"net/http"
)

const maxPicture = 8 << 20 // bytes

// adminRoutes is the table in the comment of WeChat.
func (w *WeChat) adminRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/wechat/identities", w.postIdentity)
	mux.HandleFunc("GET /sandbox/wechat/identities", w.getIdentities)
	mux.HandleFunc("POST /sandbox/wechat/codes", w.postCode)
	mux.HandleFunc("POST /sandbox/wechat/scan", w.postScan)
	mux.HandleFunc("GET /sandbox/wechat/l/{id}", w.openLink)
	mux.HandleFunc("POST /sandbox/wechat/grants", w.postGrant)
	mux.HandleFunc("GET /sandbox/wechat/messages", shown(items(w.Messages)))
	mux.HandleFunc("POST /sandbox/wechat/rotate-token", button(w.RotateToken))
	mux.HandleFunc("POST /sandbox/wechat/push-settings", w.postPushSettings)
	mux.HandleFunc("POST /sandbox/wechat/push", w.postPush)
	w.pages(mux, "/sandbox/wechat")
	return mux
}

func (w *WeChat) postIdentity(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		OpenID   string `json:"openid"`
		UnionID  string `json:"unionid"`
		Nickname string `json:"nickname"`
	}
	if !readAdmin(rw, r, &in) {
		return
	}
	answer(w.visit(identity{OpenID: in.OpenID, UnionID: in.UnionID, Nickname: in.Nickname})).write(rw)
}

func (w *WeChat) getIdentities(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	a := answer(map[string]any{"items": w.identities.all()})
	w.mu.Unlock()
	a.write(rw)
}

func (w *WeChat) postCode(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if !readAdmin(rw, r, &in) {
		return
	}
	if !w.knows(in.OpenID) {
		adminError(rw, http.StatusNotFound, "no such identity")
		return
	}
	answer(map[string]string{"code": w.LoginCode(in.OpenID)}).write(rw)
}

func (w *WeChat) knows(openid string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, known := w.identities.get(openid)
	return known
}

func (w *WeChat) postScan(rw http.ResponseWriter, r *http.Request) {
	picture, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxPicture))
	if err != nil {
		adminError(rw, http.StatusRequestEntityTooLarge, "a picture of at most 8 MiB, please")
		return
	}
	found, err := w.scan(picture)
	if err != nil {
		adminError(rw, http.StatusUnprocessableEntity, err.Error())
		return
	}
	answer(found).write(rw)
}

func (w *WeChat) postGrant(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		OpenID     string `json:"openid"`
		TemplateID string `json:"template_id"`
		Count      int    `json:"count"`
	}
	if !readAdmin(rw, r, &in) {
		return
	}
	if _, known := w.opts.Templates[in.TemplateID]; !known || !w.knows(in.OpenID) || in.Count < 1 {
		adminError(rw, http.StatusUnprocessableEntity, "a known openid, a known template and a count from 1 are needed")
		return
	}
	w.mu.Lock()
	count := w.addGrants(in.OpenID, in.TemplateID, in.Count)
	w.mu.Unlock()
	answer(map[string]int{"count": count}).write(rw)
}

// RotateToken lets the stable token die at once, as a force_refresh by somebody else would.
func (w *WeChat) RotateToken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rotate()
}
