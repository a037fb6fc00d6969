package model

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestSessionToken: 256 bits, of the source that is given, or an error.
func TestSessionToken(t *testing.T) {
	t.Parallel()
	token, err := NewSessionToken(bytes.NewReader(bytes.Repeat([]byte{0xff}, 32)))
	if err != nil || token != strings.Repeat("_", 42)+"8" {
		t.Error(token, err)
	}
	for _, short := range []io.Reader{bytes.NewReader(make([]byte, 31)), iotest.ErrReader(errors.New("no randomness"))} {
		if token, err := NewSessionToken(short); err == nil || token != "" {
			t.Error(token, err)
		}
		if token, err := NewSceneToken(ScenePost, short); short != nil && (err == nil || token != "") {
			t.Error(token, err)
		}
	}
}
