package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"countersign/api"
	"countersign/model"
)

// The three articles of the team's post, by their titles; the first is the lead.
const (
	teamLead  = "秋日新品：桂花乌龙"
	teamOffer = "会员日：买一送一"
	teamShops = "三家新店开业"
)

// teamStory is how a brand and its client work on one post together: three articles, a
// flow each, staff and reviewers, and at the end a history that proves itself.
func teamStory() story {
	return story{
		{"admin", "signs in to the console", func(p *player) (string, error) { return p.signIn("admin", demoAdmin) }},
		{"editor", "signs in", func(p *player) (string, error) { return p.signIn("editor", demoEditor) }},
		{"admin", "invites the client's people", invite},
		{"legal", "joins with WeChat alone", func(p *player) (string, error) { return p.join("legal", "陈律师", "法务陈律师") }},
		{"client", "joins with WeChat alone", func(p *player) (string, error) { return p.join("client", "王敏", "客户市场王敏") }},
		{"admin", "makes three flows; one asks either, then both", teamFlows},
		{"editor", "writes a post of three articles, a flow for each", teamWrites},
		{"editor", "looks whom a submit would ask, before it asks", teamRehearses},
		{"editor", "submits the post", teamSubmits},
		{"client", "finds only the article that asks him", clientSeesHis},
		{"client", "comments on a paragraph", clientComments},
		{"editor", "answers him; what staff say among themselves stays there", editorAnswers},
		{"client", "rejects, keeping the flow", clientRejects},
		{"legal", "rejects another article, without keeping its flow", legalRejects},
		{"editor", "corrects both and submits again", teamCorrects},
		{"client", "is refused when he decides on the old content", clientOnOldContent},
		{"admin", "approves two articles at once, each for its own content", adminAnswersTwo},
		{"legal", "sees who answered for his step; the next asks him", legalSeesSettled},
		{"editor", "urges whoever keeps the post waiting", editorUrges},
		{"editor", "cannot urge again within the hour", editorUrgesAgain},
		{"legal", "approves", func(p *player) (string, error) { return p.approve("legal", teamLead) }},
		{"legal", "takes the approval back", legalTakesBack},
		{"legal", "reads again and approves", func(p *player) (string, error) { return p.approve("legal", teamLead) }},
		{"client", "approves two articles at once", clientAnswersTwo},
		{"editor", "sees a post that may be published", func(p *player) (string, error) { return p.publishable("") }},
		{"editor", "changes one article: only its approval is void", editorVoidsOne},
		{"editor", "submits again; only that article is asked about", teamResubmits},
		{"client", "approves the new version", func(p *player) (string, error) { return p.approve("client", teamShops) }},
		{"admin", "downloads the post's audit and proves it offline", adminProves},
		{"editor", "may not take the audit out", editorMayNotExport},
	}
}

// as is the phone of somebody who joined.
func (p *player) as(who string) signed { return signed{bearer: p.kept[who+".phone"]} }

// join brings a WeChat user from the invitation's link to membership, and keeps his
// phone and his Member under a name.
func (p *player) join(who, nickname, alias string) (string, error) {
	p.kept["openid"] = "" // another phone
	steps := []func(*player) (string, error){
		openLink, func(p *player) (string, error) { return p.scan(p.admin(), p.kept["invitation"]+"/code.png") }, (*player).wxLogin,
		func(p *player) (string, error) { return askAs(p, nickname) }, func(p *player) (string, error) { return admitAs(p, alias) },
	}
	for _, do := range steps {
		if _, err := do(p); err != nil {
			return "", err
		}
	}
	p.kept[who+".phone"], p.kept[who+".member"], p.kept[who+".name"] = p.kept["phone"], p.kept["member"], alias
	return fmt.Sprintf("opened the link, scanned, logged in, asked; admitted as %q", alias), nil
}

// asks is a step of a flow with the kept Members who are asked in it.
type asks struct {
	name string
	mode model.Mode
	who  []string
}

func teamFlows(p *player) (string, error) {
	flows := map[string][]asks{
		teamLead:  {{"初审", model.ModeAny, []string{"admin", "legal"}}, {"会签", model.ModeAll, []string{"legal", "client"}}},
		teamOffer: {{"法务", model.ModeAny, []string{"legal"}}},
		teamShops: {{"客户", model.ModeAny, []string{"client"}}},
	}
	for title, steps := range flows {
		var list []body
		for _, s := range steps {
			var members []string
			for _, who := range s.who {
				members = append(members, p.kept[who+".member"])
			}
			list = append(list, body{"name": s.name, "mode": s.mode, "approvers": members})
		}
		var f api.FlowOut
		if err := p.post(p.admin(), p.kept["brand"]+"/flows", body{
			"name": title + " " + p.run, "content_types": []string{"wechat_article"}, "platforms": []string{"wechat_official"}, "steps": list,
		}, &f); err != nil {
			return "", err
		}
		p.kept["flow "+title], p.kept["flow name "+title] = f.ID, f.Name
	}
	return "初审 (any): 林晓 or 法务陈律师 → 会签 (all): 法务陈律师 and 客户市场王敏; 法务 alone; 客户 alone", nil
}

