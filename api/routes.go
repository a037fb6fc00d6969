package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// routes is the whole surface. One line each: method, path, who may call, whether it
// takes an Idempotency-Key, its name and what it does.
func (a *API) routes() { //nolint:funlen // a table, one line a route
	const brand = "/brands/{brand}"
	post, get, put, patch, del := http.MethodPost, http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete

	// Signing in, and oneself
	on(a, post, "/sessions", Public, false, "sign-in", "Sign in to the console", a.signIn)
	on(a, del, "/sessions", Users, false, "sign-out", "Sign out", a.signOut)
	on(a, get, "/me", Users, false, "me", "Who I am, and my brands", a.me)
	on(a, patch, "/me", Users, false, "update-me", "Switch notices by e-mail on or off", a.updateMe)
	on(a, put, "/me/password", Users, false, "change-password", "Change my password and end my other sessions", a.changePassword)
	on(a, post, "/me/wechat-binding", Users, true, "start-binding", "Make a code that binds my WeChat", a.startBinding)
	on(a, get, "/me/wechat-binding", Users, false, "binding", "Whether my WeChat is bound, or a code waits", a.binding)
	on(a, get, "/me/wechat-binding/code.png", Users, false, "binding-code", "The mini-program code to scan", a.bindingCode)
	on(a, del, "/me/wechat-binding", Users, false, "unbind", "Unbind my WeChat", a.unbind)

	// The mini-program
	on(a, post, "/wechat/login", Public, false, "wechat-login", "Exchange a wx.login code for a session", a.wechatLogin)
	on(a, get, "/person", People, false, "person", "Who I am in the mini-program", a.person)
	on(a, patch, "/person", People, false, "update-person", "Set my nickname or language", a.updatePerson)
	on(a, get, "/scenes/{token}", People, false, "scene", "What a scanned code leads to; looking consumes nothing", a.scene)
	on(a, post, "/person/access-requests", People, true, "request-access", "Ask to become a reviewer", a.requestAccess)
	on(a, get, "/person/access-requests", People, false, "my-access-requests", "My requests and what became of them", a.myAccessRequests)
	on(a, post, "/person/subscriptions", People, true, "report-subscriptions", "Tell what was tapped about message templates", a.reportSubscriptions)
	on(a, get, "/person/subscriptions", People, false, "subscriptions", "The templates to ask for, and how many messages are left of each", a.subscriptions)
	on(a, post, "/person/bindings", People, true, "confirm-binding", "Bind this WeChat to the account that asked", a.confirmBinding)
	on(a, del, "/person/bindings", People, false, "unbind-person", "Unbind this WeChat", a.unbind)

	// Both: the inbox
	on(a, get, "/inbox", Either, false, "inbox", "What waits for me, or what I was asked, over all brands", a.inbox)
	on(a, get, "/tasks/{task}", Either, false, "task", "One task with the content under review", a.task)
	on(a, post, "/tasks/{task}/decision", Either, true, "decide", "Approve or reject", a.decide)
	on(a, post, "/tasks/{task}/undo", Either, true, "undo", "Take my answer back: within 5 minutes, until the next step acts", a.undo)
	on(a, post, "/tasks/{task}/transfer", Either, true, "transfer", "Hand my turn on to another member", a.transfer)
	on(a, get, "/tasks/{task}/transfer-candidates", Either, false, "transfer-candidates", "Whom I may hand my turn to", a.transferCandidates)
	on(a, get, "/tasks/{task}/timeline", Either, false, "task-timeline", "What happened to the task's article in the rounds that I was asked in", a.taskTimeline)
	on(a, post, "/inbox/decisions", Either, true, "decide-all", "Approve or reject several tasks; each counts by itself", a.decideAll)
	on(a, get, "/inbox/brands", Either, false, "inbox-brands", "How much waits for me, by brand", a.inboxBrands)
	on(a, get, "/articles/{article}/revisions/{number}", Either, false, "revision", "One version of an article", a.revision)

	on(a, post, "/tasks/{task}/seen", Either, false, "seen", "Note that I have read the task's version", a.seen)
	on(a, get, "/articles/{article}/revisions", Either, false, "revisions", "An article's versions that I may see", a.revisions)
	on(a, get, "/articles/{article}/revisions/{number}/diff", Either, false, "diff", "How two versions differ", a.diff)
	on(a, get, "/articles/{article}/comments", Either, false, "comments", "What was said about an article", a.comments)
	on(a, post, "/articles/{article}/comments", Either, true, "comment", "Begin a thread, or reply", a.writeComment)
	on(a, patch, "/comments/{comment}", Either, false, "edit-comment", "Change my comment, for fifteen minutes", a.editComment)
	on(a, del, "/comments/{comment}", Either, false, "delete-comment", "Delete my comment; its place stays", a.deleteComment)
	on(a, post, "/comments/{comment}/resolve", Either, true, "resolve-comment", "Resolve a thread", a.resolveComment)
	on(a, post, "/comments/{comment}/reopen", Either, true, "reopen-comment", "Open a resolved thread again", a.reopenComment)

	// AI review
	on(a, get, "/articles/{article}/revisions/{number}/ai-report", Either, false, "ai-report", "What was found in one version before people look at it", a.aiReport)
	on(a, post, "/articles/{article}/ai-report", Users, true, "ask-ai-report", "Look through an article's newest version again", a.askAIReport)
	on(a, get, brand+"/ai-rules", Users, false, "ai-rules", "What AI review looks for; the ids that blocking_rules takes", a.aiRules)
	on(a, post, brand+"/word-lists", Users, true, "create-word-list", "Make a list of the brand's own words", a.createWordList)
	on(a, get, brand+"/word-lists", Users, false, "word-lists", "The brand's word lists, without their words", a.wordLists)
	on(a, get, brand+"/word-lists/{list}", Users, false, "word-list", "One list with its words", a.wordList)
	on(a, put, brand+"/word-lists/{list}", Users, false, "update-word-list", "Change a list, or replace its words", a.updateWordList)
	on(a, del, brand+"/word-lists/{list}", Users, false, "delete-word-list", "Delete a list", a.deleteWordList)
	on(a, get, brand+"/word-lists/{list}/words.csv", Users, false, "export-words", "The words as a table", a.exportWords)
	on(a, put, brand+"/word-lists/{list}/words.csv", Users, false, "import-words", "Replace the words by those of a table", a.importWords, a.describeWords)

	// A brand
	on(a, get, brand, Users, false, "brand", "The brand's settings", a.brand)
	on(a, patch, brand, Users, false, "update-brand", "Change the brand's settings", a.updateBrand)
	on(a, get, brand+"/events", Users, false, "events", "What happens in the brand, live or as a list", a.events, a.describeEvents)
	on(a, post, brand+"/webhooks", Users, true, "create-webhook", "Name an address that is told what happens; its secret is shown once", a.createWebhook)
	on(a, get, brand+"/webhooks", Users, false, "webhooks", "Outgoing webhooks", a.webhooks)
	on(a, get, brand+"/webhooks/{webhook}", Users, false, "webhook", "One webhook, how it does and why it is off", a.webhook)
	on(a, put, brand+"/webhooks/{webhook}", Users, false, "update-webhook", "Change a webhook, or switch it on or off", a.updateWebhook)
	on(a, del, brand+"/webhooks/{webhook}", Users, false, "delete-webhook", "Delete a webhook and what it is owed", a.deleteWebhook)
	on(a, post, brand+"/webhooks/{webhook}/rotate", Users, true, "rotate-webhook", "Draw a new secret; the old one signs too for 24 hours", a.rotateWebhook)
	on(a, post, brand+"/webhooks/{webhook}/test", Users, false, "test-webhook", "Send a ping now and tell what became of it", a.testWebhook)
	on(a, post, brand+"/webhooks/{webhook}/replay", Users, true, "replay-webhook", "Send everything after an event again, under the same ids", a.replayWebhook)
	on(a, get, brand+"/webhooks/{webhook}/deliveries", Users, false, "deliveries", "What a webhook is owed and was sent", a.deliveries)
	on(a, post, brand+"/webhooks/{webhook}/deliveries/{delivery}/retry", Users, true, "retry-delivery", "Send one event again, with all its tries", a.retryDelivery)
	on(a, get, brand+"/members", Users, false, "members", "Members: staff and reviewers", a.members)
	on(a, post, brand+"/members", Users, true, "add-member", "Add staff: a console account, by its e-mail", a.addMember)
	on(a, patch, brand+"/members/{member}", Users, false, "update-member", "Change a member's role or alias", a.updateMember)
	on(a, del, brand+"/members/{member}", Users, false, "remove-member", "Remove a member; acts on his next request", a.removeMember)
	on(a, post, brand+"/invitations", Users, true, "invite", "Invite reviewers: a code and a link", a.invite)
	on(a, get, brand+"/invitations", Users, false, "invitations", "Invitations", a.invitations)
	on(a, get, brand+"/invitations/{invitation}", Users, false, "invitation", "One invitation", a.invitation)
	on(a, del, brand+"/invitations/{invitation}", Users, false, "revoke-invitation", "Revoke an invitation", a.revokeInvitation)
	on(a, get, brand+"/invitations/{invitation}/code.png", Users, false, "invitation-code", "The mini-program code", a.invitationCode)
	on(a, get, brand+"/invitations/{invitation}/link.png", Users, false, "invitation-link-code", "The link as an ordinary QR code", a.invitationLinkCode)
	on(a, get, brand+"/access-requests", Users, false, "access-requests", "Requests to become a reviewer", a.accessRequests)
	on(a, post, brand+"/access-requests/{request}/admit", Users, true, "admit", "Admit a reviewer", a.admitRequest)
	on(a, post, brand+"/access-requests/{request}/refuse", Users, true, "refuse", "Refuse, with a reason that he can read", a.refuseRequest)
	on(a, post, brand+"/access-requests/{request}/unblock", Users, true, "unblock", "Let a refused person ask again at once", a.unblockRequest)
	on(a, get, brand+"/undelivered", Users, false, "undelivered", "Notices that could not be delivered, and why", a.undelivered)
	on(a, post, brand+"/undelivered/{message}/retry", Users, true, "retry-undelivered", "Try one of them again", a.retryUndelivered)
	on(a, post, brand+"/channels", Users, true, "create-channel", "Add a social media account", a.createChannel)
	on(a, get, brand+"/channels", Users, false, "channels", "Social media accounts", a.channels)
	on(a, get, brand+"/channels/{channel}", Users, false, "channel", "One social media account", a.channel)
	on(a, put, brand+"/channels/{channel}", Users, false, "update-channel", "Change a social media account", a.updateChannel)
	on(a, post, brand+"/flows", Users, true, "create-flow", "Create a flow", a.createFlow)
	on(a, get, brand+"/flows", Users, false, "flows", "Flows in use, or archived ones", a.flows)
	on(a, get, brand+"/flows/{flow}", Users, false, "flow", "One flow", a.flow)
	on(a, put, brand+"/flows/{flow}", Users, false, "edit-flow", "Edit a flow: a new version; running reviews keep theirs", a.editFlow)
	on(a, del, brand+"/flows/{flow}", Users, false, "archive-flow", "Archive a flow, naming a new default if it is one", a.archiveFlow)
	on(a, get, brand+"/flows/{flow}/versions", Users, false, "flow-versions", "The versions of a flow: who made each, when", a.flowVersions)
	on(a, get, brand+"/flows/{flow}/versions/{number}", Users, false, "flow-version", "One version of a flow", a.flowVersion)
	on(a, post, brand+"/flows/{flow}/duplicate", Users, true, "duplicate-flow", "Make a new flow from another's newest version", a.duplicateFlow)
	on(a, get, brand+"/platform-settings", Users, false, "platform-settings", "What review each platform's posts get", a.platformSettings)
	on(a, put, brand+"/platform-settings/{platform}", Users, false, "set-platform", "Set a platform's default flow", a.setPlatform)

	on(a, get, brand+"/audit", Users, false, "audit", "Who did what, with before and after", a.audit)
	on(a, get, brand+"/audit.csv", Users, false, "audit-csv", "The same as a table, streamed", a.auditCSV)
	on(a, get, brand+"/audit.jsonl", Users, false, "audit-jsonl", "The same, or one post's, as lines that prove themselves offline", a.auditLines)
	// Media
	on(a, post, brand+"/media", Users, true, "start-upload", "Start an upload of a picture or a video", a.startUpload)
	on(a, get, brand+"/media", Users, false, "media-list", "Pictures and videos, and how much room they take", a.mediaList)
	on(a, get, brand+"/media/{media}", Users, false, "media", "One picture or video, or how far its upload is", a.media)
	on(a, put, brand+"/media/{media}/parts/{number}", Users, false, "upload-part", "Send one part of an upload; sending it again replaces it", a.uploadPart, a.describePart)
	on(a, post, brand+"/media/{media}/complete", Users, false, "complete-upload", "Check the whole file and make it ready; safe to repeat", a.completeUpload)
	on(a, del, brand+"/media/{media}", Users, false, "delete-media", "Delete what no version shows, or give up an upload", a.deleteMedia)

	// Posts
	on(a, post, brand+"/posts", Users, true, "create-post", "Write a post", a.createPost)
	on(a, get, brand+"/posts", Users, false, "posts", "Posts, newest first, with search", a.posts)
	on(a, get, brand+"/calendar", Users, false, "calendar", "What is planned in a month, a week or between two instants", a.calendar)
	on(a, get, brand+"/overview", Users, false, "overview", "How many posts stand where, and what waits for me", a.overview)
	on(a, get, brand+"/posts/{post}", Users, false, "post", "One post with its articles, reviews and decisions", a.post)
	on(a, get, brand+"/posts/{post}/timeline", Users, false, "post-timeline", "Everything that happened to a post, in sentences", a.postTimeline)
	on(a, patch, brand+"/posts/{post}", Users, false, "reschedule", "Change the planned time", a.reschedule)
	on(a, del, brand+"/posts/{post}", Users, false, "cancel-post", "Cancel a post; what is in review is withdrawn first", a.cancelPost)
	on(a, post, brand+"/posts/{post}/duplicate", Users, true, "duplicate-post", "Write a new post with the newest content of this one", a.duplicatePost)
	on(a, post, brand+"/posts/{post}/articles", Users, true, "add-article", "Add an article at the end of a post", a.addArticle)
	on(a, put, brand+"/posts/{post}/articles", Users, false, "reorder-articles", "Put the articles of a post into another order", a.reorder)
	on(a, put, brand+"/posts/{post}/articles/{article}", Users, false, "edit-article", "Edit an article", a.editArticle)
	on(a, del, brand+"/posts/{post}/articles/{article}", Users, false, "remove-article", "Remove an article; its history stays", a.removeArticle)
	on(a, post, brand+"/posts/{post}/articles/{article}/flow", Users, true, "create-article-flow", "Create a flow for an article and choose it there; editors may where authors may choose", a.createArticleFlow)
	on(a, post, brand+"/posts/{post}/submit", Users, true, "submit", "Send to review", a.submit)
	on(a, post, brand+"/posts/{post}/withdraw", Users, true, "withdraw", "Take back from review", a.withdraw)
	on(a, get, brand+"/posts/{post}/reach", Users, false, "post-reach", "Whom of those who would be asked no message reaches, and a text to send them", a.reach)
	on(a, post, brand+"/posts/{post}/urge", Users, true, "urge", "Urge everybody whose answer is awaited, at most once an hour", a.urge)
	on(a, post, brand+"/reviews/{review}/steps/{number}/replacement", Users, true, "replace-approver", "Ask another approver in a running step", a.replaceApprover)
	on(a, get, brand+"/blocked-steps", Users, false, "blocked-steps", "Steps that nobody is left to answer", a.blockedSteps)
	on(a, post, brand+"/deputies", Either, true, "name-deputy", "Let another member answer for me for a period", a.createDeputy)
	on(a, get, brand+"/deputies", Either, false, "deputies", "Who stands in for whom", a.deputies)
	on(a, del, brand+"/deputies/{deputy}", Either, false, "end-deputy", "End a deputy's period early", a.endDeputy)
	// Publishing by scanning
	on(a, post, brand+"/posts/{post}/ticket", Users, true, "issue-ticket", "Make the publish code of an approved post; one that is there stays", a.issueTicket)
	on(a, get, brand+"/posts/{post}/ticket", Users, false, "ticket", "A post's publish code, where a scan leads, and what is known of publications", a.ticket)
	on(a, del, brand+"/posts/{post}/ticket", Users, false, "revoke-ticket", "End a publish code for good", a.revokeTicket)
	on(a, post, brand+"/posts/{post}/ticket/early", Users, true, "open-early", "Let a publish code open before its lead time; the reason is kept", a.openEarly)
	on(a, get, brand+"/posts/{post}/ticket/pass", Either, false, "ticket-pass", "My own link to a publish code, when I am one of its named posters", a.pass)
	on(a, get, brand+"/posts/{post}/ticket/pass.png", Either, false, "ticket-pass-code", "That link as a code, for another phone or from my album", a.passPicture)
	on(a, get, brand+"/posts/{post}/openings", Users, false, "openings", "The scans of a post's publish code", a.openings)
	on(a, post, brand+"/posts/{post}/publication", Users, true, "confirm-publication", "Say that a post was published", a.confirmPublication)
	on(a, post, brand+"/posts/{post}/not-published", Users, true, "deny-publication", "Say that a post of which nobody knew was not published", a.denyPublication)
	on(a, get, "/to-publish", Either, false, "to-publish", "What waits for me to be published", a.toPublish)
	on(a, get, brand+"/posts/{post}/code.png", Users, false, "post-code", "The mini-program code that opens the post", a.postCode)

	a.pages()
}

// on adds one operation to the surface.
func on[I, O any](a *API, method, path string, p Policy, key bool, id, summary string, h func(context.Context, *I) (*O, error), more ...func(*huma.Operation)) {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag(path)},
		Metadata: map[string]any{permitKey: permit{p, key}}, Security: security(p), MaxBodyBytes: a.BodyLimit,
	}
	if key {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Required: true, Schema: &huma.Schema{Type: "string", Pattern: "^[0-9A-Za-z_-]{8,64}$"},
			Description: "A fresh key for each act; the same key when it is repeated returns the first answer.",
		})
	}
	for _, describe := range more {
		describe(&op)
	}
	huma.Register(a.huma, op, h)
}

func security(p Policy) []map[string][]string {
	switch p {
	case Users:
		return []map[string][]string{{"console": {}}}
	case People:
		return []map[string][]string{{"mini": {}}}
	case Either:
		return []map[string][]string{{"console": {}}, {"mini": {}}}
	case Public:
		return []map[string][]string{}
	}
	panic("api: a route without a policy: " + string(p))
}
