package douyin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"

	"countersign/model"
	"countersign/platform"
)

const (
	maxChallenge = 64  // bytes
	maxID        = 256 // characters of any id of Douyin's
	maxScopes    = 100
)

// message is the body of a webhook.
type message struct {
	name      string
	openID    string
	clientKey string
	content   json.RawMessage // never a string that holds an object: then it is the object
}

func readMessage(body []byte) (message, error) {
	in, err := members(body)
	if err != nil {
		return message{}, malformed("ambiguous or no JSON object")
	}
	var name, from, key platform.Text
	for field, to := range map[string]*platform.Text{"event": &name, "from_user_id": &from, "client_key": &key} {
		if raw, ok := in[field]; ok && json.Unmarshal(raw, to) != nil || len(*to) > maxID {
			return message{}, malformed(field + " has another shape")
		}
	}
	if name == "" {
		return message{}, malformed("no event")
	}
	content, err := contentOf(in["content"])
	return message{string(name), string(from), string(key), content}, err
}

// contentOf unwraps a content that comes as a string of JSON, as that of some events does.
func contentOf(raw json.RawMessage) (json.RawMessage, error) {
	var inner string
	if len(raw) == 0 {
		return json.RawMessage("null"), nil
	}
	if raw[0] != '"' || json.Unmarshal(raw, &inner) != nil || !isObject([]byte(inner)) {
		return raw, nil
	}
	if _, err := members([]byte(inner)); err != nil {
		return nil, malformed("ambiguous or broken JSON in content")
	}
	return json.RawMessage(inner), nil
}

// event is the message as the product knows it.
func (m message) event() (model.DouyinEvent, error) {
	key, err := m.key()
	if err != nil {
		return model.DouyinEvent{}, err
	}
	e := model.DouyinEvent{Kind: model.DouyinOther, Name: m.name, Key: key, OpenID: m.openID}
	read, known := readers[model.DouyinEventKind(m.name)]
	if !known {
		return e, nil
	}
	e.Kind = model.DouyinEventKind(m.name)
	content, err := members(m.content)
	if err != nil {
		return model.DouyinEvent{}, malformed("content is no object")
	}
	return read(e, content)
}

// key names the fact: what changes from one delivery to the next is not in it.
func (m message) key() (string, error) {
	content, err := canonical(m.content)
	if err != nil {
		return "", malformed("broken JSON in content")
	}
	fact, err := json.Marshal([]any{m.name, m.openID, m.clientKey, content})
	if err != nil {
		return "", malformed("broken JSON in content")
	}
	sum := sha256.Sum256(fact)
	return hex.EncodeToString(sum[:]), nil
}

// members of a content.
type contentMembers = map[string]json.RawMessage

// readers fill in what each kind of event tells.
var readers = map[model.DouyinEventKind]func(model.DouyinEvent, contentMembers) (model.DouyinEvent, error){
	model.DouyinVerify:      readVerify,
	model.DouyinCreateVideo: readCreateVideo,
	model.DouyinAuthorize:   readScopes,
	model.DouyinUnauthorize: readScopes,
}

// wholeNumber is what Douyin's challenge is; a string is allowed beside it.
var wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)

// readVerify answers the challenge byte for byte: read as a float it would lose digits.
func readVerify(e model.DouyinEvent, in contentMembers) (model.DouyinEvent, error) {
	challenge := bytes.TrimSpace(in["challenge"])
	isText := bytes.HasPrefix(challenge, []byte(`"`))
	if len(challenge) > maxChallenge || !isText && !wholeNumber.Match(challenge) {
		return model.DouyinEvent{}, malformed("the challenge is neither a whole number nor a short text")
	}
	e.Challenge = append(append([]byte(`{"challenge":`), challenge...), '}')
	return e, nil
}

// readCreateVideo takes share_id as optional: a video may be posted through the app's
// other ways too. The video's own id only helps to link to it, so an odd one is left out.
func readCreateVideo(e model.DouyinEvent, in contentMembers) (model.DouyinEvent, error) {
	var share, item platform.Text
	for field, to := range map[string]*platform.Text{"share_id": &share, "item_id": &item} {
		if raw, ok := in[field]; ok && json.Unmarshal(raw, to) != nil || len(*to) > maxID {
			return model.DouyinEvent{}, malformed(field + " has another shape")
		}
	}
	if item == "" {
		return model.DouyinEvent{}, malformed("no item_id")
	}
	e.ShareID, e.ItemID = string(share), string(item)
	var video platform.Text
	if json.Unmarshal(in["video_id"], &video) == nil && shareIDPattern.MatchString(string(video)) {
		e.VideoID = string(video)
	}
	if json.Unmarshal(in["has_default_hashtag"], &e.KeptTag) != nil {
		e.KeptTag = nil
	}
	return e, nil
}

func readScopes(e model.DouyinEvent, in contentMembers) (model.DouyinEvent, error) {
	if raw, ok := in["scopes"]; ok && json.Unmarshal(raw, &e.Scopes) != nil || len(e.Scopes) > maxScopes {
		return model.DouyinEvent{}, malformed("scopes has another shape")
	}
	return e, nil
}
