package service

import (
	"context"
	"errors"
	"io"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"countersign/model"
	"countersign/store"
)

// Tickets is publishing by scanning: the codes, and what is said of publications.
type Tickets struct {
	acts
	guard     guard  // of the relay, for which it works
	douyin    Douyin // nil: posts are published by hand
	cache     Cache
	sealer    *Sealer
	signer    *Signer
	random    io.Reader
	scenes    Scenes
	media     Media
	scans     *lru.Cache[string, Scan] // what the cache's bytes say, by the bytes
	publicURL string
}

// Issue makes the code of a Post, through the publish gate. A Post that has one keeps it.
func (s Tickets) Issue(ctx context.Context, c Call, brandID, postID string) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (done, error) {
		if _, err := tx.LockPost(brandID, postID); err != nil {
			return done{}, err
		}
		if live, err := tx.MaybeTicket(ctx, brandID, postID); err != nil || live != nil {
			return done{}, err
		}
		st, err := standingOf(ctx, tx.Reader, brandID, postID)
		if err != nil {
			return done{}, err
		}
		end := model.WindowEnd(st.Post.ContentType, st.Post.ScheduledAt, nil)
		if err := model.MayIssue(st.Post.ContentType, st.Post.State, end, tx.Now, st.approved); err != nil {
			return done{}, err
		}
		return done{}, s.issue(tx, c, me, st.Post)
	})
	return err
}

func (s Tickets) issue(tx *store.Tx, c Call, me model.Member, post model.Post) error {
	t, err := s.newTicket(post, me.ID, tx.Now)
	if err != nil {
		return err
	}
	if err := tx.CreateTicket(&t); err != nil {
		return err
	}
	tx.Audit(c.entry(post.BrandID, "ticket.issued", "post", post.ID, nil, map[string]any{"ticket": t.ID, "opens_from": t.StartsAt, "ends_at": t.ExpiresAt}))
	return tx.MovePost(post, map[string]any{"window_ends_at": t.ExpiresAt})
}

func (s Tickets) newTicket(post model.Post, by string, now time.Time) (model.Ticket, error) {
	token, err := model.NewSceneToken(model.SceneTicket, s.random)
	if err != nil {
		return model.Ticket{}, err
	}
	t := model.Ticket{ID: s.newID(), BrandID: post.BrandID, PostID: post.ID, TokenHash: model.HashToken(token), IssuedBy: by, IssuedAt: now, StartsAt: now}
	if post.ScheduledAt != nil {
		t.StartsAt = *post.ScheduledAt
	}
	t.ExpiresAt = t.StartsAt.Add(model.TicketWindow)
	t.TokenSealed, err = s.sealer.Seal([]byte(token), "ticket:"+t.ID)
	return t, err
}

// Token unseals a Ticket's token, to draw its code or write its link.
func (s Tickets) Token(t model.Ticket) (string, error) {
	raw, err := s.sealer.Open(t.TokenSealed, "ticket:"+t.ID)
	return string(raw), err
}

// Link is the page that a code opens.
func (s Tickets) Link(token string) string { return s.publicURL + "/p/" + token }

// Revoke ends a Post's code for good; a new one has another token.
func (s Tickets) Revoke(ctx context.Context, c Call, brandID, postID string) error {
	return s.change(ctx, c, brandID, postID, "ticket.revoked", func(tx *store.Tx, post model.Post, t model.Ticket, _ model.Member) (after map[string]any, err error) {
		if post.State == model.PostApproved && post.ScheduledAt == nil { // its window began with the code
			if err := tx.MovePost(post, map[string]any{"window_ends_at": nil}); err != nil {
				return nil, err
			}
		}
		return map[string]any{"ticket": t.ID, "revoked": true}, tx.MoveTicket(t, map[string]any{"revoked_at": tx.Now, "live_post_id": nil})
	})
}

// OpenEarly lets a Post's code open before its lead time, and keeps why (rule 18).
func (s Tickets) OpenEarly(ctx context.Context, c Call, brandID, postID, reason string) error {
	return s.change(ctx, c, brandID, postID, "ticket.opened_early", func(tx *store.Tx, _ model.Post, t model.Ticket, me model.Member) (after map[string]any, err error) {
		if !tx.Now.Before(t.ExpiresAt) {
			return nil, model.E(model.CodeTicketEnded)
		}
		return map[string]any{"ticket": t.ID, "reason": reason}, tx.MoveTicket(t, map[string]any{"early_at": tx.Now, "early_by": me.ID, "early_reason": reason})
	})
}

// change moves a Post's live Ticket under the Post's lock, records it, and drops the copies.
func (s Tickets) change(ctx context.Context, c Call, brandID, postID, action string,
	do func(tx *store.Tx, post model.Post, t model.Ticket, me model.Member) (after map[string]any, err error),
) error {
	var t model.Ticket
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		if t, err = tx.LiveTicket(ctx, brandID, postID); err != nil {
			return done{}, err
		}
		after, err := do(tx, post, t, me)
		tx.Audit(c.entry(brandID, action, "post", postID, map[string]any{"ticket": t.ID}, after))
		return done{}, err
	})
	if err == nil {
		s.dropped(ctx, s.cache.DropTicket, t.TokenHash)
	}
	return err
}

// moveWindow brings a Post's code in line with its new planned time, in the act that
// changes it; it answers the window's new end and the token's hash, whose copies are to be
// dropped after the commit. The code stays the same (rule 16).
func moveWindow(ctx context.Context, tx *store.Tx, post model.Post, at *time.Time) (end *time.Time, hash string, err error) {
	t, err := tx.MaybeTicket(ctx, post.BrandID, post.ID)
	if err != nil {
		return nil, "", err
	}
	if t == nil {
		return model.WindowEnd(post.ContentType, at, nil), "", nil
	}
	start := t.IssuedAt
	if at != nil {
		start = *at
	}
	end = model.WindowEnd(post.ContentType, at, &t.IssuedAt)
	return end, t.TokenHash, tx.MoveTicket(*t, map[string]any{"starts_at": start, "expires_at": end, "early_at": nil, "early_by": nil, "early_reason": ""})
}

// drop forgets what is kept of a Post's code, if it has one, after something about it
// changed.
func (s Tickets) drop(ctx context.Context, brandID, postID string) {
	t, err := s.store.MaybeTicket(ctx, brandID, postID)
	if err == nil && t != nil {
		s.dropped(ctx, s.cache.DropScan, t.TokenHash)
	}
}

// Sheet is a Post's code as the console shows it.
type Sheet struct {
	Ticket       model.Ticket
	State        model.ScanState
	Opens        time.Time
	Now          time.Time
	URL          string
	Publications []model.Publication
}

// Of reads the code of a Post.
func (s Tickets) Of(ctx context.Context, brandID, postID string) (out Sheet, err error) {
	st, err := standingOf(ctx, s.store.Reader, brandID, postID)
	if err != nil {
		return out, err
	}
	if out.Ticket, err = s.store.LiveTicket(ctx, brandID, postID); err != nil {
		return out, err
	}
	if out.Now, err = s.store.Now(ctx); err != nil {
		return out, err
	}
	token, err := s.Token(out.Ticket)
	if err != nil {
		return out, err
	}
	out.State, out.Opens, out.URL = out.Ticket.Scan(out.Now, st.Brand.Lead(), st.Post.State, st.approved), out.Ticket.Opens(st.Brand.Lead()), s.Link(token)
	out.Publications, err = s.store.Publications(ctx, brandID, postID)
	return out, err
}

// errLost: another phone's tap was first; the act is judged anew.
var errLost = errors.New("tickets: another tap was first")
