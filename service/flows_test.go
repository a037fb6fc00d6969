package service_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// platform sets the brand's rule for WeChat, at whatever version it has.
func (x *bundle) platform(t testing.TB, change func(*model.PlatformSetting)) error {
	t.Helper()
	s, err := x.Store.PlatformSetting(t.Context(), x.b.ID, "wechat_official")
	must(t, err)
	change(&s)
	return x.Service.Brands.SetPlatform(t.Context(), x.admin, s)
}

func (x *bundle) edit(t testing.TB, flow string, version int64, spec model.FlowSpec) error {
	t.Helper()
	return x.Service.Flows.Edit(t.Context(), x.admin, x.b.ID, flow, version, spec)
}

// An edit makes a new version; what runs keeps the one that it started with.
func TestFlowVersions(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, r.Member))
		running := x.submitted(t, flow, 1)
		must(t, x.edit(t, flow, 1, flowSpec("新", step(model.ModeAny, x.b.AdminMember), step(model.ModeAll, r.Member))))
		wantCode(t, x.edit(t, flow, 1, flowSpec("旧", step(model.ModeAny, r.Member))), model.CodeStale)
		wantCode(t, x.edit(t, flow, 2, flowSpec("坏", step(model.ModeAny, testkit.NewID()))), model.CodeApproverUnknown)
		gone, lost := testkit.NewID(), testkit.NewID()
		e1 := refused(t, x.edit(t, flow, 2, flowSpec("坏", step(model.ModeAny, r.Member, lost), step(model.ModeAll, gone))), model.CodeApproverUnknown)
		if diff := cmp.Diff([]model.FieldError{model.Field("steps[0].approvers[1]", "unknown"), model.Field("steps[1].approvers[0]", "unknown")}, e1.Fields); diff != "" || e1.Args["member"] != lost {
			t.Error(e1.Args, diff)
		}
		wantCode(t, x.edit(t, flow, 2, flowSpec("空")), model.CodeInvalid)
		wantCode(t, x.edit(t, testkit.NewID(), 1, flowSpec("无", step(model.ModeAny, r.Member))), model.CodeNotFound)
		later := x.submitted(t, flow, 1)
		if n, m := len(x.tasks(t, running)), len(x.tasks(t, later)); n != 1 || m != 2 {
			t.Errorf("%d turns in what ran, %d in what came after", n, m)
		}
		if out := x.decide(t, r.call, running, r.Member, approve); out.Post != model.PostApproved {
			t.Errorf("%+v", out)
		}
		got := testkit.Rows(t, x.db, "SELECT f.name, f.current_version, f.version, v.number, v.name FROM flows f JOIN flow_versions v ON v.flow_id = f.id WHERE f.id = ? ORDER BY v.number DESC LIMIT 1", flow)
		if diff := cmp.Diff([][]string{{"新", "2", "2", "2", "新"}}, got); diff != "" {
			t.Error(diff)
		}
		_, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, flowSpec("新", step(model.ModeAny, r.Member)))
		wantCode(t, err, model.CodeNameTaken)
	})
}

// A default cannot be archived without another one, in the same call.
func TestArchivingADefault(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		archive := func(flow, next string) error {
			return x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, flow, next)
		}
		spare, gone := x.flow(t, step(model.ModeAny, x.b.AdminMember)), x.flow(t, step(model.ModeAny, x.b.AdminMember))
		must(t, archive(gone, ""))
		e1 := refused(t, archive(x.b.Flow, ""), model.CodeFlowIsDefault)
		if e1.Args["platforms"] != "wechat_official" {
			t.Error(e1.Args)
		}
		wantCode(t, archive(x.b.Flow, x.b.Flow), model.CodeFlowIsDefault)
		wantCode(t, archive(x.b.Flow, gone), model.CodeFlowArchived)
		unknown := []model.FieldError{model.Field("query.new_default", "unknown")}
		if diff := cmp.Diff(unknown, refused(t, archive(x.b.Flow, testkit.NewID()), model.CodeInvalid).Fields); diff != "" {
			t.Error(diff)
		}
		must(t, x.channel(t, x.admin, &service.SettingSpec{DefaultFlowID: &spare}, false)) // a channel's default likewise
		if diff := cmp.Diff(unknown, refused(t, archive(spare, testkit.NewID()), model.CodeInvalid).Fields); diff != "" {
			t.Error(diff)
		}
		must(t, x.channel(t, x.admin, nil, false))
		row := "SELECT COALESCE(default_flow_id, 'none') FROM platform_settings"
		if got := x.cell(t, row); got != x.b.Flow {
			t.Errorf("a refusal moved the default to %s", got)
		}
		must(t, archive(x.b.Flow, spare))
		if got := x.cell(t, row); got != spare {
			t.Errorf("the default is %s", got)
		}
		_, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, flowSpec(x.cell(t, "SELECT name FROM flows WHERE id = ?", gone), step(model.ModeAny, x.b.AdminMember)))
		must(t, err) // an archived flow leaves its name free
		must(t, archive(spare, service.NoApproval))
		if got := x.cell(t, row); got != "none" {
			t.Errorf("the default is %s", got)
		}
		wantCode(t, x.edit(t, gone, 2, flowSpec("x", step(model.ModeAny, x.b.AdminMember))), model.CodeFlowArchived)
		wantCode(t, x.platform(t, func(s *model.PlatformSetting) { s.DefaultFlowID, s.NoApproval = &gone, false }), model.CodeFlowArchived)
	})
}

