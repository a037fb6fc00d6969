package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
)

// The package of a Post is what its readers see of it as a whole: which Articles, in
// which order, under whose cover. The review of the Article at position 1, the lead,
// covers it (docs/adr/0018).

// PackageDigest is the SHA-256 (hex) of a package: the Articles' ids in order, and the
// SHA-256 of the lead's cover, "" without one.
func PackageDigest(ids []string, cover string) string {
	raw, err := json.Marshal(struct {
		Articles []string `json:"articles"`
		Cover    string   `json:"cover,omitempty"`
	}{ids, cover})
	if err != nil { // strings always marshal
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// CoverSHA256 is what a package takes of its lead: the hash of its cover, "" without one.
func (c Content) CoverSHA256() string {
	if c.Cover == nil {
		return ""
	}
	return c.Cover.SHA256
}

// MayRepack rules on adding, removing and reordering Articles: the package is locked
// while any of them is in review, for its approvers were shown it as it is.
func MayRepack(post PostState, articles []ArticleState) error {
	switch {
	case post.Closed():
		return E(CodePostState, "state", string(post))
	case slices.Contains(articles, ArticleInReview):
		return E(CodeContentLocked)
	}
	return nil
}

// MayAdd rules on one Article more.
func (p Platform) MayAdd(articles int) error {
	if articles < p.MaxArticles {
		return nil
	}
	return E(CodeTooManyArticles, "platform", p.ID, "most", strconv.Itoa(p.MaxArticles))
}

// MayRemove rules on one Article less: a Post keeps at least one.
func MayRemove(articles int) error {
	if articles > 1 {
		return nil
	}
	return E(CodeLastArticle)
}

// CheckOrder asks that a new order names each Article of the Post once.
func CheckOrder(now, asked []string) error {
	if slices.Equal(slices.Sorted(slices.Values(now)), slices.Sorted(slices.Values(asked))) {
		return nil
	}
	return E(CodeArticleOrder)
}

// PackageVoids tells whether a lead's approval is void under a package: it was given for
// another one. No other Article's approval depends on the package.
func PackageVoids(lead ArticleState, covered, today string) bool {
	return lead == ArticleApproved && covered != today
}
