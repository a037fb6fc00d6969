package service

import (
	"fmt"
	"strings"
	"testing"

	"countersign/lint"
	"countersign/model"
)

// TestEnginesAreBounded: the ones used last stay, by number and by weight.
func TestEnginesAreBounded(t *testing.T) {
	t.Parallel()
	engine := func(n int) *lint.Engine { return lint.New([]lint.Entry{{Word: strings.Repeat("词", n)}}, nil) }
	e := &engines{}
	for i := range mostEngines + 10 {
		e.put(fmt.Sprint(i), engine(1))
		e.get("0")
	}
	_, first := e.get("0")
	_, second := e.get("1")
	if !first || second || len(e.kept) != mostEngines || e.size != mostEngines {
		t.Error(first, second, len(e.kept), e.size)
	}
	e.put("large", engine(mostKept))
	e.put("large", engine(mostKept))
	if len(e.kept) != 1 || e.size != mostKept {
		t.Error(len(e.kept), e.size)
	}
	if _, known := e.get("large"); !known {
		t.Error("the only one is gone")
	}
}

// TestReviewTexts: as people read them; a body without its tags and pictures.
func TestReviewTexts(t *testing.T) {
	t.Parallel()
	got := ReviewTexts(model.Content{
		Title: "题", Text: " ", Hashtags: []string{"一", "二"},
		BodyHTML: `<p>全网<b>最低</b>价</p><img src="media:00000000-0000-0000-0000-000000000000" alt="图"><p>甲 &amp; 乙<script>丙</script></p>`,
	})
	want := "[{title 题} {body_html 全网最低价\n甲 & 乙} {hashtags[0] 一} {hashtags[1] 二}]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v", got)
	}
}
