package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func spec(change func(*FlowSpec)) FlowSpec {
	f := FlowSpec{
		Name: "终审", ContentTypes: []ContentType{ContentWeChatArticle}, Platforms: []string{"wechat_official"},
		Steps: []StepSpec{{Mode: ModeAny, Approvers: []string{"m1", "m2"}}},
	}
	change(&f)
	return f
}

func TestFlowSpec(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*FlowSpec){
		"":                      func(*FlowSpec) {},
		"name":                  func(f *FlowSpec) { f.Name = "" },
		"content_types":         func(f *FlowSpec) { f.ContentTypes = nil },
		"content_types[0]":      func(f *FlowSpec) { f.ContentTypes = []ContentType{"poem"} },
		"platforms":             func(f *FlowSpec) { f.Platforms = nil },
		"platforms[1]":          func(f *FlowSpec) { f.Platforms = []string{"weibo", "weibo"} },
		"steps":                 func(f *FlowSpec) { f.Steps = nil },
		"steps[0].approvers":    func(f *FlowSpec) { f.Steps[0].Approvers = nil },
		"steps[0].approvers[1]": func(f *FlowSpec) { f.Steps[0].Approvers = []string{"m1", "m1"} },
		"steps[0].mode":         func(f *FlowSpec) { f.Steps[0].Mode = "most" },
		"steps[0].name":         func(f *FlowSpec) { f.Steps[0].Name = strings.Repeat("长", MaxName+1) },
	} {
		err := spec(change).Check()
		var e *Error
		if got := errors.As(err, &e); got != (want != "") || got && e.Fields[0].Path != want {
			t.Errorf("want %q wrong, got %+v", want, err)
		}
	}
}

