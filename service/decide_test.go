package service_test

import (
	"sync/atomic"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// contest is a race of two acts on the same post, round after round. Each act is done
// on another replica.
type contest struct {
	x      *bundle
	rounds int
	start  func(t *testing.T) string                     // makes a post
	left   func(r *testkit.Replica, postID string) error // the two acts
	right  func(r *testkit.Replica, postID string) error
	losers []model.Code // what the one who is late may be told
	both   bool         // both may do
	after  func(t *testing.T, postID string, left, right error)
}

func (c contest) run(t *testing.T) {
	t.Helper()
	n := len(c.x.Replicas)
	for round := range max(c.rounds, 5) {
		post := c.start(t)
		errs := make([]error, 2)
		acts := []func(*testkit.Replica, string) error{c.left, c.right}
		testkit.Together(2, func(i int) { errs[i] = acts[i](c.x.Replicas[(round+i)%n], post) })
		for i, err := range errs {
			if err != nil && !allowed(err, c.losers) {
				t.Fatalf("round %d, act %d: %v", round, i, err)
			}
		}
		if done := (errs[0] == nil) && (errs[1] == nil); done && !c.both {
			t.Fatalf("round %d: both acts did", round)
		}
		if errs[0] != nil && errs[1] != nil {
			t.Fatalf("round %d: neither did: %v, %v", round, errs[0], errs[1])
		}
		c.after(t, post, errs[0], errs[1])
	}
	c.x.chained(t)
}

func allowed(err error, codes []model.Code) bool {
	for _, c := range codes {
		if model.CodeOf(err) == c {
			return true
		}
	}
	return false
}

// rounds are many on MariaDB, where the races are, and few where there is one writer.
func rounds(e testkit.Engine) int {
	switch {
	case e == testkit.SQLite:
		return 10
	case testing.Short():
		return 20
	}
	return 200
}

// race is a bundle on three replicas with two reviewers.
func race(t *testing.T, e testkit.Engine) (x *bundle, a, b reviewer) {
	t.Helper()
	x = setup(t, e, testkit.Options{Replicas: 3})
	return x, x.reviewer(t), x.reviewer(t)
}

func (x *bundle) decision(t *testing.T, c service.Call, member string, answer func(task) model.Answer) func(*testkit.Replica, string) error {
	return func(r *testkit.Replica, post string) error {
		for _, k := range x.tasks(t, post) {
			if k.Member == member {
				_, err := r.Service.Reviews.Decide(t.Context(), c, k.ID, answer(k))
				return err
			}
		}
		return model.E(model.CodeNotFound)
	}
}

// states is where a post's rows stand.
func (x *bundle) states(t *testing.T, post string) (step, review, article, state string) {
	t.Helper()
	r := testkit.Rows(t, x.db, `SELECT s.state, v.state, a.state, p.state FROM review_steps s JOIN reviews v ON v.id = s.review_id
		JOIN articles a ON a.review_id = v.id JOIN posts p ON p.id = a.post_id WHERE p.id = ? ORDER BY s.position LIMIT 1`, post)[0]
	return r[0], r[1], r[2], r[3]
}

// decisions counts a post's decisions, and those that end a step.
func (x *bundle) decisions(t *testing.T, post string) (all, settling int) {
	t.Helper()
	const from = " FROM decisions d JOIN reviews v ON v.id = d.review_id WHERE v.post_id = ?"
	return testkit.Count(t, x.db, "SELECT COUNT(*)"+from, post), testkit.Count(t, x.db, "SELECT COUNT(*)"+from+" AND d.settles", post)
}

func rejecting(k task) model.Answer { return reject(k, false) }

func TestTwoApproversAtOnceOnAnAnyStep(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member, b.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeAlreadyDecided},
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left:  x.decision(t, a.call, a.Member, approve), right: x.decision(t, b.call, b.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				late, winner := left, b.Nickname
				if late == nil {
					late, winner = right, a.Nickname
				}
				if e := refused(t, late, model.CodeAlreadyDecided); e.Args["by"] != winner || e.Args["at"] == "" || e.Args["action"] != "approve" {
					t.Fatalf("the late one was told %v, the winner is %s", e.Args, winner)
				}
				all, settling := x.decisions(t, post)
				if s, v, art, p := x.states(t, post); all != 1 || settling != 1 || s != "approved" || v != "approved" || art != "approved" || p != "approved" {
					t.Fatalf("%d decisions, %d settle; %s %s %s %s", all, settling, s, v, art, p)
				}
				if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ? AND state = 'settled' AND settled_by IS NOT NULL AND version = 2", post); n != 1 {
					t.Fatalf("%d turns were settled", n)
				}
			},
		}.run(t)
	})
}

