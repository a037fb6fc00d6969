package douyin

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"countersign/model"
	"countersign/platform"
)

const (
	renewEarly  = 5 * time.Minute // before its end a token is not used any more
	holdDown    = 3 * time.Second // how long a refusal is remembered, to spare Douyin the rush
	holdLongest = time.Minute     // the same for a limit: one that is asked about at once does not pass

	// ownFor is how long a replica keeps a token that it could not share. Another replica's
	// fetch ends an older token 5 minutes later, so after 4 minutes it is still good.
	ownFor = 4 * time.Minute
)

// credential is a client_token or an open ticket.
type credential struct {
	Value string    `json:"value"`
	Ends  time.Time `json:"ends"`           // Douyin's word
	Renew time.Time `json:"renew"`          // from then on another one is fetched
	From  string    `json:"from,omitempty"` // of a ticket: the token it was got with

	kept []byte // as Shared has it, to drop this one and no other
}

// newCredential counts life from asked, the moment before the request: Douyin began later.
// Less than ten minutes, as what is left of an idempotent token may be, is used by half.
func newCredential(value string, life time.Duration, asked time.Time) credential {
	return credential{Value: value, Ends: asked.Add(life), Renew: asked.Add(max(life-renewEarly, life/2))}
}

// source hands out one kind of credential, which all replicas share: each fetch ends what
// was fetched before, and with it the links made of it. See cache.Shared for what happens
// while Redis is down.
type source struct {
	at      endpoint // for errors
	key     string
	purpose string // of the seal
	shared  Shared
	own     *alone // for values that another replica has sealed with a key we do not have
	sealer  Sealer
	now     func() time.Time
	limit   time.Duration // of one fetch

	mu           sync.Mutex
	refusal      error
	refusedUntil time.Time
}

// fetching asks Douyin for a credential.
type fetching func(context.Context) (credential, error)

// errForeign: what is shared cannot be opened here.
var errForeign = errors.New("sealed with another key")

// get is the credential. Callers that come during a fetch share it, and each leaves on its
// own context; the fetch goes on for the others.
//
// A value of another seal key is left to whoever made it: while keys are changed, two
// groups of replicas must not throw away each other's tokens at each call.
func (s *source) get(ctx context.Context, fetch fetching) (credential, error) {
	have, err := s.from(ctx, s.shared, fetch)
	if errors.Is(err, errForeign) {
		have, err = s.from(ctx, s.own, fetch)
	}
	if errors.Is(err, errForeign) {
		return credential{}, garbled(s.at, "what was sealed here does not open")
	}
	return have, err
}

// from gets the credential from one Shared. One that is past its time by our clock is
// dropped, and asked for once more.
func (s *source) from(ctx context.Context, shared Shared, fetch fetching) (credential, error) {
	for range 2 {
		kept, err := shared.Shared(ctx, s.key, s.building(fetch))
		if err != nil {
			return credential{}, s.inWords(err)
		}
		have, err := s.open(kept)
		if err != nil || s.now().Before(have.Renew) {
			return have, err
		}
		s.drop(ctx, have)
	}
	return credential{}, garbled(s.at, "only credentials that have ended")
}

// building is fetch as Shared runs it.
func (s *source) building(fetch fetching) func(context.Context) ([]byte, time.Duration, error) {
	return func(ctx context.Context) ([]byte, time.Duration, error) {
		if err := s.held(); err != nil {
			return nil, 0, err
		}
		ctx, cancel := context.WithTimeout(ctx, s.limit)
		defer cancel()
		got, err := fetch(ctx)
		if err != nil {
			s.remember(err)
			return nil, 0, err
		}
		plain, err := json.Marshal(got)
		if err != nil {
			return nil, 0, err
		}
		sealed, err := s.sealer.Seal(plain, s.purpose)
		return sealed, got.Renew.Sub(s.now()), err
	}
}

func (s *source) open(kept []byte) (credential, error) {
	have := credential{kept: kept}
	plain, err := s.sealer.Open(kept, s.purpose)
	if err != nil || json.Unmarshal(plain, &have) != nil {
		return credential{}, errForeign
	}
	return have, nil
}

// drop forgets a credential, and only that one, for all replicas. When Redis cannot be
// told, the others find out by a refusal of their own.
func (s *source) drop(ctx context.Context, c credential) {
	ctx = context.WithoutCancel(ctx)
	_ = s.own.DropShared(ctx, s.key, c.kept)
	_ = s.shared.DropShared(ctx, s.key, c.kept)
}

// held is the refusal of a moment ago, if any.
func (s *source) held() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Before(s.refusedUntil) {
		return s.refusal
	}
	return nil
}

// remember keeps a refusal for a moment, a limit for longer. A broken line is tried again at once, and so is
// a ticket that was refused for its token: the next one comes with another token.
func (s *source) remember(err error) {
	if _, answered := errors.AsType[*Refusal](err); !answered || refusedWith(err, staleCodes) {
		return
	}
	hold := holdDown
	if e, ours := errors.AsType[*model.Error](err); ours {
		hold = max(hold, min(e.RetryAfter, holdLongest))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal, s.refusedUntil = err, s.now().Add(hold)
}

// inWords is err as this room says it: a fetch's refusal as it is, anything else as a
// fault that passes.
func (s *source) inWords(err error) error {
	_, answered := errors.AsType[*Refusal](err)
	_, failed := errors.AsType[*platform.Failure](err)
	if refusal, ours := errors.AsType[*model.Error](err); ours && (answered || failed) {
		return refusal
	}
	return broken(s.at, err)
}
