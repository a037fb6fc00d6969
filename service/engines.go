package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"countersign/lint"
	"countersign/store"
)

// What is kept of compiled words, at most: some hundred megabytes at worst.
const (
	mostEngines = 200
	mostKept    = 1_000_000 // characters of all their words
)

// engines keeps the compiled words of brands, the most recently used ones, by the versions
// of their lists: a save builds none, and a changed list is another key on every replica.
type engines struct {
	mu   sync.Mutex
	kept []compiled // the last used at the end
	size int
}

type compiled struct {
	key    string
	engine *lint.Engine
}

func (e *engines) get(key string) (*lint.Engine, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.find(key)
	if i < 0 {
		return nil, false
	}
	x := e.kept[i]
	e.kept = append(slices.Delete(e.kept, i, i+1), x)
	return x.engine, true
}

func (e *engines) find(key string) int {
	return slices.IndexFunc(e.kept, func(x compiled) bool { return x.key == key })
}

func (e *engines) put(key string, engine *lint.Engine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.find(key) >= 0 { // two saves have built it at once
		return
	}
	e.kept = append(e.kept, compiled{key, engine})
	e.size += engine.Size()
	for len(e.kept) > 1 && (e.size > mostKept || len(e.kept) > mostEngines) {
		e.size -= e.kept[0].engine.Size()
		e.kept = slices.Delete(e.kept, 0, 1)
	}
}

// wordsOf is the engine of a Brand's enabled lists, nil when it has none, and the version of
// all local rules.
func (s AIReviews) wordsOf(ctx context.Context, r store.Reader, brandID string) (*lint.Engine, string, error) {
	marks, err := r.WordListMarks(ctx, brandID)
	if err != nil || len(marks) == 0 {
		return nil, lint.Version, err
	}
	var key strings.Builder
	for _, m := range marks {
		_, _ = fmt.Fprintf(&key, "%s:%d ", m.ID, m.Version) // a builder takes everything
	}
	sum := sha256.Sum256([]byte(key.String()))
	version := lint.Version + "+" + hex.EncodeToString(sum[:6])
	if engine, known := s.engines.get(key.String()); known {
		return engine, version, nil
	}
	lists, err := r.EnabledWords(ctx, brandID)
	if err != nil {
		return nil, version, err
	}
	var entries []lint.Entry
	for _, l := range lists {
		entries = append(entries, lint.Entries(l)...)
	}
	engine := lint.New(entries, nil)
	s.engines.put(key.String(), engine)
	return engine, version, nil
}
