package model

import "slices"

// Severity is how grave a Finding is.
type Severity string

// The severities, the mildest first.
const (
	SeverityInfo  Severity = "info"
	SeverityWarn  Severity = "warn"
	SeverityError Severity = "error"
)

// Severities are all of them, the gravest first.
func Severities() []Severity { return []Severity{SeverityError, SeverityWarn, SeverityInfo} }

// Known tells whether it is one of the three.
func (s Severity) Known() bool { return slices.Contains(Severities(), s) }

// FindingSource is who found something.
type FindingSource string

// The sources of an AI report, in the order in which they are asked.
const (
	SourceLocal  FindingSource = "local"  // rules of our own: no network
	SourceWeChat FindingSource = "wechat" // WeChat's text check
	SourceModel  FindingSource = "model"  // any model that speaks as OpenAI's do
)

// ReviewText is one field of a content as people read it: a body without its tags.
type ReviewText struct {
	Field string // "title", "body_html", "hashtags[2]": its JSON path in a content
	Text  string
}

// Finding is one thing that a source has found in an Article. Start and End are offsets in
// characters (runes) of its field as people read it; those of body_html count in its plain
// text, in which blocks are parted by a line feed and pictures are nothing.
type Finding struct {
	Rule       string        `json:"rule"` // id of an AIRule
	Severity   Severity      `json:"severity"`
	Source     FindingSource `json:"source"`
	Field      string        `json:"field"`
	Start      int           `json:"start"`
	End        int           `json:"end"`
	Quote      string        `json:"quote"`                // the text between them, its first MaxFindingQuote characters
	Reason     string        `json:"reason,omitempty"`     // a key of the message catalogues; "" for the rule's own
	Words      string        `json:"words,omitempty"`      // why, in the words of a model or of the brand; plain text
	Suggestion string        `json:"suggestion,omitempty"` // what to write instead, "" for the advice of the rule
}

// Limits of what is told of a Finding, in characters.
const (
	MaxFindingQuote = 100
	MaxFindingWords = 300
)

// At is a Finding in a field's text, between two offsets.
func (f Finding) At(field string, runes []rune, start, end int) Finding {
	f.Field, f.Start, f.End = field, start, end
	f.Quote = string(runes[start:min(end, start+MaxFindingQuote)])
	return f
}

// AIRule is a row of the table of what the sources look for. A Brand chooses from it what
// blocks a submit (Brand.BlockingRules); what the others find is advice.
type AIRule struct {
	ID       string
	Source   FindingSource
	Severity Severity // the usual one; an entry of a list may have another
	Zh, En   string
}

// Ids of rules that code names.
const (
	RuleTitleLength = "platform.title-length"
	RuleHashtags    = "platform.hashtags"
	RuleLink        = "platform.link"
	RuleContact     = "platform.contact"
	RuleWeChatRisky = "wechat.risky"
	RuleWeChatDoubt = "wechat.review"
	RuleModelOther  = "model.other"

	brandRules = "brand-words."
	modelRules = "model."
)

// BrandRule is the rule of a Brand's own words of a severity.
func BrandRule(s Severity) string { return brandRules + string(s) }

// RuleNamed is the rule that a model names; one that we do not know is RuleModelOther.
func RuleNamed(name string) string {
	if r, known := AIRuleByID(modelRules + name); known {
		return r.ID
	}
	if r, known := AIRuleByID(name); known && r.Source == SourceModel {
		return r.ID
	}
	return RuleModelOther
}

