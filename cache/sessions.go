package cache

import (
	"context"
	"time"
)

// longestSession bounds how long a session can outlive its revocation when
// Redis could not be told of it.
const longestSession = 30 * time.Second

// Session gives the copy of a session kept by KeepSession. False means: read the
// database. Redis down: false.
func (c *Cache) Session(ctx context.Context, tokenHash string) ([]byte, bool) {
	return c.sessions.get(ctx, tokenHash)
}

// KeepSession keeps a copy of a session for ttl, at most 30 s. It never
// replaces what is there, so that a slow reader cannot bring back a session
// that was dropped after it read the row. Redis down: nothing happens.
func (c *Cache) KeepSession(ctx context.Context, tokenHash string, value []byte, ttl time.Duration) {
	c.sessions.keep(ctx, tokenHash, value, ttl)
}

// DropSession forgets a session and keeps it from being filled again for 60 s.
// Call it after the row's change is committed. Redis down: an error with
// model.CodeUnavailable; replicas that still reach Redis may then accept the
// session for 30 s at most, so a caller may want to drop it again.
func (c *Cache) DropSession(ctx context.Context, tokenHash string) error {
	return c.sessions.drop(ctx, tokenHash)
}
