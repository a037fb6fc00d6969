package service_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

func (x *bundle) export(t testing.TB, postID string) ([]byte, model.AuditHead) {
	t.Helper()
	var out bytes.Buffer
	head, err := x.Service.Audit.Export(t.Context(), x.b.ID, postID, &out)
	must(t, err)
	return out.Bytes(), head
}

// TestAuditExportProvesItself: of a brand, and of one post among others.
func TestAuditExportProvesItself(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		other := x.submitted(t, "", 1)
		id := x.submitted(t, "", 2)
		x.decide(t, x.admin, other, x.b.AdminMember, approve)
		for range 2 {
			x.decide(t, x.admin, id, x.b.AdminMember, approve)
		}
		raw, head := x.export(t, "")
		r, err := model.VerifyAudit(bytes.NewReader(raw), head.Hash)
		if err != nil || r.HeadAt != head.Seq || r.Entries != int(head.Seq) || r.Links != 0 {
			t.Errorf("the brand: %+v %v", r, err)
		}
		raw, _ = x.export(t, id)
		r, err = model.VerifyAudit(bytes.NewReader(raw), head.Hash)
		if err != nil || r.HeadAt != head.Seq || r.Entries != 5 || r.Links != int(head.Seq-r.Header.First+1)-5 || r.Header.Post != id {
			t.Errorf("the post: %+v %v", r, err)
		}
		if bytes.Contains(raw, []byte(other)) {
			t.Error("the export of one post tells of another")
		}
		for _, action := range []string{"post.created", "review.started", "task.approved"} {
			if !bytes.Contains(raw, []byte(`"action":"`+action+`"`)) {
				t.Errorf("the export of a post lacks %s", action)
			}
		}
		testkit.Exec(t, x.db, "DELETE FROM audit WHERE brand_id = ? AND seq = ?", x.b.ID, r.Header.First-1)
		raw, _ = x.export(t, id)
		_, err = model.VerifyAudit(bytes.NewReader(raw), "")
		if fault, ok := errors.AsType[*model.AuditFault](err); !ok || fault.What != model.AuditChanged || bytes.Contains(raw, []byte(other)) {
			t.Errorf("without what came before the post: %v", err)
		}
		_, err = x.Service.Audit.Export(t.Context(), x.b.ID, testkit.NewID(), io.Discard)
		_ = refused(t, err, model.CodeNotFound)
		_, err = x.Service.Audit.Export(t.Context(), testkit.NewID(), "", io.Discard)
		_ = refused(t, err, model.CodeNotFound)
	})
}

// TestAuditExportShowsEachColumn: whoever changes one column of one row is found, and
// the row is named, in the export of the brand and, when it is of the post, in that.
func TestAuditExportShowsEachColumn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		id := x.submitted(t, "", 1)
		x.decide(t, x.admin, id, x.b.AdminMember, approve)
		x.submitted(t, "", 1)
		seq := int64(testkit.Count(t, x.db, "SELECT seq FROM audit WHERE brand_id = ? AND action = 'task.approved'", x.b.ID))
		const row = " WHERE brand_id = ? AND seq = ?"
		var columns int
		for column, value := range map[string]string{
			"at": "2026-03-02 08:00:00.001", "actor_kind": "system", "actor_id": "v", "actor_name": "别人", "action": "task.rejected", "subject_kind": "other",
			"subject_id": "99", "before_json": "x", "after_json": "{}", "request_id": "r", "ip_hash": "h",
			"prev_hash": strings.Repeat("0", 64), "hash": strings.Repeat("0", 64), "seq": "99999", "brand_id": testkit.NewID(),
		} {
			columns++
			was := testkit.Rows(t, x.db, "SELECT "+column+" FROM audit"+row, x.b.ID, seq)[0][0]
			if column == "at" {
				was = "2026-03-02 08:00:00.000"
			}
			testkit.Exec(t, x.db, "UPDATE audit SET "+column+" = ?"+row, value, x.b.ID, seq)
			for _, post := range []string{"", id} {
				raw, _ := x.export(t, post)
				_, err := model.VerifyAudit(bytes.NewReader(raw), "")
				fault, ok := errors.AsType[*model.AuditFault](err)
				want := model.AuditChanged
				if column == "seq" || column == "brand_id" {
					want = model.AuditMissing
				}
				if !ok || fault.Seq != seq || fault.What != want {
					t.Errorf("%s, export of %q: %v, want %s at seq %d", column, post, err, want, seq)
				}
			}
			switch column {
			case "seq":
				testkit.Exec(t, x.db, "UPDATE audit SET seq = ? WHERE brand_id = ? AND seq = 99999", seq, x.b.ID)
			case "brand_id":
				testkit.Exec(t, x.db, "UPDATE audit SET brand_id = ? WHERE brand_id = ?", x.b.ID, value)
			default:
				testkit.Exec(t, x.db, "UPDATE audit SET "+column+" = ?"+row, was, x.b.ID, seq)
			}
			raw, _ := x.export(t, "")
			if _, err := model.VerifyAudit(bytes.NewReader(raw), ""); err != nil {
				t.Fatalf("%s: put back, and %v", column, err)
			}
		}
		if n := testkit.Rows(t, x.db, "SELECT * FROM audit LIMIT 1"); len(n[0]) != columns {
			t.Errorf("%d columns were changed of %d", columns, len(n[0]))
		}
		rewritten(t, x, seq)
	})
}

