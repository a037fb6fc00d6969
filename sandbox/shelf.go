package sandbox

import "slices"

// shelf is a map with a cap that remembers the order of arrival: what was put first
// leaves first. It has no lock of its own.
type shelf[V any] struct {
	limit int
	order []string
	items map[string]V
}

func newShelf[V any](limit int) *shelf[V] {
	return &shelf[V]{limit: limit, items: make(map[string]V)}
}

// put stores v under key; a known key keeps its place.
func (s *shelf[V]) put(key string, v V) {
	if _, known := s.items[key]; !known {
		s.makeRoom()
		s.order = append(s.order, key)
	}
	s.items[key] = v
}

func (s *shelf[V]) makeRoom() {
	if len(s.order) < s.limit {
		return
	}
	delete(s.items, s.order[0])
	s.order = append(s.order[:0], s.order[1:]...)
}

func (s *shelf[V]) get(key string) (V, bool) {
	v, ok := s.items[key]
	return v, ok
}

// take is get, and the entry leaves the shelf.
func (s *shelf[V]) take(key string) (V, bool) {
	v, ok := s.items[key]
	if ok {
		delete(s.items, key)
		s.order = slices.DeleteFunc(s.order, func(k string) bool { return k == key })
	}
	return v, ok
}

// all is what the shelf holds, oldest first; never nil, so that JSON shows [].
func (s *shelf[V]) all() []V {
	list := make([]V, 0, len(s.order))
	for _, key := range s.order {
		list = append(list, s.items[key])
	}
	return list
}
