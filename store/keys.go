package store

import (
	"context"
	"errors"

	"countersign/model"
)

// ErrKeyTaken says that the idempotency key has an answer already.
var ErrKeyTaken = errors.New("store: idempotency key is taken")

// KeepAnswer stores an act's answer under its idempotency key. While another request
// with the key is running, the insert waits for it; ErrKeyTaken when that one, or an
// earlier one, was first.
func (tx *Tx) KeepAnswer(k model.IdempotencyKey) error {
	k.CreatedAt = tx.Now
	err := tx.db.Create(&k).Error
	if duplicate(err) {
		return ErrKeyTaken
	}
	return err
}

// KeptAnswer reads what a key was answered.
func (r Reader) KeptAnswer(ctx context.Context, principal, key string) (k model.IdempotencyKey, err error) {
	err = r.with(ctx).Where("principal = ? AND idem_key = ?", principal, key).Take(&k).Error
	return k, fault("idempotency key", err)
}
