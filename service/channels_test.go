package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// channel saves the brand's channel with a setting of its own, nil to inherit, at the
// version that it has.
func (x *bundle) channel(t testing.TB, c service.Call, set *service.SettingSpec, archived bool) error {
	t.Helper()
	row, err := x.Store.Channel(t.Context(), x.b.ID, x.b.Channel)
	must(t, err)
	return x.Service.Brands.UpdateChannel(t.Context(), c, x.b.ID, x.b.Channel, row.Version, service.ChannelSpec{Name: row.Name, Setting: set, Archived: archived})
}

// A channel's own setting overrides its platform's, in every part; without it the
// channel inherits again.
func TestChannelOverridesPlatform(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		own, third := x.flow(t, step(model.ModeAny, x.b.AdminMember)), x.flow(t, step(model.ModeAny, x.b.AdminMember))
		submit := func(choice model.FlowChoice) (string, error) {
			post := x.post(t, "", 1)
			article := x.cell(t, "SELECT id FROM articles WHERE post_id = ?", post)
			err := x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, map[string]model.FlowChoice{article: choice})
			if err != nil {
				return "", err
			}
			return x.cell(t, "SELECT COALESCE(flow_id, 'none') FROM reviews WHERE post_id = ?", post), nil
		}
		for _, c := range []struct {
			name   string
			set    *service.SettingSpec
			choice model.FlowChoice
			want   string
			code   model.Code
		}{
			{"inherits", nil, model.FlowChoice{}, x.b.Flow, ""},
			{"inherits allow_change", nil, model.FlowChoice{FlowID: &third}, third, ""},
			{"its own default", &service.SettingSpec{DefaultFlowID: &own}, model.FlowChoice{}, own, ""},
			{"no change on this channel", &service.SettingSpec{DefaultFlowID: &own}, model.FlowChoice{FlowID: &third}, "", model.CodeFlowChangeForbidden},
			{"the platform's default is a change here", &service.SettingSpec{DefaultFlowID: &own}, model.FlowChoice{FlowID: &x.b.Flow}, "", model.CodeFlowChangeForbidden},
			{"no approval here", &service.SettingSpec{NoApproval: true}, model.FlowChoice{}, "none", ""},
			{"none not listed", &service.SettingSpec{DefaultFlowID: &own, AllowChange: true}, model.FlowChoice{None: true}, "", model.CodeNoApprovalForbidden},
			{"none listed", &service.SettingSpec{DefaultFlowID: &own, AllowChange: true, AllowNone: true}, model.FlowChoice{None: true}, "none", ""},
			{"inherits again", nil, model.FlowChoice{}, x.b.Flow, ""},
		} {
			must(t, x.channel(t, x.admin, c.set, false))
			got, err := submit(c.choice)
			if wantCode(t, err, c.code); got != c.want {
				t.Errorf("%s: %s runs, want %s", c.name, got, c.want)
			}
		}
		x.chained(t)
	})
}

// What a channel's setting may not be, and that a refusal changes nothing.
func TestChannelSettingRefusals(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		gone := x.flow(t, step(model.ModeAny, x.b.AdminMember))
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, gone, ""))
		spec := flowSpec("抖音", step(model.ModeAny, x.b.AdminMember))
		spec.Platforms, spec.ContentTypes = []string{"douyin"}, []model.ContentType{model.ContentDouyinVideo}
		douyin, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, spec)
		must(t, err)
		unknown := testkit.NewID()
		before := x.Database.Rows(t, x.db)
		for name, c := range map[string]struct {
			set  service.SettingSpec
			code model.Code
		}{
			"nothing":  {service.SettingSpec{}, model.CodeInvalid},
			"both":     {service.SettingSpec{DefaultFlowID: &x.b.Flow, NoApproval: true}, model.CodeInvalid},
			"unknown":  {service.SettingSpec{DefaultFlowID: &unknown}, model.CodeInvalid},
			"archived": {service.SettingSpec{DefaultFlowID: &gone}, model.CodeFlowArchived},
			"misfit":   {service.SettingSpec{DefaultFlowID: &douyin}, model.CodeFlowMismatch},
		} {
			err := x.channel(t, x.admin, &c.set, false)
			if e := refused(t, err, c.code); e.Code == model.CodeInvalid && e.Fields[0].Path != "setting.default_flow_id" {
				t.Errorf("%s: %+v", name, e.Fields)
			}
			_, err = x.Service.Brands.CreateChannel(t.Context(), x.admin, x.b.ID, service.ChannelSpec{Name: "新", Platform: "wechat_official", Setting: &c.set})
			wantCode(t, err, c.code)
		}
		wantCode(t, x.channel(t, x.editor, &service.SettingSpec{NoApproval: true}, false), model.CodeForbidden)
		moved := x.Service.Brands.UpdateChannel(t.Context(), x.admin, x.b.ID, x.b.Channel, 1, service.ChannelSpec{Name: "搬家", Platform: "weibo"})
		if diff := cmp.Diff([]model.FieldError{model.Field("platform", "fixed")}, refused(t, moved, model.CodeInvalid).Fields); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error("refusals wrote:", diff)
		}
	})
}

