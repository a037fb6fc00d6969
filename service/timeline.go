package service

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"countersign/model"
	"countersign/store"
)

// Happening is one thing that happened to a Post, in words.
type Happening struct {
	Seq          int64
	At           time.Time
	Kind         string
	Name         string // who did it
	ArticleID    string
	Position     int // of the Article, 0 once removed
	Title        string
	Step         int
	Reason       string
	Comment      string
	DigestBefore string // when the content changed
	DigestAfter  string
	Text         string
}

// Timeline tells a Post's history from the audit.
type Timeline struct{ base }

// act is what the audit keeps of an act, before and after, as far as a history tells it.
type act struct {
	Review, Name, Reason, Digest, Member, State string
	Deputy                                      *string
	Step, Revision, Round, Articles, Waiting    int
	KeepFlow                                    bool       `json:"keep_flow"`
	ScheduledAt                                 *time.Time `json:"scheduled_at"`
}

// auditedAct is an act with its audit read.
type auditedAct struct {
	store.Happened
	was, now act
}

// read takes what fits; an entry that somebody tampered with is told without details.
func read(h store.Happened) auditedAct {
	t := auditedAct{Happened: h}
	if json.Unmarshal(h.BeforeJSON, &t.was) != nil {
		t.was = act{}
	}
	if json.Unmarshal(h.AfterJSON, &t.now) != nil {
		t.now = act{}
	}
	return t
}

// OfPost tells a Post's history to staff, oldest first, behind a sequence number. more is
// the number to go on behind, 0 at the end.
func (s Timeline) OfPost(ctx context.Context, lang, brandID, postID string, after int64, limit int) (list []Happening, more int64, err error) {
	if _, err = s.store.Post(ctx, brandID, postID); err != nil {
		return nil, 0, err
	}
	rows, err := s.store.Timeline(ctx, brandID, postID, after, limit+1)
	if err != nil {
		return nil, 0, err
	}
	articles, err := s.store.ArticlesEver(ctx, postID)
	if err != nil {
		return nil, 0, err
	}
	rows, more = pageOf(rows, limit)
	list, err = s.tell(ctx, lang, brandID, rows, articles)
	return list, more, err
}

// shownToReviewers are the kinds that an approver is told.
var shownToReviewers = []string{
	"review.started", "review.withdrawn", "task.approved", "task.rejected", "task.undone", "task.transferred", "step.approver_replaced",
	"comment.added", "comment.edited", "comment.deleted", "comment.resolved", "comment.reopened",
}

// OfTask tells an approver the history of the Article of his Task: the rounds that he was
// asked in, and nothing of other Articles or of what staff say among themselves. A page
// may be shorter than the limit, or empty, before the end.
func (s Timeline) OfTask(ctx context.Context, lang string, c Call, taskID string, after int64, limit int) (list []Happening, more int64, err error) {
	task, err := s.store.VisibleTask(ctx, c.Principal.Viewer(), taskID)
	if err == nil {
		err = s.store.Shown(ctx, task.Task)
	}
	if err != nil {
		return nil, 0, err
	}
	rounds, err := s.store.RoundsShown(ctx, task.ArticleID, task.MemberID)
	if err != nil {
		return nil, 0, err
	}
	rows, err := s.store.TurnTimeline(ctx, task.Task, after, limit+1)
	if err != nil {
		return nil, 0, err
	}
	rows, more = pageOf(rows, limit)
	rows = slices.DeleteFunc(rows, func(h store.Happened) bool { return !mayTell(h, rounds) })
	review, err := s.store.Review(ctx, task.BrandID, task.ReviewID)
	if err != nil {
		return nil, 0, err
	}
	list, err = s.tell(ctx, lang, task.BrandID, rows, []model.Article{{ID: task.ArticleID, Title: review.Title}}) // a later title is not his to see
	for i := range list {
		if list[i].Kind != "task.approved" && list[i].Kind != "task.rejected" {
			list[i].Reason = "" // why turns change hands is for staff
		}
	}
	return list, more, err
}

// mayTell: of an Article itself only the beginning and end of the rounds that he was shown.
func mayTell(h store.Happened, rounds []string) bool {
	t := read(h)
	return slices.Contains(shownToReviewers, h.Action) &&
		(h.SubjectKind != "article" || slices.Contains(rounds, cmp.Or(t.now.Review, t.was.Review)))
}

