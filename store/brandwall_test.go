package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// furnished is a brand with a row of every kind that a read finds by its Brand.
type furnished struct {
	*bundle
	ticket     model.Ticket
	deputy     model.Deputy
	webhook    model.Webhook
	delivery   model.Delivery
	invitation model.Invitation
	words      model.WordList
	media      model.Media
	dead       model.OutboxMessage
}

func furnish(t *testing.T, b *bundle) furnished {
	t.Helper()
	f := furnished{bundle: b}
	id := b.brand.ID
	b.in(t, func(tx *store.Tx) error {
		at := tx.Now
		f.ticket = model.Ticket{
			ID: testkit.NewID(), BrandID: id, PostID: b.post.ID, TokenHash: model.HashToken(id), TokenSealed: []byte{1}, IssuedBy: b.admin.ID,
			IssuedAt: at, StartsAt: at, ExpiresAt: at.Add(model.TicketWindow),
		}
		o := model.Opening{ID: testkit.NewID(), BrandID: id, PostID: b.post.ID, TicketID: f.ticket.ID, IdemKey: "k", Way: model.OpeningDouyin}
		p := model.Publication{ID: testkit.NewID(), BrandID: id, PostID: b.post.ID, Source: model.SourceStaff, FactKey: id, Account: model.AccountUnknown, Name: "同事", At: at}
		f.deputy = model.Deputy{ID: testkit.NewID(), BrandID: id, MemberID: b.reviewer.ID, DeputyID: b.admin.ID, FromAt: at, UntilAt: at.Add(time.Hour), CreatedBy: b.admin.ID}
		f.webhook = model.Webhook{ID: testkit.NewID(), BrandID: id, URL: "https://hooks.example/" + id, Kinds: []string{}, Active: true, Secret: []byte("s"), CreatedBy: b.admin.ID}
		f.invitation = model.Invitation{ID: testkit.NewID(), BrandID: id, SceneID: b.scene.ID, CreatedBy: b.admin.ID}
		f.words = model.WordList{ID: testkit.NewID(), BrandID: id, Name: "词库", Severity: model.SeverityWarn, Enabled: true, Words: []model.Word{{Word: "某词"}}}
		f.media = model.Media{ID: testkit.NewID(), BrandID: id, Kind: model.MediaPicture, Name: "图", Mime: "image/png", Bytes: 5, CreatedBy: b.admin.ID}
		tx.Audit(entry(id, 1))
		return errors.Join(tx.CreateTicket(&f.ticket), tx.CreateOpening(&o), tx.CreatePublication(&p), tx.CreateDeputy(&f.deputy), tx.CreateWebhook(&f.webhook),
			tx.CreateInvitation(&f.invitation), tx.CreateWordList(&f.words), tx.CreateMedia(&f.media, 100))
	})
	b.in(t, func(tx *store.Tx) error {
		tx.Audit(entry(id, 2))
		_, err := tx.FinishMedia(f.media, model.MediaFacts{Bytes: 5, SHA256: model.HashToken(id), BlobKey: "b"})
		f.dead = owed(id)
		f.dead.Recipient = "wechat:" + b.person.ID
		tx.Owe(f.dead)
		return err
	})
	testkit.Exec(t, b.sql, "UPDATE outbox SET state = 'dead' WHERE id = ?", f.dead.ID)
	b.exec(t, "UPDATE posts SET scheduled_at = created_at, window_ends_at = ?, state = 'approved' WHERE id = ?", testkit.Start.Add(time.Hour), b.post.ID)
	f.delivery = model.Delivery{ID: testkit.NewID()}
	testkit.Exec(t, b.sql, `INSERT INTO webhook_deliveries (id, webhook_id, brand_id, seq, kind, subject_kind, subject_id, actor_kind, at, state, attempts, next_at, status, last_error, created_at)
		SELECT ?, id, brand_id, 1, 'post.created', 'post', 'p', 'user', created_at, 'owed', 0, created_at, 0, '', created_at FROM webhooks WHERE id = ?`, f.delivery.ID, f.webhook.ID)
	testkit.Exec(t, b.sql, "INSERT INTO media_uses (media_id, revision_id, brand_id, article_id, number, created_at) SELECT id, ?, brand_id, ?, 1, created_at FROM media WHERE id = ?", testkit.NewID(), b.article.ID, f.media.ID)
	return f
}

