package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// idempotent runs an act in one transaction. With an idempotency key, the first answer is kept
// in the same transaction. A repeat finds the key taken, by its own insert or by an act
// that is refused because it was done; it is undone, and gets the first answer.
func idempotent[T any](ctx context.Context, a acts, c Call, fn func(tx *store.Tx) (T, error)) (out T, err error) {
	keyed := c.Key != "" && c.DryRun == nil
	err = a.store.InTx(ctx, func(tx *store.Tx) error {
		out = *new(T)
		if c.DryRun != nil {
			out, err = rehearse(ctx, tx, c, fn)
			return err
		}
		if out, err = fn(tx); err != nil || !keyed {
			return err
		}
		return a.keep(tx, c, out)
	})
	if keyed && (errors.Is(err, store.ErrKeyTaken) || (err != nil && isRefusal(err) && !errors.As(err, new(*stranger)))) {
		return out, replay(ctx, a, c, err, &out)
	}
	return out, err
}

// rehearse runs an act that its transaction will undo. It claims no idempotency key: the
// same key may follow with the act itself.
func rehearse[T any](ctx context.Context, tx *store.Tx, c Call, fn func(tx *store.Tx) (T, error)) (T, error) {
	*c.DryRun = Rehearsal{}
	tx.Rehearse()
	out, err := fn(tx)
	if err != nil {
		return out, err
	}
	return out, tx.Tally(ctx, &c.DryRun.Effects)
}

// keep stores an act's answer under its key.
func (a acts) keep(tx *store.Tx, c Call, out any) error {
	raw, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("idempotent answer: %w", err)
	}
	sealed, err := a.answers.Seal(raw, "answer")
	if err != nil {
		return err
	}
	return tx.KeepAnswer(model.IdempotencyKey{Principal: c.Principal.ID(), IdemKey: c.Key, RequestHash: c.RequestHash, Answer: sealed})
}

// replay gives the first answer of a key, or else the refusal of an act that was never
// done under it.
func replay[T any](ctx context.Context, a acts, c Call, refusal error, out *T) error {
	*out = *new(T)
	k, err := a.store.KeptAnswer(ctx, c.Principal.ID(), c.Key)
	switch {
	case err != nil && model.CodeOf(err) == model.CodeNotFound && isRefusal(refusal):
		return refusal
	case err != nil:
		return err
	case k.RequestHash != c.RequestHash:
		return model.E(model.CodeKeyReused)
	}
	raw, err := a.answers.Open(k.Answer, "answer")
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

// stranger marks the refusal of somebody who may not do the act, or not any more: he
// gets no earlier answer either.
type stranger struct{ error }

func (s *stranger) Unwrap() error { return s.error }

// done is the answer of an act that answers nothing.
type done struct{}
