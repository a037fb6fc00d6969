// Package service is what the product does: it joins people to brands, keeps flows and
// posts, runs reviews and owes notices. It declares the interfaces that it needs of the
// doors; New wires it, top to bottom.
//
// It is one package with walls: a use case holds the doors and the other use cases that it
// works with, as fields, and nothing else (docs/adr/0034-one-service-package-with-walls.md).
package service

import (
	"context"
	"log/slog"

	"countersign/store"
)

// Service is all of the use cases.
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

	loops []loop
}

// New wires the use cases to the doors. What a use case works with stands here and in its
// struct; it cannot come to more.
func New(d Doors, set Settings) *Service {
	if d.Watch == nil {
		d.Watch = unwatched{}
	}
	b := base{store: d.Store, newID: d.NewID, log: d.Log}
	a := acts{base: b, answers: d.Sealer}
	s := &Service{Flows: Flows{a}, Deputies: Deputies{a}, WordLists: WordLists{a}, Audit: Audit{b}, Timeline: Timeline{b}}
	s.people(d, set, a)
	s.content(d, set, a)
	s.told(d, set, a)
	s.Windows = Windows{base: b, guard: d.guard(LoopWindows)}
	s.loops = []loop{
		s.Relay.loop(), s.Live.loop(), s.Reminders.loop(d.guard(LoopReminders)), s.Webhooks.loop(),
		s.Windows.loop(), s.Windows.ladder(d.guard(LoopPosters)), s.AIReviews.loop(),
		sweepRows(d.Store, d.guard(LoopSweep)), s.Media.loop(d.guard(LoopMedia)),
	}
	return s
}

// people wires how people come in.
func (s *Service) people(d Doors, set Settings, a acts) {
	s.Sessions = Sessions{
		base: a.base, cache: d.Cache, random: d.Random, hash: newHasher(set.HashCost), cost: set.HashCost, perMinute: set.LoginsPerMinute,
		console: sessionTimes{set.ConsoleIdle, set.ConsoleAbsolute}, mini: sessionTimes{set.MiniIdle, set.MiniAbsolute},
	}
	s.Scenes = Scenes{
		base: a.base, wechat: d.WeChat, cache: d.Cache, sealer: d.Sealer, random: d.Random,
		publicURL: set.PublicURL, entryPage: set.EntryPage, misses: set.SceneMisses,
	}
	s.Join = Join{acts: a, wechat: d.WeChat, cache: d.Cache, sessions: s.Sessions, scenes: s.Scenes, perMinute: set.WeChatLogins}
	s.Bindings = Bindings{acts: a, cache: d.Cache, scenes: s.Scenes}
}

// content wires what is written, reviewed and published.
func (s *Service) content(d Doors, set Settings, a acts) {
	s.AIReviews = AIReviews{
		acts: a, guard: d.guard(LoopAIReviews), wechat: d.WeChat, model: d.Model, cache: d.Cache, engines: &engines{}, dailyTokens: set.AIDailyTokens,
	}
	s.Reviews = Reviews{acts: a, ai: s.AIReviews}
	s.Brands = Brands{acts: a, cache: d.Cache, reviews: s.Reviews, cost: set.HashCost}
	s.Posts = Posts{acts: a, cache: d.Cache, scenes: s.Scenes, reviews: s.Reviews, ai: s.AIReviews}
	s.Comments = Comments{acts: a, cache: d.Cache, perMinute: set.CommentsPerMin}
	s.Media = Media{acts: a, blobs: d.Blobs, signer: d.Signer, limits: set.Media, publicURL: set.PublicURL}
	s.Tickets = Tickets{
		acts: a, guard: d.guard(LoopRelay), douyin: d.Douyin, cache: d.Cache, sealer: d.Sealer, signer: d.Signer, random: d.Random,
		scenes: s.Scenes, media: s.Media, scans: recentScans(), publicURL: set.PublicURL,
	}
}

// told wires how people and other systems hear of it.
func (s *Service) told(d Doors, set Settings, a acts) {
	s.Notices = Notices{
		acts: a, guard: d.guard(LoopRelay), wechat: d.WeChat, mail: d.Mail, reviews: s.Reviews, scenes: s.Scenes,
		templates: set.Templates, gather: set.Gather, publicURL: set.PublicURL, entryPage: set.EntryPage,
	}
	s.Grants = Grants{acts: a, guard: d.guard(LoopRelay), wechat: d.WeChat, templates: set.Templates}
	s.Relay = Relay{base: a.base, guard: d.guard(LoopRelay), notices: s.Notices, grants: s.Grants, tickets: s.Tickets}
	s.Reminders = Reminders{a.base}
	s.Webhooks = Webhooks{acts: a, guard: d.guard(LoopWebhooks), door: d.Webhook, cache: d.Cache, sealer: d.Sealer, random: d.Random}
	s.Live = newLive(a.base, d.guard(LoopLive), d.Cache, set.Live)
}

// guard is the one of a loop.
func (d Doors) guard(name LoopName) guard { return guard{name: name, log: d.Log, watch: d.Watch} }

// base is what every use case stands on: the truth, ids for new rows, and the log. The time
// is the database's (Tx.Now, Store.Now), so there is no clock here.
type base struct {
	store *store.Store
	newID func() string
	log   *slog.Logger
}

// acts is the base of those whose acts may be repeated under an idempotency key: the answer
// that is kept for the repeat is sealed, for it may hold what is told only once.
type acts struct {
	base
	answers *Sealer
}

// dropped removes ended tokens from a cache after the commit. A cache that is down
// forgets them within half a minute by itself; the database refuses them at once.
func (b base) dropped(ctx context.Context, drop func(context.Context, string) error, hashes ...string) {
	for _, h := range hashes {
		if err := drop(ctx, h); err != nil {
			b.log.WarnContext(ctx, "cache: could not drop a token; it ends by its own time limit", "error", err)
		}
	}
}
