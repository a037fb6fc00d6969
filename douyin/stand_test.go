package douyin_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"countersign/cache"
	"countersign/douyin"
	"countersign/model"
	"countersign/sandbox"
)

// The stand-in refuses what Douyin refuses: both ways of making a link fill in the same page
// there, and a replaced ticket is fetched anew.
func TestTheStandInShowsWhatWasLaunched(t *testing.T) {
	t.Parallel()
	for way, capabilities := range map[model.LaunchWay][]string{
		model.LaunchShort: nil, model.LaunchSigned: {sandbox.CapabilityShare, sandbox.CapabilityTicket, sandbox.CapabilityPublish},
	} {
		stand := sandbox.NewDouyin(sandbox.DouyinOptions{ClientKey: "awkey", Secret: "secret", Capabilities: capabilities})
		server := httptest.NewServer(stand)
		shared, err := cache.Open(t.Context(), cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := douyin.New(douyin.Config{ClientKey: "awkey", Secret: "secret", BaseURL: server.URL, Shared: shared, Sealer: unsealed{}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			share, err := c.ShareID(t.Context())
			if err != nil {
				t.Fatal(way, err)
			}
			l, err := c.Launch(t.Context(), model.LaunchRequest{
				ShareID: share, VideoURL: "https://media.example/a.mp4?exp=1&sig=-_a", Title: "新品 & 上线 100% + 山野", Hashtags: []string{"立夏", "新品上市"}, EndsAt: time.Now().Add(time.Hour),
			})
			if err != nil || l.Way != way {
				t.Fatalf("%s: %+v %v", way, l, err)
			}
			page, err := stand.Open(t.Context(), sandbox.OpenRequest{Schema: l.Schema})
			if err != nil || page.Title != "新品 & 上线 100% + 山野" || len(page.Hashtags) != 2 || page.State != share || !page.PublishPage || !page.Callback || len(page.Ignored) > 0 {
				t.Errorf("%s: %+v %v", way, page, err)
			}
			stand.RotateToken()
		}
		c.Close()
		if err := shared.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
}

// unsealed seals nothing: what is sealed is another test's.
type unsealed struct{}

func (unsealed) Seal(b []byte, _ string) ([]byte, error) { return b, nil }
func (unsealed) Open(b []byte, _ string) ([]byte, error) { return b, nil }
