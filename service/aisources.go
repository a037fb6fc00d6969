package service

import (
	"context"
	"errors"
	"strconv"
	"time"

	"countersign/model"
)

// WeChat takes so many characters at once, and checks nobody who was away for longer.
const (
	wechatPiece  = 2500
	wechatPieces = 40 // of one content; a longer one is not checked
	wechatRecent = 2 * time.Hour
)

// piece is a part of a field that is checked at once.
type piece struct {
	field      string
	text       []rune
	start, end int
}

// pieces cuts texts for WeChat.
func pieces(texts []model.ReviewText) (out []piece) {
	for _, t := range texts {
		runes := []rune(t.Text)
		for start := 0; start < len(runes); start += wechatPiece {
			out = append(out, piece{t.Field, runes, start, min(start+wechatPiece, len(runes))})
		}
	}
	return out
}

// askWeChat has WeChat check the texts as those of the Member who wanted it: WeChat asks
// for somebody who was in the mini-program a moment ago. Without one it is unavailable.
func (s AIReviews) askWeChat(ctx context.Context, v model.AIReport, texts []model.ReviewText) ([]model.Finding, error) {
	now, err := s.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	openid, bound, err := s.store.WeChatOfMember(ctx, v.AskedBy, now.Add(-wechatRecent))
	list := pieces(texts)
	switch {
	case err != nil:
		return nil, err
	case !bound:
		return nil, model.Invalid(model.Field("author", "author_not_bound"))
	case openid == "":
		return nil, model.E(model.CodeWeChatIdle)
	case len(list) > wechatPieces:
		return nil, model.Invalid(model.Field("texts", "text_too_long"))
	}
	var out []model.Finding
	for _, p := range list {
		found, err := s.askPiece(ctx, openid, p)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (s AIReviews) askPiece(ctx context.Context, openid string, p piece) ([]model.Finding, error) {
	verdict, err := s.wechat.CheckText(ctx, model.TextCheck{OpenID: openid, Scene: model.TextSceneForum, Content: string(p.text[p.start:p.end])})
	if err != nil {
		return nil, err
	}
	rule := model.RuleWeChatDoubt
	switch verdict.Suggest {
	case model.TextPass:
		return nil, nil
	case model.TextRisky:
		rule = model.RuleWeChatRisky
	case model.TextReview:
	}
	r, _ := model.AIRuleByID(rule)
	f := model.Finding{Rule: rule, Severity: r.Severity, Source: model.SourceWeChat, Reason: "wechat.label-" + strconv.Itoa(verdict.Label)}
	return []model.Finding{f.At(p.field, p.text, p.start, p.end)}, nil
}

// askModel asks the model within the Brand's tokens of the day. What the question may cost
// is taken before it is asked and corrected afterwards.
func (s AIReviews) askModel(ctx context.Context, v model.AIReport, q model.AIQuestion) (model.AIVerdict, error) {
	if len(q.Texts) == 0 {
		return model.AIVerdict{}, nil
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return model.AIVerdict{}, err
	}
	spent := model.AIUsage{BrandID: v.BrandID, Day: now.UTC().Format(time.DateOnly), Tokens: s.model.Cost(q)}
	ok, err := s.store.SpendTokens(ctx, spent, s.dailyTokens)
	if err == nil && !ok {
		err = model.E(model.CodeAIModelQuota)
	}
	if err != nil {
		return model.AIVerdict{}, err
	}
	said, err := s.model.Review(ctx, q)
	spent.Tokens = said.Tokens - spent.Tokens
	fixing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	if wrong := s.store.CorrectTokens(fixing, spent); wrong != nil { // the day's budget is a little too small then
		s.log.WarnContext(ctx, "ai review: tokens were not corrected", "brand", v.BrandID, "error", wrong)
	}
	return said, err
}

func asRefusal(err error) (*model.Error, bool) { return errors.AsType[*model.Error](err) }
