package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"countersign/api"
	"countersign/model"
)

func clientOnOldContent(p *player) (string, error) {
	t, err := p.turn(p.as("client"), teamShops)
	if err != nil {
		return "", err
	}
	a, err := p.call(p.as("client"), http.MethodPost, api.Base+"/tasks/"+t.ID+"/decision", body{"action": "approve", "digest": p.kept["old digest "+teamShops]})
	if err != nil {
		return "", err
	}
	return "“The content was updated”: nobody approves what he did not read", a.refused(http.StatusConflict, "content_changed")
}

// approveAll approves several articles in one call, each for its own content.
func (p *player) approveAll(as signed, titles ...string) (items []api.BulkItemOut, err error) {
	var list []body
	for _, title := range titles {
		t, err := p.turn(as, title)
		if err != nil {
			return nil, err
		}
		list = append(list, body{"task_id": t.ID, "action": "approve", "digest": t.Digest})
	}
	var got struct {
		Items []api.BulkItemOut `json:"items"`
	}
	if err := p.post(as, api.Base+"/inbox/decisions", body{"decisions": list}, &got); err != nil {
		return nil, err
	}
	for _, item := range got.Items {
		if item.Problem != nil {
			return nil, fmt.Errorf("one was refused: %+v", *item.Problem)
		}
	}
	if len(got.Items) != len(titles) {
		return nil, fmt.Errorf("%d answers to %d", len(got.Items), len(titles))
	}
	return got.Items, nil
}

func adminAnswersTwo(p *player) (string, error) {
	items, err := p.approveAll(p.admin(), teamLead, teamOffer)
	if err != nil {
		return "", err
	}
	lead, offer := items[0].Outcome, items[1].Outcome
	if lead.Step != model.StepApproved || lead.Review != model.ReviewRunning || offer.Article != model.ArticleApproved {
		return "", fmt.Errorf("%+v and %+v", *lead, *offer)
	}
	return fmt.Sprintf("%q goes on to its second step, %q is %s", teamLead, teamOffer, offer.Article), nil
}

func legalSeesSettled(p *player) (string, error) {
	past, err := p.turns(p.as("legal"), "decided")
	if err != nil {
		return "", err
	}
	by := ""
	for _, t := range past {
		if t.Title == teamLead && t.State == model.TaskSettled {
			by = t.SettledBy
		}
	}
	next, err := p.turn(p.as("legal"), teamLead)
	if err == nil && (by != "林晓" || next.StepPosition != 2 || next.Mode != model.ModeAll) {
		err = fmt.Errorf("settled by %q, next step %d (%s)", by, next.StepPosition, next.Mode)
	}
	return fmt.Sprintf("%s answered first; step %d %q asks everybody", by, next.StepPosition, next.StepName), err
}

func editorUrges(p *player) (string, error) {
	var urged struct {
		Waiting int `json:"waiting"`
	}
	err := p.post(p.editor(), p.kept["post"]+"/urge", nil, &urged)
	if err == nil && urged.Waiting != 3 { // 会签 of both, and the client's own article
		err = fmt.Errorf("%d turns are urged", urged.Waiting)
	}
	return fmt.Sprintf("%d turns are reminded", urged.Waiting), err
}

