package store

import (
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// A statement with a list in it (IN ?) has a text for every length of the list. So that
// there are few of them to prepare and to keep, a list is made as long as the next power
// of two by repeating its last element, which changes no answer of IN or NOT IN.

// padConditions makes the lists in conditions of every statement that gorm builds so. Of
// what is Raw, the lists go through padded by hand.
func padConditions(db *gorm.DB) {
	db.ClauseBuilders["WHERE"] = func(c clause.Clause, b clause.Builder) {
		if where, ok := c.Expression.(clause.Where); ok {
			c.Expression = clause.Where{Exprs: paddedExprs(where.Exprs)}
		}
		c.Build(b)
	}
}

// paddedExprs is a copy: what a session was given is used again by whoever goes on from it.
func paddedExprs(exprs []clause.Expression) []clause.Expression {
	out := make([]clause.Expression, len(exprs))
	for i, e := range exprs {
		if x, ok := e.(clause.Expr); ok {
			vars := make([]any, len(x.Vars))
			for j, v := range x.Vars {
				vars[j] = padded(v)
			}
			x.Vars = vars
			e = x
		}
		out[i] = e
	}
	return out
}

// padded is a list made longer; what is no list, or longer than a kept statement takes,
// stays as it is.
func padded(v any) any {
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice || list.Type().Elem().Kind() == reflect.Uint8 {
		return v
	}
	n := list.Len()
	if n == 0 || n > keptArguments {
		return v
	}
	size := 1
	for size < n {
		size *= 2
	}
	out := reflect.MakeSlice(list.Type(), size, size)
	reflect.Copy(out, list)
	for i := n; i < size; i++ {
		out.Index(i).Set(list.Index(n - 1))
	}
	return out.Interface()
}
