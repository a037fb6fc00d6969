package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Comments keeps the threads on articles. They are no part of the content.
type Comments struct {
	acts
	cache     Cache
	perMinute int // of one principal; 0 is 30
}

// AnchorSpec is what a new thread is pinned to.
type AnchorSpec struct {
	Kind    model.AnchorKind // "" is the whole article
	Block   int
	Quote   string
	MediaID string
	Second  float64
}

// CommentSpec is a comment as its author writes it: one that begins a thread, or a
// reply to ReplyTo, which is where its thread is.
type CommentSpec struct {
	Body       string
	ReplyTo    string
	Visibility model.CommentVisibility
	Revision   int
	Anchor     AnchorSpec
}

func (s Comments) allow(ctx context.Context, c Call) error {
	limit := model.Limit{Name: "comments", Rate: cmp.Or(s.perMinute, 30), Period: time.Minute}
	if ok, wait := s.cache.Allow(ctx, limit, c.Principal.ID()); !ok {
		return model.E(model.CodeTooMany).After(wait)
	}
	return nil
}

func cleanComment(body string) (string, error) {
	body = strings.TrimSpace(normalize(body))
	if r := model.CheckText(body, model.MaxComment); r != "" {
		return body, model.Invalid(model.Field("body", r))
	}
	return body, nil
}

// Write adds a comment to an article that the caller may see and answers its id.
func (s Comments) Write(ctx context.Context, c Call, articleID string, spec CommentSpec) (string, error) {
	if err := s.allow(ctx, c); err != nil {
		return "", err
	}
	body, err := cleanComment(spec.Body)
	if err != nil {
		return "", err
	}
	return idempotent(ctx, s.acts, c, func(tx *store.Tx) (string, error) {
		sight, err := tx.Sight(ctx, c.Principal.Viewer(), articleID)
		if err != nil {
			return "", err
		}
		if sight.Article.RemovedAt != nil { // it can be read, as history
			return "", model.E(model.CodeNotFound)
		}
		post, err := tx.Post(ctx, sight.Article.BrandID, sight.Article.PostID)
		if err != nil {
			return "", err
		}
		if err := model.MayComment(post.State); err != nil {
			return "", err
		}
		row, err := s.place(ctx, tx, c, sight, spec)
		if err != nil {
			return "", err
		}
		row.Body = body
		return row.ID, s.add(ctx, tx, c, post, row)
	})
}

// place makes the row of a new comment: in its thread, or at its anchor.
func (s Comments) place(ctx context.Context, tx *store.Tx, c Call, sight store.Sight, spec CommentSpec) (model.Comment, error) {
	if spec.ReplyTo != "" {
		return s.reply(ctx, tx, c, sight, spec.ReplyTo)
	}
	if err := spec.Visibility.MayStart(sight.Staff); err != nil {
		return model.Comment{}, err
	}
	id := s.newID()
	row := model.Comment{
		ID: id, BrandID: sight.Article.BrandID, PostID: sight.Article.PostID, ArticleID: sight.Article.ID, ThreadID: id, MemberID: sight.MemberID,
		Visibility: spec.Visibility, RevisionNumber: spec.Revision, Anchor: cmp.Or(spec.Anchor.Kind, model.AnchorArticle), Unresolved: true,
	}
	if !sight.May(spec.Revision) {
		return row, model.Invalid(model.Field("revision", "unknown"))
	}
	rev, err := tx.Revision(ctx, row.BrandID, row.ArticleID, spec.Revision)
	if model.CodeOf(err) == model.CodeNotFound && err != nil {
		return row, model.Invalid(model.Field("revision", "unknown"))
	}
	if err != nil {
		return row, err
	}
	return row, pin(&row, rev, spec.Anchor)
}

// pin sets the anchor, which must be in the version that the author of the comment saw.
func pin(row *model.Comment, rev model.Revision, a AnchorSpec) error {
	var content model.Content
	if err := json.Unmarshal(rev.Content, &content); err != nil {
		return fmt.Errorf("revision content: %w", err)
	}
	switch row.Anchor {
	case model.AnchorArticle:
		return nil
	case model.AnchorParagraph:
		return pinParagraph(row, content, a)
	case model.AnchorPicture:
		return pinMedia(row, a.MediaID, pictures(content))
	case model.AnchorSecond:
		ms := int64(a.Second * 1000)
		row.OffsetMS = &ms
		if content.Video == nil || ms < 0 || ms > model.MaxOffset.Milliseconds() {
			return model.E(model.CodeCommentAnchor)
		}
		return pinMedia(row, content.Video.ID, []model.MediaRef{*content.Video})
	}
	return model.Invalid(model.Field("anchor.kind", "unknown"))
}