func editorUrgesAgain(p *player) (string, error) {
	a, err := p.call(p.editor(), http.MethodPost, p.kept["post"]+"/urge", nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("may urge again in %s s", a.headers.Get("Retry-After")), a.refused(http.StatusTooManyRequests, "urged_recently")
}

// approve lets an approver of the post approve an article.
func (p *player) approve(who, title string) (string, error) {
	o, err := p.answer(who, title, body{"action": "approve"})
	if err == nil && o.State != model.TaskApproved {
		err = fmt.Errorf("his turn is %s", o.State)
	}
	return fmt.Sprintf("step %s, article %s, post %s", o.Step, o.Article, o.Post), err
}

func legalTakesBack(p *player) (string, error) {
	var o api.OutcomeOut
	if err := p.post(p.as("legal"), api.Base+"/tasks/"+p.kept["task legal "+teamLead]+"/undo", nil, &o); err != nil {
		return "", err
	}
	lead, err := p.articleNow(teamLead)
	if err != nil {
		return "", err
	}
	given := lead.Review.Steps[1].Decisions
	if o.State != model.TaskOpen || len(given) != 1 || given[0].UndoneAt == nil {
		return "", fmt.Errorf("his turn is %s, the step has %+v", o.State, given)
	}
	return "his turn is open again; the approval stays on record as taken back", nil
}

func clientAnswersTwo(p *player) (string, error) {
	items, err := p.approveAll(p.as("client"), teamLead, teamShops)
	if err != nil {
		return "", err
	}
	if last := items[1].Outcome; last.Post != model.PostApproved {
		return "", fmt.Errorf("the post is %s", last.Post)
	}
	return fmt.Sprintf("%q and %q are approved, and with them the post", teamLead, teamShops), nil
}

// publishable asks that the post may be published, except for one article.
func (p *player) publishable(except string) (string, error) {
	post, err := p.now()
	if err != nil {
		return "", err
	}
	for _, a := range post.Articles {
		if (a.State == model.ArticleApproved) == (a.Content.Title == except) {
			return "", fmt.Errorf("%q is %s", a.Content.Title, a.State)
		}
	}
	if post.Publishable != (except == "") {
		return "", fmt.Errorf("publishable: %t", post.Publishable)
	}
	return fmt.Sprintf("the post is %s; publishable: %t", post.State, post.Publishable), nil
}

func editorVoidsOne(p *player) (string, error) {
	err := p.rewrite(teamShops, "<p>"+teamShops+"。</p><p>南京路 1 号、人民路 2 号、中山路 5 号。</p>", body{"flow_id": p.kept["flow "+teamShops]})
	if err != nil {
		return "", err
	}
	seen, err := p.publishable(teamShops)
	return fmt.Sprintf("%q is a draft again, the other two stay approved; %s", teamShops, seen), err
}

func teamResubmits(p *player) (string, error) {
	var post api.PostDetail
	if err := p.post(p.editor(), p.kept["post"]+"/submit", body{}, &post); err != nil {
		return "", err
	}
	lead, err := p.turns(p.as("legal"), "waiting")
	mine, err2 := p.turns(p.as("client"), "waiting")
	if err := errors.Join(err, err2); err != nil {
		return "", err
	}
	if len(lead) != 0 || len(mine) != 1 || mine[0].Title != teamShops {
		return "", fmt.Errorf("legal has %d turns, the client %+v", len(lead), mine)
	}
	return "one turn, the client's; what was approved stays approved", nil
}

func adminProves(p *player) (string, error) {
	if _, err := p.publishable(""); err != nil {
		return "", err
	}
	got, err := p.call(p.admin(), http.MethodGet, p.kept["brand"]+"/audit.jsonl?post="+p.kept["post id"], nil)
	if err != nil {
		return "", err
	}
	if err := got.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	r, err := model.VerifyAudit(bytes.NewReader(got.body), "")
	if err != nil {
		return "", err
	}
	forged := strings.Replace(string(got.body), "缺少门店地址", "没有任何意见", 1)
	if _, err := model.VerifyAudit(strings.NewReader(forged), ""); err == nil || forged == string(got.body) {
		return "", errors.New("a changed reason passes for the true one")
	}
	if r.Header.Post != p.kept["post id"] || r.Entries < 20 {
		return "", fmt.Errorf("%d entries of post %s", r.Entries, r.Header.Post)
	}
	return fmt.Sprintf("%d entries unchanged, head %s… at seq %d; with one reason changed the proof fails", r.Entries, r.Header.HeadHash[:12], r.Header.Last), nil
}

func editorMayNotExport(p *player) (string, error) {
	a, err := p.call(p.editor(), http.MethodGet, p.kept["brand"]+"/audit.jsonl", nil)
	if err != nil {
		return "", err
	}
	return "only an admin may", a.refused(http.StatusForbidden, "forbidden")
}
