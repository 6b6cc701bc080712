package cloudevents

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
)

// Kind is that of the worker's events that [Publisher.Deliver] handles.
const Kind = "cloudevent"

// Publisher knows the subscriptions. It is safe for concurrent use.
type Publisher struct {
	config
	subscriptions []*subscription
	byChannel     map[string]*subscription
}

type config struct {
	source  string
	timeout time.Duration
	now     func() time.Time
}

// Option changes a [Publisher].
type Option func(*config)

// WithSource sets what the source of each message begins with, a URI reference such as "https://hub.example.com/production";
// "/retailsync" by default. The channel follows it. Give each environment its own, so that a receiver can tell them apart.
func WithSource(source string) Option { return func(c *config) { c.source = source } }

// WithTimeout bounds one request; 15 s by default. The policy of the worker bounds it, too.
func WithTimeout(timeout time.Duration) Option { return func(c *config) { c.timeout = timeout } }

// New checks the subscriptions; errors are [*worker.InvalidError]. Nothing is sent or written.
func New(subscriptions []Subscription, options ...Option) (*Publisher, error) {
	p := &Publisher{config: config{source: "/retailsync", timeout: 15 * time.Second, now: time.Now}, byChannel: map[string]*subscription{}}
	for _, option := range options {
		option(&p.config)
	}
	if _, err := url.Parse(p.source); err != nil || p.source == "" {
		return nil, &worker.InvalidError{Field: "source", Reason: "must be a URI reference such as https://hub.example.com/production"}
	}
	if p.timeout <= 0 {
		return nil, &worker.InvalidError{Field: "timeout", Reason: "must be more than nothing"}
	}
	for _, each := range subscriptions {
		s, err := checked(each, p.config)
		if err != nil {
			return nil, err
		}
		if p.byChannel[s.channel()] != nil {
			return nil, &worker.InvalidError{Field: "subscription " + s.Name, Reason: "is there twice"}
		}
		p.byChannel[s.channel()] = s
		p.subscriptions = append(p.subscriptions, s)
	}
	return p, nil
}

// Channels are the channels that the worker must have, one for each subscription.
func (p *Publisher) Channels() []worker.Channel {
	channels := make([]worker.Channel, len(p.subscriptions))
	for i, s := range p.subscriptions {
		channels[i] = worker.Channel{Name: s.channel()}
	}
	return channels
}

// Inbox is the part of a [worker.Worker] that is needed here.
type Inbox interface {
	Ingest(ctx context.Context, events ...worker.Event) ([]worker.Receipt, error)
}

// Journal returns a journal for a connector that hands on each event to next, if there is one, and then to the subscriptions that want it.
func (p *Publisher) Journal(inbox Inbox, next retailsync.Journal) *Journal {
	return &Journal{publisher: p, inbox: inbox, next: next}
}

// Journal is a [retailsync.Journal] that publishes. It is safe for concurrent use as far as the next one is.
type Journal struct {
	publisher *Publisher
	inbox     Inbox
	next      retailsync.Journal
}

// Append implements [retailsync.Journal]. The next journal's failure keeps nothing from being published, nor the other way round: the effect
// has happened. When it returns nil the deliveries are in the ledger for good.
func (j *Journal) Append(ctx context.Context, events ...canonical.Event) error {
	var failed error
	if j.next != nil {
		failed = j.next.Append(ctx, events...)
	}
	return errors.Join(failed, j.Publish(ctx, events...))
}

// OrderEvents implements [retailsync.History] over the next journal, which must be one.
func (j *Journal) OrderEvents(ctx context.Context, order canonical.Key) ([]canonical.Event, error) {
	history, ok := j.next.(retailsync.History)
	if !ok {
		return nil, errors.New("cloudevents: the journal behind this one cannot be read: give Publisher.Journal one that implements retailsync.History")
	}
	return history.OrderEvents(ctx, order)
}

var _ retailsync.History = (*Journal)(nil)

// Publish hands events to the subscriptions that want them, and not to the next journal. What was published before is not sent again, for as
// long as the ledger keeps it, so hand in the end of a durable journal when a process starts that may have died between the journal and the
// ledger. Events without a subject concern no channel and are passed over. Of events that cannot be sent the error is a
// [*worker.InvalidError]; the others are published all the same.
func (j *Journal) Publish(ctx context.Context, events ...canonical.Event) error {
	var work []worker.Event
	var failed []error
	for _, e := range events {
		if e.Subject.ID == "" {
			continue
		}
		for _, s := range j.publisher.subscriptions {
			if !s.wants(e) {
				continue
			}
			each, err := workOf(s, e, j.publisher.source)
			if err != nil {
				failed = append(failed, err)
				break // it is the same for all
			}
			work = append(work, each)
		}
	}
	for part := range slices.Chunk(work, worker.MaxPage) {
		if _, err := j.inbox.Ingest(ctx, part...); err != nil {
			failed = append(failed, err)
			break // what follows may belong behind it
		}
	}
	return errors.Join(failed...)
}
