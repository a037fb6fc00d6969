package model

import (
	"slices"
	"time"
)

// SourceState is where one source of an AIReport stands.
type SourceState string

// The states of a source.
const (
	SourceDone        SourceState = "done"
	SourcePending     SourceState = "pending"     // it will be asked
	SourceUnavailable SourceState = "unavailable" // it could not be asked, or gave no answer; Reason says why
	SourceOff         SourceState = "off"         // this installation has none
)

// SourceReport is what became of one source.
type SourceReport struct {
	Source  FindingSource `json:"source"`
	State   SourceState   `json:"state"`
	Reason  string        `json:"reason,omitempty"`  // a code, or a reason of the catalogues
	Version string        `json:"version,omitempty"` // of a model: its name and that of the prompt
	Dropped int           `json:"dropped,omitempty"` // findings that were not taken: their quote is not in the text, or there were too many
}

// AIReport (智能审核报告) is what the sources say of one content of an Article. It is bound
// to the digest: an edit makes another one, and content that comes back finds its own. It
// is no vote: nothing in it approves.
//
// A report that has pending sources is owed: NextAt is when they are asked, by whoever
// leases it. Asked counts how often somebody wanted them asked; what an earlier asking
// finds out is dropped.
type AIReport struct {
	ID             string
	BrandID        string
	PostID         string
	ArticleID      string
	RevisionNumber int
	Digest         string
	Sources        []SourceReport `gorm:"serializer:json"`
	Findings       []Finding      `gorm:"serializer:json"`
	RulesVersion   string         // of the local rules, the brand's lists included
	Asked          int
	AskedBy        string // Member, with whose WeChat the text is checked
	NextAt         time.Time
	LeaseOwner     string
	Attempts       int
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// TableName is "ai_reports".
func (AIReport) TableName() string { return "ai_reports" }

// MaxFindings is how many findings of one source a report keeps.
const MaxFindings = 200

// Source is what became of a source; one that a report does not name is off.
func (r AIReport) Source(s FindingSource) SourceReport {
	for _, x := range r.Sources {
		if x.Source == s {
			return x
		}
	}
	return SourceReport{Source: s, State: SourceOff}
}

// Put replaces what a report says of a source, and its findings.
func (r *AIReport) Put(s SourceReport, findings []Finding) {
	if len(findings) > MaxFindings {
		s.Dropped += len(findings) - MaxFindings
		findings = findings[:MaxFindings]
	}
	all := []Finding{} // never nil: the column takes no NULL
	for _, f := range r.Findings {
		if f.Source != s.Source {
			all = append(all, f)
		}
	}
	r.Findings = append(all, findings...)
	i := slices.IndexFunc(r.Sources, func(x SourceReport) bool { return x.Source == s.Source })
	if i < 0 {
		r.Sources = append(r.Sources, s)
		return
	}
	r.Sources = slices.Clone(r.Sources)
	r.Sources[i] = s
}

// Ask makes sources pending that have no answer yet: all of them when again is true. A
// source that is off says so. It tells whether the report is owed because of it.
func (r *AIReport) Ask(on map[FindingSource]bool, again bool, by string, now time.Time) (asks bool) {
	for _, s := range []FindingSource{SourceWeChat, SourceModel} {
		switch was := r.Source(s); {
		case !on[s]:
			r.Put(SourceReport{Source: s, State: SourceOff}, nil)
		case again, was.State == SourceOff, was.State == SourceUnavailable:
			r.Put(SourceReport{Source: s, State: SourcePending}, nil)
			asks = true
		}
	}
	if asks {
		r.Asked, r.AskedBy, r.NextAt, r.LeaseOwner, r.Attempts = r.Asked+1, by, now, "", 0
	}
	return asks
}

// Pending are the sources that are still to be asked, in order.
func (r AIReport) Pending() (list []FindingSource) {
	for _, s := range r.Sources {
		if s.State == SourcePending {
			list = append(list, s.Source)
		}
	}
	return list
}

// State is the report's in one word: pending while a source is, unavailable when one gave
// no answer, else done.
func (r AIReport) State() SourceState {
	state := SourceDone
	for _, s := range r.Sources {
		switch s.State {
		case SourcePending:
			return SourcePending
		case SourceUnavailable:
			state = SourceUnavailable
		case SourceDone, SourceOff:
		}
	}
	return state
}

// Count is how many findings of a severity it has.
func (r AIReport) Count(s Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// AIQuestion is what a model is asked about.
type AIQuestion struct {
	Texts    []ReviewText
	Platform string // its name, in the language of the question
	Language string // that the model answers in
}

// AIVerdict is what a model answered. Tokens is what it cost; with an error it may cost
// something too.
type AIVerdict struct {
	Findings []Finding
	Dropped  int    // findings whose quote is not in the texts
	Tokens   int64  // 0 when nothing was spent
	Version  string // the model and the prompt
}

// AIUsage counts what a Brand has spent on a model in a day.
type AIUsage struct {
	BrandID string `gorm:"primaryKey"`
	Day     string `gorm:"primaryKey"` // of UTC: "2026-11-25"
	Tokens  int64
}

// TableName is "ai_usage".
func (AIUsage) TableName() string { return "ai_usage" }
