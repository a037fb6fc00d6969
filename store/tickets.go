package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// CreateTicket inserts a live Ticket; ErrTaken when the Post has one.
func (tx *Tx) CreateTicket(t *model.Ticket) error {
	t.LivePostID, t.Version, t.CreatedAt, t.UpdatedAt = &t.PostID, 1, tx.Now, tx.Now
	return taken(tx.create("ticket", t))
}

// MoveTicket writes the columns in set, at the version that the caller read. The Post's
// lock keeps the moves of one Ticket in a row.
func (tx *Tx) MoveTicket(t model.Ticket, set map[string]any) error {
	set["updated_at"] = tx.Now
	moved, err := move(tx.db.Model(&model.Ticket{}).Where("id = ? AND version = ?", t.ID, t.Version), set)
	return stale(moved, err)
}

// LiveTicket reads a Post's Ticket that was not revoked.
func (r Reader) LiveTicket(ctx context.Context, brandID, postID string) (t model.Ticket, err error) {
	err = r.with(ctx).Where("live_post_id = ? AND brand_id = ?", postID, brandID).Take(&t).Error
	return t, fault("live ticket", err)
}

// MaybeTicket is LiveTicket, nil when the Post has none.
func (r Reader) MaybeTicket(ctx context.Context, brandID, postID string) (*model.Ticket, error) {
	t, err := r.LiveTicket(ctx, brandID, postID)
	if model.Is(err, model.CodeNotFound) {
		return nil, nil //nolint:nilnil // none is an answer here, not a fault
	}
	return &t, err
}

// TicketByToken looks a token up by its hash, revoked ones too.
func (r Reader) TicketByToken(ctx context.Context, hash string) (t model.Ticket, err error) {
	err = r.with(ctx).Where("token_hash = ?", hash).Take(&t).Error
	return t, fault("ticket by token", err)
}

// CreateOpening inserts a scan that was handed something; ErrTaken when the same tap was.
func (tx *Tx) CreateOpening(o *model.Opening) error {
	o.CreatedAt = tx.Now
	return taken(tx.create("opening", o))
}

// OpeningOfTap finds the Opening of a tap on a Ticket's page, nil when there is none.
func (r Reader) OpeningOfTap(ctx context.Context, ticketID, key string) (*model.Opening, error) {
	return r.maybeOpening(r.with(ctx).Where("ticket_id = ? AND idem_key = ?", ticketID, key))
}

// OpeningOfShare finds the Opening that Douyin names by a share id, nil when there is none.
func (r Reader) OpeningOfShare(ctx context.Context, shareID string) (*model.Opening, error) {
	return r.maybeOpening(r.with(ctx).Where("share_id = ?", shareID))
}

// OpeningOf reads one of a Ticket, nil when there is none.
func (r Reader) OpeningOf(ctx context.Context, ticketID, id string) (*model.Opening, error) {
	return r.maybeOpening(r.with(ctx).Where("ticket_id = ? AND id = ?", ticketID, id))
}

func (Reader) maybeOpening(q *gorm.DB) (*model.Opening, error) {
	var o model.Opening
	err := q.Take(&o).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // none is an answer here, not a fault
	}
	return &o, fault("opening", err)
}

// Openings lists the scans of a Post, newest first.
func (r Reader) Openings(ctx context.Context, brandID, postID string, p Page) (list []model.Opening, err error) {
	err = p.below(r.with(ctx).Where("brand_id = ? AND post_id = ?", brandID, postID), "id").Find(&list).Error
	return list, fault("openings", err)
}

// LaunchedAny tells which of some Posts have a scan that was handed a link to Douyin.
func (r Reader) LaunchedAny(ctx context.Context, postIDs []string) (map[string]bool, error) {
	var ids []string
	err := r.with(ctx).Model(&model.Opening{}).Where("post_id IN ? AND way = ?", postIDs, model.OpeningDouyin).Distinct().Pluck("post_id", &ids).Error
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, fault("launched", err)
}

// CreatePublication inserts what somebody says was published; ErrTaken when the same fact
// was told before.
func (tx *Tx) CreatePublication(p *model.Publication) error {
	p.CreatedAt = tx.Now
	return taken(tx.create("publication", p))
}

// Publications lists what was said of a Post, oldest first. There are as many as Openings
// at most, and a word or two of people's.
func (r Reader) Publications(ctx context.Context, brandID, postID string) (list []model.Publication, err error) {
	err = r.with(ctx).Where("brand_id = ? AND post_id = ?", brandID, postID).Order("id").Limit(200).Find(&list).Error
	return list, fault("publications", err)
}

// OverduePost is an approved Post whose window is over.
type OverduePost struct{ ID, BrandID string }

// OverduePosts lists approved Posts whose window ended by now, the oldest end first.
func (r Reader) OverduePosts(ctx context.Context, now time.Time, limit int) (list []OverduePost, err error) {
	err = r.with(ctx).Model(&model.Post{}).Select("id, brand_id").
		Where("state = ? AND window_ends_at <= ?", model.PostApproved, now).Order("window_ends_at, id").Limit(limit).Scan(&list).Error
	return list, fault("overdue posts", err)
}

