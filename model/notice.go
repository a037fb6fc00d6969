package model

import (
	"fmt"
	"slices"
	"time"
)

// NoticeKind is a kind of news that somebody is told; with "notice." before it, it is
// the topic of the fact in the outbox.
type NoticeKind string

// The kinds of notice.
const (
	NoticeTaskOpened    NoticeKind = "task_opened"
	NoticeTaskWithdrawn NoticeKind = "task_withdrawn" // his open task was cancelled: withdrawn, or he was replaced
	NoticeTaskUrged     NoticeKind = "task_urged"
	NoticeDeadline      NoticeKind = "deadline_near"
	NoticeDecided       NoticeKind = "decided" // every decision, also one of several in an "all" step
	NoticeUndone        NoticeKind = "decision_undone"
	NoticeBlocked       NoticeKind = "step_blocked"
	NoticeCommentAdded  NoticeKind = "comment_added"
	NoticeAccessWaiting NoticeKind = "access_waiting"
	NoticeAdmitted      NoticeKind = "access_admitted"
	NoticeRefused       NoticeKind = "access_refused"
	NoticeWebhookOff    NoticeKind = "webhook_off" // switched off by the program

	NoticePublishDue       NoticeKind = "publish_due"       // to the poster: scan and publish
	NoticePublished        NoticeKind = "post_published"    // to the author
	NoticeExpired          NoticeKind = "post_expired"      // to the author: nobody published it
	NoticeUnconfirmed      NoticeKind = "post_unconfirmed"  // to the author: nobody knows
	NoticePublicationAlarm NoticeKind = "publication_alarm" // another account, twice, or unapproved
	NoticeUnauthorized     NoticeKind = "channel_unauthorized"
)

// NoticeAudience is who is told.
type NoticeAudience string

// The audiences.
const (
	ToOne            NoticeAudience = "one"              // the Member or Person whom the fact names
	ToAdmins         NoticeAudience = "admins"           // every admin of the Brand
	ToAdminsAndNamed NoticeAudience = "admins_and_named" // they, and whom the fact names
)

// NoticeTemplate is a slot for one of WeChat's message templates. A person consents to
// templates one by one, so kinds that belong together share one.
type NoticeTemplate string

// The slots.
const (
	TemplateTask          NoticeTemplate = "task"
	TemplateWithdrawn     NoticeTemplate = "withdrawn"
	TemplateDecided       NoticeTemplate = "decided"
	TemplateBlocked       NoticeTemplate = "blocked"
	TemplateAccessWaiting NoticeTemplate = "access_waiting"
	TemplateAccessDecided NoticeTemplate = "access_decided"
	TemplatePublish       NoticeTemplate = "publish"
)

// NoticeSubject is what a kind of notice is about.
type NoticeSubject string

// The subjects.
const (
	AboutTask     NoticeSubject = "task"
	AboutDecision NoticeSubject = "decision"
	AboutStep     NoticeSubject = "step"
	AboutAccess   NoticeSubject = "access_request"
	AboutComment  NoticeSubject = "comment"
	AboutWebhook  NoticeSubject = "webhook"
	AboutPost     NoticeSubject = "post"
	AboutChannel  NoticeSubject = "channel"
)

// NoticeRule says how one kind of notice is told. Its texts are in the catalogues under
// the same name.
type NoticeRule struct {
	Kind      NoticeKind
	Audience  NoticeAudience
	Template  NoticeTemplate
	About     NoticeSubject
	OpenOnly  bool       // told only while the Task is open
	TakesBack NoticeKind // of the same subject: who was not told that is not told this
}

// noticeRules is the table, the most pressing kind first: in a digest of several kinds
// it gives the template.
var noticeRules = []NoticeRule{
	{NoticePublicationAlarm, ToAdmins, TemplateBlocked, AboutPost, false, ""},
	{NoticePublishDue, ToOne, TemplatePublish, AboutPost, false, ""},
	{NoticeDeadline, ToOne, TemplateTask, AboutTask, true, ""},
	{NoticeTaskUrged, ToOne, TemplateTask, AboutTask, true, ""},
	{NoticeTaskOpened, ToOne, TemplateTask, AboutTask, true, ""},
	{NoticeBlocked, ToAdminsAndNamed, TemplateBlocked, AboutStep, false, ""},
	{NoticeUnconfirmed, ToOne, TemplateDecided, AboutPost, false, ""},
	{NoticeExpired, ToOne, TemplateDecided, AboutPost, false, ""},
	{NoticeUnauthorized, ToAdmins, TemplateBlocked, AboutChannel, false, ""},
	{NoticeWebhookOff, ToAdmins, TemplateBlocked, AboutWebhook, false, ""}, // both stand still until somebody acts
	{NoticeAccessWaiting, ToAdmins, TemplateAccessWaiting, AboutAccess, false, ""},
	{NoticeUndone, ToOne, TemplateDecided, AboutDecision, false, NoticeDecided},
	{NoticeDecided, ToOne, TemplateDecided, AboutDecision, false, ""},
	{NoticePublished, ToOne, TemplateDecided, AboutPost, false, ""},
	{NoticeCommentAdded, ToOne, TemplateDecided, AboutComment, false, ""}, // news about something of his, as decisions are
	{NoticeTaskWithdrawn, ToOne, TemplateWithdrawn, AboutTask, false, NoticeTaskOpened},
	{NoticeAdmitted, ToOne, TemplateAccessDecided, AboutAccess, false, ""},
	{NoticeRefused, ToOne, TemplateAccessDecided, AboutAccess, false, ""},
}

