package lint

import (
	"regexp"
	"strconv"
	"sync"
	"unicode/utf8"

	"countersign/model"
)

// habits are what works on a platform. They are advice, in common use and confirmed by no
// reference: what a platform refuses is in model.Platforms.
type habits struct {
	title    int  // characters of a title that its lists show, 0 for no such thing
	hashtags int  // more of them work no better, 0 for no such thing
	links    bool // a link in a text can be tapped
	contact  bool // contact details are taken as they are
}

// platforms are the habits by platform.
var platforms = sync.OnceValue(func() map[string]habits {
	out := map[string]habits{}
	for _, row := range table(platformTable, 5) {
		title, _ := strconv.Atoi(row[1])    // the tests read the table too
		hashtags, _ := strconv.Atoi(row[2]) // as above
		out[row[0]] = habits{title, hashtags, row[3] == "live", row[4] == "free"}
	}
	return out
})

var (
	links = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s"'<>，。；！？、（）《》]+`)
	mails = regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b`)
)

// advise says what does not go well with a platform. An unknown one has no habits.
func advise(platform string, texts []model.ReviewText, read []folded) (out []model.Finding) {
	h, known := platforms()[platform]
	if !known {
		return nil
	}
	tags := 0
	for i, t := range texts {
		if prose := t.Field == "text" || t.Field == "body_html"; prose && !h.links {
			out = append(out, matches(t, read[i], links, finding(model.RuleLink))...)
		}
		if t.Field == "title" {
			out = append(out, tooLong(t, read[i], h.title)...)
		}
		if isTag(t.Field) {
			if tags++; tags > h.hashtags && h.hashtags > 0 {
				out = append(out, finding(model.RuleHashtags).At(t.Field, read[i].text, 0, len(read[i].text)))
			}
		}
		if !h.contact {
			out = append(out, matches(t, read[i], mails, finding(model.RuleContact))...)
			out = append(out, phones(t, read[i])...)
		}
	}
	return out
}

// finding begins one of a rule of ours.
func finding(rule string) model.Finding {
	r, _ := model.AIRuleByID(rule)
	return model.Finding{Rule: r.ID, Severity: r.Severity, Source: r.Source}
}

func isTag(field string) bool {
	const prefix = "hashtags["
	return len(field) > len(prefix) && field[:len(prefix)] == prefix
}

// tooLong quotes what lists cut off.
func tooLong(t model.ReviewText, f folded, most int) []model.Finding {
	if most == 0 || len(f.text) <= most {
		return nil
	}
	return []model.Finding{finding(model.RuleTitleLength).At(t.Field, f.text, most, len(f.text))}
}

func matches(t model.ReviewText, f folded, form *regexp.Regexp, found model.Finding) (out []model.Finding) {
	for _, at := range form.FindAllStringIndex(t.Text, -1) {
		start := utf8.RuneCountInString(t.Text[:at[0]])
		out = append(out, found.At(t.Field, f.text, start, start+utf8.RuneCountInString(t.Text[at[0]:at[1]])))
	}
	return out
}

// phoneDigits is the length of a mobile number, which begins with 1 and then 3 to 9, maybe
// behind the country's code.
const (
	phoneDigits = 11
	countryCode = "86"
)

// phones finds mobile numbers, also with separators in them.
func phones(t model.ReviewText, f folded) (out []model.Finding) {
	for i := 0; i < len(f.runes); i++ {
		end, from := f.digits(i), i
		if end-i == phoneDigits+len(countryCode) && string(f.runes[i:i+len(countryCode)]) == countryCode {
			from += len(countryCode)
		}
		if end-from == phoneDigits && f.runes[from] == '1' && f.runes[from+1] >= '3' {
			out = append(out, finding(model.RuleContact).At(t.Field, f.text, f.pos[from], f.pos[end-1]+1))
		}
		i = max(i, end)
	}
	return out
}

// digits is where the run of digits that begins at i ends.
func (f folded) digits(i int) int {
	end := i
	for end < len(f.runes) && f.runes[end] >= '0' && f.runes[end] <= '9' && (end == i || f.gap[end] <= maxGap) {
		end++
	}
	return end
}