// LockOverdue locks those of some Posts of a Brand whose window is over and that are still
// approved, in order; what another replica has locked is left to it.
func (tx *Tx) LockOverdue(brandID string, ids []string) (list []model.Post, err error) {
	err = tx.skipLocked().Where("id IN ? AND brand_id = ? AND state = ? AND window_ends_at <= ?", ids, brandID, model.PostApproved, tx.Now).
		Order("id").Find(&list).Error
	return list, fault("lock overdue posts", err)
}

// RunOut moves Posts whose window is over, which the caller has locked.
func (tx *Tx) RunOut(ids []string, to model.PostState) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.db.Model(&model.Post{}).Where("id IN ? AND state = ?", ids, model.PostApproved).
		Updates(map[string]any{"state": to, "version": gorm.Expr("version + 1"), "updated_at": tx.Now}).Error
}

// DuePost is an approved Post whose poster is to be told.
type DuePost struct {
	ID          string
	BrandID     string
	CreatedBy   string
	Channel     model.Channel `gorm:"embedded;embeddedPrefix:channel_"`
	ScheduledAt time.Time
}

// DuePosts lists approved Posts that are published by scanning and planned after from and
// until to, with which rung was not dealt yet, the nearest first.
func (r Reader) DuePosts(ctx context.Context, rung string, from, to time.Time, limit int) (list []DuePost, err error) {
	err = r.with(ctx).Raw(`SELECT o.id, o.brand_id, o.created_by, o.scheduled_at, c.posters AS channel_posters FROM posts o
		JOIN channels c ON c.id = o.channel_id
		LEFT JOIN reminders r ON r.task_id = o.id AND r.rung = ? AND r.scheduled_at = o.scheduled_at
		WHERE o.state = ? AND o.window_ends_at > ? AND o.window_ends_at <= ? AND o.scheduled_at IS NOT NULL AND r.task_id IS NULL
		ORDER BY o.window_ends_at, o.id LIMIT ?`,
		rung, model.PostApproved, from.Add(model.TicketWindow), to.Add(model.TicketWindow), limit).Scan(&list).Error
	return list, fault("due posts", err)
}

// ScanSheet is a Post with what else its publication depends on.
type ScanSheet struct {
	Post    model.Post    `gorm:"embedded;embeddedPrefix:post_"`
	Brand   model.Brand   `gorm:"embedded;embeddedPrefix:brand_"`
	Channel model.Channel `gorm:"embedded;embeddedPrefix:channel_"`
}

var scanColumns = prefixed[model.Post]("o", "post_") + ", " + prefixed[model.Brand]("b", "brand_") + ", " + prefixed[model.Channel]("c", "channel_")

// ScanSheet reads one Post's: one query.
func (r Reader) ScanSheet(ctx context.Context, brandID, postID string) (s ScanSheet, err error) {
	err = r.with(ctx).Table("posts o").Select(scanColumns).Joins("JOIN brands b ON b.id = o.brand_id").Joins("JOIN channels c ON c.id = o.channel_id").
		Where("o.id = ? AND o.brand_id = ?", postID, brandID).Take(&s).Error
	return s, fault("scan sheet", err)
}

// ChannelsOfAccount lists the Channels of a platform that belong to one account of it, of
// all Brands.
func (r Reader) ChannelsOfAccount(ctx context.Context, platform, accountID string) (list []model.Channel, err error) {
	err = r.with(ctx).Where("platform = ? AND platform_account_id = ? AND archived_at IS NULL", platform, accountID).Order("id").Find(&list).Error
	return list, fault("channels of account", err)
}

// ToPublish is an approved Post with a live code, as its poster sees it.
type ToPublish struct {
	ID           string
	BrandID      string
	BrandName    string // public name
	Title        string
	Channel      string
	ScheduledAt  *time.Time
	StartsAt     time.Time
	EarlyAt      *time.Time
	LeadMinutes  int
	WindowEndsAt time.Time
	Posters      []string `gorm:"serializer:json"`
}

// Opens is when the code opens: a lead before its time, or when somebody opened it early.
func (p ToPublish) Opens() time.Time {
	return model.Ticket{StartsAt: p.StartsAt, EarlyAt: p.EarlyAt}.Opens(model.Brand{LeadMinutes: p.LeadMinutes}.Lead())
}

// PostsToPublish lists a Brand's, the nearest end first: as many as a day brings.
func (r Reader) PostsToPublish(ctx context.Context, brandID string, now time.Time) (list []ToPublish, err error) {
	err = r.with(ctx).Table("posts o").
		Select("o.id, o.brand_id, b.public_name AS brand_name, o.title, c.name AS channel, o.scheduled_at, t.starts_at, t.early_at, b.lead_minutes, o.window_ends_at, c.posters").
		Joins("JOIN tickets t ON t.live_post_id = o.id").Joins("JOIN channels c ON c.id = o.channel_id").Joins("JOIN brands b ON b.id = o.brand_id").
		Where("o.brand_id = ? AND o.state = ? AND o.window_ends_at > ?", brandID, model.PostApproved, now).
		Order("o.window_ends_at, o.id").Limit(200).Scan(&list).Error
	return list, fault("posts to publish", err)
}
