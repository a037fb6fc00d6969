package service_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"countersign/internal/testkit"
	"countersign/model"
)

// Whatever is done to a post, in whatever order: its positions are 1..n, its state is
// that of its articles, and the gate is open only when every decision was on today's
// bytes and the lead's review on today's package.
func TestAnySequenceKeepsThePostRight(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		if e == testkit.MySQL && testing.Short() {
			t.Skip("the same rules on SQLite")
		}
		x := setup(t, e, testkit.Options{})
		opened := 0
		rapid.Check(t, func(r *rapid.T) {
			s := sequence{x, t, r, x.post(t, "", rapid.IntRange(1, 3).Draw(r, "articles"))}
			for range rapid.IntRange(4, 16).Draw(r, "acts") {
				act := rapid.SampledFrom([]string{"submit", "approve", "approve", "reject", "withdraw", "edit", "add", "remove", "reorder"}).Draw(r, "act")
				if err := s.do(act); err != nil && model.CodeOf(err) == model.CodeInternal {
					r.Fatalf("%s: %v", act, err)
				}
				if s.holds() {
					opened++
				}
			}
		})
		if opened == 0 {
			t.Error("the gate was never open: the test tests little")
		}
		x.chained(t)
	})
}

type sequence struct {
	x    *bundle
	t    *testing.T
	r    *rapid.T
	post string
}

func (s sequence) do(act string) error {
	x, ctx := s.x, s.t.Context()
	ids := x.articleIDs(s.t, s.post)
	one := ids[rapid.IntRange(0, len(ids)-1).Draw(s.r, "which")]
	switch act {
	case "submit":
		return x.Service.Reviews.Submit(ctx, x.editor, x.b.ID, s.post, nil)
	case "approve", "reject":
		return s.decide(act)
	case "withdraw":
		return x.Service.Reviews.Withdraw(ctx, x.editor, x.b.ID, s.post)
	case "edit":
		version := int64(testkit.Count(s.t, x.db, "SELECT version FROM articles WHERE id = ?", one))
		return x.Service.Posts.Edit(ctx, x.editor, x.b.ID, s.post, one, version, articleSpec(fmt.Sprint("改 ", rapid.IntRange(0, 1).Draw(s.r, "text")), ""))
	case "add":
		return x.Service.Posts.AddArticle(ctx, x.editor, x.b.ID, s.post, articleSpec("新", ""))
	case "remove":
		return x.Service.Posts.RemoveArticle(ctx, x.editor, x.b.ID, s.post, one)
	}
	return x.reorder(s.t, s.post, rapid.Permutation(ids).Draw(s.r, "order")...)
}

func (s sequence) decide(act string) error {
	for _, k := range s.x.tasks(s.t, s.post) {
		if k.State == "open" {
			a := approve(k)
			if act == "reject" {
				a = reject(k, false)
			}
			_, err := s.x.Service.Reviews.Decide(s.t.Context(), s.x.admin, k.ID, a)
			return err
		}
	}
	return nil
}

// holds checks what must hold after each act and tells whether the gate is open.
func (s sequence) holds() (open bool) {
	x, t := s.x, s.t
	var states []model.ArticleState
	var ids []string
	sound := true // every decision was on today's bytes
	for i, row := range testkit.Rows(t, x.db, `SELECT a.id, a.position, a.state, COALESCE(v.package_digest, ''),
			v.digest = a.digest AND v.state = 'approved' AND EXISTS (SELECT 1 FROM decisions d WHERE d.review_id = v.id AND d.settles AND d.action = 'approve' AND d.digest = a.digest)
		FROM articles a LEFT JOIN reviews v ON v.id = a.review_id WHERE a.post_id = ? AND a.removed_at IS NULL ORDER BY a.position`, s.post) {
		if row[1] != fmt.Sprint(i+1) {
			s.r.Fatalf("a gap: %v", row)
		}
		ids, states = append(ids, row[0]), append(states, model.ArticleState(row[2]))
		sound = sound && row[4] == "1"
	}
	post := testkit.Rows(t, x.db, `SELECT p.state, p.package_digest, COALESCE(v.package_digest, '') FROM posts p
		JOIN articles a ON a.post_id = p.id AND a.position = 1 LEFT JOIN reviews v ON v.id = a.review_id WHERE p.id = ?`, s.post)[0]
	pack := model.PackageDigest(ids, "")
	if post[0] != string(model.DerivePost(states)) || post[1] != pack {
		s.r.Fatalf("the post is %s with package %s; its articles are %v, the package is %s", post[0], post[1], states, pack)
	}
	open = x.gate(t, s.post)
	if open != (post[0] == "approved") || open && (!sound || post[2] != pack) {
		s.r.Fatalf("the gate is open: %t; the post is %s, decisions on today's bytes: %t, package %s, reviewed %s", open, post[0], sound, pack, post[2])
	}
	return open
}