// approve first: the reject ends the step; reject first: the approval is late.
func TestApproveAndRejectAtOnceOnAnAllStep(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		flow := x.flow(t, step(model.ModeAll, a.Member, b.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeAlreadyDecided}, both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left:  x.decision(t, a.call, a.Member, approve), right: x.decision(t, b.call, b.Member, rejecting),
			after: func(t *testing.T, post string, left, right error) {
				must(t, right) // nothing can come before a reject
				all, settling := x.decisions(t, post)
				want := 2
				if left != nil {
					want = 1
				}
				if s, v, art, p := x.states(t, post); all != want || settling != 1 || s != "rejected" || v != "rejected" || art != "rejected" || p != "rejected" {
					t.Fatalf("%d decisions of %d, %d settle; %s %s %s %s", all, want, settling, s, v, art, p)
				}
			},
		}.run(t)
	})
}

// Both of the last two approve at once: one of them, exactly, ends the step.
func TestTheLastTwoOfAnAllStepAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		flow := x.flow(t, step(model.ModeAll, a.Member, b.Member))
		contest{
			x: x, rounds: rounds(e) / 2, both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left:  x.decision(t, a.call, a.Member, approve), right: x.decision(t, b.call, b.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				must(t, left)
				must(t, right)
				all, settling := x.decisions(t, post)
				if s, v, art, p := x.states(t, post); all != 2 || settling != 1 || s != "approved" || v != "approved" || art != "approved" || p != "approved" {
					t.Fatalf("%d decisions, %d settle; %s %s %s %s", all, settling, s, v, art, p)
				}
			},
		}.run(t)
	})
}

func TestWithdrawAndApproveAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeTaskCancelled, model.CodePostState},
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left: func(r *testkit.Replica, post string) error {
				return r.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, post)
			},
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, _ error) {
				s, v, art, p := x.states(t, post)
				all, _ := x.decisions(t, post)
				if left == nil && (all != 0 || s != "cancelled" || v != "withdrawn" || art != "draft" || p != "draft") {
					t.Fatalf("withdrawn: %d decisions; %s %s %s %s", all, s, v, art, p)
				}
				if left != nil && (all != 1 || s != "approved" || v != "approved" || art != "approved" || p != "approved") {
					t.Fatalf("approved: %d decisions; %s %s %s %s", all, s, v, art, p)
				}
			},
		}.run(t)
	})
}

// Two articles of one post: whoever is last makes the post approved.
func TestTwoArticlesOfAPostAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		article := func(i int) func(*testkit.Replica, string) error {
			return func(r *testkit.Replica, post string) error {
				k := x.tasks(t, post)[i]
				_, err := r.Service.Reviews.Decide(t.Context(), a.call, k.ID, approve(k))
				return err
			}
		}
		contest{
			x: x, rounds: rounds(e), both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 2) },
			left:  article(0), right: article(1),
			after: func(t *testing.T, post string, left, right error) {
				must(t, left)
				must(t, right)
				if p := x.cell(t, "SELECT state FROM posts WHERE id = ?", post); p != "approved" {
					t.Fatalf("both articles are approved, the post is %s", p)
				}
			},
		}.run(t)
	})
}

// The member is removed while he answers: his answer counts, or it is refused; it never
// stands beside a blocked step.
func TestRemovalAndApproveAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		token := x.invite(t, 0)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		contest{
			x: x, rounds: rounds(e) / 2, losers: []model.Code{model.CodeTaskCancelled, model.CodeNotFound}, both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left: func(r *testkit.Replica, _ string) error {
				return r.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, a.Member)
			},
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				must(t, left)
				s, v, _, _ := x.states(t, post)
				all, _ := x.decisions(t, post)
				if right == nil && (all != 1 || s != "approved" || v != "approved") {
					t.Fatalf("he answered: %d decisions; %s %s", all, s, v)
				}
				if right != nil && (all != 0 || s != "blocked" || v != "running") {
					t.Fatalf("he was removed: %d decisions; %s %s", all, s, v)
				}
				x.admit(t, a.call, token) // for the next round
			},
		}.run(t)
	})
}

// admit lets a person ask and be admitted; he comes back to his row.
func (x *bundle) admit(t testing.TB, person service.Call, token string) {
	t.Helper()
	r, err := x.Service.Join.Request(t.Context(), person, token)
	must(t, err)
	must(t, x.Service.Join.Admit(t.Context(), x.admin, x.b.ID, r.ID, ""))
}

