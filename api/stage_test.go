package api_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// player is one of the cast.
type player struct {
	testkit.Client
	member string
	email  string // staff
	openid string // a reviewer
}

// stage is one row being played.
type stage struct {
	t    *testing.T
	a    *testkit.App
	db   *sql.DB
	b    *testkit.Brand
	cast map[string]*player
	post string
	flow string            // of the first article
	saw  map[string]string // article → the digest of its first submit
	film *filmed           // a post that is published by scanning
	n    int
}

func newStage(t *testing.T, a *testkit.App, db *sql.DB, row model.RuleRow) *stage {
	t.Helper()
	s := &stage{t: t, a: a, db: db, b: a.NewBrand(t), saw: map[string]string{}}
	s.cast = map[string]*player{
		"admin":  {Client: s.b.Admin, member: s.b.AdminMember, email: s.b.AdminEmail},
		"author": {Client: s.b.Editor, member: s.b.EditorMember, email: s.b.EditorEmail},
	}
	if len(row.Flow) == 1 && strings.HasPrefix(row.Flow[0], "film") {
		s.shoot(strings.TrimPrefix(row.Flow[0], "film"))
		return s
	}
	articles := []testkit.M{}
	channel := s.b.Channel
	for i, spec := range append(row.Flow, make([]string, max(0, 1-len(row.Flow)))...) {
		choice := testkit.M{}
		switch spec {
		case "":
		case "none":
			choice["no_approval"] = true
		case "default":
			choice["flow_id"] = s.b.Flow
		case "on weibo":
			var c api.ChannelOut
			s.b.Admin.Do(t, "POST", s.b.Path+"/channels", M{"name": "微博", "platform": "weibo"}).Want(t, 200, &c)
			channel = c.ID
		default:
			choice["flow_id"] = s.newFlow(spec)
		}
		if i == 0 {
			s.flow, _ = choice["flow_id"].(string)
		}
		if spec == "on weibo" {
			articles = append(articles, M{"text": "一条微博"})
			continue
		}
		articles = append(articles, testkit.Article(fmt.Sprintf("第 %d 篇", i+1), choice))
	}
	var p api.PostDetail
	s.b.Editor.Do(t, "POST", s.b.Path+"/posts", M{"channel_id": channel, "articles": articles}).Want(t, 200, &p)
	s.post = p.ID
	return s
}

// who is one of the cast; a, b and c come on when they are first named.
func (s *stage) who(name string) *player {
	s.t.Helper()
	if p := s.cast[name]; p != nil {
		return p
	}
	s.cast[name] = s.newPlayer(name)
	return s.cast[name]
}

func (s *stage) newPlayer(name string) *player {
	s.t.Helper()
	switch name {
	case "a", "b":
		r := s.a.NewReviewer(s.t, s.b)
		var openid string
		query := "SELECT p.open_id FROM persons p JOIN memberships m ON m.person_id = p.id WHERE m.id = '" + r.Member + "'"
		if err := s.db.QueryRowContext(s.t.Context(), query).Scan(&openid); err != nil {
			s.t.Fatal(err)
		}
		return &player{Client: r.Client, member: r.Member, openid: openid}
	case "c":
		email := "c" + strings.ReplaceAll(s.b.ID, "-", "") + "@brand.example"
		if err := s.a.Service.Brands.AddStaff(s.t.Context(), s.b.ID, email, "丙", testkit.Password, model.RoleEditor); err != nil {
			s.t.Fatal(err)
		}
		client, member := s.a.SignIn(s.t, email)
		return &player{Client: client, member: member, email: email}
	case "stranger":
		return &player{member: testkit.NewID()}
	}
	s.t.Fatalf("%q is not in the cast", name)
	return nil
}

