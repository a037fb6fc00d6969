package service

import (
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/store"
)

// Bindings joins a brand user's WeChat to his account (rule 4).
type Bindings struct {
	acts
	cache  Cache
	scenes Scenes
}

// bindingLife is how long a binding code can be scanned.
const bindingLife = 10 * time.Minute

// Start makes a code that binds whoever scans and confirms it to the caller's account.
// It is bound to this console session, used once, and replaces an earlier code.
func (b Bindings) Start(ctx context.Context, c Call) (model.Scene, error) {
	var replaced []string
	scene, err := idempotent(ctx, b.acts, c, func(tx *store.Tx) (model.Scene, error) {
		user := c.Principal.UserID
		if _, err := tx.Binding(ctx, store.Viewer{UserID: user}); err == nil {
			return model.Scene{}, model.E(model.CodeUserBound)
		} else if model.CodeOf(err) != model.CodeNotFound {
			return model.Scene{}, err
		}
		var err error
		if replaced, err = tx.RevokeScenesOf(model.SceneBinding, user); err != nil {
			return model.Scene{}, err
		}
		ends := tx.Now.Add(bindingLife)
		return b.scenes.newScene(tx, model.Scene{Kind: model.SceneBinding, SubjectID: user, SessionID: &c.Principal.SessionID, MaxUses: 1, ExpiresAt: &ends})
	})
	if err == nil {
		b.dropped(ctx, b.cache.DropScene, replaced...)
	}
	return scene, err
}

// Pending reads the caller's newest binding code, if this session asked for it.
func (b Bindings) Pending(ctx context.Context, c Call) (model.Scene, error) {
	scene, err := b.store.SceneOf(ctx, model.SceneBinding, c.Principal.UserID)
	if err != nil {
		return scene, err
	}
	now, err := b.store.Now(ctx)
	if err != nil {
		return scene, err
	}
	if scene.SessionID == nil || *scene.SessionID != c.Principal.SessionID || !scene.Live(now) {
		return scene, model.E(model.CodeNotFound)
	}
	return scene, nil
}

// Confirm binds the caller's WeChat to the account that asked; the scan alone did
// nothing. A WeChat or an account that is bound already is refused without naming the
// other half.
func (b Bindings) Confirm(ctx context.Context, c Call, token string) (model.Binding, error) {
	var hash string
	out, err := idempotent(ctx, b.acts, c, func(tx *store.Tx) (model.Binding, error) {
		scene, err := b.scenes.find(ctx, tx.Reader, tx.Now, token, model.SceneBinding)
		if err != nil {
			return model.Binding{}, err
		}
		hash = scene.TokenHash
		alive, err := tx.SessionAlive(ctx, *scene.SessionID)
		if err != nil || !alive {
			return model.Binding{}, orEnded(err)
		}
		if err := refuseBound(ctx, tx, c.Principal.PersonID, scene.SubjectID); err != nil {
			return model.Binding{}, err
		}
		if used, err := tx.UseScene(scene.ID); err != nil || !bool(used) {
			return model.Binding{}, orEnded(err)
		}
		row := model.Binding{PersonID: c.Principal.PersonID, UserID: scene.SubjectID}
		err = tx.Bind(&row)
		if errors.Is(err, store.ErrTaken) { // both phones at once: the index was the judge
			return row, model.E(model.CodeWeChatBound)
		}
		if err != nil {
			return row, err
		}
		return row, recordForUser(ctx, tx, c, row.UserID, "wechat.bound", map[string]any{"person": nil}, map[string]any{"person": row.PersonID})
	})
	if err == nil {
		b.dropped(ctx, b.cache.DropScene, hash)
	}
	return out, b.scenes.missed(ctx, c, err)
}

func refuseBound(ctx context.Context, tx *store.Tx, personID, userID string) error {
	if _, err := tx.Binding(ctx, store.Viewer{PersonID: personID}); err == nil {
		return model.E(model.CodeWeChatBound)
	} else if model.CodeOf(err) != model.CodeNotFound {
		return err
	}
	if _, err := tx.Binding(ctx, store.Viewer{UserID: userID}); err == nil {
		return model.E(model.CodeUserBound)
	} else if model.CodeOf(err) != model.CodeNotFound {
		return err
	}
	return nil
}

// End unbinds the caller, from the console or from the phone.
func (b Bindings) End(ctx context.Context, c Call) error {
	return b.store.InTx(ctx, func(tx *store.Tx) error {
		row, err := tx.Binding(ctx, c.Principal.Viewer())
		if err != nil {
			return err
		}
		if gone, err := tx.Unbind(row); err != nil || !bool(gone) {
			return err
		}
		return recordForUser(ctx, tx, c, row.UserID, "wechat.unbound", map[string]any{"person": row.PersonID}, map[string]any{"person": nil})
	})
}

// recordForUser writes an act on a User into the audit of every Brand that he works for.
func recordForUser(ctx context.Context, tx *store.Tx, c Call, userID, action string, before, after any) error {
	brands, err := tx.BrandsOf(ctx, userID)
	for _, id := range brands {
		tx.Audit(c.entry(id, action, "user", userID, before, after))
	}
	return err
}
