package douyin

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// encode writes a query as Douyin's own JavaScript does: keys sorted, empty values left
// out, a space as %20. A real phone is said to lose titles with "+" in them, and neither
// url.Values.Encode nor url.PathEscape avoids it without harm.
func encode(values map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" {
			out = append(out, escape(name)+"="+escape(values[name]))
		}
	}
	return strings.Join(out, "&")
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
