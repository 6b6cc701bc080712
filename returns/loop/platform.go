package loop

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/internal/webhooksecret"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// Name is the channel name of this platform.
const Name = "loop"

// Platform is one shop at Loop. It may be used from several goroutines.
type Platform struct {
	channel   canonical.Channel
	client    *rest.Client
	secrets   webhooksecret.Secrets
	overlap   time.Duration
	beginning time.Time
	processor string
	words     words
}

var (
	_ returns.Lister              = (*Platform)(nil)
	_ returns.Getter              = (*Platform)(nil)
	_ returns.InspectionReporter  = (*Platform)(nil)
	_ returns.Closer              = (*Platform)(nil)
	_ marketplace.WebhookReceiver = (*Platform)(nil)
)

// New returns the platform of the shop to which the key belongs.
func New(credential Credential, options ...Option) *Platform {
	s := settings{
		address: "https://api.loopreturns.com/api/v1", account: "main", overlap: 2 * time.Minute, perSecond: 5,
		beginning: time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC), orders: canonical.Channel{Name: "shopify", Account: "main"},
		outcomes: maps.Clone(outcomes), found: maps.Clone(told),
	}
	for _, option := range options {
		option.apply(&s)
	}
	channel := canonical.Channel{Name: Name, Account: s.account}
	return &Platform{
		channel: channel, secrets: s.secrets, overlap: s.overlap, beginning: s.beginning, processor: s.processor,
		words: words{channel: channel, orders: s.orders, outcomes: s.outcomes, told: s.found},
		client: rest.New(rest.Config{
			Channel: channel, BaseURL: s.address, Transport: s.transport,
			Timeout: s.timeout, PerSecond: s.perSecond, Backoff: s.backoff,
			Authorize: authorize(credential), Explain: explain,
		}),
	}
}

// Channel implements [marketplace.Adapter].
func (p *Platform) Channel() canonical.Channel { return p.channel }

func authorize(credential Credential) func(*http.Request) error {
	return func(request *http.Request) error {
		if credential.key == nil {
			return errors.New("no key")
		}
		key, err := credential.key(request.Context())
		if err != nil || key == "" {
			return errors.New("no key")
		}
		request.Header.Set("X-Authorization", key)
		return nil
	}
}

// complaint is where Loop's answers say what is wrong; each call has a form of its own.
var complaint = compile("error.message | errors.message | message | content | errors[0]")

// explain reads Loop's refusals. A key without the right scope is answered with 401 like a wrong one.
func explain(status int, body []byte) rest.Explanation {
	answer, err := tree.Parse(body)
	if err != nil || status == http.StatusUnauthorized {
		return rest.Explanation{}
	}
	text, _ := complaint.Find(answer, answer).Text()
	return rest.Explanation{Text: text}
}

func (p *Platform) fail(code marketplace.Code, op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: p.channel, Op: op, Path: path, Message: message, Err: cause}
}

// compile reads a path of this package's own.
func compile(text string) tree.Path {
	path, err := tree.Compile(text)
	if err != nil {
		return tree.Path{} // the tests find it: nothing would be read
	}
	return path
}

// Credential gives the API key. It is made by [APIKey] or [APIKeyFrom].
type Credential struct {
	key func(context.Context) (string, error)
}

// APIKey is a fixed API key.
func APIKey(key string) Credential {
	return APIKeyFrom(func(context.Context) (string, error) { return key, nil })
}

// APIKeyFrom asks provider before every call, so that a rotated key is picked up while the process runs. The provider must be quick
// and safe for concurrent use. Its error never reaches an error's text.
func APIKeyFrom(provider func(context.Context) (string, error)) Credential {
	return Credential{key: provider}
}
