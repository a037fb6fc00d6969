package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

const (
	raceSteps     = 200
	raceApprovers = 32
	raceReplicas  = 3
)

// race counts the transitions of many steps that all their approvers answer at once.
// It is the one figure that must hold.
func race(t testing.TB) []figure {
	answers, transitions, wrong := runRace(t, raceSteps)
	f := figure{
		Name: "race: transitions of steps answered by 32 at once", Measured: float64(transitions), Bound: atLeast, Goal: raceSteps, Must: true,
		Note: fmt.Sprintf("%d steps, %d replicas, MariaDB, Redis; %s", raceSteps, raceReplicas, answers),
	}
	f.OK = len(wrong) == 0
	if !f.OK {
		f.Note += "; " + strings.Join(wrong, "; ")
	}
	return []figure{f}
}

// histogram counts answers by status and code.
type histogram map[string]int

func (h histogram) String() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(h)) {
		parts = append(parts, fmt.Sprintf("%d × %s", h[k], k))
	}
	return strings.Join(parts, ", ")
}

// runRace lets 32 approvers answer each step at the same moment, half of them approving
// and half rejecting, spread over three replicas. It says what was answered, how many
// steps moved, and everything that is not as it must be.
func runRace(t testing.TB, steps int) (answers histogram, transitions int64, wrong []string) {
	t.Helper()
	a := newApp(t, testkit.MySQL, raceReplicas)
	b := a.NewBrand(t)
	approvers := make([]testkit.Reviewer, raceApprovers)
	members := make([]string, raceApprovers)
	for i := range approvers {
		approvers[i] = a.NewReviewer(t, b)
		members[i] = approvers[i].Member
		approvers[i].Client = approvers[i].As(a.Replicas[i%raceReplicas])
	}
	flow := b.NewFlow(t, "所有人同时", testkit.M{"mode": "any", "approvers": members})
	answers = histogram{}
	for i := range steps {
		p := b.NewPost(t, testkit.Article(fmt.Sprintf("第 %d 篇", i), testkit.M{"flow_id": flow}))
		b.Submit(t, p.ID)
		for k, n := range answerAtOnce(t, approvers) {
			answers[k] += n
		}
	}
	transitions, wrong = judgeRace(t, a, int64(steps), answers)
	return answers, transitions, wrong
}

// answerAtOnce opens everybody's newest task, then releases all of them together.
func answerAtOnce(t testing.TB, approvers []testkit.Reviewer) histogram {
	t.Helper()
	var ready, done sync.WaitGroup
	var mu sync.Mutex
	got := histogram{}
	release := make(chan struct{})
	for i, who := range approvers {
		ready.Add(1)
		done.Go(func() {
			task, err := newest(t, who.Client)
			ready.Done()
			<-release
			key := fmt.Sprint(err)
			if err == nil {
				key = answerOne(t, who.Client, task, i%2 == 0)
			}
			mu.Lock()
			defer mu.Unlock()
			got[key]++
		})
	}
	ready.Wait()
	close(release)
	done.Wait()
	return got
}

func newest(t testing.TB, c testkit.Client) (item api.InboxItem, err error) {
	a, err := c.Try(t, "GET", api.Base+"/inbox", nil)
	if err != nil {
		return item, err
	}
	var list api.List[api.InboxItem]
	if err := json.Unmarshal(a.Body, &list); err != nil || len(list.Items) != 1 {
		return item, fmt.Errorf("an inbox of %d, status %d", len(list.Items), a.Status)
	}
	return list.Items[0], nil
}

// answerOne answers and says what came back.
func answerOne(t testing.TB, c testkit.Client, task api.InboxItem, approve bool) string {
	body := testkit.M{"action": model.ActionReject, "digest": task.Digest, "reason": "需要修改"}
	if approve {
		body = testkit.M{"action": model.ActionApprove, "digest": task.Digest}
	}
	a, err := c.Try(t, "POST", api.Base+"/tasks/"+task.ID+"/decision", body)
	if err != nil {
		return "no answer"
	}
	var p api.Problem
	if a.Status == 200 || json.Unmarshal(a.Body, &p) != nil {
		return fmt.Sprint(a.Status)
	}
	return fmt.Sprintf("%d %s", a.Status, p.Code)
}

// The two answers that a race may give.
const (
	won  = "200"
	lost = "409 already_decided"
)

// judgeRace holds the answers and the rows to the rule: a step moves once.
func judgeRace(t testing.TB, a *testkit.App, steps int64, answers histogram) (transitions int64, wrong []string) {
	t.Helper()
	db := direct(t, a.Database)
	transitions = count(t, db, "SELECT COUNT(*) FROM review_steps WHERE state IN ('approved', 'rejected') AND version = 2")
	others := int64(raceApprovers - 1)
	for _, c := range []struct {
		what      string
		got, want int64
	}{
		{"steps moved once", transitions, steps},
		{"answers " + won, int64(answers[won]), steps},
		{"answers " + lost, int64(answers[lost]), steps * others},
		{"decisions", count(t, db, "SELECT COUNT(*) FROM decisions"), steps},
		{"decisions that settle", count(t, db, "SELECT COUNT(*) FROM decisions WHERE settles = 1"), steps},
		{"tasks settled by another", count(t, db, "SELECT COUNT(*) FROM tasks WHERE state = 'settled' AND version = 2"), steps * others},
		{"reviews ended once", count(t, db, "SELECT COUNT(*) FROM reviews WHERE state IN ('approved', 'rejected') AND version = 2"), steps},
		{"audited decisions", count(t, db, "SELECT COUNT(*) FROM audit WHERE action IN ('task.approved', 'task.rejected')"), steps},
		{"notices owed", count(t, db, "SELECT COUNT(*) FROM outbox WHERE topic = 'notice.decided'"), steps},
	} {
		if c.got != c.want {
			wrong = append(wrong, fmt.Sprintf("%s: %d, must be %d", c.what, c.got, c.want))
		}
	}
	return transitions, wrong
}
