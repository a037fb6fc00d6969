package sandbox

import "time"

// keyGrace is how long a key works after a newer one was made.
const keyGrace = 5 * time.Minute

// keyring holds keys of one kind, tokens or tickets, with their ends; its owner's lock
// guards it.
type keyring struct {
	newest string
	former string
	ends   *shelf[keyEnd]
}

// keyEnd is when a key stops working.
type keyEnd struct {
	at  time.Time
	cut bool // earlier than its life: such a key is wrong, not expired
}

// keyState is what a key is worth.
type keyState int

const (
	keyUnknown keyState = iota
	keyAlive
	keyExpired
)

func newKeyring() keyring { return keyring{ends: newShelf[keyEnd](maxTokens)} }

// put adds a key; the older ones live on.
func (k *keyring) put(key string, end time.Time) {
	k.former, k.newest = k.newest, key
	k.ends.put(key, keyEnd{at: end})
}

// replace adds a key, and only the newest two live: the one before it for the grace.
func (k *keyring) replace(key string, now, end time.Time) {
	k.cut(k.former, now)
	k.cut(k.newest, now.Add(keyGrace))
	k.put(key, end)
}

// cutAll ends every key at once.
func (k *keyring) cutAll(now time.Time) {
	k.cut(k.former, now)
	k.cut(k.newest, now)
}

// cut lets a key end at a time, unless it ends earlier.
func (k *keyring) cut(key string, at time.Time) {
	if end, known := k.ends.get(key); known && at.Before(end.at) {
		k.ends.put(key, keyEnd{at: at, cut: true})
	}
}

func (k *keyring) state(key string, now time.Time) keyState {
	end, known := k.ends.get(key)
	switch {
	case !known, end.cut && !now.Before(end.at):
		return keyUnknown
	case !now.Before(end.at):
		return keyExpired
	}
	return keyAlive
}

// alive lists the keys that work now, the newest first.
func (k *keyring) alive(now time.Time) []string {
	var keys []string
	for _, key := range []string{k.newest, k.former} {
		if k.state(key, now) == keyAlive {
			keys = append(keys, key)
		}
	}
	return keys
}
