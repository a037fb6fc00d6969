package store_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// moved makes a Moved comparable with the errors of the versioned updates: a guard that
// found nothing is model.CodeStale in both.
func moved(m store.Moved, err error) error {
	if err == nil && !m {
		return model.E(model.CodeStale)
	}
	return err
}

func count(n int64, err error) error { return moved(n > 0, err) }

// guarded is one guarded update: it does on the row as it is, and only once.
type guarded struct {
	name string
	do   func(b *bundle, tx *store.Tx) error
}

// once are the moves that may happen once from the state in which setup leaves the rows.
var once = []guarded{
	{"UpdateBrand", func(b *bundle, tx *store.Tx) error { return tx.UpdateBrand(b.brand) }},
	{"UpdateMember", func(b *bundle, tx *store.Tx) error { return tx.UpdateMember(b.admin) }},
	{"RemoveMember", func(b *bundle, tx *store.Tx) error { return moved(tx.RemoveMember(b.brand.ID, b.reviewer.ID)) }},
	{"NextFlowVersion", func(b *bundle, tx *store.Tx) error {
		return tx.NextFlowVersion(b.brand.ID, b.flow.ID, "新", b.flow.Version)
	}},
	{"ArchiveFlow", func(b *bundle, tx *store.Tx) error { return moved(tx.ArchiveFlow(b.brand.ID, b.flow.ID)) }},
	{"SavePlatformSetting", func(b *bundle, tx *store.Tx) error { return tx.SavePlatformSetting(b.setting) }},
	{"UpdateChannel", func(b *bundle, tx *store.Tx) error { return tx.UpdateChannel(b.channel) }},
	{"MoveArticle", func(b *bundle, tx *store.Tx) error {
		return tx.MoveArticle(b.article, map[string]any{"state": model.ArticleApproved})
	}},
	{"MovePost", func(b *bundle, tx *store.Tx) error {
		return tx.MovePost(b.post, map[string]any{"state": model.PostApproved})
	}},
	{"EndAccess", func(b *bundle, tx *store.Tx) error {
		return moved(tx.EndAccess(b.access.ID, model.AccessAdmitted, "", b.admin.ID, "管理员"))
	}},
	{"MoveTask", func(b *bundle, tx *store.Tx) error { return moved(tx.MoveTask(b.tasks[0].ID, model.TaskApproved)) }},
	{"MoveTasks", func(b *bundle, tx *store.Tx) error {
		return count(tx.MoveTasks(b.steps[0].ID, model.TaskOpen, model.TaskSettled, nil))
	}},
	{"MoveStep", func(b *bundle, tx *store.Tx) error {
		return moved(tx.MoveStep(b.steps[0].ID, model.StepOpen, model.StepApproved))
	}},
	{"AdvanceReview", func(b *bundle, tx *store.Tx) error { return moved(tx.AdvanceReview(b.review.ID, 1)) }},
	{"EndReview", func(b *bundle, tx *store.Tx) error { return moved(tx.EndReview(b.review.ID, model.ReviewApproved)) }},
	{"RevokeScene", func(b *bundle, tx *store.Tx) error { return moved(tx.RevokeScene(b.scene.ID)) }},
}

