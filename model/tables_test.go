package model

import (
	"slices"
	"testing"
)

// TestTableNames: these are not what gorm would guess.
func TestTableNames(t *testing.T) {
	t.Parallel()
	for want, row := range map[string]interface{ TableName() string }{
		"ai_reports": AIReport{}, "ai_usage": AIUsage{}, "audit": AuditEntry{}, "media_usage": MediaUsage{}, "memberships": Member{}, "outbox": OutboxMessage{},
		"persons": Person{}, "webhook_deliveries": Delivery{},
	} {
		if got := row.TableName(); got != want {
			t.Errorf("%T is in %s", row, got)
		}
	}
}

// TestRuleRows: each row of the rules is a whole case, under a chapter.
func TestRuleRows(t *testing.T) {
	t.Parallel()
	covered := map[int]bool{}
	for i, r := range Rules() {
		chapter := slices.ContainsFunc(RuleTitles(), func(c RuleTitle) bool { return c.From <= r.Rule && r.Rule <= c.To })
		if !chapter || r.En == "" || r.Zh == "" || len(r.Acts) == 0 || r.Then == "" {
			t.Errorf("row %d: %+v", i, r)
		}
		if _, known := kinds[Code(r.Then)]; !known && r.Then != "ok" && r.Rule < 16 { // those of scanning have words of their own
			t.Errorf("row %d answers %q, which is no code", i, r.Then)
		}
		covered[r.Rule] = true
	}
	for _, c := range RuleTitles() {
		for rule := c.From; rule <= c.To; rule++ {
			if !covered[rule] {
				t.Errorf("rule %d has no row", rule)
			}
		}
	}
}
