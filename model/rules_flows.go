package model

// flowRules are the rows of rule 6.
func flowRules() []RuleRow {
	return []RuleRow{
		{6, "A flow needs a step", "流程至少有一个步骤", nil, []string{"admin creates flow"}, "invalid_request", nil},
		{6, "A step needs an approver", "步骤至少有一个审批人", nil, []string{"admin creates flow any()"}, "invalid_request", nil},
		{6, "Nobody is asked twice in a step", "同一步骤不可重复选人", nil, []string{"admin creates flow all(a,a)"}, "invalid_request", nil},
		{6, "Approvers are members", "审批人必须是成员", nil, []string{"admin creates flow any(stranger)"}, "approver_unknown", nil},
		{6, "Only an admin makes flows", "仅管理员可创建流程", nil, []string{"author creates flow any(a)"}, "forbidden", nil},
		{
			6, "A running review keeps its version", "进行中的审批沿用旧版本", one("any(a)"),
			[]string{"author submits", "admin edits flow any(b)", "a approves"},
			"ok",
			[]string{"post approved", "gate open"},
		},
		{
			6, "The next submit runs the newest version", "下次提交使用最新版本", one("any(a)"),
			[]string{"author submits", "author withdraws", "admin edits flow any(b)", "author submits"},
			"ok",
			[]string{"b open", "a cancelled"},
		},
		{
			6, "Archiving a flow leaves running reviews alone", "归档不影响进行中的审批", one("any(a)"),
			[]string{"author submits", "admin archives flow", "a approves"},
			"ok",
			[]string{"post approved"},
		},
		{6, "A default is archived only with a new default", "归档默认流程须指定新默认", nil, []string{"admin archives default"}, "flow_is_default", nil},
		{6, "… which may be no approval", "新默认可以是无需审批", nil, []string{"admin archives default for none", "author submits"}, "ok", []string{"post approved", "gate open"}},
		{6, "… or another flow that fits", "或另一个适用的流程", nil, []string{"admin archives default for any(a)", "author submits"}, "ok", []string{"a open"}},
	}
}

// choiceRules are the rows of rules 7 and 8.
func choiceRules() []RuleRow {
	return []RuleRow{
		{7, "Without a choice the platform's default runs", "未选择时使用平台默认流程", nil, []string{"author submits"}, "ok", []string{"post in_review", "admin open"}},
		{7, "The author's choice runs when changing is allowed", "允许更换时按作者选择", one("any(a)"), []string{"author submits"}, "ok", []string{"a open"}},
		{7, "… and is refused when it is not", "关闭更换后只能用默认流程", one("any(a)"), []string{"admin sets allow_change off", "author submits"}, "flow_change_forbidden", []string{"post draft"}},
		{7, "Naming the default is no change", "选择默认流程不算更换", one("default"), []string{"admin sets allow_change off", "author submits"}, "ok", []string{"admin open"}},
		{7, "No approval must be allowed", "“无需审批”须在允许之列", one("none"), []string{"author submits"}, "no_approval_forbidden", []string{"post draft"}},
		{7, "… and then needs none", "允许后可选“无需审批”", one("none"), []string{"admin sets allow_none on", "author submits"}, "ok", []string{"post approved", "gate open"}},
		{7, "… or is the default", "默认即为“无需审批”", nil, []string{"admin sets default none", "author submits"}, "ok", []string{"post approved", "gate open"}},
		{7, "A platform without a default submits nothing", "未设默认流程不可提交", one("on weibo"), []string{"author submits"}, "flow_not_set", []string{"post draft"}},
		{7, "A flow for another platform is refused", "流程不适用于该平台", one("weibo any(a)"), []string{"author submits"}, "flow_does_not_fit", []string{"post draft"}},
		{7, "An archived flow is refused", "已归档的流程不可使用", one("any(a)"), []string{"admin archives flow", "author submits"}, "flow_archived", []string{"post draft"}},
		{
			8, "Each article has its own flow", "多篇文章各走各的流程",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves"},
			"ok",
			[]string{"article 1 approved", "article 2 in_review", "post in_review", "gate closed"},
		},
		{
			8, "The post is approved when every article is", "全部文章通过，帖子才通过",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves", "b approves"},
			"ok",
			[]string{"post approved", "gate open"},
		},
		{
			8, "One rejected article rejects the post", "一篇驳回，帖子即驳回",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves", "b rejects"},
			"ok",
			[]string{"article 1 approved", "article 2 rejected", "post rejected", "gate closed"},
		},
	}
}

// approverRules are the rows of rules 9 and 10.
func approverRules() []RuleRow {
	return []RuleRow{
		{9, "An author does not approve his own post", "作者不能审批自己的帖子", one("any(author)"), []string{"author submits"}, "author_is_approver", []string{"post draft"}},
		{9, "… unless the brand allows it", "品牌允许时例外", one("any(author)"), []string{"admin sets self_approval on", "author submits", "author approves"}, "ok", []string{"post approved"}},
		{9, "… nor takes another's place", "也不能顶替他人", one("any(a)"), []string{"author submits", "admin replaces a by author"}, "author_is_approver", []string{"a open"}},
		{9, "… nor is handed a turn", "也不能接受转交", one("any(a)"), []string{"author submits", "a hands on to author"}, "author_is_approver", []string{"a open"}},
		{
			10, "A step that loses its last approver is blocked", "失去全部审批人的步骤受阻", one("any(a)"),
			[]string{"author submits", "admin removes a"},
			"ok",
			[]string{"step 1 blocked", "post in_review", "gate closed"},
		},
		{10, "… and goes on while one is left", "仍有审批人则继续", one("any(a,b)"), []string{"author submits", "admin removes a", "b approves"}, "ok", []string{"post approved"}},
		{10, "Removing one of all asks the rest", "会签移除一人后由其余人决定", one("all(a,b)"), []string{"author submits", "admin removes a", "b approves"}, "ok", []string{"post approved"}},
		{10, "A blocked step opens when an approver is named", "指定新审批人后恢复", one("any(a)"), []string{"author submits", "admin removes a", "admin seats b", "b approves"}, "ok", []string{"post approved", "gate open"}},
		{10, "A blocked step can be withdrawn", "受阻时可撤回", one("any(a)"), []string{"author submits", "admin removes a", "author withdraws"}, "ok", []string{"post draft", "gate closed"}},
		{
			10, "A step that opens without approvers is blocked", "轮到时已无审批人即受阻", one("any(a) any(b)"),
			[]string{"author submits", "admin removes b", "a approves"},
			"ok",
			[]string{"step 1 approved", "step 2 blocked", "post in_review", "gate closed"},
		},
		{10, "A submit that nobody can answer is refused", "无人可审批时不可提交", one("any(a)"), []string{"admin removes a", "author submits"}, "step_without_approvers", []string{"post draft"}},
		{10, "An approver is replaced before he answers", "可更换尚未表态的审批人", one("any(a)"), []string{"author submits", "admin replaces a by b", "b approves"}, "ok", []string{"a cancelled", "post approved"}},
		{10, "… not after", "已表态者不可更换", one("all(a,b)"), []string{"author submits", "a approves", "admin replaces a by c"}, "already_decided", []string{"a approved"}},
	}
}
