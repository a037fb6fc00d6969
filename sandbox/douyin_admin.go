package sandbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// adminRoutes is the table in the comment of Douyin.
func (d *Douyin) adminRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/douyin/open", d.postOpen)
	mux.HandleFunc("POST /sandbox/douyin/publish", d.postPublish)
	mux.HandleFunc("GET /sandbox/douyin/videos", d.getVideos)
	mux.HandleFunc("POST /sandbox/douyin/webhook-settings", d.postWebhook)
	mux.HandleFunc("POST /sandbox/douyin/authorize", d.postScopes(d.Authorize))
	mux.HandleFunc("POST /sandbox/douyin/unauthorize", d.postScopes(d.Unauthorize))
	mux.HandleFunc("POST /sandbox/douyin/deliver", d.postDeliver)
	mux.HandleFunc("POST /sandbox/douyin/faults", d.postFault)
	mux.HandleFunc("DELETE /sandbox/douyin/faults", d.deleteFaults)
	mux.HandleFunc("POST /sandbox/douyin/rotate-ticket", d.postRotateTicket)
	mux.HandleFunc("POST /sandbox/douyin/rotate-token", d.postRotateToken)
	mux.HandleFunc("GET /sandbox/douyin/stats", d.getStats)
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

func (d *Douyin) getVideos(rw http.ResponseWriter, _ *http.Request) {
	answer(map[string]any{"items": d.Videos()}).write(rw)
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

// Fault scripts f; faults for the same endpoint are used up in the order given.
func (d *Douyin) Fault(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.script.add(f)
}

// wrongFault is what is wrong with a fault, "" when nothing is.
func (d *Douyin) wrongFault(f Fault) string {
	_, known := d.endpointAt(f.Path)
	switch {
	case f.Path != "" && !known:
		return "no such endpoint"
	case !slices.Contains(douyinModes, f.Mode):
		return "no such mode"
	}
	return ""
}

func (d *Douyin) postFault(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		Fault
		Webhook *Sending `json:"webhook"`
	}
	if !readAdmin(rw, r, &in) {
		return
	}
	wrong := d.wrongFault(in.Fault)
	switch {
	case wrong != "":
		adminError(rw, http.StatusUnprocessableEntity, wrong)
		return
	case in.Webhook != nil:
		d.SendNext(*in.Webhook, in.Times)
	default:
		d.Fault(in.Fault)
	}
	rw.WriteHeader(http.StatusNoContent)
}

func (d *Douyin) deleteFaults(rw http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	d.script.clear()
	d.sendings = nil
	d.mu.Unlock()
	rw.WriteHeader(http.StatusNoContent)
}

func (d *Douyin) postRotateTicket(rw http.ResponseWriter, _ *http.Request) {
	d.RotateTicket()
	rw.WriteHeader(http.StatusNoContent)
}

func (d *Douyin) postRotateToken(rw http.ResponseWriter, _ *http.Request) {
	d.RotateToken()
	rw.WriteHeader(http.StatusNoContent)
}

func (d *Douyin) getStats(rw http.ResponseWriter, _ *http.Request) {
	answer(d.Stats()).write(rw)
}
