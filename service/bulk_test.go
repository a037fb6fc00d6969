package service_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// together is an answer to a turn among several.
func together(k task, answer func(task) model.Answer) service.BulkAnswer {
	return service.BulkAnswer{TaskID: k.ID, Answer: answer(k)}
}

// become is what became of each answer, in order.
func become(list []service.BulkResult) (out []string) {
	for _, r := range list {
		if r.Err != nil {
			out = append(out, string(model.CodeOf(r.Err)))
		} else {
			out = append(out, string(r.Outcome.State))
		}
	}
	return out
}

// Answers that come together count one by one: a refused one keeps no other from counting.
// The same request again gives the first answers, and tries anew what was refused.
func TestAnswersThatComeTogether(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a, b := x.reviewer(t), x.reviewer(t)
		mine := x.submitted(t, x.flow(t, step(model.ModeAny, a.Member)), 3)
		his := x.submitted(t, x.flow(t, step(model.ModeAny, b.Member)), 1)
		next := x.submitted(t, x.flow(t, step(model.ModeAny, b.Member), step(model.ModeAny, a.Member)), 1)
		turns := x.tasks(t, mine)
		stale := turns[1]
		stale.Digest = turns[0].Digest
		list := []service.BulkAnswer{
			together(turns[0], approve), together(stale, approve), together(turns[2], rejecting),
			together(x.taskOf(t, his, b.Member), approve), together(x.taskOf(t, next, a.Member), approve), together(task{ID: testkit.NewID()}, approve),
		}
		call := keyed(a.call, "several-at-once", "body")
		decide := func(want ...string) {
			t.Helper()
			out, err := x.Service.Reviews.DecideAll(t.Context(), call, list)
			must(t, err)
			if diff := cmp.Diff(want, become(out)); diff != "" {
				t.Error(diff)
			}
			for i, r := range out {
				if r.TaskID != list[i].TaskID {
					t.Errorf("place %d is of another turn", i)
				}
			}
		}
		decide("approved", "content_changed", "rejected", "not_found", "not_your_turn", "not_found")
		x.decide(t, b.call, next, b.Member, approve)
		decide("approved", "content_changed", "rejected", "not_found", "approved", "not_found")
		decide("approved", "content_changed", "rejected", "not_found", "approved", "not_found")
		if n := x.count(t, "decisions"); n != 4 {
			t.Errorf("%d decisions", n)
		}
		bulk := map[string]bool{}
		for _, r := range testkit.Rows(t, x.db, "SELECT actor_id, after_json FROM audit WHERE action IN ('task.approved', 'task.rejected')") {
			var after struct {
				Task string
				Bulk bool
			}
			fromJSON(t, r[1], &after)
			bulk[r[0]] = after.Bulk
		}
		if !bulk[a.person] || bulk[b.person] {
			t.Errorf("came together: %v", bulk)
		}
		_, err := x.Service.Reviews.DecideAll(t.Context(), keyed(call, call.Key, "another body"), list[:1])
		wantCode(t, err, model.CodeKeyReused)
		x.chained(t)
	})
}

// One turn cannot be answered twice in one request, and a caller who has left is answered
// for none: the same key does the rest.
func TestAnswersThatDoNotComeTogether(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a := x.reviewer(t)
		turns := x.tasks(t, x.submitted(t, x.flow(t, step(model.ModeAny, a.Member)), 2))
		list := []service.BulkAnswer{together(turns[0], approve), together(turns[1], approve)}
		_, err := x.Service.Reviews.DecideAll(t.Context(), keyed(a.call, "one-twice", "b"), append(list, together(turns[0], rejecting)))
		if e := refused(t, err, model.CodeInvalid); len(e.Fields) != 1 || e.Fields[0] != model.Field("decisions[2].task_id", "duplicate") {
			t.Errorf("%+v", e.Fields)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		call := keyed(a.call, "he-has-left", "b")
		_, err = x.Service.Reviews.DecideAll(gone, call, list)
		wantCode(t, err, model.CodeUnavailable)
		if n := x.count(t, "decisions"); n != 0 {
			t.Errorf("%d decisions", n)
		}
		out, err := x.Service.Reviews.DecideAll(t.Context(), call, list)
		must(t, err)
		if diff := cmp.Diff([]string{"approved", "approved"}, become(out)); diff != "" {
			t.Error(diff)
		}
	})
}