func pageOf(rows []store.Happened, limit int) ([]store.Happened, int64) {
	if len(rows) <= limit {
		return rows, 0
	}
	return rows[:limit], rows[limit-1].Seq
}

// tell words acts: the names and the zone are read once for all of them.
func (s Timeline) tell(ctx context.Context, lang, brandID string, rows []store.Happened, articles []model.Article) ([]Happening, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	brand, err := s.store.Brand(ctx, brandID)
	if err != nil {
		return nil, err
	}
	acts := make([]auditedAct, len(rows))
	var ids []string
	for i, h := range rows {
		acts[i] = read(h)
		ids = append(ids, acts[i].was.Member, acts[i].now.Member, deref(h.MemberID))
	}
	members, err := s.store.MembersByID(ctx, brandID, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.ID] = m.DisplayName()
	}
	zone := zoneOf(brand)
	out := make([]Happening, len(acts))
	for i, t := range acts {
		out[i] = t.happening(lang, articles, names, zone)
	}
	return out, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// excerptLength is as long as a line of a history may be, in characters.
const excerptLength = 200

func excerpt(s string) string {
	r := []rune(s)
	if len(r) > excerptLength {
		return string(r[:excerptLength]) + "…"
	}
	return s
}

func (t auditedAct) happening(lang string, articles []model.Article, names map[string]string, zone *time.Location) Happening {
	h := Happening{
		Seq: t.Seq, At: t.At, Kind: t.Action, ArticleID: deref(t.ArticleID), Step: cmp.Or(t.now.Step, t.was.Step), Reason: excerpt(t.now.Reason),
		Name: cmp.Or(t.now.Name, t.ActorName, model.Phrase(lang, "system", nil)),
	}
	if t.Action == "comment.added" || t.Action == "comment.edited" {
		h.Comment = excerpt(deref(t.CommentBody)) // as it is now: what was deleted stays so
	}
	if t.Action == "comment.added" || t.Action == "comment.edited" || t.Action == "comment.deleted" { // only its author does
		h.Name = cmp.Or(deref(t.CommentName), h.Name)
	}
	if t.Action == "task.transferred" {
		h.Name = cmp.Or(names[t.was.Member], h.Name)
	}
	if t.was.Digest != t.now.Digest && t.Action == "article.edited" {
		h.DigestBefore, h.DigestAfter = t.was.Digest, t.now.Digest
	}
	for _, a := range articles {
		if a.ID == h.ArticleID {
			h.Title, h.Position = a.Title, max(a.Position, 0)
		}
	}
	h.Text = model.ActText(lang, t.wording(), map[string]string{
		"by": h.Name, "title": h.Title, "reason": h.Reason, "comment": h.Comment, "step": strconv.Itoa(h.Step),
		"round": strconv.Itoa(t.now.Round), "version": strconv.Itoa(t.now.Revision), "count": strconv.Itoa(t.now.Articles + t.now.Waiting),
		"from": names[t.was.Member], "to": names[t.now.Member], "absent": names[deref(t.MemberID)], "at": planned(t.now.ScheduledAt, zone),
	})
	return h
}

// wording is the name of the text: most kinds have one, some read otherwise at times.
func (t auditedAct) wording() string {
	switch {
	case t.now.Deputy != nil:
		return t.Action + ".deputy"
	case t.Action == "task.rejected" && t.now.KeepFlow:
		return t.Action + ".kept"
	case t.Action == "article.edited" && t.was.Digest == t.now.Digest:
		return t.Action + ".flow"
	case t.Action == "article.edited" && t.was.State == string(model.ArticleApproved):
		return t.Action + ".voids"
	case t.Action == "post.rescheduled" && t.now.ScheduledAt == nil:
		return t.Action + ".cleared"
	case t.Action == "comment.added" && t.CommentDeleted != nil:
		return t.Action + ".gone"
	}
	return t.Action
}

func planned(at *time.Time, zone *time.Location) string {
	if at == nil {
		return ""
	}
	return at.In(zone).Format("2006-01-02 15:04")
}
