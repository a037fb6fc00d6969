package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// found are n findings of a source.
func found(n int, s FindingSource) (out []Finding) {
	for i := range n {
		out = append(out, Finding{Rule: fmt.Sprint(s, i), Source: s, Severity: Severities()[i%3]})
	}
	return out
}

// TestReportPut: what a source says replaces what it said, and nothing of the others'; of
// too many findings the first are kept, and the rest is counted.
func TestReportPut(t *testing.T) {
	t.Parallel()
	var r AIReport
	r.Put(SourceReport{Source: SourceLocal, State: SourceDone}, found(3, SourceLocal))
	r.Put(SourceReport{Source: SourceModel, State: SourceDone, Dropped: 1}, found(MaxFindings+2, SourceModel))
	before := slices.Clone(r.Sources)
	kept := r.Sources
	r.Put(SourceReport{Source: SourceLocal, State: SourceUnavailable, Reason: "why"}, nil)
	if !slices.Equal(kept, before) {
		t.Error("a copy of the report changes with it")
	}
	if got := r.Source(SourceLocal); got.State != SourceUnavailable || got.Reason != "why" {
		t.Errorf("%+v", got)
	}
	if got := r.Source(SourceModel); got.Dropped != 3 || got.State != SourceDone {
		t.Errorf("%+v", got)
	}
	if got := r.Source(SourceWeChat); got != (SourceReport{Source: SourceWeChat, State: SourceOff}) {
		t.Errorf("of one that it does not name: %+v", got)
	}
	if len(r.Sources) != 2 || len(r.Findings) != MaxFindings || r.Findings[0].Rule != "model0" {
		t.Errorf("%d sources, %d findings, the first is %s", len(r.Sources), len(r.Findings), r.Findings[0].Rule)
	}
	r.Put(SourceReport{Source: SourceModel, State: SourceOff}, nil)
	if r.Findings == nil || len(r.Findings) != 0 {
		t.Errorf("none left is %v: the column takes no NULL", r.Findings)
	}
}

// TestReportState: one pending source makes the whole pending, else one that gave no
// answer makes it unavailable.
func TestReportState(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		sources []SourceState
		want    SourceState
		pending int
	}{
		{nil, SourceDone, 0},
		{[]SourceState{SourceDone, SourceOff, SourceDone}, SourceDone, 0},
		{[]SourceState{SourceDone, SourceUnavailable, SourceDone}, SourceUnavailable, 0},
		{[]SourceState{SourceUnavailable, SourcePending, SourceUnavailable}, SourcePending, 1},
		{[]SourceState{SourceDone, SourcePending, SourcePending}, SourcePending, 2},
	} {
		var r AIReport
		for i, s := range tc.sources {
			r.Put(SourceReport{Source: []FindingSource{SourceLocal, SourceWeChat, SourceModel}[i], State: s}, nil)
		}
		if got := r.State(); got != tc.want || len(r.Pending()) != tc.pending {
			t.Errorf("%v is %s with %v pending, want %s", tc.sources, got, r.Pending(), tc.want)
		}
	}
}

// TestReportAsk: a source is asked that has no answer, or all again; one that is off says
// so. Only a report that asks somebody is owed.
func TestReportAsk(t *testing.T) {
	t.Parallel()
	both := map[FindingSource]bool{SourceWeChat: true, SourceModel: true}
	for _, tc := range []struct {
		name          string
		wechat, model SourceState
		on            map[FindingSource]bool
		again         bool
		want          [2]SourceState
		asks          bool
	}{
		{"never asked", SourceOff, SourceOff, both, false, [2]SourceState{SourcePending, SourcePending}, true},
		{"both have answered", SourceDone, SourceDone, both, false, [2]SourceState{SourceDone, SourceDone}, false},
		{"both have answered, again", SourceDone, SourceDone, both, true, [2]SourceState{SourcePending, SourcePending}, true},
		{"one gave no answer", SourceUnavailable, SourceDone, both, false, [2]SourceState{SourcePending, SourceDone}, true},
		{"under way", SourcePending, SourceDone, both, false, [2]SourceState{SourcePending, SourceDone}, false},
		{"one is off", SourceDone, SourceDone, map[FindingSource]bool{SourceModel: true}, true, [2]SourceState{SourceOff, SourcePending}, true},
		{"all are off", SourceDone, SourceUnavailable, nil, true, [2]SourceState{SourceOff, SourceOff}, false},
	} {
		r := AIReport{Asked: 3, AskedBy: "before", LeaseOwner: "relay", Attempts: 2}
		r.Put(SourceReport{Source: SourceWeChat, State: tc.wechat}, found(1, SourceWeChat))
		r.Put(SourceReport{Source: SourceModel, State: tc.model}, nil)
		asks := r.Ask(tc.on, tc.again, "now", noon)
		got := [2]SourceState{r.Source(SourceWeChat).State, r.Source(SourceModel).State}
		if asks != tc.asks || got != tc.want {
			t.Errorf("%s: asks %t, %v", tc.name, asks, got)
		}
		want := AIReport{Asked: 3, AskedBy: "before", LeaseOwner: "relay", Attempts: 2}
		if asks {
			want = AIReport{Asked: 4, AskedBy: "now", NextAt: noon}
		}
		if r.Asked != want.Asked || r.AskedBy != want.AskedBy || !r.NextAt.Equal(want.NextAt) || r.LeaseOwner != want.LeaseOwner || r.Attempts != want.Attempts {
			t.Errorf("%s: %+v", tc.name, r)
		}
		if n := len(r.Findings); (n == 0) != (got[0] == SourcePending && tc.wechat != SourcePending || got[0] == SourceOff) {
			t.Errorf("%s: %d findings are left of who is asked", tc.name, n)
		}
	}
}

