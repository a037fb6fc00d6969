package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"countersign/api"
)

// reviewerStory is the main road: a client of the brand, with nothing but WeChat,
// joins and reviews.
func reviewerStory() story {
	return story{
		{"admin", "signs in to the console", func(p *player) (string, error) { return p.signIn("admin", demoAdmin) }},
		{"admin", "invites a reviewer", invite},
		{"reviewer", "opens the link on his phone and gets a link of his own", openLink},
		{"reviewer", "scans the mini-program code", func(p *player) (string, error) { return p.scan(p.admin(), p.kept["invitation"]+"/code.png") }},
		{"reviewer", "logs in with WeChat", (*player).wxLogin},
		{"reviewer", "sees who invites, and nothing else", lookAtInvitation},
		{"reviewer", "cannot ask for access without a nickname", askWithoutName},
		{"reviewer", "gives a nickname and asks", ask},
		{"admin", "sees the request and admits him", admitReviewer},
		{"admin", "makes a flow that asks him", func(p *player) (string, error) { return p.flow("客户审阅", p.kept["member"]) }},
		{"editor", "signs in", func(p *player) (string, error) { return p.signIn("editor", demoEditor) }},
		{"editor", "writes a WeChat article and submits it", writeAndSubmit},
		{"reviewer", "finds it in his inbox and opens it", openTask},
		{"reviewer", "cannot reject without a reason", rejectWithoutReason},
		{"reviewer", "rejects with a reason, keeping the flow", rejectKeepingFlow},
		{"editor", "reads why, corrects it and submits again", correct},
		{"reviewer", "is refused when he decides on the old content", decideOnOldContent},
		{"reviewer", "approves; a double tap changes nothing", approveTwice},
		{"editor", "sees the outcome", seeOutcome},
	}
}

func invite(p *player) (string, error) {
	var inv api.InvitationOut
	if err := p.post(p.admin(), p.kept["brand"]+"/invitations", body{"note": "客户方 " + p.run, "max_uses": 3}, &inv); err != nil {
		return "", err
	}
	p.kept["invitation"] = p.kept["brand"] + "/invitations/" + inv.ID
	p.kept["link"] = inv.Link
	return fmt.Sprintf("a code, and the link %s…, for 3 people, until %s", inv.Link[:len(inv.Link)-20], inv.ExpiresAt.Format("2006-01-02")), nil
}

const phoneUA = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.60"

func openLink(p *player) (string, error) {
	path := pathOf(p.kept["link"])
	page, err := p.call(signed{}, http.MethodGet, path, nil, "User-Agent", phoneUA)
	if err != nil {
		return "", err
	}
	if err := page.read(http.StatusOK, nil); err != nil || !strings.Contains(string(page.body), "青禾茶饮") {
		return "", errors.Join(errors.New("the page does not name the brand"), err)
	}
	got, err := p.call(signed{}, http.MethodPost, path+"/link", nil, "User-Agent", phoneUA)
	if err != nil {
		return "", err
	}
	if err := got.read(http.StatusSeeOther, nil); err != nil {
		return "", err
	}
	return "the page names the brand; the button leads to " + got.headers.Get("Location"), nil
}

func lookAtInvitation(p *player) (string, error) {
	var s api.SceneOut
	if err := p.get(p.phone(), api.Base+"/scenes/"+p.kept["scene"], &s); err != nil {
		return "", err
	}
	if s.BrandName != "青禾茶饮" || s.Member || s.Request != nil || s.Post != nil {
		return "", fmt.Errorf("a stranger sees too much or too little: %+v", s)
	}
	return "invited by " + s.BrandName, nil
}

func askWithoutName(p *player) (string, error) {
	a, err := p.call(p.phone(), http.MethodPost, api.Base+"/person/access-requests", body{"token": p.kept["scene"]})
	if err != nil {
		return "", err
	}
	return "“Give your nickname first”", a.refused(http.StatusUnprocessableEntity, "nickname_required")
}

func ask(p *player) (string, error) { return askAs(p, "陈律师") }

// askAs asks to become a reviewer, under a nickname.
func askAs(p *player, nickname string) (string, error) {
	a, err := p.call(p.phone(), http.MethodPatch, api.Base+"/person", body{"nickname": nickname + " " + p.run})
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	var first, second api.RequestOut
	if err := p.post(p.phone(), api.Base+"/person/access-requests", body{"token": p.kept["scene"]}, &first); err != nil {
		return "", err
	}
	if err := p.post(p.phone(), api.Base+"/person/access-requests", body{"token": p.kept["scene"]}, &second); err != nil {
		return "", err
	}
	if first.ID != second.ID || first.State != "waiting" {
		return "", fmt.Errorf("asking twice must return the request that waits: %+v, %+v", first, second)
	}
	p.kept["request"] = first.ID
	return "the request waits; asking again returns the same one", nil
}

func admitReviewer(p *player) (string, error) { return admitAs(p, "法务陈律师") }

// admitAs admits whoever asked, and keeps his Member.
func admitAs(p *player, alias string) (string, error) {
	var list api.List[api.AccessRequestOut]
	if err := p.get(p.admin(), p.kept["brand"]+"/access-requests?state=waiting", &list); err != nil {
		return "", err
	}
	var found *api.AccessRequestOut
	for i := range list.Items {
		if list.Items[i].ID == p.kept["request"] {
			found = &list.Items[i]
		}
	}
	if found == nil {
		return "", errors.New("the admin does not see the request")
	}
	if err := p.post(p.admin(), p.kept["brand"]+"/access-requests/"+found.ID+"/admit", body{"alias": alias}, nil); err != nil {
		return "", err
	}
	var members api.List[api.MemberOut]
	if err := p.get(p.admin(), p.kept["brand"]+"/members?role=reviewer", &members); err != nil {
		return "", err
	}
	for _, m := range members.Items {
		if m.Nickname == found.Nickname {
			p.kept["member"] = m.ID
			return fmt.Sprintf("%q asked through the invitation of %s; admitted as %q", found.Nickname, found.InvitedBy, m.Name), nil
		}
	}
	return "", errors.New("the admitted reviewer is not a member")
}

