package service_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"countersign/model"
	"countersign/service"
)

// show writes spans as [-gone-]{+come+}kept.
func show(spans []service.Span) string {
	var b strings.Builder
	for _, s := range spans {
		switch s.Op {
		case service.OpDelete:
			fmt.Fprintf(&b, "[-%s-]", s.Text)
		case service.OpInsert:
			fmt.Fprintf(&b, "{+%s+}", s.Text)
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func showDiff(d service.ContentDiff) (out []string) {
	for _, f := range d.Fields {
		line := f.Field + ":"
		if f.Markup {
			line += " markup"
		}
		if s := show(f.Spans) + show(f.Items); s != "" {
			line += " " + s
		}
		for _, b := range f.Blocks {
			line += fmt.Sprintf(" %s(%s)", b.Op, b.Text+show(b.Spans))
			if b.Count > 0 {
				line += fmt.Sprint("×", b.Count)
			}
		}
		for _, m := range f.Media {
			line += " " + m.Change
		}
		out = append(out, line)
	}
	return out
}

func TestDiffOfContents(t *testing.T) {
	t.Parallel()
	ref := func(id, sum string) model.MediaRef { return model.MediaRef{ID: id, SHA256: sum} }
	a, a2, b, c := ref("1", "a"), ref("2", "a"), ref("3", "b"), ref("4", "c")
	for name, tc := range map[string]struct {
		x, y model.Content
		want []string
	}{
		"nothing":        {model.Content{Title: "同"}, model.Content{Title: "同"}, nil},
		"Chinese":        {model.Content{Title: "全新秋季上市"}, model.Content{Title: "全新冬季上市"}, []string{"title: 全新[-秋-]{+冬+}季上市"}},
		"English":        {model.Content{Title: "The best tea"}, model.Content{Title: "The finest tea"}, []string{"title: The [-best-]{+finest+} tea"}},
		"a digit":        {model.Content{Text: "仅售19元"}, model.Content{Text: "仅售29元"}, []string{"text: 仅售[-19-]{+29+}元"}},
		"emptied":        {model.Content{Summary: "摘要"}, model.Content{}, []string{"summary: [-摘要-]"}},
		"filled":         {model.Content{}, model.Content{Link: "https://a.example/"}, []string{"link: {+https://a.example/+}"}},
		"no noise":       {model.Content{Title: "春天的花园里面"}, model.Content{Title: "办公室的旧桌子"}, []string{"title: [-春天的花园里面-]{+办公室的旧桌子+}"}},
		"tags":           {model.Content{Hashtags: []string{"茶", "秋"}}, model.Content{Hashtags: []string{"茶", "冬"}}, []string{"hashtags: 茶[-秋-]{+冬+}"}},
		"uploaded again": {model.Content{Cover: &a}, model.Content{Cover: &a2}, nil},
		"replaced":       {model.Content{Cover: &a, Video: &b}, model.Content{Cover: &c, Video: &b}, []string{"cover: replaced"}},
		"pictures":       {model.Content{Pictures: []model.MediaRef{a, b}}, model.Content{Pictures: []model.MediaRef{b, a, c}}, []string{"pictures: moved added"}},
		"fewer":          {model.Content{Pictures: []model.MediaRef{a, b}}, model.Content{Pictures: []model.MediaRef{b}}, []string{"pictures: removed"}},
		"paragraphs": {
			model.Content{BodyHTML: "<p>一</p><p>二二二二二二</p><p>三</p>"},
			model.Content{BodyHTML: "<p>一</p><p>二二二二二十</p><p>新</p><p>三</p>"},
			[]string{"body_html: equal(一) change(二二二二二[-二-]{+十+}) insert(新) equal(三)"},
		},
		"a long way": {
			model.Content{BodyHTML: "<p>1</p><p>2</p><p>3</p><p>4</p><p>5</p>"},
			model.Content{BodyHTML: "<p>1</p><p>2</p><p>3</p><p>4</p><p>5</p><p>6</p>"},
			[]string{"body_html: equal(1) equal()×3 equal(5) insert(6)"},
		},
		"only looks": {model.Content{BodyHTML: "<p>一</p>"}, model.Content{BodyHTML: "<p><strong>一</strong></p>"}, []string{"body_html: markup"}},
		"leads elsewhere": {
			model.Content{BodyHTML: `<p><a href="https://a.example/">点</a></p>`},
			model.Content{BodyHTML: `<p><a href="https://b.example/">点</a></p>`},
			[]string{"body_html: markup", "body_links: [-https://a.example/-]{+https://b.example/+}"},
		},
		"a picture in it": {
			model.Content{BodyHTML: `<p>一</p><img src="media:0190b6c4-0000-7000-8000-000000000001"/>`},
			model.Content{BodyHTML: `<p>一</p><img src="media:0190b6c4-0000-7000-8000-000000000002"/>`},
			[]string{"body_html: equal(一) delete(media:0190b6c4-0000-7000-8000-000000000001) insert(media:0190b6c4-0000-7000-8000-000000000002)"},
		},
		"only text leaves": {
			model.Content{BodyHTML: "<p>一二三四</p>"},
			model.Content{BodyHTML: `<p onclick="x()">一二三四<script>alert(1)</script>&lt;b&gt;</p>`},
			[]string{"body_html: change(一二三四{+<b>+})"}, // as text: no client reads it as HTML
		},
	} {
		if diff := cmp.Diff(tc.want, showDiff(service.DiffContents(tc.x, tc.y))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestDiffTellsBothVersions: from what a difference tells, both texts can be read.
func TestDiffTellsBothVersions(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[甲乙丙的 a-c，。]{0,30}`)
	rapid.Check(t, func(t *rapid.T) {
		x, y := text.Draw(t, "x"), text.Draw(t, "y")
		if x == y {
			return
		}
		d := service.DiffContents(model.Content{Text: x}, model.Content{Text: y})
		var older, newer strings.Builder
		for _, s := range d.Fields[0].Spans {
			if s.Op != service.OpInsert {
				older.WriteString(s.Text)
			}
			if s.Op != service.OpDelete {
				newer.WriteString(s.Text)
			}
		}
		if older.String() != x || newer.String() != y {
			t.Fatalf("%q, %q: %s", x, y, show(d.Fields[0].Spans))
		}
	})
}

// TestDiffTellsBothBodies: the same of blocks, with their places.
func TestDiffTellsBothBodies(t *testing.T) {
	t.Parallel()
	block := rapid.SampledFrom([]string{"<p>甲甲甲甲</p>", "<p>甲甲甲乙</p>", "<h2>乙</h2>", "<ul><li>丙</li><li>丁</li></ul>", `<img src="media:0190b6c4-0000-7000-8000-000000000001"/>`, "<p></p>"})
	body := rapid.Map(rapid.SliceOfN(block, 0, 12), func(l []string) string { return strings.Join(l, "") })
	rapid.Check(t, func(t *rapid.T) {
		x, y := body.Draw(t, "x"), body.Draw(t, "y")
		older, newer := service.BodyBlocks(x), service.BodyBlocks(y)
		d := service.DiffContents(model.Content{BodyHTML: x}, model.Content{BodyHTML: y})
		if cmp.Equal(older, newer) {
			if len(d.Fields) > 0 && !d.Fields[0].Markup {
				t.Fatalf("nothing changed: %v", showDiff(d))
			}
			return
		}
		fromSeen, toSeen := 0, 0
		for _, b := range d.Fields[0].Blocks {
			n := max(b.Count, 1)
			if b.From != nil {
				if *b.From != fromSeen || b.Count == 0 && b.Text != "" && older[fromSeen].Text != b.Text {
					t.Fatalf("from %d: %+v", fromSeen, b)
				}
				fromSeen += n
			}
			if b.To != nil {
				if *b.To != toSeen {
					t.Fatalf("to %d: %+v", toSeen, b)
				}
				toSeen += n
			}
		}
		if fromSeen != len(older) || toSeen != len(newer) {
			t.Fatalf("%d of %d, %d of %d", fromSeen, len(older), toSeen, len(newer))
		}
	})
}

// TestDiffOfTheLongestBodies: bodies of 1 MB, made to be hard, take no time to speak of.
func TestDiffOfTheLongestBodies(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(alphabet []rune, before, behind string, each int) string {
		var b strings.Builder
		for b.Len() < model.MaxBody-len(before)-len(behind)-4*each {
			b.WriteString(before)
			for range each {
				b.WriteRune(alphabet[random.IntN(len(alphabet))])
			}
			b.WriteString(behind)
		}
		return b.String()
	}
	two, han := []rune("的了"), []rune("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈")
	for name, make := range map[string]func() string{
		"one paragraph":       func() string { return noise(han, "", "", 100) },
		"two characters":      func() string { return noise(two, "", "", 100) },
		"sentences":           func() string { return noise(han, "", "。", 10) },
		"many paragraphs":     func() string { return noise(han, "<p>", "</p>", 30) },
		"shortest paragraphs": func() string { return noise(two, "<p>", "</p>", 1) },
		"long paragraphs":     func() string { return noise(two, "<p>", "</p>", 4000) },
	} {
		x, y := make(), make()
		d := service.DiffContents(model.Content{BodyHTML: x, Text: x}, model.Content{BodyHTML: y, Text: y})
		if !d.Coarse { // an exact answer would take minutes
			t.Errorf("%s: not coarse", name)
		}
		if len(d.Fields) != 2 {
			t.Errorf("%s: %d fields", name, len(d.Fields))
		}
	}
}

// TestDiffOfUnequalBodies: many short paragraphs against one that is as long as all of
// them, and thousands of links in another order, cost no more than what is alike.
func TestDiffOfUnequalBodies(t *testing.T) {
	t.Parallel()
	var short, links, others strings.Builder
	long := "<p>" + strings.Repeat("一个长段落，", model.MaxBody/20) + "</p>"
	for i := range model.MaxBody / 20 {
		fmt.Fprintf(&short, "<p>%d</p>", i)
	}
	for i := range model.MaxBody / 60 {
		fmt.Fprintf(&links, `<a href="https://a.example/%d">点</a>`, i*7919%1_000_003)
		fmt.Fprintf(&others, `<a href="https://a.example/%d">点</a>`, i*104_729%1_000_003)
	}
	for name, c := range map[string][2]string{"short and long": {short.String(), long}, "long and short": {long, short.String()}, "links": {links.String(), others.String()}} {
		began := time.Now()
		d := service.DiffContents(model.Content{BodyHTML: c[0]}, model.Content{BodyHTML: c[1]})
		t.Logf("%s: %s", name, time.Since(began))
		if !d.Coarse || len(d.Fields) == 0 {
			t.Errorf("%s: %d fields, coarse: %t", name, len(d.Fields), d.Coarse)
		}
	}
}
