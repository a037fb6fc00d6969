package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"countersign/model"
)

// finds asks what the built-in words find in a text.
func finds(text string) []model.Finding {
	return Builtin().Find(model.ReviewText{Field: "text", Text: text})
}

// rules are those of the findings in a text, each once.
func rules(text string) (out []string) {
	for _, f := range finds(text) {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}

// TestTables: every row is whole, known and found as it stands.
func TestTables(t *testing.T) {
	t.Parallel()
	entries := builtinEntries()
	counts := map[string]int{}
	for _, e := range entries {
		rule, known := model.AIRuleByID(e.Rule)
		if !known || rule.Source != model.SourceLocal || !e.Severity.Known() || !Searchable(e.Word) {
			t.Errorf("a bad row: %+v", e)
		}
		counts[e.Rule]++
		if !slices.Contains(rules("请看"+e.Word+"。"), e.Rule) {
			t.Errorf("%q is not found", e.Word)
		}
	}
	if counts["ad-law.superlative"] < 150 || len(entries) < 500 {
		t.Error("the lists have shrunk:", counts)
	}
	for phrase := range strings.FieldsSeq(exceptTable) {
		bare := New(entries, nil).Find(model.ReviewText{Text: phrase})
		if len(bare) == 0 {
			t.Errorf("the exception %q is of no use", phrase)
		}
		if got := finds("今天的" + phrase + "如何"); len(got) > 0 {
			t.Errorf("the exception %q does not hold: %+v", phrase, got)
		}
	}
	for _, p := range model.Platforms() {
		if _, known := platforms()[p.ID]; !known {
			t.Error("no habits of", p.ID)
		}
	}
	for from := range rune(0x110000) {
		if to := forms().get(from); to != 0 && (from == to || from < 0x80 || kindOf(to) != letter) {
			t.Errorf("an odd pair: %q, %q", from, to)
		}
	}
}

// TestOrdinaryWords: what people write every day is no finding.
func TestOrdinaryWords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"最近天气转凉，最后一天上班，最终我们决定在最初的地方见面。", "第一次来的朋友，第一步先登记，第一时间会有人接待。",
		"活动分三天，第一天签到，第二天参观。", "他跑了第一，品牌故事请看下文。", "最高气温 32 度，最低气温 21 度。", "请各位最好提前十五分钟到场。",
		"国家级非物质文化遗产传承人现场演示", "唯一标识由系统生成。", "坐标轴上的绝对值不变。", "王者荣耀比赛周六开始", "支持 AVX512 指令集", "欢迎加入 VIP 会员", "一共 100 件样品",
		"本周新品上架，欢迎到店试穿。", "面料柔软，洗后请平铺晾干。", "保存温度 2 至 8 摄氏度。", "会议室在三楼，请从东门进。", "图书馆周一闭馆。", "排队的人排到了门口。",
		"天花板高度 2.8 米", "The best-before date is on the lid.", "Version 2.1 is out today.", "He is a topologist, number oneself.", "", "\n\n", "？！。",
		"微信支付可用", "这趟车最多坐四十人，最少二十人成行。", "最大公约数是 6。", "最强台风登陆前请关好门窗。",
	} {
		if got := finds(text); len(got) > 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// hidden are words as people write them to get them past a filter.
var hidden = []struct{ text, rule string }{
	{"這是國家級的產品", "ad-law.superlative"},
	{"全網最低價", "ad-law.superlative"},
	{"銷量第一", "ad-law.superlative"},
	{"销量第１", "ad-law.superlative"},
	{"销量第①", "ad-law.superlative"},
	{"销量第壹", "ad-law.superlative"},
	{"冣佳选择", "ad-law.superlative"},
	{"㝡佳选择", "ad-law.superlative"},
	{"苐一品牌", "ad-law.superlative"},
	{"囯家级", "ad-law.superlative"},
	{"囻家級", "ad-law.superlative"},
	{"頂級享受", "ad-law.superlative"},
	{"嵿级享受", "ad-law.superlative"},
	{"顶·级", "ad-law.superlative"},
	{"顶-级", "ad-law.superlative"},
	{"顶*级", "ad-law.superlative"},
	{"顶／级", "ad-law.superlative"},
	{"顶🔥级", "ad-law.superlative"},
	{"【顶】【级】", "ad-law.superlative"},
	{"“顶”级", "ad-law.superlative"},
	{"顶　级", "ad-law.superlative"},
	{"顶\u200b级", "ad-law.superlative"},
	{"顶\u200d\u2060级", "ad-law.superlative"},
	{"顶\ufeff级", "ad-law.superlative"},
	{"顶\u00ad级", "ad-law.superlative"},
	{"顶\u202e级", "ad-law.superlative"},
	{"顶\u0338级", "ad-law.superlative"},
	{"顶\u3164级", "ad-law.superlative"},
	{"顶\ufe0f级", "ad-law.superlative"},
	{"最 . 好", "ad-law.superlative"},
	{"最\u200b好", "ad-law.superlative"},
	{"ＮＯ．１", "ad-law.superlative"},
	{"Ｎｏ１", "ad-law.superlative"},
	{"Nо.1", "ad-law.superlative"}, // a Cyrillic о
	{"𝐍𝐎.𝟏", "ad-law.superlative"},
	{"ⓉⓄⓅ1", "ad-law.superlative"},
	{"t o p 1", "ad-law.superlative"},
	{"１００％有效", "ad-law.superlative"},
	{"Number One", "ad-law.superlative"},
	{"NUMBER-ONE", "ad-law.superlative"},
	{"World’s Best", "ad-law.superlative"},
	{"國務院特供", "ad-law.authority"},
	{"人民大會堂專供", "ad-law.authority"},
	{"國宴専用，國宴專用", "ad-law.authority"},
	{"特 供 酒", "ad-law.authority"},
	{"馳名商標", "ad-law.authority"},
	{"错过再等一年", "ad-law.pressure"},
	{"錯過再等壹年", "ad-law.pressure"},
	{"手 慢 无", "ad-law.pressure"},
	{"包治百病", "claim.medical"},
	{"包治佰病", "claim.medical"},
	{"藥到病除", "claim.medical"},
	{"藥|到|病|除", "claim.medical"},
	{"根\u2063治", "claim.medical"},
	{"祖傳秘方", "claim.medical"},
	{"療效顯著", "claim.medical"},
	{"沒有任何副作用", "claim.medical"},
	{"㊙️", ""},
	{"降血糖", "claim.medical"},
	{"降_血_糖", "claim.medical"},
	{"7天见效", "claim.medical"},
	{"７天見效", "claim.medical"},
	{"穩賺不賠", "claim.finance"},
	{"稳~赚~不~赔", "claim.finance"},
	{"保本保息", "claim.finance"},
	{"保本 保息", "claim.finance"},
	{"零風險高收益", "claim.finance"},
	{"日賺千元", "claim.finance"},
	{"躺 賺", "claim.finance"},
	{"剛性兌付", "claim.finance"},
	{"加微信", "traffic.diversion"},
	{"加 微 信", "traffic.diversion"},
	{"加薇信", "traffic.diversion"},
	{"加Ｖ", "traffic.diversion"},
	{"加Ⓥ", "traffic.diversion"},
	{"加ν", "traffic.diversion"}, // a Greek nu
	{"加 V X", "traffic.diversion"},
	{"加ＶＸ领取", "traffic.diversion"},
	{"ＱＱ群", "traffic.diversion"},
	{"掃碼進群", "traffic.diversion"},
	{"掃描二維碼", "traffic.diversion"},
	{"扫描贰维码", "traffic.diversion"},
	{"長按識別", "traffic.diversion"},
	{"私 信 领 取", "traffic.diversion"},
	{"WhatsApp", "traffic.diversion"},
	{"ＷＨＡＴＳＡＰＰ", "traffic.diversion"},
}

// TestHiddenWords: however a word is written, it is found, and quoted as it was written.
func TestHiddenWords(t *testing.T) {
	t.Parallel()
	cases := len(hidden)
	for _, tc := range hidden {
		if tc.rule != "" && !slices.Contains(rules("前文"+tc.text+"后文"), tc.rule) {
			t.Errorf("%q: %v", tc.text, rules(tc.text))
		}
	}
	for _, word := range []string{"国家级", "最佳选择", "全网最低价", "包治百病", "稳赚不赔", "扫码进群", "人民大会堂专供", "手慢无"} {
		for _, between := range []string{" ", "　", ".", "·", "-", "_", "*", "/", "|", "~", "^", "+", "#", "\u200b", "\u200c", "\u2060", "❤", "👍", " . ", "\t"} {
			cases++
			text := strings.Join(strings.Split(word, ""), between)
			found := finds("我们" + text + "哦")
			if len(found) == 0 || found[0].Quote != text {
				t.Errorf("%q: %+v", text, found)
			}
		}
		cases++
		if apart := strings.Join(strings.Split(word, ""), " ---- "); len(finds(apart)) > 0 {
			t.Errorf("%q stands too far apart", apart)
		}
	}
	if cases < 200 {
		t.Error("only", cases, "cases")
	}
}

// anyText draws a text with words, signs and odd characters in it.
var anyText = rapid.Custom(func(t *rapid.T) string {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"最", "佳", "國", "家", "級", "第", "一", "㎏", "①", "ＡＢ", "\u200b", "e\u0301", "🔥", "👨\u200d👩", "，", "\n", " ", ".", "No", "1", "\xff"}),
		rapid.StringN(0, 3, -1),
	)
	return strings.Join(rapid.SliceOfN(part, 0, 40).Draw(t, "parts"), "")
})