func pinParagraph(row *model.Comment, content model.Content, a AnchorSpec) error {
	row.Quote = strings.TrimSpace(normalize(a.Quote))
	if row.Quote != "" {
		if r := model.CheckText(row.Quote, model.MaxQuote); r != "" {
			return model.Invalid(model.Field("anchor.quote", r))
		}
	}
	blocks := paragraphs(content)
	if a.Block < 0 || a.Block >= len(blocks) || !strings.Contains(blocks[a.Block].Text, row.Quote) {
		return model.E(model.CodeCommentAnchor)
	}
	row.Block = &a.Block
	if row.Quote == "" { // the beginning of the block stands for it
		row.Quote = firstRunes(blocks[a.Block].Text, model.MaxQuote)
	}
	return nil
}

// paragraphs are the blocks of a body; of content without one, the lines of its text.
func paragraphs(c model.Content) []Block {
	if c.BodyHTML != "" {
		return BodyBlocks(c.BodyHTML)
	}
	var out []Block
	for l := range strings.SplitSeq(c.Text, "\n") {
		out = append(out, Block{BlockText, l})
	}
	return out
}

func firstRunes(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

func pictures(c model.Content) []model.MediaRef {
	all := slices.Concat(c.Pictures, c.BodyMedia)
	if c.Cover != nil {
		all = append(all, *c.Cover)
	}
	return all
}

func pinMedia(row *model.Comment, id string, among []model.MediaRef) error {
	i := slices.IndexFunc(among, func(m model.MediaRef) bool { return m.ID == id })
	if i < 0 {
		return model.E(model.CodeCommentAnchor)
	}
	row.MediaID, row.MediaSHA256 = among[i].ID, among[i].SHA256
	return nil
}

// reply makes the row of a reply. The thread's first comment is locked: a reply and a
// resolve at once come one after the other, and a reply opens a resolved thread again.
func (s Comments) reply(ctx context.Context, tx *store.Tx, c Call, sight store.Sight, to string) (model.Comment, error) {
	parent, _, err := tx.Comment(ctx, c.Principal.Viewer(), to)
	if err != nil && model.CodeOf(err) == model.CodeNotFound || err == nil && parent.ArticleID != sight.Article.ID {
		return model.Comment{}, model.Invalid(model.Field("reply_to", "unknown"))
	}
	if err != nil {
		return model.Comment{}, err
	}
	first, err := tx.LockComment(parent.ThreadID)
	if err != nil {
		return first, err
	}
	members, err := tx.ThreadMembers(ctx, first.ID)
	if err != nil {
		return first, err
	}
	if len(members) >= model.MaxThread {
		return first, model.E(model.CodeThreadFull, "most", strconv.Itoa(model.MaxThread))
	}
	if !first.Unresolved {
		if err := s.resolve(tx, c, first, false, store.MemberView{}); err != nil {
			return first, err
		}
	}
	row := first
	row.ID, row.MemberID, row.Unresolved = s.newID(), sight.MemberID, false
	row.ResolvedBy, row.ResolvedByName, row.ResolvedAt, row.EditedAt, row.DeletedAt = nil, "", nil, nil, nil
	return row, nil
}

// add writes a comment, records it and owes the notices.
func (s Comments) add(ctx context.Context, tx *store.Tx, c Call, post model.Post, row model.Comment) error {
	me, err := tx.Member(ctx, row.BrandID, row.MemberID)
	if err != nil {
		return err
	}
	row.Name = me.DisplayName()
	if err := tx.CreateComment(&row); err != nil {
		return err
	}
	tx.Audit(c.entry(row.BrandID, "comment.added", "comment", row.ID, nil, map[string]any{
		"article": row.ArticleID, "thread": row.ThreadID, "visibility": row.Visibility, "revision": row.RevisionNumber, "anchor": row.Anchor, "body": row.Body,
	}))
	return s.tell(ctx, tx, post, row)
}

// tell owes a notice to the article's author and to whoever wrote in the thread, but not
// to the author of the comment.
func (s Comments) tell(ctx context.Context, tx *store.Tx, post model.Post, row model.Comment) error {
	to, err := tx.ThreadMembers(ctx, row.ThreadID)
	if err != nil {
		return err
	}
	to = append(to, post.CreatedBy)
	slices.Sort(to)
	for _, member := range slices.Compact(to) {
		if member != row.MemberID {
			tx.Owe(s.notice(model.NoticeCommentAdded, row.BrandID, member, row.ID, 1))
		}
	}
	return nil
}

// own reads and locks a comment that the caller may see.
func (s Comments) own(ctx context.Context, tx *store.Tx, c Call, id string) (model.Comment, store.Sight, error) {
	row, sight, err := tx.Comment(ctx, c.Principal.Viewer(), id)
	if err != nil {
		return row, sight, err
	}
	row, err = tx.LockComment(id)
	return row, sight, err
}

// Edit changes the text of the caller's own comment, for a while, at the version that he
// saw. The text before stays in the audit.
func (s Comments) Edit(ctx context.Context, c Call, id string, version int64, text string) error {
	if err := s.allow(ctx, c); err != nil {
		return err
	}
	text, err := cleanComment(text)
	if err != nil {
		return err
	}
	_, err = idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		row, sight, err := s.own(ctx, tx, c, id)
		if err != nil {
			return done{}, err
		}
		if err := row.MayEdit(sight.Wrote(row), tx.Now); err != nil {
			return done{}, err
		}
		was := row.Body
		switch {
		case row.Version != version:
			return done{}, model.E(model.CodeStale)
		case was == text:
			return done{}, nil
		}
		if err := tx.MoveComment(row, map[string]any{"body": text, "edited_at": tx.Now}); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(row.BrandID, "comment.edited", "comment", id, map[string]any{"body": was}, map[string]any{"body": text}))
		return done{}, nil
	})
	return err
}

