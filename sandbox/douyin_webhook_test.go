package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/sandbox"
)

// hook is a receiver that keeps what it was sent, the challenge excepted.
type hook struct {
	server *httptest.Server

	mu       sync.Mutex
	got      []received
	statuses []int // of the next answers; then 200
	answer   string
	hang     int // so many answers never come
}

type received struct {
	msgID, signature string
	body             []byte
}

// newHook is a receiver that d saved.
func newHook(d *douyin) *hook {
	d.t.Helper()
	h := &hook{}
	h.server = httptest.NewServer(h)
	d.t.Cleanup(h.server.Close)
	if err := d.SaveWebhook(d.t.Context(), h.server.URL); err != nil {
		d.t.Fatal(err)
	}
	return h
}

func (h *hook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct {
		Event     string  `json:"event"`
		ClientKey *string `json:"client_key"`
		Content   struct {
			Challenge json.Number `json:"challenge"`
		} `json:"content"`
	}
	if json.Unmarshal(body, &in) == nil && in.Event == "verify_webhook" {
		h.echo(rw, r, body, in.ClientKey, in.Content.Challenge)
		return
	}
	status, hangs := h.keep(received{r.Header.Get("Msg-Id"), r.Header.Get("X-Douyin-Signature"), body})
	if hangs {
		<-r.Context().Done()
		return
	}
	rw.WriteHeader(status)
}

func (h *hook) echo(rw http.ResponseWriter, r *http.Request, body []byte, key *string, n json.Number) {
	h.mu.Lock()
	answer := h.answer
	h.mu.Unlock()
	if r.Header.Get("X-Douyin-Signature") != sandbox.WebhookSignature(clientSecret, body) || key == nil || *key != "" {
		answer = "not from Douyin"
	}
	if answer == "" {
		answer = `{"challenge": ` + n.String() + `}`
	}
	_, _ = io.WriteString(rw, answer)
}

func (h *hook) keep(m received) (status int, hangs bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = append(h.got, m)
	if h.hang > 0 {
		h.hang--
		return 0, true
	}
	if len(h.statuses) == 0 {
		return http.StatusOK, false
	}
	status, h.statuses = h.statuses[0], h.statuses[1:]
	return status, false
}

// take is what came since the last take.
func (h *hook) take() []received {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.got
	h.got = nil
	return got
}

// open opens a page whose publication is told.
func (d *douyin) open(query string) sandbox.Page {
	d.t.Helper()
	page, toast := d.opened(d.signed(d.ticket(), map[string]string{"state": d.share("need_callback=true" + query), "title": "标题"}))
	if toast != "" {
		d.t.Fatal(toast)
	}
	return page
}

