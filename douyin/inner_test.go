package douyin

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"countersign/model"
	"countersign/platform"
)

// The page schema-demo gives this one.
func TestTheOfficialSignature(t *testing.T) {
	t.Parallel()
	got := signature("Wm3WZYTPz0wzccnW", "@ml6sqYBGgTKmQNajnKNkaj8yksCAY++adIhlGIqfTiKyvBqOIkzdJ6WRgP+nO+wtVItqKbX4iZ+mFIYkyPJjpQ==", "1650941858")
	if got != "3f7b739a91a52cb7d85c4f89c5f611fe" {
		t.Errorf("signature %s", got)
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a b": "a%20b", "a+b": "a%2Bb", "a&b=c": "a%26b%3Dc", "%2B": "%252B", "春": "%E6%98%A5", "~-_.": "~-_.", "[\"x\"]": "%5B%22x%22%5D",
	} {
		if got := encode(map[string]string{"k": in, "empty": ""}); got != "k="+want {
			t.Errorf("%q: %s", in, got)
		}
	}
	if got := encode(map[string]string{"b": "2", "a": "1", "B": "0"}); got != "B=0&a=1&b=2" {
		t.Errorf("order %s", got)
	}
}

func TestSplitTitle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		title  string
		tags   []string
		rest   string
		inside []titleHashtag
		beside []string
	}{
		{"新品上市", []string{"a"}, "新品上市", nil, []string{"a"}},
		{"#a", []string{"a"}, "", []titleHashtag{{"a", 0}}, nil},
		{"秋日 #新品 上市", []string{"新品", "b"}, "秋日  上市", []titleHashtag{{"新品", 3}}, []string{"b"}},
		{"😀 #新品", []string{"新品"}, "😀 ", []titleHashtag{{"新品", 3}}, nil}, // an emoji counts two
		{"👨‍👩‍👧#a,#b", []string{"a", "b"}, "👨‍👩‍👧,", []titleHashtag{{"a", 8}, {"b", 9}}, nil},
		{"#a#a#b", []string{"b", "a"}, "", []titleHashtag{{"a", 0}, {"a", 0}, {"b", 0}}, nil},
		{"#新品上市", []string{"新品"}, "#新品上市", nil, []string{"新品"}},
		{"#新品上市", []string{"新品", "新品上市"}, "", []titleHashtag{{"新品上市", 0}}, []string{"新品"}},
		{"#a_b #a-b", []string{"a"}, "#a_b -b", []titleHashtag{{"a", 5}}, nil},
		{"a #", []string{"a"}, "a #", nil, []string{"a"}},
		{"", nil, "", nil, nil},
	} {
		rest, inside, beside := splitTitle(c.title, c.tags)
		if rest != c.rest || !reflect.DeepEqual(inside, c.inside) || !reflect.DeepEqual(beside, c.beside) {
			t.Errorf("%q %q: %q %v %q", c.title, c.tags, rest, inside, beside)
		}
		if got := putBack(rest, inside); got != c.title {
			t.Errorf("%q reads %q on the phone", c.title, got)
		}
	}
}

// putBack inserts as the phone does, from the last on.
func putBack(rest string, inside []titleHashtag) string {
	units := utf16.Encode([]rune(rest))
	for _, tag := range slices.Backward(inside) {
		units = slices.Insert(units, tag.Start, utf16.Encode([]rune("#"+tag.Name))...)
	}
	return string(utf16.Decode(units))
}

