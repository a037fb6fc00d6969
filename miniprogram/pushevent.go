package miniprogram

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strconv"

	"countersign/model"
	"countersign/platform"
)

// pushItem is one entry of a push's list; WeChat writes numbers as texts.
type pushItem struct {
	TemplateID string        `json:"TemplateId" xml:"TemplateId"`
	Status     string        `json:"SubscribeStatusString" xml:"SubscribeStatusString"`
	ErrorCode  platform.Text `json:"ErrorCode" xml:"ErrorCode"`
}

// pushItems is a list that WeChat writes without brackets when it has one entry.
type pushItems []pushItem

// UnmarshalJSON accepts an array and a single object.
func (l *pushItems) UnmarshalJSON(b []byte) error {
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		*l = make(pushItems, 1)
		return json.Unmarshal(b, &(*l)[0])
	}
	return json.Unmarshal(b, (*[]pushItem)(l))
}

// ReadPush reads an event that OpenPush opened, JSON or XML.
//
// Errors: CodeMalformed.
func (c *Client) ReadPush(event []byte) (model.Push, error) {
	var in struct {
		From   string    `json:"FromUserName" xml:"FromUserName"`
		Event  string    `json:"Event" xml:"Event"`
		List   pushItems `json:"List" xml:"-"`
		Popup  pushItems `json:"-" xml:"SubscribeMsgPopupEvent>List"`
		Change pushItems `json:"-" xml:"SubscribeMsgChangeEvent>List"`
		Sent   pushItems `json:"-" xml:"SubscribeMsgSentEvent>List"`
	}
	event = bytes.TrimSpace(event)
	var err error
	if bytes.HasPrefix(event, []byte("<")) {
		err = xml.Unmarshal(event, &in)
	} else {
		err = json.Unmarshal(event, &in)
	}
	if err != nil {
		return model.Push{}, model.E(model.CodeMalformed).Because(errors.New("wechat push: an event of another shape"))
	}
	out := model.Push{Event: in.Event, AppID: c.cfg.AppID, OpenID: in.From}
	for _, list := range []pushItems{in.List, in.Popup, in.Change, in.Sent} {
		for _, i := range list {
			code, err := strconv.Atoi(string(i.ErrorCode))
			if err != nil && i.ErrorCode != "" {
				code = -1 // something went wrong, in words
			}
			out.Items = append(out.Items, model.PushItem{TemplateID: i.TemplateID, Status: i.Status, ErrorCode: code})
		}
	}
	return out, nil
}