// A flow that is a channel's default is held like a platform's: archiving demands a new
// one in the same call, and an edit must go on fitting.
func TestArchivingAChannelsDefault(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		own, spare := x.flow(t, step(model.ModeAny, x.b.AdminMember)), x.flow(t, step(model.ModeAny, x.b.AdminMember))
		must(t, x.channel(t, x.admin, &service.SettingSpec{DefaultFlowID: &own, AllowChange: true}, true)) // also on an archived channel
		archive := func(next string) error {
			return x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, own, next)
		}
		e1 := refused(t, archive(""), model.CodeFlowIsDefault)
		if diff := cmp.Diff(map[string]string{"channels": "服务号"}, e1.Args); diff != "" {
			t.Error(diff)
		}
		spec := flowSpec("改", step(model.ModeAny, x.b.AdminMember))
		spec.ContentTypes = []model.ContentType{model.ContentGeneric}
		wantCode(t, x.edit(t, own, 1, spec), model.CodeFlowIsDefault)
		spec.ContentTypes = []model.ContentType{model.ContentGeneric, model.ContentWeChatArticle}
		must(t, x.edit(t, own, 1, spec))
		wantCode(t, archive(testkit.NewID()), model.CodeInvalid)
		must(t, archive(spare))
		row := "SELECT own_setting, COALESCE(default_flow_id, 'none'), no_approval, allow_change FROM channels WHERE id = ?"
		if diff := cmp.Diff([][]string{{"1", spare, "0", "1"}}, testkit.Rows(t, x.db, row, x.b.Channel)); diff != "" {
			t.Error(diff)
		}
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, spare, service.NoApproval))
		if diff := cmp.Diff([][]string{{"1", "none", "1", "1"}}, testkit.Rows(t, x.db, row, x.b.Channel)); diff != "" {
			t.Error(diff)
		}
		x.chained(t)
	})
}

// What is on an archived channel is not sent to review; what runs goes on.
func TestSubmitOnAnArchivedChannel(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		draft, running := x.post(t, "", 1), x.submitted(t, "", 1)
		must(t, x.channel(t, x.admin, nil, true))
		wantCode(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, draft, nil), model.CodeChannelArchived)
		if out := x.decide(t, x.admin, running, x.b.AdminMember, approve); out.Post != model.PostApproved {
			t.Errorf("%+v", out)
		}
		must(t, x.channel(t, x.admin, nil, false))
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, draft, nil))
	})
}

// A flow is archived while it becomes a channel's default: one of the two is refused.
func TestArchiveAndChannelDefaultAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		for range min(rounds(e), 40) {
			flow := x.flow(t, step(model.ModeAny, x.b.AdminMember))
			row, err := x.Store.Channel(t.Context(), x.b.ID, x.b.Channel)
			must(t, err)
			errs := make([]error, 2)
			testkit.Together(2, func(i int) {
				if i == 0 {
					errs[0] = x.Replicas[0].Service.Flows.Archive(t.Context(), x.admin, x.b.ID, flow, "")
				} else {
					errs[1] = x.Replicas[1].Service.Brands.UpdateChannel(t.Context(), x.admin, x.b.ID, x.b.Channel, row.Version,
						service.ChannelSpec{Name: "服务号", Setting: &service.SettingSpec{DefaultFlowID: &flow}})
				}
			})
			for _, err := range errs {
				if err != nil && !allowed(err, []model.Code{model.CodeFlowArchived, model.CodeFlowIsDefault}) {
					t.Fatal(err)
				}
			}
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or none: %v", errs)
			}
			const query = "SELECT COUNT(*) FROM channels c JOIN flows f ON f.id = c.default_flow_id WHERE f.archived_at IS NOT NULL"
			if testkit.Count(t, x.db, query) != 0 {
				t.Fatalf("an archived flow is a default: %v", errs)
			}
		}
	})
}

