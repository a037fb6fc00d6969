package api

import (
	"context"
	"time"

	"countersign/model"
	"countersign/service"
)

// WebhookBody is a webhook as an admin writes it.
type WebhookBody struct {
	URL         string   `json:"url" maxLength:"500" doc:"https, a name and not an address, port 443, 8443, 9443 or 10443." example:"https://hooks.example.com/countersign"`
	Description string   `json:"description,omitempty" maxLength:"400"`
	Kinds       []string `json:"kinds,omitempty" maxItems:"100" maxLength:"64" doc:"The kinds of events it is told of; none is all of them. They are listed in docs/events.md." example:"[\"task.approved\"]"`
	Active      bool     `json:"active" doc:"Switched off, it is owed what happens (for 30 days) and gets it when it is on again."`
}

func (b WebhookBody) spec() service.WebhookSpec {
	return service.WebhookSpec{URL: b.URL, Description: b.Description, Kinds: b.Kinds, Active: b.Active}
}

// WebhookOut is a webhook.
type WebhookOut struct {
	ID string `json:"id"`
	WebhookBody
	OffReason      model.WebhookOff `json:"off_reason,omitempty" enum:"gone,failing" doc:"Why the program switched it off: it answered 410, or no try succeeded for five days."`
	OffAt          *time.Time       `json:"off_at,omitempty"`
	Failures       int              `json:"failures" doc:"Tries in a row that failed."`
	FailingSince   *time.Time       `json:"failing_since,omitempty"`
	OldSecretUntil *time.Time       `json:"old_secret_until,omitempty" doc:"Until then the secret before signs too."`
	PlannedSeq     int64            `json:"planned_seq" doc:"Events up to this seq are deliveries, or were not wanted."`
	CreatedAt      time.Time        `json:"created_at"`
	Version        int64            `json:"version"`
}

func webhookOut(w model.Webhook) WebhookOut {
	kinds := w.Kinds
	if kinds == nil {
		kinds = []string{}
	}
	return WebhookOut{
		ID: w.ID, WebhookBody: WebhookBody{w.URL, w.Description, kinds, w.Active}, OffReason: w.OffReason, OffAt: w.OffAt,
		Failures: w.Failures, FailingSince: w.FailingSince, OldSecretUntil: w.OldSecretUntil, PlannedSeq: w.PlannedSeq, CreatedAt: w.CreatedAt, Version: w.Version,
	}
}

// WebhookIn names a webhook in the path.
type WebhookIn struct {
	BrandIn
	Webhook string `path:"webhook" maxLength:"64"`
}

type webhookAnswer struct {
	ETag string `header:"ETag"`
	Body WebhookOut
}

// NewWebhookOut is a webhook with the secret that was drawn for it just now.
type NewWebhookOut struct {
	WebhookOut
	Secret string `json:"secret" doc:"Signs what is sent, as Standard Webhooks says. It is shown this once." example:"whsec_…"`
}

type secretAnswer struct {
	ETag string `header:"ETag"`
	Body NewWebhookOut
}

func (a *API) withSecret(ctx context.Context, in BrandIn, n service.NewWebhook, err error) (*secretAnswer, error) {
	if err != nil {
		return nil, err
	}
	w, err := a.Store.Webhook(ctx, in.Brand, n.ID)
	return &secretAnswer{etag(w.Version), NewWebhookOut{webhookOut(w), n.Secret}}, err
}

type createWebhookIn struct {
	BrandIn
	Body WebhookBody
}

func (a *API) createWebhook(ctx context.Context, in *createWebhookIn) (*secretAnswer, error) {
	n, err := a.Service.Webhooks.Create(ctx, callOf(ctx), in.Brand, in.Body.spec())
	return a.withSecret(ctx, in.BrandIn, n, err)
}

func (a *API) rotateWebhook(ctx context.Context, in *WebhookIn) (*secretAnswer, error) {
	n, err := a.Service.Webhooks.Rotate(ctx, callOf(ctx), in.Brand, in.Webhook)
	return a.withSecret(ctx, in.BrandIn, n, err)
}

