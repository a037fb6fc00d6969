package service

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"time"
)

// Signer makes addresses of Media that whoever holds them may read for an hour or two.
// It signs with the first key and takes any, so that keys can be rotated.
type Signer struct{ keys [][]byte }

// NewSigner takes keys of 32 bytes, the current one first.
func NewSigner(keys ...[]byte) (*Signer, error) {
	for _, k := range keys {
		if len(k) != 32 {
			return nil, errors.New("signer: a key must have 32 bytes")
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("signer: no key")
	}
	return &Signer{keys}, nil
}

// window: an address made within the same hour is the same, so that pictures can be
// cached; it holds for one hour at least and two at most.
const window = time.Hour

// Query is what an address carries: its end and its signature.
func (s *Signer) Query(what, id string, now time.Time) string {
	exp := strconv.FormatInt(now.Truncate(window).Add(2*window).Unix(), 10)
	return "exp=" + exp + "&sig=" + base64.RawURLEncoding.EncodeToString(s.mac(s.keys[0], what, id, exp))
}

// Valid tells whether Query made this signature and its time has not come, and how long
// it still holds.
func (s *Signer) Valid(what, id, exp, sig string, now time.Time) (left time.Duration, ok bool) {
	end, err := strconv.ParseInt(exp, 10, 64)
	if err != nil || strconv.FormatInt(end, 10) != exp {
		return 0, false
	}
	given, err := base64.RawURLEncoding.Strict().DecodeString(sig)
	if err != nil {
		return 0, false
	}
	for _, k := range s.keys {
		ok = hmac.Equal(given, s.mac(k, what, id, exp)) || ok
	}
	left = time.Unix(end, 0).Sub(now)
	return left, ok && left > 0
}

func (s *Signer) mac(key []byte, what, id, exp string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(what + "\n" + id + "\n" + exp))
	return m.Sum(nil)
}