// NoticeRules lists every kind, the most pressing first.
func NoticeRules() []NoticeRule { return slices.Clone(noticeRules) }

// RuleOfNotice finds the rule of a kind; false when there is no such kind.
func RuleOfNotice(k NoticeKind) (NoticeRule, bool) {
	i := slices.IndexFunc(noticeRules, func(r NoticeRule) bool { return r.Kind == k })
	if i < 0 {
		return NoticeRule{}, false
	}
	return noticeRules[i], true
}

// Notice is what a fact in the outbox, and each delivery made of it, carries: ids and
// what cannot be read later. Texts are read and worded when it leaves.
type Notice struct {
	Kind        NoticeKind `json:"kind"`
	Member      string     `json:"member,omitempty"`  // whom it names: approver, author, reviewer
	Person      string     `json:"person,omitempty"`  // whom it names when he is no Member
	Subject     string     `json:"subject,omitempty"` // id, see NoticeRule.About
	Rung        string     `json:"rung,omitempty"`    // of the reminder ladder
	ScheduledAt *time.Time `json:"scheduled_at,omitempty"`
}

// NoticeText is the wording of one kind in one language.
type NoticeText struct {
	Short   string `json:"short"`   // one line for WeChat, of which 20 characters are shown
	Many    string `json:"many"`    // instead of it, when there are {count} of this kind
	Subject string `json:"subject"` // of an e-mail
	Line    string `json:"line"`    // in an e-mail
}

// TextOfNotice words a kind of notice with args; as in TextOf, a placeholder without a
// value becomes "–".
func TextOfNotice(lang string, k NoticeKind, args map[string]string) NoticeText {
	c := catalogueOf(lang)
	t, words := c.Notices[k], c.Values
	return NoticeText{
		Short: word(t.Short, args, words), Many: word(t.Many, args, words), Subject: word(t.Subject, args, words), Line: word(t.Line, args, words),
	}
}

// Phrase words a sentence of our own that belongs to no code and no notice.
func Phrase(lang, name string, args map[string]string) string {
	c := catalogueOf(lang)
	return word(c.Phrases[name], args, c.Values)
}

// DigestKind picks the kind whose template a message of several notices uses, and tells
// whether all are of that kind. Of none it answers "".
func DigestKind(kinds []NoticeKind) (pressing NoticeKind, same bool) {
	for _, r := range noticeRules {
		if slices.Contains(kinds, r.Kind) {
			return r.Kind, !slices.ContainsFunc(kinds, func(k NoticeKind) bool { return k != r.Kind })
		}
	}
	return "", false
}

// NoticePause is how long nobody is written to again on the same channel; what comes up
// meanwhile is told in one message after it.
const NoticePause = 5 * time.Minute

// NoticePace is when a recipient may be written to again. Recipient is channel and id.
type NoticePace struct {
	Recipient string `gorm:"primaryKey"`
	NextAt    time.Time
}

// Rung is one step of the reminder ladder before a planned time.
type Rung struct {
	Name   string
	Before time.Duration
}

// Rungs is the ladder, the earliest first.
func Rungs() []Rung {
	return []Rung{{"24h", 24 * time.Hour}, {"3h", 3 * time.Hour}, {"30m", 30 * time.Minute}}
}

// rungRest is how long a Task is left in peace after it has opened.
const rungRest = 10 * time.Minute

// Reminds tells whether an approver whose Task opened at opened is reminded on a rung:
// not when the rung's moment lies before that, or less than ten minutes after it.
func Reminds(rung string, scheduled, opened time.Time) bool {
	for _, r := range Rungs() {
		if r.Name == rung {
			return !scheduled.Add(-r.Before).Before(opened.Add(rungRest))
		}
	}
	return false
}

// Reminder notes that a rung of a Task was dealt with, told or skipped: the primary key
// is the judge between replicas. A moved planned time is another ladder.
type Reminder struct {
	TaskID      string    `gorm:"primaryKey"`
	Rung        string    `gorm:"primaryKey"`
	ScheduledAt time.Time `gorm:"primaryKey"`
	Told        bool
	CreatedAt   time.Time
}

// DedupKey of a notice: one per fact and whom it names. version tells facts about the
// same subject apart.
func (n Notice) DedupKey(version int64) string {
	key := fmt.Sprintf("notice.%s:%s:%d:%s%s", n.Kind, n.Subject, version, n.Member, n.Person)
	if n.Rung != "" {
		key += ":" + n.Rung
	}
	return key
}
