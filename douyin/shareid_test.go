package douyin_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"countersign/douyin"
	"countersign/model"
)

func TestShareIDIsTaken(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *douyin.Config) { c.DefaultHashtag = "会签+1" })
	one, two := must(b.client.ShareID(t.Context()))(t), must(b.client.ShareID(t.Context()))(t)
	if len(one) != 16 || one == two {
		t.Errorf("share ids %q and %q", one, two)
	}
	if q := b.lastQuery(); q != "default_hashtag=%E4%BC%9A%E7%AD%BE%2B1&need_callback=true" {
		t.Errorf("query %q", q)
	}
	if b.count(ticketPath) != 0 {
		t.Error("a ticket was got for nothing")
	}
}

// Where POST is not known GET is used, and POST is left alone for ten minutes.
func TestShareIDFallsBackToGet(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusMethodNotAllowed} {
		b := setup(t)
		var posts atomic.Int64
		b.answers(sharePath, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				posts.Add(1)
				w.WriteHeader(status)
				return
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.answer(w, r)
		})
		for _, step := range []struct {
			advance time.Duration
			posts   int64
		}{{0, 1}, {9 * time.Minute, 1}, {time.Minute, 2}} {
			b.clock.advance(step.advance)
			must(b.client.ShareID(t.Context()))(t)
			if posts.Load() != step.posts {
				t.Errorf("%d: %d posts, want %d", status, posts.Load(), step.posts)
			}
		}
	}
}

func TestShareIDByGetOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *douyin.Config) { c.ShareIDMethod = douyin.ShareIDGet })
	b.answers(sharePath, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"data":{"share_id":1759435947641859},"extra":{"description":%q}}`, r.Method)
		if r.Method != http.MethodGet {
			t.Error(r.Method)
		}
	})
	if id := must(b.client.ShareID(t.Context()))(t); id != "1759435947641859" {
		t.Errorf("a number gave %q", id)
	}
}

func TestAShareIDIsDigits(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{`""`, `"12x"`, `null`, `{}`, `1.5`, `"` + fmt.Sprintf("%033d", 1) + `"`} {
		b := setup(t)
		b.answers(sharePath, always(200, `{"data":{"share_id":`+odd+`},"extra":{"error_code":0}}`))
		_, err := b.client.ShareID(t.Context())
		wantCode(t, err, model.CodeDouyinBusy)
	}
}
