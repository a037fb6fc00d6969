package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign/model"
	"countersign/service"
)

// EventOut is one fact: what happened to which thing. What it is now is read by its id.
type EventOut struct {
	Seq         int64     `json:"seq" doc:"The brand's own count, from 1 without holes."`
	Kind        string    `json:"kind" example:"review.started"`
	SubjectKind string    `json:"subject_kind,omitempty" example:"review"`
	SubjectID   string    `json:"subject_id"`
	At          time.Time `json:"at"`
}

func eventOut(e model.Event) EventOut {
	return EventOut{e.Seq, e.Kind, e.SubjectKind, e.SubjectID, e.At}
}

// EventsOut is a part of a brand's events, oldest first.
type EventsOut struct {
	Items     []EventOut `json:"items"`
	NextAfter string     `json:"next_after" doc:"Give it as after the next time, also when there are no items." example:"42"`
	Reset     bool       `json:"reset" doc:"Events between after and now are not kept any more: load everything anew, and go on from next_after."`
}

// StreamMark is the data of the events ready and reset.
type StreamMark struct {
	Seq int64 `json:"seq" doc:"What follows comes after this."`
}

type eventsIn struct {
	BrandIn
	After       string `query:"after" pattern:"^[0-9]{1,15}$" doc:"The seq of the last event seen; without it, what happens from now on."`
	Limit       int    `query:"limit" minimum:"1" maximum:"100" default:"100" doc:"Of the list: how many, at most."`
	LastEventID string `header:"Last-Event-ID" pattern:"^[0-9]{1,15}$" doc:"As after, and before it: a browser sends it when it connects again."`
	Accept      string `header:"Accept" maxLength:"1000" doc:"text/event-stream: the stream; anything else: the list."`
}

// cursor is where to begin; -1 is the newest.
func (in *eventsIn) cursor() int64 {
	for _, s := range []string{in.LastEventID, in.After} {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	}
	return -1
}

// wantsStream tells whether an Accept header names the stream's type.
func wantsStream(accept string) bool {
	return slices.ContainsFunc(strings.Split(accept, ","), func(part string) bool {
		kind, _, err := mime.ParseMediaType(part)
		return err == nil && kind == "text/event-stream"
	})
}

// describeEvents puts both forms of the answer into the description.
func (a *API) describeEvents(op *huma.Operation) {
	schema := func(v any, name string) *huma.Schema {
		return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, name)
	}
	op.Description = "With `Accept: text/event-stream` a stream of server-sent events: first `ready`, or `reset` when the cursor is older than what is kept " +
		"(30 days) and everything should be loaded anew; then one event per fact, `id` its seq, `event` its kind, `data` an EventOut. " +
		"A comment every 15 seconds keeps it open. Otherwise the events after a cursor as a list."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The events.",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: schema(EventsOut{}, "EventsOut")},
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{OneOf: []*huma.Schema{
				serverSent(schema(StreamMark{}, "StreamMark"), "ready or reset"), serverSent(schema(EventOut{}, "EventOut"), "the kind of the event"),
			}}}},
		},
	}}
}

func serverSent(data *huma.Schema, event string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"id", "event", "data"}, Properties: map[string]*huma.Schema{
		"id": {Type: huma.TypeInteger, Description: "The seq."}, "event": {Type: huma.TypeString, Description: event}, "data": data,
	}}
}

// events answers a Brand's events, as a list or as a stream.
func (a *API) events(ctx context.Context, in *eventsIn) (*huma.StreamResponse, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	if !wantsStream(in.Accept) {
		page, err := a.Service.Live.After(ctx, in.Brand, in.cursor(), in.Limit)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(c huma.Context) { a.listEvents(c, page) }}, nil
	}
	who := callOf(ctx).Principal
	watch, err := a.Service.Live.Watch(ctx, who.ID(), in.Brand)
	if err != nil {
		return nil, err
	}
	first, err := a.Service.Live.After(ctx, in.Brand, in.cursor(), eventPage)
	if err != nil {
		watch.Leave()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) { //nolint:contextcheck // the stream has the request's
		defer watch.Leave()
		a.streamEvents(c, &stream{api: a, brand: in.Brand, session: who.SessionID, watch: watch, last: in.cursor(), checked: time.Now()}, first)
	}}, nil
}

func (a *API) listEvents(c huma.Context, page service.Page) {
	out := EventsOut{Items: []EventOut{}, NextAfter: strconv.FormatInt(page.Head, 10), Reset: page.Lost}
	for _, e := range page.Events {
		out.Items = append(out.Items, eventOut(e))
	}
	c.SetHeader("Content-Type", "application/json")
	c.AppendHeader("Vary", "Accept")
	c.SetStatus(http.StatusOK)
	_ = strictJSON.Marshal(c.BodyWriter(), out) // who left does not read it
}

