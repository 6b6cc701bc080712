package odoo

import (
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// Option changes how [Dial] sets up a client.
type Option func(*settings)

type settings struct {
	database   string
	protocol   Protocol
	http       *http.Client
	limit      rate.Limit
	burst      int
	inFlight   int
	timeout    time.Duration
	context    Context
	userAgent  string
	log        *slog.Logger
	observer   Observer
	retry      Retry
	insecure   bool
	replyLimit int64
	identity   *Identity
	witness    Credential
}

// Retry says how often and how patiently a call is repeated where repeating is safe. Zero fields take the
// defaults.
type Retry struct {
	// Attempts is how often a call is sent at most; 4 by default, 1 for never again.
	Attempts int
	// First and Longest bound the waits between attempts, which double from one to the other and are
	// jittered; 250 ms and 5 s by default.
	First, Longest time.Duration
	// LongestHint is the longest Retry-After of a server that is waited for; 10 s by default. A longer one
	// ends the call with an error that carries it, so that the caller can do something else meanwhile.
	LongestHint time.Duration
}

// WithDatabase names the database. Without it JSON-2 leaves the choice to the server, which works where
// the host has one database; JSON-RPC always needs it.
func WithDatabase(name string) Option { return func(s *settings) { s.database = name } }

// WithProtocol forces a protocol instead of choosing by version and credential.
func WithProtocol(p Protocol) Option { return func(s *settings) { s.protocol = p } }

// WithHTTPClient sets the HTTP client to use: proxies, certificates, instrumentation. It is copied; its
// cookie jar and its time-out are not used, and redirects are never followed.
func WithHTTPClient(h *http.Client) Option { return func(s *settings) { s.http = h } }

// WithRateLimit bounds the calls per second. Odoo Online asks for about one call a second
// (with [WithInFlight] 1); the default is no limit.
func WithRateLimit(limit rate.Limit, burst int) Option {
	return func(s *settings) { s.limit, s.burst = limit, burst }
}

// WithInFlight bounds the calls at the same time; 8 by default. More than the server has workers brings
// nothing.
func WithInFlight(n int) Option { return func(s *settings) { s.inFlight = n } }

// WithTimeout bounds one attempt; 90 s by default. Odoo itself repeats a transaction for up to 30 s, so a
// shorter time-out makes outcomes unknown that Odoo would have settled.
func WithTimeout(d time.Duration) Option { return func(s *settings) { s.timeout = d } }

// WithContext sets Odoo context keys for all calls, such as {"lang": "sv_SE"}. Several add up.
func WithContext(with Context) Option {
	return func(s *settings) {
		for key, value := range with {
			s.context[key] = value
		}
	}
}

// WithCompany makes the calls work in this company (allowed_company_ids), by database id.
func WithCompany(id int64) Option {
	return func(s *settings) { s.context["allowed_company_ids"] = []int64{id} }
}

// WithUserAgent sets the User-Agent, by which an administrator tells integrations apart.
func WithUserAgent(agent string) Option { return func(s *settings) { s.userAgent = agent } }

// WithLogger logs each attempt at debug level and each repetition at warning level; values of records and
// secrets are never logged. The default is silence.
func WithLogger(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithObserver sets the hook for metrics and traces.
func WithObserver(o Observer) Option { return func(s *settings) { s.observer = o } }

// WithRetry sets how calls are repeated.
func WithRetry(r Retry) Option { return func(s *settings) { s.retry = r } }

// WithReplyLimit bounds the size of a reply in bytes; 64 MiB by default.
func WithReplyLimit(bytes int64) Option { return func(s *settings) { s.replyLimit = bytes } }

// WithInsecureHTTP allows http:// to other machines than this one. Passwords and personal data then travel
// in the clear.
func WithInsecureHTTP() Option { return func(s *settings) { s.insecure = true } }

func newSettings(options []Option) settings {
	s := settings{
		inFlight: 8, timeout: 90 * time.Second, context: Context{}, limit: rate.Inf,
		userAgent: "retailsync-go", log: slog.New(slog.DiscardHandler), replyLimit: 64 << 20,
	}
	for _, option := range options {
		option(&s)
	}
	s.inFlight = max(1, s.inFlight)
	s.burst = max(1, s.burst)
	if !printable(s.userAgent) {
		s.userAgent = "retailsync-go"
	}
	if s.http == nil {
		s.http = &http.Client{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.retry.Attempts = orDefault(s.retry.Attempts, 4)
	s.retry.First = orDefault(s.retry.First, 250*time.Millisecond)
	s.retry.Longest = max(orDefault(s.retry.Longest, 5*time.Second), s.retry.First)
	s.retry.LongestHint = orDefault(s.retry.LongestHint, 10*time.Second)
	s.timeout = orDefault(s.timeout, 90*time.Second)
	s.replyLimit = orDefault(s.replyLimit, 64<<20)
	return s
}

// orDefault replaces values that are not positive.
func orDefault[N ~int | ~int64](value, fallback N) N {
	if value <= 0 {
		return fallback
	}
	return value
}
