package model

import "slices"

// limits is how platforms narrow the fields of their content type: a field named here
// takes the place of the one in Shape. They are a courtesy to the author, for the
// platform itself has the last word, and they move with it.
//
// Stated by the platform to those who publish through it: LinkedIn's text. In common use,
// for the platform's own editor stops there, and not confirmed by a reference: all others.
func limits(platform string) []FieldRule {
	switch platform {
	case "weibo":
		return []FieldRule{{"text", 2000, false}, {"pictures", 18, false}}
	case "xiaohongshu":
		return []FieldRule{{"title", 20, false}, {"text", 1000, false}, {"pictures", 18, false}, {"hashtags", 10, false}}
	case "bilibili":
		return []FieldRule{{"title", 80, false}, {"text", 2000, false}, {"pictures", 18, false}, {"hashtags", 10, false}}
	case "kuaishou":
		return []FieldRule{{"title", 30, false}, {"text", 500, false}, {"hashtags", 10, false}}
	case "wechat_channels":
		return []FieldRule{{"title", 16, false}, {"text", 1000, false}, {"pictures", 18, false}, {"hashtags", 10, false}}
	case "linkedin":
		return []FieldRule{{"text", 3000, false}, {"pictures", 18, false}}
	}
	return nil
}

// ShapeOn is the Shape of a content type as a platform narrows it.
func ShapeOn(platform string, t ContentType) []FieldRule {
	rules := slices.Clone(Shape(t))
	for _, narrow := range limits(platform) {
		i := slices.IndexFunc(rules, func(r FieldRule) bool { return r.Name == narrow.Name })
		if i >= 0 {
			rules[i] = narrow
		}
	}
	return rules
}

// ContentTypeFor is the type of a new Post's content: the one that was asked for, or the
// only one that the platform has.
func (p Platform) ContentTypeFor(asked ContentType) (ContentType, error) {
	switch {
	case asked == "" && len(p.ContentTypes) == 1:
		return p.ContentTypes[0], nil
	case asked == "":
		return "", Invalid(Field("content_type", "required"))
	case !slices.Contains(p.ContentTypes, asked):
		return "", E(CodeContentUnsupported, "platform", p.ID, "content_type", string(asked))
	}
	return asked, nil
}
