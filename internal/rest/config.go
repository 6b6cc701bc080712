package rest

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// The limits of a client whose [Config] leaves them zero.
const (
	defaultTimeout  = 30 * time.Second
	defaultMaxWait  = 10 * time.Second
	defaultBackoff  = 200 * time.Millisecond
	defaultMaxBody  = 32 << 20
	defaultPerSec   = 10
	defaultRetries  = 3
	defaultInFlight = 4
)

// Config describes one connected account.
type Config struct {
	// Channel is named in every error.
	Channel canonical.Channel
	// BaseURL is the address under which all paths lie. It must be https, except on this machine.
	BaseURL string
	// Authorize adds the credentials to a request; it runs before every attempt, so that a rotated
	// credential is picked up.
	Authorize func(*http.Request) error
	// Explain reads the channel's own error format; it may return empty text. What it returns is
	// shown to people, so it must pick codes and messages, not whole bodies.
	Explain func(status int, body []byte) Explanation
	// Transport carries the requests; nil means a transport of the client's own.
	Transport http.RoundTripper
	// Timeout bounds one attempt; zero means 30 s.
	Timeout time.Duration
	// PerSecond is the allowed rate of calls; zero means 10.
	PerSecond float64
	// MaxBody bounds a reply in bytes; zero means 32 MiB.
	MaxBody int64
	// Backoff is the first wait between attempts; zero means 200 ms.
	Backoff time.Duration
}

// Explanation is what a channel's error body says.
type Explanation struct {
	// Code overrides the code that follows from the HTTP status; empty keeps it.
	Code marketplace.Code
	// Text is the channel's own word, short.
	Text string
}

func (c *Config) fill() {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.PerSecond <= 0 {
		c.PerSecond = defaultPerSec
	}
	if c.MaxBody <= 0 {
		c.MaxBody = defaultMaxBody
	}
	if c.Backoff <= 0 {
		c.Backoff = defaultBackoff
	}
}

// checkAddress parses the base address, or says what is wrong with it without quoting it.
func checkAddress(address string) (*url.URL, string) {
	base, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || base.Host == "":
		return nil, "the shop's address is not a URL: give it as https://shop.example.com"
	case base.User != nil:
		return nil, "the shop's address holds a user name or password: pass the credentials separately"
	case base.RawQuery != "" || base.Fragment != "":
		return nil, "the shop's address holds a query or fragment: give it as https://shop.example.com"
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, "the shop's address must begin with https://"
	case base.Scheme == "http" && !loopback(base.Hostname()):
		return nil, "the shop's address is not https: credentials are sent in the clear only to this machine"
	}
	base.Path = strings.TrimRight(base.Path, "/")
	base.RawPath = ""
	return base, ""
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
