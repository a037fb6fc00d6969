package model

import (
	"testing"
	"time"
)

// TestMayComment: everything may be talked about but what was cancelled.
func TestMayComment(t *testing.T) {
	t.Parallel()
	for _, s := range PostStates() {
		if ok := MayComment(s) == nil; ok != (s != PostCancelled) {
			t.Errorf("%s: %t", s, ok)
		}
	}
}

// TestMayStart: a reviewer begins shared threads alone; an unknown visibility is refused.
func TestMayStart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		v     CommentVisibility
		staff bool
		want  string
	}{
		{CommentShared, true, ""},
		{CommentShared, false, ""},
		{CommentInternal, true, ""},
		{CommentInternal, false, string(CodeCommentInternal)},
		{"", true, "visibility unknown"},
		{"public", true, "visibility unknown"},
	} {
		if got := field(tc.v.MayStart(tc.staff)); got != tc.want {
			t.Errorf("%q by staff: %t: %q, want %q", tc.v, tc.staff, got, tc.want)
		}
	}
}

// TestMayEditComment: its author, for fifteen minutes to the millisecond.
func TestMayEditComment(t *testing.T) {
	t.Parallel()
	gone := noon
	for name, tc := range map[string]struct {
		c    Comment
		mine bool
		at   time.Time
		want string
	}{
		"his own":             {Comment{CreatedAt: noon}, true, noon, ""},
		"another's":           {Comment{CreatedAt: noon}, false, noon, string(CodeCommentForeign)},
		"deleted":             {Comment{CreatedAt: noon, DeletedAt: &gone}, true, noon, string(CodeCommentDeleted)},
		"in the last moment":  {Comment{CreatedAt: noon}, true, noon.Add(CommentEditing), ""},
		"a moment later":      {Comment{CreatedAt: noon}, true, noon.Add(CommentEditing + time.Millisecond), string(CodeCommentTooOld)},
		"another's, and gone": {Comment{CreatedAt: noon, DeletedAt: &gone}, false, noon.Add(time.Hour), string(CodeCommentForeign)},
	} {
		if got := field(tc.c.MayEdit(tc.mine, tc.at)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestMaySettle: staff, and who began the thread.
func TestMaySettle(t *testing.T) {
	t.Parallel()
	for _, mine := range []bool{true, false} {
		for _, staff := range []bool{true, false} {
			if ok := (Comment{}).MayResolve(mine, staff) == nil; ok != (mine || staff) {
				t.Errorf("mine %t, staff %t: %t", mine, staff, ok)
			}
		}
	}
}

func TestFirstOfAThread(t *testing.T) {
	t.Parallel()
	if !(Comment{ID: "a", ThreadID: "a"}).First() || (Comment{ID: "b", ThreadID: "a"}).First() {
		t.Error("the first of a thread is the one whose id it has")
	}
}
