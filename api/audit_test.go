package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// firstActs are the acts that bring something new: there is no before. All others
// change something, and tell how it was.
var firstActs = []string{
	"brand.created", "member.added", "invitation.created", "access.requested", "channel.created", "flow.created", "post.created", "media.added", "deputy.named",
	"comment.added", "webhook.created", "post.duplicated", "word_list.created", "ticket.issued", "ticket.scanned",
}

// TestActsTellBeforeAndAfter plays every operation once and reads what was recorded.
func TestActsTellBeforeAndAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite, testkit.Options{})
	doEachOnce(t, w)
	acts := map[string]bool{}
	for _, r := range testkit.Rows(t, w.db, "SELECT action, before_json, after_json, subject_kind FROM audit") {
		action, before, after := r[0], r[1], r[2]
		acts[action] = true
		worded(t, action, r[3])
		switch first := slices.Contains(firstActs, action); {
		case after == "" || !json.Valid([]byte(after)):
			t.Errorf("%s: after is %q", action, after)
		case first != (before == ""):
			t.Errorf("%s: before is %q", action, before)
		case !first && (before == after || !json.Valid([]byte(before))):
			t.Errorf("%s: nothing changed: %q", action, after)
		}
	}
	for _, a := range []string{"article.edited", "person.renamed", "user.password_changed", "wechat.bound", "wechat.unbound", "member.removed", "access.unblocked"} {
		if !acts[a] && a != "person.renamed" { // a stranger's name is nobody's business yet
			t.Errorf("no %s in %v", a, acts)
		}
	}
	w.brand["A"].reviewer.Do(t, "PATCH", api.Base+"/person", M{"nickname": "改了名字"}).Want(t, 200, nil)
	if n := testkit.Count(t, w.db, "SELECT COUNT(*) FROM audit WHERE action = 'person.renamed'"); n != 0 { // he was removed above
		t.Errorf("%d entries about somebody who is not a member", n)
	}
	w.brand["B"].reviewer.Do(t, "PATCH", api.Base+"/person", M{"nickname": "改了名字"}).Want(t, 200, nil)
	w.brand["B"].reviewer.Do(t, "PATCH", api.Base+"/person", M{"nickname": "改了名字"}).Want(t, 200, nil) // the same again changes nothing
	if n := testkit.Count(t, w.db, "SELECT COUNT(*) FROM audit WHERE action = 'person.renamed' AND brand_id = ?", w.brand["B"].ID); n != 1 {
		t.Errorf("%d entries of one new name", n)
	}
	for _, h := range w.brand {
		if seq := testkit.Broken(t, w.Store, h.ID); seq != 0 {
			t.Errorf("the audit is broken at %d", seq)
		}
	}
}

// worded asks that an act is about what the list of events says it is about, and that one
// about a post can be told in both languages.
func worded(t *testing.T, action, subject string) {
	t.Helper()
	i := slices.IndexFunc(model.EventKinds(), func(k model.EventKind) bool { return k.Kind == action })
	if i >= 0 && model.EventKinds()[i].Subject != subject {
		t.Errorf("%s is about a %s, the list of events says a %s", action, subject, model.EventKinds()[i].Subject)
	}
	if !slices.Contains([]string{"post", "article", "review", "task", "comment"}, subject) {
		return
	}
	for _, lang := range []string{model.LangZh, model.LangEn} {
		if model.ActText(lang, action, nil) == action {
			t.Errorf("%s cannot be told in %s", action, lang)
		}
	}
}

// TestAuditList: newest first, in pages, with filters and the head.
func TestAuditList(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		post := b.Submit(t, b.NewPost(t, testkit.Article("标题")).ID)
		var got, page api.AuditList
		testkit.EachPage(t, func(cursor string) string {
			page = api.AuditList{}
			b.Admin.Do(t, "GET", b.Path+"/audit?limit=4&cursor="+cursor, nil).Want(t, 200, &page)
			got.Items = append(got.Items, page.Items...)
			return page.NextCursor
		})
		if len(got.Items) != int(page.Head.Seq) || got.Items[0].Seq != page.Head.Seq || got.Items[0].Hash != page.Head.Hash {
			t.Errorf("%d entries, head %+v", len(got.Items), page.Head)
		}
		for i, e := range got.Items {
			if e.Seq != page.Head.Seq-int64(i) {
				t.Fatalf("seq %d stands at %d", e.Seq, i)
			}
		}
		var about api.AuditList
		b.Admin.Do(t, "GET", b.Path+"/audit?action=review.started&subject="+post.Articles[0].ID+"&from=2026-03-02T16:00:00%2B08:00", nil).Want(t, 200, &about)
		if len(about.Items) != 1 || !strings.Contains(string(about.Items[0].Before), `"draft"`) || !strings.Contains(string(about.Items[0].After), `"in_review"`) {
			t.Errorf("%+v", about)
		}
		for _, bad := range []string{"cursor=0", "cursor=x", "from=1999-01-01T00:00:00Z", "to=2101-01-01T00:00:00Z", "from=2026-03-02T16:00:00", "actor=%E6%9D%8E", "subject="} {
			got := b.Admin.Do(t, "GET", b.Path+"/audit?"+bad, nil)
			if bad == "subject=" {
				continue // an empty filter is none
			}
			got.Refused(t, 400, model.CodeInvalid)
		}
		testkit.Exec(t, a.Database.SQL(t), "UPDATE audit SET after_json = 'no JSON', before_json = '' WHERE brand_id = ? AND seq = 1", b.ID)
		got = api.AuditList{}
		b.Admin.Do(t, "GET", b.Path+"/audit?cursor=2", nil).Want(t, 200, &got)
		if len(got.Items) != 1 || string(got.Items[0].After) != `"no JSON"` {
			t.Errorf("a tampered row: %+v", got)
		}
	})
}

