package service

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/skip2/go-qrcode"

	"countersign/model"
	"countersign/store"
)

// Scenes resolves the tokens that codes and links carry, and draws their codes.
type Scenes struct {
	base
	wechat    WeChat
	cache     Cache
	sealer    *Sealer
	random    io.Reader
	publicURL string
	entryPage string // of the mini-program
	misses    int    // wrong tokens that one address may try in a minute
}

// newScene inserts a token of the row's kind.
func (s Scenes) newScene(tx *store.Tx, row model.Scene) (model.Scene, error) {
	token, err := model.NewSceneToken(row.Kind, s.random)
	if err != nil {
		return row, err
	}
	row.ID, row.TokenHash = s.newID(), model.HashToken(token)
	if row.TokenSealed, err = s.sealer.Seal([]byte(token), "scene:"+row.ID); err != nil {
		return row, err
	}
	return row, tx.CreateScene(&row)
}

// Token unseals a scene's token, to draw its code or write its link once more.
func (s Scenes) Token(row model.Scene) (string, error) {
	raw, err := s.sealer.Open(row.TokenSealed, "scene:"+row.ID)
	return string(raw), err
}

// find resolves a token of one kind that may still be used at now; looking consumes
// nothing. Unknown, malformed, foreign, expired, revoked and used up give the same
// answer; the caller passes it through missed once his transaction has ended.
func (s Scenes) find(ctx context.Context, r store.Reader, now time.Time, token string, kind model.SceneKind) (model.Scene, error) {
	scene, err := s.lookup(ctx, r, token, kind)
	if err == nil && !scene.Live(now) {
		return model.Scene{}, model.E(model.CodeSceneEnded)
	}
	return scene, err
}

// lookup is find for a token that may have ended.
func (s Scenes) lookup(ctx context.Context, r store.Reader, token string, kind model.SceneKind) (model.Scene, error) {
	if got, known := model.SceneKindOf(token); !known || got != kind {
		return model.Scene{}, model.E(model.CodeSceneEnded)
	}
	scene, err := r.SceneByToken(ctx, model.HashToken(token))
	if (err != nil && model.CodeOf(err) == model.CodeNotFound) || (err == nil && scene.Kind != kind) {
		return model.Scene{}, model.E(model.CodeSceneEnded)
	}
	return scene, err
}

// missed counts a refusal for a token against the caller's address: too many wrong ones
// are slowed down. Any other error passes.
func (s Scenes) missed(ctx context.Context, c Call, err error) error {
	if err == nil || model.CodeOf(err) != model.CodeSceneEnded {
		return err
	}
	return s.slow(ctx, c, err)
}

// slow answers a wrong token's refusal, or that there were too many.
func (s Scenes) slow(ctx context.Context, c Call, err error) error {
	limit := model.Limit{Name: "scene_miss", Rate: s.misses, Period: time.Minute}
	if ok, wait := s.cache.Allow(ctx, limit, "ip:"+c.IP); !ok {
		return model.E(model.CodeTooMany).After(wait)
	}
	return err
}

// Look resolves a token for showing what it leads to. It reads through the cache: what
// it answers may be half a minute old, and nothing is decided by it.
func (s Scenes) Look(ctx context.Context, c Call, token string, kind model.SceneKind) (model.Scene, error) {
	scene, err := s.look(ctx, token, kind)
	return scene, s.missed(ctx, c, err)
}

func (s Scenes) look(ctx context.Context, token string, kind model.SceneKind) (model.Scene, error) {
	if got, known := model.SceneKindOf(token); !known || got != kind {
		return model.Scene{}, model.E(model.CodeSceneEnded)
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return model.Scene{}, err
	}
	hash := model.HashToken(token)
	if raw, ok := s.cache.Scene(ctx, hash); ok {
		var scene model.Scene
		if json.Unmarshal(raw, &scene) == nil {
			return stillLive(scene, now)
		}
	}
	scene, err := s.find(ctx, s.store.Reader, now, token, kind)
	if err == nil {
		kept := scene
		kept.TokenSealed = nil // the cache holds no token, not even sealed
		s.cache.KeepScene(ctx, hash, asJSON(kept), sessionCacheTime)
	}
	return scene, err
}

func stillLive(scene model.Scene, now time.Time) (model.Scene, error) {
	if !scene.Live(now) {
		return model.Scene{}, model.E(model.CodeSceneEnded)
	}
	return scene, nil
}

// Sight is what a Person sees when he has scanned a code.
type Sight struct {
	Kind      model.SceneKind
	BrandName string // the public name
	Member    bool   // he is one already
	Request   *model.AccessRequest
	Post      *model.Post  // only for those who were asked, and staff
	Tasks     []model.Task // his own
	Account   string       // binding: whose account
	AskedAt   time.Time    // binding: when it was asked
	AskedFrom string       // binding: the browser that asked
	ExpiresAt *time.Time
}

// See tells a Person what the token he scanned leads to. A stranger sees the Brand's
// public name and nothing else (rule 1).
func (s Scenes) See(ctx context.Context, c Call, token string) (Sight, error) {
	kind, _ := model.SceneKindOf(token)
	scene, err := s.look(ctx, token, kind)
	if err != nil && kind == model.SceneInvitation && model.CodeOf(err) == model.CodeSceneEnded {
		scene, err = s.askedWith(ctx, c, token)
	}
	if err := s.missed(ctx, c, err); err != nil {
		return Sight{}, err
	}
	out := Sight{Kind: kind, ExpiresAt: scene.ExpiresAt}
	if kind == model.SceneBinding {
		err = s.seeBinding(ctx, scene, &out)
		return out, err
	}
	brand, err := s.store.Brand(ctx, *scene.BrandID)
	if err != nil {
		return out, err
	}
	out.BrandName = brand.PublicName
	if kind == model.ScenePost {
		err = s.seePost(ctx, c, scene, &out)
		return out, err
	}
	err = s.seeInvitation(ctx, c, scene, &out)
	return out, err
}

