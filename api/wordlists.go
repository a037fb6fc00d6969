package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"countersign/model"
	"countersign/service"
)

// WordListIn names a word list in the path.
type WordListIn struct {
	BrandIn
	List string `path:"list" maxLength:"64"`
}

// WordBody is one word of a list.
type WordBody struct {
	Word       string         `json:"word" maxLength:"256" doc:"1 to 64 characters. However it is written in a text, it is found: full-width, traditional, with spaces or signs between."`
	Severity   model.Severity `json:"severity,omitempty" enum:"info,warn,error" doc:"Default: the list's."`
	Suggestion string         `json:"suggestion,omitempty" maxLength:"400" doc:"What to write instead, up to 100 characters."`
}

// WordListBody is a list as an admin writes it.
type WordListBody struct {
	Name     string         `json:"name" maxLength:"200"`
	Severity model.Severity `json:"severity,omitempty" enum:"info,warn,error" default:"warn" doc:"Of words without one; error is found by brand-words.error, and so on."`
	Enabled  *bool          `json:"enabled,omitempty" doc:"Default true."`
	Words    []WordBody     `json:"words,omitempty" maxItems:"10000" doc:"All of them; of a change: leaving it out keeps them. A brand has 10,000 in all its lists."`
}

func (b WordListBody) spec() service.WordListSpec {
	s := service.WordListSpec{Name: b.Name, Severity: b.Severity, Enabled: b.Enabled == nil || *b.Enabled}
	if b.Words != nil {
		s.Words = make([]model.Word, len(b.Words))
	}
	for i, w := range b.Words {
		s.Words[i] = model.Word(w)
	}
	return s
}

// WordListOut is a list without its words.
type WordListOut struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Severity  model.Severity `json:"severity" enum:"info,warn,error"`
	Enabled   bool           `json:"enabled"`
	Count     int            `json:"count"`
	Version   int64          `json:"version"`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
}

func wordListOut(l model.WordList) WordListOut {
	return WordListOut{l.ID, l.Name, l.Severity, l.Enabled, l.Count, l.Version, l.CreatedAt, l.UpdatedAt}
}

// WordListDetail is a list with its words.
type WordListDetail struct {
	WordListOut
	Words []WordBody `json:"words"`
}

type wordListAnswer struct {
	ETag string `header:"ETag"`
	Body WordListDetail
}

func (a *API) wordLists(ctx context.Context, in *BrandIn) (*ListOut[WordListOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	rows, err := a.Store.WordLists(ctx, in.Brand)
	return listOf(rows, model.MaxWordLists, func(l model.WordList) string { return l.ID }, wordListOut), err
}

func (a *API) wordList(ctx context.Context, in *WordListIn) (*wordListAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	return a.shownList(ctx, in.Brand, in.List)
}

func (a *API) shownList(ctx context.Context, brandID, id string) (*wordListAnswer, error) {
	l, err := a.Store.WordList(ctx, brandID, id)
	out := WordListDetail{wordListOut(l), make([]WordBody, len(l.Words))}
	for i, w := range l.Words {
		out.Words[i] = WordBody(w)
	}
	return &wordListAnswer{etag(l.Version), out}, err
}

type createWordListIn struct {
	BrandIn
	Body WordListBody
}

func (a *API) createWordList(ctx context.Context, in *createWordListIn) (*wordListAnswer, error) {
	id, err := a.Service.WordLists.Create(ctx, callOf(ctx), in.Brand, in.Body.spec())
	if err != nil {
		return nil, err
	}
	return a.shownList(ctx, in.Brand, id)
}

type updateWordListIn struct {
	WordListIn
	IfMatch
	Body WordListBody
}

func (a *API) updateWordList(ctx context.Context, in *updateWordListIn) (*wordListAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.WordLists.Update(ctx, callOf(ctx), in.Brand, in.List, version, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.shownList(ctx, in.Brand, in.List)
}

func (a *API) deleteWordList(ctx context.Context, in *WordListIn) (*Empty, error) {
	return &Empty{}, a.Service.WordLists.Delete(ctx, callOf(ctx), in.Brand, in.List)
}

type exportWordsIn struct {
	WordListIn
	BOM bool `query:"bom" doc:"Begin with a byte order mark, for Excel."`
}

func (a *API) exportWords(ctx context.Context, in *exportWordsIn) (*huma.StreamResponse, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	l, err := a.Store.WordList(ctx, in.Brand, in.List)
	if err != nil {
		return nil, err
	}
	return streamed("text/csv; charset=utf-8", "words.csv", func(w patientWriter) error { //nolint:contextcheck // a broken stream takes the request's own
		return service.WriteWords(w, l.Words, in.BOM)
	}), nil
}

const csvType = "text/csv"

// wordsLimit is the largest table that is taken: ten thousand rows of full length.
const wordsLimit = 8 << 20

// importWordsIn takes its body as it comes: it is a table, no JSON.
type importWordsIn struct {
	WordListIn
	IfMatch

	body io.Reader
}

// Resolve is for huma, which would read the whole body.
func (in *importWordsIn) Resolve(c huma.Context) []error {
	gc := humagin.Unwrap(c)
	in.body = http.MaxBytesReader(gc.Writer, gc.Request.Body, wordsLimit)
	return nil
}

func (a *API) describeWords(op *huma.Operation) {
	op.MaxBodyBytes = wordsLimit
	op.RequestBody = &huma.RequestBody{
		Required: true, Description: "A table word,severity,suggestion with that header: UTF-8 with or without a byte order mark, RFC 4180.",
		Content: map[string]*huma.MediaType{csvType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
	}
}

func (a *API) importWords(ctx context.Context, in *importWordsIn) (*wordListAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	file, err := io.ReadAll(in.body)
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, model.E(model.CodeTooLarge)
	case err != nil: // the line broke
		return nil, model.E(model.CodeMalformed).Because(err)
	}
	if err := a.Service.WordLists.Import(ctx, callOf(ctx), in.Brand, in.List, version, file); err != nil {
		return nil, err
	}
	return a.shownList(ctx, in.Brand, in.List)
}
