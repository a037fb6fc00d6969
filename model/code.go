package model

// Code is a stable public name of a refusal. Texts: messages/*.json.
type Code string

// General codes.
const (
	CodeInternal         Code = "internal"
	CodeInvalid          Code = "invalid_request"
	CodeMalformed        Code = "malformed_body"
	CodeUnsupportedMedia Code = "unsupported_media_type"
	CodeTooLarge         Code = "body_too_large"
	CodeUnauthenticated  Code = "unauthenticated"
	CodeForbidden        Code = "forbidden"
	CodeCrossSite        Code = "cross_site_request"
	CodeNotFound         Code = "not_found"
	CodeMethodNotAllowed Code = "method_not_allowed"
	CodeStale            Code = "version_stale"
	CodeIfMatchRequired  Code = "if_match_required"
	CodeKeyRequired      Code = "idempotency_key_required"
	CodeKeyReused        Code = "idempotency_key_reused"
	CodeTooMany          Code = "too_many_requests"
	CodeUnavailable      Code = "unavailable"
	CodeBadCredentials   Code = "bad_credentials"
	CodeTooManyStreams   Code = "too_many_streams"
	CodeTooManyWebhooks  Code = "too_many_webhooks"
)

// Codes of WeChat's door.
const (
	CodeWeChatCodeUsed    Code = "wechat_code_used"      // 40163, 40029: call wx.login again
	CodeWeChatRiskUser    Code = "wechat_risk_user"      // 40226
	CodeWeChatBusy        Code = "wechat_busy"           // -1, 45011, 44990…, timeouts
	CodeWeChatQuota       Code = "wechat_quota"          // 45009, 44993: today's quota is used up
	CodeWeChatConfig      Code = "wechat_misconfigured"  // 40013, 40125, 40164, 48001…
	CodeWeChatRefused     Code = "wechat_refused"        // any other refusal of WeChat's
	CodeWeChatNotGranted  Code = "wechat_not_subscribed" // 43101
	CodeWeChatIdle        Code = "wechat_user_idle"      // 61010: not seen within two hours
	CodeWeChatContentRule Code = "wechat_content_rule"   // 47003, 45168: the message's data breaks a rule
	CodeWeChatPage        Code = "wechat_page_missing"   // 41030: page not in the released version
)

// Codes of telling people; they stand as the reason beside what was not delivered.
const (
	CodeWeChatUnknown Code = "wechat_outcome_unknown" // it may have arrived
	CodeMailBusy      Code = "mail_unavailable"       // no connection, or a 4xx answer
	CodeMailRefused   Code = "mail_refused"           // a 5xx answer
)

// Codes of joining and binding.
const (
	CodeNicknameRequired Code = "nickname_required"
	CodeNicknameRefused  Code = "nickname_refused" // WeChat's text check calls it risky
	CodeSceneEnded       Code = "code_ended"       // expired, revoked or used up; also for unknown tokens
	CodeAccessRefused    Code = "access_refused"
	CodeAccessDecided    Code = "access_already_decided"
	CodeBrandFull        Code = "too_many_waiting_requests"
	CodeWeChatBound      Code = "wechat_already_bound"
	CodeUserBound        Code = "account_already_bound"
	CodeLastAdmin        Code = "last_admin"
	CodeAlreadyMember    Code = "already_member"
	CodeUserUnknown      Code = "user_unknown" // no account has the e-mail
)

// Codes of flows, posts and deciding.
const (
	CodeNameTaken           Code = "name_taken"
	CodeApproverUnknown     Code = "approver_unknown"
	CodeFlowArchived        Code = "flow_archived"
	CodeFlowIsDefault       Code = "flow_is_default"
	CodeFlowMismatch        Code = "flow_does_not_fit"
	CodeFlowMissing         Code = "flow_not_set"
	CodeFlowChangeForbidden Code = "flow_change_forbidden"
	CodeNoApprovalForbidden Code = "no_approval_forbidden"
	CodeSelfApproval        Code = "author_is_approver"
	CodeStepBlocked         Code = "step_without_approvers"
	CodeChannelArchived     Code = "channel_archived"
	CodeContentUnsupported  Code = "content_type_unsupported"
	CodeContentIncomplete   Code = "content_incomplete"
	CodeContentLocked       Code = "content_locked"
	CodeTooManyArticles     Code = "too_many_articles"
	CodeLastArticle         Code = "last_article"
	CodeArticleOrder        Code = "article_order"
	CodePostState           Code = "post_state"
	CodeNotApproved         Code = "not_approved"
	CodeReasonRequired      Code = "reason_required"
	CodeContentChanged      Code = "content_changed"
	CodeAlreadyDecided      Code = "already_decided"
	CodeNotYourTurn         Code = "not_your_turn"
	CodeTaskCancelled       Code = "task_cancelled"
	CodeNothingToUndo       Code = "nothing_to_undo"
	CodeUndoTooLate         Code = "undo_too_late"
	CodeUrged               Code = "urged_recently"
	CodeNobodyToUrge        Code = "nobody_to_urge"
	CodeApproverAsked       Code = "approver_asked_already"
	CodeStepEnded           Code = "step_ended"
	CodeOneVote             Code = "one_vote_per_person"
	CodeDeputyOverlaps      Code = "deputy_overlaps"
)

