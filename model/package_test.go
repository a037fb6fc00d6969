package model

import "testing"

// TestPackageDigest pins its form: changing it would void the lead's approval of every
// post there is.
func TestPackageDigest(t *testing.T) {
	t.Parallel()
	if got := PackageDigest([]string{"a", "b"}, ""); got != HashToken(`{"articles":["a","b"]}`) {
		t.Error(got)
	}
	if got := PackageDigest([]string{"a"}, "c0"); got != HashToken(`{"articles":["a"],"cover":"c0"}`) {
		t.Error(got)
	}
	seen := map[string]bool{}
	for _, tc := range []struct {
		ids   []string
		cover string
	}{
		{[]string{"a"}, ""},
		{[]string{"a"}, "c"},
		{[]string{"b"}, ""},
		{[]string{"a", "b"}, ""},
		{[]string{"b", "a"}, ""},
		{[]string{"a", "b", "c"}, ""},
		{[]string{"ab"}, ""},
		{[]string{`a","b`}, ""},
		{nil, ""},
	} {
		d := PackageDigest(tc.ids, tc.cover)
		if seen[d] {
			t.Errorf("%q under %q has the digest of another package", tc.ids, tc.cover)
		}
		seen[d] = true
	}
}

func TestMayRepack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		post     PostState
		articles []ArticleState
		code     Code
	}{
		{PostDraft, []ArticleState{ArticleDraft}, ""},
		{PostRejected, []ArticleState{ArticleRejected, ArticleApproved}, ""},
		{PostApproved, []ArticleState{ArticleApproved}, ""},
		{PostInReview, []ArticleState{ArticleDraft, ArticleInReview}, CodeContentLocked},
		{PostInReview, []ArticleState{ArticleInReview}, CodeContentLocked},
		{PostCancelled, []ArticleState{ArticleDraft}, CodePostState},
	} {
		err := MayRepack(tc.post, tc.articles)
		if err == nil && tc.code != "" || err != nil && CodeOf(err) != tc.code {
			t.Errorf("%s %v: %v, want %q", tc.post, tc.articles, err, tc.code)
		}
	}
}

func TestHowManyArticles(t *testing.T) {
	t.Parallel()
	wechat, _ := PlatformByID("wechat_official")
	weibo, _ := PlatformByID("weibo")
	for n := range 10 {
		if ok := wechat.MayAdd(n) == nil; ok != (n < 8) {
			t.Errorf("WeChat takes one more beside %d: %t", n, ok)
		}
		if ok := weibo.MayAdd(n) == nil; ok != (n < 1) {
			t.Errorf("Weibo takes one more beside %d: %t", n, ok)
		}
		if ok := MayRemove(n) == nil; ok != (n > 1) {
			t.Errorf("one of %d may go: %t", n, ok)
		}
	}
}

func TestCheckOrder(t *testing.T) {
	t.Parallel()
	now := []string{"a", "b", "c"}
	for _, tc := range []struct {
		asked []string
		ok    bool
	}{
		{[]string{"c", "a", "b"}, true},
		{[]string{"a", "b", "c"}, true},
		{[]string{"a", "b"}, false},
		{[]string{"a", "b", "b"}, false},
		{[]string{"a", "b", "c", "c"}, false},
		{[]string{"a", "b", "d"}, false},
		{nil, false},
	} {
		if ok := CheckOrder(now, tc.asked) == nil; ok != tc.ok {
			t.Errorf("%q: %t", tc.asked, ok)
		}
	}
}

// Only the lead's approval hangs on the package, and only on another one.
func TestPackageVoids(t *testing.T) {
	t.Parallel()
	for _, s := range []ArticleState{ArticleDraft, ArticleInReview, ArticleRejected, ArticleApproved, "unknown"} {
		if got := PackageVoids(s, "p", "q"); got != (s == ArticleApproved) {
			t.Errorf("%s under another package: %t", s, got)
		}
		if PackageVoids(s, "p", "p") {
			t.Errorf("%s under the same package", s)
		}
	}
}
