package lint

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Pairs of a character and the one that stands for it when texts are compared. The first
// table is of traditional characters and their simplified forms: those of Big5's common
// plane, as Unicode's transliterator Hant-Hans has them. The second is our own: numerals in
// words, rare forms, and letters that look alike.
//
//go:embed data/simplified.txt
var simplified string

//go:embed data/variants.txt
var variants string

// forms is both tables as one.
var forms = sync.OnceValue(func() *runeTable {
	out := &runeTable{}
	for _, table := range []string{simplified, variants} {
		runes := []rune(strings.NewReplacer("\n", "", " ", "").Replace(table))
		for i := 0; i+1 < len(runes); i += 2 {
			out.set(runes[i], runes[i+1])
		}
	}
	return out
})

// breaker stands in a folded text where a sentence or a line ends: no word goes over it.
const breaker = rune(0)

// maxGap is how many separators may stand between two characters of a word: "最 . 好".
const maxGap = 3

// folded is a text as words are looked for in it: full-width and compatibility forms,
// upper case, traditional and variant characters are one with their plain forms; what
// shows nothing is gone, and so are separators, which are counted.
type folded struct {
	runes []rune
	pos   []int   // of each, where its original stands, in runes
	gap   []uint8 // how many separators were passed over just before it
	text  []rune  // as it was written
}

// fold reads a text.
func fold(text string) folded {
	f := folded{text: []rune(text)}
	n := len(f.text)
	f.runes, f.pos, f.gap = make([]rune, 0, n), make([]int, 0, n), make([]uint8, 0, n)
	table, gap := forms(), uint8(0)
	for at, r := range f.text {
		switch {
		case han(r):
			f.add(stands(table, r), at, &gap)
		case r < 0x80, kindOf(r) == hard:
			f.put(table, r, at, &gap)
		default:
			for _, x := range norm.NFKC.String(string(r)) {
				f.put(table, x, at, &gap)
			}
		}
	}
	return f
}

// han are the characters of the unified block, most of a text: their case and their
// compatibility forms need no look.
func han(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }

// stands is what stands for a character.
func stands(table *runeTable, r rune) rune {
	if form := table.get(r); form != 0 {
		return form
	}
	return r
}

func (f *folded) put(table *runeTable, r rune, at int, gap *uint8) {
	r = stands(table, unicode.ToLower(stands(table, r)))
	switch kindOf(r) {
	case nothing:
	case soft:
		*gap = min(*gap+1, maxGap+1)
	case hard:
		f.add(breaker, at, gap)
	case letter:
		f.add(r, at, gap)
	}
}

func (f *folded) add(r rune, at int, gap *uint8) {
	f.runes, f.pos, f.gap = append(f.runes, r), append(f.pos, at), append(f.gap, *gap)
	*gap = 0
}

// kind is what a character is to the search.
type kind uint8

const (
	letter  kind = iota
	nothing      // shows nothing, or is a mark on the letter before it
	soft         // a separator that is put between letters to hide a word
	hard         // ends a sentence or a line
)

func kindOf(r rune) kind {
	switch {
	case han(r), latin(r):
		return letter
	case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029,;:!?，。；：！？、…", r):
		return hard
	case r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0', // Hangul fillers
		unicode.In(r, unicode.Cf, unicode.M):
		return nothing
	case unicode.IsLetter(r) || unicode.IsNumber(r):
		return letter
	}
	return soft
}

// Searchable tells whether a word can be looked for: a letter of it is left when it is
// folded, and more than one when signs of it are lost ("C++" would find every C).
func Searchable(word string) bool {
	letters, signs := 0, false
	for _, r := range fold(word).runes {
		if r != breaker {
			letters++
		}
	}
	for _, r := range word {
		signs = signs || kindOf(r) == soft
	}
	return letters > 1 || letters == 1 && !signs
}
