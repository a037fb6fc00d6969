package douyin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/douyin"
	"countersign/model"
)

func TestTwoHundredCallersAtOnceFetchOneTokenAndOneTicket(t *testing.T) {
	t.Parallel()
	b := setup(t, plain)
	var callers sync.WaitGroup
	for range 200 {
		callers.Go(func() {
			if _, err := b.client.Launch(t.Context(), request()); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if b.count(tokenPath) != 1 || b.count(ticketPath) != 1 || b.count(shortPath) != 200 {
		t.Errorf("calls %v", b.tally())
	}
}

func TestATokenIsRenewedFiveMinutesBeforeItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t, plain)
	for _, step := range []struct {
		advance time.Duration
		fetches int
	}{{0, 1}, {115*time.Minute - time.Second, 1}, {time.Second, 2}, {2 * time.Hour, 3}} {
		b.clock.advance(step.advance)
		must(b.client.Launch(t.Context(), launchNow(b)))(t)
		if b.count(tokenPath) != step.fetches || b.count(ticketPath) != step.fetches {
			t.Errorf("after %s: calls %v, want %d fetches", step.advance, b.tally(), step.fetches)
		}
	}
}

func launchNow(b *bundle) model.LaunchRequest {
	in := request()
	in.EndsAt = b.clock.Now().Add(time.Hour)
	return in
}

// A token or ticket that died early is replaced, and the call made once more.
func TestWhatDiedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"token", "ticket"} {
		for _, c := range calls() {
			if c.name == "ShareID" && kind == "ticket" {
				continue
			}
			b := setup(t, plain)
			must(0, c.do(t, b))(t)
			b.kill(kind)
			must(0, c.do(t, b))(t)
			if b.count(tokenPath) != 2 || b.count(c.path) != 3 {
				t.Errorf("%s %s: calls %v, want 2 tokens and 3 calls", c.name, kind, b.tally())
			}
		}
	}
}

func TestEachStaleCodeIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	for _, code := range []int64{10008, 2190002, 2190008, 28001003, 28001008} {
		for _, c := range calls() {
			b := setup(t, plain)
			b.answers(c.path, refusing(c.path, code))
			wantCode(t, c.do(t, b), model.CodeDouyinBusy)
			if b.count(tokenPath) != 2 || b.count(c.path) != 2 {
				t.Errorf("%s %d: calls %v", c.name, code, b.tally())
			}
		}
	}
}

// The stable endpoint gives the refused token again: asking with it again tells nothing.
func TestATokenThatStaysTheSameIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(sharePath, refusing(sharePath, 2190008))
	_, err := b.client.ShareID(t.Context())
	wantCode(t, err, model.CodeDouyinBusy)
	if b.count(stablePath) != 2 || b.count(sharePath) != 1 {
		t.Errorf("calls %v", b.tally())
	}
}

// Signed with a ticket of an older token, a link would die early.
func TestATicketIsBoundToItsToken(t *testing.T) {
	t.Parallel()
	b := setup(t, plain)
	b.answers(shortPath, refusing(shortPath, 28001018))
	must(b.client.Launch(t.Context(), request()))(t)
	b.kill("token")
	must(b.client.ShareID(t.Context()))(t) // finds out, and gets another token
	must(b.client.Launch(t.Context(), request()))(t)
	if b.count(tokenPath) != 2 || b.count(ticketPath) != 2 {
		t.Errorf("calls %v, want 2 tokens and 2 tickets", b.tally())
	}
}

// A token that dies before its ticket is got is replaced there.
func TestATicketIsGotWithAGoodToken(t *testing.T) {
	t.Parallel()
	b := setup(t, plain)
	must(b.client.ShareID(t.Context()))(t)
	b.kill("token")
	must(b.client.Launch(t.Context(), request()))(t)
	if b.count(tokenPath) != 2 || b.count(ticketPath) != 2 || b.count(shortPath) != 1 {
		t.Errorf("calls %v", b.tally())
	}
}

func TestTheStableEndpointIsPreferredAndMissed(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]http.HandlerFunc{
		"404":          http.NotFound,
		"405":          always(405, ""),
		"retired":      refusing(stablePath, 28001056),
		"no right":     refusing(stablePath, 2190004),
		"in words":     always(200, `{"data":{"error_code":99,"description":"api not found"},"message":"error"}`),
		"404 and code": always(404, `{"err_no":404,"err_msg":"?"}`),
	} {
		b := setup(t)
		must(b.client.ShareID(t.Context()))(t)
		if b.count(stablePath) != 1 || b.count(tokenPath) != 0 {
			t.Errorf("calls %v", b.tally())
		}
		b.answers(stablePath, missing)
		for _, step := range []struct {
			advance       time.Duration
			stable, plain int
		}{{2 * time.Hour, 2, 1}, {time.Second, 2, 1}, {2 * time.Hour, 3, 2}} {
			b.clock.advance(step.advance)
			must(b.client.ShareID(t.Context()))(t)
			if b.count(stablePath) != step.stable || b.count(tokenPath) != step.plain {
				t.Errorf("%s: calls %v, want %+v", name, b.tally(), step)
			}
		}
	}
}

