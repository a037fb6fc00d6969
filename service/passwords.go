package service

import (
	"context"
	"strings"
	"sync"

	"github.com/alexedwards/argon2id"

	"countersign/model"
)

// HashCost is what one argon2id hash of a password costs. A zero part is the product's own
// (OWASP: 19 MiB, 2 passes). A hash names its cost, so that hashes of several compare.
type HashCost struct{ MemoryKiB, Passes uint32 }

func (c HashCost) params() *argon2id.Params {
	p := &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	if c.MemoryKiB > 0 {
		p.Memory = c.MemoryKiB
	}
	if c.Passes > 0 {
		p.Iterations = c.Passes
	}
	return p
}

// Hash is the stored form of a password.
func (c HashCost) Hash(password string) (string, error) {
	return argon2id.CreateHash(password, c.params())
}

// hasher compares passwords. Its gate keeps a flood of logins from taking all memory and
// cores.
type hasher struct {
	gate  chan struct{}
	dummy func() string // compared when the e-mail is unknown, so that both take as long
}

func newHasher(cost HashCost) *hasher {
	return &hasher{gate: make(chan struct{}, 4), dummy: sync.OnceValue(func() string { return dummyHash(cost) })}
}

func dummyHash(cost HashCost) string {
	dummy, err := cost.Hash("a password that nobody has")
	if err != nil {
		return ""
	}
	return dummy
}

// CheckPassword says what is wrong with a new password, or "".
func CheckPassword(password string) string {
	switch {
	case len(password) < 12:
		return "too_short"
	case len(password) > 256:
		return "too_long"
	case strings.Trim(password, password[:1]) == "":
		return "too_simple"
	}
	return ""
}

func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	select {
	case h.gate <- struct{}{}:
		defer func() { <-h.gate }()
	case <-ctx.Done():
		return false, model.E(model.CodeUnavailable).Because(ctx.Err())
	}
	if hash == "" {
		hash = h.dummy()
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, model.E(model.CodeInternal).Because(err)
	}
	return ok, nil
}