// AIRules is the table; a new rule is a row here and a text in each catalogue.
func AIRules() []AIRule {
	return []AIRule{
		{"ad-law.superlative", SourceLocal, SeverityError, "绝对化用语", "Superlatives that the Advertising Law forbids"},
		{"ad-law.authority", SourceLocal, SeverityError, "借国家机关或其人员之名", "In the name of state organs or their staff"},
		{"ad-law.pressure", SourceLocal, SeverityInfo, "夸大的紧迫感", "Exaggerated urgency"},
		{"claim.medical", SourceLocal, SeverityError, "医疗与保健功效承诺", "Promises of cures and health effects"},
		{"claim.finance", SourceLocal, SeverityError, "收益与保本承诺", "Promises of returns and safe capital"},
		{"traffic.diversion", SourceLocal, SeverityWarn, "站外引流", "Leading readers off the platform"},
		{RuleTitleLength, SourceLocal, SeverityInfo, "标题过长", "Title longer than the platform shows"},
		{RuleHashtags, SourceLocal, SeverityInfo, "话题过多", "More hashtags than work well"},
		{RuleLink, SourceLocal, SeverityInfo, "链接无法点击", "A link that cannot be tapped there"},
		{RuleContact, SourceLocal, SeverityWarn, "联系方式", "Contact details"},
		{BrandRule(SeverityError), SourceLocal, SeverityError, "品牌词库：禁用", "The brand's own words: forbidden"},
		{BrandRule(SeverityWarn), SourceLocal, SeverityWarn, "品牌词库：慎用", "The brand's own words: with care"},
		{BrandRule(SeverityInfo), SourceLocal, SeverityInfo, "品牌词库：提示", "The brand's own words: a hint"},
		{RuleWeChatRisky, SourceWeChat, SeverityError, "微信内容检测：有风险", "WeChat's text check: risky"},
		{RuleWeChatDoubt, SourceWeChat, SeverityWarn, "微信内容检测：需人工复核", "WeChat's text check: a person should look"},
		{"model.exaggeration", SourceModel, SeverityWarn, "大模型：夸大或绝对化", "Model: exaggeration"},
		{"model.medical", SourceModel, SeverityError, "大模型：医疗或保健宣称", "Model: medical claim"},
		{"model.finance", SourceModel, SeverityError, "大模型：收益承诺", "Model: promise of returns"},
		{"model.sensitive", SourceModel, SeverityError, "大模型：敏感内容", "Model: sensitive content"},
		{"model.discrimination", SourceModel, SeverityError, "大模型：歧视或冒犯", "Model: discrimination or offence"},
		{"model.fact", SourceModel, SeverityWarn, "大模型：事实存疑", "Model: doubtful fact"},
		{"model.rights", SourceModel, SeverityWarn, "大模型：肖像、商标或版权", "Model: portraits, marks or copyright"},
		{"model.wording", SourceModel, SeverityInfo, "大模型：错字与措辞", "Model: typos and wording"},
		{RuleModelOther, SourceModel, SeverityWarn, "大模型：其他", "Model: other"},
	}
}

// AIRuleByID finds a rule.
func AIRuleByID(id string) (AIRule, bool) {
	all := AIRules()
	i := slices.IndexFunc(all, func(r AIRule) bool { return r.ID == id })
	if i < 0 {
		return AIRule{}, false
	}
	return all[i], true
}

// Name is the rule's name in a language.
func (r AIRule) Name(lang string) string {
	if lang == LangEn {
		return r.En
	}
	return r.Zh
}

// Blocked are the findings whose rule a Brand lets block a submit.
func Blocked(findings []Finding, blocking []string) (out []Finding) {
	for _, f := range findings {
		if slices.Contains(blocking, f.Rule) {
			out = append(out, f)
		}
	}
	return out
}

// FindingText is what a catalogue says of a finding: why it was found, and what to do.
type FindingText struct {
	Reason string `json:"reason"`
	Advice string `json:"advice"`
}

// TextOfFinding words a finding in a language. What a model or the brand has said of it
// stands before the catalogue's reason, what to write instead before its advice.
func TextOfFinding(lang string, f Finding) FindingText {
	c := catalogueOf(lang)
	t := c.Findings[f.Rule]
	if more, known := c.Findings[f.Reason]; known {
		t.Reason = more.Reason
	}
	if f.Words != "" {
		t.Reason = f.Words
	}
	if f.Suggestion != "" {
		t.Advice = word(c.Phrases["write_instead"], map[string]string{"name": f.Suggestion}, c.Values)
	}
	return t
}