// rewritten: somebody who writes the whole chain anew has a whole chain, and is found by
// the head that was noted before.
func rewritten(t *testing.T, x *bundle, from int64) {
	t.Helper()
	_, noted := x.export(t, "")
	list, err := x.Store.Audit(t.Context(), x.b.ID, store.AuditFilter{}, store.AuditPage{After: from - 2, Limit: 1000, Ascending: true})
	must(t, err)
	head := model.AuditHead{BrandID: x.b.ID, Seq: list[0].Seq, Hash: list[0].Hash}
	list[1].ActorName = "别人"
	for i := range list[1:] {
		e := &list[i+1]
		e.Chain(head)
		head.Seq, head.Hash = e.Seq, e.Hash
		testkit.Exec(t, x.db, "UPDATE audit SET actor_name = ?, prev_hash = ?, hash = ? WHERE brand_id = ? AND seq = ?", e.ActorName, e.PrevHash, e.Hash, x.b.ID, e.Seq)
	}
	testkit.Exec(t, x.db, "UPDATE audit_heads SET hash = ? WHERE brand_id = ?", head.Hash, x.b.ID)
	raw, _ := x.export(t, "")
	if _, err := model.VerifyAudit(bytes.NewReader(raw), ""); err != nil {
		t.Errorf("a chain written anew: %v", err)
	}
	_, err = model.VerifyAudit(bytes.NewReader(raw), noted.Hash)
	if fault, ok := errors.AsType[*model.AuditFault](err); !ok || fault.What != model.AuditOtherHead {
		t.Errorf("a chain written anew, asked for the noted head: %v", err)
	}
}

// acts adds n entries to the brand's audit.
func (x *bundle) acts(t testing.TB, n int) {
	t.Helper()
	for done := 0; done < n; {
		must(t, x.Store.InTx(t.Context(), func(tx *store.Tx) error {
			for range min(500, n-done) {
				tx.Audit(model.AuditEntry{
					BrandID: x.b.ID, ActorKind: "system", Action: "test.act", SubjectKind: "thing", SubjectID: fmt.Sprint(done),
					BeforeJSON: []byte{}, AfterJSON: []byte(`"=1+1"`),
				})
				done++
			}
			return nil
		}))
	}
}

// TestAuditStreamsInPieces: more than one batch, and never more than a piece in memory.
func TestAuditStreamsInPieces(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	x.acts(t, 2500)
	raw, head := x.export(t, "")
	if r, err := model.VerifyAudit(bytes.NewReader(raw), head.Hash); err != nil || r.Entries != int(head.Seq) {
		t.Errorf("%+v %v", r, err)
	}
	out, flushes := &pieces{}, 0
	err := x.Service.Audit.CSV(t.Context(), x.b.ID, store.AuditFilter{}, out, service.CSVOptions{BOM: true, Flushed: func() error { flushes++; return nil }})
	must(t, err)
	if flushes != 3 || out.most > 1<<20 {
		t.Errorf("%d flushes, %d bytes in one piece", flushes, out.most)
	}
	rest, ok := bytes.CutPrefix(out.Bytes(), []byte("\xef\xbb\xbf"))
	rows, err := csv.NewReader(bytes.NewReader(rest)).ReadAll()
	if err != nil || !ok || len(rows) != int(head.Seq)+1 || rows[0][0] != "seq" || rows[1][0] != "1" || rows[len(rows)-1][13] != head.Hash {
		t.Errorf("%d rows, byte order mark %v, %v", len(rows), ok, err)
	}
	gone := errors.New("the client left")
	err = x.Service.Audit.CSV(t.Context(), x.b.ID, store.AuditFilter{}, &pieces{}, service.CSVOptions{Flushed: func() error { return gone }})
	if !errors.Is(err, gone) {
		t.Errorf("a client who leaves: %v", err)
	}
}

