package service

import (
	"fmt"
	"strings"

	"countersign/model"
)

// ReviewTexts are the texts of a content as people read them, in the order in which they
// do. Of a body they are its plain text: its blocks, parted by line feeds.
func ReviewTexts(c model.Content) (out []model.ReviewText) {
	add := func(field, text string) {
		if strings.TrimSpace(text) != "" {
			out = append(out, model.ReviewText{Field: field, Text: text})
		}
	}
	add("title", c.Title)
	add("author", c.Author)
	add("summary", c.Summary)
	add("text", c.Text)
	add("body_html", plainBody(c.BodyHTML))
	for i, tag := range c.Hashtags {
		add(fmt.Sprintf("hashtags[%d]", i), tag)
	}
	return out
}

func plainBody(body string) string {
	if body == "" {
		return ""
	}
	var lines []string
	for _, b := range BodyBlocks(body) {
		if b.Kind == BlockText {
			lines = append(lines, b.Text)
		}
	}
	return strings.Join(lines, "\n")
}
