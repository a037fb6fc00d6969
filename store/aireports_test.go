package store_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// owed is a report on an article that is due now.
func (b *bundle) owed(t testing.TB, digest string) model.AIReport {
	t.Helper()
	var list []model.AIReport
	b.in(t, func(tx *store.Tx) error {
		list = []model.AIReport{{
			ID: testkit.NewID(), BrandID: b.brand.ID, PostID: b.post.ID, ArticleID: b.article.ID, RevisionNumber: 1, Digest: digest,
			Sources: []model.SourceReport{{Source: model.SourceWeChat, State: model.SourcePending}}, Findings: []model.Finding{}, AskedBy: b.admin.ID, Asked: 1, NextAt: tx.Now,
		}}
		return tx.CreateAIReports(list)
	})
	return list[0]
}

// TestAIReportsLeasedAtOnce: of many who claim at once one gets a report; its lease runs
// out; what was handed back untried counts no attempt.
func TestAIReportsLeasedAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		v := b.owed(t, model.ContentDigest([]byte("1")))
		got := make([][]model.AIReport, 8)
		testkit.Together(8, func(i int) {
			var err error
			if got[i], err = b.ClaimAIReports(t.Context(), testkit.NewID(), time.Minute, 4); err != nil {
				t.Error(err)
			}
		})
		var held []model.AIReport
		for _, list := range got {
			held = append(held, list...)
		}
		if len(held) != 1 || held[0].ID != v.ID || held[0].Attempts != 1 {
			t.Fatalf("claimed %+v", held)
		}
		if n, err := b.AIBacklog(t.Context()); n != 1 || err != nil {
			t.Error(n, err)
		}
		b.clock.Add(2 * time.Minute)
		again, err := b.ClaimAIReports(t.Context(), "second", time.Minute, 4)
		if err != nil || len(again) != 1 || again[0].Attempts != 2 {
			t.Fatalf("%+v %v", again, err)
		}
		if err := b.ReleaseAIReport(t.Context(), held[0].LeaseOwner, v.ID); err != nil { // too late: it is another's
			t.Fatal(err)
		}
		if err := b.ReleaseAIReport(t.Context(), "second", v.ID); err != nil {
			t.Fatal(err)
		}
		if again, err = b.ClaimAIReports(t.Context(), "third", time.Minute, 4); err != nil || len(again) != 1 || again[0].Attempts != 2 {
			t.Fatalf("%+v %v", again, err)
		}
	})
}

// TestAIReportOfAContent: one for each content; an older one is shown where the newest
// content has none; a move at an older version changes nothing.
func TestAIReportOfAContent(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		one, two := model.ContentDigest([]byte("1")), model.ContentDigest([]byte("2"))
		first := b.owed(t, one)
		second := b.owed(t, two)
		err := b.InTx(t.Context(), func(tx *store.Tx) error {
			x := first
			x.ID = testkit.NewID()
			return tx.CreateAIReports([]model.AIReport{x})
		})
		if err == nil {
			t.Error("two reports on one content")
		}
		for digest, want := range map[string]int{one: 2, two: 1, model.ContentDigest(nil): 1} {
			list, err := b.AIReportsOf(t.Context(), []string{b.article.ID}, []string{digest})
			if err != nil || len(list) != want {
				t.Errorf("%d reports, want %d: %v", len(list), want, err)
			}
		}
		if none, err := b.AIReportOf(t.Context(), b.article.ID, model.ContentDigest(nil)); err != nil || none.ID != "" {
			t.Error(none.ID, err)
		}
		b.in(t, func(tx *store.Tx) error {
			second.Put(model.SourceReport{Source: model.SourceWeChat, State: model.SourceDone}, []model.Finding{{Rule: model.RuleWeChatRisky, Source: model.SourceWeChat, Quote: "违禁"}})
			second.NextAt = model.Never
			return tx.MoveAIReport(second)
		})
		err = b.InTx(t.Context(), func(tx *store.Tx) error { return tx.MoveAIReport(second) })
		if !model.Is(err, model.CodeStale) {
			t.Error(err)
		}
		back, err := b.AIReportOf(t.Context(), b.article.ID, two)
		if err != nil || back.Version != 2 || len(back.Findings) != 1 || back.Findings[0].Quote != "违禁" || back.State() != model.SourceDone || !back.NextAt.Equal(model.Never) {
			t.Errorf("%+v %v", back, err)
		}
	})
}

// TestTokensOfADayAtOnce: many who spend at once never spend more than there is.
func TestTokensOfADayAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		u := model.AIUsage{BrandID: b.brand.ID, Day: "2026-03-02", Tokens: 30}
		spent := make([]bool, 8)
		testkit.Together(8, func(i int) {
			var err error
			if spent[i], err = b.SpendTokens(t.Context(), u, 100); err != nil {
				t.Error(err)
			}
		})
		n := 0
		for _, ok := range spent {
			if ok {
				n++
			}
		}
		if left := testkit.Count(t, b.sql, "SELECT tokens FROM ai_usage"); n != 3 || left != 90 {
			t.Errorf("%d spent %d", n, left)
		}
		u.Tokens = -20
		if err := b.CorrectTokens(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		u.Tokens = 1_000_000
		if ok, err := b.SpendTokens(t.Context(), u, 0); !ok || err != nil || testkit.Count(t, b.sql, "SELECT tokens FROM ai_usage") != 1_000_070 {
			t.Error(ok, err)
		}
	})
}
