package store_test

import (
	"testing"

	"countersign/internal/testkit"
)

func TestMigrateFromEmpty(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := testkit.NewDatabase(t, e).Open(t, nil, 0)
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := s.Migrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.AppliedAt.IsZero() {
				t.Errorf("%s was not applied", m.Name)
			}
		}
		again, err := s.Migrate(t.Context())
		if err != nil || len(again) != 0 {
			t.Fatalf("a second run applied %v, %v", again, err)
		}
	})
}
