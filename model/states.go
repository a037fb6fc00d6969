package model

// Transition is one arrow of a state machine: what moves it, and under which rule.
type Transition struct{ From, To, By string }

// Machine is one state machine of the product; docs/states.md is drawn from it.
type Machine struct {
	Name, Zh, Start string
	Arrows          []Transition
	Note            string
}

// Machines lists all of them. What is not an arrow here cannot happen.
func Machines() []Machine { //nolint:funlen // a table, one line an arrow
	return []Machine{
		{"AccessRequest", "授权请求", string(AccessWaiting), []Transition{
			{"waiting", "admitted", "an admin admits"}, {"waiting", "refused", "an admin refuses, with a reason"},
		}, "A refused person may ask anew after 24 h, or when an admin unblocks him; that is a new request."},
		{"Member", "成员", string(MemberActive), []Transition{
			{"active", "removed", "an admin removes him"}, {"removed", "active", "he is admitted again"},
		}, "Acts on the member's very next request."},
		{"Post", "帖子", string(PostDraft), []Transition{
			{"draft", "in_review", "submit"},
			{"rejected", "in_review", "submit again"},
			{"draft", "approved", "submit, no approval needed"},
			{"rejected", "approved", "submit, no approval needed"},
			{"in_review", "approved", "the last article is approved"},
			{"in_review", "in_review", "a rejected article is submitted again"},
			{"in_review", "rejected", "an article is rejected and none is in review"},
			{"in_review", "draft", "withdraw"},
			{"in_review", "rejected", "withdraw while another article is rejected"},
			{"approved", "draft", "an approved article is edited, or the articles are added to, removed or reordered"},
			{"rejected", "draft", "its rejected article is removed"},
			{"draft", "cancelled", "cancel"},
			{"in_review", "cancelled", "cancel; its running reviews are withdrawn first"},
			{"rejected", "cancelled", "cancel"},
			{"approved", "cancelled", "cancel"},
			{"approved", "in_review", "the last approval is taken back"},
			{"rejected", "in_review", "the rejection is taken back"},
			{"approved", "published", "Douyin or a person says so"},
			{"approved", "expired", "its window ends, and no phone was handed a link"},
			{"approved", "unconfirmed", "its window ends after a phone was handed a link"},
			{"expired", "published", "Douyin says so late, or a person does"},
			{"unconfirmed", "published", "Douyin says so late, or a person does"},
			{"unconfirmed", "expired", "staff say that it was not published"},
			{"expired", "approved", "reschedule; its approval stands"},
			{"unconfirmed", "approved", "reschedule; its approval stands"},
			{"expired", "draft", "an approved article is edited"},
			{"unconfirmed", "draft", "an approved article is edited"},
			{"expired", "cancelled", "cancel"},
			{"unconfirmed", "cancelled", "cancel"},
		}, "Derived from its articles up to approved. Only what is published by scanning has a window: three hours from its planned time, or from its code when it has none."},
		{"Ticket", "扫码发布码", "live", []Transition{
			{"live", "revoked", "staff revoke it"},
		}, "Where it leads follows from the clock, the post and the publish gate: early, open, not_ready, published or ended. It is not stored."},
		{"Article", "文章", string(ArticleDraft), []Transition{
			{"draft", "in_review", "submit"},
			{"rejected", "in_review", "submit again"},
			{"draft", "approved", "submit, no approval needed"},
			{"rejected", "approved", "submit, no approval needed"},
			{"in_review", "approved", "the last step is approved"},
			{"in_review", "rejected", "any approver rejects"},
			{"in_review", "draft", "withdraw"},
			{"approved", "draft", "its content is edited, or, as the lead, the package changes"},
			{"approved", "in_review", "the last approval is taken back"},
			{"rejected", "in_review", "the rejection is taken back"},
		}, "Content is locked while in review."},
		{"Media", "素材", string(MediaUploading), []Transition{
			{"uploading", "ready", "complete: all parts are there, and the file is what it says"},
		}, "What is ready never changes. An upload goes when its file is refused, when it is given up, or after a day without news; a file that no version shows goes when it is deleted, or after a week."},
		{"Review", "审批单", string(ReviewRunning), []Transition{
			{"running", "approved", "the last step is approved"},
			{"running", "rejected", "any approver rejects"},
			{"running", "withdrawn", "the author withdraws"},
			{"approved", "running", "the last approval is taken back"},
			{"rejected", "running", "the rejection is taken back"},
		}, "One round of one article. An end is final once five minutes have passed."},
		{"ReviewStep", "审批步骤", string(StepWaiting), []Transition{
			{"waiting", "open", "the step before is approved (the first: at submit)"},
			{"open", "approved", "any: one approves; all: the last one approves"},
			{"open", "rejected", "one rejects"},
			{"open", "blocked", "its last approver is removed"},
			{"waiting", "blocked", "opens without approvers"},
			{"waiting", "cancelled", "the review ends early"},
			{"open", "cancelled", "withdraw"},
			{"blocked", "cancelled", "withdraw"},
			{"approved", "open", "the answer that ended it is taken back"},
			{"rejected", "open", "the answer that ended it is taken back"},
			{"open", "waiting", "the answer of the step before is taken back"},
			{"blocked", "waiting", "the answer of the step before is taken back"},
			{"cancelled", "waiting", "the rejection that cancelled it is taken back"},
			{"blocked", "open", "an admin names an approver, or the answer of one of all is taken back"},
		}, "Leaves open exactly once for each attempt; an undo is another attempt."},
		{"Task", "审批任务", string(TaskWaiting), []Transition{
			{"waiting", "open", "its step opens (first step: at submit)"},
			{"open", "approved", "its member approves"},
			{"open", "rejected", "its member rejects"},
			{"open", "settled", "somebody else settles the step"},
			{"waiting", "cancelled", "the review ends early, or the member is removed"},
			{"open", "cancelled", "withdraw, or the member is removed"},
			{"approved", "open", "its answer is taken back"},
			{"rejected", "open", "its answer is taken back"},
			{"settled", "open", "the answer that settled it is taken back"},
			{"settled", "cancelled", "the answer that settled it is taken back, and its member was removed"},
			{"open", "waiting", "the answer of the step before is taken back"},
			{"cancelled", "waiting", "the rejection that cancelled it is taken back"},
			{"open", "cancelled", "replaced, or handed on"},
			{"waiting", "cancelled", "replaced"},
			{"cancelled", "open", "its member is asked again"},
		}, "The others learn by whom and when it was settled."},
	}
}
