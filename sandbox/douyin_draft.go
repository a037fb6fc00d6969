package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// Draft is what a launch link fills in on Douyin's page.
type Draft struct {
	Title         string         `json:"title"`
	ShortTitle    string         `json:"short_title"`
	Hashtags      []string       `json:"hashtags"` // without #
	TitleHashtags []TitleHashtag `json:"title_hashtags"`
	VideoPath     string         `json:"video_path"` // one of the three is set
	ImagePath     string         `json:"image_path"`
	Images        []string       `json:"images"`
	State         string         `json:"state"`        // the share_id, or any text
	PublishPage   bool           `json:"publish_page"` // the publish page at once, else the page to cut and edit; video only
}

// TitleHashtag is a hashtag inside the title.
type TitleHashtag struct {
	Name  string `json:"name"`
	Start int    `json:"start"` // in UTF-16 units
}

// wrong is the name of the first parameter that is wrong, "" when all are right.
func (d Draft) wrong(plainHTTP bool) string {
	units := len(utf16.Encode([]rune(d.Title)))
	switch {
	case d.media() != 1:
		return "exactly one of video_path, image_path, image_list_path"
	case d.VideoPath != "" && !fetchable(d.VideoPath, plainHTTP):
		return "video_path"
	case d.ImagePath != "" && !fetchable(d.ImagePath, plainHTTP):
		return "image_path"
	case slices.ContainsFunc(d.Images, func(at string) bool { return !fetchable(at, plainHTTP) }):
		return "image_list_path"
	case slices.ContainsFunc(d.Hashtags, wrongHashtag):
		return "hashtag_list"
	case slices.ContainsFunc(d.TitleHashtags, func(h TitleHashtag) bool {
		return wrongHashtag(h.Name) || h.Start < 0 || h.Start > units
	}):
		return "title_hashtag_list"
	}
	return ""
}

func (d Draft) media() int {
	n := 0
	for _, given := range []bool{d.VideoPath != "", d.ImagePath != "", len(d.Images) > 0} {
		if given {
			n++
		}
	}
	return n
}

// shown is the draft as the phone shows it: lists are never null, and only a video goes
// to the publish page at once.
func (d Draft) shown() Draft {
	d.Hashtags = append([]string{}, d.Hashtags...)
	d.TitleHashtags = append([]TitleHashtag{}, d.TitleHashtags...)
	d.Images = append([]string{}, d.Images...)
	d.PublishPage = d.PublishPage && d.VideoPath != ""
	return d
}

// wrongHashtag: names come without #.
func wrongHashtag(name string) bool { return name == "" || strings.Contains(name, "#") }

// fetchable says whether the phone app can ask for an address: https, and ASCII, since
// the app on iOS refuses anything else.
func fetchable(address string, plainHTTP bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.ContainsFunc(address, notPrintableASCII) {
		return false
	}
	return u.Scheme == "https" || plainHTTP && u.Scheme == "http"
}

func notPrintableASCII(r rune) bool { return r <= ' ' || r > '~' }
