package client_test

import (
	"net/http"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/sandbox"
)

// Every code that leads nowhere says so calmly, and shows the way on.
func TestCodesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	p := s.phone(look, openid, "")
	for name, tc := range map[string]struct{ scene, says string }{
		"malformed": {"%%%|hello", "无法识别此码"},
		"unknown":   {"i.AAAAAAAAAAAAAAAAAAAAAA", "此码已失效"},
		"expired":   {s.expired(), "此码已失效"},
		"revoked":   {s.revoked(), "此码已失效"},
		"used up":   {s.usedUp(), "此码已失效"},
		"foreign":   {s.foreign(), "此内容不在您的审批范围内"},
	} {
		p.scan(tc.scene)
		p.reads(tc.says)
		if t.Failed() {
			t.Fatal(name)
		}
		p.fine()
		p.tap("查看我的审批")
		p.reaches("inbox")
	}
}

// revoked is an invitation that was taken back.
func (s *stage) revoked() string {
	s.t.Helper()
	invitation, token := s.Invite(s.t, s.Brand, M{})
	s.Admin.Do(s.t, "DELETE", s.Path+"/invitations/"+invitation.ID, nil).Want(s.t, 204, nil)
	return token
}

// expired is an invitation whose time is over.
func (s *stage) expired() string {
	s.t.Helper()
	invitation, token := s.Invite(s.t, s.Brand, M{})
	changed, err := s.Database.SQL(s.t).ExecContext(s.t.Context(), "UPDATE scenes SET expires_at = created_at WHERE subject_id = ?", invitation.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	if n, err := changed.RowsAffected(); n != 1 || err != nil {
		s.t.Fatal(n, err)
	}
	return token
}

// usedUp is an invitation for one, which somebody else took.
func (s *stage) usedUp() string {
	s.t.Helper()
	_, token := s.Invite(s.t, s.Brand, M{"max_uses": 1})
	s.Named(s.t, "捷足者").Do(s.t, "POST", api.Base+"/person/access-requests", M{"token": token}).Want(s.t, 200, nil)
	return token
}

// foreign is the code of a post of a brand that the reviewer does not know.
func (s *stage) foreign() string {
	s.t.Helper()
	other := &stage{App: s.App, Brand: s.NewBrand(s.t), t: s.t, server: s.server}
	_, scene := other.posted("别家的内容")
	return scene
}

// WeChat refuses whom it finds risky.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	s.Sandbox.Fault(sandbox.Fault{Path: "/sns/jscode2session", ErrCode: 40226, Times: 1})
	p := s.phone(look, "", "")
	p.reads("微信拒绝了本次登录")
	p.fine()
	p.tap("重试")
	p.reaches("inbox")
}

// Without the service there is a calm screen, and "try again" goes on where it stopped.
func TestServiceAway(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("新品上市")
	for says, answer := range map[string]http.HandlerFunc{"网络未连接": gone, "標題 internal": problem(500, "internal")} {
		s.fail("GET /scenes/*", -1, answer)
		p := s.phone(look, openid, scene)
		p.reads(says)
		p.fine()
		s.heal()
		p.tap("重试")
		p.reaches("review")
		p.reads("新品上市")
	}
}

// A busy service is asked again by itself, the same act under the same key.
func TestBusyAndBroken(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, reviewer := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	var keys []string
	s.fail("POST /tasks/*/decision", 1, s.lost(&keys))
	s.fail("POST /tasks/*/decision", 1, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		problem(503, "unavailable", "Retry-After", "1")(w, r)
	})
	p.touch(seen("确认通过", is))
	p.reads("您已通过")
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] == "" {
		t.Error(keys)
	}
	if got := reviewer.Inbox(t, "decided"); len(got) != 1 {
		t.Error(got)
	}
}

// lost lets the service act, and breaks the connection before it answers.
func (s *stage) lost(keys *[]string) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		*keys = append(*keys, r.Header.Get("Idempotency-Key"))
		s.Server.Config.Handler.ServeHTTP(nowhere{}, r)
		panic(http.ErrAbortHandler)
	}
}

type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// A tap on a slow line counts once, however often it is repeated.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	arrived, answer := s.held("POST /tasks/*/decision")
	p.touch(seen("确认通过", is))
	arrived()
	p.Until(t, `!!document.querySelector(".mp-view:not([hidden]) button[loading]")`)
	p.fine()
	s.asked()
	p.Do(t, twiceMore)
	answer()
	p.reads("您已通过")
	for _, request := range s.asked() {
		if matches("POST /tasks/*/decision", request) {
			t.Error("sent again")
		}
	}
}

// A session that ended in the middle is renewed, unseen.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	p.reads("确认通过？")
	s.fail("POST /tasks/*/decision", 1, problem(401, "unauthenticated"))
	p.touch(seen("确认通过", is))
	p.reads("您已通过")
	if n := p.calls("login"); n != 2 {
		t.Error("logged in", n, "times")
	}
}

// What others did meanwhile is shown, and nothing is decided over it.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	s.fail("POST /tasks/*/decision", 1, problem(409, "content_changed"))
	p.touch(seen("确认通过", is))
	p.reads("内容刚刚更新")
	p.fine()

	p.tap("通过")
	s.fail("POST /tasks/*/decision", 1, problem(409, "already_decided"))
	p.touch(seen("确认通过", is))
	p.reads("標題 already_decided")
	p.fine()
}

// Too fast: the sheet says how long to wait, and the button comes back.
func TestTooFast(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	s.fail("POST /tasks/*/decision", 1, problem(429, "too_many_requests", "Retry-After", "2"))
	p.touch(seen("确认通过", is))
	p.reads("標題 too_many_requests")
	p.reads("请等待")
	p.fine()
	p.tap("重试")
	p.reads("您已通过")
}

// Messages are asked for inside a tap only, and a refusal stops nothing.
func TestMessagesRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	p.Do(t, withoutMock)
	p.touch(seen("确认通过", is))
	p.tap("拒绝") // WeChat's own question
	p.reads("您已通过")
	p.fine()
}
