package service

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"countersign/model"
	"countersign/store"
)

// Scan is what the page of a publish code shows, as it was up to five seconds ago. Nothing
// is decided by it.
type Scan struct {
	Ticket       model.Ticket // without its sealed token
	Post         model.PostState
	Approved     bool
	Brand        string // public name
	Zone         string
	Lead         time.Duration
	Named        bool     // only named posters may open it
	Posters      []string // they; none: the staff
	BrandID      string
	Scheduled    *time.Time
	Planned      string // the same in the brand's zone: 2026-11-25 19:00
	Offset       string // of the zone at that time: +08:00
	Title        string
	Caption      string
	Hashtags     []string
	Channel      string
	CoverURL     string // of the small picture, "" without one
	PublishedURL string
}

// State is where the code leads at now.
func (v Scan) State(now time.Time) model.ScanState {
	return v.Ticket.Scan(now, v.Lead, v.Post, v.Approved)
}

// Look resolves the token of a publish code for showing its page. One round trip to Redis
// when it was looked at before; it consumes nothing.
func (s Tickets) Look(ctx context.Context, c Call, token string) (v Scan, now time.Time, err error) {
	if now, err = s.store.Now(ctx); err != nil {
		return v, now, err
	}
	v, err = s.look(ctx, token, now)
	return v, now, s.missed(ctx, c, err)
}

func (s Tickets) look(ctx context.Context, token string, now time.Time) (v Scan, err error) {
	if kind, known := model.SceneKindOf(token); !known || kind != model.SceneTicket {
		return v, model.E(model.CodeTicketEnded)
	}
	hash := model.HashToken(token)
	if live, page := s.cache.Scanned(ctx, hash); live != nil && page != nil {
		if v, err = s.keptScan(string(page)); err == nil {
			return v, nil
		}
	}
	t, err := s.find(ctx, s.store.Reader, hash)
	if err != nil {
		return v, err
	}
	if v, err = s.sight(ctx, t, now); err == nil && t.RevokedAt == nil && now.Before(t.ExpiresAt) {
		s.cache.KeepTicket(ctx, hash, ticketEntry(t), t.ExpiresAt)
		s.cache.KeepScan(ctx, hash, asJSON(v))
	}
	return v, err
}

// keptScans is how many pages one replica remembers to have read.
const keptScans = 256

func recentScans() *lru.Cache[string, Scan] {
	c, err := lru.New[string, Scan](keptScans)
	if err != nil { // only when the size is not above 0
		panic(err)
	}
	return c
}

// keptScan reads what the cache keeps of a page. The same bytes are read once.
func (s Tickets) keptScan(page string) (v Scan, err error) {
	if v, known := s.scans.Get(page); known {
		return v, nil
	}
	if err = json.Unmarshal([]byte(page), &v); err == nil {
		s.scans.Add(page, v)
	}
	return v, err
}

// find reads a Ticket by its token's hash. Unknown and revoked look the same.
func (Tickets) find(ctx context.Context, r store.Reader, hash string) (model.Ticket, error) {
	t, err := r.TicketByToken(ctx, hash)
	if (err != nil && model.CodeOf(err) == model.CodeNotFound) || (err == nil && t.RevokedAt != nil) {
		return model.Ticket{}, model.E(model.CodeTicketEnded)
	}
	return t, err
}

// missed counts a refusal for a token against the caller's address, as for other codes.
func (s Tickets) missed(ctx context.Context, c Call, err error) error {
	if err == nil || model.CodeOf(err) != model.CodeTicketEnded {
		return err
	}
	return s.scenes.slow(ctx, c, err)
}

// ticketEntry is what Redis keeps of a live code: its id and its end, 24 bytes.
func ticketEntry(t model.Ticket) []byte {
	id, err := uuid.Parse(t.ID)
	if err != nil { // our ids are UUIDs
		return []byte(t.ID)
	}
	return binary.BigEndian.AppendUint64(id[:], uint64(t.ExpiresAt.UnixMilli()))
}

// sight reads what the page shows from the database.
func (s Tickets) sight(ctx context.Context, t model.Ticket, now time.Time) (v Scan, err error) {
	st, err := standingOf(ctx, s.store.Reader, t.BrandID, t.PostID)
	if err != nil {
		return v, err
	}
	content, err := st.content()
	if err != nil {
		return v, err
	}
	t.TokenSealed = nil // the cache holds no token, not even sealed
	v = Scan{
		Ticket: t, Post: st.Post.State, Approved: st.approved, BrandID: t.BrandID, Brand: st.Brand.PublicName, Zone: st.Brand.TimeZone, Lead: st.Brand.Lead(),
		Named: st.Brand.NamedPosters, Posters: st.Channel.Posters, Scheduled: st.Post.ScheduledAt, Channel: st.Channel.Name,
		Title: content.Title, Caption: caption(content), Hashtags: content.Hashtags,
	}
	if v.Scheduled != nil {
		local := v.Scheduled.In(zoneOf(st.Brand))
		v.Planned, v.Offset = local.Format("2006-01-02 15:04"), local.Format("-07:00")
	}
	if v.CoverURL, err = s.cover(ctx, t.BrandID, content, now); err != nil {
		return v, err
	}
	if v.Post == model.PostPublished {
		v.PublishedURL, err = s.publishedURL(ctx, t)
	}
	return v, err
}

// cover is the address of the picture that stands for the video.
func (s Tickets) cover(ctx context.Context, brandID string, content model.Content, now time.Time) (string, error) {
	if content.Cover == nil {
		return "", nil
	}
	files, err := s.store.MediaByID(ctx, brandID, []string{content.Cover.ID})
	m, found := files[content.Cover.ID]
	if err != nil || !found {
		return "", err
	}
	whole, small := s.media.URLs(m, now)
	if small == "" {
		small = whole
	}
	return small, nil
}

func (s Tickets) publishedURL(ctx context.Context, t model.Ticket) (string, error) {
	said, err := s.store.Publications(ctx, t.BrandID, t.PostID)
	for _, p := range said {
		if p.URL != "" && p.Account != model.AccountWrong {
			return p.URL, err
		}
	}
	return "", err
}

// caption is what a poster pastes when he publishes by hand.
func caption(c model.Content) string {
	parts := []string{c.Title}
	for _, name := range c.Mentions {
		parts = append(parts, "@"+name)
	}
	for _, tag := range c.Hashtags {
		parts = append(parts, "#"+tag)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}