const (
	eventPage = 200 // events that are read at once to catch up
	// recheck is how often a busy stream asks whether it may go on; a quiet one asks with
	// each heartbeat.
	recheck = time.Second
)

// stream is one client's.
type stream struct {
	api     *API
	brand   string
	session string
	watch   *service.Watch
	w       huma.Context
	rc      *http.ResponseController
	last    int64     // the last event that was sent
	checked time.Time // when the right to watch was last confirmed
}

var errEnded = errors.New("the stream has ended")

// streamEvents writes until the client leaves, falls behind or may not watch any more,
// or the program stops. In every case the client comes back with Last-Event-ID and
// misses nothing.
func (a *API) streamEvents(c huma.Context, s *stream, first service.Page) {
	w, ok := c.BodyWriter().(http.ResponseWriter)
	if !ok {
		return
	}
	s.w, s.rc = c, http.NewResponseController(w)
	// The server's limits are for requests that end: without this one the connection
	// would be taken for dead after ReadTimeout.
	if err := s.rc.SetReadDeadline(time.Time{}); err != nil {
		return
	}
	c.SetHeader("Content-Type", "text/event-stream; charset=utf-8")
	c.SetHeader("X-Accel-Buffering", "no") // nginx would hold it back
	c.AppendHeader("Vary", "Accept")
	c.SetStatus(http.StatusOK)
	ctx := lifetime(c.Context())
	if err := s.begin(ctx, first); err == nil {
		_ = s.follow(ctx) // every end is an ordinary one
	}
}

// begin tells where the stream starts and sends what the client has missed.
func (s *stream) begin(ctx context.Context, page service.Page) error {
	mark := StreamMark{s.last}
	name := "ready"
	if page.Lost || s.last < 0 {
		mark.Seq = page.Head
	}
	if page.Lost {
		name = "reset"
	}
	s.last = mark.Seq
	text := fmt.Appendf(nil, "retry: %d\n", 2000+rand.IntN(3000)) //nolint:gosec // spreads the return of many clients
	if err := s.write(frame(text, s.last, name, mark)); err != nil {
		return err
	}
	for {
		if err := s.send(page.Events); err != nil || len(page.Events) < eventPage {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, s.api.Timeout)
		next, err := s.api.Service.Live.After(limited, s.brand, s.last, eventPage)
		cancel()
		if err != nil || next.Lost {
			return errEnded // the client comes back and is told
		}
		page = next
	}
}

// follow passes on what the feed brings.
func (s *stream) follow(ctx context.Context) error {
	beat := time.NewTicker(s.api.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case batch, ok := <-s.watch.Batches:
			if !ok {
				return errEnded
			}
			if err := s.allowed(ctx, touchesMembers(batch)); err != nil {
				return err
			}
			if err := s.send(batch); err != nil {
				return err
			}
		case <-beat.C:
			if err := s.allowed(ctx, true); err != nil {
				return err
			}
			if err := s.write([]byte(": still here\n\n")); err != nil {
				return err
			}
		}
	}
}

// touchesMembers: after such a batch somebody may have lost the right to see the rest.
func touchesMembers(batch []model.Event) bool {
	return slices.ContainsFunc(batch, func(e model.Event) bool { return strings.HasPrefix(e.Kind, "member.") })
}

// allowed asks again whether the session lives and its user is staff, now or, when it is
// not due, at most every recheck.
func (s *stream) allowed(ctx context.Context, due bool) error {
	if !due && time.Since(s.checked) < recheck {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, s.api.Timeout)
	defer cancel()
	ok, err := s.api.Service.Sessions.MayWatch(limited, s.session, s.brand)
	switch {
	case err == nil && ok:
		s.checked = time.Now()
		return nil
	case err != nil && time.Since(s.checked) < s.api.Trust-s.api.Heartbeat:
		return nil
	}
	return errEnded
}

// send writes events that were not sent yet, in order.
func (s *stream) send(batch []model.Event) error {
	var text []byte
	for _, e := range batch {
		switch {
		case e.Seq <= s.last: // read while catching up
			continue
		case e.Seq != s.last+1: // swept before it was read
			return errEnded
		}
		s.last = e.Seq
		text = frame(text, e.Seq, e.Kind, eventOut(e))
	}
	if text == nil {
		return nil
	}
	return s.write(text)
}

// frame appends one server-sent event. Data is one line: JSON has no line breaks.
func frame(text []byte, id int64, name string, data any) []byte {
	raw, err := json.Marshal(data)
	if err != nil { // structs of numbers, names and times always marshal
		return text
	}
	return fmt.Appendf(text, "id: %d\nevent: %s\ndata: %s\n\n", id, name, raw)
}

func (s *stream) write(text []byte) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(s.api.WriteLimit)); err != nil {
		return err
	}
	if _, err := s.w.BodyWriter().Write(text); err != nil {
		return err
	}
	return s.rc.Flush()
}