func (d *douyin) publish(in sandbox.PublishRequest) sandbox.Published {
	d.t.Helper()
	got, err := d.Publish(d.t.Context(), in)
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

// sent publishes a fresh page in a way.
func (d *douyin) sent(s *sandbox.Sending) sandbox.Published {
	d.t.Helper()
	return d.publish(sandbox.PublishRequest{OpenToken: d.open("").OpenToken, Webhook: s})
}

func TestTheWebhookIsToldOfAPublication(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	page := d.open("&default_hashtag=x")
	got := d.publish(sandbox.PublishRequest{OpenToken: page.OpenToken, OpenID: "_alice"})
	v, all := got.Video, h.take()
	if len(all) != 1 || len(got.Deliveries) != 1 || got.Deliveries[0].Status != 200 || got.Deliveries[0].Tries != 1 {
		t.Fatalf("published %+v, received %v", got, all)
	}
	m := all[0]
	if m.signature != sandbox.WebhookSignature(clientSecret, m.body) || m.msgID != got.Deliveries[0].MsgID {
		t.Errorf("message %+v", m)
	}
	var event struct {
		Event, From, Key string
		Content          map[string]any
	}
	_ = json.NewDecoder(strings.NewReader(strings.NewReplacer("from_user_id", "from", "client_key", "key").Replace(string(m.body)))).Decode(&event)
	want := map[string]any{"share_id": page.State, "item_id": v.ItemID, "video_id": v.VideoID, "has_default_hashtag": true}
	if event.Event != "create_video" || event.From != "_alice" || event.Key != clientKey || fmt.Sprint(event.Content) != fmt.Sprint(want) {
		t.Errorf("event %+v, want %v", event, want)
	}
	if len(v.VideoID) != 19 || !strings.HasPrefix(v.ItemID, "@") || !strings.HasSuffix(v.ItemID, "==") || v.Title != "标题" {
		t.Errorf("video %+v", v)
	}
	if items := d.ask(http.MethodGet, "/sandbox/douyin/videos", "")["items"].([]any); len(items) != 1 {
		t.Errorf("videos %v", items)
	}
}

// The vector was computed with sha1sum.
func TestTheWebhookSignatureIsDouyins(t *testing.T) {
	t.Parallel()
	got := sandbox.WebhookSignature("secret", []byte(`{"event":"x"}`))
	if got != "cdbd147248cf255d206fdc8f14f04b6585d3bec1" {
		t.Errorf("signature %s", got)
	}
}

func TestTheContentOfAPublicationVaries(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	for name, c := range map[string]struct {
		in   sandbox.PublishRequest
		want string
	}{
		"official":   {sandbox.PublishRequest{Official: true}, `"content":{"item_id":I,"share_id":S}`},
		"no video":   {sandbox.PublishRequest{NoVideoID: true}, `"content":{"share_id":S,"item_id":I,"has_default_hashtag":true}`},
		"dropped":    {sandbox.PublishRequest{DropHashtag: true, NoVideoID: true}, `"content":{"share_id":S,"item_id":I,"has_default_hashtag":false}`},
		"null":       {sandbox.PublishRequest{NullHashtag: true, NoVideoID: true}, `"content":{"share_id":S,"item_id":I,"has_default_hashtag":null}`},
		"as a text":  {sandbox.PublishRequest{Official: true, Webhook: &sandbox.Sending{ContentString: true}}, `"content":"{\"item_id\":\I,\"share_id\":\S}"`},
		"everything": {sandbox.PublishRequest{}, `"content":{"share_id":S,"item_id":I,"has_default_hashtag":true,"video_id":V}`},
	} {
		c.in.State = d.open("&default_hashtag=x").State
		v := d.publish(c.in).Video
		want := strings.NewReplacer(`\I`, `\"`+v.ItemID+`\"`, `\S`, `\"`+v.ShareID+`\"`,
			"I", `"`+v.ItemID+`"`, "S", `"`+v.ShareID+`"`, "V", `"`+v.VideoID+`"`).Replace(c.want)
		if got := h.take(); len(got) != 1 || !bytes.Contains(got[0].body, []byte(want)) {
			t.Errorf("%s: %s, want %s", name, got[0].body, want)
		}
	}
}

func TestAPageIsPublishedOnce(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	page := d.open("")
	again, _ := d.opened(d.signed(d.ticket(), map[string]string{"state": page.State}))
	by := func(body string) int { return record(d, http.MethodPost, "/sandbox/douyin/publish", body).Code }
	token := fmt.Sprintf(`{"open_token":%q}`, page.OpenToken)
	state := fmt.Sprintf(`{"state":%q}`, page.State)
	for i, c := range []struct {
		body string
		want int
	}{{token, 200}, {token, 409}, {state, 200}, {state, 409}, {`{}`, 404}, {`{"state":"none"}`, 404}, {`{"open_token":"none"}`, 404}} {
		if got := by(c.body); got != c.want {
			t.Errorf("%d: %s answers %d, want %d", i, c.body, got, c.want)
		}
	}
	if videos := d.Videos(); len(videos) != 2 || videos[0].ItemID == videos[1].ItemID || again.OpenToken == page.OpenToken {
		t.Errorf("videos %+v", videos)
	}
}

func TestNobodyIsToldWithoutACallback(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	page, _ := d.opened(d.signed(d.ticket(), nil))
	got := d.publish(sandbox.PublishRequest{OpenToken: page.OpenToken})
	if len(h.take()) != 0 || got.Video.ShareID != "" || !strings.HasPrefix(got.Video.OpenID, "_000") {
		t.Errorf("published %+v", got)
	}
	if err := d.SaveWebhook(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	d.sent(nil)
	if len(h.take()) != 0 {
		t.Error("told although the webhook was ended")
	}
}

func TestTheWebhookIsSavedOnlyWithItsChallenge(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	save := func(address string) int {
		return record(d, http.MethodPost, "/sandbox/douyin/webhook-settings", fmt.Sprintf(`{"url":%q}`, address)).Code
	}
	if got := save(h.server.URL); got != http.StatusNoContent {
		t.Errorf("status %d", got)
	}
	for _, answer := range []string{"success", `{"challenge":1}`, `{"challenge":"1"}`, `{}`, `null`} {
		h.answer = answer
		if got := save(h.server.URL + "/other"); got != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", answer, got)
		}
	}
	for _, address := range []string{"http://127.0.0.1:1/", "ftp://x/", "x", "http://%zz"} {
		if got := save(address); got != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", address, got)
		}
	}
	d.sent(nil)
	if len(h.take()) != 1 {
		t.Error("a refused address took the place of the one before")
	}
}

func TestCopiesOfAnEvent(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	d.sent(&sandbox.Sending{Duplicates: 2, Replays: 2})
	got := h.take()
	ids := map[string]int{}
	for _, m := range got {
		ids[m.msgID]++
		if !bytes.Equal(m.body, got[0].body) || m.signature != got[0].signature {
			t.Errorf("a copy differs: %+v", m)
		}
	}
	if len(got) != 5 || len(ids) != 3 || ids[got[0].msgID] != 3 {
		t.Errorf("%d messages, ids %v", len(got), ids)
	}
}

