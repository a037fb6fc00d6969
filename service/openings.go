package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

// ScanTap is one tap on the page of a publish code.
type ScanTap struct {
	Key      string // of the tap: repeated, it is the same Opening
	Device   string // the phone's own number, drawn by the page
	TakeOver bool
	Way      model.OpeningWay
	Pass     string // of a named poster, "" without one
}

// Handed is what a phone gets.
type Handed struct {
	Opening  model.Opening
	Launch   model.Launch // OpeningDouyin
	VideoURL string
	Caption  string
	Lease    time.Time // until then other phones wait
	Ends     time.Time // of the code

	content model.Content
}

// The limits of taps. A share id costs of Douyin's quota.
const (
	tapsPerMinute = 10 // of one code from one address
	tapTries      = 3
	shareLife     = 50 * time.Minute        // Douyin's own is an hour
	launchTime    = 2700 * time.Millisecond // both calls to Douyin together: the page offers again within three seconds
)

// Open hands a phone what it takes to publish (rules 16 to 20). The Douyin link is made
// now, for this phone; the database judges, under the Post's lock, before it is handed out.
func (s Tickets) Open(ctx context.Context, c Call, token string, tap ScanTap) (Handed, error) {
	t, err := s.byToken(ctx, c, token)
	if err != nil {
		return Handed{}, err
	}
	limit := model.Limit{Name: "publish_tap", Rate: tapsPerMinute, Period: time.Minute}
	if ok, wait := s.cache.Allow(ctx, limit, t.ID+":"+c.IP); !ok {
		return Handed{}, model.E(model.CodeTooMany).After(wait)
	}
	for range tapTries {
		out, err := s.open(ctx, c, t, tap)
		if !errors.Is(err, errLost) {
			return out, err
		}
	}
	return Handed{}, model.E(model.CodeUnavailable).Because(errLost)
}

// byToken finds the Ticket of a token, and counts a wrong one.
func (s Tickets) byToken(ctx context.Context, c Call, token string) (model.Ticket, error) {
	if kind, known := model.SceneKindOf(token); !known || kind != model.SceneTicket {
		return model.Ticket{}, s.missed(ctx, c, model.E(model.CodeTicketEnded))
	}
	t, err := s.find(ctx, s.store.Reader, model.HashToken(token))
	return t, s.missed(ctx, c, err)
}

func (s Tickets) open(ctx context.Context, c Call, t model.Ticket, tap ScanTap) (out Handed, err error) {
	now, err := s.store.Now(ctx)
	if err != nil {
		return out, err
	}
	again, err := s.store.OpeningOfTap(ctx, t.ID, tap.Key)
	if err != nil {
		return out, err
	}
	o := s.newOpening(c, t, tap, again, now)
	if again == nil && tap.Way == model.OpeningDownload { // nobody outside is asked
		return s.record(ctx, c, t, tap, o, out)
	}
	st, _, err := s.judge(ctx, s.store.Reader, c, t, tap, again, now) // before Douyin is asked in vain
	if err != nil {
		return out, err
	}
	if out, err = s.handed(ctx, s.store.Reader, t, st, now); err != nil {
		return out, err
	}
	if tap.Way == model.OpeningDouyin {
		if out.Launch, err = s.launch(ctx, &o, out); err != nil {
			return out, err
		}
	}
	if out.Opening = o; again != nil {
		return out, nil
	}
	return s.record(ctx, c, t, tap, o, out)
}

// handed is what a phone gets of a Post, whichever way it takes.
func (s Tickets) handed(ctx context.Context, r store.Reader, t model.Ticket, st standing, now time.Time) (out Handed, err error) {
	if out.content, err = st.content(); err != nil {
		return out, err
	}
	out.Caption, out.Ends = caption(out.content), t.ExpiresAt
	out.VideoURL, err = s.video(ctx, r, t.BrandID, out.content, now)
	return out, err
}

// newOpening is the row of a tap: the one that is there, or a new one.
func (s Tickets) newOpening(c Call, t model.Ticket, tap ScanTap, again *model.Opening, now time.Time) model.Opening {
	if again != nil {
		return *again
	}
	o := model.Opening{
		ID: s.newID(), BrandID: t.BrandID, PostID: t.PostID, TicketID: t.ID, IdemKey: tap.Key, Way: tap.Way, DeviceHash: model.HashToken(tap.Device),
		UserAgent: c.UserAgent, IPHash: c.IPHash, CreatedAt: now,
	}
	return o
}

// launch has Douyin's link made, outside any transaction, for a share id of this Opening's
// own. A repeated tap gets a fresh link under the same one.
func (s Tickets) launch(ctx context.Context, o *model.Opening, out Handed) (model.Launch, error) {
	if s.douyin == nil {
		return model.Launch{}, model.E(model.CodeDouyinOff)
	}
	ctx, cancel := context.WithTimeout(ctx, launchTime)
	defer cancel()
	if o.ShareID == nil {
		share, err := s.douyin.ShareID(ctx)
		if err != nil {
			return model.Launch{}, err
		}
		o.ShareID = &share
	}
	l, err := s.douyin.Launch(ctx, model.LaunchRequest{
		ShareID: *o.ShareID, VideoURL: out.VideoURL, Title: out.content.Title, Hashtags: out.content.Hashtags, EndsAt: out.Ends,
	})
	o.LaunchWay = l.Way
	return l, err
}

// video is the address that the phone fetches the video from.
func (s Tickets) video(ctx context.Context, r store.Reader, brandID string, content model.Content, now time.Time) (string, error) {
	if content.Video == nil {
		return "", model.E(model.CodeNotApproved)
	}
	files, err := r.MediaByID(ctx, brandID, []string{content.Video.ID})
	m, found := files[content.Video.ID]
	switch {
	case err != nil:
		return "", err
	case !found || m.SHA256 != content.Video.SHA256: // not the bytes that were approved
		return "", model.E(model.CodeNotApproved)
	}
	whole, _ := s.media.URLs(m, now)
	return whole, nil
}

