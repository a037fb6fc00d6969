package miniprogram_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
)

// shortLimit is long enough for a local answer and short enough to wait for.
const shortLimit = 500 * time.Millisecond

func TestTwoHundredCallersAtOnceFetchOneToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: tokenPath, DelayMS: 50})
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := b.client.CheckText(t.Context(), text("你好")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	stats := b.wechat.Stats()
	if stats[tokenPath] != 1 || stats[checkPath] != 200 {
		t.Errorf("calls %v, want 1 token and 200 checks", stats)
	}
}

func TestARotatedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	must(b.client.CheckText(t.Context(), text("a")))(t)
	b.wechat.RotateToken()
	must(b.client.CheckText(t.Context(), text("b")))(t)
	stats := b.wechat.Stats()
	if stats[tokenPath] != 2 || stats[checkPath] != 3 {
		t.Errorf("calls %v, want 2 tokens and 3 checks", stats)
	}
}

func TestATokenThatStaysTheSameIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, errcode := range []int64{40001, 40014, 42001} {
		b := setup(t)
		b.wechat.Fault(sandbox.Fault{Path: checkPath, ErrCode: errcode, Times: -1})
		_, err := b.client.CheckText(t.Context(), text("a"))
		wantCode(t, err, model.CodeWeChatBusy)
		stats := b.wechat.Stats()
		if stats[tokenPath] != 2 || stats[checkPath] != 1 {
			t.Errorf("%d: calls %v, want 2 tokens and 1 check", errcode, stats)
		}
	}
}

func TestATokenIsKeptForFiveMinutesAtMost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, step := range []struct {
		advance time.Duration
		fetches int
	}{{0, 1}, {4 * time.Minute, 1}, {2 * time.Minute, 2}, {2 * time.Hour, 3}} {
		b.clock.advance(step.advance)
		b.wechat.Identity(alice)
		must(b.client.CheckText(t.Context(), text("a")))(t)
		if n := b.wechat.Stats()[tokenPath]; n != step.fetches {
			t.Errorf("after %s: %d fetches, want %d", step.advance, n, step.fetches)
		}
	}
}

func TestATokenNearItsEndIsUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: tokenPath, Mode: sandbox.ModeShortLife})
	must(b.client.CheckText(t.Context(), text("a")))(t)
	b.clock.advance(239 * time.Second)
	must(b.client.CheckText(t.Context(), text("a")))(t)
	b.clock.advance(2 * time.Second)
	must(b.client.CheckText(t.Context(), text("a")))(t)
	if n := b.wechat.Stats()[tokenPath]; n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestARefusalIsRememberedForAMoment(t *testing.T) {
	t.Parallel()
	for _, errcode := range []int64{40164, 40125, 40001, 89503} {
		b := setup(t)
		b.wechat.Fault(sandbox.Fault{Path: tokenPath, ErrCode: errcode})
		for range 5 {
			_, err := b.client.CheckText(t.Context(), text("a"))
			wantCode(t, err, model.CodeWeChatConfig)
		}
		if n := b.wechat.Stats()[tokenPath]; n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
		b.clock.advance(3 * time.Second)
		must(b.client.CheckText(t.Context(), text("a")))(t)
	}
}

func TestATokenAnswerWithoutTokenIsNoToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: tokenPath, Mode: sandbox.ModeBare})
	_, err := b.client.CheckText(t.Context(), text("a"))
	wantCode(t, err, model.CodeWeChatBusy)
	if n := b.wechat.Stats()[checkPath]; n != 0 {
		t.Errorf("%d calls went out without a token", n)
	}
}

func TestACallerLeavesWhileOthersWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: tokenPath, DelayMS: 200})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.client.CheckText(ctx, text("a"))
	wantCode(t, err, model.CodeWeChatBusy)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not the caller's deadline", err)
	}
	must(b.client.CheckText(t.Context(), text("a")))(t)
	if n := b.wechat.Stats()[tokenPath]; n != 1 {
		t.Errorf("%d fetches, want the first one to serve both", n)
	}
}

func TestReplicasShareATokenWithoutKnowingOfEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 3 {
		replica := &bundle{client: newClient(t, b), wechat: b.wechat}
		must(replica.client.CheckText(t.Context(), text("a")))(t)
	}
	must(b.client.CheckText(t.Context(), text("a")))(t)
	if n := b.wechat.Stats()[checkPath]; n != 4 {
		t.Errorf("%d checks, want 4: no replica's token was knocked out", n)
	}
}

func TestClientsWithDifferentAddressesLiveTogether(t *testing.T) {
	t.Parallel()
	one, two := setup(t), setup(t)
	three := newClient(t, two, func(c *miniprogram.Config) { c.BaseURL += "/" })
	must(one.client.Login(t.Context(), one.wechat.LoginCode(alice)))(t)
	must(two.client.Login(t.Context(), two.wechat.LoginCode(alice)))(t)
	must(three.Login(t.Context(), two.wechat.LoginCode(alice)))(t)
	if a, b := one.wechat.Stats()[loginPath], two.wechat.Stats()[loginPath]; a != 1 || b != 2 {
		t.Errorf("logins %d and %d, want 1 and 2", a, b)
	}
}