func TestHeldEventsComeWhenReleased(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	hold := &sandbox.Sending{Hold: true}
	var ids, msgIDs []string
	for range 4 {
		got := d.sent(hold)
		ids, msgIDs = append(ids, got.Held[0].ID), append(msgIDs, got.Held[0].MsgID)
	}
	if len(h.take()) != 0 {
		t.Fatal("sent at once")
	}
	release := func(body string, want ...string) {
		t.Helper()
		if got := record(d, http.MethodPost, "/sandbox/douyin/deliver", body).Code; got != http.StatusOK {
			t.Fatalf("status %d", got)
		}
		var got []string
		for _, m := range h.take() {
			got = append(got, m.msgID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("came %v, want %v", got, want)
		}
	}
	release(fmt.Sprintf(`{"ids":[%q]}`, ids[2]), msgIDs[2])
	release(`{"reverse":true}`, msgIDs[3], msgIDs[1], msgIDs[0])
	release(`{}`)
	if _, err := d.Deliver(t.Context(), sandbox.DeliverRequest{IDs: ids[:1]}); !errors.Is(err, sandbox.ErrNotHeld) {
		t.Errorf("error %v", err)
	}
}

func TestForgedAndLostEvents(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	d.sent(&sandbox.Sending{WrongSignature: true})
	if m := h.take()[0]; m.signature == sandbox.WebhookSignature(clientSecret, m.body) {
		t.Error("the signature is right")
	}
	d.sent(&sandbox.Sending{TrailingByte: true})
	m := h.take()[0]
	if m.signature != sandbox.WebhookSignature(clientSecret, m.body) || json.Valid(m.body) || !json.Valid(m.body[:len(m.body)-1]) {
		t.Errorf("message %+v", m)
	}
	d.sent(&sandbox.Sending{Lost: true})
	if len(h.take()) != 0 || len(d.Videos()) != 3 {
		t.Error("a lost event came, or its video is missing")
	}
}

func TestDeliveriesAreTriedFourTimes(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t, func(o *sandbox.DouyinOptions) { o.Patience = time.Second })
	h := newHook(d)
	h.statuses = []int{500, 302, 204}
	if got := d.sent(nil).Deliveries[0]; got.Tries != 4 || got.Status != 200 || got.Error != "" || len(h.take()) != 4 {
		t.Errorf("delivery %+v", got)
	}
	h.statuses = []int{500, 500, 500, 503, 200}
	if got := d.sent(nil).Deliveries[0]; got.Tries != 4 || got.Status != 503 {
		t.Errorf("delivery %+v", got)
	}
	h.statuses, h.hang = nil, 1
	if got := d.sent(nil).Deliveries[0]; got.Tries != 2 || got.Status != 200 || got.Error != "" {
		t.Errorf("after a try that hung: %+v", got)
	}
	h.server.Close()
	if got := d.sent(nil).Deliveries[0]; got.Tries != 4 || got.Status != 0 || got.Error == "" {
		t.Errorf("nobody there: %+v", got)
	}
}

// A caller who hangs up is not delivered for any longer.
func TestDeliveriesEndWithTheirCaller(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	page := d.open("")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := d.Publish(ctx, sandbox.PublishRequest{OpenToken: page.OpenToken})
	if err != nil || got.Deliveries[0].Tries != 0 || len(h.take()) != 0 || len(d.Videos()) != 1 {
		t.Errorf("published %+v, %v", got, err)
	}
}

func TestManyTapsAtOncePublishOnce(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	page := d.open("")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { _, _ = d.Publish(t.Context(), sandbox.PublishRequest{OpenToken: page.OpenToken}) })
	}
	wg.Wait()
	if len(d.Videos()) != 1 || len(h.take()) != 1 {
		t.Errorf("videos %+v", d.Videos())
	}
}

func TestScopesAreTold(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	d.ask(http.MethodPost, "/sandbox/douyin/authorize", `{"open_id":"_1","scopes":["user_info"]}`)
	d.ask(http.MethodPost, "/sandbox/douyin/unauthorize", `{"open_id":"_1","webhook":{"content_string":true}}`)
	got := h.take()
	if len(got) != 2 || !bytes.Contains(got[0].body, []byte(`"event":"authorize","from_user_id":"_1"`)) || !bytes.Contains(got[0].body, []byte(`"content":{"scopes":["user_info"]}`)) ||
		!bytes.Contains(got[1].body, []byte(`"event":"unauthorize"`)) || !bytes.Contains(got[1].body, []byte(`"content":"{\"scopes\":[]}"`)) {
		t.Errorf("received %v", got)
	}
}

func TestScriptedSendings(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	h := newHook(d)
	record(d, http.MethodPost, "/sandbox/douyin/faults", `{"times":2,"webhook":{"duplicates":1}}`)
	for i, want := range []int{2, 2, 1} {
		d.sent(nil)
		if got := len(h.take()); got != want {
			t.Errorf("event %d came %d times, want %d", i, got, want)
		}
	}
	d.SendNext(sandbox.Sending{Lost: true}, -1)
	d.sent(nil)
	record(d, http.MethodDelete, "/sandbox/douyin/faults", "")
	d.sent(nil)
	if got := len(h.take()); got != 1 {
		t.Errorf("came %d times", got)
	}
}
