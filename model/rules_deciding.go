package model

// answerRules are the rows of rules 11 and 12.
func answerRules() []RuleRow {
	return []RuleRow{
		{11, "any: the first approval settles the step", "或签：一人通过即通过", one("any(a,b)"), []string{"author submits", "a approves"}, "ok", []string{"b settled", "post approved", "gate open"}},
		{11, "any: the first rejection settles it too", "或签：一人驳回即驳回", one("any(a,b)"), []string{"author submits", "b rejects"}, "ok", []string{"a settled", "post rejected"}},
		{11, "The others are told by whom and when", "其余人得知由谁何时处理", one("any(a,b)"), []string{"author submits", "a approves", "b rejects"}, "already_decided", []string{"post approved"}},
		{11, "all: one approval is not enough", "会签：一人通过不够", one("all(a,b)"), []string{"author submits", "a approves"}, "ok", []string{"a approved", "b open", "post in_review", "gate closed"}},
		{11, "all: everyone must approve", "会签：须全部通过", one("all(a,b)"), []string{"author submits", "a approves", "b approves"}, "ok", []string{"post approved", "gate open"}},
		{11, "all: one rejection rejects at once", "会签：一人驳回即驳回", one("all(a,b,c)"), []string{"author submits", "a approves", "b rejects"}, "ok", []string{"c settled", "post rejected"}},
		{11, "Steps go in order", "步骤依次进行", one("any(a) all(b,c)"), []string{"author submits", "a approves"}, "ok", []string{"step 1 approved", "step 2 open", "b open", "c open"}},
		{11, "Nobody answers before his step", "未轮到的步骤不能审批", one("any(a) any(b)"), []string{"author submits", "b approves"}, "not_your_turn", []string{"step 1 open"}},
		{11, "A rejection ends the later steps", "驳回后后续步骤取消", one("any(a) any(b)"), []string{"author submits", "a rejects"}, "ok", []string{"step 2 cancelled", "b cancelled", "post rejected"}},
		{12, "A rejection needs a reason", "驳回必须填写原因", one("any(a)"), []string{"author submits", "a rejects saying nothing"}, "reason_required", []string{"a open"}},
		{12, "… that can be seen", "原因须为可见文字", one("any(a)"), []string{"author submits", "a rejects saying blanks"}, "reason_required", []string{"a open"}},
		{12, "… of at most 1000 characters", "原因不超过 1000 字", one("any(a)"), []string{"author submits", "a rejects saying 1001 characters"}, "invalid_request", []string{"a open"}},
		{
			12, "keep_flow runs the same version again from step 1", "保留流程：同一版本从头再审", one("any(a) any(b)"),
			[]string{"author submits", "a approves", "b rejects keeping", "admin edits flow any(c)", "author submits"},
			"ok",
			[]string{"a open", "step 1 open", "step 2 waiting"},
		},
		{12, "… also when that submit was withdrawn", "再次提交后撤回亦然", one("any(a)"), []string{"author submits", "a rejects keeping", "author submits", "author withdraws", "admin edits flow any(b)", "author submits"}, "ok", []string{"a open"}},
		{12, "… also when the flow was archived", "流程归档后亦然", one("any(a)"), []string{"author submits", "a rejects keeping", "admin archives flow", "author submits"}, "ok", []string{"a open"}},
		{12, "Otherwise the next submit takes today's default", "不保留：下次提交用当前默认流程", one("any(a)"), []string{"author submits", "a rejects", "author submits"}, "ok", []string{"admin open"}},
	}
}