// pieces keeps what is written and the largest piece.
type pieces struct {
	bytes.Buffer
	most int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.most = max(p.most, len(b))
	return p.Buffer.Write(b)
}

// TestAuditFilters: each alone and together, in pages, against the whole list.
func TestAuditFilters(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		var ids []string
		for range 4 {
			id := x.submitted(t, "", 1)
			x.Clock.Add(3 * time.Hour)
			x.decide(t, x.admin, id, x.b.AdminMember, approve)
			x.Clock.Add(24 * time.Hour)
			ids = append(ids, id)
		}
		all, err := x.Store.Audit(t.Context(), x.b.ID, store.AuditFilter{}, store.AuditPage{Limit: 1000, Ascending: true})
		must(t, err)
		at := func(d time.Duration) *time.Time { v := testkit.Start.Add(d); return &v }
		user := x.admin.Principal.UserID
		for name, f := range map[string]store.AuditFilter{
			"none": {}, "subject": {Subject: ids[1]}, "actor": {Actor: user}, "action": {Action: "task.approved"},
			"from": {From: at(27 * time.Hour)}, "to": {To: at(27 * time.Hour)}, "span": {From: at(3 * time.Hour), To: at(54 * time.Hour)},
			"before all": {To: at(-time.Hour)}, "after all": {From: at(10000 * time.Hour)},
			"together": {Actor: user, Action: "task.approved", From: at(4 * time.Hour)}, "nobody": {Actor: testkit.NewID()},
		} {
			want := []int64{}
			for _, e := range slices.Backward(all) {
				if (f.Subject == "" || e.SubjectID == f.Subject) && (f.Actor == "" || e.ActorID == f.Actor) && (f.Action == "" || e.Action == f.Action) &&
					(f.From == nil || !e.At.Before(*f.From)) && (f.To == nil || e.At.Before(*f.To)) {
					want = append(want, e.Seq)
				}
			}
			got, page := []int64{}, store.AuditPage{Limit: 3}
			for {
				list, err := x.Store.Audit(t.Context(), x.b.ID, f, page)
				must(t, err)
				for _, e := range list {
					got = append(got, e.Seq)
				}
				if len(list) < page.Limit {
					break
				}
				page.Before = list[len(list)-1].Seq
			}
			if diff := cmp.Diff(want, got); diff != "" || (name == "span" && len(got) == 0) {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

// TestCSVIsNeverAFormula: no cell begins as a formula does, and every text comes back.
func TestCSVIsNeverAFormula(t *testing.T) {
	t.Parallel()
	starts := []string{"=", "+", "-", "@", "\t", "\r", "\n", "\x00", "\ufeff", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−", "⁺"}
	for _, space := range []string{" ", "\u00a0", "\u3000", "\u200b", "\u2060", "\u202e", "\u0085", "\v", "\u2028"} {
		starts = append(starts, space+"=", space+space+"＝")
	}
	for _, s := range starts {
		if got := service.SafeCell(s + "1+1"); got != "'"+s+"1+1" {
			t.Errorf("%q became %q", s, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+\-@\t\r\n'",;＝＋－＠﹦ \x{3000}\x{a0}]{0,4}.{0,4}`)), 1, 6).Draw(t, "cells")
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		service.WriteCSV(w, cells)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got := parseCSV(t, out.String())
		if len(got) != len(cells) {
			t.Fatalf("%q became %q", cells, got)
		}
		for i, cell := range got {
			for _, s := range starts {
				if strings.HasPrefix(cell, s) {
					t.Fatalf("%q begins a formula", cell)
				}
			}
			if strings.TrimPrefix(cell, "'") != cells[i] {
				t.Fatalf("%q came back as %q", cells[i], cell)
			}
		}
	})
}

// parseCSV reads one record by RFC 4180, byte for byte; encoding/csv mends line ends.
func parseCSV(t *rapid.T, s string) (cells []string) {
	for {
		if !strings.HasPrefix(s, `"`) {
			t.Fatalf("a cell without quotes: %q", s)
		}
		s = s[1:]
		var cell strings.Builder
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				t.Fatal("a cell without an end")
			}
			cell.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			cell.WriteByte('"')
			s = s[1:]
		}
		cells = append(cells, cell.String())
		switch {
		case s == "\r\n":
			return cells
		case strings.HasPrefix(s, ","):
			s = s[1:]
		default:
			t.Fatalf("behind a cell: %q", s)
		}
	}
}
