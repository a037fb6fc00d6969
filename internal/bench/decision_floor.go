package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
)

// floor decides with hand-written SQL: prepared statements over database/sql, the
// isolation, locks and rows of the product, one statement each, nothing twice. It
// checks what it reads no further than the guards do.
type floor struct {
	db   *sql.DB
	stmt map[string]*sql.Stmt
}

// floorSQL are a decision's statements in the order in which it runs them, before those
// of chainSQL.
var floorSQL = map[string]string{
	"answer": "INSERT INTO idempotency_keys (principal, idem_key, request_hash, answer, created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))",
	"task": `SELECT t.brand_id, t.review_id, t.review_step_id, t.post_id, t.article_id, t.state, m.alias, p.nickname
		FROM tasks t JOIN memberships m ON m.id = t.member_id JOIN persons p ON p.id = m.person_id
		WHERE t.id = ? AND m.id = ? AND m.status = 'active'`,
	"lock": "SELECT version FROM posts WHERE brand_id = ? AND id = ? FOR UPDATE",
	"turn": `SELECT t.id, t.state, s.state, s.mode, s.position, v.state, v.digest, v.submitted_by, t.turn, s.attempt, a.version,
			(SELECT MAX(z.position) FROM review_steps z WHERE z.review_id = v.id),
			COALESCE((SELECT GROUP_CONCAT(x.state) FROM articles x WHERE x.post_id = v.post_id AND x.id <> v.article_id AND x.removed_at IS NULL), '')
		FROM tasks t JOIN review_steps s ON s.id = t.review_step_id JOIN reviews v ON v.id = t.review_id JOIN articles a ON a.id = v.article_id
		WHERE t.review_step_id = ?`,
	"decision": `INSERT INTO decisions (id, brand_id, review_id, review_step_id, task_id, member_id, name, nickname, action, reason, keep_flow, digest, settles, via, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'approve', '', 0, ?, 1, 'mini_program', UTC_TIMESTAMP(3))`,
	"task moves":    "UPDATE tasks SET state = 'approved', shelf = 'decided', sorted_at = UTC_TIMESTAMP(3), version = version + 1 WHERE id = ? AND state = 'open'",
	"step moves":    "UPDATE review_steps SET state = 'approved', ended_at = UTC_TIMESTAMP(3), version = version + 1 WHERE id = ? AND state = 'open'",
	"review moves":  "UPDATE reviews SET state = 'approved', ended_at = UTC_TIMESTAMP(3), version = version + 1 WHERE id = ? AND state = 'running'",
	"article moves": "UPDATE articles SET state = 'approved', updated_at = UTC_TIMESTAMP(3), version = version + 1 WHERE id = ? AND state = 'in_review'",
	"post moves":    "UPDATE posts SET state = 'approved', updated_at = UTC_TIMESTAMP(3), version = version + 1 WHERE id = ?",
	"owe": `INSERT INTO outbox (id, dedup_key, topic, brand_id, payload, state, next_at, lease_owner, attempts, last_error, created_at)
		VALUES (?, ?, 'notice.decided', ?, ?, 'ready', UTC_TIMESTAMP(3), '', 0, '', UTC_TIMESTAMP(3))`,
}

// chainSQL are the statements that append to a brand's audit.
var chainSQL = map[string]string{
	"head": "SELECT seq, hash FROM audit_heads WHERE brand_id = ? FOR UPDATE",
	"audit": `INSERT INTO audit (brand_id, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before_json, after_json, request_id, ip_hash, prev_hash, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)`,
	"event":      "INSERT INTO events (brand_id, seq, kind, subject_kind, subject_id, actor_kind, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
	"head moves": "UPDATE audit_heads SET seq = ?, hash = ? WHERE brand_id = ?",
}

func newFloor(t testing.TB, a *testkit.App, statements ...map[string]string) *floor {
	t.Helper()
	all := maps.Clone(chainSQL)
	for _, more := range statements {
		maps.Copy(all, more)
	}
	f := &floor{db: direct(t, a.Database), stmt: map[string]*sql.Stmt{}}
	for name, query := range all {
		s, err := f.db.PrepareContext(t.Context(), query) //nolint:sqlclosecheck // it lives as long as the pool
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f.stmt[name] = s
	}
	return f
}

// traffic is what a server has been asked so far: statements, and how many it had to
// prepare for them, each of which is a round trip of its own.
type traffic struct{ statements, prepares int64 }

func (x traffic) String() string {
	return fmt.Sprintf("%d statements and %d prepares", x.statements, x.prepares)
}

func (f *floor) traffic(t testing.TB) (x traffic) {
	t.Helper()
	x.statements = count(t, f.db, "SELECT variable_value FROM information_schema.global_status WHERE variable_name = ?", "QUESTIONS")
	x.prepares = count(t, f.db, "SELECT variable_value FROM information_schema.global_status WHERE variable_name = ?", "COM_STMT_PREPARE")
	return x
}

