package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var unixSeconds = regexp.MustCompile(`^\d{10}$`)

// schemaKeys are the parameters of a launch link, with the values they may have where
// these are few. The app ignores any other.
var schemaKeys = map[string][]string{
	"share_type": {"h5"}, "client_key": nil, "nonce_str": nil, "timestamp": nil, "signature": nil, "state": nil,
	"video_path": nil, "image_path": nil, "image_list_path": nil, "share_to_publish": {"0", "1"},
	"title": nil, "short_title": nil, "hashtag_list": nil, "title_hashtag_list": nil, "micro_app_info": nil, "poi_id": nil,
	"share_to_type": {"0", "1"}, "private_status": {"0", "1", "2"}, "download_type": {"1", "2"}, "feature": {"note"},
}

// schemaParams reads the query of a schema as the app does, with decodeURIComponent: a
// plus stays a plus, so that a title encoded for a form is seen to be wrong.
func schemaParams(query string) (map[string]string, error) {
	query, _, _ = strings.Cut(query, "#")
	if strings.ContainsFunc(query, notPrintableASCII) {
		return nil, Toast("parameter error: not encoded")
	}
	params := make(map[string]string)
	for pair := range strings.SplitSeq(query, "&") {
		key, value, err := schemaPair(pair)
		if _, twice := params[key]; err != nil || twice {
			return nil, Toast("parameter error: " + key)
		}
		params[key] = value
	}
	return params, nil
}

// schemaPair decodes both sides; a key that cannot be decoded is named as it came.
func schemaPair(pair string) (key, value string, err error) {
	raw, rest, _ := strings.Cut(pair, "=")
	if key, err = decodeComponent(raw); err != nil {
		return raw, "", err
	}
	value, err = decodeComponent(rest)
	return key, value, err
}

// decodeComponent is decodeURIComponent, which refuses what is not UTF-8.
func decodeComponent(s string) (string, error) {
	text, err := url.PathUnescape(s)
	if err == nil && strings.ToValidUTF8(text, "") != text {
		err = fmt.Errorf("sandbox: %q is not UTF-8", text)
	}
	return text, err
}

// ignoredKeys are the parameters that the app does not know, sorted.
func ignoredKeys(params map[string]string) []string {
	ignored := []string{}
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if _, known := schemaKeys[key]; !known {
			ignored = append(ignored, key)
		}
	}
	return ignored
}

// wrongParam is the first parameter, other than the draft's, that is wrong.
func (d *Douyin) wrongParam(params map[string]string) string {
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if few := schemaKeys[key]; few != nil && !slices.Contains(few, params[key]) {
			return key
		}
	}
	switch {
	case params["share_type"] == "":
		return "share_type"
	case params["client_key"] != d.opts.ClientKey:
		return "client_key"
	case params["nonce_str"] == "":
		return "nonce_str"
	case !unixSeconds.MatchString(params["timestamp"]):
		return "timestamp"
	}
	return ""
}

// draftOf reads what the parameters fill in; the name is that of a list that is no JSON.
func draftOf(params map[string]string) (d Draft, wrong string) {
	d = Draft{
		Title: params["title"], ShortTitle: params["short_title"], State: params["state"],
		VideoPath: params["video_path"], ImagePath: params["image_path"], PublishPage: params["share_to_publish"] == "1",
	}
	lists := map[string]any{"image_list_path": &d.Images, "hashtag_list": &d.Hashtags, "title_hashtag_list": &d.TitleHashtags}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if text := params[name]; text != "" && json.Unmarshal([]byte(text), lists[name]) != nil {
			return d, name
		}
	}
	return d, ""
}
