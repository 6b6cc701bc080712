package retailsync

import (
	"context"

	"github.com/retailsync/retailsync/canonical"
)

// WithActor names the service in the journal ([canonical.Event.Actor]), such as "retailsync@warehouse-1".
func WithActor(name string) Option { return func(c *Connector) { c.actor = name } }

type actorKey struct{}

// ActingFor has what is done with the context stand in the journal as done by somebody else than the service, such as the person who
// answers a question: name them by an id, not by name.
func ActingFor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// signedJournal writes into each event who acted.
type signedJournal struct {
	Journal
	actor string
}

// Append implements [Journal].
func (j signedJournal) Append(ctx context.Context, events ...canonical.Event) error {
	actor, ok := ctx.Value(actorKey{}).(string)
	if !ok {
		actor = j.actor
	}
	signed := make([]canonical.Event, len(events))
	for i, event := range events {
		if event.Actor == "" {
			event.Actor = actor
		}
		signed[i] = event
	}
	return j.Journal.Append(ctx, signed...)
}