func TestAnyOtherRefusalOfTheStableEndpointIsTheAnswer(t *testing.T) {
	t.Parallel()
	for code, want := range map[int64]model.Code{
		10013: model.CodeDouyinConfig, 10003: model.CodeDouyinConfig, 10020: model.CodeDouyinBusy, 10002: model.CodeDouyinRefused,
	} {
		b := setup(t)
		b.answers(stablePath, refusing(stablePath, code))
		_, err := b.client.ShareID(t.Context())
		wantCode(t, err, want)
		if b.count(tokenPath) != 0 {
			t.Errorf("%d: the plain endpoint was asked", code)
		}
	}
}

func TestARefusalIsRememberedForAMoment(t *testing.T) {
	t.Parallel()
	for _, path := range []string{stablePath, ticketPath} {
		b := setup(t)
		b.answers(path, refusing(path, 10004))
		for range 5 {
			_, err := b.client.Launch(t.Context(), request())
			wantCode(t, err, model.CodeDouyinConfig)
		}
		if n := b.count(path); n != 1 {
			t.Errorf("%s: asked %d times", path, n)
		}
		b.answers(path, nil)
		b.clock.advance(3 * time.Second)
		must(b.client.Launch(t.Context(), request()))(t)
	}
}

// Over 500 fetches in five minutes: each more would keep it so.
func TestALimitIsRememberedForAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(stablePath, refusing(stablePath, 10020))
	for _, step := range []struct {
		advance time.Duration
		asked   int
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}} {
		b.clock.advance(step.advance)
		_, err := b.client.ShareID(t.Context())
		if e := refused(t, err, model.CodeDouyinBusy); e.RetryAfter != 5*time.Minute || b.count(stablePath) != step.asked {
			t.Errorf("after %s: asked %d times, again in %s", step.advance, b.count(stablePath), e.RetryAfter)
		}
	}
}

func TestWhatIsNoCredentialIsNotUsed(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{
		`{}`, `{"access_token":"","expires_in":7200}`, `{"access_token":"a b","expires_in":7200}`, `{"access_token":"a\r\nx: y","expires_in":7200}`,
		`{"access_token":"a","expires_in":0}`, `{"access_token":"a","expires_in":-1}`, `{"access_token":7,"expires_in":1}`,
		`{"access_token":"` + strings.Repeat("a", 1025) + `","expires_in":7200}`, `null`,
	} {
		b := setup(t)
		b.answers(stablePath, always(200, `{"data":`+odd+`,"message":"success"}`))
		_, err := b.client.ShareID(t.Context())
		wantCode(t, err, model.CodeDouyinBusy)
		if b.count(sharePath) != 0 {
			t.Errorf("%s was used", odd)
		}
	}
}

// A life that cannot be is not believed, nor does it overflow.
func TestALifeHasABound(t *testing.T) {
	t.Parallel()
	b := setup(t, plain)
	b.answers(tokenPath, func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.newest["token"], b.ends["endless"] = "endless", b.clock.Now().Add(1000*time.Hour)
		always(200, `{"data":{"access_token":"endless","expires_in":9223372036854775807},"message":"success"}`)(w, r)
	})
	for range 2 {
		must(b.client.ShareID(t.Context()))(t)
		b.clock.advance(24 * time.Hour)
	}
	if n := b.count(tokenPath); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

func TestACallerLeavesWhileOthersWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked, goOn := make(chan struct{}), make(chan struct{})
	b.answers(stablePath, func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-goOn
		b.mu.Lock()
		defer b.mu.Unlock()
		b.answer(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := b.client.ShareID(ctx)
		left <- err
	}()
	<-asked
	cancel()
	err := <-left
	wantCode(t, err, model.CodeDouyinBusy)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not say that the caller left", err)
	}
	close(goOn)
	must(b.client.ShareID(t.Context()))(t)
	if n := b.count(stablePath); n != 1 {
		t.Errorf("%d fetches, want the first one to serve both", n)
	}
}

// With the clock far on and a method that takes long, nobody gets what has ended.
func TestTimeoutCoversTheWholeMethod(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *douyin.Config) { c.Timeout = shortLimit })
	slow := func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(shortLimit * 2 / 3)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.answer(w, r)
	}
	b.answers(stablePath, slow)
	b.answers(sharePath, slow)
	began := time.Now()
	_, err := b.client.ShareID(t.Context())
	wantCode(t, err, model.CodeDouyinBusy)
	if took := time.Since(began); took > 2*shortLimit {
		t.Errorf("it took %s", took)
	}
}
