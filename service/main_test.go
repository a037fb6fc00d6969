package service_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// bundle is the program on a fresh database with one brand, called past HTTP.
type bundle struct {
	*testkit.App
	b      *testkit.Brand
	db     *sql.DB
	admin  service.Call
	editor service.Call
}

func setup(t *testing.T, e testkit.Engine, o testkit.Options) *bundle {
	t.Helper()
	x := &bundle{App: testkit.NewApp(t, e, o)}
	x.db = x.Database.SQL(t)
	x.brand(t)
	x.admin, x.editor = x.CallOf(t, x.b.Admin), x.CallOf(t, x.b.Editor)
	return x
}

// brand is what testkit's NewBrand makes, without hashing a password each time.
func (x *bundle) brand(t *testing.T) {
	t.Helper()
	n := serial.Add(1)
	row := model.Brand{ID: testkit.NewID(), Name: fmt.Sprint("内部名 ", n), PublicName: fmt.Sprint("品牌 ", n), TimeZone: "Asia/Shanghai"}
	must(t, x.Store.InTx(t.Context(), func(tx *store.Tx) error { return tx.CreateBrand(&row) }))
	x.b = &testkit.Brand{ID: row.ID, Path: "/api/v1/brands/" + row.ID}
	x.b.Admin, x.b.AdminMember, x.b.AdminEmail = x.user(t, model.RoleAdmin)
	x.b.Editor, x.b.EditorMember, x.b.EditorEmail = x.user(t, model.RoleEditor)
	admin := x.CallOf(t, x.b.Admin)
	var err error
	x.b.Channel, err = x.Service.Brands.CreateChannel(t.Context(), admin, row.ID, service.ChannelSpec{Name: "服务号", Platform: "wechat_official"})
	must(t, err)
	x.b.Flow, err = x.Service.Flows.Create(t.Context(), admin, row.ID, flowSpec("默认流程", step(model.ModeAny, x.b.AdminMember)))
	must(t, err)
	must(t, x.Service.Brands.SetPlatform(t.Context(), admin, model.PlatformSetting{BrandID: row.ID, Platform: "wechat_official", DefaultFlowID: &x.b.Flow, AllowChange: true}))
}

// passwordHash is of testkit.Password.
var passwordHash = sync.OnceValues(func() (string, error) { return testkit.CheapHash.Hash(testkit.Password) })

// user is a member of the brand with a console session.
func (x *bundle) user(t testing.TB, role model.Role) (c testkit.Client, member, email string) {
	t.Helper()
	hash, err := passwordHash()
	must(t, err)
	n := serial.Add(1)
	u := model.User{ID: testkit.NewID(), Email: fmt.Sprintf("%s%d@brand.example", role, n), Name: fmt.Sprint("同事 ", n), PasswordHash: hash}
	m := model.Member{ID: testkit.NewID(), BrandID: x.b.ID, UserID: &u.ID, Role: role}
	token := rand.Text() + rand.Text()
	must(t, x.Store.InTx(t.Context(), func(tx *store.Tx) error {
		s := model.Session{ID: testkit.NewID(), Kind: model.SessionConsole, UserID: &u.ID, TokenHash: model.HashToken(token), ExpiresAt: tx.Now.Add(12 * time.Hour)}
		return errors.Join(tx.CreateUser(&u), tx.SaveMember(&m), tx.CreateSession(&s))
	}))
	return testkit.Client{URL: x.Server.URL, Cookie: token}, m.ID, u.Email
}

var serial atomic.Int64

// keyed is the call under an idempotency key.
func keyed(c service.Call, key, body string) service.Call {
	c.Key, c.RequestHash = key, model.HashToken(body)
	return c
}

// refused asks for a refusal and answers it.
func refused(t testing.TB, err error, code model.Code) *model.Error {
	t.Helper()
	e, ok := errors.AsType[*model.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("got %v, want %q", err, code)
	}
	return e
}

// wantCode asks for a refusal, "" for none.
func wantCode(t testing.TB, err error, code model.Code) {
	t.Helper()
	if code != "" {
		_ = refused(t, err, code)
	} else if err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// step is one step of a flow.
func step(mode model.Mode, approvers ...string) model.StepSpec {
	return model.StepSpec{Mode: mode, Approvers: approvers}
}

func flowSpec(name string, steps ...model.StepSpec) model.FlowSpec {
	return model.FlowSpec{
		Name: name, ContentTypes: []model.ContentType{model.ContentWeChatArticle}, Platforms: []string{"wechat_official"}, Steps: steps,
	}
}

// flow makes a flow and answers its id.
func (x *bundle) flow(t testing.TB, steps ...model.StepSpec) string {
	t.Helper()
	id, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, flowSpec(fmt.Sprint("流程 ", serial.Add(1)), steps...))
	must(t, err)
	return id
}

