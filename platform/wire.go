package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	idleConns    = 32               // kept open to a platform, which is one host
	idleConnLife = 30 * time.Second // well under what servers keep, so that a call rarely meets a dying line
)

// NewWire speaks HTTP/1.1 only: its rules for repeating a request by itself are few enough
// to be known, and switched off where a repetition does harm. A dial may outlive its
// request; dialLimit ends it.
func NewWire(dialLimit time.Duration) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialLimit}).DialContext,
		TLSHandshakeTimeout: dialLimit,
		Protocols:           &http1,
		MaxIdleConnsPerHost: idleConns,
		IdleConnTimeout:     idleConnLife,
	}
}

// NewClient follows no redirect: one would carry the secret or the token on to another host.
func NewClient(wire http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     wire,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ErrTooLong is for an answer that is longer than any real one.
var ErrTooLong = errors.New("answer too long")

// ReadAnswer reads an answer in full.
func ReadAnswer(body io.Reader, most int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(raw)) > most {
		err = ErrTooLong
	}
	return raw, err
}

// JSON is v on one line, with & and < as they are, as in the platforms' own examples.
func JSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
