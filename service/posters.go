package service

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// passFor is what a pass is signed as.
const passFor = "pass"

// Pass is a poster's own way to a Post's code.
type Pass struct {
	URL   string
	State model.ScanState // where it leads now
}

// Pass makes the link with which a named poster opens a Post's code on any phone: it ends
// with the Signer's window, and every use of it asks anew whether he is still a poster.
func (s Tickets) Pass(ctx context.Context, c Call, brandID, postID string) (p Pass, err error) {
	st, err := standingOf(ctx, s.store.Reader, brandID, postID)
	if err != nil {
		return p, err
	}
	me, err := s.posterOf(ctx, c, st)
	if err != nil {
		return p, err
	}
	t, err := s.store.LiveTicket(ctx, brandID, postID)
	if err != nil {
		return p, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return p, err
	}
	token, err := s.Token(t)
	if err != nil {
		return p, err
	}
	pass := me.ID + "&" + s.signer.Query(passFor, t.ID+":"+me.ID, now)
	p.URL = s.Link(token) + "#" + base64.RawURLEncoding.EncodeToString([]byte(pass)) // what follows # is never sent, so no log has it
	p.State = t.Scan(now, st.Brand.Lead(), st.Post.State, st.approved)
	return p, nil
}

// passPicture is large enough for a phone's screen, and for its album.
var passPicture = QR{Size: 512, Level: "medium"}

// PassPicture draws a poster's own link as a PNG. Each has its own, so none is kept.
func (s Tickets) PassPicture(ctx context.Context, c Call, brandID, postID string) ([]byte, error) {
	p, err := s.Pass(ctx, c, brandID, postID)
	if err != nil {
		return nil, err
	}
	return passPicture.draw(p.URL)
}

// posterOf is the caller as a poster of a Post; to anybody else the Post is not there.
func (s Tickets) posterOf(ctx context.Context, c Call, st standing) (store.MemberView, error) {
	seats, err := s.store.Seats(ctx, c.Principal.Viewer())
	if err != nil {
		return store.MemberView{}, err
	}
	ids, _ := seatsIn(seats, st.Brand.ID)
	for _, id := range ids {
		m, err := s.store.Member(ctx, st.Brand.ID, id)
		if err != nil {
			return m, err
		}
		if MayScan(m.Member, st.Channel.Posters) {
			return m, nil
		}
	}
	return store.MemberView{}, model.E(model.CodeNotFound)
}

// Holder is the Member whom a pass names for the Ticket of a token, "" when it is no pass
// for it any more.
func (s Tickets) Holder(ticketID, pass string, now time.Time) (memberID string, left time.Duration) {
	raw, err := base64.RawURLEncoding.DecodeString(pass)
	parts := strings.Split(string(raw), "&")
	if err != nil || len(parts) != 3 {
		return "", 0
	}
	exp, isExp := strings.CutPrefix(parts[1], "exp=")
	sig, isSig := strings.CutPrefix(parts[2], "sig=")
	left, ok := s.signer.Valid(passFor, ticketID+":"+parts[0], exp, sig, now)
	if !isExp || !isSig || !ok {
		return "", 0
	}
	return parts[0], left
}

// Takes tells for how long a pass holds for the code of a token; a wrong one is refused.
func (s Tickets) Takes(ctx context.Context, c Call, token, pass string) (time.Duration, error) {
	t, err := s.byToken(ctx, c, token)
	if err != nil {
		return 0, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	member, left := s.Holder(t.ID, pass, now)
	if member == "" {
		return 0, model.E(model.CodeTicketForbidden)
	}
	return left, nil
}

// Forbidden tells whether a code shows nothing to whoever looks at it: only named posters
// may, and he is none, or not known.
func (s Tickets) Forbidden(ctx context.Context, c Call, v Scan, passed string) (bool, error) {
	if !v.Named {
		return false, nil
	}
	m, err := s.knownAs(ctx, s.store.Reader, c, v.BrandID, passed)
	return m.ID == "" || !MayScan(m, v.Posters), err
}

// ToPublish lists what waits for the caller to be published, the nearest time first.
func (s Tickets) ToPublish(ctx context.Context, c Call) (out []store.ToPublish, err error) {
	seats, err := s.store.Seats(ctx, c.Principal.Viewer())
	if err != nil {
		return nil, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	for _, seat := range seats {
		list, err := s.store.PostsToPublish(ctx, seat.BrandID, now)
		if err != nil {
			return nil, err
		}
		m := model.Member{ID: seat.MemberID, Role: seat.Role}
		out = append(out, slices.DeleteFunc(list, func(p store.ToPublish) bool { return !MayScan(m, p.Posters) })...)
	}
	slices.SortStableFunc(out, func(a, b store.ToPublish) int { return a.WindowEndsAt.Compare(b.WindowEndsAt) })
	return slices.CompactFunc(out, func(a, b store.ToPublish) bool { return a.ID == b.ID }), nil // bound, he may sit twice in a Brand
}