func articleSpec(title, flow string) service.ArticleSpec {
	a := service.ArticleSpec{Content: model.Content{Title: title, BodyHTML: "<p>" + title + "</p>"}}
	if flow != "" {
		a.Choice.FlowID = &flow
	}
	return a
}

// post writes a post of n articles that choose the flow, "" the default.
func (x *bundle) post(t testing.TB, flow string, n int) string {
	t.Helper()
	spec := service.PostSpec{ChannelID: x.b.Channel}
	for i := range n {
		spec.Articles = append(spec.Articles, articleSpec(fmt.Sprint("文章 ", i+1), flow))
	}
	id, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
	must(t, err)
	return id
}

// submitted is post, sent to review.
func (x *bundle) submitted(t testing.TB, flow string, n int) string {
	t.Helper()
	id := x.post(t, flow, n)
	must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, id, nil))
	return id
}

// task is a turn, as its row has it.
type task struct{ ID, Member, State, Digest, Article, Step, Review string }

// tasks lists a post's turns by article, step and member.
func (x *bundle) tasks(t testing.TB, postID string) (out []task) {
	t.Helper()
	for _, r := range testkit.Rows(t, x.db, `SELECT t.id, t.member_id, t.state, v.digest, t.article_id, t.review_step_id, t.review_id FROM tasks t
		JOIN reviews v ON v.id = t.review_id JOIN review_steps s ON s.id = t.review_step_id JOIN articles a ON a.id = t.article_id
		WHERE t.post_id = ? ORDER BY v.round, a.position, s.position, t.id`, postID) {
		out = append(out, task{r[0], r[1], r[2], r[3], r[4], r[5], r[6]})
	}
	return out
}

// open is the member's open turn in a post.
func (x *bundle) open(t testing.TB, postID, member string) task {
	t.Helper()
	for _, k := range x.tasks(t, postID) {
		if k.Member == member && k.State == "open" {
			return k
		}
	}
	t.Fatalf("%s has no open turn", member)
	return task{}
}

func approve(k task) model.Answer { return model.Answer{Action: model.ActionApprove, Digest: k.Digest} }

func reject(k task, keepFlow bool) model.Answer {
	return model.Answer{Action: model.ActionReject, Digest: k.Digest, Reason: "需要修改", KeepFlow: keepFlow}
}

// decide answers the member's open turn in a post.
func (x *bundle) decide(t testing.TB, c service.Call, postID, member string, answer func(task) model.Answer) service.Outcome {
	t.Helper()
	k := x.open(t, postID, member)
	out, err := x.Service.Reviews.Decide(t.Context(), c, k.ID, answer(k))
	must(t, err)
	return out
}

// reviewer is an admitted reviewer with his call.
type reviewer struct {
	testkit.Reviewer
	call   service.Call
	person string
}

func (x *bundle) reviewer(t testing.TB) reviewer {
	t.Helper()
	r := x.NewReviewer(t, x.b)
	c := x.CallOf(t, r.Client)
	return reviewer{r, c, c.Principal.PersonID}
}

// stranger is a person with a nickname who belongs to no brand.
func (x *bundle) stranger(t testing.TB) service.Call {
	t.Helper()
	return x.CallOf(t, x.Named(t, fmt.Sprint("陌生人 ", serial.Add(1))))
}

// invite answers a live invitation's token.
func (x *bundle) invite(t testing.TB, uses int) string {
	t.Helper()
	_, token := x.Invite(t, x.b, testkit.M{"max_uses": uses})
	return token
}

// staff adds a console user to the brand and answers his call and member.
func (x *bundle) staff(t testing.TB, role model.Role) (service.Call, string) {
	t.Helper()
	client, member, _ := x.user(t, role)
	return x.CallOf(t, client), member
}

// cell is one value of the database.
func (x *bundle) cell(t testing.TB, query string, args ...any) string {
	t.Helper()
	rows := testkit.Rows(t, x.db, query, args...)
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%s: %v", query, rows)
	}
	return rows[0][0]
}

// chained asks that the brand's audit is whole.
func (x *bundle) chained(t testing.TB) {
	t.Helper()
	if seq := testkit.Broken(t, x.Store, x.b.ID); seq != 0 {
		t.Errorf("the audit is broken at %d", seq)
	}
}