// flowBody reads "any(a,b) all(c)", or "weibo any(a)".
func (s *stage) flowBody(spec string) M {
	s.n++
	body := M{"name": fmt.Sprintf("流程 %s %d", s.post, s.n), "content_types": []string{"wechat_article"}, "platforms": []string{"wechat_official"}}
	steps := []M{}
	for part := range strings.FieldsSeq(spec) {
		if part == "weibo" {
			body["content_types"], body["platforms"] = []string{"generic"}, []string{"weibo"}
			continue
		}
		mode, names, _ := strings.Cut(strings.TrimSuffix(part, ")"), "(")
		approvers := []string{}
		for name := range strings.SplitSeq(names, ",") {
			if name != "" {
				approvers = append(approvers, s.who(name).member)
			}
		}
		steps = append(steps, M{"mode": mode, "approvers": approvers})
	}
	body["steps"] = steps
	return body
}

func (s *stage) newFlow(spec string) string {
	s.t.Helper()
	var f api.FlowOut
	s.b.Admin.Do(s.t, "POST", s.b.Path+"/flows", s.flowBody(spec)).Want(s.t, 200, &f)
	return f.ID
}

func (s *stage) detail() (p api.PostDetail) {
	s.t.Helper()
	s.b.Editor.Do(s.t, "GET", s.path(""), nil).Want(s.t, 200, &p)
	return p
}

func (s *stage) path(rest string) string { return s.b.Path + "/posts/" + s.post + rest }

// outcome is "ok" or the code of a refusal.
func (s *stage) outcome(got testkit.Answer) string {
	s.t.Helper()
	if got.Status < 300 {
		return "ok"
	}
	return string(problem(s.t, got).Code)
}

// play does one act and answers its outcome.
func (s *stage) play(act string) string {
	s.t.Helper()
	words := strings.Fields(act)
	name, rest := words[0], words[1:]
	switch {
	case strings.HasSuffix(act, " pass"):
		return s.pass(words)
	case s.scans(name, rest):
		return s.scan(name, strings.Join(rest, " "))
	case name == "somebody":
		return s.tamper(act)
	case act == "a and b approve at once":
		return s.atOnce()
	case name == "admin":
		return s.rule(rest[0], rest[1:])
	case name == "author" && !slices.Contains([]string{"approves", "creates"}, rest[0]):
		return s.write(rest[0], rest[1:])
	case rest[0] == "creates":
		return s.outcome(s.who(name).Do(s.t, "POST", s.b.Path+"/flows", s.flowBody(strings.Join(rest[2:], " "))))
	}
	return s.answer(s.who(name), rest[0], rest[1:])
}

// write are the author's acts.
func (s *stage) write(verb string, rest []string) string {
	s.t.Helper()
	c, p := s.who("author"), s.detail()
	match := []string{"If-Match", strconv.Quote(strconv.FormatInt(p.Version, 10))}
	switch verb {
	case "looks":
		return "ok"
	case "submits":
		for _, art := range p.Articles {
			if s.saw[art.ID] == "" {
				s.saw[art.ID] = art.Digest
			}
		}
		return s.outcome(c.Do(s.t, "POST", s.path("/submit"), M{}))
	case "withdraws", "urges":
		return s.outcome(c.Do(s.t, "POST", s.path("/"+strings.TrimSuffix(verb, "s")), M{}))
	case "cancels":
		return s.outcome(c.Do(s.t, "DELETE", s.path(""), nil))
	case "reschedules":
		return s.outcome(c.Do(s.t, "PATCH", s.path(""), M{"scheduled_at": "2030-01-01T10:00:00+08:00"}, match...))
	case "reorders":
		order := []string{}
		for _, art := range slices.Backward(p.Articles) {
			order = append(order, art.ID)
		}
		return s.outcome(c.Do(s.t, "PUT", s.path("/articles"), M{"order": order}, match...))
	case "edits", "saves", "restores":
		return s.edit(c, p, verb, rest)
	}
	s.t.Fatalf("the author cannot %q", verb)
	return ""
}

