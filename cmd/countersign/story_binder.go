package main

import (
	"errors"
	"fmt"
	"net/http"

	"countersign/api"
)

// binderStory: a brand user binds his own WeChat and then approves on the phone.
func binderStory() story {
	return story{
		{"editor", "signs in to the console", startUnbound},
		{"editor", "asks to bind his WeChat", askToBind},
		{"editor", "scans the code with WeChat", func(p *player) (string, error) { return p.scan(p.editor(), api.Base+"/me/wechat-binding/code.png") }},
		{"editor", "logs in on the phone", (*player).wxLogin},
		{"editor", "sees whose account asks before he confirms", seeAccount},
		{"editor", "confirms on the phone", confirmBinding},
		{"stranger", "cannot use the same code again", reuseCode},
		{"admin", "signs in and makes a flow that asks the editor", adminFlow},
		{"admin", "writes an article and submits it", adminSubmits},
		{"editor", "finds it on the phone and approves", approveOnPhone},
		{"admin", "sees who approved, and where", adminSees},
		{"editor", "unbinds; the phone shows nothing any more", unbindStep},
	}
}

func startUnbound(p *player) (string, error) {
	seen, err := p.signIn("editor", demoEditor)
	if err != nil {
		return "", err
	}
	a, err := p.call(p.editor(), http.MethodDelete, api.Base+"/me/wechat-binding", nil) // left by an earlier telling
	if err != nil || (a.status != http.StatusNoContent && a.status != http.StatusNotFound) {
		return "", errors.Join(fmt.Errorf("unbinding answered %d", a.status), err)
	}
	return seen, nil
}

func askToBind(p *player) (string, error) {
	var b api.BindingOut
	if err := p.post(p.editor(), api.Base+"/me/wechat-binding", nil, &b); err != nil {
		return "", err
	}
	if b.Pending == nil {
		return "", errors.New("no code waits")
	}
	return "a code until " + b.Pending.ExpiresAt.Format("15:04:05Z") + ", for this browser only", nil
}

func seeAccount(p *player) (string, error) {
	var s api.SceneOut
	if err := p.get(p.phone(), api.Base+"/scenes/"+p.kept["scene"], &s); err != nil {
		return "", err
	}
	if s.Kind != "binding" || s.Account == "" {
		return "", fmt.Errorf("not a binding: %+v", s)
	}
	return s.Account, nil
}

func confirmBinding(p *player) (string, error) {
	a, err := p.call(p.phone(), http.MethodPatch, api.Base+"/person", body{"nickname": "一帆"})
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	var me api.PersonOut
	if err := p.post(p.phone(), api.Base+"/person/bindings", body{"token": p.kept["scene"]}, &me); err != nil {
		return "", err
	}
	if !me.Bound || len(me.Brands) == 0 {
		return "", fmt.Errorf("not bound: %+v", me)
	}
	return fmt.Sprintf("bound to %s; the phone now shows %s as %s", me.Account, me.Brands[0].Name, me.Brands[0].Role), nil
}

func reuseCode(p *player) (string, error) {
	mine := p.kept["openid"]
	p.kept["openid"] = ""
	if _, err := p.wxLogin(); err != nil {
		return "", err
	}
	a, err := p.call(p.phone(), http.MethodPost, api.Base+"/person/bindings", body{"token": p.kept["scene"]})
	if err != nil {
		return "", err
	}
	if err := a.refused(http.StatusNotFound, "code_ended"); err != nil {
		return "", err
	}
	p.kept["openid"] = mine
	_, err = p.wxLogin()
	return "“This code is no longer valid”", err
}

func adminFlow(p *player) (string, error) {
	if _, err := p.signIn("admin", demoAdmin); err != nil {
		return "", err
	}
	return p.flow("编辑复核", p.kept["editor.member"])
}

func adminSubmits(p *player) (string, error) {
	post, err := p.write(p.admin(), "门店公告", "<p>国庆期间营业时间调整。</p>")
	if err != nil {
		return "", err
	}
	err = p.post(p.admin(), p.kept["post"]+"/submit", body{}, &post)
	return fmt.Sprintf("%q is %s", post.Title, post.State), err
}

func approveOnPhone(p *player) (string, error) {
	item, err := p.waiting(p.phone())
	if err != nil {
		return "", err
	}
	var o api.OutcomeOut
	err = p.post(p.phone(), p.kept["task"]+"/decision", body{"action": "approve", "digest": item.Digest}, &o)
	return fmt.Sprintf("%q: post %s", item.Title, o.Post), err
}

func adminSees(p *player) (string, error) {
	var post api.PostDetail
	if err := p.get(p.admin(), p.kept["post"], &post); err != nil {
		return "", err
	}
	d := post.Articles[0].Review.Steps[0].Decisions[0]
	if d.Name != "周一帆" || d.Via != "mini_program" || !post.Publishable {
		return "", fmt.Errorf("the decision is not his, or not from the phone: %+v", d)
	}
	return fmt.Sprintf("approved by %s over %s", d.Name, d.Via), nil
}

func unbindStep(p *player) (string, error) {
	a, err := p.call(p.editor(), http.MethodDelete, api.Base+"/me/wechat-binding", nil)
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusNoContent, nil); err != nil {
		return "", err
	}
	var list api.List[api.InboxItem]
	if err := p.get(p.phone(), api.Base+"/inbox?show=all", &list); err != nil {
		return "", err
	}
	if len(list.Items) > 0 {
		return "", errors.New("the phone still shows the brand's tasks")
	}
	return "on the very next request", nil
}
