package douyin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"countersign/model"
)

// credentials are a client_token with the open ticket that was fetched with it: a ticket
// is good for links only while the token that it came from is.
type credentials struct {
	Token      string    `json:"token"`
	Ticket     string    `json:"ticket"`
	TicketEnds time.Time `json:"ticket_ends"`
}

const (
	ticketEarly = 5 * time.Minute  // before its end a ticket is fetched anew: a link shall live for a while
	tokenEarly  = 30 * time.Second // a stable token stays the same until close to its end
	leastLife   = 10 * time.Second
	sharedAs    = "douyin:"
	sealPurpose = "douyin credentials"
)

// authorized does something with the credentials that all replicas share. When Douyin says
// that they are no good any more, fresh ones are fetched, once, and it is done again.
func (c *Client) authorized(ctx context.Context, do func(credentials) error) error {
	cr, sealed, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	if err = do(cr); !staleCredentials(err) {
		return err
	}
	c.cfg.Shared.Forget(ctx, c.shareID(), sealed)
	fresh, _, renewal := c.credentials(ctx)
	if renewal != nil || (fresh.Token == cr.Token && fresh.Ticket == cr.Ticket) {
		return err
	}
	return do(fresh)
}

func (c *Client) shareID() string { return sharedAs + c.cfg.ClientKey }

// credentials gives the shared ones, or has one replica fetch them for all: a second fetch
// would kill the tickets of links that are on their way.
func (c *Client) credentials(ctx context.Context) (cr credentials, sealed []byte, err error) {
	sealed, err = c.cfg.Shared.Shared(ctx, c.shareID(), c.fetch)
	if err != nil {
		return cr, nil, asOurs(err)
	}
	raw, err := c.cfg.Sealer.Open(sealed, sealPurpose)
	if err == nil {
		err = json.Unmarshal(raw, &cr)
	}
	if err != nil { // of another key, or of another version
		c.cfg.Shared.Forget(ctx, c.shareID(), sealed)
		return cr, nil, busy(&failure{at: atTicket, what: "the shared credentials cannot be read"})
	}
	return cr, sealed, nil
}

// asOurs keeps refusals; what the shared place says otherwise is a fault that passes.
func asOurs(err error) error {
	if _, ours := errors.AsType[*model.Error](err); ours {
		return err
	}
	return broken(atTicket, err)
}

// fetch gets a token and the ticket that goes with it.
func (c *Client) fetch(ctx context.Context) (sealed []byte, life time.Duration, err error) {
	token, tokenLife, err := c.fetchToken(ctx)
	if err != nil {
		return nil, 0, err
	}
	var t struct {
		Ticket    string  `json:"ticket"`
		ExpiresIn errcode `json:"expires_in"` // seconds
	}
	if err := c.ask(ctx, request{at: atTicket, method: http.MethodGet, token: token}, &t); err != nil {
		return nil, 0, err
	}
	if t.Ticket == "" || t.ExpiresIn <= 0 {
		return nil, 0, garbled(atTicket, "no ticket in the answer")
	}
	ticketLife := time.Duration(t.ExpiresIn) * time.Second
	raw, err := json.Marshal(credentials{token, t.Ticket, c.cfg.Now().Add(ticketLife).UTC()})
	if err != nil {
		return nil, 0, err
	}
	sealed, err = c.cfg.Sealer.Seal(raw, sealPurpose)
	return sealed, max(leastLife, min(tokenLife-tokenEarly, ticketLife-ticketEarly)), err
}

// fetchToken asks for the stable token, which is the same for all who ask while it lives;
// where there is none, for the plain one, of which each call kills the one before the last.
func (c *Client) fetchToken(ctx context.Context) (string, time.Duration, error) {
	at := atStableToken
	if c.noStable.Load() {
		at = atToken
	}
	token, life, err := c.askToken(ctx, at)
	if at == atStableToken && (notThere(err) || lacksCapability(err)) {
		if token, life, err = c.askToken(ctx, atToken); err == nil {
			c.noStable.Store(true)
		}
	}
	return token, life, err
}

func (c *Client) askToken(ctx context.Context, at endpoint) (string, time.Duration, error) {
	var t struct {
		AccessToken string  `json:"access_token"`
		ExpiresIn   errcode `json:"expires_in"` // seconds
	}
	err := c.ask(ctx, request{at: at, method: http.MethodPost, payload: map[string]string{
		"client_key": c.cfg.ClientKey, "client_secret": c.cfg.Secret, "grant_type": "client_credential",
	}}, &t)
	if err == nil && (t.AccessToken == "" || t.ExpiresIn <= 0) {
		err = garbled(at, "no token in the answer")
	}
	return t.AccessToken, time.Duration(t.ExpiresIn) * time.Second, err
}
