package service

import (
	"context"
	"errors"
	"sync"
	"time"

	"countersign/model"
	"countersign/store"
)

// The sources beyond the local rules take long: WeChat is asked in pieces, a model thinks
// for half a minute. So they are not asked by the relay, which would hold every notice up
// behind them, but from the reports themselves: a report with a pending source is owed, in
// the transaction that made it, and every replica leases a few at a time.
const (
	aiLease    = 5 * time.Minute // of a report
	aiWithin   = 4 * time.Minute // all its sources are asked, or it is tried again
	aiAtOnce   = 4               // reports under way in one replica
	aiAttempts = 6               // then a source is called unavailable
	aiPoll     = time.Second
)

// loop asks for a few reports a turn.
func (s AIReviews) loop() loop {
	return loop{guard: s.guard, pace: aiPoll, tick: func(ctx context.Context) (again bool, err error) {
		n, err := s.Drain(ctx)
		return err == nil && n == aiAtOnce, err
	}}
}

// Drain asks the sources of a few reports that are due; it answers how many.
func (s AIReviews) Drain(ctx context.Context) (int, error) {
	list, err := s.store.ClaimAIReports(ctx, s.newID(), aiLease, aiAtOnce)
	var wg sync.WaitGroup
	for _, v := range list {
		wg.Go(func() {
			if err := s.guard.safely(ctx, func() error { return s.finish(ctx, v) }); err != nil {
				s.log.WarnContext(ctx, "ai review: a report could not be finished", "report", v.ID, "attempts", v.Attempts, "error", err)
			}
		})
	}
	wg.Wait()
	return len(list), err
}

// finish checks one report. After a fault or a panic its lease hands it on; one that goes on
// failing is called unavailable, for it would come back for ever.
func (s AIReviews) finish(ctx context.Context, v model.AIReport) error {
	err := s.guard.safely(ctx, func() error { return s.check(ctx, v) })
	if err == nil || v.Attempts < aiAttempts {
		return err
	}
	var given []reply
	for _, source := range v.Pending() {
		given = append(given, reply{source: model.SourceReport{Source: source, State: model.SourceUnavailable, Reason: string(model.CodeOf(err))}})
	}
	return errors.Join(err, s.noted(ctx, v, given))
}

// reply is what asking a source came to.
type reply struct {
	source   model.SourceReport
	findings []model.Finding
	later    time.Duration // not 0: it is tried again after this
}

// check asks the pending sources of one report and notes what they say.
func (s AIReviews) check(ctx context.Context, v model.AIReport) error {
	asked, cancel := context.WithTimeout(ctx, aiWithin)
	defer cancel()
	q, err := s.question(asked, v)
	if err != nil {
		return err
	}
	var replies []reply
	for _, source := range v.Pending() {
		r := s.ask(asked, v, source, q)
		if ctx.Err() != nil { // the program is stopping: nothing is known of this one
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
			defer cancel()
			return s.store.ReleaseAIReport(ctx, v.LeaseOwner, v.ID)
		}
		replies = append(replies, r)
	}
	return s.noted(ctx, v, replies)
}

// question reads what a report is about.
func (s AIReviews) question(ctx context.Context, v model.AIReport) (q model.AIQuestion, err error) {
	rev, err := s.store.RevisionByDigest(ctx, v.ArticleID, v.Digest)
	if err != nil {
		return q, err
	}
	content, err := contentIn(rev.Content)
	if err != nil {
		return q, err
	}
	post, err := s.store.Post(ctx, v.BrandID, v.PostID)
	platform, _ := model.PlatformByID(post.Platform)
	return model.AIQuestion{Texts: ReviewTexts(content), Platform: platform.Zh, Language: model.LangZh}, err
}

// ask asks one source. What passes by itself is asked again with growing pauses; a source
// that goes on failing is unavailable, and so is one that will not answer this text.
func (s AIReviews) ask(ctx context.Context, v model.AIReport, source model.FindingSource, q model.AIQuestion) reply {
	r := reply{source: model.SourceReport{Source: source, State: model.SourceDone}}
	var err error
	if source == model.SourceWeChat {
		r.findings, err = s.askWeChat(ctx, v, q.Texts)
	} else {
		var said model.AIVerdict
		said, err = s.askModel(ctx, v, q)
		r.findings, r.source.Version, r.source.Dropped = said.Findings, said.Version, said.Dropped
	}
	switch {
	case err == nil:
	case passes(err) && model.CodeOf(err) != model.CodeAIModelQuota && model.CodeOf(err) != model.CodeWeChatQuota && v.Attempts < aiAttempts:
		r.source.State, r.later = model.SourcePending, max(backoff(v.Attempts, err), time.Second)
	default:
		r.source.State, r.source.Reason = model.SourceUnavailable, whyNot(err)
		s.log.WarnContext(ctx, "ai review: a source is unavailable", "source", string(source), "report", v.ID, "brand", v.BrandID, "error", err)
	}
	return r
}

// whyNot is the reason that a report shows: of a text that cannot be asked about, what is
// wrong with it.
func whyNot(err error) string {
	if e, ok := asRefusal(err); ok && e.Code == model.CodeInvalid && len(e.Fields) > 0 {
		return e.Fields[0].Reason
	}
	return string(model.CodeOf(err))
}

// noted writes what the sources said, if the report still is as it was leased: somebody may
// have asked anew meanwhile, and what was found out before is dropped then.
func (s AIReviews) noted(ctx context.Context, v model.AIReport, replies []reply) error {
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.LockAIReport(v.ID)
		if err != nil || now.LeaseOwner != v.LeaseOwner || now.Asked != v.Asked {
			return err
		}
		now.NextAt, now.LeaseOwner = model.Never, ""
		for _, r := range replies {
			now.Put(r.source, r.findings)
			if next := tx.Now.Add(r.later); r.later > 0 && next.Before(now.NextAt) {
				now.NextAt = next
			}
		}
		return tx.MoveAIReport(now)
	})
}