func TestChooseFlow(t *testing.T) {
	t.Parallel()
	def, other, kept := "default", "other", "version-3"
	withDefault := PlatformSetting{DefaultFlowID: &def}
	open := PlatformSetting{DefaultFlowID: &def, AllowChange: true}
	for _, tc := range []struct {
		name   string
		set    PlatformSetting
		choice FlowChoice
		kept   *string
		want   ChosenFlow
		code   Code
	}{
		{"nothing asked: the default", withDefault, FlowChoice{}, nil, ChosenFlow{FlowID: def}, ""},
		{"nothing asked, no approval by default", PlatformSetting{NoApproval: true}, FlowChoice{}, nil, ChosenFlow{None: true}, ""},
		{"nothing asked, nothing set", PlatformSetting{}, FlowChoice{}, nil, ChosenFlow{}, CodeFlowMissing},
		{"kept after a rejection", withDefault, FlowChoice{}, &kept, ChosenFlow{KeptVersionID: kept}, ""},
		{"kept, but the author chooses anew", open, FlowChoice{FlowID: &other}, &kept, ChosenFlow{FlowID: other}, ""},
		{"naming the default is no change", withDefault, FlowChoice{FlowID: &def}, nil, ChosenFlow{FlowID: def}, ""},
		{"another flow, not allowed", withDefault, FlowChoice{FlowID: &other}, nil, ChosenFlow{}, CodeFlowChangeForbidden},
		{"another flow, allowed", open, FlowChoice{FlowID: &other}, nil, ChosenFlow{FlowID: other}, ""},
		{"none, not allowed", open, FlowChoice{None: true}, nil, ChosenFlow{}, CodeNoApprovalForbidden},
		{"none, listed but no change allowed", PlatformSetting{DefaultFlowID: &def, AllowNone: true}, FlowChoice{None: true}, nil, ChosenFlow{}, CodeNoApprovalForbidden},
		{"none, allowed", PlatformSetting{DefaultFlowID: &def, AllowNone: true, AllowChange: true}, FlowChoice{None: true}, nil, ChosenFlow{None: true}, ""},
		{"none is the default", PlatformSetting{NoApproval: true}, FlowChoice{None: true}, nil, ChosenFlow{None: true}, ""},
	} {
		got, err := ChooseFlow(tc.set, tc.choice, tc.kept)
		if got != tc.want || (err != nil) != (tc.code != "") || err != nil && CodeOf(err) != tc.code {
			t.Errorf("%s: %+v %v", tc.name, got, err)
		}
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	full := Content{Title: "题", BodyHTML: "<p>x</p>", Cover: &MediaRef{"m1", "00"}}
	paths := func(c Content, complete bool) (out []string) {
		for _, f := range c.Check("wechat_official", ContentWeChatArticle, "articles[0].", complete) {
			out = append(out, strings.TrimPrefix(f.Path, "articles[0]."))
		}
		return out
	}
	if got := paths(full, true); got != nil {
		t.Error(got)
	}
	if got := paths(Content{}, false); got != nil {
		t.Error("a draft may be empty", got)
	}
	if got := paths(Content{}, true); !slices.Equal(got, []string{"title", "body_html"}) {
		t.Error(got)
	}
	bad := Content{
		Title: strings.Repeat("题", 65), Author: strings.Repeat("a", 17), Summary: strings.Repeat("要", 121), OriginalURL: "javascript:alert(1)",
		BodyHTML: "x", Hashtags: []string{"a"}, Video: &MediaRef{},
	}
	if got := paths(bad, true); !slices.Equal(got, []string{"title", "author", "summary", "original_url", "hashtags", "video_id"}) {
		t.Error(got)
	}
}

// TestDigest pins the canonical form: changing it would void every approval there is.
func TestDigest(t *testing.T) {
	t.Parallel()
	raw, digest, err := Content{Title: "题 <b>", BodyHTML: "<p>x & y</p>"}.Canonical()
	if err != nil || string(raw) != `{"title":"题 \u003cb\u003e","body_html":"\u003cp\u003ex \u0026 y\u003c/p\u003e"}` {
		t.Errorf("%s %v", raw, err)
	}
	if digest != "e7f9161c46ce983715ac8cb3eb6852754e0e5a64931d4c1ddc2483932f1e1e59" {
		t.Error(digest)
	}
	_, other, _ := Content{Title: "题 <b>", BodyHTML: "<p>x & z</p>"}.Canonical()
	if other == digest {
		t.Error("one changed byte must change the digest")
	}
}

// A channel's own setting replaces its platform's, whole; without one it inherits.
func TestChannelSetting(t *testing.T) {
	t.Parallel()
	def, other := "def", "other"
	platform := PlatformSetting{BrandID: "b", Platform: "weibo", DefaultFlowID: &def, AllowChange: true, AllowNone: true, Version: 3}
	c := Channel{BrandID: "b", Platform: "weibo", NoApproval: true, AllowNone: true, DefaultFlowID: &other}
	if got := c.Setting(platform); got != platform {
		t.Errorf("inherits: %+v", got)
	}
	for _, c := range []Channel{{OwnSetting: true, DefaultFlowID: &other}, {OwnSetting: true, NoApproval: true, AllowChange: true}, {OwnSetting: true}} {
		c.BrandID, c.Platform = "b", "weibo"
		want := PlatformSetting{BrandID: "b", Platform: "weibo", DefaultFlowID: c.DefaultFlowID, NoApproval: c.NoApproval, AllowChange: c.AllowChange, AllowNone: c.AllowNone}
		if got := c.Setting(platform); got != want {
			t.Errorf("own: %+v", got)
		}
	}
}

func TestSettingCheck(t *testing.T) {
	t.Parallel()
	def := "def"
	for _, s := range []PlatformSetting{{}, {DefaultFlowID: &def, NoApproval: true}} {
		var e *Error
		if err := s.Check("setting.default_flow_id"); !errors.As(err, &e) || e.Code != CodeInvalid || e.Fields[0].Path != "setting.default_flow_id" {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for _, s := range []PlatformSetting{{DefaultFlowID: &def}, {NoApproval: true}} {
		if err := s.Check("default_flow_id"); err != nil {
			t.Error(err)
		}
	}
}

func TestChoiceCheck(t *testing.T) {
	t.Parallel()
	flow := "flow"
	for _, c := range []FlowChoice{{}, {FlowID: &flow}, {None: true}} {
		if bad := c.Check("articles[0]."); bad != nil {
			t.Errorf("%+v: %v", c, bad)
		}
	}
	if bad := (FlowChoice{FlowID: &flow, None: true}).Check("articles[0]."); len(bad) != 1 || bad[0].Path != "articles[0].no_approval" {
		t.Error(bad)
	}
}

// A default must take whatever the platform takes.
func TestFitsPlatform(t *testing.T) {
	t.Parallel()
	p := Platform{ID: "p", ContentTypes: []ContentType{ContentGeneric, ContentDouyinVideo}}
	for want, versions := range map[bool][]FlowVersion{
		true:  {{Platforms: []string{"q", "p"}, ContentTypes: []ContentType{ContentDouyinVideo, ContentGeneric}}},
		false: {{}, {Platforms: []string{"p"}, ContentTypes: []ContentType{ContentGeneric}}, {Platforms: []string{"q"}, ContentTypes: p.ContentTypes}},
	} {
		for _, v := range versions {
			if v.FitsPlatform(p) != want {
				t.Errorf("%+v: not %t", v, want)
			}
		}
	}
}

func TestBrandRules(t *testing.T) {
	t.Parallel()
	many := make([]string, MaxBlockingRules+1)
	for want, b := range map[string]Brand{
		"":                             {LeadMinutes: MaxLeadMinutes, BlockingRules: []string{"ad-law.superlative", "claim.medical"}},
		"lead_minutes out_of_range":    {LeadMinutes: MaxLeadMinutes + 1},
		"lead_minutes out_of_range 2":  {LeadMinutes: -1},
		"blocking_rules too_many":      {BlockingRules: many},
		"blocking_rules[0] malformed":  {BlockingRules: []string{""}},
		"blocking_rules[0] malformed2": {BlockingRules: []string{"-a"}},
		"blocking_rules[0] malformed3": {BlockingRules: []string{"Ad"}},
		"blocking_rules[0] malformed4": {BlockingRules: []string{strings.Repeat("a", MaxRuleID+1)}},
		"blocking_rules[0] unknown":    {BlockingRules: []string{"a"}},
		"blocking_rules[1] duplicate":  {BlockingRules: []string{RuleLink, RuleLink}},
	} {
		bad := b.CheckRules()
		switch {
		case want == "" && len(bad) == 0:
		case len(bad) != 1 || !strings.HasPrefix(want, bad[0].Path+" "+bad[0].Reason):
			t.Errorf("%s: %v", want, bad)
		}
	}
}
