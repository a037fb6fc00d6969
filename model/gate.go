package model

// GateStep is one step of the review that the gate looks at.
type GateStep struct {
	Mode      Mode
	Tasks     []string   // ids of every turn of the step that was not cancelled
	Decisions []Decision // of this step
}

// GateArticle is one Article as it would be published now.
type GateArticle struct {
	Digest     string // of today's bytes
	Reviewed   bool   // a Review exists
	NoApproval bool   // that Review recorded that none was needed
	ReviewOf   string // the digest the Review was started for
	Package    string // the package digest the Review was started for
	Running    bool   // it was not withdrawn
	Void       bool   // the Article does not stand as approved: an edit, or a new order, voided it
	Steps      []GateStep
}

// Gate is the publish gate (rule 15): it derives "approved" from the Decisions and the
// digest of today's bytes, never from a stored flag; a stored state can only close it, so
// that what was voided stays so even when the old bytes come back. The review of the
// first Article must have covered today's package. nil opens it.
func Gate(pack string, articles []GateArticle) error {
	if len(articles) == 0 || articles[0].Package != pack {
		return E(CodeNotApproved)
	}
	for _, a := range articles {
		if a.Void || !a.approved() {
			return E(CodeNotApproved)
		}
	}
	return nil
}

func (a GateArticle) approved() bool {
	if !a.Reviewed || !a.Running || a.ReviewOf != a.Digest {
		return false
	}
	if a.NoApproval {
		return len(a.Steps) == 0
	}
	for _, s := range a.Steps {
		if !s.approved(a.Digest) {
			return false
		}
	}
	return len(a.Steps) > 0
}

// approved: one approval for any, one from each turn for all; one reject ends it; a
// decision on other bytes counts for nothing.
func (s GateStep) approved(digest string) bool {
	yes := map[string]bool{}
	for _, d := range s.Decisions {
		switch {
		case d.Action == ActionReject:
			return false
		case d.Action == ActionApprove && d.Digest == digest:
			yes[d.TaskID] = true
		}
	}
	switch s.Mode {
	case ModeAny:
		return len(yes) > 0
	case ModeAll:
		for _, t := range s.Tasks {
			if !yes[t] {
				return false
			}
		}
		return len(s.Tasks) > 0
	}
	return false
}
