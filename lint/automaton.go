package lint

import "slices"

// automaton is Aho and Corasick's: it finds every occurrence of many patterns in one walk
// over a text. It is built once and never changes.
type automaton struct {
	first  runeTable // the ways out of the root, where a walk is most of the time
	next   [][]edge  // by node: the others, by character
	fail   []int32   // by node: the longest proper suffix that is in the tree too
	ends   []int32   // by node: the pattern that ends there, or -1
	longer []int32   // by node: the next node on the way of fail where one ends, or 0
	length []int     // by pattern
}

// edge leads to a node by a character.
type edge struct {
	r  rune
	to int32
}

// newAutomaton builds one; of equal patterns the first is found. An empty one never is.
func newAutomaton(patterns [][]rune) *automaton {
	a := &automaton{}
	a.node()
	for i, p := range patterns {
		a.length = append(a.length, len(p))
		a.plant(p, int32(i)) // a brand has ten thousand words at most
	}
	a.link()
	return a
}

func (a *automaton) node() int32 {
	a.next, a.fail, a.ends, a.longer = append(a.next, nil), append(a.fail, 0), append(a.ends, -1), append(a.longer, 0)
	return int32(len(a.ends) - 1) //nolint:gosec // as many as there are characters in all patterns
}

func (a *automaton) plant(pattern []rune, id int32) {
	at := int32(0)
	for _, r := range pattern {
		to := a.child(at, r)
		if to == 0 {
			to = a.node()
			a.grow(at, edge{r, to})
		}
		at = to
	}
	if at != 0 && a.ends[at] < 0 {
		a.ends[at] = id
	}
}

func (a *automaton) grow(at int32, e edge) {
	if at == 0 {
		a.first.set(e.r, e.to)
	}
	i, _ := find(a.next[at], e.r)
	a.next[at] = slices.Insert(a.next[at], i, e)
}

// find is a binary search by hand: it is where a walk spends its time.
func find(edges []edge, r rune) (int, bool) {
	low, high := 0, len(edges)
	for low < high {
		if mid := (low + high) / 2; edges[mid].r < r {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(edges) && edges[low].r == r
}

// child is the node below one by a character, or 0.
func (a *automaton) child(at int32, r rune) int32 {
	if at == 0 {
		return a.first.get(r)
	}
	if i, known := find(a.next[at], r); known {
		return a.next[at][i].to
	}
	return 0
}

// link sets the ways back, level by level from the root.
func (a *automaton) link() {
	for level := []int32{0}; len(level) > 0; {
		var below []int32
		for _, n := range level {
			for _, e := range a.next[n] {
				if n != 0 {
					a.fail[e.to] = a.step(a.fail[n], e.r)
				}
				if a.longer[e.to] = a.fail[e.to]; a.ends[a.fail[e.to]] < 0 {
					a.longer[e.to] = a.longer[a.fail[e.to]]
				}
				below = append(below, e.to)
			}
		}
		level = below
	}
}

// step is the node after one more character.
func (a *automaton) step(at int32, r rune) int32 {
	for {
		if to := a.child(at, r); to != 0 || at == 0 {
			return to
		}
		at = a.fail[at]
	}
}

// each visits every occurrence: which pattern, and where it begins and ends in the text.
func (a *automaton) each(text []rune, visit func(pattern, start, end int)) {
	at := int32(0)
	for i, r := range text {
		at = a.step(at, r)
		for n := at; n != 0; n = a.longer[n] {
			if p := a.ends[n]; p >= 0 {
				visit(int(p), i+1-a.length[p], i+1)
			}
		}
	}
}
