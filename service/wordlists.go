package service

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"

	"countersign/lint"
	"countersign/model"
	"countersign/store"
)

// WordLists keeps a brand's own words (品牌词库). They are an admin's to write.
type WordLists struct{ acts }

// WordListSpec is a list as an admin writes it.
type WordListSpec struct {
	Name     string
	Severity model.Severity
	Enabled  bool
	Words    []model.Word // nil of a change: they stay
}

// checked makes what an admin wrote what is stored. path and from say where a wrong word
// stands.
func (s WordLists) checked(l model.WordList, path string, from int) (model.WordList, error) {
	l.Name = clean(l.Name)
	words := make([]model.Word, len(l.Words))
	for i, w := range l.Words {
		words[i] = model.Word{Word: clean(w.Word), Severity: w.Severity, Suggestion: clean(w.Suggestion)}
	}
	l.Words, l.Count = words, len(words)
	bad := l.Check(path, from)
	for i, w := range words {
		if len(bad) >= model.MaxBadRows || len(words) > model.MaxBrandWords {
			break
		}
		if w.Word != "" && !lint.Searchable(w.Word) {
			bad = append(bad, model.Field(fmt.Sprintf("%s[%d].word", path, i+from), "only_signs"))
		}
	}
	if len(bad) > 0 {
		return l, model.Invalid(bad...)
	}
	return l, nil
}

// room asks whether a list fits beside the Brand's others.
func (s WordLists) room(ctx context.Context, tx *store.Tx, l model.WordList, path string) error {
	others, err := tx.WordLists(ctx, l.BrandID)
	if err != nil {
		return err
	}
	others = slices.DeleteFunc(others, func(o model.WordList) bool { return o.ID == l.ID })
	if len(others) >= model.MaxWordLists {
		return model.E(model.CodeTooManyWordLists, "most", strconv.Itoa(model.MaxWordLists))
	}
	n := l.Count
	for _, o := range others {
		n += o.Count
	}
	if n > model.MaxBrandWords {
		return model.Invalid(model.Field(path, "too_many"))
	}
	return nil
}

// Create makes a list and answers its id.
func (s WordLists) Create(ctx context.Context, c Call, brandID string, spec WordListSpec) (string, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (string, error) {
		row := model.WordList{ID: s.newID(), BrandID: brandID, Name: spec.Name, Severity: spec.Severity, Enabled: spec.Enabled, Words: spec.Words}
		row, err := s.checked(row, "words", 0)
		if err != nil {
			return "", err
		}
		if err := tx.LockWordLists(brandID); err != nil {
			return "", err
		}
		if err := s.room(ctx, tx, row, "words"); err != nil {
			return "", err
		}
		tx.Audit(c.entry(brandID, "word_list.created", "word_list", row.ID, nil, ofList(row)))
		return row.ID, tx.CreateWordList(&row)
	})
}

// ofList is a list as the audit keeps it: its words by their number and digest.
func ofList(l model.WordList) map[string]any {
	return map[string]any{"name": l.Name, "severity": l.Severity, "enabled": l.Enabled, "words": l.Count, "digest": model.ContentDigest(asJSON(l.Words)), "version": l.Version}
}

// Update changes a list at the version that the admin saw.
func (s WordLists) Update(ctx context.Context, c Call, brandID, id string, version int64, spec WordListSpec) error {
	return s.change(ctx, c, brandID, id, version, func(l *model.WordList) (string, int, error) {
		l.Name, l.Severity, l.Enabled = spec.Name, spec.Severity, spec.Enabled
		if spec.Words != nil {
			l.Words = spec.Words
		}
		return "words", 0, nil
	})
}

// Import replaces the words of a list by those of a CSV file.
func (s WordLists) Import(ctx context.Context, c Call, brandID, id string, version int64, file []byte) error {
	words, err := ReadWords(bytes.NewReader(file))
	if err != nil {
		return err
	}
	return s.change(ctx, c, brandID, id, version, func(l *model.WordList) (string, int, error) {
		l.Words = words
		return "rows", 2, nil // as editors count the lines, below the header
	})
}

// change rewrites a list under the lock that the Brand's lists share.
func (s WordLists) change(ctx context.Context, c Call, brandID, id string, version int64, do func(l *model.WordList) (path string, from int, err error)) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		if err := tx.LockWordLists(brandID); err != nil {
			return done{}, err
		}
		was, err := tx.WordList(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		now := was
		path, from, err := do(&now)
		if err == nil {
			now, err = s.checked(now, path, from)
		}
		if err != nil {
			return done{}, err
		}
		if err := s.room(ctx, tx, now, path); err != nil {
			return done{}, err
		}
		now.Version = version
		after := now
		after.Version++
		tx.Audit(c.entry(brandID, "word_list.updated", "word_list", id, ofList(was), ofList(after)))
		return done{}, tx.UpdateWordList(now)
	})
	return err
}

// Delete removes a list. The audit keeps what its words were known by.
func (s WordLists) Delete(ctx context.Context, c Call, brandID, id string) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		was, err := tx.WordList(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "word_list.deleted", "word_list", id, ofList(was), map[string]any{"deleted": true}))
		return done{}, tx.DeleteWordList(brandID, id)
	})
	return err
}
