package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// bundle is a migrated database with one brand, its admin and a post in review.
type bundle struct {
	*store.Store
	db    testkit.Database
	sql   *sql.DB
	clock *testkit.Clock

	brand    model.Brand
	admin    model.Member
	person   model.Person
	reviewer model.Member
	flow     model.Flow
	version  model.FlowVersion
	channel  model.Channel
	setting  model.PlatformSetting
	post     model.Post
	article  model.Article
	review   model.Review
	steps    []model.ReviewStep
	tasks    []model.Task // of the first step: the admin's and the reviewer's; then one of the second
	access   model.AccessRequest
	scene    model.Scene
}

// fresh is a database at the newest schema, with its own clock.
func fresh(t *testing.T, e testkit.Engine) *bundle {
	t.Helper()
	b := &bundle{db: testkit.NewMigrated(t, e), clock: testkit.NewClock()}
	b.Store = b.db.Open(t, b.clock, 0)
	b.sql = b.db.SQL(t)
	return b
}

// in runs an act that must do.
func (b *bundle) in(t testing.TB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := b.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func setup(t *testing.T, e testkit.Engine) *bundle {
	t.Helper()
	return fresh(t, e).another(t)
}

// another is a further brand with all its rows in the same database.
func (b *bundle) another(t *testing.T) *bundle {
	t.Helper()
	b = &bundle{Store: b.Store, db: b.db, sql: b.sql, clock: b.clock}
	b.in(t, func(tx *store.Tx) error {
		for _, build := range []func(*store.Tx) error{b.people, b.rules, b.work} {
			if err := build(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return b
}

func newBrand() model.Brand {
	return model.Brand{ID: testkit.NewID(), Name: "内部", PublicName: "品牌", TimeZone: "Asia/Shanghai"}
}

func (b *bundle) people(tx *store.Tx) error {
	b.brand = newBrand()
	if err := tx.CreateBrand(&b.brand); err != nil {
		return err
	}
	user := model.User{ID: testkit.NewID(), Email: testkit.NewID() + "@brand.example", Name: "管理员", PasswordHash: "x"}
	if err := tx.CreateUser(&user); err != nil {
		return err
	}
	b.person = model.Person{ID: testkit.NewID(), AppID: "app", OpenID: testkit.NewID(), Nickname: "审批人", Language: "zh-CN"}
	if err := tx.CreatePerson(&b.person); err != nil {
		return err
	}
	b.admin = model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, UserID: &user.ID, Role: model.RoleAdmin}
	if err := tx.SaveMember(&b.admin); err != nil {
		return err
	}
	b.reviewer = model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: &b.person.ID, Role: model.RoleReviewer}
	if err := tx.SaveMember(&b.reviewer); err != nil {
		return err
	}
	b.access = model.AccessRequest{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: b.person.ID, InvitationID: testkit.NewID(), Nickname: "审批人"}
	if err := tx.CreateAccess(&b.access); err != nil {
		return err
	}
	b.scene = model.Scene{
		ID: testkit.NewID(), Kind: model.SceneInvitation, BrandID: &b.brand.ID, SubjectID: testkit.NewID(),
		TokenHash: model.HashToken(testkit.NewID()), TokenSealed: []byte{1}, MaxUses: 7,
	}
	return tx.CreateScene(&b.scene)
}

func (b *bundle) rules(tx *store.Tx) error {
	b.flow = model.Flow{ID: testkit.NewID(), BrandID: b.brand.ID, Name: "流程"}
	if err := tx.CreateFlow(&b.flow); err != nil {
		return err
	}
	b.version = model.FlowVersion{
		ID: testkit.NewID(), BrandID: b.brand.ID, FlowID: b.flow.ID, Number: 1, Name: "流程", CreatedBy: b.admin.ID,
		ContentTypes: []model.ContentType{model.ContentWeChatArticle}, Platforms: []string{"wechat_official"},
	}
	steps := []model.FlowStep{{ID: testkit.NewID(), BrandID: b.brand.ID, FlowVersionID: b.version.ID, Position: 1, Mode: model.ModeAny}}
	approvers := []model.FlowApprover{{FlowStepID: steps[0].ID, MemberID: b.admin.ID, BrandID: b.brand.ID, Position: 1}}
	if err := tx.CreateFlowVersion(&b.version, steps, approvers); err != nil {
		return err
	}
	b.channel = model.Channel{ID: testkit.NewID(), BrandID: b.brand.ID, Name: "服务号", Platform: "wechat_official"}
	if err := tx.CreateChannel(&b.channel); err != nil {
		return err
	}
	b.setting = model.PlatformSetting{BrandID: b.brand.ID, Platform: "wechat_official", DefaultFlowID: &b.flow.ID}
	err := tx.SavePlatformSetting(b.setting)
	b.setting.Version = 1
	return err
}

func (b *bundle) work(tx *store.Tx) error {
	id := b.brand.ID
	digest := model.HashToken("content")
	b.post = model.Post{
		ID: testkit.NewID(), BrandID: id, ChannelID: b.channel.ID, Platform: "wechat_official", ContentType: model.ContentWeChatArticle,
		Title: "标题", State: model.PostInReview, CreatedBy: b.admin.ID,
	}
	articles := []model.Article{{
		ID: testkit.NewID(), BrandID: id, PostID: b.post.ID, Position: 1, State: model.ArticleInReview, Title: "标题", RevisionNumber: 1, Digest: digest,
	}}
	revisions := []model.Revision{{ID: testkit.NewID(), BrandID: id, ArticleID: articles[0].ID, Number: 1, Digest: digest, Content: []byte("{}"), CreatedBy: b.admin.ID}}
	if err := tx.CreatePost(&b.post, articles, revisions); err != nil {
		return err
	}
	b.article = articles[0]
	b.review = model.Review{
		ID: testkit.NewID(), BrandID: id, PostID: b.post.ID, ArticleID: b.article.ID, Round: 1, Title: "标题", RevisionNumber: 1, Digest: digest,
		FlowID: &b.flow.ID, FlowVersionID: &b.version.ID, State: model.ReviewRunning, StepPosition: 1, SubmittedBy: b.admin.ID,
	}
	b.steps = []model.ReviewStep{
		{ID: testkit.NewID(), BrandID: id, ReviewID: b.review.ID, Position: 1, Mode: model.ModeAny, State: model.StepOpen},
		{ID: testkit.NewID(), BrandID: id, ReviewID: b.review.ID, Position: 2, Mode: model.ModeAny, State: model.StepWaiting},
	}
	for i, m := range []string{b.admin.ID, b.reviewer.ID, b.admin.ID} {
		b.tasks = append(b.tasks, model.Task{
			ID: testkit.NewID(), BrandID: id, ReviewID: b.review.ID, ReviewStepID: b.steps[i/2].ID, PostID: b.post.ID, ArticleID: b.article.ID, MemberID: m,
			State: []model.TaskState{model.TaskOpen, model.TaskWaiting}[i/2],
		})
	}
	return tx.CreateReviews(store.NewReviews{Reviews: []model.Review{b.review}, Steps: b.steps, Tasks: b.tasks})
}

// entry is an act to record.
func entry(brandID string, n int) model.AuditEntry {
	return model.AuditEntry{
		BrandID: brandID, ActorKind: "user", ActorID: "u", ActorName: "管理员", Action: "test.act", SubjectKind: "thing",
		SubjectID: fmt.Sprint(n), BeforeJSON: []byte{}, AfterJSON: []byte(`{"n":"甲"}`),
	}
}

// owed is a message for the outbox.
func owed(brandID string) model.OutboxMessage {
	id := testkit.NewID()
	return model.OutboxMessage{ID: id, DedupKey: "k:" + id, Topic: "test", BrandID: brandID, Payload: []byte("{}")}
}
