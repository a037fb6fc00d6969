package store_test

import (
	"math/bits"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// listed finds the values of IN and NOT IN in a statement.
var listed = regexp.MustCompile(`IN \((["'0-9][^()]*)\)`)

// A list in a condition is as long as a power of two, whatever it is a condition of, and
// the answer is that of the list itself.
func TestListsAreOfFewLengths(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		ids := []string{b.admin.ID, b.reviewer.ID, "z"}
		turn, err := b.TaskFor(t.Context(), store.Viewer{PersonID: b.person.ID}, b.tasks[1].ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			longest int
			act     func(s *store.Store) (found int, err error)
			found   int
		}{
			"a read": {4, func(s *store.Store) (int, error) {
				list, err := s.ActiveMembers(t.Context(), b.brand.ID, ids)
				return len(list), err
			}, 2},
			"one": {1, func(s *store.Store) (int, error) {
				list, err := s.ActiveMembers(t.Context(), b.brand.ID, ids[:1])
				return len(list), err
			}, 1},
			"text of ours": {4, func(s *store.Store) (int, error) {
				list, err := s.NoticeFacts(t.Context(), model.AboutTask, []string{b.tasks[0].ID, b.tasks[1].ID, "z"})
				return len(list), err
			}, 2},
			"none of them": {4, func(s *store.Store) (int, error) {
				list, err := s.TransferCandidates(t.Context(), turn, 10)
				return len(list), err
			}, 0},
			"a change": {4, func(s *store.Store) (int, error) { return 0, s.FinishOutbox(t.Context(), "me", ids) }, 0},
			"a lock": {4, func(s *store.Store) (int, error) {
				return 0, s.InTx(t.Context(), func(tx *store.Tx) error { return tx.HoldMembers(b.brand.ID, ids) })
			}, 0},
		} {
			longest := 0
			statements := b.SQLOfAct(t, func(s *store.Store) error {
				found, err := c.act(s)
				if found != c.found {
					t.Errorf("%s: %d are found, of %d", name, found, c.found)
				}
				return err
			})
			for _, list := range listed.FindAllStringSubmatch(strings.Join(statements, "\n"), -1) {
				n := strings.Count(list[1], ",") + 1
				longest = max(longest, n)
				if bits.OnesCount(uint(n)) != 1 {
					t.Errorf("%s: %s", name, list[0])
				}
			}
			if longest != c.longest {
				t.Errorf("%s: the longest list has %d\n%s", name, longest, strings.Join(statements, "\n"))
			}
		}
	})
}
