package testkit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	door "countersign/mail"
)

// The sign-in that a MailServer with Auth asks for.
const (
	MailUser     = "countersign"
	MailPassword = "planted-mail-password"
)

// Letter is one e-mail that a MailServer took.
type Letter struct {
	From string
	To   []string
	Raw  string
	*mail.Message
}

// MailFault scripts what a MailServer does instead of taking the next messages.
type MailFault struct {
	Times  int   // below 0: until it is replaced
	Refuse error // a *smtp.SMTPError, at RCPT
	Drop   bool  // takes the message and cuts the line without an answer
}

// MailServer is a real SMTP server on this machine that keeps what it takes.
type MailServer struct {
	Config door.Config // for the door to it

	mu      sync.Mutex
	fault   MailFault
	letters []Letter
	auth    bool
	server  *smtp.Server
}

// NewMailServer starts one that speaks as mode says; with auth it asks for the sign-in.
func NewMailServer(t testing.TB, mode door.TLS, auth bool) *MailServer {
	t.Helper()
	m := &MailServer{auth: auth}
	m.server = smtp.NewServer(m)
	m.server.ReadTimeout, m.server.WriteTimeout = 5*time.Second, 5*time.Second
	m.server.AllowInsecureAuth = true
	m.server.ErrorLog = silent{}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := net.SplitHostPort(l.Addr().String())
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	m.Config = door.Config{Host: "127.0.0.1", Port: port, From: "会签 <notice@brand.example>", TLS: mode, Timeout: 3 * time.Second}
	if auth {
		m.Config.Username, m.Config.Password = MailUser, MailPassword
	}
	if mode != door.None {
		web := httptest.NewTLSServer(nil) // for its certificate
		t.Cleanup(web.Close)
		m.server.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
		roots := x509.NewCertPool()
		roots.AddCert(web.Certificate())
		m.Config.TLSConfig = &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}
	}
	if mode == door.Implicit {
		l = tls.NewListener(l, m.server.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = m.server.Serve(l) }()
	t.Cleanup(func() { _ = m.server.Close(); <-done })
	return m
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// Fault scripts the next messages.
func (m *MailServer) Fault(f MailFault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// Letters is what was taken, oldest first.
func (m *MailServer) Letters() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Letter(nil), m.letters...)
}

// next uses up one turn of the fault that is scripted.
func (m *MailServer) next() MailFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault.Times == 0 {
		return MailFault{}
	}
	m.fault.Times--
	return m.fault
}

// NewSession begins a conversation.
func (m *MailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &mailSession{m: m, conn: c, signedIn: !m.auth}, nil
}

type mailSession struct {
	m        *MailServer
	conn     *smtp.Conn
	signedIn bool
	fault    MailFault
	letter   Letter
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != MailUser || password != MailPassword {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.fault, s.letter.From = s.m.next(), from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.To = append(s.letter.To, to)
	return s.fault.Refuse
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.letter.Raw = string(raw)
	if s.letter.Message, err = mail.ReadMessage(strings.NewReader(s.letter.Raw)); err != nil {
		return err
	}
	s.m.mu.Lock()
	s.m.letters = append(s.m.letters, s.letter)
	s.m.mu.Unlock()
	if s.fault.Drop {
		_ = s.conn.Conn().Close()
		return errors.New("dropped")
	}
	return nil
}

func (s *mailSession) Reset() { s.letter = Letter{} }

func (s *mailSession) Logout() error { return nil }
