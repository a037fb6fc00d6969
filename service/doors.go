package service

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"time"

	"countersign/model"
	"countersign/store"
)

// Doors are the rooms and the systems around the product, as cmd opens them. New deals them
// out to the use cases; nothing keeps them together.
type Doors struct {
	Store   *store.Store
	WeChat  WeChat
	Mail    Mail   // nil: no e-mail
	Douyin  Douyin // nil: posts are published by hand
	Webhook WebhookDoor
	Cache   Cache
	Sealer  *Sealer
	Signer  *Signer
	Blobs   Blobs
	Model   AIModel // nil: no model is asked
	Random  io.Reader
	NewID   func() string
	Log     *slog.Logger
	Watch   LoopWatch // nil: nobody
}

// WeChat is the door to WeChat.
type WeChat interface {
	Login(ctx context.Context, code string) (model.WeChatIdentity, error)
	CodeImage(ctx context.Context, r model.CodeImageRequest) (png []byte, err error)
	URLLink(ctx context.Context, r model.URLLinkRequest) (string, error)
	Send(ctx context.Context, m model.SubscribeMessage) error
	CheckText(ctx context.Context, t model.TextCheck) (model.TextVerdict, error)
	Echo(signature, timestamp, nonce, echostr string) (string, error)
	OpenPush(query url.Values, body []byte, now time.Time) (event []byte, err error)
	ReadPush(event []byte) (model.Push, error)
}

// Mail is the door to the mail server. A nil error means that the server took the
// message. It may be sent again with the same MessageID when the outcome is unknown.
//
// Errors: CodeMailBusy (passes by itself), CodeMailRefused.
type Mail interface {
	Send(ctx context.Context, m model.Email) error
}

// WebhookDoor sends signed messages to addresses that brands have chosen.
type WebhookDoor interface {
	CheckURL(raw string) (reason string)
	Send(ctx context.Context, m model.WebhookMessage) model.WebhookOutcome
}

// Cache is speed: everything in it can be read again from the store.
type Cache interface {
	Session(ctx context.Context, tokenHash string) ([]byte, bool)
	KeepSession(ctx context.Context, tokenHash string, value []byte, ttl time.Duration)
	DropSession(ctx context.Context, tokenHash string) error
	Scene(ctx context.Context, tokenHash string) ([]byte, bool)
	KeepScene(ctx context.Context, tokenHash string, value []byte, ttl time.Duration)
	DropScene(ctx context.Context, tokenHash string) error
	PictureOnce(ctx context.Context, key string, ttl time.Duration, paint func(context.Context) ([]byte, error)) ([]byte, error)
	Allow(ctx context.Context, l model.Limit, subject string) (ok bool, retryAfter time.Duration)
	Scanned(ctx context.Context, tokenHash string) (live, page []byte)
	KeepTicket(ctx context.Context, tokenHash string, entry []byte, end time.Time)
	KeepScan(ctx context.Context, tokenHash string, page []byte)
	DropScan(ctx context.Context, tokenHash string) error
	DropTicket(ctx context.Context, tokenHash string) error
	Publish(ctx context.Context, payloads map[string]string)
	Subscribe(ctx context.Context, channel string) (wakes <-chan string, leave func())
	Healthy() bool
}

// Douyin is the door to Douyin; nil when this installation has none.
type Douyin interface {
	ShareID(ctx context.Context) (string, error)
	Launch(ctx context.Context, r model.LaunchRequest) (model.Launch, error)
	ReadEvent(signature string, body []byte) (model.DouyinEvent, error)
}

// Blobs is the door to the bytes of Media.
type Blobs interface {
	OpenFile(ctx context.Context, m model.Media, thumb bool) (io.ReadSeekCloser, error)
	PutPart(ctx context.Context, id string, n int, r io.Reader, size int64, sum string) (sha256 string, err error)
	Finish(ctx context.Context, m model.Media, parts []model.MediaPart) (model.MediaFacts, error)
	DropParts(ctx context.Context, id string, parts int) error
	DropFile(ctx context.Context, id, key string) error
	Stray(ctx context.Context, before time.Time, visit func([]model.MediaBlob) error) error
	Drop(ctx context.Context, b model.MediaBlob) error
}

// AIModel is the door to a language model.
//
// Errors: CodeInvalid ("text_too_long"), CodeAIModelBusy (passes by itself),
// CodeAIModelQuota, CodeAIModelConfig, CodeAIModelRefused.
type AIModel interface {
	Cost(q model.AIQuestion) int64
	Review(ctx context.Context, q model.AIQuestion) (model.AIVerdict, error)
}
