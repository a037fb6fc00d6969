package model

import (
	"testing"
	"time"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tc := range []struct {
		ask      WindowAsk
		zone     *time.Location
		from, to string
	}{
		{WindowAsk{Month: "2026-11"}, shanghai, "2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z"},
		{WindowAsk{Month: "2026-12"}, time.UTC, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{WindowAsk{Month: "2026-03"}, newYork, "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"}, // summer time begins
		{WindowAsk{Week: "2026-W47"}, shanghai, "2026-11-15T16:00:00Z", "2026-11-22T16:00:00Z"},
		{WindowAsk{Week: "2026-W01"}, time.UTC, "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"},
		{WindowAsk{Week: "2026-W53"}, time.UTC, "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		{WindowAsk{Week: "2026-W44"}, newYork, "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"}, // summer time ends
		{WindowAsk{From: at("2026-11-01T08:00:00+08:00"), To: at("2027-01-02T08:00:00+08:00")}, shanghai, "2026-11-01T00:00:00Z", "2027-01-02T00:00:00Z"},
	} {
		w, err := tc.ask.In(tc.zone)
		if err != nil || !w.From.Equal(at(tc.from)) || !w.To.Equal(at(tc.to)) {
			t.Errorf("%+v: %v %v", tc.ask, w, err)
		}
	}
	one, two := at("2026-11-01T00:00:00Z"), at("2026-11-02T00:00:00Z")
	for path, asks := range map[string][]WindowAsk{
		"query.month": {{}, {Month: "2026-11", Week: "2026-W47"}, {Month: "2026-11", From: one, To: two}, {Month: "2026-13"}, {Month: "x"}, {Month: "0000-01"}, {Month: "1999-11"}, {Month: "2101-01"}, {Month: "9999-12"}},
		"query.week":  {{Week: "2026-W00"}, {Week: "2025-W53"}, {Week: "2026-47"}, {Week: "2026-W7"}, {Week: "2026-W470"}, {Week: "0000-W10"}, {Week: "9999-W52"}},
		"query.from":  {{To: two}, {From: at("9999-12-31T23:00:00-12:00"), To: at("9999-12-31T23:59:59-12:00")}},
		"query.to":    {{From: one}, {From: two, To: one}, {From: one, To: one}, {From: one, To: one.Add(MaxWindow + 1)}},
	} {
		for _, ask := range asks {
			w, err := ask.In(time.UTC)
			if e, ok := err.(*Error); !ok || len(e.Fields) != 1 || e.Fields[0].Path != path { //nolint:errorlint // made here
				t.Errorf("%+v: %v %v, want a refusal of %s", ask, w, err, path)
			}
		}
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":            "",
		"新":           "新",
		"新品":          "新|品|新品",
		"ＡＢ  新":       "a|b|ab|新",
		"新新新":         "新|新新",
		"\t a\u3000b": "a|b",
	} {
		got := ""
		for i, term := range Terms(Fold(in)) {
			if i > 0 {
				got += "|"
			}
			got += term
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
