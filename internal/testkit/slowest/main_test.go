package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	const run = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"why it failed\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestB/sqlite","Elapsed":2.5}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":2.6}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":7}
{"Action":"fail","Package":"p","Elapsed":9}
`
	const want = `why it failed
    7.00 s  p TestA
    2.50 s  p TestB/sqlite

    9.00 s  p
`
	var out strings.Builder
	if passed, err := report(strings.NewReader(run), &out); passed || err != nil || out.String() != want {
		t.Errorf("passed %t, %v\n%s", passed, err, &out)
	}
	for run, want := range map[string]bool{`{"Action":"pass","Package":"p","Elapsed":1}`: true, "": false, `{"Action":"build-fail","ImportPath":"p"}`: false} {
		if passed, err := report(strings.NewReader(run), &out); passed != want || err != nil {
			t.Errorf("%q: %t %v", run, passed, err)
		}
	}
	if _, err := report(strings.NewReader("FAIL"), &out); err == nil {
		t.Error("a line that is no JSON was passed over")
	}
}