func (s *stage) edit(c *player, p api.PostDetail, verb string, rest []string) string {
	s.t.Helper()
	art := p.Articles[0]
	if len(rest) == 2 && rest[0] == "article" {
		n, err := strconv.Atoi(rest[1])
		if err != nil {
			s.t.Fatal(err)
		}
		art = p.Articles[n-1]
	}
	s.n++
	body := testkit.Article(art.Content.Title, M{"body_html": fmt.Sprintf("<p>改了 %d 次</p>", s.n)})
	if len(rest) == 2 && rest[0] == "saying" {
		body["body_html"] = "<p>" + rest[1] + "</p>"
	}
	switch verb {
	case "saves":
		body["body_html"] = art.Content.BodyHTML
	case "restores":
		body = testkit.Article(art.Content.Title)
	}
	if art.FlowID != nil {
		body["flow_id"] = *art.FlowID
	}
	return s.outcome(c.Do(s.t, "PUT", s.path("/articles/"+art.ID), body, "If-Match", strconv.Quote(strconv.FormatInt(art.Version, 10))))
}

// rule are the admin's acts.
func (s *stage) rule(verb string, rest []string) string {
	s.t.Helper()
	c := s.who("admin")
	switch verb {
	case "creates":
		return s.outcome(c.Do(s.t, "POST", s.b.Path+"/flows", s.flowBody(strings.Join(rest[1:], " "))))
	case "edits":
		var f api.FlowOut
		c.Do(s.t, "GET", s.b.Path+"/flows/"+s.flow, nil).Want(s.t, 200, &f)
		return s.outcome(c.Do(s.t, "PUT", s.b.Path+"/flows/"+s.flow, s.flowBody(strings.Join(rest[1:], " ")), "If-Match", strconv.Quote(strconv.FormatInt(f.Version, 10))))
	case "archives":
		return s.archive(c, rest)
	case "sets":
		return s.set(c, rest[0], rest[1])
	case "removes":
		return s.outcome(c.Do(s.t, "DELETE", s.b.Path+"/members/"+s.who(rest[0]).member, nil))
	case "replaces":
		return s.outcome(c.Do(s.t, "POST", s.step(), M{"member_id": s.who(rest[0]).member, "replacement_id": s.who(rest[2]).member}))
	case "seats":
		return s.outcome(c.Do(s.t, "POST", s.step(), M{"replacement_id": s.who(rest[0]).member}))
	}
	s.t.Fatalf("the admin cannot %q", verb)
	return ""
}

// step is where the first article's open step gets another approver.
func (s *stage) step() string {
	v := s.detail().Articles[0].Review
	return s.b.Path + "/reviews/" + v.ID + "/steps/1/replacement"
}

func (s *stage) archive(c *player, rest []string) string {
	id, query := s.flow, ""
	if rest[0] == "default" {
		id = s.b.Flow
	}
	if len(rest) > 2 {
		query = "?new_default=none"
		if rest[2] != "none" {
			query = "?new_default=" + s.newFlow(strings.Join(rest[2:], " "))
		}
	}
	return s.outcome(c.Do(s.t, "DELETE", s.b.Path+"/flows/"+id+query, nil))
}

func (s *stage) set(c *player, key, value string) string {
	s.t.Helper()
	if key == "self_approval" {
		var b api.BrandOut
		c.Do(s.t, "GET", s.b.Path, nil).Want(s.t, 200, &b)
		return s.outcome(c.Do(s.t, "PATCH", s.b.Path, M{key: value == "on"}, "If-Match", strconv.Quote(strconv.FormatInt(b.Version, 10))))
	}
	switch key {
	case "ai_review":
		return s.outcome(c.Do(s.t, "PUT", s.b.Path+"/channels/"+s.b.Channel, M{"name": "服务号", "platform": "wechat_official", "ai_review": value == "on"}, "If-Match", `"1"`))
	case "blocking":
		return s.outcome(c.Do(s.t, "PATCH", s.b.Path, M{"blocking_rules": []string{value}}, "If-Match", `"1"`))
	}
	body := M{"default_flow_id": s.b.Flow, "allow_change": true}
	switch key {
	case "default":
		body = M{"no_approval": value == "none", "allow_change": true}
	default:
		body[key] = value == "on"
	}
	return s.outcome(c.Do(s.t, "PUT", s.b.Path+"/platform-settings/wechat_official", body, "If-Match", `"1"`))
}

