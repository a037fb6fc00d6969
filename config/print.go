package config

import (
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes every setting in force, one a line, with its name in the
// environment and where its value came from. Secrets are masked.
func (c Config) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range settings() {
		value := shown(reflect.ValueOf(c).FieldByIndex(s.index).Interface())
		// The tab writer keeps an error until Flush.
		_, _ = fmt.Fprintf(table, "%s: %s\t# %s\t%s\n", s.key, value, envName(s.key), c.origins[s.key])
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("config: print: %w", err)
	}
	return nil
}

// shown is a value as it would stand in the file.
func shown(value any) string {
	switch v := value.(type) {
	case Secret:
		if !v.IsSet() {
			return `""`
		}
		return mask
	case string:
		return strconv.Quote(v)
	case []string:
		return quoted(v)
	case []netip.Prefix:
		texts := make([]string, len(v))
		for i, prefix := range v {
			texts[i] = prefix.String()
		}
		return quoted(texts)
	case time.Duration:
		return short(v)
	default:
		return fmt.Sprint(v)
	}
}

func quoted(texts []string) string {
	items := make([]string, len(texts))
	for i, text := range texts {
		items[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// short writes 12h for what time writes as 12h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
