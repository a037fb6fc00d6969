package model

import (
	"testing"
	"time"
)

// TestMayCancel: nothing is taken out of the plan that is out of it, or published.
func TestMayCancel(t *testing.T) {
	t.Parallel()
	for _, s := range PostStates() {
		if ok := MayCancel(s) == nil; ok != (s != PostCancelled && s != PostPublished) {
			t.Errorf("%s: %t", s, ok)
		}
	}
}

// TestCheckSchedule: the years that every database stores, by UTC.
func TestCheckSchedule(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 14*3600)
	for name, tc := range map[string]struct {
		at   time.Time
		want string
	}{
		"the first moment":         {time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		"the moment before":        {time.Date(1999, 12, 31, 23, 59, 59, 999e6, time.UTC), "out_of_range"},
		"the last moment":          {time.Date(2100, 12, 31, 23, 59, 59, 999e6, time.UTC), ""},
		"the moment after":         {time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC), "out_of_range"},
		"2000 in the east is 1999": {time.Date(2000, 1, 1, 1, 0, 0, 0, east), "out_of_range"},
		"2101 in the east is 2100": {time.Date(2101, 1, 1, 1, 0, 0, 0, east), ""},
	} {
		if got := CheckSchedule(&tc.at); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if CheckSchedule(nil) != "" {
		t.Error("no planned time is wrong")
	}
}

// TestChoiceAndOrigin: what an author chose, and why a review runs its flow.
func TestChoiceAndOrigin(t *testing.T) {
	t.Parallel()
	flow, kept := "f", "v"
	for _, tc := range []struct {
		a    Article
		want FlowOrigin
	}{
		{Article{}, FlowByDefault},
		{Article{FlowID: &flow}, FlowByChoice},
		{Article{NoFlow: true}, FlowByChoice},
		{Article{KeptFlowVersionID: &kept}, FlowByKeeping},
		{Article{FlowID: &flow, KeptFlowVersionID: &kept}, FlowByChoice},
	} {
		if got := tc.a.Origin(); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.a, got, tc.want)
		}
		if c := tc.a.Choice(); c.FlowID != tc.a.FlowID || c.None != tc.a.NoFlow {
			t.Errorf("%+v", c)
		}
	}
}
