package api_test

import (
	"fmt"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
)

// TestRules plays every row of the published rules through the API.
func TestRules(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		db := a.Database.SQL(t)
		for i, row := range model.Rules() {
			t.Run(fmt.Sprintf("%02d %s", row.Rule, row.En), func(t *testing.T) {
				s := newStage(t, a, db, row)
				got := "ok"
				for k, act := range row.Acts {
					if got = s.play(act); k < len(row.Acts)-1 && got != "ok" {
						t.Fatalf("row %d: %q: %s", i, act, got)
					}
				}
				if got != row.Then {
					t.Errorf("row %d: the last act, %q, answers %s, want %s", i, row.Acts[len(row.Acts)-1], got, row.Then)
				}
				for _, fact := range row.After {
					s.holds(fact)
				}
			})
		}
	})
}

// TestRulesCoverEveryRule: the table is only as good as its rows.
func TestRulesCoverEveryRule(t *testing.T) {
	t.Parallel()
	rows, codes, seen := map[int]int{}, map[string]bool{}, map[string]bool{}
	for _, r := range model.Rules() {
		rows[r.Rule]++
		codes[r.Then] = true
		key := fmt.Sprint(r.Flow, r.Acts)
		if seen[key] || r.Zh == "" || r.En == "" || len(r.Acts) == 0 {
			t.Errorf("a row twice, or without a text: %+v", r)
		}
		seen[key] = true
		if _, known := model.Codes()[model.Code(r.Then)]; !known && r.Then != "ok" {
			t.Errorf("%q is no code", r.Then)
		}
	}
	for rule := 6; rule <= 20; rule++ {
		if rows[rule] < 2 {
			t.Errorf("rule %d has %d rows", rule, rows[rule])
		}
	}
	if len(codes) < 20 {
		t.Error("only", len(codes), "outcomes")
	}
}
