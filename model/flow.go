package model

import (
	"fmt"
	"slices"
	"time"
)

// Mode is how a Step's approvers decide together.
type Mode string

// The modes: any (或签) settles with the first answer, all (会签) needs everyone.
const (
	ModeAny Mode = "any"
	ModeAll Mode = "all"
)

// Limits of a Flow.
const (
	MaxSteps     = 20
	MaxApprovers = 50
)

// Flow (审批流程) is named and versioned: every edit makes a new FlowVersion.
type Flow struct {
	ID             string
	BrandID        string
	Name           string
	CurrentVersion int // number of the newest FlowVersion
	ArchivedAt     *time.Time
	Live           *bool // true, or NULL once archived: unique with brand and name
	Version        int64 // of this row, for If-Match
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// FlowVersion is an immutable snapshot of a Flow; running Reviews keep theirs.
type FlowVersion struct {
	ID           string
	BrandID      string
	FlowID       string
	Number       int
	Name         string
	ContentTypes []ContentType `gorm:"serializer:json"`
	Platforms    []string      `gorm:"serializer:json"`
	CreatedBy    string        // Member
	CreatedAt    time.Time
}

// FlowStep (审批步骤) is one step of a FlowVersion.
type FlowStep struct {
	ID            string
	BrandID       string
	FlowVersionID string
	Position      int // from 1
	Name          string
	Mode          Mode
}

// FlowApprover is one Member asked in a Step.
type FlowApprover struct {
	FlowStepID string `gorm:"primaryKey"`
	MemberID   string `gorm:"primaryKey"`
	BrandID    string
	Position   int // order of display
}

// StepSpec is a Step as an admin writes it.
type StepSpec struct {
	Name      string
	Mode      Mode
	Approvers []string // Member ids
}

// FlowSpec is a Flow as an admin writes it.
type FlowSpec struct {
	Name         string
	ContentTypes []ContentType
	Platforms    []string
	Steps        []StepSpec
}

// Check applies rule 6 to what the admin wrote; whether the approvers are active
// Members of the Brand is for the store to say.
func (f FlowSpec) Check() error {
	var bad []FieldError
	if r := CheckLine(f.Name, MaxName); r != "" {
		bad = append(bad, Field("name", r))
	}
	bad = append(bad, f.checkScope()...)
	if len(f.Steps) == 0 {
		bad = append(bad, Field("steps", "required"))
	}
	if len(f.Steps) > MaxSteps {
		bad = append(bad, Field("steps", "too_many"))
	}
	for i, s := range f.Steps {
		bad = append(bad, s.check(fmt.Sprintf("steps[%d]", i))...)
	}
	if len(bad) > 0 {
		return Invalid(bad...)
	}
	return nil
}

func (f FlowSpec) checkScope() (bad []FieldError) {
	if len(f.ContentTypes) == 0 {
		bad = append(bad, Field("content_types", "required"))
	}
	for i, t := range f.ContentTypes {
		if !KnownContentType(t) || slices.Contains(f.ContentTypes[:i], t) {
			bad = append(bad, Field(fmt.Sprintf("content_types[%d]", i), "unknown_or_duplicate"))
		}
	}
	if len(f.Platforms) == 0 {
		bad = append(bad, Field("platforms", "required"))
	}
	for i, id := range f.Platforms {
		if _, known := PlatformByID(id); !known || slices.Contains(f.Platforms[:i], id) {
			bad = append(bad, Field(fmt.Sprintf("platforms[%d]", i), "unknown_or_duplicate"))
		}
	}
	return bad
}

func (s StepSpec) check(at string) (bad []FieldError) {
	if s.Mode != ModeAny && s.Mode != ModeAll {
		bad = append(bad, Field(at+".mode", "unknown"))
	}
	if s.Name != "" {
		if r := CheckLine(s.Name, MaxName); r != "" {
			bad = append(bad, Field(at+".name", r))
		}
	}
	if len(s.Approvers) == 0 {
		bad = append(bad, Field(at+".approvers", "required"))
	}
	if len(s.Approvers) > MaxApprovers {
		bad = append(bad, Field(at+".approvers", "too_many"))
	}
	for i, a := range s.Approvers {
		if slices.Contains(s.Approvers[:i], a) {
			bad = append(bad, Field(fmt.Sprintf("%s.approvers[%d]", at, i), "duplicate"))
		}
	}
	return bad
}

// Fits tells whether the version may be used for a platform and content type (rule 7).
func (v FlowVersion) Fits(platform string, t ContentType) bool {
	return slices.Contains(v.Platforms, platform) && slices.Contains(v.ContentTypes, t)
}

// FitsAll tells whether the version takes all of the content types on a platform.
func (v FlowVersion) FitsAll(platform string, types []ContentType) bool {
	return !slices.ContainsFunc(types, func(t ContentType) bool { return !v.Fits(platform, t) })
}

// FitsPlatform tells whether the version may be a platform's default: it must take
// whatever can be published there.
func (v FlowVersion) FitsPlatform(p Platform) bool { return v.FitsAll(p.ID, p.ContentTypes) }

// Channel (社媒账号) is one account of the brand on one platform.
type Channel struct {
	ID                string
	BrandID           string
	Name              string
	Platform          string
	PlatformAccountID string // the platform's own id, when known
	AIReview          bool
	Posters           []string `gorm:"serializer:json"` // Members who publish what is scanned, the first before his fallbacks
	OwnSetting        bool     // the four below replace the platform's setting
	DefaultFlowID     *string
	NoApproval        bool
	AllowChange       bool
	AllowNone         bool
	ArchivedAt        *time.Time
	Version           int64
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// Setting is what review the Channel's posts get: its own setting, else its platform's.
func (c Channel) Setting(platform PlatformSetting) PlatformSetting {
	if !c.OwnSetting {
		return platform
	}
	return PlatformSetting{
		BrandID: c.BrandID, Platform: c.Platform, DefaultFlowID: c.DefaultFlowID, NoApproval: c.NoApproval, AllowChange: c.AllowChange, AllowNone: c.AllowNone,
	}
}

// PlatformSetting (平台设置) says what review a platform's posts get.
type PlatformSetting struct {
	BrandID       string `gorm:"primaryKey"`
	Platform      string `gorm:"primaryKey"`
	DefaultFlowID *string
	NoApproval    bool // the default is "no approval" (无需审批)
	AllowChange   bool // 发布时允许更换审批流程
	AllowNone     bool // an author may choose "no approval"
	Version       int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Check finds what is wrong: the default is a Flow or "no approval", one of the two. field
// is the path of the Flow in the request.
func (s PlatformSetting) Check(field string) error {
	if s.NoApproval == (s.DefaultFlowID != nil) {
		return Invalid(Field(field, "either_a_flow_or_no_approval"))
	}
	return nil
}

// FlowChoice is what an author asked for: nothing, a Flow, or no approval.
type FlowChoice struct {
	FlowID *string
	None   bool
}

// Check finds a choice of two things at once; at is the path of its fields with a dot at
// its end, or empty.
func (c FlowChoice) Check(at string) []FieldError {
	if c.None && c.FlowID != nil {
		return []FieldError{Field(at+"no_approval", "either_a_flow_or_no_approval")}
	}
	return nil
}

// ChosenFlow is what a submit will run: a kept FlowVersion, a Flow's current version,
// or no approval.
type ChosenFlow struct {
	KeptVersionID string
	FlowID        string
	None          bool
}

// ChooseFlow applies rules 7 and 12: a kept version first, then the author's choice if
// the setting allows changing, else the setting's default. set is the Channel's effective
// setting.
func ChooseFlow(set PlatformSetting, choice FlowChoice, keptVersion *string) (ChosenFlow, error) {
	asked := choice.None || choice.FlowID != nil
	switch {
	case !asked && keptVersion != nil:
		return ChosenFlow{KeptVersionID: *keptVersion}, nil
	case !asked:
		return defaultFlow(set)
	case choice.None:
		return chooseNone(set)
	case set.DefaultFlowID != nil && *choice.FlowID == *set.DefaultFlowID:
		return ChosenFlow{FlowID: *choice.FlowID}, nil // naming the default is no change
	case !set.AllowChange:
		return ChosenFlow{}, E(CodeFlowChangeForbidden, "platform", set.Platform)
	}
	return ChosenFlow{FlowID: *choice.FlowID}, nil
}

func defaultFlow(set PlatformSetting) (ChosenFlow, error) {
	switch {
	case set.NoApproval:
		return ChosenFlow{None: true}, nil
	case set.DefaultFlowID != nil:
		return ChosenFlow{FlowID: *set.DefaultFlowID}, nil
	}
	return ChosenFlow{}, E(CodeFlowMissing, "platform", set.Platform)
}

func chooseNone(set PlatformSetting) (ChosenFlow, error) {
	if set.NoApproval || (set.AllowNone && set.AllowChange) {
		return ChosenFlow{None: true}, nil
	}
	return ChosenFlow{}, E(CodeNoApprovalForbidden, "platform", set.Platform)
}