// Codes of media.
const (
	CodeMediaType        Code = "media_type_unsupported"
	CodeMediaMismatch    Code = "media_type_mismatch"
	CodeMediaTooLarge    Code = "media_too_large"
	CodeMediaQuota       Code = "media_quota_full"
	CodeMediaDamaged     Code = "media_damaged"
	CodeMediaTrailing    Code = "media_trailing_data"
	CodePictureSize      Code = "picture_too_many_pixels"
	CodePictureAnimated  Code = "picture_animated"
	CodeUploadPart       Code = "upload_part_size"
	CodeUploadCut        Code = "upload_cut"
	CodeUploadIncomplete Code = "upload_incomplete"
	CodeUploadHash       Code = "upload_hash_mismatch"
	CodeUploadFinished   Code = "upload_finished"
	CodeMediaInUse       Code = "media_in_use"
	CodeStorage          Code = "storage_unavailable"
)

// Codes of comments.
const (
	CodeCommentInternal Code = "comment_internal_forbidden"
	CodeCommentForeign  Code = "comment_not_yours"
	CodeCommentDeleted  Code = "comment_deleted"
	CodeCommentTooOld   Code = "comment_too_old"
	CodeCommentAnchor   Code = "comment_anchor_unknown"
	CodeThreadFull      Code = "thread_full"
)

// Codes of publishing by scanning.
const (
	CodeNotByScan        Code = "not_published_by_scan"
	CodeTicketEarly      Code = "ticket_early"
	CodeTicketEnded      Code = "ticket_ended" // also for unknown, malformed and revoked codes
	CodeTicketHeld       Code = "ticket_held"
	CodeTicketExhausted  Code = "ticket_exhausted"
	CodeTicketForbidden  Code = "ticket_forbidden"
	CodeAlreadyPublished Code = "already_published"
	CodeNotOpened        Code = "not_opened"           // "I published it" from a phone that was handed nothing
	CodeShareUnknown     Code = "douyin_share_unknown" // Douyin told of a publication that no scan of ours began
)

// Codes of Douyin's door.
const (
	CodeDouyinBusy    Code = "douyin_busy"           // timeouts, 2100004, 28001005, 28001006, 28003018, 10020
	CodeDouyinQuota   Code = "douyin_quota"          // 2190001, 28003017: the quota is used up
	CodeDouyinConfig  Code = "douyin_misconfigured"  // 10003, 10013, 10004, 2190004, 28001018, 2190016 …
	CodeDouyinRefused Code = "douyin_refused"        // any other refusal of Douyin's
	CodeDouyinOff     Code = "douyin_not_configured" // this installation has no client_key
)

// Codes of AI review, and of the door to a model. Those of the door stand as the reason
// beside a source that gave no answer.
const (
	CodeContentBlocked   Code = "content_blocked"
	CodeAIReviewOff      Code = "ai_review_off"
	CodeTooManyWordLists Code = "too_many_word_lists"
	CodeAIModelBusy      Code = "ai_model_busy"          // timeouts, 408, 429, 5xx
	CodeAIModelQuota     Code = "ai_model_quota"         // the account's credit is used up, or the brand's tokens of the day
	CodeAIModelConfig    Code = "ai_model_misconfigured" // 401, 403, 404, a redirect
	CodeAIModelRefused   Code = "ai_model_refused"       // any other refusal, and an answer that is none
)

