package sandbox

import (
	"context"
	"errors"
	"net/http"
)

// adminRoutes is the table in the comment of Douyin.
func (d *Douyin) adminRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/douyin/open", d.postOpen)
	mux.HandleFunc("POST /sandbox/douyin/publish", d.postPublish)
	mux.HandleFunc("GET /sandbox/douyin/videos", shown(items(d.Videos)))
	mux.HandleFunc("POST /sandbox/douyin/webhook-settings", d.postWebhook)
	mux.HandleFunc("POST /sandbox/douyin/authorize", d.postScopes(d.Authorize))
	mux.HandleFunc("POST /sandbox/douyin/unauthorize", d.postScopes(d.Unauthorize))
	mux.HandleFunc("POST /sandbox/douyin/deliver", d.postDeliver)
	mux.HandleFunc("POST /sandbox/douyin/faults", d.postFault)
	mux.HandleFunc("DELETE /sandbox/douyin/faults", button(d.forget))
	mux.HandleFunc("POST /sandbox/douyin/rotate-ticket", button(d.RotateTicket))
	mux.HandleFunc("POST /sandbox/douyin/rotate-token", button(d.RotateToken))
	mux.HandleFunc("GET /sandbox/douyin/stats", shown(d.Stats))
	return mux
}

func (d *Douyin) postOpen(rw http.ResponseWriter, r *http.Request) {
	var in OpenRequest
	if !readAdmin(rw, r, &in) {
		return
	}
	page, err := d.Open(r.Context(), in)
	if err != nil {
		a := answer(map[string]string{"toast": err.Error()})
		a.status = http.StatusUnprocessableEntity
		a.write(rw)
		return
	}
	answer(page).write(rw)
}

func (d *Douyin) postPublish(rw http.ResponseWriter, r *http.Request) {
	var in PublishRequest
	if !readAdmin(rw, r, &in) {
		return
	}
	published, err := d.Publish(r.Context(), in)
	switch {
	case errors.Is(err, ErrPublished):
		adminError(rw, http.StatusConflict, err.Error())
	case err != nil:
		adminError(rw, http.StatusNotFound, err.Error())
	default:
		answer(published).write(rw)
	}
}

func (d *Douyin) postWebhook(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		URL string `json:"url"`
	}
	if !readAdmin(rw, r, &in) {
		return
	}
	if err := d.SaveWebhook(r.Context(), in.URL); err != nil {
		adminError(rw, http.StatusUnprocessableEntity, err.Error())
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

// postScopes serves the two events about scopes.
func (d *Douyin) postScopes(tell func(context.Context, string, []string, *Sending) Sent) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var in struct {
			OpenID  string   `json:"open_id"`
			Scopes  []string `json:"scopes"`
			Webhook *Sending `json:"webhook"`
		}
		if !readAdmin(rw, r, &in) {
			return
		}
		if in.OpenID == "" {
			adminError(rw, http.StatusUnprocessableEntity, "an open_id is needed")
			return
		}
		answer(tell(r.Context(), in.OpenID, in.Scopes, in.Webhook)).write(rw)
	}
}

func (d *Douyin) postDeliver(rw http.ResponseWriter, r *http.Request) {
	var in DeliverRequest
	if !readAdmin(rw, r, &in) {
		return
	}
	deliveries, err := d.Deliver(r.Context(), in)
	if err != nil {
		adminError(rw, http.StatusNotFound, err.Error())
		return
	}
	answer(map[string]any{"deliveries": deliveries}).write(rw)
}

// postFault takes faults of the endpoints, and of the webhook.
func (d *Douyin) postFault(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		Fault
		Webhook *Sending `json:"webhook"`
	}
	switch {
	case !readAdmin(rw, r, &in) || !d.accepts(rw, in.Fault):
		return
	case in.Webhook != nil:
		d.SendNext(*in.Webhook, in.Times)
	default:
		d.Fault(in.Fault)
	}
	rw.WriteHeader(http.StatusNoContent)
}

// forget also drops what was scripted for the webhook.
func (d *Douyin) forget() {
	d.script.forget()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sendings = nil
}
