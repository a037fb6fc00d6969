package api_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

// TestScanWithoutRedis: codes are scanned from MySQL, whether Redis was flushed or is gone.
func TestScanWithoutRedis(t *testing.T) {
	t.Parallel()
	r := testkit.StartRedis(t)
	x := newBooth(t, testkit.SQLite, testkit.Options{Redis: []string{r.Addr}})
	x.Clock.Add(time.Hour)
	x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 200, nil)
	r.Kill()
	x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 200, nil)
	x.Nobody().Do(t, "GET", x.page()+"/qr.png", nil).Want(t, 200, nil)
	if page := x.show(x.phone("p").handed(nil).Schema); page.Title == "" {
		t.Error("Douyin shows", page)
	}
	x.phone("q").open(nil).Refused(t, 409, model.CodeTicketHeld)
	x.Clock.Add(model.TicketWindow)
	x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 404, nil)
}

// TestSlowDouyin: the page can offer again within three seconds, and publishing by hand
// needs no Douyin at all.
func TestSlowDouyin(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	x.Clock.Add(time.Hour)
	x.Douyin.Fault(sandbox.Fault{Path: "/share-id/", DelayMS: 60_000, Times: -1})
	start := time.Now()
	x.phone("p").open(nil).Refused(t, 503, model.CodeDouyinBusy)
	if took := time.Since(start); took > 3*time.Second {
		t.Error("it took", took)
	}
	if by := x.phone("p").handed(M{"way": "download"}); by.VideoURL == "" || by.Schema != "" {
		t.Errorf("by hand: %+v", by)
	}
}

func tells(x *booth, c testkit.Client, body []byte, headers ...string) testkit.Answer {
	headers = append([]string{"X-Douyin-Signature", sandbox.WebhookSignature(testkit.ClientSecret, body)}, headers...)
	return c.Do(x.t, "POST", "/hooks/douyin", body, headers...)
}

func createVideo(share, filler string) []byte {
	return []byte(`{"event":"create_video","from_user_id":"open-brand","client_key":"` + testkit.ClientKey + `","content":{"share_id":` + strconv.Quote(share) + `,"item_id":"@1","x":"` + filler + `"}}`)
}

// TestDouyinHookRefuses what is not Douyin's, and what two readers could take differently;
// nothing of it is stored.
func TestDouyinHookRefuses(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	db := x.Database.SQL(t)
	good := createVideo("1", "")
	signed := sandbox.WebhookSignature(testkit.ClientSecret, good)
	for name, tc := range map[string]struct {
		body   []byte
		sign   string
		status int
	}{
		"forged":           {good, sandbox.WebhookSignature("another-secret", good), 403},
		"unsigned":         {good, "", 403},
		"changed":          {createVideo("2", ""), signed, 403},
		"length-extended":  {append(bytes.Clone(good), "\x80\x00"...), signed, 403},
		"trailing bytes":   {append(bytes.Clone(good), " {}"...), "", 400},
		"the same twice":   {[]byte(`{"event":"x","event":"create_video","client_key":"` + testkit.ClientKey + `","content":{}}`), "", 400},
		"not JSON":         {[]byte("create_video"), "", 400},
		"eight mebibytes":  {createVideo("1", strings.Repeat("a", 8<<20)), "", 413},
		"another app's":    {bytes.ReplaceAll(good, []byte(testkit.ClientKey), []byte("another")), "", 403},
		"empty, not a key": {[]byte{}, "", 400},
	} {
		sign := tc.sign
		if sign == "" && name != "unsigned" {
			sign = sandbox.WebhookSignature(testkit.ClientSecret, tc.body)
		}
		got := x.Nobody().Do(t, "POST", "/hooks/douyin", tc.body, "X-Douyin-Signature", sign)
		if got.Status != tc.status {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if n := testkit.Count(t, db, "SELECT COUNT(*) FROM outbox WHERE topic LIKE 'douyin.%'"); n != 0 {
		t.Error(n, "were stored")
	}
	for range 3 { // replayed
		tells(x, x.Nobody(), good).Want(t, 200, nil)
	}
	if n := testkit.Count(t, db, "SELECT COUNT(*) FROM outbox WHERE topic LIKE 'douyin.%'"); n != 1 {
		t.Error(n, "were stored of one")
	}
}

// TestDouyinHookUnderASlowDatabase: Douyin gets its answer within a second: 503, on which
// it sends the message again. A busy machine may be slower, not as slow as a request may be.
func TestDouyinHookUnderASlowDatabase(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.MySQL, testkit.Options{})
	r, line := x.Behind(t, testkit.Options{})
	tells(x, x.Nobody().As(r), createVideo("1", "")).Want(t, 200, nil)
	line.Stall()
	start := time.Now()
	got := tells(x, x.Nobody().As(r), createVideo("2", ""))
	if took := time.Since(start); got.Status != 503 || api.HookTime >= time.Second || took > 5*time.Second {
		t.Errorf("%d after %v of %v", got.Status, took, api.HookTime)
	}
	line.Flow()
	testkit.Eventually(t, "the message is taken", func() bool { return tells(x, x.Nobody().As(r), createVideo("2", "")).Status == 200 })
}

// TestWindowOverASummerNight: three hours are three hours, also in the night in which the
// clocks are set back, and the page says which of the two half past ones is meant.
func TestWindowOverASummerNight(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	var b api.BrandOut
	got := x.Admin.Do(t, "GET", x.Path, nil).Want(t, 200, &b)
	x.Admin.Do(t, "PATCH", x.Path, M{"time_zone": "America/New_York"}, "If-Match", got.Header.Get("ETag")).Want(t, 200, nil)
	second := time.Date(2026, 11, 1, 6, 30, 0, 0, time.UTC) // 01:30 for the second time
	x.post = x.NewVideo(t, x.channel, &second).ID
	x.ticket = x.Ticket(t, x.post)
	if want := second.Add(3 * time.Hour); !x.ticket.EndsAt.Equal(want) {
		t.Error("it ends", x.ticket.EndsAt, "want", want)
	}
	page := string(x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 200, nil).Body)
	if !strings.Contains(page, "2026-11-01 01:30") || !strings.Contains(page, "UTC-05:00") {
		t.Error("the page says", page)
	}
}