// trafficOf counts what one act asks of the server, once connections are warm.
func (f *floor) trafficOf(t testing.TB, act func()) traffic {
	t.Helper()
	empty := f.traffic(t)
	before := f.traffic(t)
	act()
	after := f.traffic(t)
	own := before.statements - empty.statements // the counting itself
	ownPrepares := before.prepares - empty.prepares
	return traffic{after.statements - before.statements - own, after.prepares - before.prepares - ownPrepares}
}

func (f *floor) decide(t testing.TB, b ballot) {
	t.Helper()
	if err := f.try(t.Context(), b); err != nil {
		t.Fatalf("hand-written decision: %v", err)
	}
}

// hand is one hand-written transaction; its first error ends it.
type hand struct {
	ctx  context.Context //nolint:containedctx // it lives for one call
	tx   *sql.Tx
	stmt map[string]*sql.Stmt
	err  error
}

func (h *hand) read(name string, args []any, into ...any) {
	if h.err == nil {
		if err := h.tx.StmtContext(h.ctx, h.stmt[name]).QueryRowContext(h.ctx, args...).Scan(into...); err != nil { //nolint:sqlclosecheck // the transaction closes it
			h.err = fmt.Errorf("%s: %w", name, err)
		}
	}
}

// write runs a statement that must touch one row.
func (h *hand) write(name string, args ...any) {
	if h.err != nil {
		return
	}
	r, err := h.tx.StmtContext(h.ctx, h.stmt[name]).ExecContext(h.ctx, args...) //nolint:sqlclosecheck // the transaction closes it
	if err == nil {
		if n, _ := r.RowsAffected(); n != 1 {
			err = fmt.Errorf("%d rows", n)
		}
	}
	if err != nil {
		h.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (f *floor) try(ctx context.Context, b ballot) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	h := &hand{ctx: ctx, tx: tx, stmt: f.stmt}
	principal, key := "p:"+b.voter.Member, testkit.NewID()
	name, submitter := f.turn(h, b)
	decisionID := testkit.NewID()
	h.write("decision", decisionID, b.brand, b.review, b.step, b.taskID, b.member, name, name, digest)
	h.write("task moves", b.taskID)
	h.write("step moves", b.step)
	h.write("review moves", b.review)
	h.write("article moves", b.article)
	h.write("post moves", b.post)
	h.write("answer", principal, key, digest, strings.Repeat("x", 180))
	h.write("owe", testkit.NewID(), "notice.decided:"+b.review+":1:"+submitter, b.brand, asJSON(map[string]string{"kind": "notice.decided", "member": submitter, "subject": b.review}))
	f.chain(h, b, name)
	if h.err != nil {
		return h.err
	}
	return tx.Commit()
}

// turn reads the task, locks its post and reads the step.
func (f *floor) turn(h *hand, b ballot) (name, submitter string) {
	var s [9]string
	h.read("task", []any{b.taskID, b.member}, &s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &s[6], &name)
	var version, position, turn, attempt, last int64
	h.read("lock", []any{b.brand, b.post}, &version)
	h.read("turn", []any{b.step}, &s[0], &s[1], &s[2], &s[3], &position, &s[4], &s[5], &submitter, &turn, &attempt, &version, &last, &s[8])
	return name, submitter
}

// chain appends to the brand's audit as the product does: the chain stays whole.
func (f *floor) chain(h *hand, b ballot, name string) {
	head := model.AuditHead{BrandID: b.brand}
	h.read("head", []any{b.brand}, &head.Seq, &head.Hash)
	e := model.AuditEntry{
		BrandID: b.brand, At: time.Now().UTC().Truncate(time.Millisecond), ActorKind: "person", ActorID: b.member, ActorName: name, Action: "task.approved",
		SubjectKind: "task", SubjectID: b.taskID, RequestID: testkit.NewID(),
		BeforeJSON: asJSON(map[string]any{"state": "open", "step_state": "open", "review_state": "running"}),
		AfterJSON: asJSON(map[string]any{
			"state": "approved", "step_state": "approved", "review_state": "approved", "article": b.article, "review": b.review, "step": 1, "name": name,
			"digest": digest, "reason": "", "keep_flow": false, "deputy": nil, "bulk": false,
		}),
	}
	e.Chain(head)
	h.write("audit", e.BrandID, e.Seq, e.At, e.ActorKind, e.ActorID, e.ActorName, e.Action, e.SubjectKind, e.SubjectID, e.BeforeJSON, e.AfterJSON, e.RequestID, e.PrevHash, e.Hash)
	h.write("event", e.BrandID, e.Seq, e.Action, e.SubjectKind, e.SubjectID, e.ActorKind, e.At)
	h.write("head moves", e.Seq, e.Hash, e.BrandID)
}

// asJSON is for maps of texts and numbers, which always marshal.
func asJSON(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}