// personRules are rows of rule 11 about who answers: one human being, one vote.
func personRules() []RuleRow {
	return []RuleRow{
		{11, "A turn is handed on", "审批任务可转交", one("any(a)"), []string{"author submits", "a hands on to c", "c approves"}, "ok", []string{"a cancelled", "post approved", "gate open"}},
		{11, "… and is gone for who handed it on", "转交后本人不能再审批", one("any(a)"), []string{"author submits", "a hands on to c", "a approves"}, "task_cancelled", []string{"c open"}},
		{11, "… not to somebody who has a turn in the step", "不能转交给同一步骤的人", one("all(a,c)"), []string{"author submits", "a hands on to c"}, "approver_asked_already", []string{"a open", "c open"}},
		{11, "… and by a reviewer not to a reviewer whom he does not see", "审批人不能转交给看不到的审批人", one("any(a)"), []string{"author submits", "a hands on to b"}, "approver_unknown", []string{"a open"}},
		{11, "A deputy answers in the approver's place", "代理人可代为审批", one("any(a)"), []string{"a names c deputy", "author submits", "c approves for a"}, "ok", []string{"a approved", "post approved", "gate open"}},
		{11, "… during his period only", "仅在代理期间", one("any(a)"), []string{"a names c deputy", "author submits", "8 days pass", "c approves for a"}, "not_found", []string{"a open"}},
		{11, "… and not when he has a vote of his own", "自己有票时不能代审", one("all(a,c)"), []string{"a names c deputy", "author submits", "c approves for a"}, "one_vote_per_person", []string{"a open", "c open"}},
		{11, "… nor twice in a step", "一个步骤只能代审一次", one("all(a,b)"), []string{"a names c deputy", "b names c deputy", "author submits", "c approves for a", "c approves for b"}, "one_vote_per_person", []string{"a approved", "b open"}},
		{11, "… nor for his own work", "不能代审自己的内容", one("any(a)"), []string{"a names author deputy", "author submits", "author approves for a"}, "author_is_approver", []string{"a open"}},
		{11, "Who binds his WeChat after the submit, and then holds two turns in a step, has one vote", "提交后绑定微信、因此有两项任务的人只有一票", one("all(a,c)"), []string{"author submits", "a binds to c", "a approves", "c approves"}, "one_vote_per_person", []string{"a approved", "c open", "gate closed"}},
		{11, "… also when he has answered before", "绑定前已表态者亦然", one("all(a,c)"), []string{"author submits", "a approves", "a binds to c", "c rejects"}, "one_vote_per_person", []string{"a approved", "c open", "gate closed"}},
		{11, "… and hands the other turn on", "另一项任务可转交", one("all(a,c)"), []string{"author submits", "a approves", "a binds to c", "c hands on to b", "b approves"}, "ok", []string{"c cancelled", "post approved", "gate open"}},
		{11, "Approvers are urged at most once an hour", "每小时最多催办一次", one("any(a)"), []string{"author submits", "author urges", "author urges"}, "urged_recently", nil},
		{11, "… and again after an hour", "一小时后可再次催办", one("any(a)"), []string{"author submits", "author urges", "61 minutes pass", "author urges"}, "ok", nil},
		{11, "… while somebody is asked", "有人待审批时才可催办", one("any(a)"), []string{"author submits", "a approves", "author urges"}, "nobody_to_urge", nil},
	}
}

// contentRules are the rows of rule 13.
func contentRules() []RuleRow {
	return []RuleRow{
		{
			13, "A decision on content that has moved is refused", "内容已变，意见作废", one("any(a)"),
			[]string{"author submits", "author withdraws", "author edits", "author submits", "a approves what he saw first"},
			"content_changed",
			[]string{"a open", "gate closed"},
		},
		{13, "Content is locked while in review", "审批中内容锁定", one("any(a)"), []string{"author submits", "author edits"}, "content_locked", []string{"post in_review"}},
		{13, "… and opens by a withdrawal, which cancels the turns", "撤回后可编辑，任务取消", one("any(a)"), []string{"author submits", "author withdraws", "author edits"}, "ok", []string{"post draft", "a cancelled"}},
		{13, "Editing after approval voids the approval", "通过后编辑即失效", one("any(a)"), []string{"author submits", "a approves", "author edits"}, "ok", []string{"post draft", "gate closed"}},
		{13, "… for good: the old bytes do not bring it back", "改回原内容也不恢复", one("any(a)"), []string{"author submits", "a approves", "author edits", "author restores"}, "ok", []string{"post draft", "gate closed"}},
		{
			13, "… of that article only", "仅该篇失效",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves", "b approves", "author edits article 2"},
			"ok",
			[]string{"article 1 approved", "article 2 draft", "gate closed"},
		},
		{
			13, "… and one new round opens the gate again", "重新通过后恢复",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves", "b approves", "author edits article 2", "author submits", "b approves"},
			"ok",
			[]string{"post approved", "gate open"},
		},
		{13, "Saving the same content voids nothing", "内容未变不失效", one("any(a)"), []string{"author submits", "a approves", "author saves the same"}, "ok", []string{"post approved", "gate open"}},
		{13, "A changed time alone voids nothing", "仅改时间不失效", one("any(a)"), []string{"author submits", "a approves", "author reschedules"}, "ok", []string{"post approved", "gate open"}},
		{
			13, "A new order voids the approval of the article that leads now", "调整顺序后，新的首篇须重新审批",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves", "b approves", "author reorders"},
			"ok",
			[]string{"article 1 approved", "article 2 draft", "gate closed"},
		},
		{13, "… and is locked while any article is in review", "任一篇审批中则锁定顺序", []string{"any(a)", "any(b)"}, []string{"author submits", "a approves", "author reorders"}, "content_locked", []string{"article 1 approved"}},
	}
}