// exec changes rows through the store's own connection, which writes times as the store does.
func (b *bundle) exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	b.in(t, func(tx *store.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}

// found is how much a read or an update found: a list's length, 1 for a row or a move, 0
// where it says that there is none.
func found(t testing.TB, v any, err error) int {
	t.Helper()
	if code := model.CodeOf(err); err != nil && (code == model.CodeNotFound || code == model.CodeStale) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	switch r := reflect.ValueOf(v); r.Kind() { //nolint:exhaustive // reads answer nothing else
	case reflect.Slice, reflect.Map:
		return r.Len()
	case reflect.Bool:
		if !r.Bool() {
			return 0
		}
	case reflect.Pointer:
		if r.IsNil() {
			return 0
		}
	case reflect.Int, reflect.Int64:
		return int(r.Int())
	}
	return 1
}

// of makes one of the two results that reads give.
func of[T any](v T, err error) (any, error) { return v, err }

// firstOf leaves a second result out.
func firstOf[T, U any](v T, _ U, err error) (any, error) { return v, err }

// done is a write that says with its error alone whether it found its row.
func done(err error) (any, error) { return true, err }

var anyPage = store.Page{Limit: 50}

// walled are the reads and the moves that take a Brand beside what they look for.
var walled = map[string]func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error){
	"ActiveMembers": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.ActiveMembers(ctx, brand, []string{f.admin.ID}))
	},
	"AccessRequest": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.AccessRequest(ctx, brand, f.access.ID))
	},
	"ArchiveFlow": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.ArchiveFlow(brand, f.flow.ID))
	},
	"Article": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Article(ctx, brand, f.article.ID))
	},
	"Articles": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Articles(ctx, brand, f.post.ID))
	},
	"ArticleViews": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.ArticleViews(ctx, brand, f.post.ID))
	},
	"AuditSubjects": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.AuditSubjects(ctx, brand, f.post.ID))
	},
	"Channel": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Channel(ctx, brand, f.channel.ID))
	},
	"ChannelRule": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.ChannelRule(ctx, brand, f.channel.ID))
	},
	"CurrentFlow": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.CurrentFlow(ctx, brand, f.flow.ID))
	},
	"DeleteWebhook": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return f.gone(tx, "webhooks", func() error { return tx.DeleteWebhook(brand, f.webhook.ID) })
	},
	"DeleteWordList": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return f.gone(tx, "word_lists", func() error { return tx.DeleteWordList(brand, f.words.ID) })
	},
	"Deliveries": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Deliveries(ctx, brand, f.webhook.ID, "", anyPage))
	},
	"Delivery": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Delivery(ctx, brand, f.webhook.ID, f.delivery.ID))
	},
	"Deputies": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Deputies(ctx, brand, []string{f.admin.ID}, anyPage))
	},
	"Deputy": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Deputy(ctx, brand, f.deputy.ID))
	},
	"DropMedia": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		if _, err := tx.Exec("DELETE FROM media_uses"); err != nil {
			return nil, err
		}
		m := f.media
		m.BrandID, m.Version = brand, 2
		return done(tx.DropMedia(m))
	},
	"EndDeputy": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.EndDeputy(brand, f.deputy.ID))
	},
	"Flow": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Flow(ctx, brand, f.flow.ID))
	},
	"FlowVersion": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return firstOf(tx.FlowVersion(ctx, brand, f.version.ID))
	},
	"FlowVersionAt": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return firstOf(tx.FlowVersionAt(ctx, brand, f.flow.ID, 1))
	},
	"FlowVersions": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.FlowVersions(ctx, brand, f.flow.ID, 0, 10))
	},
	"HoldHumans": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.HoldHumans(brand, []string{f.admin.ID}))
	},
	"HoldMedia": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.HoldMedia(brand, []string{f.media.ID}))
	},
	"Humans": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Humans(ctx, brand, []string{f.reviewer.ID}))
	},
	"Invitation": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Invitation(ctx, brand, f.invitation.ID))
	},
	"LastAccess": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LastAccess(ctx, brand, f.person.ID))
	},
	"LiveTicket": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LiveTicket(ctx, brand, f.post.ID))
	},
	"LockDefaultedPlatforms": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LockDefaultedPlatforms(brand, f.flow.ID))
	},
	"LockMedia": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LockMedia(brand, f.media.ID))
	},
	"LockOverdue": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LockOverdue(brand, []string{f.post.ID}))
	},
	"LockPost": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LockPost(brand, f.post.ID))
	},
	"LockWebhook": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.LockWebhook(brand, f.webhook.ID))
	},
	"Media": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Media(ctx, brand, f.media.ID))
	},
	"MediaByID": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.MediaByID(ctx, brand, []string{f.media.ID}))
	},
	"MediaUses": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.MediaUses(ctx, brand, f.media.ID, 10))
	},
	"Member": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Member(ctx, brand, f.reviewer.ID))
	},
	"MembersByID": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.MembersByID(ctx, brand, []string{f.reviewer.ID}))
	},
	"Openings": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Openings(ctx, brand, f.post.ID, anyPage))
	},
	"PersonMember": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.PersonMember(ctx, brand, f.person.ID))
	},
	"Post": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Post(ctx, brand, f.post.ID))
	},
	"PostSheet": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return firstOf(tx.PostSheet(ctx, brand, f.post.ID))
	},
	"PostViews": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.PostViews(ctx, brand, []string{f.post.ID}))
	},
	"Publications": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Publications(ctx, brand, f.post.ID))
	},
	"Review": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Review(ctx, brand, f.review.ID))
	},
	"Reviews": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Reviews(ctx, brand, []string{f.review.ID}))
	},
	"Revision": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Revision(ctx, brand, f.article.ID, 1))
	},
	"ScanSheet": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.ScanSheet(ctx, brand, f.post.ID))
	},
	"Staff": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Staff(ctx, brand, *f.admin.UserID))
	},
	"UndeliveredOne": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.UndeliveredOne(ctx, brand, f.dead.ID))
	},
	"UpdateWordList": func(_ context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		l := f.words
		l.BrandID = brand
		return done(tx.UpdateWordList(l))
	},
	"Webhook": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.Webhook(ctx, brand, f.webhook.ID))
	},
	"WordList": func(ctx context.Context, tx *store.Tx, f furnished, brand string) (any, error) {
		return of(tx.WordList(ctx, brand, f.words.ID))
	},
}

