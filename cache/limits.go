package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"countersign/model"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"
)

// localLimits is how many subjects a replica counts by itself. Beyond it the least recently seen is forgotten and starts afresh.
const localLimits = 10_000

// Limit is how often a subject may do what Name says: Rate times per Period,
// evenly, and Burst at once. Burst 0 means Rate.
type Limit = model.Limit

// Allow counts one act of subject (an IP, an account; it is hashed before it
// leaves the process) and says whether it may go on, or how long to wait.
//
// Redis down: each replica counts alone at half the rate, which is strict for
// one replica and near the limit for two; nobody is let through uncounted.
func (c *Cache) Allow(ctx context.Context, l Limit, subject string) (ok bool, retryAfter time.Duration) {
	if l.Rate <= 0 || l.Period <= 0 {
		return false, max(l.Period, time.Second) // a limit of nothing lets nothing through
	}
	if l.Burst <= 0 {
		l.Burst = l.Rate
	}
	id := l.Name + ":" + hashed(subject)
	var result *redis_rate.Result
	err := c.call(ctx, func(ctx context.Context) (err error) {
		result, err = c.limiter.Allow(ctx, key(id, "limit"), redis_rate.Limit{Rate: l.Rate, Period: l.Period, Burst: l.Burst})
		return err
	})
	if err != nil {
		return c.allowLocally(l, id, 2)
	}
	return result.Allowed > 0, max(0, result.RetryAfter)
}

// AllowHere is Allow for what only protects this replica from a flood: it counts here, at
// the full rate, and asks nobody. Most requests are counted by it and nothing else, and
// would otherwise pay a round trip for it.
func (c *Cache) AllowHere(l Limit, subject string) (ok bool, retryAfter time.Duration) {
	if l.Rate <= 0 || l.Period <= 0 {
		return false, max(l.Period, time.Second)
	}
	if l.Burst <= 0 {
		l.Burst = l.Rate
	}
	return c.allowLocally(l, "here:"+l.Name+":"+subject, 1) // it does not leave this process
}

// hashed keeps addresses and names out of Redis: half of a SHA-256 is plenty to
// tell subjects apart.
func hashed(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return hex.EncodeToString(sum[:16])
}

// localLimit counts one subject in this process.
type localLimit struct {
	tokens *rate.Limiter
	every  time.Duration // the time one act takes to be allowed again
}

// allowLocally counts in this process; share is how many times stricter than l.
func (c *Cache) allowLocally(l Limit, id string, share int) (ok bool, retryAfter time.Duration) {
	local := c.local.getOr(id, func() *localLimit {
		every := time.Duration(share) * l.Period / time.Duration(l.Rate)
		return &localLimit{rate.NewLimiter(rate.Every(every), max(1, l.Burst/share)), every}
	})
	if local.tokens.Allow() {
		return true, 0
	}
	// Not by a reservation: those of callers who are refused at the same time
	// would add to each other's wait.
	missing := 1 - local.tokens.Tokens()
	return false, max(time.Millisecond, time.Duration(missing*float64(local.every)))
}

// limitKeys gives redis_rate's keys the shape of ours; it puts a fixed word in
// front, which would be outside of what an access list allows us.
type limitKeys struct{ redis.UniversalClient }

func trimmed(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = strings.TrimPrefix(k, "rate:")
	}
	return out
}

// Eval runs a script by its text.
func (l limitKeys) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return l.UniversalClient.Eval(ctx, script, trimmed(keys), args...)
}

// EvalSha runs a script by its hash.
func (l limitKeys) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return l.UniversalClient.EvalSha(ctx, sha, trimmed(keys), args...)
}