// A flow is archived while it becomes a default: one of the two is refused. A default
// that is archived would stop every submit of the platform.
func TestArchiveAndDefaultAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		for range min(rounds(e), 60) {
			flow := x.flow(t, step(model.ModeAny, x.b.AdminMember))
			s, err := x.Store.PlatformSetting(t.Context(), x.b.ID, "wechat_official")
			must(t, err)
			s.DefaultFlowID = &flow
			errs := make([]error, 2)
			testkit.Together(2, func(i int) {
				if i == 0 {
					errs[0] = x.Replicas[0].Service.Flows.Archive(t.Context(), x.admin, x.b.ID, flow, "")
				} else {
					errs[1] = x.Replicas[1].Service.Brands.SetPlatform(t.Context(), x.admin, s)
				}
			})
			for _, err := range errs {
				if err != nil && !allowed(err, []model.Code{model.CodeFlowArchived, model.CodeFlowIsDefault}) {
					t.Fatal(err)
				}
			}
			const query = "SELECT COUNT(*) FROM platform_settings s JOIN flows f ON f.id = s.default_flow_id WHERE f.archived_at IS NOT NULL"
			if testkit.Count(t, x.db, query) != 0 {
				t.Fatalf("an archived flow is a default: %v", errs)
			}
		}
	})
}

// choice is a case of rule 7, with the database behind it.
type choice struct {
	name   string
	set    func(*model.PlatformSetting)
	choose func(x *bundle, other string) model.FlowChoice
	code   model.Code
	flow   func(x *bundle, other string) string // whose flow runs, "none" for no approval
}

func named(_ *bundle, other string) model.FlowChoice { return model.FlowChoice{FlowID: &other} }

func unnamed(*bundle, string) model.FlowChoice { return model.FlowChoice{} }

func none(*bundle, string) model.FlowChoice { return model.FlowChoice{None: true} }

var choices = []choice{
	{"nothing chosen", func(*model.PlatformSetting) {}, unnamed, "", func(x *bundle, _ string) string { return x.b.Flow }},
	{"another, allowed", func(*model.PlatformSetting) {}, named, "", func(_ *bundle, other string) string { return other }},
	{"another, forbidden", func(s *model.PlatformSetting) { s.AllowChange = false }, named, model.CodeFlowChangeForbidden, nil},
	{"the default by name", func(s *model.PlatformSetting) { s.AllowChange = false }, func(x *bundle, _ string) model.FlowChoice {
		return model.FlowChoice{FlowID: &x.b.Flow}
	}, "", func(x *bundle, _ string) string { return x.b.Flow }},
	{"none, forbidden", func(s *model.PlatformSetting) { s.AllowChange = true }, none, model.CodeNoApprovalForbidden, nil},
	{"none, listed", func(s *model.PlatformSetting) { s.AllowNone = true }, none, "", func(*bundle, string) string { return "none" }},
	{
		"none is the default", func(s *model.PlatformSetting) { s.DefaultFlowID, s.NoApproval, s.AllowNone = nil, true, false }, unnamed, "",
		func(*bundle, string) string { return "none" },
	},
	{"unknown", func(*model.PlatformSetting) {}, func(*bundle, string) model.FlowChoice {
		id := testkit.NewID()
		return model.FlowChoice{FlowID: &id}
	}, model.CodeInvalid, nil},
}