// gone tells whether an act has deleted a row of a table.
func (f furnished) gone(tx *store.Tx, table string, act func() error) (any, error) {
	rows := func() (n int, err error) { return n, tx.Ask("SELECT COUNT(*) FROM "+table, &n) }
	before, err := rows()
	if err == nil {
		err = act()
	}
	after, err2 := rows()
	return before > after, errors.Join(err, err2)
}

// What is looked for in another Brand than its own is not there, whatever it is.
func TestNothingIsFoundInAnotherBrand(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		one, two := furnish(t, b), furnish(t, b.another(t))
		b.clock.Add(2 * time.Hour) // its window is over
		for name, look := range walled {
			for brand, own := range map[string]bool{one.brand.ID: true, two.brand.ID: false} {
				err := b.InTx(t.Context(), func(tx *store.Tx) error {
					v, err := look(t.Context(), tx, one, brand)
					n := found(t, v, err)
					if own && n == 0 {
						t.Errorf("%s finds nothing in its own brand: %v", name, err)
					}
					if !own && n != 0 {
						t.Errorf("%s finds %d in another brand", name, n)
					}
					return errStop
				})
				if !errors.Is(err, errStop) {
					t.Fatal(name, err)
				}
			}
		}
	})
}

// Lists of a Brand have its own rows alone: as many as one Brand has, and all of them its.
func TestListsAreOfOneBrand(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		one, two := furnish(t, b), furnish(t, b.another(t))
		ctx, id := t.Context(), one.brand.ID
		window := model.Window{From: testkit.Start.Add(-time.Hour), To: testkit.Start.Add(time.Hour)}
		for name, tc := range map[string]struct {
			list func() (any, error)
			want int
		}{
			"AccessRequests":   {func() (any, error) { return of(b.AccessRequests(ctx, id, "", anyPage)) }, 1},
			"AdminContacts":    {func() (any, error) { return of(b.AdminContacts(ctx, []string{id})) }, 1},
			"ArchivedFlows":    {func() (any, error) { return of(b.ArchivedFlows(ctx, id, anyPage)) }, 0},
			"Audit":            {func() (any, error) { return of(b.Audit(ctx, id, store.AuditFilter{}, store.AuditPage{Limit: 50})) }, 2},
			"Calendar":         {func() (any, error) { return firstOf(b.Calendar(ctx, id, window, store.PostFilter{}, nil, 50)) }, 1},
			"Channels":         {func() (any, error) { return of(b.Channels(ctx, id, anyPage)) }, 1},
			"Deputies":         {func() (any, error) { return of(b.Deputies(ctx, id, nil, anyPage)) }, 1},
			"EnabledWords":     {func() (any, error) { return of(b.EnabledWords(ctx, id)) }, 1},
			"EventsAfter":      {func() (any, error) { return of(b.EventsAfter(ctx, id, 0, 50)) }, 2},
			"FittingFlows":     {func() (any, error) { return of(b.FittingFlows(ctx, id, "wechat_official", model.ContentWeChatArticle)) }, 1},
			"Flows":            {func() (any, error) { return of(b.Flows(ctx, id, anyPage)) }, 1},
			"Invitations":      {func() (any, error) { return of(b.Invitations(ctx, id, anyPage)) }, 1},
			"MediaList":        {func() (any, error) { return of(b.MediaList(ctx, id, store.MediaFilter{}, anyPage)) }, 1},
			"MemberNames":      {func() (any, error) { return of(b.MemberNames(ctx, id)) }, 2},
			"Members":          {func() (any, error) { return of(b.Members(ctx, id, store.MemberFilter{}, anyPage)) }, 2},
			"PlatformSettings": {func() (any, error) { return of(b.PlatformSettings(ctx, id)) }, 1},
			"Posts":            {func() (any, error) { return firstOf(b.Posts(ctx, id, store.PostFilter{}, anyPage)) }, 1},
			"Posts, searched":  {func() (any, error) { return firstOf(b.Posts(ctx, id, store.PostFilter{Search: "标题"}, anyPage)) }, 1},
			"PostsToPublish":   {func() (any, error) { return of(b.PostsToPublish(ctx, id, testkit.Start)) }, 1},
			"Timeline":         {func() (any, error) { return of(b.Timeline(ctx, id, two.post.ID, 0, 50)) }, 0},
			"Undelivered":      {func() (any, error) { return of(b.Undelivered(ctx, id, anyPage)) }, 1},
			"WaitingCount":     {func() (any, error) { return of(b.WaitingCount(ctx, id)) }, 1},
			"WebhookCount":     {func() (any, error) { return of(b.WebhookCount(ctx, id)) }, 1},
			"Webhooks":         {func() (any, error) { return of(b.Webhooks(ctx, id, anyPage)) }, 1},
			"WordListMarks":    {func() (any, error) { return of(b.WordListMarks(ctx, id)) }, 1},
			"WordLists":        {func() (any, error) { return of(b.WordLists(ctx, id)) }, 1},
		} {
			v, err := tc.list()
			if n := found(t, v, err); n != tc.want {
				t.Errorf("%s has %d rows, want %d", name, n, tc.want)
			}
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(raw), two.brand.ID) {
				t.Errorf("%s names the other brand: %s", name, raw)
			}
		}
		for kind, want := range map[model.PostState]int{model.PostApproved: 1, model.PostDraft: 0} {
			o, err := b.Overview(ctx, id, []string{one.admin.ID}, testkit.Start)
			if err != nil || o.States[kind].Count != want {
				t.Errorf("the overview counts %+v, %v", o.States, err)
			}
		}
	})
}
