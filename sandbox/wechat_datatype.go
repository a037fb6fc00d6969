package sandbox

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Patterns of the data types of subscription messages.
const (
	clock = `([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?`
	day   = `(\d{4}年\d{1,2}月\d{1,2}日|\d{4}([-/.])\d{1,2}([-/.])\d{1,2})`
	stamp = `(` + day + ` ?)?` + clock
	date  = day + `( ?` + clock + `)?`
)

// dataTypes holds the limit of each type (document: sendMessage, 订阅消息参数值内容限制说明).
var dataTypes = map[string]*regexp.Regexp{
	"thing":            regexp.MustCompile(`^.{1,20}$`),
	"number":           regexp.MustCompile(`^-?\d{1,32}(\.\d+)?$`),
	"letter":           regexp.MustCompile(`^[A-Za-z]{1,32}$`),
	"character_string": regexp.MustCompile(`^[!-~ ]{1,32}$`),
	"symbol":           regexp.MustCompile(`^[^\p{L}\p{N}\s]{1,5}$`),
	"time":             regexp.MustCompile(`^` + stamp + `(~` + stamp + `)?$`),
	"date":             regexp.MustCompile(`^` + date + `(~` + date + `)?$`),
	"amount":           regexp.MustCompile(`^\p{Sc}?\d{1,10}(\.\d+)?元?$`),
	"phone_number":     regexp.MustCompile(`^[\d+\-() ]{1,17}$`),
	"car_number":       regexp.MustCompile(`^.{1,8}$`),
	"phrase":           regexp.MustCompile(`^\p{Han}{1,5}$`),
	"enum":             regexp.MustCompile(`^.{1,20}$`), // the listed values are not known here
}

// fits says whether text may stand under key, which is a type and a number.
func fits(key, text string) bool {
	kind := strings.TrimRight(key, "0123456789")
	if strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
		return false
	}
	if kind == "name" {
		return fitsName(text)
	}
	rule, known := dataTypes[kind]
	return known && rule.MatchString(text)
}

// fitsName: 20 letters or symbols; 10 characters as soon as one of them is Chinese.
func fitsName(text string) bool {
	n := utf8.RuneCountInString(text)
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return n <= 10
	}
	return n >= 1 && n <= 20
}
