package sandbox

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"
)

// Errors of Publish.
var (
	ErrNotOpen   = errors.New("sandbox: no such page is open")
	ErrPublished = errors.New("sandbox: this page was published already")
)

// PublishRequest is the tap on "publish". The page is named by one of the first two.
type PublishRequest struct {
	OpenToken string `json:"open_token"`
	State     string `json:"state"`   // the newest unpublished page with this state
	OpenID    string `json:"open_id"` // whose account; "" is who opened the page, or somebody new

	Official    bool `json:"official"`     // the event tells item_id and share_id only, as the official page says
	NoVideoID   bool `json:"no_video_id"`  // the event tells no video_id
	DropHashtag bool `json:"drop_hashtag"` // the person took the tracking hashtag away
	NullHashtag bool `json:"null_hashtag"` // has_default_hashtag is null

	Webhook *Sending `json:"webhook"` // how the event is sent; null: as scripted, else plainly
}

// Video is one that was published.
type Video struct {
	ItemID    string    `json:"item_id"`
	VideoID   string    `json:"video_id"` // 19 digits
	ShareID   string    `json:"share_id"` // "" when the state was no share_id with a callback
	OpenID    string    `json:"open_id"`
	Title     string    `json:"title"`
	Hashtags  []string  `json:"hashtags"`
	VideoPath string    `json:"video_path"`
	At        time.Time `json:"at"`
}

// Published is a video and what became of its event.
type Published struct {
	Video Video `json:"video"`
	Sent
}

// createVideo is the content of the event.
type createVideo struct {
	ShareID    string `json:"share_id"`
	ItemID     string `json:"item_id"`
	HasHashtag *bool  `json:"has_default_hashtag"`
	VideoID    string `json:"video_id,omitempty"`
}

// Publish plays the tap on "publish": the video exists, and the webhook is told when
// the share_id asked for it. A receiver that fails does not undo the publication.
func (d *Douyin) Publish(ctx context.Context, in PublishRequest) (Published, error) {
	v, batch, err := d.publish(in)
	if err != nil {
		return Published{}, err
	}
	return Published{v, d.send(ctx, batch)}, nil
}

func (d *Douyin) publish(in PublishRequest) (Video, batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOpening(in)
	if err != nil {
		return Video{}, batch{}, err
	}
	o.published = true
	d.openings.put(o.page.OpenToken, o)
	v := d.makeVideo(o, in)
	d.videos.put(v.ItemID, v)
	if !o.page.Callback {
		return v, batch{}, nil
	}
	return v, d.batchOf("create_video", v.OpenID, in.content(v, o.page.DefaultHashtag), in.Webhook), nil
}

// findOpening finds the page that is meant; d.mu is held.
func (d *Douyin) findOpening(in PublishRequest) (opening, error) {
	o, known := d.openings.get(in.OpenToken)
	if in.OpenToken == "" && in.State != "" {
		o, known = d.openingWith(in.State)
	}
	switch {
	case !known:
		return opening{}, ErrNotOpen
	case o.published:
		return opening{}, ErrPublished
	}
	return o, nil
}

// openingWith is the newest unpublished page with a state, else any with it; d.mu is held.
func (d *Douyin) openingWith(state string) (opening, bool) {
	var found opening
	known := false
	for _, o := range slices.Backward(d.openings.all()) {
		if o.page.State != state {
			continue
		}
		if !o.published {
			return o, true
		}
		found, known = o, true
	}
	return found, known
}

// makeVideo makes up the ids of a video; d.mu is held.
func (d *Douyin) makeVideo(o opening, in PublishRequest) Video {
	v := Video{
		ItemID: "@" + base64.StdEncoding.EncodeToString(randomBytes(d.opts.Rand, 49)), VideoID: d.videoNumber(), OpenID: in.OpenID,
		Title: o.page.Title, Hashtags: o.page.Hashtags, VideoPath: o.page.VideoPath, At: d.opts.Now().UTC(),
	}
	if v.OpenID == "" {
		v.OpenID = o.openID
	}
	if v.OpenID == "" {
		v.OpenID = "_000" + randomText(d.opts.Rand, 24)
	}
	if o.page.Callback {
		v.ShareID = o.page.State
	}
	return v
}

// videoNumber is 19 digits, the first of them a 7 as in real samples; d.mu is held.
func (d *Douyin) videoNumber() string {
	const least, span = 7_000_000_000_000_000_000, 1_000_000_000_000_000_000
	return strconv.FormatUint(least+binary.BigEndian.Uint64(randomBytes(d.opts.Rand, 8))%span, 10)
}

// content words the event, as the official page does or as real payloads do.
func (in PublishRequest) content(v Video, hashtag string) any {
	if in.Official {
		return map[string]string{"item_id": v.ItemID, "share_id": v.ShareID}
	}
	kept := hashtag != "" && !in.DropHashtag
	c := createVideo{ShareID: v.ShareID, ItemID: v.ItemID, HasHashtag: &kept, VideoID: v.VideoID}
	if in.NullHashtag {
		c.HasHashtag = nil
	}
	if in.NoVideoID {
		c.VideoID = ""
	}
	return c
}

// Videos is what was published, oldest first.
func (d *Douyin) Videos() []Video {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.videos.all()
}
