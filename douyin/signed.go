package douyin

import (
	"context"
	"crypto/md5" //nolint:gosec // Douyin's signature is defined by it
	"encoding/hex"
	"errors"
	"io"
	"strconv"

	"countersign/model"
	"countersign/platform"
)

// signedLaunch makes the link here. Only nonce, ticket and time are signed; the rest is not.
func (c *Client) signedLaunch(ctx context.Context, in model.LaunchRequest) (model.Launch, error) {
	with, err := c.tokenAndTicket(ctx)
	if err != nil {
		return model.Launch{}, err
	}
	nonce, err := c.newNonce()
	if err != nil {
		return model.Launch{}, err
	}
	values, err := content(in)
	if err != nil {
		return model.Launch{}, err
	}
	stamp := strconv.FormatInt(c.cfg.Now().Unix(), 10)
	values["client_key"], values["nonce_str"], values["timestamp"] = c.cfg.ClientKey, nonce, stamp
	values["signature"] = signature(nonce, with.ticket.Value, stamp)
	return model.Launch{Schema: schemaShare + encode(values), Way: model.LaunchSigned, EndsAt: with.ticket.Ends}, nil
}

// content is what the publish page shows. Keys are sent only if needed: an older Douyin
// should not meet what it does not know.
func content(in model.LaunchRequest) (map[string]string, error) {
	title, inside, beside := splitTitle(in.Title, in.Hashtags)
	values := map[string]string{
		"share_type": "h5", "share_to_publish": "1", "state": in.ShareID, "video_path": in.VideoURL, "title": title,
	}
	if err := addList(values, "title_hashtag_list", inside); err != nil {
		return nil, err
	}
	return values, addList(values, "hashtag_list", beside)
}

// addList puts a list in as JSON, unless it is empty.
func addList[V any](values map[string]string, name string, list []V) error {
	if len(list) == 0 {
		return nil
	}
	text, err := platform.JSON(list)
	if err != nil {
		return model.E(model.CodeInternal).Because(errors.New("douyin: a list that is no JSON"))
	}
	values[name] = string(text)
	return nil
}

// newNonce is 128 bits in hex.
func (c *Client) newNonce() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(c.cfg.Random, b[:]); err != nil {
		return "", model.E(model.CodeInternal).Because(errors.New("douyin: no randomness for a nonce"))
	}
	return hex.EncodeToString(b[:]), nil
}

// signature is over the raw values in the order of their names. An escaped ticket gives
// another signature, which the phone refuses.
func signature(nonce, ticket, timestamp string) string {
	sum := md5.Sum([]byte("nonce_str=" + nonce + "&ticket=" + ticket + "&timestamp=" + timestamp)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}