// answer are the approvers' acts.
func (s *stage) answer(c *player, verb string, rest []string) string {
	s.t.Helper()
	switch verb {
	case "names":
		now := s.a.Clock.Now()
		return s.outcome(c.Do(s.t, "POST", s.b.Path+"/deputies", M{
			"deputy_id": s.who(rest[0]).member, "from": now.Add(-time.Hour).Format(time.RFC3339), "until": now.Add(7 * 24 * time.Hour).Format(time.RFC3339),
		}))
	case "binds":
		return s.bind(c, s.who(rest[1]))
	case "undoes":
		id, _ := s.task(c.member)
		return s.outcome(c.Do(s.t, "POST", api.Base+"/tasks/"+id+"/undo", nil))
	case "hands":
		id, _ := s.task(c.member)
		return s.outcome(c.Do(s.t, "POST", api.Base+"/tasks/"+id+"/transfer", M{"to": s.who(rest[2]).member}))
	case "approves", "rejects":
		return s.decide(c, verb, strings.Join(rest, " "))
	}
	s.t.Fatalf("an approver cannot %q", verb)
	return ""
}

// bind joins a reviewer's WeChat to the account of one of the staff.
func (s *stage) bind(phone, staff *player) string {
	s.t.Helper()
	staff.Do(s.t, "POST", api.Base+"/me/wechat-binding", nil).Want(s.t, 200, nil)
	token := scan(s.t, s.a, staff.Do(s.t, "GET", api.Base+"/me/wechat-binding/code.png", nil))
	got := s.outcome(phone.Do(s.t, "POST", api.Base+"/person/bindings", M{"token": token}))
	phone.Client, _ = s.a.Phone(s.t, phone.openid)
	return got
}

func (s *stage) decide(c *player, verb, how string) string {
	s.t.Helper()
	member := c.member
	if other, ok := strings.CutPrefix(how, "for "); ok {
		member = s.who(other).member
	}
	id, article := s.task(member)
	body := M{"action": strings.TrimSuffix(verb, "s"), "digest": s.digest(article)}
	if verb == "rejects" {
		body["reason"] = "需要修改"
	}
	headers := []string{}
	switch {
	case how == "keeping":
		body["keep_flow"] = true
	case how == "saying nothing":
		delete(body, "reason")
	case how == "saying blanks":
		body["reason"] = " \u3000\t\u200b "
	case how == "saying 1001 characters":
		body["reason"] = strings.Repeat("改", 1001)
	case how == "what he saw first":
		body["digest"] = s.saw[article]
	case strings.HasPrefix(how, "under key "):
		headers = []string{"Idempotency-Key", "rules-key-" + strings.TrimPrefix(how, "under key ") + "-" + s.post[:8]}
	}
	return s.outcome(c.Do(s.t, "POST", api.Base+"/tasks/"+id+"/decision", body, headers...))
}

