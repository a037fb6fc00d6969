package mail_test

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"countersign/internal/testkit"
	"countersign/mail"
	"countersign/model"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func letter() model.Email {
	return model.Email{
		To: "admin@brand.example", Subject: "[青禾] 3 项待您审批", Text: "《标题》等您审批。\n", HTML: "<p>《标题》等您审批。</p>", MessageID: "k1@countersign.test", Language: "zh-CN",
	}
}

// A real server, each way of encrypting the line, with and without a sign-in.
func TestSend(t *testing.T) {
	t.Parallel()
	for _, mode := range []mail.TLS{mail.StartTLS, mail.Implicit, mail.None} {
		for _, auth := range []bool{true, false} {
			if mode == mail.None && auth {
				continue // the library signs in over an encrypted line only
			}
			t.Run(string(mode), func(t *testing.T) {
				t.Parallel()
				srv := testkit.NewMailServer(t, mode, auth)
				if err := mail.New(srv.Config).Send(t.Context(), letter()); err != nil {
					t.Fatal(err)
				}
				got := srv.Letters()
				if len(got) != 1 {
					t.Fatalf("%d letters", len(got))
				}
				check(t, got[0])
			})
		}
	}
}

func check(t *testing.T, l testkit.Letter) {
	t.Helper()
	subject, err := new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject"))
	if err != nil || subject != letter().Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	from, err := l.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "会签" || from[0].Address != "notice@brand.example" {
		t.Errorf("from %v, %v", from, err)
	}
	if l.Header.Get("Message-Id") != "<k1@countersign.test>" || l.Header.Get("Auto-Submitted") != "auto-generated" || len(l.To) != 1 || l.To[0] != letter().To {
		t.Errorf("headers %v to %v", l.Header, l.To)
	}
	kind, params, err := mime.ParseMediaType(l.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	var kinds []string
	parts := multipart.NewReader(l.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, strings.Fields(part.Header.Get("Content-Type"))[0])
		if text := decoded(t, part); !strings.Contains(text, "《标题》等您审批。") {
			t.Errorf("part %q", text)
		}
	}
	if strings.Join(kinds, " ") != "text/plain; text/html;" {
		t.Errorf("parts %v", kinds)
	}
}

func decoded(t *testing.T, part *multipart.Part) string {
	t.Helper()
	var r io.Reader = part
	switch part.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, part)
	case "quoted-printable":
		r = quotedprintable.NewReader(part)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// What goes wrong, and whether it is tried again.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault testkit.MailFault
		bend  func(*mail.Config)
		want  model.Code
		taken int
	}{
		{name: "4xx", fault: testkit.MailFault{Times: 1, Refuse: &smtp.SMTPError{Code: 451, Message: "later"}}, want: model.CodeMailBusy},
		{name: "5xx", fault: testkit.MailFault{Times: 1, Refuse: &smtp.SMTPError{Code: 550, Message: "no such box"}}, want: model.CodeMailRefused},
		{name: "no answer after the message", fault: testkit.MailFault{Times: 1, Drop: true}, want: model.CodeMailBusy, taken: 1},
		{name: "wrong password", bend: func(c *mail.Config) { c.Password = "wrong" }, want: model.CodeMailBusy},
		{name: "a certificate nobody trusts", bend: func(c *mail.Config) { c.TLSConfig = nil }, want: model.CodeMailBusy},
		{name: "nobody listens", bend: func(c *mail.Config) { c.Port = closedPort(t) }, want: model.CodeMailBusy},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := testkit.NewMailServer(t, mail.StartTLS, true)
			srv.Fault(c.fault)
			cfg := srv.Config
			if c.bend != nil {
				c.bend(&cfg)
			}
			err := mail.New(cfg).Send(t.Context(), letter())
			if err == nil || model.CodeOf(err) != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if strings.Contains(err.Error(), testkit.MailPassword) {
				t.Errorf("the password is in %v", err)
			}
			if got := srv.Letters(); len(got) != c.taken {
				t.Errorf("%d letters, want %d", len(got), c.taken)
			}
		})
	}
}

func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// A server without STARTTLS gets nothing.
func TestNothingTravelsInTheClear(t *testing.T) {
	t.Parallel()
	srv := testkit.NewMailServer(t, mail.None, false)
	cfg := srv.Config
	cfg.TLS = mail.StartTLS
	if err := mail.New(cfg).Send(t.Context(), letter()); model.CodeOf(err) != model.CodeMailBusy || err == nil {
		t.Errorf("got %v", err)
	}
	if len(srv.Letters()) != 0 {
		t.Error("a letter went in the clear")
	}
}

// Nothing that people write can begin a header or another recipient.
func TestNoHeaderIsInjected(t *testing.T) {
	t.Parallel()
	srv := testkit.NewMailServer(t, mail.None, false)
	for _, evil := range []string{"x\r\nBcc: spy@evil.example", "x\nBcc: spy@evil.example", "x\rBcc: spy@evil.example\r\n\r\nbody", "x\u2028Bcc: spy@evil.example"} {
		m := letter()
		m.Subject, m.MessageID, m.Language = evil, "k@h", evil
		if err := mail.New(srv.Config).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		m = letter()
		m.To = "admin@brand.example" + evil
		if err := mail.New(srv.Config).Send(t.Context(), m); model.CodeOf(err) != model.CodeMailRefused || err == nil {
			t.Errorf("sent to %q: %v", m.To, err)
		}
	}
	for _, l := range srv.Letters() {
		if l.Header.Get("Bcc") != "" || len(l.To) != 1 || strings.HasPrefix(decodedBody(t, l), "body") {
			t.Errorf("injected: %s", l.Raw)
		}
	}
	if n := len(srv.Letters()); n != 4 {
		t.Errorf("%d letters", n)
	}
}

func decodedBody(t *testing.T, l testkit.Letter) string {
	t.Helper()
	raw, err := io.ReadAll(l.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
