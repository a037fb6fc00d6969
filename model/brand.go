package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Brand (品牌) is the tenant: no row of one is visible to another.
type Brand struct {
	ID            string
	Name          string   // shown to its members
	PublicName    string   // all that a stranger with a code may see
	TimeZone      string   // IANA name, default Asia/Shanghai
	SelfApproval  bool     // may an author be asked to approve his own post (rule 9)
	LeadMinutes   int      // a publish code opens this long before the planned time (rule 18)
	BlockingRules []string `gorm:"serializer:json"` // ids of AI rules that block a submit; the others only advise
	NamedPosters  bool     // a publish code opens only for the posters whom its Channel names, else for whoever has it
	Version       int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Lead is LeadMinutes.
func (b Brand) Lead() time.Duration { return time.Duration(b.LeadMinutes) * time.Minute }

// Limits of a Brand's settings.
const (
	DefaultLeadMinutes = 10
	MaxLeadMinutes     = 24 * 60
	MaxBlockingRules   = 50
	MaxRuleID          = 64
)

// CheckRules finds what is wrong with what a Brand sets about publishing and AI review.
func (b Brand) CheckRules() (bad []FieldError) {
	if b.LeadMinutes < 0 || b.LeadMinutes > MaxLeadMinutes {
		bad = append(bad, Field("lead_minutes", "out_of_range"))
	}
	if len(b.BlockingRules) > MaxBlockingRules {
		return append(bad, Field("blocking_rules", "too_many"))
	}
	for i, id := range b.BlockingRules {
		_, known := AIRuleByID(id)
		switch {
		case !ruleID(id):
			bad = append(bad, Field(fmt.Sprintf("blocking_rules[%d]", i), "malformed"))
		case slices.Contains(b.BlockingRules[:i], id):
			bad = append(bad, Field(fmt.Sprintf("blocking_rules[%d]", i), "duplicate"))
		case !known:
			bad = append(bad, Field(fmt.Sprintf("blocking_rules[%d]", i), "unknown"))
		}
	}
	return bad
}

// ruleID: an AI rule is named by lower case letters, digits, dot, dash and underscore,
// a letter or digit first.
func ruleID(s string) bool {
	if s == "" || len(s) > MaxRuleID || strings.ContainsRune("._-", rune(s[0])) {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	})
}

// User (用户) is a console account.
type User struct {
	ID           string
	Email        string // lower case, unique
	Name         string
	PasswordHash string // argon2id, PHC format
	EmailOff     bool   // he wants no notices by e-mail
	DisabledAt   *time.Time
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Person (微信用户) is a WeChat identity; identity is (AppID, OpenID), never the nickname.
type Person struct {
	ID        string
	AppID     string
	OpenID    string
	UnionID   string // empty until the app is bound to an open platform account
	Nickname  string // empty until given
	Language  string // "zh-CN" or "en"
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TableName overrides the plural that gorm would guess ("people").
func (Person) TableName() string { return "persons" }

// Role is what a Member may do in a Brand.
type Role string

// The roles; admin includes what editor may.
const (
	RoleAdmin    Role = "admin"
	RoleEditor   Role = "editor"
	RoleReviewer Role = "reviewer"
)

// May tells whether role r includes the rights of need. An unknown role has none.
func (r Role) May(need Role) bool {
	switch need {
	case RoleReviewer:
		return r == RoleAdmin || r == RoleEditor || r == RoleReviewer
	case RoleEditor:
		return r == RoleAdmin || r == RoleEditor
	case RoleAdmin:
		return r == RoleAdmin
	default:
		return false
	}
}

// Staff tells whether the role belongs to a console user.
func (r Role) Staff() bool { return r == RoleAdmin || r == RoleEditor }

// MemberStatus is active or removed; a removed Member that is admitted again keeps its row.
type MemberStatus string

// The states of a Member.
const (
	MemberActive  MemberStatus = "active"
	MemberRemoved MemberStatus = "removed"
)

// Member (成员) is a User (admin, editor) or a Person (reviewer) inside one Brand.
// Exactly one of UserID and PersonID is set.
type Member struct {
	ID           string
	BrandID      string
	UserID       *string
	PersonID     *string
	Role         Role
	Alias        string // the admin's name for a reviewer; wins over the nickname
	Status       MemberStatus
	InvitationID *string
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName is "memberships": a Member's row says who belongs to which Brand.
func (Member) TableName() string { return "memberships" }

// DisplayName is the alias if there is one, else the member's own name.
func DisplayName(alias, own string) string {
	if alias != "" {
		return alias
	}
	return own
}

// Binding joins one Person to one User (rule 4); the primary key and the unique
// index on user_id are the judges.
type Binding struct {
	PersonID  string `gorm:"primaryKey"`
	UserID    string
	CreatedAt time.Time
}

// SessionKind tells a console session (cookie) from a mini-program session (bearer).
type SessionKind string

// The kinds of session.
const (
	SessionConsole SessionKind = "console"
	SessionMini    SessionKind = "mini_program"
)

// Session is a login. Only the SHA-256 of its 256-bit token is stored.
type Session struct {
	ID         string
	Kind       SessionKind
	UserID     *string
	PersonID   *string
	TokenHash  string // hex
	UserAgent  string // family only
	IPHash     string
	LastSeenAt time.Time
	ExpiresAt  time.Time // absolute end
	RevokedAt  *time.Time
	CreatedAt  time.Time
}
