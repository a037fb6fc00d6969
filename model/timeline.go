package model

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
