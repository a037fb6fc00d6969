package service_test

import (
	"bytes"
	"net/url"
	"strconv"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/service"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// What was sealed for one purpose opens for it alone, with any of the keys, and not after a
// single bit of it was changed.
func TestSealsAreOfOnePurpose(t *testing.T) {
	t.Parallel()
	old, err := service.NewSealer(key(1))
	must(t, err)
	now, err := service.NewSealer(key(2), key(1))
	must(t, err)
	plain := []byte("一个秘密")
	sealed, err := old.Seal(plain, "ticket:a")
	must(t, err)
	again, err := old.Seal(plain, "ticket:a")
	must(t, err)
	if bytes.Equal(sealed, again) || bytes.Contains(sealed, plain) {
		t.Error("the same is sealed alike, or in the clear")
	}
	for name, s := range map[string]*service.Sealer{"its key": old, "the previous key": now} {
		if got, err := s.Open(sealed, "ticket:a"); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %q %v", name, got, err)
		}
		for _, purpose := range []string{"ticket:b", "", "ticket:", "webhook:a"} {
			if got, err := s.Open(sealed, purpose); err == nil {
				t.Errorf("%s opens it as %q: %q", name, purpose, got)
			}
		}
	}
	newer, err := now.Seal(plain, "ticket:a")
	must(t, err)
	if _, err := old.Open(newer, "ticket:a"); err == nil {
		t.Error("it is sealed with the previous key")
	}
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		if _, err := now.Open(bent, "ticket:a"); err == nil {
			t.Errorf("byte %d is free", i)
		}
		if _, err := now.Open(sealed[:i], "ticket:a"); err == nil {
			t.Errorf("its first %d bytes open", i)
		}
	}
	for _, wrong := range [][][]byte{nil, {key(1)[:31]}, {key(1), nil}, {key(1)[:16]}} {
		if _, err := service.NewSealer(wrong...); err == nil {
			t.Errorf("%d keys are taken", len(wrong))
		}
		if _, err := service.NewSigner(wrong...); err == nil {
			t.Errorf("%d keys are taken by the signer", len(wrong))
		}
	}
}

// A signed address is good for one thing, until its end, exclusive: an hour at least and two
// at most. The same within the hour, it is another one after it.
func TestSignedFor(t *testing.T) {
	t.Parallel()
	old, err := service.NewSigner(key(1))
	must(t, err)
	both, err := service.NewSigner(key(2), key(1))
	must(t, err)
	now := testkit.Start.Add(20 * time.Minute)
	query := old.Query("file", "id", now)
	parts, err := url.ParseQuery(query)
	must(t, err)
	exp, sig := parts.Get("exp"), parts.Get("sig")
	end := testkit.Start.Add(2 * time.Hour)
	if exp != strconv.FormatInt(end.Unix(), 10) || old.Query("file", "id", testkit.Start) != query || old.Query("file", "id", testkit.Start.Add(time.Hour)) == query {
		t.Errorf("it ends at %s", exp)
	}
	for name, tc := range map[string]struct {
		what, id, exp, sig string
		at                 time.Time
		good               bool
	}{
		"as it is":             {"file", "id", exp, sig, now, true},
		"in its last moment":   {"file", "id", exp, sig, end.Add(-time.Millisecond), true},
		"at its end":           {"file", "id", exp, sig, end, false},
		"of another thing":     {"file", "di", exp, sig, now, false},
		"of another kind":      {"thumb", "id", exp, sig, now, false},
		"with a later end":     {"file", "id", strconv.FormatInt(end.Unix()+1, 10), sig, now, false},
		"with another writing": {"file", "id", "0" + exp, sig, now, false},
		"without an end":       {"file", "id", "", sig, now, false},
		"without a signature":  {"file", "id", exp, "", now, false},
		"cut":                  {"file", "id", exp, sig[:len(sig)-2], now, false},
		"over its parts":       {"file\nid", "", exp, sig, now, false},
	} {
		for _, s := range []*service.Signer{old, both} {
			left, good := s.Valid(tc.what, tc.id, tc.exp, tc.sig, tc.at)
			if good != tc.good || good && left != end.Sub(tc.at) {
				t.Errorf("%s: %t, for %s", name, good, left)
			}
		}
	}
	alien, err := service.NewSigner(key(2))
	must(t, err)
	if _, good := alien.Valid("file", "id", exp, sig, now); good {
		t.Error("another key's signature is good")
	}
}
