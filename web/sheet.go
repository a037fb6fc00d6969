package web

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
)

// The page of a publish code is looked at again and again, and what changes from one look
// to the next are four values. It is rendered once, with slots in their places; what is
// left is to fill them. The values are numbers and a request's id, which need no escaping.

// gap stands before and behind a slot's name. It is drawn anew by each process: no content
// can hold it.
var gap = rand.Text()

// sheet is a page with its slots: text, the name of a slot, text … text.
type sheet []string

// sheets are those of the pages that were looked at lately.
var sheets = func() *lru.Cache[string, sheet] {
	c, err := lru.New[string, sheet](256)
	if err != nil { // only when the size is not above 0
		panic(err)
	}
	return c
}()

// Slot marks the place of a value that changes from look to look: opens, ends, held,
// request.
func (ScanPage) Slot(name string) string { return gap + name + gap }

// RenderScan is the page of a publish code; everything in p is escaped.
func RenderScan(p ScanPage) ([]byte, error) {
	key := p.key()
	s, known := sheets.Get(key)
	if !known {
		var out bytes.Buffer
		if err := Render(&out, "scan.html", p); err != nil {
			return nil, err
		}
		if s = strings.Split(out.String(), gap); len(s) == 1 {
			return nil, fmt.Errorf("web: the page has no slots")
		}
		sheets.Add(key, s)
	}
	return s.fill(p), nil
}

// key is everything of a page that is not in a slot. Each text is led by its length, so
// that no two pages share one.
func (p ScanPage) key() string {
	b := make([]byte, 0, 1024)
	for _, is := range []bool{p.En, p.Phone} {
		b = strconv.AppendBool(b, is)
	}
	for _, s := range append([]string{
		p.V, p.Token, p.State, p.InApp, p.Brand, p.Title, p.Caption, p.Channel, p.Cover, p.PublishedURL, p.Scheduled, p.ScheduledISO, p.Zone, p.Offset, p.HeldBy,
	}, p.Hashtags...) {
		b = strconv.AppendInt(b, int64(len(s)), 10)
		b = append(append(b, ':'), s...)
	}
	return string(b)
}

// fill puts the values of now.
func (s sheet) fill(p ScanPage) []byte {
	size := 64
	for _, text := range s {
		size += len(text)
	}
	b := make([]byte, 0, size)
	for i, text := range s {
		if i%2 == 0 {
			b = append(b, text...)
			continue
		}
		switch text {
		case "opens":
			b = strconv.AppendInt(b, p.OpensInMS, 10)
		case "ends":
			b = strconv.AppendInt(b, p.EndsInMS, 10)
		case "held":
			b = strconv.AppendInt(b, int64(p.HeldForSeconds), 10)
		case "request":
			b = append(b, p.RequestID...)
		}
	}
	return b
}