// askedWith finds an invitation that has ended but through which the caller asked
// before, perhaps as its last use: it goes on showing him what became of his request.
func (s Scenes) askedWith(ctx context.Context, c Call, token string) (model.Scene, error) {
	scene, err := s.lookup(ctx, s.store.Reader, token, model.SceneInvitation)
	if err != nil {
		return scene, err
	}
	last, err := s.store.LastAccess(ctx, *scene.BrandID, c.Principal.PersonID)
	if err == nil && (last == nil || last.InvitationID != scene.SubjectID) {
		err = model.E(model.CodeSceneEnded)
	}
	return scene, err
}

// seeBinding says whose account asks, when, and from which browser: what a person needs
// to notice that somebody else asked.
func (s Scenes) seeBinding(ctx context.Context, scene model.Scene, out *Sight) error {
	user, err := s.store.User(ctx, scene.SubjectID)
	if err != nil {
		return err
	}
	session, err := s.store.SessionByID(ctx, *scene.SessionID)
	out.Account, out.AskedAt, out.AskedFrom = user.Name+" · "+maskEmail(user.Email), scene.CreatedAt, session.UserAgent
	return err
}

// maskEmail shows enough to recognise one's own address.
func maskEmail(email string) string {
	at := bytes.IndexByte([]byte(email), '@')
	if at < 1 {
		return "***"
	}
	return email[:1] + "***" + email[at:]
}

func (s Scenes) seePost(ctx context.Context, c Call, scene model.Scene, out *Sight) error {
	seats, err := s.store.Seats(ctx, c.Principal.Viewer())
	if err != nil {
		return err
	}
	ids, staff := seatsIn(seats, *scene.BrandID)
	out.Member = len(ids) > 0
	if !out.Member {
		return nil
	}
	if out.Tasks, err = s.store.TasksOfPost(ctx, ids, scene.SubjectID); err != nil || (len(out.Tasks) == 0 && !staff) {
		return err
	}
	post, err := s.store.Post(ctx, *scene.BrandID, scene.SubjectID)
	out.Post = &post
	return err
}

// seatsIn are the memberships in one Brand, and whether one of them is staff's.
func seatsIn(seats []store.Seat, brandID string) (ids []string, staff bool) {
	for _, seat := range seats {
		if seat.BrandID == brandID {
			ids = append(ids, seat.MemberID)
			staff = staff || seat.Role.Staff()
		}
	}
	return ids, staff
}

func (s Scenes) seeInvitation(ctx context.Context, c Call, scene model.Scene, out *Sight) (err error) {
	if out.Member, err = s.store.PersonMember(ctx, *scene.BrandID, c.Principal.PersonID); err != nil {
		return err
	}
	out.Request, err = s.store.LastAccess(ctx, *scene.BrandID, c.Principal.PersonID)
	return err
}

// codeLife is how long a drawn code stays in the cache after its last drawing.
const codeLife = 24 * time.Hour

// Code draws the mini-program code of a token: one picture per token, however often it
// is looked at.
func (s Scenes) Code(ctx context.Context, scene model.Scene) ([]byte, error) {
	now, err := s.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	if !scene.Live(now) {
		return nil, model.E(model.CodeSceneEnded)
	}
	token, err := s.Token(scene)
	if err != nil {
		return nil, err
	}
	life := codeLife
	if scene.ExpiresAt != nil {
		life = min(life, scene.ExpiresAt.Sub(now))
	}
	return s.cache.PictureOnce(ctx, "code:"+scene.TokenHash, life, func(ctx context.Context) ([]byte, error) {
		return s.wechat.CodeImage(ctx, model.CodeImageRequest{Scene: token, Page: s.entryPage, Width: 430})
	})
}

// Landing is the kind of token that a page for people without the mini-program at hand
// takes: an invitation's, or a Post's.
func (s Scenes) Landing(token string) model.SceneKind {
	if kind, _ := model.SceneKindOf(token); kind == model.ScenePost {
		return kind
	}
	return model.SceneInvitation
}

// Link is the page of an invitation or a Post, for sending as text.
func (s Scenes) Link(token string) string { return s.publicURL + "/i/" + token }

// LinkQR draws the link as an ordinary QR code, for those who print it or whose phone
// has no WeChat at hand.
func (s Scenes) LinkQR(ctx context.Context, scene model.Scene) ([]byte, error) {
	token, err := s.Token(scene)
	if err != nil {
		return nil, err
	}
	return s.cache.PictureOnce(ctx, "link:"+scene.TokenHash, codeLife, func(context.Context) ([]byte, error) {
		png, err := qrcode.Encode(s.Link(token), qrcode.Medium, 512)
		if err != nil {
			return nil, model.E(model.CodeInternal).Because(err)
		}
		return png, nil
	})
}

// linkLife is how long a visitor's own URL Link lives.
const linkLife = 24 * time.Hour

// URLLink makes a fresh link into the mini-program for one visitor of the invitation's
// page. It consumes nothing.
func (s Scenes) URLLink(ctx context.Context, c Call, token string) (string, error) {
	if _, err := s.Look(ctx, c, token, s.Landing(token)); err != nil {
		return "", err
	}
	return s.wechat.URLLink(ctx, model.URLLinkRequest{Path: s.entryPage, Query: "scene=" + token, Life: linkLife})
}
