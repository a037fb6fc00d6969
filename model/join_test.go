package model

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestAsk(t *testing.T) {
	t.Parallel()
	named := Person{Nickname: "陈"}
	refused := func(ago time.Duration) *AccessRequest {
		at := noon.Add(-ago)
		return &AccessRequest{State: AccessRefused, DecidedAt: &at, Reason: "不认识"}
	}
	unblocked := refused(time.Hour)
	unblocked.UnblockedAt = &noon
	for _, tc := range []struct {
		name   string
		person Person
		member bool
		last   *AccessRequest
		want   AskOutcome
		code   Code
	}{
		{"no nickname", Person{}, false, nil, "", CodeNicknameRequired},
		{"no nickname, though one waits", Person{}, false, &AccessRequest{State: AccessWaiting}, "", CodeNicknameRequired},
		{"first time", named, false, nil, AskCreate, ""},
		{"one waits", named, false, &AccessRequest{State: AccessWaiting}, AskReturn, ""},
		{"a member", named, true, &AccessRequest{State: AccessAdmitted}, AskMember, ""},
		{"removed since", named, false, &AccessRequest{State: AccessAdmitted}, AskCreate, ""},
		{"refused 1 ms short of 24 h ago", named, false, refused(RefusalLasts - time.Millisecond), "", CodeAccessRefused},
		{"refused 24 h ago", named, false, refused(RefusalLasts), AskCreate, ""},
		{"unblocked", named, false, unblocked, AskCreate, ""},
		{"an unknown state", named, false, &AccessRequest{State: "?"}, "", CodeInternal},
	} {
		got, err := Ask(tc.person, tc.member, tc.last, noon)
		if got != tc.want || (err != nil) != (tc.code != "") || (err != nil && CodeOf(err) != tc.code) {
			t.Errorf("%s: %q %v", tc.name, got, err)
		}
	}
}

func TestDecideAccessNamesTheWinner(t *testing.T) {
	t.Parallel()
	if err := DecideAccess(AccessRequest{State: AccessWaiting}); err != nil {
		t.Error(err)
	}
	err := DecideAccess(AccessRequest{State: AccessAdmitted, DecidedByName: "林晓", DecidedAt: &noon})
	if CodeOf(err) != CodeAccessDecided || !strings.Contains(TextOf(LangEn, CodeAccessDecided, err.(*Error).Args).Detail, "林晓") { //nolint:errorlint,forcetypeassert // it is ours
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"陈律师": "", "Ann Lee": "", strings.Repeat("名", 32): "", "👩‍💻": "forbidden_character", // a zero-width joiner
		"": "required", "\u200b": "required", "\u3164": "required", "   ": "required", strings.Repeat("名", 33): "too_long",
		"a\x00b": "forbidden_character", "a\nb": "forbidden_character", "a\u202eb": "forbidden_character", "a\u2066b": "forbidden_character",
		"a\ufeffb": "forbidden_character", "a\xffb": "forbidden_character", "a\u2028b": "forbidden_character", "a\ue000b": "forbidden_character",
	} {
		if got := CheckLine(s, MaxNickname); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	if CheckText("一\n二\t三", 10) != "" || CheckText("a\rb", 10) == "" {
		t.Error("a text may have lines and tabs, and no other control character")
	}
}

func TestLooksLike(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"林晓", "林 晓"}, {"Admin", "ａｄｍｉｎ"}, {"ann.lee", "ANN LEE"}} {
		if !LooksLike(pair[0], pair[1]) {
			t.Errorf("%q and %q look alike", pair[0], pair[1])
		}
	}
	if LooksLike("林晓", "林晓明") || LooksLike("", "") {
		t.Error("different names, or none, do not look alike")
	}
}

var weChatScene = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$`)

func TestSceneTokens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), sceneBytes, sceneBytes).Draw(t, "random")
		kind := rapid.SampledFrom([]SceneKind{SceneInvitation, ScenePost, SceneBinding}).Draw(t, "kind")
		token, err := NewSceneToken(kind, bytes.NewReader(raw))
		if err != nil || !weChatScene.MatchString(token) {
			t.Fatalf("%q %v", token, err)
		}
		if got, ok := SceneKindOf(token); !ok || got != kind {
			t.Fatalf("%q is %q", token, got)
		}
	})
	rapid.Check(t, func(t *rapid.T) { // nothing that is no token panics or passes as another
		if _, ok := SceneKindOf(rapid.String().Draw(t, "s")); ok {
			t.Skip("drew a token")
		}
	})
	if _, err := NewSceneToken(SceneInvitation, strings.NewReader("short")); err == nil {
		t.Error("too little randomness must fail")
	}
}

func TestSceneLive(t *testing.T) {
	t.Parallel()
	before, after := noon.Add(-time.Millisecond), noon.Add(time.Millisecond)
	for name, tc := range map[string]struct {
		s    Scene
		live bool
	}{
		"plain": {Scene{}, true}, "expires later": {Scene{ExpiresAt: &after}, true}, "expires now": {Scene{ExpiresAt: &noon}, false},
		"expired": {Scene{ExpiresAt: &before}, false}, "revoked": {Scene{RevokedAt: &before}, false},
		"used up": {Scene{MaxUses: 2, Uses: 2}, false}, "one left": {Scene{MaxUses: 2, Uses: 1}, true},
	} {
		if tc.s.Live(noon) != tc.live {
			t.Errorf("%s: live %t", name, !tc.live)
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	rank := map[Role]int{RoleReviewer: 1, RoleEditor: 2, RoleAdmin: 3}
	for r := range rank {
		for need := range rank {
			if r.May(need) != (rank[r] >= rank[need]) {
				t.Errorf("%s may %s: %t", r, need, r.May(need))
			}
		}
		if r.May("owner") || Role("owner").May(r) {
			t.Error("an unknown role has no rights and gives none")
		}
	}
}
