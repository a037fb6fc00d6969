package model

import (
	"fmt"
	"testing"
)

func TestAffectedNamesTheFirstPosts(t *testing.T) {
	t.Parallel()
	var a Affected
	for i := range MaxShown + 5 {
		p := PostRef{ID: fmt.Sprint(i)}
		a.Add(2, p)
		a.Add(1, p)
	}
	if a.Count != 3*(MaxShown+5) || len(a.Posts) != MaxShown || a.Posts[1].ID != "1" {
		t.Errorf("%+v", a)
	}
}

func TestCompareOutlooks(t *testing.T) {
	t.Parallel()
	look := func(id string, o Outlook) DraftLook { return DraftLook{PostID: "p" + id, ArticleID: id, Outlook: o} }
	v1, v2 := Outlook{FlowID: "f", VersionNumber: 1, Asked: "a"}, Outlook{FlowID: "f", VersionNumber: 2, Asked: "a"}
	others := v1
	others.Asked = "b"
	now := []DraftLook{look("same", v1), look("moves", v1), look("asks others", v1), look("gone", v1)}
	then := []DraftLook{look("new", v2), look("same", v1), look("moves", v2), look("asks others", others)}
	got := CompareOutlooks(now, then)
	if got.Count != 2 || got.Articles[0].ArticleID != "moves" || got.Articles[0].Then != v2 || got.Articles[1].ArticleID != "asks others" {
		t.Errorf("%+v", got)
	}
	var many, moved []DraftLook
	for i := range MaxShown + 1 {
		many, moved = append(many, look(fmt.Sprint(i), v1)), append(moved, look(fmt.Sprint(i), v2))
	}
	if got := CompareOutlooks(many, moved); got.Count != MaxShown+1 || len(got.Articles) != MaxShown {
		t.Errorf("%d of %d", len(got.Articles), got.Count)
	}
}
