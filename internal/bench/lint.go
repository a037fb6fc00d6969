package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/lint"
)

const (
	lintWords  = 10_000
	lintLength = 20_000
	lintRounds = 101
)

// localRules measures the local rules of the AI review, which run while a text is saved.
func localRules(testing.TB) []figure {
	own, texts := lint.New(testkit.Words(lintWords), nil), testkit.LongText(lintLength)
	var took []time.Duration
	found := 0
	for range lintRounds {
		from := time.Now()
		found = len(lint.Check("wechat_official", texts, own))
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	return []figure{figure{
		Name: "local rules, 10,000 words over 20,000 characters", Measured: float64(took[len(took)/2].Microseconds()) / 1000, Unit: "ms", Bound: atMost, Goal: 5,
		Note: fmt.Sprintf("median of %d, at most %v, %d findings", lintRounds, took[len(took)-1].Round(100*time.Microsecond), found),
	}.judged()}
}
