package platform

import (
	"time"

	"countersign/model"
)

// Meaning is what one of a platform's codes is to the product.
type Meaning struct {
	Code  model.Code
	Retry RetryHint // nil: trying again does not help, or nobody knows when it will
}

// Meanings are a platform's codes by endpoint; a few numbers mean different things in
// different places.
type Meanings map[Endpoint]map[int64]Meaning

// Anywhere is every endpoint without a line of its own for a code.
const Anywhere Endpoint = ""

// MeaningOf looks a code up; one that is not in the table is a refusal.
func (t Terms) MeaningOf(at Endpoint, code int64) Meaning {
	if m, ok := t.Meanings[at][code]; ok {
		return m
	}
	if m, ok := t.Meanings[Anywhere][code]; ok {
		return m
	}
	return Meaning{Code: t.Refused}
}

// Error is the product's error for a refusal with that meaning.
func (m Meaning) Error(refusal error, now time.Time) error {
	e := model.E(m.Code).Because(refusal)
	if m.Retry != nil {
		e = e.After(m.Retry(now))
	}
	return e
}

// RetryHint says how long to wait, seen from now.
type RetryHint func(now time.Time) time.Duration

// After is a fixed wait.
func After(d time.Duration) RetryHint {
	return func(time.Time) time.Duration { return d }
}

// NextMinute is for limits that count by the minute.
func NextMinute(now time.Time) time.Duration {
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}

// Beijing is where the platforms' days begin. That their quotas are counted by them is not
// on the pages at hand; a wrong guess costs one more refusal.
var Beijing = time.FixedZone("UTC+8", 8*60*60)

// NextDay is for quotas that count by the day.
func NextDay(now time.Time) time.Duration {
	y, m, d := now.In(Beijing).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, Beijing).Sub(now)
}
