package miniprogram

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"countersign/model"
)

const (
	tokenMargin   = 60 * time.Second // a token is not used in its last minute
	tokenMaxAge   = 5 * time.Minute  // nor kept longer, so that a rotation elsewhere is noticed
	tokenMinAge   = 10 * time.Second // the life WeChat tells may be what is left of an old token
	tokenHoldDown = 3 * time.Second  // how long a refusal is remembered, to spare WeChat the rush
)

// tokenSource hands out WeChat's access token. It asks stable_token in ordinary mode,
// which gives every replica the same token while it lives: no shared cache and no
// distributed lock is needed. It never asks for force_refresh, which would kill the
// token of all others.
type tokenSource struct {
	fetch func(context.Context) (token string, life time.Duration, err error)
	now   func() time.Time

	flight singleflight.Group

	mu           sync.Mutex
	token        string
	until        time.Time
	refusal      error
	refusedUntil time.Time
}

// get is the token. Callers that come during a fetch share it, and each leaves on its
// own context; the fetch goes on for the others, within the exchange's limit.
func (s *tokenSource) get(ctx context.Context) (string, error) {
	if token, err := s.known(); token != "" || err != nil {
		return token, err
	}
	done := s.flight.DoChan("", func() (any, error) { return s.renew(context.WithoutCancel(ctx)) })
	select {
	case r := <-done:
		token, _ := r.Val.(string)
		return token, r.Err
	case <-ctx.Done():
		return "", terms.Broken(failed(atToken, false), ctx.Err())
	}
}

// known is the token or the refusal at hand, if any.
func (s *tokenSource) known() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.token != "" && now.Before(s.until) {
		return s.token, nil
	}
	if now.Before(s.refusedUntil) {
		return "", s.refusal
	}
	return "", nil
}

// renew fetches a token, unless the flight before this one has just done so.
func (s *tokenSource) renew(ctx context.Context) (string, error) {
	if token, err := s.known(); token != "" || err != nil {
		return token, err
	}
	token, life, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.remember(err)
		return "", err
	}
	s.token, s.until = token, s.now().Add(max(tokenMinAge, min(life-tokenMargin, tokenMaxAge)))
	return token, nil
}

// remember keeps a refusal for a moment, and longer when the day's quota is used up; a
// broken line is tried again at once. s.mu is held.
func (s *tokenSource) remember(err error) {
	if _, answered := errors.AsType[*Refusal](err); !answered {
		return
	}
	hold := tokenHoldDown
	if e, ours := errors.AsType[*model.Error](err); ours && e.Code == model.CodeWeChatQuota {
		hold = min(askAgain, e.RetryAfter)
	}
	s.refusal, s.refusedUntil = err, s.now().Add(hold)
}

// drop forgets token, and only that one: a late refusal of an old token must not throw
// the new one away.
func (s *tokenSource) drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token, s.until = "", time.Time{}
	}
}

// fetchToken asks WeChat.
func (c *Client) fetchToken(ctx context.Context) (string, time.Duration, error) {
	x := c.newExchange()
	err := x.post(ctx, string(atToken), map[string]any{
		"grant_type": "client_credential", "appid": c.cfg.AppID, "secret": c.cfg.Secret, "force_refresh": false,
	})
	body, err := c.settle(atToken, x, err, nil)
	if err != nil {
		return "", 0, err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"` // seconds
	}
	if err := decode(atToken, body, &answer); err != nil {
		return "", 0, err
	}
	if answer.AccessToken == "" || answer.ExpiresIn <= 0 {
		return "", 0, garbled(atToken, "no token in the answer")
	}
	return answer.AccessToken, time.Duration(answer.ExpiresIn) * time.Second, nil
}

// sdkTokens gives the SDK our tokens, so that none of its calls fetches its own.
type sdkTokens struct{ source *tokenSource }

// GetAccessTokenContext is what the SDK's calls with a context use.
func (t sdkTokens) GetAccessTokenContext(ctx context.Context) (string, error) {
	return t.source.get(ctx)
}

// GetAccessToken is what its calls without one use; they cannot be stopped, so this
// room makes none.
func (sdkTokens) GetAccessToken() (string, error) {
	return "", model.E(model.CodeInternal).Because(errors.New("miniprogram: an SDK call without a context"))
}
