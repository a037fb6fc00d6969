package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// AuditFilter narrows a Brand's audit. Empty fields do not.
type AuditFilter struct {
	Subject string // id
	Actor   string // id of a User or Person
	Action  string
	From    *time.Time // inclusive
	To      *time.Time // exclusive
}

// AuditPage asks for a slice of an audit by sequence number.
type AuditPage struct {
	After     int64 // exclusive, 0 for none
	Before    int64 // exclusive, 0 for none
	Limit     int
	Ascending bool
}

// Audit lists entries that pass the filter, at most Limit of them. Each filter has an
// index that ends in the order; a span of time becomes one of sequence numbers.
func (r Reader) Audit(ctx context.Context, brandID string, f AuditFilter, p AuditPage) (list []model.AuditEntry, err error) {
	q, err := r.audited(ctx, brandID, f)
	if err != nil {
		return nil, err
	}
	if p.After > 0 {
		q = q.Where("seq > ?", p.After)
	}
	if p.Before > 0 {
		q = q.Where("seq < ?", p.Before)
	}
	order := "seq DESC"
	if p.Ascending {
		order = "seq"
	}
	err = q.Order(order).Limit(p.Limit).Find(&list).Error
	return list, fault("audit", err)
}

func (r Reader) audited(ctx context.Context, brandID string, f AuditFilter) (*gorm.DB, error) {
	q := r.with(ctx).Where("brand_id = ?", brandID)
	if f.Subject != "" {
		q = q.Where("subject_id = ?", f.Subject)
	}
	if f.Actor != "" {
		q = q.Where("actor_id = ?", f.Actor)
	}
	if f.Action != "" {
		q = q.Where("action = ?", f.Action)
	}
	if f.From != nil {
		seq, err := r.auditSeqAt(ctx, brandID, f.From.Add(-auditSlack))
		if err != nil {
			return nil, err
		}
		q = q.Where("seq >= ? AND at >= ?", seq, f.From.UTC())
	}
	if f.To != nil {
		seq, err := r.auditSeqAt(ctx, brandID, f.To.Add(auditSlack))
		if err != nil {
			return nil, err
		}
		q = q.Where("seq < ? AND at < ?", seq, f.To.UTC())
	}
	return q, nil
}

// auditSlack is more than an act can take: entries stand in the order of their commits,
// their instants are those of their beginnings, so that neighbours may be out of order
// by less than this.
const auditSlack = 5 * time.Minute

// auditSeqAt finds, by halving, a sequence number before which everything is earlier
// than t and after which everything is later, up to auditSlack.
func (r Reader) auditSeqAt(ctx context.Context, brandID string, t time.Time) (int64, error) {
	head, err := r.AuditHeadOf(ctx, brandID)
	if err != nil {
		return 0, err
	}
	low, high := int64(1), head.Seq+1
	for low < high {
		middle := low + (high-low)/2
		var e model.AuditEntry
		if err := r.with(ctx).Select("at").Where("brand_id = ? AND seq = ?", brandID, middle).Take(&e).Error; err != nil {
			return 0, fault("audit at", err)
		}
		if e.At.Before(t) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// FirstAuditOf is the sequence number of the first entry about one of the subjects; not
// found when there is none.
func (r Reader) FirstAuditOf(ctx context.Context, brandID string, subjects []string) (int64, error) {
	var first *int64
	err := r.with(ctx).Model(&model.AuditEntry{}).Where("brand_id = ? AND subject_id IN ?", brandID, subjects).Select("MIN(seq)").Row().Scan(&first)
	if err == nil && first == nil {
		return 0, model.E(model.CodeNotFound)
	}
	if err != nil {
		return 0, fault("first audit", err)
	}
	return *first, nil
}

// AuditSubjects lists the ids under which the audit speaks of a Post: its own, and
// those of everything in it.
func (r Reader) AuditSubjects(ctx context.Context, brandID, postID string) ([]string, error) {
	if _, err := r.Post(ctx, brandID, postID); err != nil {
		return nil, err
	}
	out := []string{postID}
	for _, part := range []string{
		"SELECT id FROM articles WHERE post_id = ?",
		"SELECT id FROM reviews WHERE post_id = ?",
		"SELECT s.id FROM review_steps s JOIN reviews v ON v.id = s.review_id WHERE v.post_id = ?",
		"SELECT id FROM tasks WHERE post_id = ?",
		"SELECT id FROM comments WHERE post_id = ?",
		"SELECT d.id FROM decisions d JOIN reviews v ON v.id = d.review_id WHERE v.post_id = ?",
	} {
		var ids []string
		if err := r.with(ctx).Raw(part, postID).Scan(&ids).Error; err != nil {
			return nil, fault("audit subjects", err)
		}
		out = append(out, ids...)
	}
	return out, nil
}

// AuditHeadOf reads the end of a Brand's chain.
func (r Reader) AuditHeadOf(ctx context.Context, brandID string) (h model.AuditHead, err error) {
	err = r.with(ctx).Where("brand_id = ?", brandID).Take(&h).Error
	return h, fault("audit head", err)
}
