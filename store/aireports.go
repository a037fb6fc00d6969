package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/model"
)

// AIReportOf reads the report on one content of an Article; the zero report when nobody has
// looked at it.
func (r Reader) AIReportOf(ctx context.Context, articleID, digest string) (v model.AIReport, err error) {
	err = r.with(ctx).Where("article_id = ? AND digest = ?", articleID, digest).Take(&v).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return model.AIReport{}, nil
	}
	return v, fault("ai report", err)
}

// AIReportsOf reads the reports on some Articles' contents, and the newest one of each: an
// Article whose content nobody has looked at yet shows that one, as stale.
func (r Reader) AIReportsOf(ctx context.Context, articleIDs, digests []string) (list []model.AIReport, err error) {
	if len(articleIDs) == 0 {
		return nil, nil
	}
	newest := r.with(ctx).Model(&model.AIReport{}).Select("MAX(id)").Where("article_id IN ?", articleIDs).Group("article_id")
	err = r.with(ctx).Where("article_id IN ? AND (digest IN ? OR id IN (?))", articleIDs, digests, newest).Find(&list).Error
	return list, fault("ai reports", err)
}

// LockAIReport reads a report and keeps others from changing it until the commit.
func (tx *Tx) LockAIReport(id string) (v model.AIReport, err error) {
	err = tx.forUpdate().Where("id = ?", id).Take(&v).Error
	return v, fault("lock ai report", err)
}

// CreateAIReports inserts reports.
func (tx *Tx) CreateAIReports(list []model.AIReport) error {
	if len(list) == 0 {
		return nil
	}
	for i := range list {
		list[i].Version, list[i].CreatedAt, list[i].UpdatedAt = 1, tx.Now, tx.Now
	}
	return tx.create("ai reports", &list)
}

// MoveAIReport writes what has become of a report, at the version that the caller read.
func (tx *Tx) MoveAIReport(v model.AIReport) error {
	version := v.Version
	v.Version, v.UpdatedAt = version+1, tx.Now
	r := tx.db.Model(&model.AIReport{}).
		Select("revision_number", "sources", "findings", "rules_version", "asked", "asked_by", "next_at", "lease_owner", "attempts", "version", "updated_at").
		Where("id = ? AND version = ?", v.ID, version).UpdateColumns(v) // gorm would put its own time in place of ours
	return stale(r.RowsAffected == 1, r.Error)
}

// ClaimAIReports leases up to limit reports that are due to owner, and counts the attempt.
// No lock is held while their sources are asked; a lease that runs out hands them on.
func (s *Store) ClaimAIReports(ctx context.Context, owner string, lease time.Duration, limit int) (list []model.AIReport, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	var due []model.AIReport
	if err := s.with(ctx).Where("next_at <= ?", now).Order("next_at").Limit(limit).Find(&due).Error; err != nil {
		return nil, fault("ai reports that are due", err)
	}
	for _, v := range due {
		until := now.Add(lease)
		r := s.with(ctx).Model(&model.AIReport{}).Where("id = ? AND version = ? AND next_at <= ?", v.ID, v.Version, now).
			UpdateColumns(map[string]any{"lease_owner": owner, "next_at": until, "attempts": gorm.Expr("attempts + 1"), "version": gorm.Expr("version + 1")})
		if r.Error != nil {
			return list, fault("claim ai report", r.Error)
		}
		if r.RowsAffected == 1 {
			v.LeaseOwner, v.NextAt, v.Attempts, v.Version = owner, until, v.Attempts+1, v.Version+1
			list = append(list, v)
		}
	}
	return list, nil
}

// ReleaseAIReport hands back a report that owner leases and has not tried.
func (s *Store) ReleaseAIReport(ctx context.Context, owner, id string) error {
	return s.InTx(ctx, func(tx *Tx) error {
		return tx.db.Model(&model.AIReport{}).Where("id = ? AND lease_owner = ?", id, owner).
			UpdateColumns(map[string]any{"next_at": tx.Now, "lease_owner": "", "attempts": gorm.Expr("attempts - 1"), "version": gorm.Expr("version + 1")}).Error
	})
}

// AIBacklog counts the reports whose sources are still to be asked.
func (s *Store) AIBacklog(ctx context.Context) (n int64, err error) {
	err = s.with(ctx).Model(&model.AIReport{}).Where("next_at < ?", model.Never).Count(&n).Error
	return n, fault("ai backlog", err)
}

// WeChatOfMember is the WeChat of a staff Member who has used the mini-program since a time;
// bound is false when he has none. openid is "" when he was not there for longer.
func (r Reader) WeChatOfMember(ctx context.Context, memberID string, since time.Time) (openid string, bound bool, err error) {
	var rows []struct {
		OpenID string
		Seen   *time.Time
	}
	err = r.with(ctx).Table("memberships m").Select("p.open_id, s.last_seen_at AS seen").
		Joins("JOIN bindings b ON b.user_id = m.user_id").Joins("JOIN persons p ON p.id = b.person_id").
		Joins("LEFT JOIN sessions s ON s.person_id = p.id AND s.kind = ? AND s.last_seen_at >= ?", model.SessionMini, since).
		Where("m.id = ?", memberID).Order("s.last_seen_at DESC").Limit(1).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", false, fault("wechat of a member", err)
	}
	if rows[0].Seen == nil {
		return "", true, nil
	}
	return rows[0].OpenID, true, nil
}

// SpendTokens takes tokens out of a Brand's budget of a day; false when they are more than
// is left of it. A limit of 0 is none.
func (s *Store) SpendTokens(ctx context.Context, u model.AIUsage, limit int64) (ok bool, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		none := model.AIUsage{BrandID: u.BrandID, Day: u.Day}
		if err := tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&none).Error; err != nil {
			return err
		}
		q := tx.db.Model(&model.AIUsage{}).Where("brand_id = ? AND day = ?", u.BrandID, u.Day)
		if limit > 0 {
			q = q.Where("tokens + ? <= ?", u.Tokens, limit)
		}
		r := q.Update("tokens", gorm.Expr("tokens + ?", u.Tokens))
		ok = r.RowsAffected == 1
		return r.Error
	})
	return ok, err
}

// CorrectTokens adds what a call has cost more than was taken for it, or gives back.
func (s *Store) CorrectTokens(ctx context.Context, u model.AIUsage) error {
	err := s.with(ctx).Model(&model.AIUsage{}).Where("brand_id = ? AND day = ?", u.BrandID, u.Day).Update("tokens", gorm.Expr("tokens + ?", u.Tokens)).Error
	return fault("tokens", err)
}
