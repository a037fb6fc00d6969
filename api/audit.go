package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// AuditFilterIn narrows an audit.
type AuditFilterIn struct {
	Subject string    `query:"subject" maxLength:"64" pattern:"^[0-9A-Za-z_.-]+$" doc:"Id of what was changed."`
	Actor   string    `query:"actor" maxLength:"64" pattern:"^[0-9A-Za-z_.-]+$" doc:"Id of the User or Person who did it."`
	Action  string    `query:"action" maxLength:"64" pattern:"^[0-9A-Za-z_.-]+$" example:"task.approved"`
	From    time.Time `query:"from" doc:"RFC 3339 with an offset; included."`
	To      time.Time `query:"to" doc:"RFC 3339 with an offset; not included."`
}

func (in AuditFilterIn) filter() (store.AuditFilter, error) {
	f := store.AuditFilter{Subject: in.Subject, Actor: in.Actor, Action: in.Action}
	var bad []model.FieldError
	bound := func(name string, at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		if r := model.CheckSchedule(&at); r != "" {
			bad = append(bad, model.Field("query."+name, r))
		}
		return &at
	}
	f.From, f.To = bound("from", in.From), bound("to", in.To)
	if len(bad) > 0 {
		return f, model.Invalid(bad...)
	}
	return f, nil
}

type auditIn struct {
	BrandIn
	AuditFilterIn
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor" maxLength:"20" doc:"next_cursor of the page before."`
}

// AuditOut is one act in a brand.
type AuditOut struct {
	Seq         int64           `json:"seq" doc:"From 1, without gaps."`
	At          time.Time       `json:"at"`
	ActorKind   string          `json:"actor_kind" doc:"user, person, visitor (a scanned publish code), operator or system."`
	ActorID     string          `json:"actor_id,omitempty"`
	ActorName   string          `json:"actor_name,omitempty" doc:"As of then."`
	Action      string          `json:"action" example:"task.approved"`
	SubjectKind string          `json:"subject_kind"`
	SubjectID   string          `json:"subject_id"`
	Before      json.RawMessage `json:"before,omitempty" doc:"What was changed, as it stood; absent for what is new."`
	After       json.RawMessage `json:"after,omitempty" doc:"As it stands since."`
	RequestID   string          `json:"request_id,omitempty"`
	PrevHash    string          `json:"prev_hash,omitempty"`
	Hash        string          `json:"hash"`
}

// AuditHeadOut is the end of a brand's chain.
type AuditHeadOut struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash" doc:"Note it elsewhere: 'countersign audit verify --head' later proves that nothing before it was rewritten."`
}

// AuditList is a page of an audit.
type AuditList struct {
	List[AuditOut]
	Head AuditHeadOut `json:"head"`
}

type auditAnswer struct{ Body AuditList }

// audit lists what happened in a brand, newest first.
func (a *API) audit(ctx context.Context, in *auditIn) (*auditAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	page := store.AuditPage{Limit: in.Limit + 1}
	if in.Cursor != "" {
		if page.Before, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || page.Before < 1 {
			return nil, model.Invalid(model.Field("query.cursor", "malformed"))
		}
	}
	head, err := a.Store.AuditHeadOf(ctx, in.Brand)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Audit(ctx, in.Brand, f, page)
	out := &auditAnswer{Body: AuditList{List: List[AuditOut]{Items: []AuditOut{}}, Head: AuditHeadOut{head.Seq, head.Hash}}}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Body.NextCursor = strconv.FormatInt(rows[in.Limit-1].Seq, 10)
	}
	for _, e := range rows {
		out.Body.Items = append(out.Body.Items, AuditOut{
			e.Seq, e.At, e.ActorKind, e.ActorID, e.ActorName, e.Action, e.SubjectKind, e.SubjectID,
			told(e.BeforeJSON), told(e.AfterJSON), e.RequestID, e.PrevHash, e.Hash,
		})
	}
	return out, err
}

// told is a stored value as JSON; what was tampered with past recognition is a text.
func told(raw []byte) json.RawMessage {
	if len(raw) == 0 || json.Valid(raw) {
		return raw
	}
	text, err := json.Marshal(string(raw))
	if err != nil { // a text always marshals
		return nil
	}
	return text
}

type auditCSVIn struct {
	BrandIn
	AuditFilterIn
	BOM bool `query:"bom" doc:"Begin with a byte order mark, for Excel."`
}

// auditCSV streams an audit as a table, oldest first. It may take longer than other
// requests, but each piece must be taken within a while.
func (a *API) auditCSV(ctx context.Context, in *auditCSVIn) (*huma.StreamResponse, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	return streamed("text/csv; charset=utf-8", "audit.csv", func(w patientWriter) error { //nolint:contextcheck // a broken stream takes the request's own
		return a.Service.Audit.CSV(context.WithoutCancel(ctx), in.Brand, f, w, service.CSVOptions{BOM: in.BOM, Flushed: w.wait})
	}), nil
}

type auditLinesIn struct {
	BrandIn
	Post string `query:"post" maxLength:"64" pattern:"^[0-9A-Za-z_.-]+$" doc:"Tell only what was done to this post; all else is links, which prove that its entries belong to the chain."`
}

// auditLines streams an audit as JSON lines that 'countersign audit verify' proves
// offline, oldest first: what 'countersign audit export' writes.
func (a *API) auditLines(ctx context.Context, in *auditLinesIn) (*huma.StreamResponse, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	return streamed("application/x-ndjson", "audit.jsonl", func(w patientWriter) error { //nolint:contextcheck // a broken stream takes the request's own
		_, err := a.Service.Audit.Export(context.WithoutCancel(ctx), in.Brand, in.Post, w)
		return err
	}), nil
}

// streamed answers a file that fill writes piece by piece. It may take longer than other
// requests; a client that leaves ends it by the next write.
func streamed(kind, name string, fill func(patientWriter) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		gc := humagin.Unwrap(hc)
		hc.SetHeader("Content-Type", kind)
		hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		conn := http.NewResponseController(gc.Writer)
		out := patientWriter{gc.Writer, conn}
		err := out.wait()
		if err == nil {
			err = fill(out)
		}
		if err != nil {
			brokenStream(gc, conn, err)
		}
	}}
}

// patientWriter gives the client streamPatience for each piece.
type patientWriter struct {
	io.Writer
	conn *http.ResponseController
}

func (w patientWriter) wait() error { return w.conn.SetWriteDeadline(time.Now().Add(streamPatience)) }

func (w patientWriter) Write(p []byte) (int, error) {
	if err := w.wait(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

// streamPatience is how long a client may take to accept one piece of a stream.
const streamPatience = time.Minute

// brokenStream refuses, or, when a part was sent already, cuts the connection: a client
// must not take the part for the whole.
func brokenStream(gc *gin.Context, conn *http.ResponseController, err error) {
	if !gc.Writer.Written() {
		gc.Writer.Header().Del("Content-Disposition")
		gc.Writer.Header().Del("Content-Type")
		writeProblem(gc, err)
		return
	}
	gc.Set(causeKey, err)
	_ = conn.SetWriteDeadline(time.Unix(1, 0)) // the end of the stream cannot be written any more
}