func teamWrites(p *player) (string, error) {
	if err := p.channel(); err != nil {
		return "", err
	}
	var articles []body
	for _, title := range []string{teamLead, teamOffer, teamShops} {
		articles = append(articles, body{"title": title, "author": "青禾茶饮", "body_html": "<p>" + title + "。</p><p>详情见门店。</p>", "flow_id": p.kept["flow "+title]})
	}
	var post api.PostDetail
	if err := p.post(p.editor(), p.kept["brand"]+"/posts", body{"channel_id": p.kept["channel"], "articles": articles}, &post); err != nil {
		return "", err
	}
	p.kept["post id"], p.kept["post"] = post.ID, p.kept["brand"]+"/posts/"+post.ID
	for _, a := range post.Articles {
		p.kept["article "+a.Content.Title] = a.ID
	}
	if len(post.Articles) != 3 || post.State != model.PostDraft {
		return "", fmt.Errorf("%d articles, %s", len(post.Articles), post.State)
	}
	return "a draft: " + strings.Join([]string{teamLead, teamOffer, teamShops}, " · "), nil
}

func teamRehearses(p *player) (string, error) {
	var plan struct {
		State model.PostState `json:"state"`
		Plan  []api.PlanOut   `json:"plan"`
	}
	if err := p.post(p.editor(), p.kept["post"]+"/submit?dry_run=true", body{}, &plan); err != nil {
		return "", err
	}
	var asked []string
	for _, a := range plan.Plan {
		if a.FlowName != p.kept["flow name "+a.Title] || a.Refusal != nil {
			return "", fmt.Errorf("planned wrongly: %+v", a)
		}
		asked = append(asked, fmt.Sprintf("%q in %d step(s), first %s", a.Title, len(a.Steps), a.Steps[0].Name))
	}
	post, err := p.now()
	if err == nil && (len(plan.Plan) != 3 || len(plan.Plan[0].Steps) != 2 || post.State != model.PostDraft) {
		err = fmt.Errorf("a rehearsal moved something, or forgot it: %s, %+v", post.State, plan.Plan)
	}
	return strings.Join(asked, "; ") + "; nobody was asked yet", err
}

// now reads the post.
func (p *player) now() (post api.PostDetail, err error) {
	err = p.get(p.editor(), p.kept["post"], &post)
	return post, err
}

// articleNow reads one of its articles.
func (p *player) articleNow(title string) (api.ArticleDetail, error) {
	post, err := p.now()
	for _, a := range post.Articles {
		if a.ID == p.kept["article "+title] {
			return a, err
		}
	}
	return api.ArticleDetail{}, errors.Join(err, fmt.Errorf("the article %q is gone", title))
}

func teamSubmits(p *player) (string, error) {
	var post api.PostDetail
	if err := p.post(p.editor(), p.kept["post"]+"/submit", body{}, &post); err != nil {
		return "", err
	}
	for _, a := range post.Articles {
		title := a.Content.Title
		p.kept["old digest "+title] = a.Digest
		if a.State != model.ArticleInReview || a.Review.FlowName != p.kept["flow name "+title] {
			return "", fmt.Errorf("%q is %s in %q", title, a.State, a.Review.FlowName)
		}
	}
	return fmt.Sprintf("the post is %s, each article in its own flow", post.State), nil
}

// turn is somebody's open turn in an article of the post.
func (p *player) turn(as signed, title string) (api.InboxItem, error) {
	turns, err := p.turns(as, "waiting")
	for _, t := range turns {
		if t.Title == title {
			return t, nil
		}
	}
	return api.InboxItem{}, errors.Join(err, fmt.Errorf("%q does not wait in the inbox", title))
}

// turns are somebody's turns in the post.
func (p *player) turns(as signed, show string) (mine []api.InboxItem, err error) {
	var list api.List[api.InboxItem]
	err = p.get(as, api.Base+"/inbox?limit=100&show="+show, &list)
	for _, t := range list.Items {
		if t.PostID == p.kept["post id"] {
			mine = append(mine, t)
		}
	}
	return mine, err
}

