package model

// MaxShown is how many posts an effect names; the count goes on.
const MaxShown = 20

// PostRef names a Post to a reader.
type PostRef struct {
	ID    string
	Title string
}

// Affected is whom one effect of an act meets: how many things, and the first Posts that
// they belong to.
type Affected struct {
	Count int
	Posts []PostRef
}

// Add counts n things of a Post, and names the Post when it is new and there is room.
func (a *Affected) Add(n int, p PostRef) {
	a.Count += n
	for _, known := range a.Posts {
		if known.ID == p.ID {
			return
		}
	}
	if len(a.Posts) < MaxShown {
		a.Posts = append(a.Posts, p)
	}
}

// KeptVersion is how many Posts run through a version of a Flow: they keep it, whatever
// happens to the Flow (rule 6).
type KeptVersion struct {
	FlowID        string
	VersionNumber int
	Posts         int
}

// Outlook is what the next submit of an Article would do: run a version of a Flow, need
// no approval, or be refused with Code.
type Outlook struct {
	FlowID        string
	FlowName      string
	VersionNumber int
	NoApproval    bool
	Code          Code
	Asked         string // whom it would ask: only compared
}

// DraftChange is an Article that is not in review and whose next submit an act changes.
type DraftChange struct {
	PostID    string
	Title     string
	ArticleID string
	Now       Outlook
	Then      Outlook
}

// Drafts are the Articles whose next submit an act changes: how many, and the first.
type Drafts struct {
	Count    int
	More     bool // not all drafts were looked at
	Articles []DraftChange
}

// Effects are what an act does beyond the row that it names.
type Effects struct {
	Running   Affected      // go on with the version that they started with
	Kept      []KeptVersion // which versions those are
	Drafts    Drafts        // whose next submit goes another way
	Cancelled Affected      // turns that end unanswered, or wait again
	Asked     Affected      // turns that open: somebody is asked, or asked again
	Blocked   Affected      // steps that nobody is left to answer (rule 10)
	Voided    Affected      // Articles that must be approved again (rule 13)
}

// CompareOutlooks answers what changed between two looks at the same drafts: the same
// Articles in the same order. A draft that only one look saw is not a change of its flow.
func CompareOutlooks(now, then []DraftLook) (out Drafts) {
	after := make(map[string]Outlook, len(then))
	for _, d := range then {
		after[d.ArticleID] = d.Outlook
	}
	for _, d := range now {
		later, still := after[d.ArticleID]
		if !still || later == d.Outlook {
			continue
		}
		out.Count++
		if len(out.Articles) < MaxShown {
			out.Articles = append(out.Articles, DraftChange{d.PostID, d.Title, d.ArticleID, d.Outlook, later})
		}
	}
	return out
}

// DraftLook is a draft with its Outlook.
type DraftLook struct {
	PostID, Title, ArticleID string
	Outlook                  Outlook
}