// TestQuotesAreThePlace: whatever was folded, a finding's offsets give its quote.
func TestQuotesAreThePlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := anyText.Draw(t, "text")
		word := rapid.SampledFrom([]string{"最佳", "国家级", "第一", "no1", "kg", "1", "ab", "é", "最"}).Draw(t, "word")
		own := New([]Entry{{Word: word, Rule: model.BrandRule(model.SeverityWarn), Severity: model.SeverityWarn}}, nil)
		runes := []rune(text)
		for _, f := range Check("xiaohongshu", []model.ReviewText{{Field: "title", Text: text}, {Field: "text", Text: text}}, own) {
			if f.Start < 0 || f.Start >= f.End || f.End > len(runes) {
				t.Fatalf("%+v of %d characters", f, len(runes))
			}
			if want := string(runes[f.Start:min(f.End, f.Start+model.MaxFindingQuote)]); f.Quote != want {
				t.Fatalf("quotes %q, there stands %q", f.Quote, want)
			}
		}
	})
}

// TestAutomatonIsTheNaiveSearch on small alphabets, where patterns overlap the most.
func TestAutomatonIsTheNaiveSearch(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.SampledFrom([]rune("ab国")), 1, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(word, 0, 12, rapid.ID[string]).Draw(t, "words")
		text := []rune(rapid.StringOfN(rapid.SampledFrom([]rune("ab国")), 0, 60, -1).Draw(t, "text"))
		var patterns [][]rune
		for _, w := range words {
			patterns = append(patterns, []rune(w))
		}
		var got, want []hit
		newAutomaton(patterns).each(text, func(p, start, end int) { got = append(got, hit{p, start, end}) })
		for end := range len(text) + 1 {
			for p, w := range patterns {
				if end >= len(w) && slices.Equal(text[end-len(w):end], w) {
					want = append(want, hit{p, end - len(w), end})
				}
			}
		}
		byPlace := func(a, b hit) int { return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.pattern, b.pattern)) }
		slices.SortFunc(got, byPlace)
		slices.SortFunc(want, byPlace)
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, want %v", got, want)
		}
	})
}