func clientSeesHis(p *player) (string, error) {
	mine, err := p.turns(p.as("client"), "all")
	if err != nil || len(mine) != 1 || mine[0].Title != teamShops {
		return "", errors.Join(err, fmt.Errorf("the client's turns: %+v", mine))
	}
	var task api.TaskOut
	if err := p.get(p.as("client"), api.Base+"/tasks/"+mine[0].ID, &task); err != nil {
		return "", err
	}
	other, err := p.call(p.as("client"), http.MethodGet, api.Base+"/articles/"+p.kept["article "+teamOffer]+"/revisions/1", nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, version %d; the other two articles are not there for him", task.Content.Title, task.RevisionNumber), other.refused(http.StatusNotFound, "not_found")
}

func clientComments(p *player) (string, error) {
	var c api.CommentOut
	err := p.post(p.as("client"), api.Base+"/articles/"+p.kept["article "+teamShops]+"/comments", body{
		"body": "请写明三家店的地址。", "revision": 1, "anchor": body{"kind": "paragraph", "block": 1},
	}, &c)
	p.kept["comment"] = c.ID
	if err == nil && (c.Anchor.Quote != "详情见门店。" || c.Name != p.kept["client.name"]) {
		err = fmt.Errorf("pinned to %q by %q", c.Anchor.Quote, c.Name)
	}
	return fmt.Sprintf("“%s”, pinned to “%s”", c.Body, c.Anchor.Quote), err
}

func editorAnswers(p *player) (string, error) {
	comments := api.Base + "/articles/" + p.kept["article "+teamShops] + "/comments"
	if err := p.post(p.editor(), comments, body{"body": "好的，马上补上。", "reply_to": p.kept["comment"]}, nil); err != nil {
		return "", err
	}
	if err := p.post(p.editor(), comments, body{"body": "第三家店的租约签了吗？", "visibility": "internal", "revision": 1}, nil); err != nil {
		return "", err
	}
	var seen, all api.List[api.CommentOut]
	if err := errors.Join(p.get(p.as("client"), comments, &seen), p.get(p.editor(), comments, &all)); err != nil {
		return "", err
	}
	if len(seen.Items) != 2 || len(all.Items) != 3 {
		return "", fmt.Errorf("the client reads %d comments, staff %d", len(seen.Items), len(all.Items))
	}
	return fmt.Sprintf("the client reads “%s”; the internal one only staff read", seen.Items[1].Body), nil
}

// answer gives an approver's answer to the content that he sees.
func (p *player) answer(who, title string, more body) (o api.OutcomeOut, err error) {
	t, err := p.turn(p.as(who), title)
	if err != nil {
		return o, err
	}
	more["digest"] = t.Digest
	p.kept["task "+who+" "+title] = t.ID
	err = p.post(p.as(who), api.Base+"/tasks/"+t.ID+"/decision", more, &o)
	return o, err
}

func clientRejects(p *player) (string, error) {
	o, err := p.answer("client", teamShops, body{"action": "reject", "reason": "缺少门店地址。", "keep_flow": true})
	if err == nil && (o.Article != model.ArticleRejected || o.Post != model.PostInReview) {
		err = fmt.Errorf("article %s, post %s", o.Article, o.Post)
	}
	return fmt.Sprintf("%q is %s; the others go on", teamShops, o.Article), err
}

func legalRejects(p *player) (string, error) {
	o, err := p.answer("legal", teamOffer, body{"action": "reject", "reason": "“买一送一”需写明活动期限。"})
	if err != nil {
		return "", err
	}
	shops, err := p.articleNow(teamShops)
	offer, err2 := p.articleNow(teamOffer)
	if !shops.KeptFlow || offer.KeptFlow || offer.FlowID != nil {
		return "", errors.Join(err, err2, fmt.Errorf("kept: %t and %t", shops.KeptFlow, offer.KeptFlow))
	}
	return fmt.Sprintf("%q is %s, and the author chooses a flow anew", teamOffer, o.Article), errors.Join(err, err2)
}

// rewrite gives an article new content.
func (p *player) rewrite(title, html string, more body) error {
	a, err := p.articleNow(title)
	if err != nil {
		return err
	}
	more["title"], more["author"], more["body_html"] = title, "青禾茶饮", html
	got, err := p.call(p.editor(), http.MethodPut, p.kept["post"]+"/articles/"+a.ID, more, "If-Match", fmt.Sprintf("%q", fmt.Sprint(a.Version)))
	if err != nil {
		return err
	}
	return got.read(http.StatusOK, nil)
}

func teamCorrects(p *player) (string, error) {
	err := errors.Join(
		p.rewrite(teamShops, "<p>"+teamShops+"。</p><p>南京路 1 号、人民路 2 号、中山路 3 号。</p>", body{}),
		p.rewrite(teamOffer, "<p>"+teamOffer+"。</p><p>11 月 1 日至 7 日。</p>", body{}),
	)
	if err != nil {
		return "", err
	}
	if err := p.post(p.editor(), p.kept["post"]+"/submit", body{}, nil); err != nil {
		return "", err
	}
	shops, err := p.articleNow(teamShops)
	offer, err2 := p.articleNow(teamOffer)
	lead, err3 := p.articleNow(teamLead)
	if err := errors.Join(err, err2, err3); err != nil {
		return "", err
	}
	if shops.Review.Round != 2 || shops.Review.FlowName != p.kept["flow name "+teamShops] || offer.Review.FlowName == p.kept["flow name "+teamOffer] || lead.Review.Round != 1 {
		return "", fmt.Errorf("rounds %d, %d, %d in %q, %q", lead.Review.Round, offer.Review.Round, shops.Review.Round, offer.Review.FlowName, shops.Review.FlowName)
	}
	return fmt.Sprintf("%q runs the same flow again, %q the platform's default %q; %q was not touched", teamShops, teamOffer, offer.Review.FlowName, teamLead), nil
}
