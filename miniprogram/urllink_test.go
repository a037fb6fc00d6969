package miniprogram_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/sandbox"
)

func TestURLLinkLeadsToThePageForItsLife(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct{ life, want time.Duration }{
		{time.Second, 90 * time.Second},
		{2 * time.Hour, 2 * time.Hour},
		{36 * time.Hour, 36 * time.Hour},
		{365 * day, 30*day - 5*time.Minute},
	} {
		b := setup(t)
		link := must(b.client.URLLink(t.Context(), model.URLLinkRequest{Path: page, Query: "i=1&b=%E4%B8%AD", Life: c.life}))(t)
		res, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Path, Query string
			EnvVersion  string    `json:"env_version"`
			ExpiresAt   time.Time `json:"expires_at"`
		}
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got.Path != page || got.Query != "i=1&b=%E4%B8%AD" || got.EnvVersion != "release" {
			t.Errorf("leads to %+v", got)
		}
		if life := got.ExpiresAt.Sub(b.clock.Now()); life != c.want {
			t.Errorf("life %s for %s, want %s", life, c.life, c.want)
		}
	}
}

func TestURLLinkRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.client.URLLink(t.Context(), model.URLLinkRequest{Path: "/" + page, Query: "中"})
	if got := refused(t, err, model.CodeInvalid).Fields; len(got) != 3 {
		t.Errorf("fields %v", got)
	}
	_, err = b.client.URLLink(t.Context(), model.URLLinkRequest{Query: strings.Repeat("x", 1025), Life: time.Hour})
	wantCode(t, err, model.CodeInvalid)
	_, err = b.client.URLLink(t.Context(), model.URLLinkRequest{Path: "pages/no/where", Life: time.Hour})
	wantCode(t, err, model.CodeWeChatPage)
	b.wechat.Fault(sandbox.Fault{Path: linkPath, Mode: sandbox.ModeBare})
	_, err = b.client.URLLink(t.Context(), model.URLLinkRequest{Path: page, Life: time.Hour})
	wantCode(t, err, model.CodeWeChatBusy)
	// 16:30:20 in Beijing, so the next day is 7 h 29 min 40 s away.
	b.wechat.Fault(sandbox.Fault{Path: linkPath, ErrCode: 44993})
	_, err = b.client.URLLink(t.Context(), model.URLLinkRequest{Path: page, Life: time.Hour})
	if got := refused(t, err, model.CodeWeChatQuota).RetryAfter; got != 7*time.Hour+29*time.Minute+40*time.Second {
		t.Errorf("retry after %s", got)
	}
}
