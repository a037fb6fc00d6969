package service_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/skip2/go-qrcode"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
)

// TestFormsOfACode: the sizes are steps between two bounds, for a PNG alone.
func TestFormsOfACode(t *testing.T) {
	t.Parallel()
	size, level := model.Field("size", "out_of_range"), model.Field("level", "unknown")
	for _, tc := range []struct {
		form service.QR
		want []model.FieldError
	}{
		{service.QR{Size: 128, Level: "low"}, nil},
		{service.QR{Size: 2048, Level: "medium"}, nil},
		{service.QR{Size: 192, Level: "quartile"}, nil},
		{service.QR{SVG: true, Level: "high"}, nil},
		{service.QR{SVG: true, Size: 7, Level: "high"}, nil},
		{service.QR{Size: 64, Level: "low"}, []model.FieldError{size}},
		{service.QR{Size: 127, Level: "low"}, []model.FieldError{size}},
		{service.QR{Size: 129, Level: "low"}, []model.FieldError{size}},
		{service.QR{Size: 2112, Level: "low"}, []model.FieldError{size}},
		{service.QR{Size: 0, Level: ""}, []model.FieldError{level, size}},
		{service.QR{SVG: true, Level: "best"}, []model.FieldError{level}},
	} {
		var got []model.FieldError
		if err := tc.form.Check(); err != nil {
			got = refused(t, err, model.CodeInvalid).Fields
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%+v: %s", tc.form, diff)
		}
	}
}

var (
	qrSide = regexp.MustCompile(`viewBox="0 0 (\d+) `)
	qrRun  = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)
)

// modules reads an SVG's path back into what it draws.
func modules(t *testing.T, svg string) [][]bool {
	t.Helper()
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		must(t, err)
		return n
	}
	side := number(qrSide.FindStringSubmatch(svg)[1])
	out := make([][]bool, side)
	for y := range out {
		out[y] = make([]bool, side)
	}
	for _, run := range qrRun.FindAllStringSubmatch(svg, -1) {
		for x := range number(run[3]) {
			out[number(run[2])][number(run[1])+x] = true
		}
	}
	return out
}

// The picture of a code holds its link in every form; the same form has the same name, and
// no two forms or codes have one.
func TestThePictureOfACode(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	at := x.Clock.Now()
	channel := x.scanChannel(t, "")
	_, token := x.scannable(t, channel, &at)
	_, other := x.scannable(t, channel, &at)
	link := x.Service.Tickets.Link(token)
	names := map[string]bool{}
	draw := func(token string, f service.QR) []byte {
		t.Helper()
		raw, name, err := x.Service.Tickets.Picture(t.Context(), visitor, token, f)
		must(t, err)
		_, again, err := x.Service.Tickets.Picture(t.Context(), visitor, token, f)
		must(t, err)
		if names[name] || again != name {
			t.Errorf("%+v is called %q, and then %q", f, name, again)
		}
		names[name] = true
		return raw
	}
	for name, level := range map[string]qrcode.RecoveryLevel{"low": qrcode.Low, "medium": qrcode.Medium, "quartile": qrcode.High, "high": qrcode.Highest} {
		text, err := sandbox.ReadCode(draw(token, service.QR{Size: 256, Level: name}))
		if err != nil || text != link {
			t.Errorf("%s reads %q, %v", name, text, err)
		}
		code, err := qrcode.New(link, level)
		must(t, err)
		if diff := cmp.Diff(code.Bitmap(), modules(t, string(draw(token, service.QR{SVG: true, Level: name})))); diff != "" {
			t.Errorf("%s: the svg draws something else", name)
		}
	}
	draw(token, service.QR{Size: 320, Level: "low"})
	draw(other, service.QR{Size: 256, Level: "low"})
	draw(other, service.QR{SVG: true, Level: "low"})
}

// A code that is none, was revoked, or is of another kind has no picture, and each such
// question is counted against who asks.
func TestCodesWithoutAPicture(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	at := x.Clock.Now()
	post, token := x.scannable(t, x.scanChannel(t, ""), &at)
	form := service.QR{Size: 128, Level: "low"}
	must(t, x.Service.Tickets.Revoke(t.Context(), x.editor, x.b.ID, post))
	for name, token := range map[string]string{"revoked": token, "never issued": "t.AAAAAAAAAAAAAAAAAAAAAA", "an invitation": x.invite(t, 1), "none": "", "something": "t."} {
		if raw, _, err := x.Service.Tickets.Picture(t.Context(), visitor, token, form); codeOr(err) != model.CodeTicketEnded || raw != nil {
			t.Errorf("%s: %d bytes, %v", name, len(raw), err)
		}
	}
	_, _, err := x.Service.Tickets.Picture(t.Context(), visitor, token, service.QR{Size: 1, Level: "low"})
	wantCode(t, err, model.CodeInvalid)
}