// kinds holds every code; a test keeps it complete against the catalogues.
var kinds = map[Code]Kind{
	CodeInternal:         KindInternal,
	CodeInvalid:          KindInvalid,
	CodeMalformed:        KindInvalid,
	CodeUnsupportedMedia: KindUnsupported,
	CodeTooLarge:         KindTooLarge,
	CodeUnauthenticated:  KindUnauthenticated,
	CodeForbidden:        KindForbidden,
	CodeCrossSite:        KindForbidden,
	CodeNotFound:         KindNotFound,
	CodeMethodNotAllowed: KindMethod,
	CodeStale:            KindPrecondition,
	CodeIfMatchRequired:  KindPreconditionMissing,
	CodeKeyRequired:      KindInvalid,
	CodeKeyReused:        KindUnprocessable,
	CodeTooMany:          KindTooMany,
	CodeUnavailable:      KindUnavailable,
	CodeBadCredentials:   KindUnauthenticated,
	CodeTooManyStreams:   KindTooMany,
	CodeTooManyWebhooks:  KindConflict,

	CodeWeChatCodeUsed:    KindUnprocessable,
	CodeWeChatRiskUser:    KindForbidden,
	CodeWeChatBusy:        KindUnavailable,
	CodeWeChatQuota:       KindUnavailable,
	CodeWeChatConfig:      KindUpstream,
	CodeWeChatRefused:     KindUpstream,
	CodeWeChatNotGranted:  KindConflict,
	CodeWeChatIdle:        KindConflict,
	CodeWeChatContentRule: KindUnprocessable,
	CodeWeChatPage:        KindUpstream,

	CodeWeChatUnknown: KindUpstream,
	CodeMailBusy:      KindUnavailable,
	CodeMailRefused:   KindUpstream,

	CodeNicknameRequired: KindUnprocessable,
	CodeNicknameRefused:  KindUnprocessable,
	CodeSceneEnded:       KindNotFound,
	CodeAccessRefused:    KindConflict,
	CodeAccessDecided:    KindConflict,
	CodeBrandFull:        KindTooMany,
	CodeWeChatBound:      KindConflict,
	CodeUserBound:        KindConflict,
	CodeLastAdmin:        KindConflict,
	CodeAlreadyMember:    KindConflict,
	CodeUserUnknown:      KindUnprocessable,

	CodeNameTaken:           KindConflict,
	CodeApproverUnknown:     KindUnprocessable,
	CodeFlowArchived:        KindConflict,
	CodeFlowIsDefault:       KindConflict,
	CodeFlowMismatch:        KindUnprocessable,
	CodeFlowMissing:         KindUnprocessable,
	CodeFlowChangeForbidden: KindUnprocessable,
	CodeNoApprovalForbidden: KindUnprocessable,
	CodeSelfApproval:        KindUnprocessable,
	CodeStepBlocked:         KindUnprocessable,
	CodeChannelArchived:     KindConflict,
	CodeContentUnsupported:  KindUnprocessable,
	CodeContentIncomplete:   KindUnprocessable,
	CodeContentLocked:       KindConflict,
	CodeTooManyArticles:     KindUnprocessable,
	CodeLastArticle:         KindConflict,
	CodeArticleOrder:        KindUnprocessable,
	CodePostState:           KindConflict,
	CodeNotApproved:         KindConflict,
	CodeReasonRequired:      KindUnprocessable,
	CodeContentChanged:      KindConflict,
	CodeAlreadyDecided:      KindConflict,
	CodeNotYourTurn:         KindConflict,
	CodeTaskCancelled:       KindConflict,

	CodeMediaType:        KindUnsupported,
	CodeMediaMismatch:    KindUnprocessable,
	CodeMediaTooLarge:    KindTooLarge,
	CodeMediaQuota:       KindConflict,
	CodeMediaDamaged:     KindUnprocessable,
	CodeMediaTrailing:    KindUnprocessable,
	CodePictureSize:      KindUnprocessable,
	CodePictureAnimated:  KindUnprocessable,
	CodeUploadPart:       KindUnprocessable,
	CodeUploadCut:        KindInvalid,
	CodeUploadIncomplete: KindConflict,
	CodeUploadHash:       KindUnprocessable,
	CodeUploadFinished:   KindConflict,
	CodeMediaInUse:       KindConflict,
	CodeStorage:          KindUnavailable,
	CodeNothingToUndo:    KindConflict,
	CodeUndoTooLate:      KindConflict,
	CodeUrged:            KindTooMany,
	CodeNobodyToUrge:     KindConflict,
	CodeApproverAsked:    KindConflict,
	CodeStepEnded:        KindConflict,
	CodeOneVote:          KindConflict,
	CodeDeputyOverlaps:   KindConflict,

	CodeNotByScan:        KindUnprocessable,
	CodeTicketEarly:      KindConflict,
	CodeTicketEnded:      KindNotFound,
	CodeTicketHeld:       KindConflict,
	CodeTicketExhausted:  KindConflict,
	CodeTicketForbidden:  KindForbidden,
	CodeAlreadyPublished: KindConflict,
	CodeNotOpened:        KindConflict,
	CodeShareUnknown:     KindNotFound,

	CodeDouyinBusy:    KindUnavailable,
	CodeDouyinQuota:   KindUnavailable,
	CodeDouyinConfig:  KindUpstream,
	CodeDouyinRefused: KindUpstream,
	CodeDouyinOff:     KindConflict,

	CodeCommentInternal: KindForbidden,
	CodeCommentForeign:  KindForbidden,
	CodeCommentDeleted:  KindConflict,
	CodeCommentTooOld:   KindConflict,
	CodeCommentAnchor:   KindUnprocessable,
	CodeThreadFull:      KindConflict,

	CodeContentBlocked:   KindUnprocessable,
	CodeAIReviewOff:      KindConflict,
	CodeTooManyWordLists: KindConflict,
	CodeAIModelBusy:      KindUnavailable,
	CodeAIModelQuota:     KindUnavailable,
	CodeAIModelConfig:    KindUpstream,
	CodeAIModelRefused:   KindUpstream,
}
