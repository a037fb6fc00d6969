package api

import (
	"context"
	"encoding/base64"
	"strconv"
	"time"

	"countersign/model"
	"countersign/service"
)

// TimelineIn pages through a history.
type TimelineIn struct {
	Language string `header:"Accept-Language" maxLength:"200"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before."`
}

// after is the sequence number that the cursor stands for.
func (in TimelineIn) after() (int64, error) {
	if in.Cursor == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	n, err2 := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || err2 != nil || n < 1 {
		return 0, model.Invalid(model.Field("query.cursor", "malformed"))
	}
	return n, nil
}

// TurnHappenedOut is one thing that happened, as an approver is told.
type TurnHappenedOut struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" example:"task.approved"`
	Text    string    `json:"text" doc:"One sentence in the language of Accept-Language."`
	Name    string    `json:"name" doc:"Who did it."`
	Step    int       `json:"step,omitempty" doc:"Position of the step."`
	Reason  string    `json:"reason,omitempty" doc:"Its first 200 characters."`
	Comment string    `json:"comment,omitempty" doc:"The first 200 characters of the comment as it is now."`
}

// HappenedOut is one thing that happened to a post.
type HappenedOut struct {
	TurnHappenedOut
	ArticleID    string `json:"article_id,omitempty"`
	Position     int    `json:"position,omitempty" doc:"Of the article now; absent once it is removed."`
	Title        string `json:"title,omitempty" doc:"Of the article now."`
	DigestBefore string `json:"digest_before,omitempty" doc:"When the content changed."`
	DigestAfter  string `json:"digest_after,omitempty"`
}

func turnHappened(h service.Happening) TurnHappenedOut {
	return TurnHappenedOut{h.At, h.Kind, h.Text, h.Name, h.Step, h.Reason, h.Comment}
}

func happened(h service.Happening) HappenedOut {
	return HappenedOut{turnHappened(h), h.ArticleID, h.Position, h.Title, h.DigestBefore, h.DigestAfter}
}

// history is a page of a time line.
func history[T any](rows []service.Happening, more int64, show func(service.Happening) T) *ListOut[T] {
	out := listOf(rows, len(rows), func(service.Happening) string { return "" }, show)
	if more > 0 {
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(more, 10)))
	}
	return out
}

type postTimelineIn struct {
	PostIn
	TimelineIn
}

func (a *API) postTimeline(ctx context.Context, in *postTimelineIn) (*ListOut[HappenedOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	rows, more, err := a.Service.Timeline.OfPost(ctx, language(in.Language), in.Brand, in.Post, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return history(rows, more, happened), nil
}

type taskTimelineIn struct {
	TaskIn
	TimelineIn
}

func (a *API) taskTimeline(ctx context.Context, in *taskTimelineIn) (*ListOut[TurnHappenedOut], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	rows, more, err := a.Service.Timeline.OfTask(ctx, language(in.Language), callOf(ctx), in.Task, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return history(rows, more, turnHappened), nil
}
