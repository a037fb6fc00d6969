package service

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Block is one paragraph of an article's body, or one picture in it: what differences
// are told by, and what a comment can be pinned to.
type Block struct {
	Kind string `json:"kind"` // text or picture
	Text string `json:"text"` // of a picture: its source and, behind a space, its caption
}

// The kinds of Block.
const (
	BlockText    = "text"
	BlockPicture = "picture"
)

// blockElements begin a new block where they begin and where they end.
var blockElements = []atom.Atom{
	atom.P, atom.Div, atom.Section, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
	atom.Figure, atom.Figcaption, atom.Table, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Hr,
}

// BodyBlocks divides a body into blocks. It cleans the body first, so that what was
// stored under an older policy is not shown; the texts are plain, never HTML.
func BodyBlocks(body string) []Block {
	z := html.NewTokenizer(strings.NewReader(CleanHTML(body)))
	b := &blockReader{}
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: a reader of a string has no other error
			b.flush()
			return b.out
		case html.TextToken:
			b.text.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			b.tag(z.Token())
		case html.CommentToken, html.DoctypeToken: // cleaned away
		}
	}
}

type blockReader struct {
	out  []Block
	text strings.Builder
}

func (b *blockReader) tag(t html.Token) {
	switch {
	case t.DataAtom == atom.Br:
		b.text.WriteByte('\n')
	case t.DataAtom == atom.Img:
		b.flush()
		b.out = append(b.out, Block{BlockPicture, strings.TrimSpace(attribute(t, "src") + " " + attribute(t, "alt"))})
	case slices.Contains(blockElements, t.DataAtom):
		b.flush()
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// flush ends the block. Spaces mean as much as in a browser: one, and none at the ends.
func (b *blockReader) flush() {
	lines := strings.Split(html.UnescapeString(b.text.String()), "\n")
	b.text.Reset()
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	if text := strings.Trim(strings.Join(lines, "\n"), "\n"); text != "" {
		b.out = append(b.out, Block{BlockText, text})
	}
}

// bodyLinks lists where a body's links lead, in order: two bodies may read alike and
// lead elsewhere.
func bodyLinks(body string) (out []string) {
	z := html.NewTokenizer(strings.NewReader(CleanHTML(body)))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken:
			if t := z.Token(); t.DataAtom == atom.A {
				out = append(out, attribute(t, "href"))
			}
		case html.TextToken, html.EndTagToken, html.SelfClosingTagToken, html.CommentToken, html.DoctypeToken:
		}
	}
}