// undoRules are rows of rule 14 about taking an answer back.
func undoRules() []RuleRow {
	return []RuleRow{
		{14, "An answer is taken back within 5 minutes", "5 分钟内可撤销意见", one("any(a,b)"), []string{"author submits", "a approves", "a undoes"}, "ok", []string{"a open", "b open", "post in_review", "gate closed"}},
		{14, "… also a rejection", "驳回也可撤销", one("any(a) any(b)"), []string{"author submits", "a rejects", "a undoes"}, "ok", []string{"a open", "step 2 waiting", "post in_review"}},
		{14, "… and given anew", "撤销后可重新表态", one("any(a)"), []string{"author submits", "a rejects", "a undoes", "a approves"}, "ok", []string{"post approved", "gate open"}},
		{14, "… not later", "超时不可撤销", one("any(a)"), []string{"author submits", "a approves", "6 minutes pass", "a undoes"}, "undo_too_late", []string{"post approved"}},
		{14, "… nor when the next step has acted", "下一步已处理则不可撤销", one("any(a) all(b,c)"), []string{"author submits", "a approves", "b approves", "a undoes"}, "undo_too_late", []string{"step 2 open"}},
		{14, "… nor when the content has moved", "内容已改则不可撤销", one("any(a)"), []string{"author submits", "a approves", "author edits", "a undoes"}, "undo_too_late", []string{"post draft"}},
		{
			14, "… nor when a new order has voided the approval", "顺序调整使审批失效后不可撤销",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a approves", "b approves", "author reorders", "b undoes"},
			"undo_too_late",
			[]string{"article 2 draft", "gate closed"},
		},
		{
			14, "… nor when a new order asks the leading article to be reviewed anew", "顺序调整后，首篇的意见不可撤销",
			[]string{"any(a)", "any(b)"},
			[]string{"author submits", "a rejects", "b rejects", "author reorders", "b undoes"},
			"undo_too_late",
			[]string{"article 2 rejected", "gate closed"},
		},
		{14, "One of all takes his approval back while the step is open", "会签未结束时可撤销", one("all(a,b)"), []string{"author submits", "a approves", "a undoes"}, "ok", []string{"a open", "b open"}},
		{14, "… not once somebody else has rejected", "他人驳回后不可撤销", one("all(a,b)"), []string{"author submits", "a approves", "b rejects", "a undoes"}, "undo_too_late", []string{"post rejected"}},
		{14, "Nobody undoes another's answer", "不能撤销他人的意见", one("any(a,b)"), []string{"author submits", "a approves", "b undoes"}, "nothing_to_undo", []string{"post approved"}},
	}
}

// onceRules are the rows of rule 14.
func onceRules() []RuleRow {
	return []RuleRow{
		{14, "Two answers at once: one counts, the other is told", "同时表态：一个生效，另一个得知", one("any(a,b)"), []string{"author submits", "a and b approve at once"}, "already_decided", []string{"post approved"}},
		{14, "The same key again returns the first answer", "同一请求键返回首次结果", one("any(a,b)"), []string{"author submits", "a approves under key 1", "a approves under key 1"}, "ok", []string{"post approved"}},
		{14, "The same key with another body is refused", "同一请求键不同内容被拒", one("any(a,b)"), []string{"author submits", "a approves under key 1", "a rejects under key 1"}, "idempotency_key_reused", []string{"post approved"}},
		{14, "A second answer is refused", "不能重复表态", one("any(a)"), []string{"author submits", "a approves", "a rejects"}, "already_decided", []string{"post approved"}},
	}
}

// gateRules are the rows of rule 15.
func gateRules() []RuleRow {
	return []RuleRow{
		{15, "A draft is not published", "草稿不可发布", nil, []string{"author looks"}, "ok", []string{"post draft", "gate closed"}},
		{15, "Nor what is in review", "审批中不可发布", one("all(a,b)"), []string{"author submits", "b approves"}, "ok", []string{"gate closed"}},
		{15, "A stored “approved” without decisions opens nothing", "仅有状态没有意见不放行", one("any(a)"), []string{"author submits", "somebody writes approved into the database"}, "ok", []string{"gate closed"}},
		{15, "Changed bytes under an approval close the gate", "字节被改则关闭", one("any(a)"), []string{"author submits", "a approves", "somebody changes the bytes in the database"}, "ok", []string{"gate closed"}},
		{15, "A cancelled post is not published", "已取消不可发布", one("any(a)"), []string{"author submits", "a approves", "author cancels"}, "ok", []string{"post cancelled", "gate closed"}},
		{15, "An answer taken back closes it", "撤销意见后关闭", one("any(a)"), []string{"author submits", "a approves", "a undoes"}, "ok", []string{"gate closed"}},
	}
}
