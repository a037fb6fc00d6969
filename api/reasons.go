package api

import (
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// sentence is what huma says of a wrong field, and its stable name here.
type sentence struct {
	said   *regexp.Regexp // each verb of the template is a group
	reason string
}

// sentences are made of the templates that huma exports, and of the two that stand in its
// source alone; the first that fits counts. Any other sentence, as what a parameter could
// not be read as, is "invalid".
var sentences = sentencesOf([]wording{
	{"required", []string{validation.MsgExpectedRequiredProperty, validation.MsgExpectedDependentRequiredProperty, "required %s parameter is missing"}},
	{"unknown_field", []string{validation.MsgUnexpectedProperty, "unknown query parameter"}},
	{"too_long", []string{validation.MsgExpectedMaxLength}},
	{"too_short", []string{validation.MsgExpectedMinLength}},
	{"too_many", []string{validation.MsgExpectedMaxItems, validation.MsgExpectedMaxProperties}},
	{"too_few", []string{validation.MsgExpectedMinItems, validation.MsgExpectedMinProperties}},
	{"out_of_range", []string{
		validation.MsgExpectedMinimumNumber, validation.MsgExpectedExclusiveMinimumNumber,
		validation.MsgExpectedMaximumNumber, validation.MsgExpectedExclusiveMaximumNumber, validation.MsgExpectedNumberBeMultipleOf,
	}},
	{"unknown", []string{validation.MsgExpectedOneOf, validation.MsgExpectedConst}},
	{"rfc3339_with_offset_expected", []string{
		validation.MsgExpectedRFC3339DateTime, validation.MsgExpectedRFC3339Date, validation.MsgExpectedRFC3339Time,
	}},
	{"wrong_type", []string{
		validation.MsgExpectedBoolean, validation.MsgExpectedNumber, validation.MsgExpectedInteger, validation.MsgExpectedString,
		validation.MsgExpectedBase64String, validation.MsgExpectedArray, validation.MsgExpectedObject,
	}},
	{"malformed", []string{validation.MsgExpectedMatchPattern, validation.MsgExpectedBePattern}}, // the last takes all other formats too
})

// wording is the templates by which huma tells one reason.
type wording struct {
	reason    string
	templates []string
}

func sentencesOf(wordings []wording) (list []sentence) {
	for _, w := range wordings {
		for _, template := range w.templates {
			list = append(list, sentence{saying(template), w.reason})
		}
	}
	return list
}

var verb = regexp.MustCompile(`%[sdv]`)

// saying matches what a template says, whatever its values are.
func saying(template string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^` + verb.ReplaceAllLiteralString(regexp.QuoteMeta(template), `(.*)`) + `$`)
}

// reason is the stable name of what huma says.
func reason(msg string) string {
	for _, s := range sentences {
		if s.said.MatchString(msg) {
			return s.reason
		}
	}
	return "invalid"
}

var missing = saying(validation.MsgExpectedRequiredProperty)

// placeOf is the path of a wrong field. Of one that is missing huma names the object in
// the path, and the field only in its sentence.
func placeOf(d *huma.ErrorDetail) string {
	at := d.Location
	if found := missing.FindStringSubmatch(d.Message); found != nil {
		at += "." + found[1]
	}
	return strings.TrimPrefix(at, "body.")
}
