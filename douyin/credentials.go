package douyin

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"countersign/platform"
)

// credentials are what a call needs: a token, and a ticket that was got with it.
type credentials struct{ token, ticket credential }

// onlyToken is for calls that need no ticket.
func (c *Client) onlyToken(ctx context.Context) (credentials, error) {
	token, err := c.tokens.get(ctx, c.fetchToken)
	return credentials{token: token}, err
}

// tokenAndTicket gives a ticket with the token that it came from. The ticket is read
// first: if the token read after it is another one, the ticket is the older of the two,
// and what is signed with it would end early.
func (c *Client) tokenAndTicket(ctx context.Context) (credentials, error) {
	for range 3 {
		ticket, err := c.tickets.get(ctx, c.fetchTicket)
		if err != nil {
			return credentials{}, err
		}
		token, err := c.tokens.get(ctx, c.fetchToken)
		if err != nil || ticket.From == token.Value {
			return credentials{token, ticket}, err
		}
		c.tickets.drop(ctx, ticket)
	}
	return credentials{}, garbled(atTicket, "tokens change faster than tickets are got")
}

// renewing makes a call with credentials. When Douyin refuses them they are dropped, and
// the call is made once more, with others.
func (c *Client) renewing(
	ctx context.Context, gather func(context.Context) (credentials, error), call func(context.Context, credentials) error,
) error {
	have, err := gather(ctx)
	if err != nil {
		return err
	}
	err = call(ctx, have)
	if !refusedWith(err, staleCodes) {
		return err
	}
	c.tokens.drop(ctx, have.token)
	c.tickets.drop(ctx, have.ticket)
	next, renewal := gather(ctx)
	if renewal != nil || next.token.Value == have.token.Value && next.ticket.Value == have.ticket.Value {
		return err
	}
	return call(ctx, next)
}

// fetchToken asks for the stable token, which every replica gets alike, or the plain one
// where the stable one is not to be had.
func (c *Client) fetchToken(ctx context.Context) (credential, error) {
	if c.cfg.TokenEndpoint == TokenPlain || c.lacking.has(string(atStable), c.cfg.Now()) {
		return c.fetchTokenAt(ctx, atToken)
	}
	token, err := c.fetchTokenAt(ctx, atStable)
	if !isMissing(err) {
		return token, err
	}
	c.lacking.note(string(atStable), c.cfg.Now())
	return c.fetchTokenAt(ctx, atToken)
}

// isMissing: the endpoint is not there, or not for this app. No page gives the code for an
// unknown one, so Douyin's words count too.
func isMissing(err error) bool {
	r, answered := errors.AsType[*Refusal](err)
	return isUnknown(err) || answered && (lackCodes[r.Code] || r.Code == retired || noSuchAPI.MatchString(r.Message))
}

var noSuchAPI = regexp.MustCompile(`(?i)\b(?:api|path|url)\b.{0,40}\b(?:not found|not exist)|接口不存在`)

func (c *Client) fetchTokenAt(ctx context.Context, at endpoint) (credential, error) {
	asked := c.cfg.Now()
	data, err := c.ask(ctx, request{at: at, method: http.MethodPost, payload: map[string]string{
		"client_key": c.cfg.ClientKey, "client_secret": c.cfg.Secret, "grant_type": "client_credential",
	}}, "")
	if err != nil {
		return credential{}, err
	}
	var in struct {
		AccessToken string          `json:"access_token"`
		ExpiresIn   platform.Number `json:"expires_in"` // seconds
	}
	if err := decode(at, data, &in); err != nil {
		return credential{}, err
	}
	return usable(at, in.AccessToken, in.ExpiresIn, asked)
}

// fetchTicket asks for a ticket with the token of the moment.
func (c *Client) fetchTicket(ctx context.Context) (credential, error) {
	var ticket credential
	err := c.renewing(ctx, c.onlyToken, func(ctx context.Context, with credentials) (err error) {
		ticket, err = c.fetchTicketWith(ctx, with.token)
		return err
	})
	return ticket, err
}

func (c *Client) fetchTicketWith(ctx context.Context, token credential) (credential, error) {
	asked := c.cfg.Now()
	data, err := c.ask(ctx, request{at: atTicket, method: http.MethodGet}, token.Value)
	if err != nil {
		return credential{}, err
	}
	var in struct {
		Ticket    string          `json:"ticket"`
		ExpiresIn platform.Number `json:"expires_in"` // seconds
	}
	if err := decode(atTicket, data, &in); err != nil {
		return credential{}, err
	}
	ticket, err := usable(atTicket, in.Ticket, in.ExpiresIn, asked)
	ticket.From = token.Value
	return ticket, err
}

const (
	maxCredential = 1024
	longestLife   = 24 * time.Hour // Douyin's live two hours; more is not believed
)

// usable is what came as a credential, if it can be one.
func usable(at endpoint, value string, seconds platform.Number, asked time.Time) (credential, error) {
	odd := strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' })
	if value == "" || len(value) > maxCredential || odd || seconds <= 0 {
		return credential{}, garbled(at, "no credential in the answer")
	}
	life := time.Duration(min(int64(seconds), int64(longestLife/time.Second))) * time.Second
	return newCredential(value, life, asked), nil
}
