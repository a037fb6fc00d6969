package model

// Email is one message to one person. MessageID stays the same when it is sent again, so
// that his mail program can tell a repeat.
type Email struct {
	To        string // bare address
	Subject   string
	Text      string
	HTML      string
	MessageID string // without angle brackets; "left@right"
	Language  string // "zh-CN" or "en"
}
