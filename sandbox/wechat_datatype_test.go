package sandbox

import (
	"strings"
	"testing"
)

func TestFits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat
	for _, c := range []struct {
		key  string
		good []string
		bad  []string
	}{
		{"thing1", []string{"a", long("字", 20)}, []string{"", long("字", 21), "a\nb", "\xff"}},
		{"number2", []string{"1", "-3.14", long("9", 32)}, []string{"", "x", long("9", 33), "1,000"}},
		{"letter1", []string{"abc", long("a", 32)}, []string{"a1", long("a", 33)}},
		{"character_string12", []string{"A-1 #", long("a", 32)}, []string{"中", long("a", 33)}},
		{"symbol1", []string{"+-*/!", "￥"}, []string{"a", "+-*/!?"}},
		{"time1", []string{"15:01", "15:01:59", "2019年10月1日 15:01", "2019-10-01 9:05", "15:01~16:02"}, []string{"25:00", "2019年10月1日", "soon"}},
		{"date1", []string{"2019年10月1日", "2018-01-01", "2018/01/01", "2019年10月1日 15:01", "2018-01-01~2018-01-02"}, []string{"15:01", "tomorrow"}},
		{"amount1", []string{"￥10", "10.5元", "100"}, []string{"￥￥1", "12345678901", "ten"}},
		{"phone_number1", []string{"+86-0766-66888866"}, []string{"12345678901234567 8", "call me"}},
		{"car_number1", []string{"粤A8Z888挂"}, []string{"粤A8Z88888挂"}},
		{"name1", []string{long("张", 10), long("a", 20), "Zhang 三"}, []string{"", long("张", 11), long("a", 21), long("a", 10) + "张"}},
		{"phrase1", []string{"待审核"}, []string{"六个汉字太长", "abc", "待审1"}},
		{"enum1", []string{"x"}, []string{""}},
		{"colour1", nil, []string{"red"}},
	} {
		for _, text := range c.good {
			if !fits(c.key, text) {
				t.Errorf("%s refuses %q", c.key, text)
			}
		}
		for _, text := range c.bad {
			if fits(c.key, text) {
				t.Errorf("%s accepts %q", c.key, text)
			}
		}
	}
}