// TestFoldingTwiceChangesNothing: what is folded is the plain form.
func TestFoldingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := fold(anyText.Draw(t, "text"))
		letters := strings.ReplaceAll(string(once.runes), string(breaker), "\n")
		if twice := strings.ReplaceAll(string(fold(letters).runes), string(breaker), "\n"); twice != letters {
			t.Fatalf("%q, then %q", letters, twice)
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, tc := range hidden {
		f.Add(tc.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, last := utf8.RuneCountInString(text), 0
		read := fold(text)
		for _, at := range read.pos {
			if at < last || at >= n {
				t.Fatalf("place %d behind %d, of %d", at, last, n)
			}
			last = at
		}
		_ = finds(text)
	})
}

// TestOwnWords: a brand's words are found by their own severity, beside the built-in ones,
// and of two that are one when folded the graver counts.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	own := New(Entries(model.WordList{Severity: model.SeverityWarn, Words: []model.Word{
		{Word: "竞品", Severity: model.SeverityInfo}, {Word: "競品", Severity: model.SeverityError, Suggestion: "同类产品"}, {Word: "最佳"}, {Word: "你好，世界"},
	}}), nil)
	got := Check("", []model.ReviewText{{Field: "title", Text: "比竞 品更好"}, {Field: "text", Text: "最佳！你好， 世界"}}, own)
	var said []string
	for _, f := range got {
		said = append(said, fmt.Sprintf("%s %s %s %d-%d %s %s", f.Field, f.Rule, f.Severity, f.Start, f.End, f.Quote, f.Suggestion))
	}
	want := []string{
		"title brand-words.error error 1-4 竞 品 同类产品", "text ad-law.superlative error 0-2 最佳 ", "text brand-words.warn warn 0-2 最佳 ",
		"text brand-words.warn warn 3-9 你好， 世界 ",
	}
	if !slices.Equal(said, want) {
		t.Errorf("found %q", said)
	}
	for word, can := range map[string]bool{"最": true, "C++": false, "v❤": false, "❤": false, "，": false, "": false, "\u200b": false, "ab": true, "甲+乙": true} {
		if Searchable(word) != can {
			t.Errorf("%q: %t", word, !can)
		}
	}
}

