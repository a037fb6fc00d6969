// Package service is what the product does: it joins people to brands, keeps flows and
// posts, runs reviews and owes notices. It declares the interfaces that it needs of the
// doors; the wiring is in cmd.
package service

import (
	"context"
	"io"
	"log/slog"

	lru "github.com/hashicorp/golang-lru/v2"

	"countersign/store"
)

// Deps are what every service works with.
type Deps struct {
	Store    *store.Store
	WeChat   WeChat
	Mail     Mail   // nil: no e-mail
	Douyin   Douyin // nil: posts are published by hand
	Webhook  WebhookDoor
	Cache    Cache
	Sealer   *Sealer
	Signer   *Signer
	Blobs    Blobs
	Model    AIModel // nil: no model is asked
	Random   io.Reader
	NewID    func() string
	Log      *slog.Logger
	Settings Settings

	engines *engines                 // of brands' own words
	scans   *lru.Cache[string, Scan] // what the cache's bytes say, by the bytes
}

// Service is all of them.
type Service struct {
	Sessions Sessions
	Join     Join
	Bindings Bindings
	Scenes   Scenes
	Brands   Brands
	Flows    Flows
	Posts    Posts
	Reviews  Reviews
	Deputies Deputies
	Relay    Relay
	Live     *Live
	Audit    Audit
	Timeline Timeline
	Notices  Notices
	Media    Media
	Comments Comments
	Tickets  Tickets
	Windows  Windows

	Reminders Reminders
	Grants    Grants
	Webhooks  Webhooks

	AIReviews AIReviews
	WordLists WordLists
}

// New wires the services to their dependencies.
func New(d Deps) *Service {
	c := &d
	c.engines, c.scans = &engines{}, recentScans()
	return &Service{
		AIReviews: AIReviews{c}, WordLists: WordLists{c},
		Sessions: Sessions{c, newHasher(d.Settings.HashCost)}, Join: Join{c}, Bindings: Bindings{c}, Scenes: Scenes{c},
		Brands: Brands{c}, Flows: Flows{c}, Posts: Posts{c}, Reviews: Reviews{c}, Deputies: Deputies{c}, Relay: Relay{c},
		Notices: Notices{c}, Reminders: Reminders{c}, Grants: Grants{c},
		Live: newLive(c), Webhooks: Webhooks{c}, Audit: Audit{c}, Timeline: Timeline{c}, Media: Media{c}, Comments: Comments{c}, Tickets: Tickets{c}, Windows: Windows{c},
	}
}

// dropped removes ended tokens from a cache after the commit. A cache that is down
// forgets them within half a minute by itself; the database refuses them at once.
func (d *Deps) dropped(ctx context.Context, drop func(context.Context, string) error, hashes ...string) {
	for _, h := range hashes {
		if err := drop(ctx, h); err != nil {
			d.Log.WarnContext(ctx, "cache: could not drop a token; it ends by its own time limit", "error", err)
		}
	}
}