// atOnce lets two approvers answer together; one must do. It answers what the other got.
func (s *stage) atOnce() string {
	a, b := s.who("a"), s.who("b")
	got := make([]testkit.Answer, 2)
	ids := []string{}
	digests := []string{}
	for _, p := range []*player{a, b} {
		id, article := s.task(p.member)
		ids, digests = append(ids, id), append(digests, s.digest(article))
	}
	testkit.Together(2, func(i int) {
		body, err := json.Marshal(M{"action": "approve", "digest": digests[i]})
		if err == nil {
			got[i], err = []*player{a, b}[i].Try(s.t, "POST", api.Base+"/tasks/"+ids[i]+"/decision", body, "Content-Type", "application/json")
		}
		if err != nil {
			s.t.Error(err)
		}
	})
	first, second := s.outcome(got[0]), s.outcome(got[1])
	switch {
	case first == "ok" && second != "ok":
		return second
	case second == "ok" && first != "ok":
		return first
	}
	return first + " and " + second
}

// task finds a member's newest task in the post, and its article.
func (s *stage) task(member string) (id, article string) {
	s.t.Helper()
	rows := testkit.Rows(s.t, s.db, "SELECT id, article_id FROM tasks WHERE post_id = ? AND member_id = ? ORDER BY created_at DESC, id DESC", s.post, member)
	if len(rows) == 0 {
		s.t.Fatalf("%s was not asked", member)
	}
	return rows[0][0], rows[0][1]
}

func (s *stage) digest(article string) string {
	for _, art := range s.detail().Articles {
		if art.ID == article {
			return art.Digest
		}
	}
	return ""
}

// pass moves the clock; sessions that ended meanwhile are opened anew.
func (s *stage) pass(words []string) string {
	s.t.Helper()
	n, err := strconv.Atoi(words[0])
	if err != nil {
		s.t.Fatal(err)
	}
	unit := map[string]time.Duration{"minutes": time.Minute, "days": 24 * time.Hour}[words[1]]
	s.a.Clock.Add(time.Duration(n) * unit)
	for _, p := range s.cast {
		switch {
		case p.email != "":
			p.Client, _ = s.a.SignIn(s.t, p.email)
		case p.openid != "":
			p.Client, _ = s.a.Phone(s.t, p.openid)
		}
	}
	s.b.Admin, s.b.Editor = s.cast["admin"].Client, s.cast["author"].Client
	if _, err := s.a.Service.Windows.RunOut(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return "ok"
}

// tamper changes the database behind the product's back.
func (s *stage) tamper(act string) string {
	s.t.Helper()
	statements := []string{"UPDATE posts SET state = 'approved' WHERE id = ?", "UPDATE articles SET state = 'approved' WHERE post_id = ?", "UPDATE reviews SET state = 'approved' WHERE post_id = ?"}
	if strings.Contains(act, "bytes") {
		statements = []string{`UPDATE revisions SET content = '{"title":"别的","body_html":"<p>别的</p>"}' WHERE article_id IN (SELECT id FROM articles WHERE post_id = ?)`}
	}
	for _, q := range statements {
		if _, err := s.db.ExecContext(s.t.Context(), q, s.post); err != nil {
			s.t.Fatal(err)
		}
	}
	return "ok"
}

// holds checks one fact.
func (s *stage) holds(fact string) {
	s.t.Helper()
	words := strings.Fields(fact)
	p, got, want := s.detail(), "", words[len(words)-1]
	switch words[0] {
	case "post":
		got = string(p.State)
	case "code", "openings", "alarms":
		got = s.filmed(words[0])
	case "gate":
		got = map[bool]string{true: "open", false: "closed"}[p.Publishable]
	case "article", "step":
		n, err := strconv.Atoi(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		if words[0] == "article" {
			got = string(p.Articles[slices.IndexFunc(p.Articles, func(a api.ArticleDetail) bool { return a.Content.Title == fmt.Sprintf("第 %d 篇", n) })].State)
		} else {
			got = string(p.Articles[0].Review.Steps[n-1].State)
		}
	default:
		id, _ := s.task(s.who(words[0]).member)
		got = testkit.Rows(s.t, s.db, "SELECT state FROM tasks WHERE id = ?", id)[0][0]
	}
	if got != want {
		s.t.Errorf("%q does not hold: it is %s", fact, got)
	}
}