func TestWhichFlowRuns(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		other := x.flow(t, step(model.ModeAny, x.b.AdminMember))
		for _, c := range choices {
			must(t, x.platform(t, c.set))
			post := x.post(t, "", 1)
			article := x.cell(t, "SELECT id FROM articles WHERE post_id = ?", post)
			err := x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, map[string]model.FlowChoice{article: c.choose(x, other)})
			if c.code != "" {
				wantCode(t, err, c.code)
				if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM reviews WHERE post_id = ?", post); n != 0 || x.cell(t, "SELECT state FROM posts WHERE id = ?", post) != "draft" {
					t.Errorf("%s: refused, and %d reviews", c.name, n)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if got := x.cell(t, "SELECT COALESCE(flow_id, 'none') FROM reviews WHERE post_id = ?", post); got != c.flow(x, other) {
				t.Errorf("%s: %s runs", c.name, got)
			}
		}
	})
}

// A submit of several articles says which of them refuses it.
func TestARefusedSubmitNamesTheArticle(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		mine, gone, unknown := x.flow(t, step(model.ModeAny, x.b.EditorMember)), x.flow(t, step(model.ModeAny, x.b.AdminMember)), testkit.NewID()
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, gone, ""))
		r := x.reviewer(t)
		empty := x.flow(t, step(model.ModeAny, r.Member))
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, r.Member))
		post := x.post(t, "", 3)
		second := x.articleIDs(t, post)[1]
		for want, choice := range map[model.FieldError]model.FlowChoice{
			model.Field("articles[1]", string(model.CodeSelfApproval)):        {FlowID: &mine},
			model.Field("articles[1]", string(model.CodeFlowArchived)):        {FlowID: &gone},
			model.Field("articles[1]", string(model.CodeStepBlocked)):         {FlowID: &empty},
			model.Field("articles[1]", string(model.CodeNoApprovalForbidden)): {None: true},
			model.Field("articles[1].flow_id", "unknown"):                     {FlowID: &unknown},
		} {
			err := x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, map[string]model.FlowChoice{second: choice})
			if diff := cmp.Diff([]model.FieldError{want}, refused(t, err, model.CodeOf(err)).Fields); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// A flow that does not fit is refused with those that do.
func TestAFlowThatDoesNotFit(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		spec := flowSpec("只给抖音", step(model.ModeAny, x.b.AdminMember))
		spec.Platforms = []string{"douyin"}
		flow, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, spec)
		must(t, err)
		e1 := refused(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, x.post(t, flow, 1), nil), model.CodeFlowMismatch)
		if name := x.cell(t, "SELECT name FROM flows WHERE id = ?", x.b.Flow); e1.Args["fitting"] != name {
			t.Errorf("offered %q, fitting is %q", e1.Args["fitting"], name)
		}
		for i := range 101 { // however many there are that do not fit
			spec.Name = fmt.Sprint("也只给抖音 ", i)
			_, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, spec)
			must(t, err)
		}
		e1 = refused(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, x.post(t, flow, 1), nil), model.CodeFlowMismatch)
		if e1.Args["fitting"] != x.cell(t, "SELECT name FROM flows WHERE id = ?", x.b.Flow) {
			t.Errorf("offered %q", e1.Args["fitting"])
		}
		wantCode(t, x.platform(t, func(s *model.PlatformSetting) { s.DefaultFlowID = &flow }), model.CodeFlowMismatch)
	})
}

