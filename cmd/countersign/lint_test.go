package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLint: what is printed, and the exit code: 0 when no finding is an error, 1 when one
// is or a file cannot be read, 2 for a wrong command line.
func TestLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	clean, bad := file("clean.txt", "今天上新，欢迎试穿。"), file("bad.txt", "\ufeff全 网 最 低 价，加微信")
	page, article := file("page.html", "<p>國家<b>級</b>产品</p>"), file("post.md", "# 包治百病\n\n正文")
	content := file("content.json", `{"title":"标题","hashtags":["稳赚不赔"]}`)
	words, broken := file("words.csv", "word,severity,suggestion\n试穿,error,体验\n"), file("broken.csv", "词\n试穿\n")
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{clean}, 0, "0 findings, 0 of them errors"},
		{[]string{bad}, 1, "error text:0-9 ad-law.superlative “全 网 最 低 价”"},
		{[]string{"--lang", "en", bad}, 1, "Article 9 of the Advertising Law"},
		{[]string{bad, "--lang", "en"}, 1, "2 findings, 1 of them errors"},
		{[]string{page}, 1, "error body_html:0-5 ad-law.superlative “國家級产品”"},
		{[]string{article}, 1, "error title:0-4 claim.medical"},
		{[]string{content}, 1, "error hashtags[0]:0-4 claim.finance"},
		{[]string{"--words", words, clean}, 1, "可改为：体验"},
		{[]string{"--words", broken, clean}, 1, ""},
		{[]string{"--platform", "xiaohongshu", file("link.txt", "见 https://site.example/a")}, 0, "info text:2-24 platform.link"},
		{[]string{filepath.Join(dir, "none.txt")}, 1, ""},
		{[]string{file("odd.json", `{"headline":"x"}`)}, 1, ""},
		{nil, 2, ""},
		{[]string{clean, bad}, 2, ""},
		{[]string{"--platform", "nowhere", clean}, 2, ""},
		{[]string{"--lang", "fr", clean}, 2, ""},
		{[]string{"--odd", clean}, 2, ""},
	} {
		var out, errs strings.Builder
		err := run(t.Context(), append([]string{"lint"}, tc.args...), nil, &out, &errs)
		if code := exitCode(err); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: %d %v\n%s%s", tc.args, code, err, out.String(), errs.String())
		}
	}
}
