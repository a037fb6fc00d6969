package model

import (
	"testing"
	"time"
)

// TestTimesThatArePromised: these are told to people, in texts and in the rules; who changes
// one changes what was promised.
func TestTimesThatArePromised(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct{ is, promised time.Duration }{
		"a refused person may ask again":        {RefusalLasts, 24 * time.Hour},
		"a code's window":                       {TicketWindow, 3 * time.Hour},
		"a phone's lease":                       {LeaseTime, 2 * time.Minute},
		"an answer may be taken back":           {UndoWindow, 5 * time.Minute},
		"approvers are urged":                   {UrgeEvery, time.Hour},
		"a deputy's longest period":             {MaxDeputyPeriod, 90 * 24 * time.Hour},
		"a comment may be edited":               {CommentEditing, 15 * time.Minute},
		"an old webhook secret signs":           {WebhookOverlap, 24 * time.Hour},
		"a webhook may fail":                    {WebhookPatience, 5 * 24 * time.Hour},
		"nobody is written to more often":       {NoticePause, 5 * time.Minute},
		"an upload without news is kept":        {MediaUploadTime, 24 * time.Hour},
		"a file that no version shows is kept":  {MediaUnusedTime, 7 * 24 * time.Hour},
		"the calendar's longest window":         {MaxWindow, 62 * 24 * time.Hour},
		"the usual lead":                        {Brand{LeadMinutes: DefaultLeadMinutes}.Lead(), 10 * time.Minute},
		"the reports of one tap come within":    {grantPairing, 10 * time.Minute},
		"a task is left in peace when it opens": {rungRest, 10 * time.Minute},
	} {
		if tc.is != tc.promised {
			t.Errorf("%s: %s, promised are %s", what, tc.is, tc.promised)
		}
	}
}
