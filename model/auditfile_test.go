package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// auditChain is a chain of n entries; the ones in old have the first form of the hash.
func auditChain(n int, old ...int64) []AuditEntry {
	var out []AuditEntry
	head := AuditHead{BrandID: "b"}
	for i := range n {
		e := AuditEntry{
			BrandID: "b", At: time.Date(2026, 3, 2, 8, 0, i, 7e6, time.UTC), ActorKind: "user", ActorID: "u", ActorName: "管理员 <甲>", Action: "test.act",
			SubjectKind: "thing", SubjectID: fmt.Sprint("s", i%3), BeforeJSON: before(i), AfterJSON: fmt.Appendf(nil, `{"n":%d}`, i), RequestID: "r", IPHash: "ip",
		}
		e.Chain(head)
		if slices.Contains(old, e.Seq) {
			e.Hash = e.firstForm()
		}
		head.Seq, head.Hash = e.Seq, e.Hash
		out = append(out, e)
	}
	return out
}

// before is what an act tells of what was: the first of each thing brings it about.
func before(i int) []byte {
	if i < 3 {
		return []byte{}
	}
	return []byte(`{"n":0}`)
}

// auditFile writes entries first..last as an export; the ones about told as entries, the
// others as links, all as entries when told is empty.
func auditFile(t testing.TB, chain []AuditEntry, first int, told string) []string {
	t.Helper()
	h := AuditHeader{
		Kind: "header", Format: AuditFormat, Version: AuditVersion, Brand: "b", Post: told, First: int64(first), Last: int64(len(chain)),
		ExportedAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
	if first > 1 {
		h.StartHash = chain[first-2].Hash
	}
	h.HeadHash = h.StartHash
	if len(chain) > 0 {
		h.HeadHash = chain[len(chain)-1].Hash
	}
	lines := []any{h}
	for i := first - 1; i < len(chain); i++ {
		e := chain[i]
		if told != "" && e.SubjectID != told && e.Linked() {
			lines = append(lines, e.Link())
		} else {
			lines = append(lines, e.Line())
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		raw, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(raw) + "\n"
	}
	return out
}

func linkLine(t testing.TB, e AuditEntry) string {
	t.Helper()
	raw, err := json.Marshal(e.Link())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

func verify(lines []string, head string) (AuditReport, error) {
	return VerifyAudit(strings.NewReader(strings.Join(lines, "")), head)
}

func TestAWholeExport(t *testing.T) {
	t.Parallel()
	chain := auditChain(9, 1, 2, 5)
	for _, tc := range []struct {
		first          int
		told           string
		entries, links int
	}{{1, "", 9, 0}, {1, "s0", 5, 4}, {2, "s1", 3, 5}, {3, "s2", 4, 3}} { // 1, 2 and 5 can only be told
		lines := auditFile(t, chain, tc.first, tc.told)
		r, err := verify(lines, "")
		if err != nil || r.Entries != tc.entries || r.Links != tc.links || r.HeadAt != 0 {
			t.Errorf("%+v: %+v %v", tc, r, err)
		}
		for _, at := range []int64{int64(tc.first), 9} {
			if r, err := verify(lines, chain[at-1].Hash); err != nil || r.HeadAt != at {
				t.Errorf("%+v: the head at %d: %d %v", tc, at, r.HeadAt, err)
			}
		}
	}
	if r, err := verify(auditFile(t, nil, 1, ""), ""); err != nil || r.Entries != 0 {
		t.Errorf("an empty chain: %v", err)
	}
	var fault *AuditFault
	if _, err := verify(auditFile(t, chain, 1, ""), HashToken("another")); !errors.As(err, &fault) || fault.What != AuditOtherHead {
		t.Errorf("another head: %v", err)
	}
}

// TestEveryDamageIsNamed: the line, the sequence number and what happened.
func TestEveryDamageIsNamed(t *testing.T) {
	t.Parallel()
	chain := auditChain(9)
	swap := func(l []string, old, by string) { l[5] = strings.Replace(l[5], old, by, 1) } // seq 5
	forged := slices.Clone(chain)
	forged[4].AfterJSON = []byte(`{"n":99}`)
	forged[4].Hash = chainHash(forged[4].PrevHash, forged[4].Sum())
	forgedLine := auditFile(t, forged, 1, "")[5]
	for name, tc := range map[string]struct {
		harm func(l []string) []string
		line int
		seq  int64
		what AuditDamage
		says string
	}{
		"at":                              {func(l []string) []string { swap(l, "08:00:04", "08:00:05"); return l }, 6, 5, AuditChanged, "a field was changed"},
		"at is no time":                   {func(l []string) []string { swap(l, "2026-03-02T", "once "); return l }, 6, 5, AuditChanged, "no time"},
		"the same time written otherwise": {func(l []string) []string { swap(l, "04.007Z", "04.007+00:00"); return l }, 6, 5, AuditChanged, "at is not written"},
		"left out":                        {func(l []string) []string { l[5] = linkLine(t, chain[4]); return l }, 6, 5, AuditMissing, "only a link"},
		"cut at the head":                 {func([]string) []string { return auditFile(t, chain, 4, "") }, 1, 0, AuditTruncated, "begins with seq 1"},
		"a post cut at the head":          {func([]string) []string { return auditFile(t, chain, 4, "s0") }, 2, 4, AuditTruncated, "begins with its creation"},
		"a post that begins with a link":  {func([]string) []string { return auditFile(t, chain, 2, "s0") }, 2, 2, AuditTruncated, "begins with its creation"},
		"the export of another post": {func([]string) []string {
			l := auditFile(t, chain, 1, "s0")
			l[0] = strings.Replace(l[0], `"post":"s0"`, `"post":"s1"`, 1)
			return l
		}, 2, 1, AuditTruncated, "begins with its creation"},
		"actor kind":             {func(l []string) []string { swap(l, `"user"`, `"system"`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"actor id":               {func(l []string) []string { swap(l, `"u"`, `"v"`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"actor name":             {func(l []string) []string { swap(l, "管理员", "别人"); return l }, 6, 5, AuditChanged, "a field was changed"},
		"action":                 {func(l []string) []string { swap(l, "test.act", "test.no"); return l }, 6, 5, AuditChanged, "a field was changed"},
		"subject kind":           {func(l []string) []string { swap(l, "thing", "other"); return l }, 6, 5, AuditChanged, "a field was changed"},
		"subject":                {func(l []string) []string { swap(l, `"s1"`, `"s2"`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"before":                 {func(l []string) []string { swap(l, `"before":"{`, `"before":"x{`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"after":                  {func(l []string) []string { swap(l, `\":4`, `\":5`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"request":                {func(l []string) []string { swap(l, `"r"`, `"q"`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"address":                {func(l []string) []string { swap(l, `"ip"`, `""`); return l }, 6, 5, AuditChanged, "a field was changed"},
		"prev_hash":              {func(l []string) []string { swap(l, chain[3].Hash, chain[2].Hash); return l }, 6, 5, AuditChanged, "prev_hash was changed"},
		"hash":                   {func(l []string) []string { swap(l, chain[4].Hash, chain[2].Hash); return l }, 6, 5, AuditChanged, "hash was changed"},
		"forged":                 {func(l []string) []string { l[5] = forgedLine; return l }, 7, 6, AuditChanged, "replaced"},
		"written again":          {func(l []string) []string { swap(l, `"seq":5`, `"seq": 5`); return l }, 6, 5, AuditChanged, "not written as"},
		"a key twice":            {func(l []string) []string { swap(l, `"seq":5`, `"action":"x","seq":5`); return l }, 6, 5, AuditChanged, "not written as"},
		"an unknown key":         {func(l []string) []string { swap(l, `"seq":5`, `"note":"x","seq":5`); return l }, 6, 5, AuditChanged, "not written as"},
		"no JSON":                {func(l []string) []string { l[5] = "gibberish\n"; return l }, 6, 5, AuditChanged, "not JSON"},
		"an empty line":          {func(l []string) []string { return slices.Insert(l, 5, "\n") }, 6, 5, AuditChanged, "not JSON"},
		"another kind":           {func(l []string) []string { swap(l, `"entry"`, `"noise"`); return l }, 6, 5, AuditAdded, "noise"},
		"missing":                {func(l []string) []string { return slices.Delete(l, 5, 7) }, 6, 5, AuditMissing, "seq 5 is missing, 7 follows"},
		"reordered":              {func(l []string) []string { l[5], l[6] = l[6], l[5]; return l }, 6, 5, AuditReordered, "5 comes only in line 7"},
		"twice":                  {func(l []string) []string { return slices.Insert(l, 6, l[5]) }, 7, 6, AuditAdded, "seq 5 comes again"},
		"behind the end":         {func(l []string) []string { return append(l, l[9]) }, 11, 10, AuditAdded, "behind the last"},
		"ends early":             {func(l []string) []string { return l[:8] }, 9, 8, AuditTruncated, "before seq 8"},
		"ends in a line":         {func(l []string) []string { l[7] = l[7][:40]; return l[:8] }, 8, 7, AuditTruncated, "within this line"},
		"no line feed":           {func(l []string) []string { l[9] = strings.TrimSpace(l[9]); return l }, 10, 9, AuditTruncated, "within this line"},
		"empty":                  {func([]string) []string { return nil }, 1, 0, AuditTruncated, "empty"},
		"no header":              {func(l []string) []string { return l[1:] }, 1, 0, AuditNoExport, "no header"},
		"another version":        {func(l []string) []string { l[0] = strings.Replace(l[0], `"version":2`, `"version":3`, 1); return l }, 1, 0, AuditNoExport, "version 3"},
		"another brand":          {func(l []string) []string { l[0] = strings.Replace(l[0], `"brand":"b"`, `"brand":"c"`, 1); return l }, 2, 1, AuditChanged, "a field was changed"},
		"another head":           {func(l []string) []string { l[0] = strings.Replace(l[0], chain[8].Hash, chain[7].Hash, 1); return l }, 1, 9, AuditChanged, "head_hash"},
		"a shorter range":        {func(l []string) []string { l[0] = strings.Replace(l[0], `"last":9`, `"last":8`, 1); return l }, 10, 9, AuditAdded, "behind the last"},
		"a range that cannot be": {func(l []string) []string { l[0] = strings.Replace(l[0], `"first":1`, `"first":2`, 1); return l }, 1, 0, AuditChanged, "range"},
	} {
		_, err := verify(tc.harm(auditFile(t, chain, 1, "")), "")
		fault, ok := errors.AsType[*AuditFault](err)
		if !ok || fault.Line != tc.line || fault.Seq != tc.seq || fault.What != tc.what || !strings.Contains(fault.Detail, tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestALinkCannotBeForged: whoever changes an entry that is told cannot mend what
// follows, for a link's hash is derived and not believed.
func TestALinkCannotBeForged(t *testing.T) {
	t.Parallel()
	chain := auditChain(9)
	lines := auditFile(t, chain, 1, "s0") // told: 1, 4, 7
	e := chain[3]
	e.ActorName = "别人"
	e.Hash = chainHash(e.PrevHash, e.Sum())
	raw, err := json.Marshal(e.Line())
	if err != nil {
		t.Fatal(err)
	}
	lines[4] = string(raw) + "\n"
	fault := &AuditFault{}
	if _, err = verify(lines, ""); !errors.As(err, &fault) || fault.Line != 6 || fault.What != AuditChanged {
		t.Errorf("the link behind a forged entry: %v", err)
	}
	for _, from := range []string{chain[4].Sum(), chain[4].Hash} {
		harmed := auditFile(t, chain, 1, "s0")
		harmed[5] = strings.Replace(harmed[5], from, HashToken("x"), 1)
		if _, err = verify(harmed, ""); !errors.As(err, &fault) || fault.Seq != 5 {
			t.Errorf("a changed link: %v", err)
		}
	}
}

// TestNoByteOfAnExportIsFree: change, cut or double any piece of it, and it shows. What
// the header says of itself, and not of the chain, is free: the instant.
func TestNoByteOfAnExportIsFree(t *testing.T) {
	t.Parallel()
	lines := auditFile(t, auditChain(6, 2), 1, "s0")
	whole := []byte(strings.Join(lines, ""))
	free := bytes.Index(whole, []byte(`"exported_at"`)) + len(`"exported_at":"`)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(whole)-1).Draw(t, "at")
		harmed := slices.Clone(whole)
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			harmed[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
			if at >= free && at < len(lines[0]) {
				return
			}
		case 1:
			harmed = harmed[:at]
		default:
			harmed = slices.Insert(harmed, at, harmed[at])
			if at >= free && at < len(lines[0]) {
				return
			}
		}
		if _, err := VerifyAudit(bytes.NewReader(harmed), ""); err == nil {
			t.Fatalf("byte %d", at)
		}
	})
}
