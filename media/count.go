package media

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

func newHash() hash.Hash { return sha256.New() }

// errOther: what was read is not what was announced.
var errOther = errors.New("another digest")

// counted counts and hashes what is read through it, and remembers why reading ended.
// With a digest that it must have, the last read fails when it has another, and gives
// nothing: whoever stores what comes out of it lacks the end then, and stores nothing.
type counted struct {
	r     io.Reader
	hash  hash.Hash
	size  int64  // with want: where the end is
	want  string // hex
	n     int64
	ended bool
	err   error // but io.EOF
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.hash.Write(p[:n])
	if c.want != "" && c.n == c.size && c.sum() != c.want {
		n, err = 0, errOther
	}
	if err != nil {
		c.ended = true
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

func (c *counted) sum() string { return hex.EncodeToString(c.hash.Sum(nil)) }
