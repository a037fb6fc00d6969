package model

// aiRuleRows are the rows of AI review, which has no number in the product's rules: it
// stands behind them.
func aiRuleRows() []RuleRow {
	const n = 21
	return []RuleRow{
		{
			n, "What AI review finds is advice", "智能审核的结果只是建议", nil,
			[]string{"admin sets ai_review on", "author edits saying 全网最低价", "author submits"},
			"ok",
			[]string{"post in_review", "admin open"},
		},
		{
			n, "… unless the brand lets the rule block", "品牌可将规则设为拦截", nil,
			[]string{"admin sets ai_review on", "admin sets blocking ad-law.superlative", "author edits saying 全网最低价", "author submits"},
			"content_blocked",
			[]string{"post draft", "gate closed"},
		},
		{
			n, "A hidden word blocks as well", "变形写法同样拦截", nil,
			[]string{"admin sets ai_review on", "admin sets blocking ad-law.superlative", "author edits saying 全·網·最·低·價", "author submits"},
			"content_blocked",
			[]string{"post draft"},
		},
		{
			n, "The corrected text passes", "修改后即可提交", nil,
			[]string{"admin sets ai_review on", "admin sets blocking ad-law.superlative", "author edits saying 全网最低价", "author edits", "author submits"},
			"ok",
			[]string{"post in_review"},
		},
		{n, "Another rule does not block", "未设为拦截的规则不拦截", nil, []string{"admin sets ai_review on", "admin sets blocking claim.medical", "author edits saying 全网最低价", "author submits"}, "ok", nil},
		{
			n, "A source that has not answered blocks nothing", "来源未返回结果时不拦截", nil,
			[]string{"admin sets ai_review on", "admin sets blocking wechat.risky", "author edits saying 违禁", "author submits"},
			"ok",
			[]string{"post in_review"},
		},
		{
			n, "Nothing is looked at where the channel has it off", "未开启的社媒账号不审核", nil,
			[]string{"admin sets blocking ad-law.superlative", "author edits saying 全网最低价", "author submits"},
			"ok",
			[]string{"post in_review"},
		},
		{
			n, "A clean report approves nothing", "智能审核不能代替审批", nil,
			[]string{"admin sets ai_review on", "author edits", "author submits"},
			"ok",
			[]string{"post in_review", "admin open", "gate closed"},
		},
		{n, "Only rules that there are may block", "只能选用已有的规则", nil, []string{"admin sets blocking no-such-rule"}, "invalid_request", nil},
	}
}
