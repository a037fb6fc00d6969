package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"

	"countersign/sandbox"
)

func TestDouyinAdminMistakesAreNamed(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPost, "open", `[]`, http.StatusBadRequest},
		{http.MethodPost, "publish", `{"who":"x"}`, http.StatusBadRequest},
		{http.MethodPost, "webhook-settings", ``, http.StatusBadRequest},
		{http.MethodPost, "authorize", `1`, http.StatusBadRequest},
		{http.MethodPost, "authorize", `{}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "deliver", `1`, http.StatusBadRequest},
		{http.MethodPost, "deliver", `{"ids":["d1"]}`, http.StatusNotFound},
		{http.MethodPost, "faults", `1`, http.StatusBadRequest},
		{http.MethodPost, "faults", `{"path":"/nowhere"}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "faults", `{"mode":"png"}`, http.StatusUnprocessableEntity},
		{http.MethodGet, "faults", ``, http.StatusMethodNotAllowed},
		{http.MethodGet, "nowhere", ``, http.StatusNotFound},
	} {
		if got := record(d, c.method, "/sandbox/douyin/"+c.path, c.body).Code; got != c.status {
			t.Errorf("%s %s %s: status %d, want %d", c.method, c.path, c.body, got, c.status)
		}
	}
}

func TestDouyinFaults(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	ticket := func() map[string]any { return d.ask(http.MethodGet, ticketPath, "", "access-token", d.token()) }
	fault := func(f string) {
		t.Helper()
		if got := record(d, http.MethodPost, "/sandbox/douyin/faults", f).Code; got != http.StatusNoContent {
			t.Fatalf("%s: status %d", f, got)
		}
	}
	fault(`{"path":"/open/getticket/","errcode":2190002,"mode":"string_errcode"}`)
	if got := ticket(); code(got) != `"2190002"` || got["extra"].(map[string]any)["error_code"] != "2190002" {
		t.Errorf("answer %v", got)
	}
	fault(`{"path":"/open/getticket/","mode":"string_errcode"}`)
	if got := ticket(); code(got) != `"0"` {
		t.Errorf("answer %v", got)
	}
	fault(`{"path":"/open/getticket/","mode":"log_id"}`)
	if extra := ticket()["extra"].(map[string]any); extra["log_id"] == nil || extra["logid"] != nil || extra["now"] != float64(d.clock().UnixMilli()) {
		t.Errorf("extra %v", extra)
	}
	fault(`{"path":"/open/getticket/","mode":"short_life"}`)
	if got := dataOf[float64](d, ticket(), "expires_in"); got != 300 {
		t.Errorf("expires_in %v", got)
	}
	fault(`{"path":"/open/getticket/","mode":"bare"}`)
	if got := ticket(); len(got) != 0 {
		t.Errorf("answer %v", got)
	}
	fault(`{"path":"/api/douyin/v1/schema/get_share/","errcode":28001005,"times":-1}`)
	d.wantCode(d.link("", nil), 28001005)
	record(d, http.MethodDelete, "/sandbox/douyin/faults", "")
	d.wantCode(d.link("", nil), 28001007)
}

func TestDouyinFaultsOfTheLine(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	d.Fault(sandbox.Fault{Path: stablePath, HTTPStatus: 502})
	if status, _, _, _ := d.do(http.MethodPost, stablePath, ""); status != 502 {
		t.Errorf("status %d", status)
	}
	token := d.token()
	d.Fault(sandbox.Fault{Path: sharePath, DropAfterActing: true})
	if _, _, _, err := d.do(http.MethodPost, sharePath, "", "access-token", token); err == nil {
		t.Error("the line held")
	}
	if got := d.ask(http.MethodGet, "/sandbox/douyin/stats", ""); got[stablePath] != 2.0 || got[sharePath] != 1.0 {
		t.Errorf("stats %v", got)
	}
}

func TestKeysAreRotatedThroughTheAdminEndpoints(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	token, ticket := d.token(), d.ticket()
	for _, path := range []string{"rotate-ticket", "rotate-token"} {
		if got := record(d, http.MethodPost, "/sandbox/douyin/"+path, "").Code; got != http.StatusNoContent {
			t.Errorf("%s: status %d", path, got)
		}
	}
	d.wantCode(d.ask(http.MethodGet, ticketPath, "", "access-token", token), 2190002)
	d.wantCode(d.link(ticket, nil), 28001007)
}

func TestDouyinsMemoryIsBounded(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	newHook(d)
	var ids []string
	for i := range 1001 { // one more than may be held
		sent := d.Authorize(t.Context(), fmt.Sprintf("_%d", i), nil, &sandbox.Sending{Hold: true})
		ids = append(ids, sent.Held[0].ID)
		d.SendNext(sandbox.Sending{}, 0)
	}
	if _, err := d.Deliver(t.Context(), sandbox.DeliverRequest{IDs: ids[:1]}); err == nil {
		t.Error("the oldest is still held")
	}
	if got, err := d.Deliver(t.Context(), sandbox.DeliverRequest{IDs: ids[1:2]}); err != nil || len(got) != 1 {
		t.Errorf("deliveries %v, %v", got, err)
	}
}
