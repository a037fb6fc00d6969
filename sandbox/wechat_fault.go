package sandbox

// The modes of WeChat alone. Each shows something the real WeChat does, or may do.
const (
	ModePNG      Mode = "png"             // getwxacodeunlimit answers image/png
	ModeFraction Mode = "fractional_prob" // msg_sec_check answers a prob such as 90.5
)

var weChatModes = []Mode{"", ModeShortLife, ModeBare, ModeStringCode, ModePNG, ModeFraction}
