package cloudevents

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
)

// Subscription is what one receiver wants to be told.
type Subscription struct {
	// Name names it in the worker, as "cloudevents/NAME": lower-case letters, digits, "-" and "_", at most 63. What waits under a name is
	// delivered to whatever subscription has the name then.
	Name string
	// URL is the receiver's: https, or http on this machine. It holds no user and password. Path and query are in no
	// error and no log, since they may be a secret.
	URL string
	// Events are the types that it wants: "order.created", "return.*" or "*". Empty means all. A pattern that fits no type is refused.
	Events []string
	// Channels are those whose events it wants: "woocommerce/main", or "woocommerce/*" for all accounts. Empty means all. What belongs to an
	// order of a channel is of that channel too, such as a return on a platform of its own.
	Channels []string
	// Summary adds the journal's one line for a person to [Data].
	Summary bool
	// Keys are what the requests are signed with. They are asked for at each try, so keys may change while the worker runs.
	Keys Keys
	// Transport replaces the connections of the subscription, such as for a receiver with a certificate of its own or one that asks for
	// one. It must not follow redirects.
	Transport http.RoundTripper
}

// Keys returns the keys of a subscription: one, or the new and the old one for as long as the receiver may have either. An error is waited for.
type Keys func(ctx context.Context) ([]Key, error)

// FixedKeys returns keys that do not change.
func FixedKeys(keys ...Key) Keys {
	return func(context.Context) ([]Key, error) { return keys, nil }
}

// channel names the subscription's channel of the worker.
func (s Subscription) channel() string { return channelPrefix + s.Name }

const channelPrefix = "cloudevents/"

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// subscription is one that was checked.
type subscription struct {
	Subscription
	types, channels []pattern
	client          *http.Client
}

// wants says whether the subscription wants an event.
func (s *subscription) wants(event canonical.Event) bool {
	return anyFits(s.types, string(event.Type)) &&
		(anyFits(s.channels, event.Subject.Channel.String()) || event.Order.ID != "" && anyFits(s.channels, event.Order.Channel.String()))
}

func checked(s Subscription, c config) (*subscription, error) {
	if !plainName.MatchString(s.Name) {
		return nil, &worker.InvalidError{Field: "subscription name", Reason: "must be 1 to 63 of a-z, 0-9, - and _, and begin with none of the last two"}
	}
	refuse := func(field, reason string) error {
		return &worker.InvalidError{Field: "subscription " + s.Name + ": " + field, Reason: reason}
	}
	if problem := addressProblem(s.URL); problem != "" {
		return nil, refuse("address", problem)
	}
	if s.Keys == nil {
		return nil, refuse("keys", "are missing: whoever knows the address could send what you did not")
	}
	known := &subscription{Subscription: s}
	for _, text := range s.Events {
		p, err := parsePattern(text, '.')
		if err != nil {
			return nil, refuse("events", err.Error())
		}
		if !p.fitsAny(types) {
			return nil, refuse("events", "hold a pattern that fits no type of event: "+text)
		}
		known.types = append(known.types, p)
	}
	for _, text := range s.Channels {
		p, err := parsePattern(text, '/')
		if err != nil {
			return nil, refuse("channels", err.Error())
		}
		known.channels = append(known.channels, p)
	}
	known.client = newClient(s.Transport, c.timeout)
	return known, nil
}

// addressProblem says what is wrong with a receiver's address, without showing it: its path or query may be a secret.
func addressProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return "is none: give one such as https://helpdesk.example.com/hooks/retail"
	case u.User != nil:
		return "holds a user or password: the signature says who sends, nothing else is needed"
	case u.Fragment != "":
		return "has a fragment, which is never sent"
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "must be https; http only on this machine"
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
