package service

import (
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/text/unicode/norm"

	"countersign/model"
)

func normalize(s string) string { return norm.NFC.String(s) }

// articlePolicy is our own allow-list for the body of a WeChat article: text, tables,
// uploaded pictures, links over https, and the few styles that layouts need. No scripts,
// frames, forms, ids, classes, data attributes, fixed positions or url() in styles.
var articlePolicy = newArticlePolicy()

var (
	color  = regexp.MustCompile(`(?i)^(#[0-9a-f]{3,8}|rgba?\(\s*[0-9.,%\s]{1,40}\)|[a-z]{3,20})$`)
	length = regexp.MustCompile(`(?i)^(-?[0-9]{1,4}(\.[0-9]{1,3})?(px|em|rem|%|pt|vw)?\s*){1,4}$|^auto$|^normal$`)
	word   = regexp.MustCompile(`(?i)^[a-z-]{3,20}$|^[1-9]00$`)
	https  = regexp.MustCompile(`(?i)^https://[^\s"'<>]{1,1000}$`)

	mediaAddress = regexp.MustCompile(`^media:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

func newArticlePolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "section", "div", "span", "strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "small",
		"blockquote", "pre", "code", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "figure", "figcaption",
		"table", "thead", "tbody", "tfoot", "tr", "th", "td", "img", "a")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[0-9]{1,2}$`)).OnElements("td", "th")
	p.AllowAttrs("src").Matching(mediaAddress).OnElements("img")
	p.AllowAttrs("alt", "title").Matching(bluemonday.Paragraph).OnElements("img", "a")
	p.AllowAttrs("width", "height").Matching(regexp.MustCompile(`^[0-9]{1,4}%?$`)).OnElements("img", "td", "th")
	p.AllowAttrs("href").Matching(https).OnElements("a")
	p.AllowURLSchemes("https", "media")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AllowStyles("color", "background-color", "border-color").Matching(color).Globally()
	p.AllowStyles("font-size", "line-height", "letter-spacing", "text-indent", "margin", "margin-top", "margin-bottom", "margin-left",
		"margin-right", "padding", "padding-top", "padding-bottom", "padding-left", "padding-right", "width", "max-width", "height",
		"border-radius", "border-width").Matching(length).Globally()
	p.AllowStyles("text-align", "font-weight", "font-style", "text-decoration", "vertical-align", "border-style", "white-space").Matching(word).Globally()
	return p
}

// CleanHTML reduces an article's body to what is allowed. It is applied on save and
// again on every output; applying it twice changes nothing.
func CleanHTML(body string) string { return articlePolicy.Sanitize(body) }

// cleanContent normalises an author's input: what is stored, hashed and shown.
func cleanContent(c model.Content) model.Content {
	c.Title, c.Author = clean(c.Title), clean(c.Author)
	c.Summary, c.Text = prose(c.Summary), prose(c.Text)
	c.OriginalURL, c.Link = clean(c.OriginalURL), clean(c.Link)
	c.Hashtags, c.Mentions = cleanList(c.Hashtags), cleanList(c.Mentions)
	c.BodyHTML = CleanHTML(normalize(c.BodyHTML))
	return c
}

// prose is clean for a text of several lines; a line ends in one way only.
func prose(s string) string {
	return clean(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
}

func cleanList(list []string) []string {
	out := slices.Clone(list)
	for i, s := range out {
		out[i] = clean(s)
	}
	return out
}

// clean trims a one-line text and puts it into the form that is compared and stored.
func clean(s string) string { return normalize(strings.TrimSpace(s)) }
