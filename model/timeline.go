package model

import "slices"

// postSubjects are the subjects of the acts that a Post's history tells.
var postSubjects = []string{"post", "article", "review", "task", "comment"}

// OfPosts tells whether the kind is one of a Post's history.
func (k EventKind) OfPosts() bool { return slices.Contains(postSubjects, k.Subject) }

// ActText words what happened to a Post. Name is a kind of event, or one with an ending
// where it reads otherwise ("task.rejected.kept"). A kind without a text is told by its name.
func ActText(lang, name string, args map[string]string) string {
	c := catalogueOf(lang)
	text, known := c.Acts[name]
	if !known {
		return name
	}
	return word(text, args, c.Values)
}
