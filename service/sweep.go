package service

import (
	"context"
	"time"

	"countersign/store"
)

// sweepEvery is the distance of the sweeps of rows.
const sweepEvery = 10 * time.Minute

// sweepRows deletes rows that have had their time: ended sessions, delivered messages, kept
// answers, old events. The first turn, and every one that finds much, goes on until all of
// it is gone.
func sweepRows(s *store.Store, g guard) loop {
	return loop{guard: g, pace: sweepEvery, tick: func(ctx context.Context) (again bool, err error) {
		swept, err := s.Sweep(ctx)
		return err == nil && swept.More(), err
	}}
}