// TestAuditCSV: the table as it is downloaded, also when there is much of it.
func TestAuditCSV(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	member := a.NewReviewer(t, b).Member
	b.Admin.Do(t, "PATCH", b.Path+"/members/"+member, M{"alias": `=HYPERLINK("https://e.example")`}, "If-Match", `"1"`).Want(t, 200, nil)
	fill(t, a.Replica, b.ID, 2200)
	got := b.Admin.Do(t, "GET", b.Path+"/audit.csv?bom=true", nil).Want(t, 200, nil)
	if h := got.Header; h.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(h.Get("Content-Disposition"), "audit.csv") {
		t.Error(h)
	}
	body, bom := bytes.CutPrefix(got.Body, []byte("\xef\xbb\xbf"))
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || !bom || len(rows) < 2201 {
		t.Fatalf("%d rows, byte order mark %v, %v", len(rows), bom, err)
	}
	for _, r := range rows {
		for _, cell := range r {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if some := b.Admin.Do(t, "GET", b.Path+"/audit.csv?action=member.updated", nil).Want(t, 200, nil); bytes.Count(some.Body, []byte("\r\n")) != 2 {
		t.Errorf("with a filter: %s", some.Body)
	}
	b.Editor.Do(t, "GET", b.Path+"/audit.csv", nil).Refused(t, 403, model.CodeForbidden)
}

// TestAuditLines: the download proves itself offline, that of one post too, and what was
// changed on its way shows.
func TestAuditLines(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b, foreign := a.NewBrand(t), a.NewBrand(t)
	post := b.NewPost(t, testkit.Article("一"))
	fill(t, a.Replica, b.ID, 2200)
	got := b.Admin.Do(t, "GET", b.Path+"/audit.jsonl", nil).Want(t, 200, nil)
	if h := got.Header; h.Get("Content-Type") != "application/x-ndjson" || !strings.Contains(h.Get("Content-Disposition"), "audit.jsonl") {
		t.Error(h)
	}
	whole, err := model.VerifyAudit(bytes.NewReader(got.Body), "")
	if err != nil || whole.Entries < 2200 || whole.Links != 0 || whole.Header.Brand != b.ID {
		t.Errorf("%+v %v", whole, err)
	}
	if _, err := model.VerifyAudit(bytes.NewReader(bytes.Replace(got.Body, []byte("post.created"), []byte("post.forged!"), 1)), ""); err == nil {
		t.Error("a changed line is taken for whole")
	}
	some := b.Admin.Do(t, "GET", b.Path+"/audit.jsonl?post="+post.ID, nil).Want(t, 200, nil)
	part, err := model.VerifyAudit(bytes.NewReader(some.Body), whole.Header.HeadHash)
	if err != nil || part.Entries != 1 || part.Links < 2200 || part.HeadAt == 0 {
		t.Errorf("of one post: %+v %v", part, err)
	}
	b.Admin.Do(t, "GET", b.Path+"/audit.jsonl?post="+foreign.NewPost(t, testkit.Article("二")).ID, nil).Refused(t, 404, model.CodeNotFound)
	b.Editor.Do(t, "GET", b.Path+"/audit.jsonl", nil).Refused(t, 403, model.CodeForbidden)
}

// fill adds n entries to a brand's audit.
func fill(t *testing.T, r *testkit.Replica, brandID string, n int) {
	t.Helper()
	err := r.Store.InTx(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			tx.Audit(model.AuditEntry{
				BrandID: brandID, ActorKind: "system", ActorName: "=1+1", Action: "test.act", SubjectKind: "thing", SubjectID: fmt.Sprint(i),
				BeforeJSON: []byte{}, AfterJSON: bytes.Repeat([]byte("x"), 300),
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAuditFilesAreWholeOrCut: a database that goes away in the middle must not leave a
// file that looks whole, and one that is away at first is a refusal.
func TestAuditFilesAreWholeOrCut(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	fill(t, a.Replica, b.ID, 2200)
	db := a.Database.SQL(t)
	testkit.Exec(t, db, "UPDATE audit SET at = 'never' WHERE brand_id = ? AND seq > 2000", b.ID)
	files := []string{"/audit.csv", "/audit.jsonl"}
	for _, file := range files {
		got, err := b.Admin.Try(t, "GET", b.Path+file, nil)
		if err == nil || got.Status != 200 || len(got.Body) == 0 {
			t.Errorf("%s in the middle: %v, status %d, %d bytes", file, err, got.Status, len(got.Body))
		}
	}
	testkit.Exec(t, db, "UPDATE audit SET at = 'never' WHERE brand_id = ?", b.ID)
	b.Admin.Do(t, "GET", b.Path+"/audit.csv", nil).Refused(t, 500, model.CodeInternal)
}
