package model

import "time"

// Limit is a rate: Rate events per Period, up to Burst at once (0: Rate).
type Limit struct {
	Name   string // what is limited; part of the counter's key
	Rate   int
	Period time.Duration
	Burst  int
}
