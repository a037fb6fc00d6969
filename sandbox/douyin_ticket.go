package sandbox

import (
	"crypto/md5" //nolint:gosec // Douyin's signature is MD5
	"encoding/base64"
	"encoding/hex"
	"slices"
	"time"
)

const ticketLife = 2 * time.Hour

// ticket is /open/getticket/: every call replaces the ticket.
func (c *douyinCall) ticket() reply {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	now := c.d.opts.Now()
	c.d.tickets.replace(c.d.mintTicket(), now, now.Add(ticketLife))
	return c.keyAnswer("ticket", &c.d.tickets)
}

// mintTicket makes up a ticket with everything that a careless encoder breaks: @ or #
// in front, and + / = inside; d.mu is held.
func (d *Douyin) mintTicket() string {
	b := randomBytes(d.opts.Rand, 62)
	text := base64.StdEncoding.EncodeToString(b[1:]) // 61 bytes end in "=="
	return string("@#"[b[0]%2]) + text[:40] + "++/" + text[40:]
}

// signedBy says whether a live ticket made the signature; d.mu is held.
func (d *Douyin) signedBy(nonce, timestamp, signature string) bool {
	return slices.ContainsFunc(d.tickets.alive(d.opts.Now()), func(ticket string) bool {
		return signature == LaunchSignature(nonce, ticket, timestamp)
	})
}

// LaunchSignature is the signature of a launch link: lowercase hex MD5 over the three
// values as they are. The timestamp is in Unix seconds. No other field is signed.
func LaunchSignature(nonce, ticket, timestamp string) string {
	text := "nonce_str=" + nonce + "&ticket=" + ticket + "&timestamp=" + timestamp
	sum := md5.Sum([]byte(text)) //nolint:gosec // Douyin's
	return hex.EncodeToString(sum[:])
}

// RotateTicket lets every ticket die at once, and with them the links made with them.
func (d *Douyin) RotateTicket() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tickets.cutAll(d.opts.Now())
}
