package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Message is one subscription message that was delivered.
type Message struct {
	OpenID     string            `json:"openid"`
	TemplateID string            `json:"template_id"`
	Page       string            `json:"page"`
	Data       map[string]string `json:"data"`
	State      string            `json:"miniprogram_state"` // developer, trial or formal
	Lang       string            `json:"lang"`
	At         time.Time         `json:"at"`
}

type sendRequest struct {
	ToUser     string `json:"touser"`
	TemplateID string `json:"template_id"`
	Page       string `json:"page"`
	State      string `json:"miniprogram_state"`
	Lang       string `json:"lang"`
	Data       map[string]struct {
		Value string `json:"value"`
	} `json:"data"`
}

func (in sendRequest) texts() map[string]string {
	texts := make(map[string]string, len(in.Data))
	for key, v := range in.Data {
		texts[key] = v.Value
	}
	return texts
}

// Grant adds n taps on "allow" of openid for a template: n messages may be sent.
func (w *WeChat) Grant(openid, templateID string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addGrants(openid, templateID, n)
}

// addGrants is the new count; w.mu is held.
func (w *WeChat) addGrants(openid, templateID string, n int) int {
	key := openid + "|" + templateID
	have, _ := w.grants.get(key)
	w.grants.put(key, have+n)
	return have + n
}

// Messages is what was delivered, oldest first.
func (w *WeChat) Messages() []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.messages.all()
}

// send is /cgi-bin/message/subscribe/send.
func (c *call) send() reply {
	var in sendRequest
	if !c.decode(&in) {
		return c.refuse(47001, "data format error")
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if code, msg := c.w.judgeMessage(in); code != 0 {
		return c.refuse(code, msg)
	}
	c.w.addGrants(in.ToUser, in.TemplateID, -1)
	c.w.seq++
	c.w.messages.put(strconv.FormatInt(c.w.seq, 10), Message{
		OpenID: in.ToUser, TemplateID: in.TemplateID, Page: in.Page, Data: in.texts(),
		State: in.State, Lang: in.Lang, At: c.w.opts.Now().UTC(),
	})
	return answer(map[string]any{"errcode": 0, "errmsg": "ok", "msgid": c.w.seq})
}

// judgeMessage is the errcode for a message, 0 when it is right; w.mu is held.
func (w *WeChat) judgeMessage(in sendRequest) (code int64, msg string) {
	_, known := w.identities.get(in.ToUser)
	keys, hasTemplate := w.opts.Templates[in.TemplateID]
	grants, _ := w.grants.get(in.ToUser + "|" + in.TemplateID)
	switch {
	case !known:
		return 40003, "invalid openid"
	case !hasTemplate:
		return 40037, "invalid template_id"
	case !slices.Contains([]string{"developer", "trial", "formal"}, in.State),
		!slices.Contains([]string{"zh_CN", "en_US", "zh_HK", "zh_TW"}, in.Lang):
		return 40097, "invalid args" // both fields are marked as required in the document
	}
	if broken := brokenKey(keys, in.texts()); broken != "" {
		return 47003, fmt.Sprintf("argument invalid! data.%s.value invalid", broken)
	}
	if w.hasWord(in.texts(), w.opts.RiskyWords) {
		return 45168, "message contains a sensitive word"
	}
	if grants <= 0 {
		return 43101, "user refuse to accept the msg"
	}
	return 0, ""
}

func (w *WeChat) hasWord(texts map[string]string, words []string) bool {
	for _, text := range texts {
		if containsAny(text, words) {
			return true
		}
	}
	return false
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// brokenKey is the first key of a template whose text is missing or breaks the rule
// of its type, or a key the template does not have; "" when all is well.
func brokenKey(keys []string, texts map[string]string) string {
	for _, key := range keys {
		if text, ok := texts[key]; !ok || !fits(key, text) {
			return key
		}
	}
	for key := range texts {
		if !slices.Contains(keys, key) {
			return key
		}
	}
	return ""
}
