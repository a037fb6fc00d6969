package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// BulkAnswer is one answer among several: each says which content was seen.
type BulkAnswer struct {
	TaskID string
	Answer model.Answer
}

// BulkResult is what became of one answer: Err, or else Outcome.
type BulkResult struct {
	TaskID  string
	Outcome Outcome
	Err     error
}

// DecideAll takes several answers, each in a transaction of its own: one that is refused
// does not keep the others from counting. Repeated with the same key, each gives its
// first answer again; what was refused, or failed, is tried anew.
func (s Reviews) DecideAll(ctx context.Context, c Call, list []BulkAnswer) ([]BulkResult, error) {
	for i, b := range list {
		if slices.ContainsFunc(list[:i], func(x BulkAnswer) bool { return x.TaskID == b.TaskID }) {
			return nil, model.Invalid(model.Field(fmt.Sprintf("decisions[%d].task_id", i), "duplicate"))
		}
	}
	_, err := idempotent(ctx, s.acts, c, func(*store.Tx) (done, error) { return done{}, nil }) // the key belongs to this body
	if err != nil {
		return nil, err
	}
	out := make([]BulkResult, len(list))
	for i, b := range list {
		one := c
		one.Key, one.bulk = c.Key+"."+b.TaskID, true
		sum := sha256.Sum256(asJSON(b))
		one.RequestHash = hex.EncodeToString(sum[:])
		out[i].TaskID = b.TaskID
		out[i].Outcome, out[i].Err = s.Decide(ctx, one, b.TaskID, b.Answer)
		if ctx.Err() != nil {
			return nil, model.E(model.CodeUnavailable).Because(ctx.Err()) // the same key again does the rest
		}
	}
	return out, nil
}
