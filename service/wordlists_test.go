package service_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

func wordSpec(words ...model.Word) service.WordListSpec {
	return service.WordListSpec{Name: "词库", Severity: model.SeverityWarn, Enabled: true, Words: words}
}

// wrong are the wrong fields of a refusal as "path reason".
func wrong(t testing.TB, err error) (out []string) {
	t.Helper()
	for _, f := range refused(t, err, model.CodeInvalid).Fields {
		out = append(out, f.Path+" "+f.Reason)
	}
	return out
}

// TestWordLists: an admin's, at the version that he saw, each wrong word named.
func TestWordLists(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		lists := x.Service.WordLists
		_, err := lists.Create(t.Context(), x.editor, x.b.ID, wordSpec())
		wantCode(t, err, model.CodeForbidden)
		_, err = lists.Create(t.Context(), x.admin, x.b.ID, wordSpec(model.Word{Word: " "}, model.Word{Word: "甲"}, model.Word{Word: " 甲 "}, model.Word{Word: "C++"}, model.Word{Word: "乙", Severity: "grave"}))
		if diff := cmp.Diff([]string{"words[0].word required", "words[2].word duplicate", "words[4].severity unknown", "words[3].word only_signs"}, wrong(t, err)); diff != "" {
			t.Error(diff)
		}
		id, err := lists.Create(t.Context(), x.admin, x.b.ID, wordSpec(model.Word{Word: " 甲 ", Suggestion: "乙"}))
		must(t, err)
		l, err := x.Store.WordList(t.Context(), x.b.ID, id)
		must(t, err)
		if l.Count != 1 || l.Words[0] != (model.Word{Word: "甲", Suggestion: "乙"}) || l.Version != 1 {
			t.Errorf("%+v", l)
		}
		wantCode(t, lists.Update(t.Context(), x.admin, x.b.ID, id, 7, wordSpec()), model.CodeStale)
		must(t, lists.Import(t.Context(), x.admin, x.b.ID, id, 1, []byte("\ufeffword,severity\r\n丙,ERROR\r\n丁\r\n")))
		l, err = x.Store.WordList(t.Context(), x.b.ID, id)
		must(t, err)
		if diff := cmp.Diff([]model.Word{{Word: "丙", Severity: model.SeverityError}, {Word: "丁"}}, l.Words); diff != "" || l.Name != "词库" || l.Version != 2 {
			t.Error(diff, l.Name, l.Version)
		}
		bad := wrong(t, lists.Import(t.Context(), x.admin, x.b.ID, id, 2, []byte("word,severity,suggestion\n好,grave,\n,,\n好,,\n")))
		if diff := cmp.Diff([]string{"rows[2].severity unknown", "rows[3].word required", "rows[4].word duplicate"}, bad); diff != "" {
			t.Error(diff)
		}
		must(t, lists.Delete(t.Context(), x.admin, x.b.ID, id))
		wantCode(t, lists.Delete(t.Context(), x.admin, x.b.ID, id), model.CodeNotFound)
	})
}

// TestWordListLimits: twenty lists, and ten thousand words in all of them.
func TestWordListLimits(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	lists, words := x.Service.WordLists, make([]model.Word, 6000)
	for i := range words {
		words[i] = model.Word{Word: fmt.Sprint("词", i)}
	}
	first, err := lists.Create(t.Context(), x.admin, x.b.ID, wordSpec(words...))
	must(t, err)
	_, err = lists.Create(t.Context(), x.admin, x.b.ID, wordSpec(words...))
	if got := wrong(t, err); !slices.Equal(got, []string{"words too_many"}) {
		t.Error(got)
	}
	must(t, lists.Update(t.Context(), x.admin, x.b.ID, first, 1, wordSpec(words...))) // its own words do not count twice
	for range model.MaxWordLists - 1 {
		_, err = lists.Create(t.Context(), x.admin, x.b.ID, wordSpec())
		must(t, err)
	}
	_, err = lists.Create(t.Context(), x.admin, x.b.ID, wordSpec())
	wantCode(t, err, model.CodeTooManyWordLists)
}

// TestWordFiles: what is no table is refused by its row.
func TestWordFiles(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                         "rows[1] csv_header_expected",
		"词,级别":                     "rows[1] csv_header_expected",
		"word,suggestion\n":        "rows[1] csv_header_expected",
		"word\n\"甲":                "rows[2] csv_quotes",
		"word\n甲\"乙\n":             "rows[2] csv_quotes",
		"word\n甲\n乙,warn,丙,丁\n":    "rows[3] csv_columns",
		"word\n\xff\n":             "rows utf8_expected",
		"\xff\xfew\x00o\x00r\x00d": "rows utf8_expected",
	} {
		_, err := service.ReadWords(strings.NewReader(file))
		if got := wrong(t, err); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
	_, err := service.ReadWords(strings.NewReader("word\n" + strings.Repeat("甲\n", model.MaxBrandWords+2)))
	if got := wrong(t, err); !slices.Equal(got, []string{"rows too_many"}) {
		t.Error(got)
	}
}

// TestWordsComeBack: what is exported is read as it was, and no cell of it is a formula.
func TestWordsComeBack(t *testing.T) {
	t.Parallel()
	text := rapid.StringOfN(rapid.OneOf(rapid.SampledFrom([]rune("=+-@'\",甲 \t;")), rapid.Rune()), 0, 8, -1).Filter(func(s string) bool {
		return s == strings.TrimSpace(s) && (s == "" || model.CheckLine(s, 64) == "")
	})
	rapid.Check(t, func(t *rapid.T) {
		words := []model.Word{}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			words = append(words, model.Word{Word: text.Draw(t, "word"), Severity: rapid.SampledFrom([]model.Severity{"", model.SeverityInfo, model.SeverityError}).Draw(t, "severity"), Suggestion: text.Draw(t, "suggestion")})
		}
		var file bytes.Buffer
		if err := service.WriteWords(&file, words, rapid.Bool().Draw(t, "bom")); err != nil {
			t.Fatal(err)
		}
		back, err := service.ReadWords(bytes.NewReader(file.Bytes()))
		if diff := cmp.Diff(words, back); diff != "" || err != nil {
			t.Fatal(err, diff, file.String())
		}
	})
}

func FuzzReadWords(f *testing.F) {
	for _, seed := range []string{"", "word\n甲", "\ufeffword,severity,suggestion\r\n\"a,b\",warn,'=1\r\n", "word\n\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		words, err := service.ReadWords(bytes.NewReader(file))
		if err != nil {
			_ = refused(t, err, model.CodeInvalid)
			return
		}
		var out bytes.Buffer
		must(t, service.WriteWords(&out, words, false))
		if back, err := service.ReadWords(&out); err != nil || len(back) != len(words) {
			t.Fatal(err, len(back), len(words))
		}
	})
}
