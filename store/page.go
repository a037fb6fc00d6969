package store

import "gorm.io/gorm"

// Page asks for a slice of a list: rows after the cursor, newest first.
type Page struct {
	After string // id of the last row seen, "" for the first page
	Limit int    // 1..100
}

// below narrows q to the page of a list that is ordered by id, newest first. It takes
// one row more than asked, to know whether another page follows.
func (p Page) below(q *gorm.DB, column string) *gorm.DB {
	if p.After != "" {
		q = q.Where(column+" < ?", p.After)
	}
	return q.Order(column + " DESC").Limit(p.Limit + 1)
}

// escapeLike makes the pattern characters of s plain.
func escapeLike(s string) string {
	out := make([]rune, 0, len(s))
	for _, c := range s {
		if c == '%' || c == '_' || c == '!' {
			out = append(out, '!')
		}
		out = append(out, c)
	}
	return string(out)
}
