package model

import (
	"errors"
	"testing"
)

// TestTheEndOfAnExport: one that lacks its last entry was cut, also when nothing else tells;
// one whose chain does not pass through the head that the reader has noted is another one.
func TestTheEndOfAnExport(t *testing.T) {
	t.Parallel()
	chain := auditChain(4)
	whole := auditFile(t, chain, 1, "")
	for name, tc := range map[string]struct {
		lines []string
		head  string
		want  AuditDamage
	}{
		"whole":                     {whole, "", ""},
		"through its second entry":  {whole, chain[1].Hash, ""},
		"through its head":          {whole, chain[3].Hash, ""},
		"without its last entry":    {whole[:4], "", AuditTruncated},
		"without entries":           {whole[:1], "", AuditTruncated},
		"another chain's head":      {whole, auditChain(5)[4].Hash, AuditOtherHead},
		"a head that is none":       {whole, "x", AuditOtherHead},
		"nothing":                   {nil, "", AuditTruncated},
		"a line behind its last":    {append(append([]string{}, whole...), whole[4]), "", AuditAdded},
		"no line feed behind it":    {append(append([]string{}, whole[:4]...), whole[4][:len(whole[4])-1]), "", AuditTruncated},
		"another format":            {append([]string{`{"kind":"header"}` + "\n"}, whole[1:]...), "", AuditNoExport},
		"no export":                 {[]string{"PNG\n"}, "", AuditNoExport},
		"a line that has no end":    {append(append([]string{}, whole[:2]...), string(make([]byte, mostAuditLine+1))), "", AuditNoExport},
		"a line of an unknown kind": {append(append([]string{}, whole[:4]...), `{"kind":"note"}`+"\n"), "", AuditChanged},
	} {
		_, err := verify(tc.lines, tc.head)
		got, what := (*AuditFault)(nil), AuditDamage("")
		if errors.As(err, &got) {
			what = got.What
		}
		if what != tc.want || (err == nil) != (tc.want == "") {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if err != nil && err.Error() == "" {
			t.Errorf("%s: nothing is said", name)
		}
	}
}