func TestReadEnvelope(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, words, logID string
		code               int64
	}{
		{`{"data":{"error_code":10003,"description":"配置无效","captcha":"","desc_url":""},"message":"error"}`, "配置无效", "", 10003},
		{`{"data":{"error_code":"10003","description":"x"},"message":"error"}`, "x", "", 10003},
		{`{"data":{"error_code":0,"description":""},"extra":{"error_code":2190008,"description":"y","sub_error_code":1,"sub_description":"z","logid":"L","now":1650941858000}}`, "y (z)", "L", 2190008},
		{`{"data":{},"extra":{"error_code":"2190008","log_id":"L2"}}`, "", "L2", 2190008},
		{`{"err_no":28001018,"err_msg":"no","log_id":"L3","data":{}}`, "no", "L3", 28001018},
		{`{"err_no":"28001018","err_msg":"no","log_id":123,"data":null}`, "no", "123", 28001018},
		{`{"err_no":"0","err_msg":"","data":{"schema":"s"}}`, "", "", 0},
		{`{"err_no":"","data":[1]}`, "", "", 0},
		{"\r\n {}", "", "", 0},
	} {
		e, err := readEnvelope([]byte(c.body))
		if err != nil || e.code() != c.code || e.words() != c.words || e.logID() != c.logID {
			t.Errorf("%s: %d %q %q %v", c.body, e.code(), e.words(), e.logID(), err)
		}
	}
	for _, odd := range []string{
		"", "null", "[]", "x", `{"data":{}`, `{"err_no":"x"}`, `{"err_no":1.5}`, `{"err_no":{}}`, `{"data":{"error_code":true}}`,
		`{"extra":[]}`, `{"err_msg":{}}`, `{"err_no":99999999999999999999}`,
	} {
		if _, err := readEnvelope([]byte(odd)); err == nil {
			t.Errorf("%s was read", odd)
		}
	}
}

// FuzzReadEnvelope: whatever comes, reading it does not panic, and a code is never lost.
func FuzzReadEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"error_code":10003,"description":"配置无效"},"message":"error"}`, `{"data":{},"extra":{"error_code":"2190008","logid":"L"}}`,
		`{"err_no":28001018,"err_msg":"no","log_id":"L3"}`, `{"err_no":"0"}`, "{", `{"data":{"error_code":null}}`, `{"data":"x","message":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := readEnvelope(body)
		if err != nil {
			return
		}
		var plain struct {
			ErrNo json.RawMessage `json:"err_no"`
		}
		if json.Unmarshal(body, &plain) != nil {
			t.Fatalf("%s is no JSON", body)
		}
		digits := strings.Trim(string(plain.ErrNo), `"`)
		if e.code() == 0 && digits != "" && digits != "null" && strings.Trim(digits, "+-0") != "" {
			t.Fatalf("%s lost its code", body)
		}
		_ = platform.Shorten(platform.Clean(e.words()+e.logID(), []string{"x", "{"}))
	})
}

func TestMeaningsUseCodesOfThisDoor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 23, 59, 59, 999, platform.Beijing)
	for at, codes := range meanings {
		for code, m := range codes {
			if !strings.HasPrefix(string(m.Code), "douyin_") || model.E(m.Code).Kind() == model.KindInternal {
				t.Errorf("%s %d means %q", at, code, m.Code)
			}
			if m.Retry != nil && m.Retry(now) <= 0 {
				t.Errorf("%s %d: retry after %s", at, code, m.Retry(now))
			}
			if passes := m.Code == model.CodeDouyinBusy || m.Code == model.CodeDouyinQuota; passes != (m.Retry != nil) {
				t.Errorf("%s %d: %s and a hint: %v", at, code, m.Code, m.Retry != nil)
			}
			if againCodes[code] && m.Code != model.CodeDouyinBusy {
				t.Errorf("%s %d is repeated", at, code)
			}
		}
	}
	for code := range staleCodes {
		if terms.MeaningOf(atShareID, code).Code != model.CodeDouyinBusy {
			t.Errorf("%d is not a token's", code)
		}
	}
	if got := terms.MeaningOf(atToken, 10020).Code; got != model.CodeDouyinBusy {
		t.Errorf("10020 at client_token means %s", got)
	}
}

func TestACredentialNearItsEndIsUsedByHalf(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	for life, renew := range map[time.Duration]time.Duration{
		2 * time.Hour: 115 * time.Minute, 10 * time.Minute: 5 * time.Minute, 4 * time.Minute: 2 * time.Minute, 2 * time.Second: time.Second,
	} {
		if got := newCredential("x", life, now).Renew.Sub(now); got != renew {
			t.Errorf("%s: renewed after %s, want %s", life, got, renew)
		}
	}
}