// never are the moves that the state of the rows forbids, or that name another brand.
var never = []guarded{
	{"UpdateBrand, newer version", func(b *bundle, tx *store.Tx) error { x := b.brand; x.Version++; return tx.UpdateBrand(x) }},
	{"UpdateMember, other brand", func(b *bundle, tx *store.Tx) error { x := b.admin; x.BrandID = other; return tx.UpdateMember(x) }},
	{"RemoveMember, other brand", func(b *bundle, tx *store.Tx) error { return moved(tx.RemoveMember(other, b.reviewer.ID)) }},
	{"NextFlowVersion, other brand", func(b *bundle, tx *store.Tx) error {
		return tx.NextFlowVersion(other, b.flow.ID, "新", b.flow.Version)
	}},
	{"ArchiveFlow, other brand", func(b *bundle, tx *store.Tx) error { return moved(tx.ArchiveFlow(other, b.flow.ID)) }},
	{"UpdateChannel, other brand", func(b *bundle, tx *store.Tx) error { x := b.channel; x.BrandID = other; return tx.UpdateChannel(x) }},
	{"MoveArticle, other brand", func(b *bundle, tx *store.Tx) error {
		x := b.article
		x.BrandID = other
		return tx.MoveArticle(x, map[string]any{"state": model.ArticleApproved})
	}},
	{"MovePost, older version", func(b *bundle, tx *store.Tx) error {
		x := b.post
		x.Version--
		return tx.MovePost(x, map[string]any{"state": model.PostApproved})
	}},
	{"SavePlatformSetting, as new", func(b *bundle, tx *store.Tx) error { x := b.setting; x.Version = 0; return tx.SavePlatformSetting(x) }},
	{"SavePlatformSetting, other brand", func(b *bundle, tx *store.Tx) error {
		x := b.setting
		x.BrandID = other
		return tx.SavePlatformSetting(x)
	}},
	{"UnblockAccess, waiting", func(b *bundle, tx *store.Tx) error { return moved(tx.UnblockAccess(b.access.ID)) }},
	{"MoveTask, waiting", func(b *bundle, tx *store.Tx) error { return moved(tx.MoveTask(b.tasks[2].ID, model.TaskApproved)) }},
	{"MoveTasks, from another state", func(b *bundle, tx *store.Tx) error {
		return count(tx.MoveTasks(b.steps[1].ID, model.TaskOpen, model.TaskSettled, nil))
	}},
	{"MoveStep, waiting", func(b *bundle, tx *store.Tx) error {
		return moved(tx.MoveStep(b.steps[1].ID, model.StepOpen, model.StepApproved))
	}},
	{"AdvanceReview, elsewhere", func(b *bundle, tx *store.Tx) error { return moved(tx.AdvanceReview(b.review.ID, 2)) }},
	{"Unbind, none", func(b *bundle, tx *store.Tx) error {
		return moved(tx.Unbind(model.Binding{PersonID: b.person.ID, UserID: *b.admin.UserID}))
	}},
}

var other = testkit.NewID() // a brand that is not there

func TestMovesHappenOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		for _, g := range once {
			errStale := model.E(model.CodeStale)
			err := b.InTx(t.Context(), func(tx *store.Tx) error {
				if err := g.do(b, tx); err != nil {
					t.Errorf("%s: the first time: %v", g.name, err)
				}
				if err := g.do(b, tx); !errors.Is(err, errStale) {
					t.Errorf("%s: the second time: %v", g.name, err)
				}
				return errStop
			})
			if !errors.Is(err, errStop) {
				t.Fatal(err)
			}
		}
	})
}

func TestMovesThatMayNotHappen(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		before := b.db.Rows(t, b.sql)
		for _, g := range never {
			err := b.InTx(t.Context(), func(tx *store.Tx) error { return g.do(b, tx) })
			if !model.Is(err, model.CodeStale) {
				t.Errorf("%s: %v", g.name, err)
			}
		}
		for table, was := range before {
			if now := b.db.Rows(t, b.sql)[table]; now != was {
				t.Errorf("%s changed: %s, %s", table, was, now)
			}
		}
	})
}

// Every move at once by 16: one does, the others find nothing. Never a driver's error.
func TestMovesAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		all := fresh(t, e)
		for _, g := range once {
			t.Run(g.name, func(t *testing.T) {
				b := all.another(t)
				var done atomic.Int32
				testkit.Together(16, func(int) {
					err := b.InTx(t.Context(), func(tx *store.Tx) error { return g.do(b, tx) })
					switch {
					case err == nil:
						done.Add(1)
					case !model.Is(err, model.CodeStale):
						t.Error(err)
					}
				})
				if done.Load() != 1 {
					t.Errorf("%d did", done.Load())
				}
			})
		}
	})
}

// judged is an insert of which a unique index lets only one through.
type judged struct {
	name   string
	insert func(b *bundle, tx *store.Tx, i int) error
	count  string
}

