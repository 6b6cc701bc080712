package generic

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// Secrets are what a configuration must not hold.
type Secrets struct {
	// Token is for the kinds header and bearer, and the key of the kind hmac.
	Token string
	// User and Password are for the kind basic; User is also the key's name of the kind hmac.
	User, Password string
	// Webhook is the secret by which deliveries are signed.
	Webhook string
	// FormerWebhook is the secret before it, which deliveries may still be signed by while it is replaced; empty once that is over.
	FormerWebhook string
}

// platform is what all parts of a platform share.
type platform struct {
	*program
	client  *rest.Client
	clock   func() time.Time
	secrets func(context.Context) (Secrets, error)
}

// Platform is what [New] returns: what every platform can do, as the flows of returns take it. The rest that its configuration has is
// found by type assertion.
type Platform interface {
	returns.Lister
	returns.Getter
}

// New returns the platform that a configuration describes. A configuration that cannot work is an error that holds a [*ConfigError]
// for each field.
func New(config Config, secrets Secrets, options ...Option) (Platform, error) {
	program, err := compile(config)
	if err != nil {
		return nil, err
	}
	s := settings{clock: time.Now, secrets: func(context.Context) (Secrets, error) { return secrets, nil }}
	for _, option := range options {
		option.apply(&s)
	}
	perMinute := config.PerMinute
	if perMinute == 0 {
		perMinute = 300
	}
	p := &platform{program: program, clock: s.clock, secrets: s.secrets}
	p.client = rest.New(rest.Config{
		Channel: program.channel, BaseURL: config.BaseURL, Transport: s.transport, Timeout: s.timeout, Backoff: s.backoff,
		PerSecond: perSecond(perMinute), Authorize: p.authorize, Explain: p.explain,
	})
	return compose(p), nil
}

// authorize adds the constant headers and the credentials.
func (p *platform) authorize(request *http.Request) error {
	for name, value := range p.headers {
		request.Header.Set(name, value)
	}
	if p.auth.Kind == "none" {
		return nil
	}
	secrets, err := p.secrets(request.Context())
	if err != nil {
		return errors.New("no secrets")
	}
	switch p.auth.Kind {
	case "basic":
		if secrets.User == "" && secrets.Password == "" {
			return errors.New("no user")
		}
		request.SetBasicAuth(secrets.User, secrets.Password)
		return nil
	case "header", "bearer", "hmac":
		if secrets.Token == "" {
			return errors.New("no token")
		}
	}
	switch p.auth.Kind {
	case "header":
		request.Header.Set(p.auth.Header, p.auth.Prefix+secrets.Token)
	case "bearer":
		request.Header.Set("Authorization", "Bearer "+secrets.Token)
	case "hmac":
		return p.sign(request, secrets)
	}
	return nil
}

// explain reads the sentence of a refusal.
func (p *platform) explain(status int, body []byte) rest.Explanation {
	answer, err := tree.Parse(body)
	if err != nil || status == http.StatusUnauthorized {
		return rest.Explanation{}
	}
	text, _ := p.refusal.Find(answer, answer).Text()
	return rest.Explanation{Text: text}
}

func (p *program) fail(code marketplace.Code, op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: p.channel, Op: op, Path: path, Message: message, Err: cause}
}

// isID keeps what would change the meaning of an address out of it.
func isID(id string) bool {
	if id == "" || len(id) > 128 || id == "." || id == ".." {
		return false
	}
	for _, r := range id {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
		case r == '-', r == '_', r == '.', r == ':', r == '~':
		default:
			return false
		}
	}
	return true
}

// base is what each platform can do. It has the methods that the others would make ambiguous if they had them too.
type base struct{ all *platform }

// Channel implements [marketplace.Adapter].
func (b base) Channel() canonical.Channel { return b.all.channel }

// ListReturns implements [returns.Lister].
func (b base) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	return b.all.returns(ctx, query)
}

// GetReturn implements [returns.Getter].
func (b base) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	return b.all.read(ctx, opGet, id)
}
