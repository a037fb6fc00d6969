package service_test

import (
	"strings"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// An idempotency key is its owner's: the same key, with the same body, of somebody else is
// another act, and repeated it gets its own first answer.
func TestAKeyIsItsOwners(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		create := func(c service.Call) (string, error) {
			return x.Service.Posts.Create(t.Context(), keyed(c, "one-key-for-both", "create"), x.b.ID, service.PostSpec{
				ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("一", "")},
			})
		}
		made := map[string]string{}
		for range 3 {
			for name, c := range map[string]service.Call{"editor": x.editor, "admin": x.admin} {
				id, err := create(c)
				must(t, err)
				if made[name] == "" {
					made[name] = id
				}
				if id != made[name] {
					t.Errorf("the %s's repeat is answered %s, his first was %s", name, id, made[name])
				}
			}
		}
		if made["editor"] == made["admin"] {
			t.Error("both have one answer")
		}
		if n := x.count(t, "posts"); n != 2 {
			t.Errorf("%d posts", n)
		}
	})
}

// What is kept of an answer is sealed, and says nothing to who reads the table.
func TestAKeptAnswerIsSealed(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	c := keyed(x.editor, "a-key-of-its-own", "create")
	id, err := x.Service.Posts.Create(t.Context(), c, x.b.ID, service.PostSpec{ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("一", "")}})
	must(t, err)
	kept := testkit.Rows(t, x.db, "SELECT principal, answer FROM idempotency_keys WHERE idem_key = ?", c.Key)
	if len(kept) != 1 || kept[0][0] != c.Principal.ID() || kept[0][1] == "" || strings.Contains(kept[0][1], id) {
		t.Errorf("%q", kept)
	}
}

// A key outlives neither its owner's right nor his session's end: a stranger gets no
// earlier answer.
func TestAKeyGivesNothingToAStranger(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		c, member := x.staff(t, model.RoleEditor)
		c = keyed(c, "a-key-of-its-own", "create")
		spec := service.PostSpec{ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("一", "")}}
		_, err := x.Service.Posts.Create(t.Context(), c, x.b.ID, spec)
		must(t, err)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, member))
		_, err = x.Service.Posts.Create(t.Context(), c, x.b.ID, spec)
		wantCode(t, err, model.CodeNotFound)
	})
}
