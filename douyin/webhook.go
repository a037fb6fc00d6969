package douyin

import (
	"crypto/sha1" //nolint:gosec // Douyin's signature is defined by it
	"crypto/subtle"
	"encoding/hex"
	"errors"

	"countersign/model"
)

const (
	maxEvent    = 256 << 10 // bytes
	maxUnsigned = 1 << 10   // bytes of what anybody may send: Douyin's test of the address
)

// ReadEvent verifies and reads a message of Douyin's webhook; signature is the header
// X-Douyin-Signature, "" without one, and body the request's body, byte for byte.
//
// The signature is sha1(client_secret ‖ body): no time is in it, so an old message can be
// sent again by whoever saw it. Key is the same for every delivery of one fact, whatever
// its Msg-Id: the caller stores it, drops what it has seen, and answers 200 within five
// seconds. SHA-1 can also be continued without the secret, which leaves bytes that are no
// JSON behind a good body: a body with anything behind its object is refused.
//
// A test of the address (DouyinVerify) may come without a signature, as the console sends
// it for no app in particular. Its answer is Challenge, and nothing else may follow from it.
//
// Errors: CodeTooLarge (256 KiB), CodeForbidden (not Douyin's, or for another app),
// CodeMalformed (Douyin's, and of another shape than it is known to have).
func (c *Client) ReadEvent(signature string, body []byte) (model.DouyinEvent, error) {
	switch {
	case len(body) > maxEvent:
		return model.DouyinEvent{}, model.E(model.CodeTooLarge)
	case signature == "":
		return readUnsigned(body)
	case !c.isSigned(signature, body):
		return model.DouyinEvent{}, notDouyins("bad signature")
	}
	m, err := readMessage(body)
	switch {
	case err != nil:
		return model.DouyinEvent{}, err
	case m.name == string(model.DouyinVerify):
		return m.event()
	case m.clientKey != c.cfg.ClientKey:
		return model.DouyinEvent{}, notDouyins("for another app")
	}
	return m.event()
}

// readUnsigned lets a test of the address through and nothing else.
func readUnsigned(body []byte) (model.DouyinEvent, error) {
	if len(body) <= maxUnsigned {
		if m, err := readMessage(body); err == nil && m.name == string(model.DouyinVerify) {
			return m.event()
		}
	}
	return model.DouyinEvent{}, notDouyins("no signature")
}

// isSigned compares in constant time, with both secrets whichever fits.
func (c *Client) isSigned(signature string, body []byte) bool {
	var got [sha1.Size]byte
	if len(signature) != hex.EncodedLen(sha1.Size) {
		return false
	}
	if _, err := hex.Decode(got[:], []byte(signature)); err != nil {
		return false
	}
	good := signedWith(c.cfg.Secret, body, got)
	if c.cfg.SecretPrevious != "" {
		good |= signedWith(c.cfg.SecretPrevious, body, got)
	}
	return good == 1
}

func signedWith(secret string, body []byte, got [sha1.Size]byte) int {
	h := sha1.New() //nolint:gosec // see above
	h.Write([]byte(secret))
	h.Write(body)
	return subtle.ConstantTimeCompare(h.Sum(nil), got[:])
}

func notDouyins(why string) error {
	return model.E(model.CodeForbidden).Because(errors.New("douyin webhook: " + why))
}

func malformed(why string) error {
	return model.E(model.CodeMalformed).Because(errors.New("douyin webhook: " + why))
}
