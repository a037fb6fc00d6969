package douyin_test

import (
	"strings"
	"testing"

	"countersign/model"
)

// Every digit of a signature counts: one that is right but for one of them is a forgery,
// and so is one that is right at its beginning or its end alone.
func TestEveryDigitOfASignatureCounts(t *testing.T) {
	t.Parallel()
	c, good := hookClient(t), sign(secret, []byte(created))
	must(c.ReadEvent(good, []byte(created)))(t)
	digits := "0123456789abcdef"
	for i := range good {
		other := digits[(strings.IndexByte(digits, good[i])+1)%16]
		_, err := c.ReadEvent(good[:i]+string(other)+good[i+1:], []byte(created))
		if got := model.CodeOf(err); err == nil || got != model.CodeForbidden {
			t.Errorf("digit %d is free: %v", i, err)
		}
	}
	zeros := strings.Repeat("0", len(good))
	for n := 1; n < len(good); n++ {
		for _, s := range []string{good[:n] + zeros[n:], zeros[n:] + good[len(good)-n:]} {
			if s == good {
				continue
			}
			if _, err := c.ReadEvent(s, []byte(created)); err == nil {
				t.Errorf("%d digits are enough: %s", n, s)
			}
		}
	}
}
