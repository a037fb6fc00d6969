package testkit

import "testing"

// EachPage asks for every page of a list: read takes the cursor of one, "" for the first,
// and answers the next. A cursor that comes again would go round for ever: it ends the test.
func EachPage(t testing.TB, read func(cursor string) (next string)) {
	t.Helper()
	seen := map[string]bool{}
	for cursor := ""; !seen[cursor]; {
		seen[cursor] = true
		if cursor = read(cursor); cursor == "" {
			return
		}
	}
	t.Fatal("a page's cursor leads back to an earlier page")
}
