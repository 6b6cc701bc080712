package odoo

import (
	"net/http"
	"time"
)

// clock is the server's time in a reply, and when that came.
type clock struct{ told, here time.Time }

// setClock takes in the Date of a reply, which servers and proxies write in every one.
func (c *Client) setClock(header http.Header) {
	if told, err := http.ParseTime(header.Get("Date")); err == nil {
		c.clock.Store(&clock{told: told.UTC(), here: time.Now()})
	}
}

// ServerTime returns the time by the clock of Odoo's host, or of the proxy before it, to a second or two: what its last
// reply told, and the time since then. It is the zero time if no reply did. It makes no call.
func (c *Client) ServerTime() time.Time {
	last := c.clock.Load()
	if last == nil {
		return time.Time{}
	}
	return last.told.Add(time.Since(last.here))
}