// An author is not asked about his own work, unless the brand allows it: whoever
// submits it, and whoever has written a part of it.
func TestSelfApproval(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		flow := x.flow(t, step(model.ModeAny, x.b.AdminMember), step(model.ModeAny, x.b.AdminMember, x.b.EditorMember))
		submit := func(by service.Call, post string) error {
			return x.Service.Reviews.Submit(t.Context(), by, x.b.ID, post, nil)
		}
		post := x.post(t, flow, 1)
		if e1 := refused(t, submit(x.editor, post), model.CodeSelfApproval); e1.Args["step"] != "2" {
			t.Error(e1.Args)
		}
		writer := x.flow(t, step(model.ModeAny, x.b.EditorMember))
		wantCode(t, submit(x.admin, x.post(t, writer, 1)), model.CodeSelfApproval) // the editor wrote it, another one submits it
		edited := x.post(t, x.flow(t, step(model.ModeAny, x.b.AdminMember)), 1)
		must(t, x.Service.Posts.Edit(t.Context(), x.admin, x.b.ID, edited, x.cell(t, "SELECT id FROM articles WHERE post_id = ?", edited), 1, articleSpec("改", "")))
		wantCode(t, submit(x.editor, edited), model.CodeSelfApproval) // the admin wrote the text that he would approve
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks"); n != 0 {
			t.Errorf("%d turns", n)
		}
		yes := true
		must(t, x.Service.Brands.Update(t.Context(), x.admin, x.b.ID, 1, service.BrandPatch{SelfApproval: &yes}))
		for _, p := range []string{post, edited} {
			must(t, submit(x.editor, p))
		}
		// Through a binding, too.
		no := false
		must(t, x.Service.Brands.Update(t.Context(), x.admin, x.b.ID, 2, service.BrandPatch{SelfApproval: &no}))
		r := x.reviewer(t)
		must(t, x.confirm(t, r.call, x.code(t, x.editor)))
		wantCode(t, submit(x.editor, x.post(t, x.flow(t, step(model.ModeAny, r.Member)), 1)), model.CodeSelfApproval)
	})
}

// A duplicate is a flow of its own, made from the newest version; an archived flow can
// be brought back that way.
func TestDuplicateFlow(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, r.Member))
		must(t, x.edit(t, flow, 1, flowSpec("原", step(model.ModeAll, r.Member, x.b.AdminMember), step(model.ModeAny, x.b.AdminMember))))
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, flow, ""))
		duplicate := func(c service.Call, id, name string) (string, error) {
			return x.Service.Flows.Duplicate(t.Context(), c, x.b.ID, id, name)
		}
		copied, err := duplicate(x.admin, flow, " 副本 ")
		must(t, err)
		const rows = `SELECT s.position, s.mode, a.member_id FROM flows f JOIN flow_versions v ON v.flow_id = f.id AND v.number = f.current_version
			JOIN flow_steps s ON s.flow_version_id = v.id JOIN flow_approvers a ON a.flow_step_id = s.id WHERE f.id = ? ORDER BY s.position, a.position`
		if diff := cmp.Diff(testkit.Rows(t, x.db, rows, flow), testkit.Rows(t, x.db, rows, copied)); diff != "" {
			t.Error(diff)
		}
		if got := testkit.Rows(t, x.db, "SELECT name, current_version, archived_at IS NULL FROM flows WHERE id = ?", copied); got[0][0] != "副本" || got[0][1] != "1" || got[0][2] != "1" {
			t.Error(got)
		}
		before := x.Database.Rows(t, x.db)
		for code, act := range map[model.Code]func() (string, error){
			model.CodeNameTaken: func() (string, error) { return duplicate(x.admin, copied, "副本") },
			model.CodeInvalid:   func() (string, error) { return duplicate(x.admin, copied, " ") },
			model.CodeForbidden: func() (string, error) { return duplicate(x.editor, copied, "三") },
			model.CodeNotFound:  func() (string, error) { return duplicate(x.admin, testkit.NewID(), "三") },
		} {
			_, err := act()
			wantCode(t, err, code)
		}
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error("refusals wrote:", diff)
		}
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, r.Member))
		_, err = duplicate(x.admin, copied, "三")
		if e1 := refused(t, err, model.CodeApproverUnknown); e1.Args["member"] != r.Member {
			t.Error(e1.Args)
		}
		x.chained(t)
	})
}

