package model

import "slices"

// EventKind is a kind of event that webhooks may be told of: an action of the audit.
type EventKind struct {
	Kind    string
	Subject string // what subject_id names
	Zh, En  string
}

var eventKinds = []EventKind{
	{"access.requested", "access_request", "有人申请成为审批人", "a person asked to become a reviewer"},
	{"access.admitted", "access_request", "申请已通过", "a request was admitted"},
	{"access.refused", "access_request", "申请被拒绝", "a request was refused"},
	{"access.unblocked", "access_request", "被拒绝的人可以重新申请", "a refused person may ask again"},
	{"article.edited", "article", "文章内容已修改", "an article has a new version"},
	{"article.voided", "article", "文章的审批结果已作废", "an article's approval no longer holds"},
	{"article.flow_chosen", "article", "已为文章选择审批流程", "a flow was chosen for an article"},
	{"brand.updated", "brand", "品牌设置已修改", "the brand's settings were changed"},
	{"channel.created", "channel", "新增社媒账号", "a social media account was added"},
	{"channel.updated", "channel", "社媒账号已修改", "a social media account was changed"},
	{"flow.created", "flow", "新建审批流程", "a flow was created"},
	{"flow.edited", "flow", "审批流程有了新版本", "a flow has a new version"},
	{"flow.archived", "flow", "审批流程已归档", "a flow was archived"},
	{"invitation.created", "invitation", "新建邀请", "an invitation was made"},
	{"invitation.revoked", "invitation", "邀请已撤销", "an invitation was revoked"},
	{"member.added", "member", "新增成员", "a member was added"},
	{"member.updated", "member", "成员的角色或备注名已修改", "a member's role or alias was changed"},
	{"member.removed", "member", "成员已移除", "a member was removed"},
	{"platform_setting.saved", "platform_setting", "平台设置已保存", "a platform's settings were saved"},
	{"post.created", "post", "新建帖子", "a post was created"},
	{"post.rescheduled", "post", "帖子的发布时间已修改", "a post's time was changed"},
	{"post.cancelled", "post", "帖子已取消", "a post was cancelled"},
	{"review.started", "article", "文章进入审批", "an article went into review"},
	{"review.not_needed", "article", "文章无需审批", "an article needs no approval"},
	{"review.withdrawn", "article", "审批已撤回", "a review was withdrawn"},
	{"step.blocked", "review", "审批步骤没有审批人，已停住", "a step has no approvers left and waits"},
	{"task.cancelled", "task", "审批任务已取消", "an approver's task was cancelled"},
	{"task.approved", "task", "一位审批人已同意", "an approver approved"},
	{"task.rejected", "task", "一位审批人已驳回", "an approver rejected"},
	{"task.undone", "task", "一位审批人撤销了意见", "an approver took his answer back"},
	{"task.transferred", "task", "审批任务已转交", "an approver handed his turn on"},
	{"step.approver_replaced", "task", "已更换审批人", "an approver was replaced"},
	{"post.urged", "post", "已催办", "the post's approvers were urged"},
	{"post.duplicated", "post", "帖子已复制", "a post was copied to a new one"},
	{"article.added", "post", "新增文章", "an article was added to a post"},
	{"article.removed", "post", "文章已移除", "an article was removed from a post"},
	{"articles.reordered", "post", "文章顺序已调整", "a post's articles were reordered"},
	{"comment.added", "comment", "新增评论", "a comment was added"},
	{"comment.edited", "comment", "评论已修改", "a comment was edited"},
	{"comment.deleted", "comment", "评论已删除", "a comment was deleted"},
	{"comment.resolved", "comment", "讨论已解决", "a thread was resolved"},
	{"comment.reopened", "comment", "讨论已重新打开", "a thread was reopened"},
	{"deputy.named", "member", "成员指定了代理人", "a member named a deputy"},
	{"ticket.issued", "post", "已生成扫码发布码", "a publish code was made"},
	{"ticket.revoked", "post", "扫码发布码已收回", "a publish code was revoked"},
	{"ticket.opened_early", "post", "扫码发布码已提前开放", "a publish code was opened before its time"},
	{"ticket.scanned", "post", "有手机打开了扫码发布码", "a phone was handed what it takes to publish"},
	{"post.published", "post", "帖子已发布", "a post was published"},
	{"post.publication_alarm", "post", "发布需要核查", "another account published, or it was published twice, or without approval"},
	{"post.expired", "post", "帖子已失效", "a post's window ended and nobody had published it"},
	{"post.unconfirmed", "post", "发布待确认", "a post's window ended, and nobody knows whether it was published"},
	{"post.not_published", "post", "确认未发布", "staff say that a post was not published"},
	{"channel.authorized", "channel", "账号已授权", "an account has authorized the app"},
	{"channel.unauthorized", "channel", "账号已取消授权", "an account has withdrawn its authorization"},
	{"deputy.ended", "member", "代理已提前结束", "a deputy's period was ended"},
	{"ai_report.asked", "article", "已要求重新智能审核", "an article's AI review was asked for again"},
	{"word_list.created", "word_list", "新建品牌词库", "a word list was created"},
	{"word_list.updated", "word_list", "品牌词库已修改", "a word list was changed"},
	{"word_list.deleted", "word_list", "品牌词库已删除", "a word list was deleted"},
}

// EventKinds lists the public kinds. An action that is not here stays inside.
func EventKinds() []EventKind { return slices.Clone(eventKinds) }

// PublicKind tells whether webhooks may be told of a kind.
func PublicKind(kind string) bool {
	return slices.ContainsFunc(eventKinds, func(k EventKind) bool { return k.Kind == kind })
}
