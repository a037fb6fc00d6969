package lint

// runeTable gives characters numbers above 0, in pages that are there only where one is: as
// quick as an array, and small.
type runeTable struct {
	pages [0x110000 >> pageBits]*[1 << pageBits]int32
}

const pageBits = 8

func (t *runeTable) set(r rune, v int32) {
	p := &t.pages[r>>pageBits]
	if *p == nil {
		*p = new([1 << pageBits]int32)
	}
	(*p)[r&(1<<pageBits-1)] = v
}

func (t *runeTable) get(r rune) int32 {
	if p := t.pages[r>>pageBits]; p != nil {
		return p[r&(1<<pageBits-1)]
	}
	return 0
}