var indexes = []judged{
	{"one person per WeChat", func(_ *bundle, tx *store.Tx, _ int) error {
		return tx.CreatePerson(&model.Person{ID: testkit.NewID(), AppID: "app", OpenID: "first", Language: "zh-CN"})
	}, "SELECT COUNT(*) FROM persons WHERE open_id = 'first'"},
	{"one user per e-mail", func(_ *bundle, tx *store.Tx, _ int) error {
		return tx.CreateUser(&model.User{ID: testkit.NewID(), Email: "new@brand.example", Name: "新", PasswordHash: "x"})
	}, "SELECT COUNT(*) FROM users WHERE email = 'new@brand.example'"},
	{"one membership per user", func(b *bundle, tx *store.Tx, _ int) error {
		user := testkit.Password // any id
		return tx.SaveMember(&model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, UserID: &user, Role: model.RoleEditor})
	}, "SELECT COUNT(*) FROM memberships WHERE role = 'editor'"},
	{"one waiting request", func(b *bundle, tx *store.Tx, _ int) error {
		return tx.CreateAccess(&model.AccessRequest{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: "p", InvitationID: testkit.NewID(), Nickname: "新"})
	}, "SELECT COUNT(*) FROM access_requests WHERE person_id = 'p'"},
	{"one live flow of a name", func(b *bundle, tx *store.Tx, _ int) error {
		return tx.CreateFlow(&model.Flow{ID: testkit.NewID(), BrandID: b.brand.ID, Name: "同名"})
	}, "SELECT COUNT(*) FROM flows WHERE name = '同名'"},
	{"one decision per task", func(b *bundle, tx *store.Tx, _ int) error {
		return tx.CreateDecision(b.decision(0, false))
	}, "SELECT COUNT(*) FROM decisions"},
	{"one settling decision per step", func(b *bundle, tx *store.Tx, i int) error {
		return tx.CreateDecision(b.decision(i%2, true))
	}, "SELECT COUNT(*) FROM decisions WHERE settles"},
	{"one user per bound person", func(b *bundle, tx *store.Tx, i int) error {
		return tx.Bind(&model.Binding{PersonID: b.person.ID, UserID: fmt.Sprint(i)})
	}, "SELECT COUNT(*) FROM bindings"},
	{"one person per bound user", func(b *bundle, tx *store.Tx, i int) error {
		return tx.Bind(&model.Binding{PersonID: fmt.Sprint(i), UserID: *b.admin.UserID})
	}, "SELECT COUNT(*) FROM bindings"},
}

func (b *bundle) decision(task int, settles bool) *model.Decision {
	d := &model.Decision{
		ID: testkit.NewID(), BrandID: b.brand.ID, ReviewID: b.review.ID, ReviewStepID: b.steps[0].ID, TaskID: b.tasks[task].ID, MemberID: b.tasks[task].MemberID,
		Name: "名", Action: model.ActionApprove, Digest: b.review.Digest, Via: model.ViaWeb,
	}
	if settles {
		one := 1
		d.Settles = &one
	}
	return d
}

func TestUniqueIndexesJudgeAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		all := fresh(t, e)
		for _, j := range indexes {
			t.Run(j.name, func(t *testing.T) {
				b := all.another(t)
				before := testkit.Count(t, b.sql, j.count)
				var won atomic.Int32
				testkit.Together(16, func(i int) {
					err := b.InTx(t.Context(), func(tx *store.Tx) error { return j.insert(b, tx, i) })
					switch {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, store.ErrTaken):
						t.Errorf("the index's answer is %v", err)
					}
				})
				if n := testkit.Count(t, b.sql, j.count) - before; won.Load() != 1 || n != 1 {
					t.Errorf("%d won, %d rows", won.Load(), n)
				}
			})
		}
	})
}

// What a unique index leaves free: a decided request, an archived flow, decisions that
// settle nothing.
func TestUniqueIndexesLeaveHistoryFree(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		for range 3 {
			b.in(t, func(tx *store.Tx) error {
				r := model.AccessRequest{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: "p", InvitationID: testkit.NewID(), Nickname: "新"}
				f := model.Flow{ID: testkit.NewID(), BrandID: b.brand.ID, Name: "同名"}
				return errors.Join(tx.CreateAccess(&r), moved(tx.EndAccess(r.ID, model.AccessRefused, "否", b.admin.ID, "管理员")),
					tx.CreateFlow(&f), moved(tx.ArchiveFlow(b.brand.ID, f.ID)))
			})
		}
		b.in(t, func(tx *store.Tx) error {
			return errors.Join(tx.CreateDecision(b.decision(0, false)), tx.CreateDecision(b.decision(1, false)))
		})
	})
}

func TestUseSceneAtOnceIsExact(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		var used atomic.Int32
		testkit.Together(200, func(int) {
			var did store.Moved
			err := b.InTx(t.Context(), func(tx *store.Tx) (err error) { did, err = tx.UseScene(b.scene.ID); return err })
			if err != nil {
				t.Error(err)
			}
			if did {
				used.Add(1)
			}
		})
		if n := testkit.Count(t, b.sql, "SELECT uses FROM scenes"); used.Load() != 7 || n != 7 {
			t.Errorf("%d uses were given, %d are in the row, of 7", used.Load(), n)
		}
	})
}

// A member who was removed and comes back keeps his row, and with it his history.
func TestAMemberComesBackToHisRow(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		back := model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: &b.person.ID, Role: model.RoleReviewer, Alias: "律师"}
		b.in(t, func(tx *store.Tx) error {
			return errors.Join(moved(tx.RemoveMember(b.brand.ID, b.reviewer.ID)), tx.SaveMember(&back))
		})
		if back.ID != b.reviewer.ID || back.Alias != "律师" || back.Version != 3 {
			t.Errorf("%+v, was %s", back, b.reviewer.ID)
		}
	})
}
