// Package mail is the door to a mail server: it sends one message over SMTP and says
// whether the server took it, whether to try again, or why not.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	gomail "github.com/wneessen/go-mail"

	"countersign/model"
)

// TLS is how the line to the server is encrypted.
type TLS string

// The ways.
const (
	StartTLS TLS = "starttls" // the line must be upgraded before anything is sent
	Implicit TLS = "tls"
	None     TLS = "none" // this machine only
)

// Config says which server, and who we are to it.
type Config struct {
	Host      string
	Port      int
	Username  string // "": without signing in
	Password  string
	From      string // "Countersign <notice@brand.example>"
	TLS       TLS
	Timeout   time.Duration // of one message, from dialling to its being taken
	TLSConfig *tls.Config   // whom to trust; nil: as the system does
}

// Sender sends messages, each over a line of its own. It is safe for concurrent use.
type Sender struct{ cfg Config }

// New is a sender; nothing is dialled yet.
func New(cfg Config) *Sender { return &Sender{cfg} }

// Send hands one message to the server. A nil error means that the server took it.
//
// Errors: CodeMailBusy when it may be tried again: no connection, no sign-in, a 4xx
// answer, or no answer, in which case it may have been taken and is recognised by its
// Message-ID. CodeMailRefused for a 5xx answer, or a message that cannot be written.
func (s *Sender) Send(ctx context.Context, m model.Email) error {
	msg, err := s.write(m)
	if err != nil {
		return refused(err)
	}
	client, err := s.client()
	if err != nil {
		return refused(err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // taken; what failed is the farewell
		return nil
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok && e.ErrorCode() >= 500 {
		return refused(err)
	}
	return model.E(model.CodeMailBusy).Because(fmt.Errorf("mail: %w", err))
}

func refused(err error) error {
	return model.E(model.CodeMailRefused).Because(fmt.Errorf("mail: %w", err))
}

// write puts a message together. The library encodes the subject and parses the
// addresses, so that nothing in them can begin a header of its own.
func (s *Sender) write(m model.Email) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64), gomail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(s.cfg.From), msg.To(m.To)); err != nil {
		return nil, err
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDate()
	msg.SetMessageIDWithValue(oneLine(m.MessageID))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("Content-Language", oneLine(m.Language))
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// oneLine makes control characters, line breaks among them, into spaces.
func oneLine(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			out[i] = ' '
		}
	}
	return string(out)
}

func (s *Sender) client() (*gomail.Client, error) {
	opts := []gomail.Option{gomail.WithPort(s.cfg.Port), gomail.WithTimeout(s.cfg.Timeout)}
	switch s.cfg.TLS {
	case StartTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Implicit:
		opts = append(opts, gomail.WithSSL())
	case None:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("unknown TLS mode %q", s.cfg.TLS)
	}
	if s.cfg.TLSConfig != nil {
		opts = append(opts, gomail.WithTLSConfig(s.cfg.TLSConfig))
	}
	if s.cfg.Username != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.cfg.Username), gomail.WithPassword(s.cfg.Password))
	}
	return gomail.NewClient(s.cfg.Host, opts...)
}
