package model

import (
	"strings"
	"testing"
	"time"
)

// TestStaffAndLead are small words of a Brand.
func TestStaffAndLead(t *testing.T) {
	t.Parallel()
	for role, want := range map[Role]bool{RoleAdmin: true, RoleEditor: true, RoleReviewer: false, "": false, "owner": false} {
		if role.Staff() != want {
			t.Errorf("%s: %t", role, role.Staff())
		}
	}
	if (Brand{LeadMinutes: 90}).Lead() != 90*time.Minute {
		t.Error("a lead is told in minutes")
	}
	if DisplayName("律师", "小王") != "律师" || DisplayName("", "小王") != "小王" {
		t.Error("an alias wins")
	}
}

// TestRuleIDs: an AI rule's name is of few characters, a letter or digit first.
func TestRuleIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"a": true, "9": true, "ad-law.superlative_2": true, "": false, ".a": false, "-a": false, "_a": false, "A": false, "a b": false, "广告": false, "a/b": false,
		strings.Repeat("a", MaxRuleID): true, strings.Repeat("a", MaxRuleID+1): false,
	} {
		if ruleID(id) != want {
			t.Errorf("%q: %t", id, !want)
		}
	}
}