func TestReportCount(t *testing.T) {
	t.Parallel()
	r := AIReport{Findings: found(5, SourceLocal)}
	for s, want := range map[Severity]int{SeverityError: 2, SeverityWarn: 2, SeverityInfo: 1, "?": 0} {
		if got := r.Count(s); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
}

// TestFindingAt: a place counts characters, and its quote is cut.
func TestFindingAt(t *testing.T) {
	t.Parallel()
	text := []rune("最好的😀" + string(make([]rune, 300)))
	for _, tc := range []struct{ start, end, quote int }{{0, 4, 4}, {2, 2, 0}, {0, MaxFindingQuote, MaxFindingQuote}, {1, 250, MaxFindingQuote}} {
		f := Finding{Rule: "r"}.At("title", text, tc.start, tc.end)
		if f.Start != tc.start || f.End != tc.end || f.Field != "title" || f.Rule != "r" || f.Quote != string(text[tc.start:tc.start+tc.quote]) {
			t.Errorf("%+v", f)
		}
	}
}

// TestRuleNamed: a model may name its own rules alone, with or without their prefix.
func TestRuleNamed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"medical": "model.medical", "model.medical": "model.medical", "other": RuleModelOther, "ad-law.superlative": RuleModelOther, RuleWeChatRisky: RuleModelOther,
		"": RuleModelOther, "made up": RuleModelOther, BrandRule(SeverityError): RuleModelOther,
	} {
		if got := RuleNamed(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

// TestAIRuleTable: ids are what a brand may name, each once; sources and severities are
// known, names are in both languages, and each rule has its texts.
func TestAIRuleTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range AIRules() {
		if seen[r.ID] || !ruleID(r.ID) || !r.Severity.Known() || !slices.Contains([]FindingSource{SourceLocal, SourceWeChat, SourceModel}, r.Source) {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
		if got, known := AIRuleByID(r.ID); !known || got != r {
			t.Errorf("%s is found as %+v", r.ID, got)
		}
		if r.Name(LangZh) != r.Zh || r.Name(LangEn) != r.En || r.Zh == "" || r.En == "" || r.Name("fr") != r.Zh {
			t.Errorf("%s is called %q, %q", r.ID, r.Name(LangZh), r.Name(LangEn))
		}
		for _, lang := range []string{LangZh, LangEn} {
			if text := TextOfFinding(lang, Finding{Rule: r.ID}); text.Reason == "" || text.Advice == "" {
				t.Errorf("%s in %s: %+v", r.ID, lang, text)
			}
		}
	}
	if Severity("grave").Known() {
		t.Error("an unknown severity is known")
	}
}

// TestBlocked: only what a brand has named blocks.
func TestBlocked(t *testing.T) {
	t.Parallel()
	list := []Finding{{Rule: "a", Start: 1}, {Rule: "b"}, {Rule: "a", Start: 2}}
	if got := Blocked(list, []string{"a", "c"}); len(got) != 2 || got[0].Start != 1 || got[1].Start != 2 {
		t.Errorf("%+v", got)
	}
	if got := Blocked(list, nil); got != nil {
		t.Errorf("%+v", got)
	}
}

// TestTextOfFinding: what a model or a brand says stands before the catalogue's words.
func TestTextOfFinding(t *testing.T) {
	t.Parallel()
	plain := TextOfFinding(LangEn, Finding{Rule: RuleModelOther})
	own := TextOfFinding(LangEn, Finding{Rule: RuleModelOther, Words: "said by the model", Suggestion: "{name} 写成这样"})
	if own.Reason != "said by the model" || own.Advice == plain.Advice || !strings.Contains(own.Advice, "{name} 写成这样") {
		t.Errorf("%+v, and plainly %+v", own, plain)
	}
}
