package main

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/testkit"
)

const (
	decisionWorkers = 16
	decisionRounds  = 7
	decisionActs    = 480 // of each side in each round
	decisionTurns   = (decisionRounds+1)*decisionActs + 2
)

// decision compares an approval over HTTP, of a post of its own, with a hand-written
// transaction that leaves the same rows behind. The posts are spread over sixteen
// brands first, and are all of one brand then, whose audit chain every decision must
// lock: there a transaction's time under that lock decides, on both sides.
func decision(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 1)
	floor := newFloor(t, a, floorSQL)
	many := make([]*testkit.Brand, decisionWorkers)
	for i := range many {
		many[i] = a.NewBrand(t)
	}
	out := decide(t, a, floor, many, "16 brands")
	return append(out, decide(t, a, floor, many[:1], "one brand")...)
}

func decide(t testing.TB, a *testkit.App, floor *floor, brands []*testkit.Brand, name string) []figure {
	t.Helper()
	voters := make([]voter, decisionWorkers)
	for i := range voters {
		b := brands[i%len(brands)]
		voters[i] = voter{a.NewReviewer(t, b), b}
	}
	ours, theirs := ballots(t, a, voters), ballots(t, a, voters)
	sides := []side{
		{"HTTP", func(n int) { ours[n].voter.Decide(t, ours[n].taskID, "approve", digest).Want(t, 200, nil) }},
		{"SQL", func(n int) { floor.decide(t, theirs[n]) }},
	}
	var asked [2]traffic
	for i, s := range sides {
		s.act(decisionTurns - 2)
		asked[i] = floor.trafficOf(t, func() { s.act(decisionTurns - 1) })
	}
	r := compare(decisionRounds, decisionActs, decisionWorkers, sides...)
	return []figure{
		figure{
			Name: "decision / hand-written transaction, " + name, Measured: r[0].over(r[1]), Unit: "×", Bound: atLeast, Goal: 0.7,
			Note: fmt.Sprintf("%.0f/s against %.0f/s, %d at a time, MariaDB; %s against %s", r[0].median(), r[1].median(), decisionWorkers, asked[0], asked[1]),
		}.judged(),
	}
}

// voter is an approver and the brand that asks him.
type voter struct {
	testkit.Reviewer
	brand *testkit.Brand
}

// ballot is a turn and the one whose it is.
type ballot struct {
	turn
	voter voter
}

// ballots seeds as many turns as one side takes.
func ballots(t testing.TB, a *testkit.App, voters []voter) []ballot {
	t.Helper()
	list := make([]ballot, decisionTurns)
	turns := make([]turn, len(list))
	for i := range list {
		v := voters[i%len(voters)]
		turns[i] = newTurn(v.brand, v.Member, time.Now().UTC())
		list[i] = ballot{turns[i], v}
	}
	seed(t, direct(t, a.Database), turns)
	return list
}