// TestPlatformHabits: what is advice on one platform is none on another.
func TestPlatformHabits(t *testing.T) {
	t.Parallel()
	texts := []model.ReviewText{
		{Field: "title", Text: "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十又一"},
		{Field: "text", Text: "见 https://site.example/a，电话 138-0013-8000，+86 139 0013 9000，邮箱 a.b@site.example，编号 12345678901234"},
		{Field: "hashtags[0]", Text: "一"},
		{Field: "hashtags[1]", Text: "二"},
		{Field: "hashtags[2]", Text: "三"},
		{Field: "hashtags[3]", Text: "四"},
	}
	for platform, want := range map[string][]string{
		"kuaishou":        {"platform.title-length 又一", "platform.link https://site.example/a", "platform.contact 138-0013-8000", "platform.contact 139 0013 9000", "platform.contact a.b@site.example"},
		"weibo":           {"platform.hashtags 四"},
		"wechat_official": {"platform.title-length 又一", "platform.link https://site.example/a"},
		"linkedin":        nil,
		"":                nil,
		"nowhere":         nil,
	} {
		var got []string
		for _, f := range Check(platform, texts, nil) {
			got = append(got, f.Rule+" "+f.Quote)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", platform, got)
		}
	}
}

// TestExceptionsDoNotHideOthers: an exception covers the word in it, not the one beside it.
func TestExceptionsDoNotHideOthers(t *testing.T) {
	t.Parallel()
	got := finds("国家级贫困县的国家级产品，最高气温下的最高品质")
	if len(got) != 2 || got[0].Quote != "国家级产品" || got[1].Quote != "最高品质" {
		t.Errorf("found %+v", got)
	}
}
