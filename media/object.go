package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/minio/minio-go/v7"
)

// object is an open blob of a bucket. Reading on is one request until its end, or until
// somebody reads elsewhere. Nobody reads it from two goroutines.
type object struct {
	ctx    context.Context //nolint:containedctx // of whoever opened it, as a file's
	bucket *bucket
	key    string
	tag    string // an object that was replaced meanwhile is not read on
	size   int64
	at     int64
	body   io.ReadCloser // from at, nil before the first byte
	near   []byte        // what ReadAt read last, for what stands beside it
	nearAt int64
}

// nearBytes is how much ReadAt asks for at once: a look into a film reads many headers.
const nearBytes = 64 << 10

// Read reads on from where the last Read or Seek ended.
func (o *object) Read(p []byte) (n int, err error) {
	if o.at >= o.size {
		return 0, io.EOF
	}
	if o.body == nil {
		if o.body, err = o.get(o.at, o.size); err != nil {
			return 0, err
		}
	}
	n, err = o.body.Read(p)
	o.at += int64(n)
	if errors.Is(err, io.EOF) {
		if err = nil; o.at < o.size {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// Seek goes elsewhere; it asks the store nothing.
func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek: %w", fs.ErrInvalid)
	}
	if offset == o.at {
		return offset, nil
	}
	o.at = offset
	return offset, o.drop()
}

// ReadAt reads from a place, and keeps what follows for the next time.
func (o *object) ReadAt(p []byte, at int64) (int, error) {
	stop := min(at+int64(len(p)), o.size)
	if at < 0 || at >= stop {
		return 0, io.EOF
	}
	if at < o.nearAt || stop > o.nearAt+int64(len(o.near)) {
		if err := o.fetch(at, min(max(stop, at+nearBytes), o.size)); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.near[at-o.nearAt:stop-o.nearAt])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (o *object) fetch(from, to int64) error {
	body, err := o.get(from, to)
	if err != nil {
		return err
	}
	o.near, o.nearAt = make([]byte, to-from), from
	if _, err = io.ReadFull(body, o.near); err != nil {
		o.near = nil
	}
	return errors.Join(err, body.Close())
}

func (o *object) get(from, to int64) (io.ReadCloser, error) {
	var opt minio.GetObjectOptions
	err := errors.Join(opt.SetRange(from, to-1), opt.SetMatchETag(o.tag))
	if err != nil {
		return nil, err
	}
	body, _, _, err := minio.Core{Client: o.bucket.client}.GetObject(o.ctx, o.bucket.name, o.key, opt)
	return body, err
}

func (o *object) drop() error {
	if o.body == nil {
		return nil
	}
	err := o.body.Close()
	o.body = nil
	return err
}

// Close ends what is being read.
func (o *object) Close() error { return o.drop() }
