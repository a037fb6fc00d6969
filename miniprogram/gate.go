package miniprogram

import (
	"sync"
	"time"

	"countersign/model"
	"countersign/platform"
)

// askAgain is how soon a quota that is used up is asked about again: WeChat counts it by
// its own day, and an operator may have it cleared before that day is over.
const askAgain = time.Hour

// gates keep calls from leaving that WeChat has just said it will refuse: each would be
// one more refusal, and tell nothing new.
type gates struct {
	mu   sync.Mutex
	shut map[endpoint]gate
}

// gate is why an endpoint is left alone, and until when.
type gate struct {
	code  model.Code
	until time.Time
}

// learn shuts an endpoint after a refusal that holds for every call to it: a day's quota,
// or, for messages, a minute's. Other endpoints count a minute for each of their users.
func (g *gates) learn(at endpoint, code int64, m platform.Meaning, now time.Time) {
	var wait time.Duration
	switch {
	case m.Code == model.CodeWeChatQuota:
		wait = min(m.Retry(now), askAgain)
	case at == atSend && (code == 45011 || code == 44991):
		wait = m.Retry(now)
	default:
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = map[endpoint]gate{}
	}
	g.shut[at] = gate{m.Code, now.Add(wait)}
}

// pass is nil when an endpoint may be called.
func (g *gates) pass(at endpoint, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, shut := g.shut[at]
	if !shut || !now.Before(s.until) {
		return nil
	}
	return model.E(s.code).Because(terms.Named(platform.Failure{At: at, NotMade: true}, "not asked: its quota is used up")).After(s.until.Sub(now))
}
