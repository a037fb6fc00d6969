package model

// RuleRow is one line of the product's rules as a case that is played: docs/rules.md is
// printed from these rows, and a test plays each of them through the public API on both
// databases. The rows are sentences of a small language:
//
// Flow says whom the Articles of a WeChat post are sent to, one flow for each Article,
// its steps in order: "any(a,b) all(c)", "none" (no approval), "default"; without a flow
// the platform's default runs, which asks the admin. "on weibo" is a post on a platform
// that was never set up. The cast: admin and author are staff of the Brand, so is c; a
// and b are reviewers with WeChat and nothing else; stranger is nobody's member.
//
// Acts are done in order, each as "who does what"; all but the last one succeed. Then is
// what the last act answers, "ok" or a code. After is what holds in the end, as
// "thing value": "post approved", "article 2 draft", "step 1 blocked", "a settled",
// "gate closed". The rows of publishing by scanning have words of their own, see scanRules.
type RuleRow struct {
	Rule   int // number in the product's rules
	En, Zh string
	Flow   []string
	Acts   []string
	Then   string
	After  []string
}

// RuleTitle names a rule's chapter.
type RuleTitle struct {
	From, To int
	En, Zh   string
}

// RuleTitles are the chapters of the table.
func RuleTitles() []RuleTitle {
	return []RuleTitle{
		{6, 10, "Flows", "审批流程"},
		{11, 14, "Deciding", "审批"},
		{15, 15, "The publish gate", "发布关口"},
		{16, 20, "Publishing by scanning", "扫码发布"},
		{21, 21, "AI review", "AI 智能审核"},
	}
}

// Rules is the whole table, in the rules' order.
func Rules() []RuleRow {
	var all []RuleRow
	for _, part := range [][]RuleRow{flowRules(), choiceRules(), approverRules(), answerRules(), personRules(), contentRules(), undoRules(), onceRules(), gateRules(), scanRules(), aiRuleRows()} {
		all = append(all, part...)
	}
	return all
}

func one(flow string) []string { return []string{flow} }
