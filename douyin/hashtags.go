package douyin

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const maxHashtag = 100 // characters

// isHashtag: a name as Douyin takes it, without #.
func isHashtag(s string) bool {
	odd := strings.ContainsFunc(s, func(r rune) bool { return r == '#' || unicode.IsSpace(r) || unicode.IsControl(r) })
	return s != "" && utf8.ValidString(s) && !odd && utf8.RuneCountInString(s) <= maxHashtag
}

// titleHashtag is a hashtag that the phone puts into the title.
type titleHashtag struct {
	Name  string `json:"name"`
	Start int    `json:"start"` // where, in UTF-16 units of the title that is sent
}

// splitTitle takes the listed hashtags out of a title: the phone is given the title
// without them and puts each in at its place, so that what it shows reads as what was
// approved. beside are the tags that the title does not have.
//
// The sample of Douyin's SDK says of start: the place of insertion, by the index of the
// original title. The unit is not documented; the strings of Java, JavaScript and
// Objective-C all count UTF-16 units.
func splitTitle(title string, tags []string) (rest string, inside []titleHashtag, beside []string) {
	longestFirst := slices.SortedFunc(slices.Values(tags), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var out strings.Builder
	found, start := map[string]bool{}, 0
	for title != "" {
		if tag := hashtagAt(title, longestFirst); tag != "" {
			inside, found[tag] = append(inside, titleHashtag{tag, start}), true
			title = title[1+len(tag):]
			continue
		}
		r, size := utf8.DecodeRuneInString(title)
		start += utf16.RuneLen(r)
		out.WriteString(title[:size])
		title = title[size:]
	}
	for _, tag := range tags {
		if !found[tag] {
			beside = append(beside, tag)
		}
	}
	return out.String(), inside, beside
}

// hashtagAt is the tag that s begins with, "" if none: "#新品" does not stand in "#新品上市",
// which is another hashtag.
func hashtagAt(s string, tags []string) string {
	for _, tag := range tags {
		after, ok := strings.CutPrefix(s, "#"+tag)
		next, _ := utf8.DecodeRuneInString(after)
		if ok && (after == "" || !isTagRune(next)) {
			return tag
		}
	}
	return ""
}

func isTagRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}