// judge rules on a tap: where the code leads, who taps, and who else holds it. again is
// the tap's Opening when it is a repeat, which asks for nothing new.
func (s Tickets) judge(ctx context.Context, r store.Reader, c Call, t model.Ticket, tap ScanTap, again *model.Opening, now time.Time) (st standing, who string, err error) {
	if st, err = standingOf(ctx, r, t.BrandID, t.PostID); err != nil {
		return st, "", err
	}
	state := t.Scan(now, st.Brand.Lead(), st.Post.State, st.approved)
	if err = state.Refusal(t, now, st.Brand.Lead()); err != nil {
		return st, "", err
	}
	holder, _ := s.Holder(t.ID, tap.Pass, now)
	if who, err = s.scanner(ctx, r, c, st, holder); err != nil {
		return st, "", err
	}
	device := model.HashToken(tap.Device)
	switch {
	case again == nil:
		return st, who, t.MayOpen(now, device, tap.TakeOver)
	case again.DeviceHash != device || now.Sub(again.CreatedAt) > shareLife || again.Way != tap.Way:
		return st, who, model.E(model.CodeKeyReused)
	}
	return st, who, nil
}

// scanner is the Member who scans, "" for one who is not known; where only named posters
// may, anybody else is refused.
func (s Tickets) scanner(ctx context.Context, r store.Reader, c Call, st standing, passed string) (string, error) {
	m, err := s.knownAs(ctx, r, c, st.Brand.ID, passed)
	switch {
	case err != nil:
		return "", err
	case !st.Brand.NamedPosters:
		return m.ID, nil
	case m.ID == "" || !MayScan(m, st.Channel.Posters):
		return "", model.E(model.CodeTicketForbidden)
	}
	return m.ID, nil
}

// MayScan tells whether a Member is one of the named posters; without any, staff are.
func MayScan(m model.Member, posters []string) bool {
	if len(posters) == 0 {
		return m.Role.Staff()
	}
	return slices.Contains(posters, m.ID)
}

// knownAs is the active Member behind a console session or a pass, the zero one for others.
func (s Tickets) knownAs(ctx context.Context, r store.Reader, c Call, brandID, passed string) (m model.Member, err error) {
	switch {
	case c.Principal.UserID != "":
		m, err = r.Staff(ctx, brandID, c.Principal.UserID)
	case passed != "":
		var v store.MemberView
		v, err = r.Member(ctx, brandID, passed)
		m = v.Member
	}
	if err != nil && model.CodeOf(err) == model.CodeNotFound {
		return model.Member{}, nil
	}
	return m, err
}

// record writes an Opening, and takes the lease, under the Post's lock. out is what the
// phone gets, as far as it is known.
func (s Tickets) record(ctx context.Context, c Call, t model.Ticket, tap ScanTap, o model.Opening, out Handed) (Handed, error) {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockPost(t.BrandID, t.PostID); err != nil {
			return err
		}
		now, err := tx.TicketByToken(ctx, t.TokenHash)
		if err != nil {
			return err
		}
		st, who, err := s.judge(ctx, tx.Reader, c, now, tap, nil, tx.Now)
		if err != nil {
			return err
		}
		if tap.Way == model.OpeningDownload {
			if out, err = s.handed(ctx, tx.Reader, now, st, tx.Now); err != nil {
				return err
			}
		}
		o.Early, o.TookOver = now.Early(tx.Now, st.Brand.Lead()), now.Held(tx.Now, o.DeviceHash)
		if who != "" {
			o.MemberID = &who
		}
		out.Opening, out.Lease = o, tx.Now.Add(model.LeaseTime)
		return s.saveOpening(tx, c, now, out)
	})
	if errors.Is(err, store.ErrTaken) {
		return out, errLost
	}
	if err == nil {
		s.dropped(ctx, s.cache.DropScan, t.TokenHash)
	}
	return out, err
}

// saveOpening writes what a tap leaves: the Opening, the lease and a line in the audit.
func (s Tickets) saveOpening(tx *store.Tx, c Call, t model.Ticket, out Handed) error {
	o := out.Opening
	if err := tx.CreateOpening(&o); err != nil {
		return err
	}
	tx.Audit(s.scanned(c, o))
	return tx.MoveTicket(t, map[string]any{
		"openings": t.Openings + 1, "lease_opening": o.ID, "lease_device": o.DeviceHash, "lease_agent": o.UserAgent, "lease_since": tx.Now, "lease_until": out.Lease,
	})
}

// scanned is the audit's line about an Opening.
func (s Tickets) scanned(c Call, o model.Opening) model.AuditEntry {
	return byPhone(c, o)(c.entry(o.BrandID, "ticket.scanned", "post", o.PostID, nil, map[string]any{
		"opening": o.ID, "way": o.Way, "launch": o.LaunchWay, "early": o.Early, "took_over": o.TookOver, "agent": o.UserAgent, "member": o.MemberID,
	}))
}

// byPhone makes an audit entry that of a phone that scanned, when nobody is signed in on
// it: whoever has the code may scan it, and his browser is all that is known of him.
func byPhone(c Call, o model.Opening) func(model.AuditEntry) model.AuditEntry {
	return func(e model.AuditEntry) model.AuditEntry {
		if c.Principal.Kind == "" {
			e.ActorKind, e.ActorID, e.ActorName = "visitor", o.ID, o.UserAgent
		}
		return e
	}
}