// Delete takes the text of the caller's own comment away; its place stays, for the
// replies to it. A thread of which nothing is left is no longer open.
func (s Comments) Delete(ctx context.Context, c Call, id string) error {
	_, err := idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		row, sight, err := s.own(ctx, tx, c, id)
		switch {
		case err != nil:
			return done{}, err
		case !sight.Wrote(row):
			return done{}, model.E(model.CodeCommentForeign)
		case row.DeletedAt != nil:
			return done{}, nil // it is as he wants it
		}
		set := map[string]any{"body": "", "deleted_at": tx.Now}
		if row.First() {
			members, err := tx.ThreadMembers(ctx, id)
			if err != nil {
				return done{}, err
			}
			set["unresolved"] = row.Unresolved && len(members) > 1
		}
		tx.Audit(c.entry(row.BrandID, "comment.deleted", "comment", id, map[string]any{"body": row.Body}, map[string]any{"deleted_at": tx.Now}))
		return done{}, tx.MoveComment(row, set)
	})
	return err
}

// Resolve resolves a thread, or opens it again; id may be of any comment in it. Doing so
// twice does nothing.
func (s Comments) Resolve(ctx context.Context, c Call, id string, resolved bool) error {
	_, err := idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		row, sight, err := tx.Comment(ctx, c.Principal.Viewer(), id)
		if err != nil {
			return done{}, err
		}
		first, err := tx.LockComment(row.ThreadID)
		if err != nil {
			return done{}, err
		}
		if err := first.MayResolve(sight.Wrote(first), sight.Staff); err != nil || first.Unresolved != resolved {
			return done{}, err
		}
		me, err := tx.Member(ctx, first.BrandID, sight.MemberID)
		if err != nil {
			return done{}, err
		}
		return done{}, s.resolve(tx, c, first, resolved, me)
	})
	return err
}

func (s Comments) resolve(tx *store.Tx, c Call, first model.Comment, resolved bool, me store.MemberView) error {
	moved, err := tx.ResolveThread(first.ID, resolved, me.ID, me.DisplayName())
	if err != nil || !bool(moved) {
		return err
	}
	action := "comment.reopened"
	if resolved {
		action = "comment.resolved"
	}
	tx.Audit(c.entry(first.BrandID, action, "comment", first.ID, map[string]any{"unresolved": first.Unresolved}, map[string]any{"unresolved": !resolved}))
	return nil
}

// Outdated tells of comments whether what they are pinned to is gone from the newest
// version that the reader may see, which is content.
func Outdated(list []model.Comment, newest int, content model.Content) []bool {
	out := make([]bool, len(list))
	var blocks []Block
	for i, c := range list {
		if c.RevisionNumber >= newest {
			continue
		}
		has := func(m model.MediaRef) bool { return m.SHA256 == c.MediaSHA256 }
		switch c.Anchor {
		case model.AnchorArticle:
		case model.AnchorParagraph:
			if blocks == nil {
				blocks = paragraphs(content)
			}
			out[i] = !slices.ContainsFunc(blocks, func(b Block) bool { return strings.Contains(b.Text, c.Quote) })
		case model.AnchorPicture:
			out[i] = !slices.ContainsFunc(pictures(content), has)
		case model.AnchorSecond:
			out[i] = content.Video == nil || !has(*content.Video)
		}
	}
	return out
}

// Seen notes which version of an article whoever answers a task has read. It changes
// nothing for anybody else, so it is no entry in the audit.
func (s Comments) Seen(ctx context.Context, c Call, taskID string, revision int) error {
	_, err := idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		t, err := tx.VisibleTask(ctx, c.Principal.Viewer(), taskID)
		if err == nil {
			err = tx.Shown(ctx, t.Task)
		}
		if err != nil {
			return done{}, err
		}
		v, err := tx.Review(ctx, t.BrandID, t.ReviewID)
		if err != nil {
			return done{}, err
		}
		if revision != v.RevisionNumber {
			return done{}, model.Invalid(model.Field("revision", "unknown"))
		}
		last, err := tx.SeenRevision(ctx, t.Answerer(), t.ArticleID)
		if err != nil || last == revision {
			return done{}, err
		}
		return done{}, tx.MarkSeen(model.SeenMark{MemberID: t.Answerer(), ArticleID: t.ArticleID, BrandID: t.BrandID, RevisionNumber: revision})
	})
	return err
}
