package main

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/testkit"
)

// side is one of the things compared. act does it once; n counts from 0 and never
// comes twice.
type side struct {
	name string
	act  func(n int)
}

// rates are a side's acts per second, by round.
type rates []float64

// compare lets the sides act in turns, the order turning with each round, and answers
// their rates. A first round warms connections and caches up and does not count.
func compare(rounds, acts, workers int, sides ...side) []rates {
	out := make([]rates, len(sides))
	for round := range rounds + 1 {
		for i := range sides {
			which := (i + round) % len(sides)
			r := rate(sides[which], round*acts, acts, workers)
			if round > 0 {
				out[which] = append(out[which], r)
			}
		}
	}
	return out
}

// rate lets workers do the acts first, first+1 … of a side.
func rate(s side, first, acts, workers int) float64 {
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range workers {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= acts {
					return
				}
				s.act(first + n)
			}
		})
	}
	wg.Wait()
	return float64(acts) / time.Since(start).Seconds()
}

// over is the median of the rounds' ratios.
func (r rates) over(floor rates) float64 {
	ratios := make([]float64, len(r))
	for i := range r {
		ratios[i] = r[i] / floor[i]
	}
	return median(ratios)
}

func (r rates) median() float64 { return median(r) }

func median[T ~float64 | ~int64](list []T) T {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// newApp is the program as it runs in production: the database's clock, a real Redis
// beside MariaDB, the embedded one beside SQLite.
func newApp(t testing.TB, e testkit.Engine, replicas int) *testkit.App {
	t.Helper()
	o := testkit.Options{Replicas: replicas, RealTime: true}
	if e == testkit.MySQL {
		o.Redis = []string{os.Getenv(testkit.EnvRedis)}
	}
	return testkit.NewApp(t, e, o)
}
