package sandbox

import "slices"

// Keys are the tokens and tickets that are alive: what nobody but the server may hold.
func (d *Douyin) Keys() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.opts.Now()
	return slices.Concat(d.stable.alive(now), d.plain.alive(now), d.tickets.alive(now))
}
