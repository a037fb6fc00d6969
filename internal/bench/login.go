package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

const (
	loginWorkers = 8
	loginRounds  = 9
	loginActs    = 400 // of each side in each round
)

// login compares a WeChat login of a known person with two floors that make the same
// call to WeChat: one does nothing else, one also inserts a session. A login that
// survives a crash needs that insert, and its flush to the disk, whoever writes it.
func login(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 1)
	phone, openID := a.Phone(t, "")
	var me api.PersonOut
	phone.Do(t, "GET", api.Base+"/person", nil).Want(t, 200, &me)
	bare := loginFloor(t, a, nil)
	durable := loginFloor(t, a, newSessionInsert(t, a, me.ID))
	sides := []side{
		loginSide(t, a, "login", testkit.Client{URL: a.Server.URL + api.Base + "/wechat"}, openID),
		loginSide(t, a, "call alone", testkit.Client{URL: bare.URL}, openID),
		loginSide(t, a, "call and insert", testkit.Client{URL: durable.URL}, openID),
	}
	r := compare(loginRounds, loginActs, loginWorkers, sides...)
	// A stand-in in the same process answers in no time, and no login that keeps its
	// session could reach the goal against that. WeChat takes its time: the goal is judged
	// with 30 ms.
	a.Sandbox.Fault(sandbox.Fault{Path: "/sns/jscode2session", Times: -1, DelayMS: 30})
	far := compare(loginRounds/2, loginActs, loginWorkers, sides[:2]...)
	note := func(r []rates, floor int) string {
		return fmt.Sprintf("%.0f/s against %.0f/s, %d at a time, MariaDB", r[0].median(), r[floor].median(), loginWorkers)
	}
	return []figure{
		figure{Name: "login / bare handler, WeChat answers from memory", Measured: r[0].over(r[1]), Unit: "×", Note: note(r, 1)}.judged(),
		figure{Name: "login / handler with the call and one session row", Measured: r[0].over(r[2]), Unit: "×", Note: note(r, 2)}.judged(),
		figure{Name: "one session row / bare handler (the disk's part)", Measured: r[2].over(r[1]), Unit: "×"}.judged(),
		figure{Name: "login / bare handler, WeChat answers in 30 ms", Measured: far[0].over(far[1]), Unit: "×", Bound: atLeast, Goal: 0.8, Note: note(far, 1)}.judged(),
	}
}

func loginSide(t testing.TB, a *testkit.App, name string, c testkit.Client, openID string) side {
	return side{name, func(int) {
		c.Do(t, "POST", "/login", testkit.M{"code": a.Sandbox.LoginCode(openID)}).Want(t, 200, nil)
	}}
}

// sessionInsert is the hand-written insert of a session.
type sessionInsert struct {
	stmt   *sql.Stmt
	person string
}

func newSessionInsert(t testing.TB, a *testkit.App, person string) *sessionInsert {
	t.Helper()
	s, err := direct(t, a.Database).PrepareContext(t.Context(), `INSERT INTO sessions
		(id, kind, person_id, token_hash, user_agent, ip_hash, last_seen_at, expires_at, created_at)
		VALUES (?, 'mini_program', ?, ?, 'other', '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 30 DAY, UTC_TIMESTAMP(3))`)
	if err != nil {
		t.Fatal(err)
	}
	return &sessionInsert{s, person}
}

// loginFloor is a bare gin handler that exchanges a code and answers JSON.
func loginFloor(t testing.TB, a *testkit.App, insert *sessionInsert) *httptest.Server {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, Timeout: 3 * time.Second}
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.POST("/login", func(c *gin.Context) {
		var in struct{ Code string }
		if err := c.ShouldBindJSON(&in); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		openID, err := exchange(c, client, a.WeChat.URL, in.Code)
		token := testkit.NewID()
		if err == nil && insert != nil {
			_, err = insert.stmt.ExecContext(c.Request.Context(), testkit.NewID(), insert.person, model.HashToken(token))
		}
		if err != nil || openID == "" {
			c.JSON(http.StatusInternalServerError, gin.H{"error": fmt.Sprint(err)})
			return
		}
		c.JSON(http.StatusOK, gin.H{"token": token, "person": gin.H{"id": openID}})
	})
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

func exchange(c *gin.Context, client *http.Client, base, code string) (openID string, err error) {
	q := url.Values{"appid": {testkit.AppID}, "secret": {testkit.AppSecret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	req, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, base+"/sns/jscode2session?"+q.Encode(), nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var got struct {
		OpenID string `json:"openid"`
	}
	err = json.NewDecoder(resp.Body).Decode(&got)
	return got.OpenID, err
}
