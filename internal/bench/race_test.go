package main

import (
	"os"
	"testing"

	"countersign/internal/testkit"
)

// TestRace is the race of "make bench", with fewer steps.
func TestRace(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	if os.Getenv(testkit.EnvRedis) == "" {
		t.Skip("no Redis: run it with make test")
	}
	const steps = 20
	answers, _, wrong := runRace(t, steps)
	t.Logf("%d steps × %d approvers: %s", steps, raceApprovers, answers)
	for _, w := range wrong {
		t.Error(w)
	}
}
