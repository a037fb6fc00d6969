package lint_test

import (
	"testing"

	"countersign/internal/testkit"
	"countersign/lint"
)

// BenchmarkCheck is the figure of docs/benchmarks.md: 10,000 words, 20,000 characters.
func BenchmarkCheck(b *testing.B) {
	own, texts := lint.New(testkit.Words(10_000), nil), testkit.LongText(20_000)
	_ = lint.Builtin()
	b.ResetTimer()
	for b.Loop() {
		_ = lint.Check("wechat_official", texts, own)
	}
}

// BenchmarkNew is what a change of a list costs, once on each replica.
func BenchmarkNew(b *testing.B) {
	words := testkit.Words(10_000)
	for b.Loop() {
		_ = lint.New(words, nil)
	}
}