func (a *API) webhooks(ctx context.Context, in *listIn) (*ListOut[WebhookOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Webhooks(ctx, in.Brand, page)
	return listOf(rows, page.Limit, func(w model.Webhook) string { return w.ID }, webhookOut), err
}

func (a *API) webhook(ctx context.Context, in *WebhookIn) (*webhookAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	w, err := a.Store.Webhook(ctx, in.Brand, in.Webhook)
	return &webhookAnswer{ETag: etag(w.Version), Body: webhookOut(w)}, err
}

type updateWebhookIn struct {
	WebhookIn
	IfMatch
	Body WebhookBody
}

func (a *API) updateWebhook(ctx context.Context, in *updateWebhookIn) (*webhookAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Webhooks.Update(ctx, callOf(ctx), in.Brand, in.Webhook, version, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.webhook(ctx, &in.WebhookIn)
}

func (a *API) deleteWebhook(ctx context.Context, in *WebhookIn) (*Empty, error) {
	return &Empty{}, a.Service.Webhooks.Delete(ctx, callOf(ctx), in.Brand, in.Webhook)
}

// TrialOut is what became of a ping.
type TrialOut struct {
	Delivered bool   `json:"delivered" doc:"It answered 2xx."`
	Status    int    `json:"status,omitempty" doc:"The HTTP status of its answer, when there was one."`
	Failure   string `json:"failure,omitempty" enum:"refused,redirect,timeout,name_not_found,address_forbidden,tls,connection,url"`
	TookMS    int64  `json:"took_ms"`
}

type trialAnswer struct{ Body TrialOut }

func (a *API) testWebhook(ctx context.Context, in *WebhookIn) (*trialAnswer, error) {
	t, err := a.Service.Webhooks.Try(ctx, callOf(ctx), in.Brand, in.Webhook)
	if err != nil {
		return nil, err
	}
	return &trialAnswer{TrialOut{t.Failure == "", t.Status, t.Failure, t.Took.Milliseconds()}}, nil
}

type replayIn struct {
	WebhookIn
	Body struct {
		After int64 `json:"after" minimum:"0" maximum:"9007199254740991" doc:"Every event after this seq that is still kept (30 days) is owed again, with the webhook-id it had."`
	}
}

func (a *API) replayWebhook(ctx context.Context, in *replayIn) (*webhookAnswer, error) {
	if _, err := a.Service.Webhooks.Replay(ctx, callOf(ctx), in.Brand, in.Webhook, in.Body.After); err != nil {
		return nil, err
	}
	return a.webhook(ctx, &in.WebhookIn)
}

// DeliveryOut is one event that the webhook is owed, or was sent.
type DeliveryOut struct {
	ID          string              `json:"id"`
	WebhookID   string              `json:"webhook_id" doc:"The header webhook-id of every try." example:"msg_0198c0de…_42"`
	Seq         int64               `json:"seq"`
	Kind        string              `json:"kind"`
	SubjectID   string              `json:"subject_id"`
	State       model.DeliveryState `json:"state" enum:"owed,delivered,dead"`
	Attempts    int                 `json:"attempts"`
	Status      int                 `json:"status,omitempty" doc:"The HTTP status of the last answer."`
	LastError   string              `json:"last_error,omitempty" enum:"refused,redirect,timeout,name_not_found,address_forbidden,tls,connection,url"`
	NextAt      *time.Time          `json:"next_at,omitempty" doc:"Of one that is owed: the next try."`
	DeliveredAt *time.Time          `json:"delivered_at,omitempty"`
}

func deliveryOut(d model.Delivery) DeliveryOut {
	out := DeliveryOut{
		ID: d.ID, WebhookID: model.MessageID(d.WebhookID, d.Seq), Seq: d.Seq, Kind: d.Kind, SubjectID: d.SubjectID,
		State: d.State, Attempts: d.Attempts, Status: d.Status, LastError: d.LastError, DeliveredAt: d.DeliveredAt,
	}
	if d.State == model.DeliveryOwed {
		out.NextAt = &d.NextAt
	}
	return out
}

type deliveriesIn struct {
	WebhookIn
	PageIn
	State string `query:"state" enum:"owed,delivered,dead"`
}

func (a *API) deliveries(ctx context.Context, in *deliveriesIn) (*ListOut[DeliveryOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	if _, err := a.Store.Webhook(ctx, in.Brand, in.Webhook); err != nil {
		return nil, err
	}
	rows, err := a.Store.Deliveries(ctx, in.Brand, in.Webhook, model.DeliveryState(in.State), page)
	return listOf(rows, page.Limit, func(d model.Delivery) string { return d.ID }, deliveryOut), err
}

// DeliveryIn names a delivery in the path.
type DeliveryIn struct {
	WebhookIn
	Delivery string `path:"delivery" maxLength:"64"`
}

type deliveryAnswer struct{ Body DeliveryOut }

func (a *API) retryDelivery(ctx context.Context, in *DeliveryIn) (*deliveryAnswer, error) {
	if _, err := a.Service.Webhooks.Retry(ctx, callOf(ctx), in.Brand, in.Webhook, in.Delivery); err != nil {
		return nil, err
	}
	d, err := a.Store.Delivery(ctx, in.Brand, in.Webhook, in.Delivery)
	return &deliveryAnswer{deliveryOut(d)}, err
}