// A flow made from within a post is chosen for its article; an editor may, where authors
// may choose.
func TestFlowFromWithinAPost(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post, running := x.post(t, "", 2), x.submitted(t, "", 1)
		approved := x.submitted(t, "", 1)
		x.decide(t, x.admin, approved, x.b.AdminMember, approve)
		articleOf := func(post string) string {
			return x.cell(t, "SELECT id FROM articles WHERE post_id = ? AND position = 1", post)
		}
		article := articleOf(post)
		create := func(c service.Call, post, article string, spec model.FlowSpec) (string, error) {
			return x.Service.Flows.CreateFor(t.Context(), c, x.b.ID, post, article, spec)
		}
		good := func(name string) model.FlowSpec { return flowSpec(name, step(model.ModeAny, x.b.AdminMember)) }
		flow, err := create(keyed(x.editor, "create-for-post", "a"), post, article, good("现建"))
		must(t, err)
		again, err := create(keyed(x.editor, "create-for-post", "a"), post, article, good("现建"))
		if must(t, err); again != flow {
			t.Error("the same key made another flow")
		}
		if got := testkit.Rows(t, x.db, "SELECT flow_id, no_flow FROM articles WHERE post_id = ? ORDER BY position", post); got[0][0] != flow || got[1][0] == flow {
			t.Error(got)
		}
		misfit := good("不适用")
		misfit.Platforms = []string{"douyin"}
		before := x.Database.Rows(t, x.db)
		for name, c := range map[string]struct {
			post, article string
			spec          model.FlowSpec
			code          model.Code
		}{
			"in review":           {running, articleOf(running), good("甲"), model.CodeContentLocked},
			"approved":            {approved, articleOf(approved), good("甲"), model.CodePostState},
			"another post's":      {post, articleOf(running), good("甲"), model.CodeNotFound},
			"does not fit":        {post, article, misfit, model.CodeFlowMismatch},
			"a name twice":        {post, article, good("现建"), model.CodeNameTaken},
			"an unknown approver": {post, article, flowSpec("甲", step(model.ModeAny, testkit.NewID())), model.CodeApproverUnknown},
			"no steps":            {post, article, flowSpec("甲"), model.CodeInvalid},
		} {
			if _, err := create(x.editor, c.post, c.article, c.spec); model.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error("refusals wrote:", diff)
		}
		must(t, x.platform(t, func(s *model.PlatformSetting) { s.AllowChange = false }))
		for _, by := range []service.Call{x.editor, x.admin} {
			_, err = create(by, post, article, good("乙"))
			wantCode(t, err, model.CodeFlowChangeForbidden)
		}
		must(t, x.channel(t, x.admin, &service.SettingSpec{DefaultFlowID: &x.b.Flow, AllowChange: true}, false))
		_, err = create(x.editor, post, article, good("乙")) // the channel allows what its platform does not
		must(t, err)
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		if got := x.cell(t, "SELECT f.name FROM reviews v JOIN flow_versions f ON f.id = v.flow_version_id WHERE v.article_id = ?", article); got != "乙" {
			t.Errorf("%s runs", got)
		}
		x.chained(t)
	})
}

// A flow is edited while posts are submitted with it: each review runs one version,
// whole, with that version's approvers.
func TestEditAndSubmitAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		r, q := x.reviewer(t), x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, r.Member))
		plans := [][]model.StepSpec{{step(model.ModeAny, r.Member)}, {step(model.ModeAll, q.Member), step(model.ModeAny, q.Member)}}
		for round := range min(rounds(e), 30) {
			post := x.post(t, flow, 1)
			errs := make([]error, 2)
			testkit.Together(2, func(i int) {
				if i == 0 {
					errs[0] = x.Replicas[0].Service.Flows.Edit(t.Context(), x.admin, x.b.ID, flow, int64(round+1), flowSpec("竞争", plans[(round+1)%2]...))
				} else {
					errs[1] = x.Replicas[1].Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil)
				}
			})
			must(t, errs[0])
			must(t, errs[1])
			const query = `SELECT v.number, COUNT(*), COUNT(DISTINCT t.member_id) FROM reviews w JOIN flow_versions v ON v.id = w.flow_version_id
				JOIN tasks t ON t.review_id = w.id WHERE w.post_id = ? GROUP BY v.number`
			got := testkit.Rows(t, x.db, query, post)
			number := round + 1 // as it was, or the one after
			if len(got) != 1 || (got[0][0] != fmt.Sprint(number) && got[0][0] != fmt.Sprint(number+1)) || got[0][2] != "1" {
				t.Fatalf("round %d: %v", round, got)
			}
			odd := got[0][0] == "1" || (len(plans[0]) == 1 && got[0][1] == "1")
			var version int
			if _, err := fmt.Sscan(got[0][0], &version); err != nil || odd != (version%2 == 1) {
				t.Fatalf("round %d: version %d with %s turns", round, version, got[0][1])
			}
		}
	})
}