// A submit asks somebody who is being removed: he must not keep an open turn that
// nobody can answer.
func TestRemovalAndSubmitAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		token := x.invite(t, 0)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		contest{
			x: x, rounds: rounds(e) / 2, losers: []model.Code{model.CodeStepBlocked}, both: true,
			start: func(t *testing.T) string { return x.post(t, flow, 1) },
			left: func(r *testkit.Replica, _ string) error {
				return r.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, a.Member)
			},
			right: func(r *testkit.Replica, post string) error {
				return r.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil)
			},
			after: func(t *testing.T, post string, left, right error) {
				must(t, left)
				if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ? AND state = 'open'", post); n != 0 {
					t.Fatalf("%d turns are open for a member who is not there", n)
				}
				if right == nil {
					if s, _, _, _ := x.states(t, post); s != "blocked" {
						t.Fatalf("the step is %s", s)
					}
				}
				x.admit(t, a.call, token)
			},
		}.run(t)
	})
}

// The next step opens while the only one it asks is removed: it is blocked, not left
// open without anybody.
func TestRemovalAndTheNextStepAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		token := x.invite(t, 0)
		flow := x.flow(t, step(model.ModeAny, a.Member), step(model.ModeAny, b.Member))
		contest{
			x: x, rounds: rounds(e) / 2, both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left: func(r *testkit.Replica, _ string) error {
				return r.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, b.Member)
			},
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				must(t, left)
				must(t, right)
				got := testkit.Rows(t, x.db, `SELECT s.state, t.state FROM review_steps s JOIN tasks t ON t.review_step_id = s.id
					WHERE t.post_id = ? AND s.position = 2`, post)[0]
				if got[0] != "blocked" || got[1] != "cancelled" {
					t.Fatalf("the second step is %s, its turn %s", got[0], got[1])
				}
				x.admit(t, b.call, token)
			},
		}.run(t)
	})
}

// One tap, many times, over all replicas: one answer, and the same one for all.
func TestFiftyTapsAtOnceWithOneKey(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		for range 3 {
			post := x.submitted(t, flow, 1)
			k := x.open(t, post, a.Member)
			call := keyed(a.call, testkit.NewID(), "approve")
			outs := make([]service.Outcome, 50)
			testkit.Together(50, func(i int) {
				out, err := x.Replicas[i%3].Service.Reviews.Decide(t.Context(), call, k.ID, approve(k))
				if err != nil {
					t.Error(err)
				}
				outs[i] = out
			})
			for _, out := range outs {
				if out != outs[0] || out.Post != model.PostApproved {
					t.Fatalf("%+v, and %+v", out, outs[0])
				}
			}
			if all, _ := x.decisions(t, post); all != 1 {
				t.Fatalf("%d decisions", all)
			}
			if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM idempotency_keys WHERE idem_key = ?", call.Key); n != 1 {
				t.Fatalf("%d keys", n)
			}
			_, err := x.Service.Reviews.Decide(t.Context(), keyed(call, call.Key, "reject"), k.ID, reject(k, false))
			wantCode(t, err, model.CodeKeyReused)
		}
	})
}

// A refused act leaves no key: the same request may do later. Refused many times at
// once, it is refused, or put off.
func TestRefusedActsAtOnceLeaveNoKey(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		post := x.submitted(t, x.flow(t, step(model.ModeAny, a.Member), step(model.ModeAny, b.Member)), 1)
		var k task
		for _, k = range x.tasks(t, post) {
			if k.Member == b.Member {
				break
			}
		}
		call := keyed(b.call, testkit.NewID(), "approve")
		before := x.Database.Rows(t, x.db)
		var putOff atomic.Int32
		testkit.Together(20, func(i int) {
			_, err := x.Replicas[i%3].Service.Reviews.Decide(t.Context(), call, k.ID, approve(k))
			switch model.CodeOf(err) {
			case model.CodeNotYourTurn:
			case model.CodeUnavailable:
				putOff.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
		t.Logf("%d of 20 were put off", putOff.Load())
		for table, was := range before {
			if now := x.Database.Rows(t, x.db)[table]; now != was {
				t.Errorf("%s changed", table)
			}
		}
		x.decide(t, a.call, post, a.Member, approve)
		if _, err := x.Service.Reviews.Decide(t.Context(), call, k.ID, approve(k)); err != nil {
			t.Error(err)
		}
	})
}

// A call that does two things would hang when one of them used the pool outside its
// transaction: with one connection, and the database's own clock, everything must pass.
func TestEverythingDoesWithOneConnection(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		walkWithOneConnection(t, setup(t, e, testkit.Options{RealTime: true}))
	})
}