// Two admins save one setting at once: one is told that the other was first, whether the
// setting is a platform's, a channel's or the brand's.
func TestTwoAdminsOneSettingAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		second, _ := x.staff(t, model.RoleAdmin)
		by := []service.Call{x.admin, second}
		for range min(rounds(e), 20) {
			platform, err := x.Store.PlatformSetting(t.Context(), x.b.ID, "wechat_official")
			must(t, err)
			fresh := model.PlatformSetting{BrandID: x.b.ID, Platform: "weibo", NoApproval: true}
			channel, err := x.Store.Channel(t.Context(), x.b.ID, x.b.Channel)
			must(t, err)
			brand, err := x.Store.Brand(t.Context(), x.b.ID)
			must(t, err)
			for name, save := range map[string]func(*service.Service, int) error{
				"platform": func(s *service.Service, i int) error {
					set := platform
					set.AllowNone = i == 0
					return s.Brands.SetPlatform(t.Context(), by[i], set)
				},
				"a platform for the first time": func(s *service.Service, i int) error { return s.Brands.SetPlatform(t.Context(), by[i], fresh) },
				"channel": func(s *service.Service, i int) error {
					return s.Brands.UpdateChannel(t.Context(), by[i], x.b.ID, x.b.Channel, channel.Version, service.ChannelSpec{Name: "服务号", Setting: &service.SettingSpec{NoApproval: true, AllowNone: i == 0}})
				},
				"brand": func(s *service.Service, i int) error {
					lead := i
					return s.Brands.Update(t.Context(), by[i], x.b.ID, brand.Version, service.BrandPatch{LeadMinutes: &lead})
				},
			} {
				errs := make([]error, 2)
				testkit.Together(2, func(i int) { errs[i] = save(x.Replicas[i].Service, i) })
				if (errs[0] == nil) == (errs[1] == nil) {
					t.Fatalf("%s: %v", name, errs)
				}
				for _, err := range errs {
					if err != nil {
						wantCode(t, err, model.CodeStale)
					}
				}
			}
			testkit.Exec(t, x.db, "DELETE FROM platform_settings WHERE platform = 'weibo'")
		}
		x.chained(t)
	})
}

// An admin's setting meets a change of the same row that holds what he needs next, as the
// archiving of a default does: the database ends his act, which runs again, and still at
// the version that he saw.
func TestASettingThatRunsAgainWhileOthersSet(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	x := setup(t, testkit.MySQL, testkit.Options{})
	flow := x.flow(t, step(model.ModeAny, x.b.AdminMember))
	seen, err := x.Store.PlatformSetting(t.Context(), x.b.ID, "wechat_official")
	must(t, err)
	other, err := x.db.BeginTx(t.Context(), nil)
	must(t, err)
	defer func() { _ = other.Rollback() }()
	_, err = other.ExecContext(t.Context(), "UPDATE platform_settings SET allow_none = 1, version = version + 1 WHERE brand_id = ?", x.b.ID)
	must(t, err)
	saved := make(chan error)
	go func() {
		set := seen
		set.DefaultFlowID = &flow
		saved <- x.Service.Brands.SetPlatform(t.Context(), x.admin, set)
	}()
	testkit.Eventually(t, "the admin's act holds the flow", func() bool {
		var id string
		return x.db.QueryRowContext(t.Context(), "SELECT id FROM flows WHERE id = ? FOR UPDATE NOWAIT", flow).Scan(&id) != nil
	})
	var id string // he waits for the setting, or will; now each waits for the other
	must(t, other.QueryRowContext(t.Context(), "SELECT id FROM flows WHERE id = ? FOR UPDATE", flow).Scan(&id))
	must(t, other.Commit())
	wantCode(t, <-saved, model.CodeStale)
	now, err := x.Store.PlatformSetting(t.Context(), x.b.ID, "wechat_official")
	if must(t, err); !now.AllowNone || *now.DefaultFlowID != x.b.Flow || now.Version != seen.Version+1 {
		t.Errorf("the change that came first is lost: %+v", now)
	}
}

// The brand's rules about publishing are kept, cleared and bounded.
func TestBrandRules(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		lead, far := 0, 24*60+1
		update := func(p service.BrandPatch) error {
			b, err := x.Store.Brand(t.Context(), x.b.ID)
			must(t, err)
			return x.Service.Brands.Update(t.Context(), x.admin, x.b.ID, b.Version, p)
		}
		must(t, update(service.BrandPatch{LeadMinutes: &lead, BlockingRules: []string{"ad-law.superlative", "claim.medical"}}))
		yes := true
		must(t, update(service.BrandPatch{SelfApproval: &yes})) // leaves the others
		b, err := x.Store.Brand(t.Context(), x.b.ID)
		must(t, err)
		if diff := cmp.Diff([]string{"ad-law.superlative", "claim.medical"}, b.BlockingRules); diff != "" || b.LeadMinutes != 0 || !b.SelfApproval {
			t.Errorf("%+v %s", b, diff)
		}
		wantCode(t, update(service.BrandPatch{LeadMinutes: &far}), model.CodeInvalid)
		wantCode(t, update(service.BrandPatch{BlockingRules: []string{"no good"}}), model.CodeInvalid)
		must(t, update(service.BrandPatch{BlockingRules: []string{}}))
		if b, err = x.Store.Brand(t.Context(), x.b.ID); err != nil || len(b.BlockingRules) != 0 {
			t.Error(b.BlockingRules, err)
		}
		founded, err := x.Service.Brands.Found(t.Context(), service.Founding{Name: "新", AdminEmail: "found@brand.example", AdminName: "一", Password: testkit.Password})
		if must(t, err); founded.LeadMinutes != model.DefaultLeadMinutes {
			t.Error(founded.LeadMinutes)
		}
	})
}