func writeAndSubmit(p *player) (string, error) {
	post, err := p.write(p.editor(), "秋日新品：桂花乌龙", `<p>桂花乌龙，<strong>限时上市</strong>。</p><script>alert(1)</script><img onerror="alert(2)">`)
	if err != nil {
		return "", err
	}
	if html := post.Articles[0].Content.BodyHTML; strings.Contains(html, "script") || strings.Contains(html, "onerror") {
		return "", fmt.Errorf("unsafe HTML was kept: %s", html)
	}
	if err := p.post(p.editor(), p.kept["post"]+"/submit", body{}, &post); err != nil {
		return "", err
	}
	p.kept["old digest"] = post.Articles[0].Digest
	return fmt.Sprintf("%q is %s in %q; the script in its HTML is gone", post.Title, post.State, post.Articles[0].Review.FlowName), nil
}

func openTask(p *player) (string, error) {
	item, err := p.waiting(p.phone())
	if err != nil {
		return "", err
	}
	var t api.TaskOut
	if err := p.get(p.phone(), p.kept["task"], &t); err != nil {
		return "", err
	}
	p.kept["digest"] = t.Digest
	return fmt.Sprintf("%s · %s · step %d (%s): %s", item.BrandName, item.Title, item.StepPosition, item.Mode, t.Content.BodyHTML), nil
}

func rejectWithoutReason(p *player) (string, error) {
	a, err := p.call(p.phone(), http.MethodPost, p.kept["task"]+"/decision", body{"action": "reject", "digest": p.kept["digest"], "reason": "  "})
	if err != nil {
		return "", err
	}
	return "“A rejection needs a reason”", a.refused(http.StatusUnprocessableEntity, "reason_required")
}

func rejectKeepingFlow(p *player) (string, error) {
	var o api.OutcomeOut
	err := p.post(p.phone(), p.kept["task"]+"/decision", body{"action": "reject", "digest": p.kept["digest"], "reason": "“限时”需写明截止日期。", "keep_flow": true}, &o)
	if err == nil && o.Post != "rejected" {
		err = fmt.Errorf("the post is %s", o.Post)
	}
	return fmt.Sprintf("review %s, post %s", o.Review, o.Post), err
}

func correct(p *player) (string, error) {
	var post api.PostDetail
	if err := p.get(p.editor(), p.kept["post"], &post); err != nil {
		return "", err
	}
	art := post.Articles[0]
	d := art.Review.Steps[0].Decisions[0]
	if !art.KeptFlow || d.Name != "法务陈律师" {
		return "", fmt.Errorf("the flow was not kept, or the decision has another name: %+v", d)
	}
	a, err := p.call(p.editor(), http.MethodPut, p.kept["post"]+"/articles/"+art.ID, body{
		"title": art.Content.Title, "body_html": "<p>桂花乌龙，<strong>10 月 31 日前上市</strong>。</p>",
	}, "If-Match", fmt.Sprintf("%q", fmt.Sprint(art.Version)))
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	if err := p.post(p.editor(), p.kept["post"]+"/submit", body{}, &post); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s wrote %q; version %d is in round %d of the same flow", d.Name, d.Reason, post.Articles[0].RevisionNumber, post.Articles[0].Review.Round), nil
}

func decideOnOldContent(p *player) (string, error) {
	if _, err := p.waiting(p.phone()); err != nil {
		return "", err
	}
	a, err := p.call(p.phone(), http.MethodPost, p.kept["task"]+"/decision", body{"action": "approve", "digest": p.kept["old digest"]})
	if err != nil {
		return "", err
	}
	return "“The content was updated”, with the new digest", a.refused(http.StatusConflict, "content_changed")
}

func approveTwice(p *player) (string, error) {
	var t api.TaskOut
	if err := p.get(p.phone(), p.kept["task"], &t); err != nil {
		return "", err
	}
	key := []string{"Idempotency-Key", "double-tap-" + strings.ReplaceAll(p.run, ".", "")}
	var outs [2]api.OutcomeOut
	for i := range outs {
		a, err := p.call(p.phone(), http.MethodPost, p.kept["task"]+"/decision", body{"action": "approve", "digest": t.Digest}, key...)
		if err != nil {
			return "", err
		}
		if err := a.read(http.StatusOK, &outs[i]); err != nil {
			return "", err
		}
	}
	if outs[0] != outs[1] || outs[0].Post != "approved" {
		return "", fmt.Errorf("two taps, two answers: %+v", outs)
	}
	return fmt.Sprintf("review %s, post %s, twice the same answer", outs[0].Review, outs[0].Post), nil
}

func seeOutcome(p *player) (string, error) {
	var post api.PostDetail
	if err := p.get(p.editor(), p.kept["post"], &post); err != nil {
		return "", err
	}
	if post.State != "approved" || !post.Publishable {
		return "", fmt.Errorf("the post is %s, publishable: %t", post.State, post.Publishable)
	}
	d := post.Articles[0].Review.Steps[0].Decisions[0]
	return fmt.Sprintf("%s by %s over %s; publishable", post.State, d.Name, d.Via), nil
}
