package retailsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// outbound brings values of one kind, such as prices, to the items of one channel: it remembers what was sent, sends
// what differs, and owes the next run what it could not send. What the values are, and how the channel is spoken to, is
// for its port to know. I is an item of the channel, V what it shall have.
type outbound[I comparable, V any] struct {
	*Connector
	port      port[I, V]
	channel   canonical.Channel
	kind      string // names the run in the store: price, listing
	cursors   idempotency.CursorStore
	dryRun    bool
	followFor time.Duration
	started   time.Time

	// owed is what earlier runs owe, owes what this one leaves to the next.
	owed, owes map[I]owedItem[I]
	// doubtful says that more is owed than was listed, so that any item may have been sent what is not remembered.
	doubtful bool
	// full says that everything is compared, whatever was sent last.
	full bool
	// pending are values that the channel is working on.
	pending []pendingOffer[I, V]
	// down is why the channel cannot be reached any more; values after it are owed.
	down error
}

// port is one kind of values and the channel that they go to.
type port[I comparable, V any] interface {
	// batch is how many values the channel takes in one call.
	batch() int
	// name tells items apart, in the store and in the journal.
	name(item I) string
	// digest is what is remembered of a value that was sent; equal values have equal digests.
	digest(value V) string
	// same says whether the channel shows what is wanted, drifted whether it shows what is neither wanted nor was sent last.
	// Both are asked of offers with what is shown.
	same(offer outboundOffer[I, V]) bool
	drifted(offer outboundOffer[I, V]) bool
	// look reads what the channel shows, by item; nil if it cannot be read. An item without a reading was not looked at.
	look(ctx context.Context, items []I) (map[I]shownValue[V], error)
	// send brings offers to the channel, with one answer each. The error is for a call of which nothing is known.
	send(ctx context.Context, offers []outboundOffer[I, V]) ([]outboundAnswer, error)
	// follow asks after tickets; nil if the channel has none.
	follow(ctx context.Context, tickets []string) ([]outboundAnswer, error)
	// event says what was published.
	event(offer outboundOffer[I, V]) (canonical.EventType, string)
	// decided reports what became of an offer.
	decided(offer outboundOffer[I, V], outcome PublishOutcome, err error)
}

// shownValue is what the channel shows of an item, or why that cannot be said.
type shownValue[V any] struct {
	value V
	err   error
}

// outboundOffer is a value with what is known of the channel.
type outboundOffer[I comparable, V any] struct {
	item    I
	product int64
	wanted  V
	// remembered is the digest of what was sent last, empty if nothing is known; mark tells the changes after it from earlier ones
	// between the same two values.
	remembered, mark string
	// forms are digests of what the channel showed for what was sent, where it has a form of its own for it.
	forms string
	// shown is what the channel shows, nil if nobody looked.
	shown   *V
	drifted bool
}

// outboundAnswer is what became of an offer at the channel.
type outboundAnswer struct {
	outcome outboundOutcome
	ticket  string
	err     error
	// forms are as in outboundOffer.
	forms string
}

type outboundOutcome int

const (
	outboundRejected outboundOutcome = iota
	outboundAccepted
	outboundPending
)

type pendingOffer[I comparable, V any] struct {
	outboundOffer[I, V]
	ticket string
}

func (r *outbound[I, V]) scope() string { return r.Connector.scope(r.kind, r.channel) }

// run does work alone, or beside others where nothing is written.
func (r *outbound[I, V]) run(ctx context.Context, work func(context.Context) error) error {
	cursors, err := r.Connector.cursors()
	if err != nil {
		return err
	}
	r.cursors, r.owes = cursors, map[I]owedItem[I]{}
	if r.followFor <= 0 {
		r.followFor = 30 * time.Second
	}
	if r.dryRun {
		return work(ctx)
	}
	return r.alone(ctx, idempotency.Key{Scope: r.scope(), ID: "run"}, work)
}

// cycle works on what changed since the last one. Changes names it and says where to go on; compare works on what it named,
// or on everything.
func (r *outbound[I, V]) cycle(ctx context.Context, changes func(ctx context.Context, cursor string) (next string, err error), compare func(ctx context.Context, everything bool) error) error {
	name := r.scope()
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", name, err)
	}
	var everything bool
	if r.owed, everything, err = r.loadOwed(ctx); err != nil {
		return err
	}
	if everything {
		text = "" // begin again: the comparison covers what the cursor would have said
	}
	next, err := changes(ctx, text)
	if err != nil {
		return err
	}
	return r.end(ctx, compare(ctx, text == ""), func(ctx context.Context) error {
		if err := r.cursors.PutCursor(ctx, name, next); err != nil {
			return fmt.Errorf("store cursor %s: %w", name, err)
		}
		return nil
	})
}

// reconcile compares everything.
func (r *outbound[I, V]) reconcile(ctx context.Context, compare func(ctx context.Context, everything bool) error) error {
	var err error
	if r.owed, _, err = r.loadOwed(ctx); err != nil {
		return err
	}
	return r.end(ctx, compare(ctx, true), func(context.Context) error { return nil })
}

// end stores what is owed first and the position after it: a crash in between repeats, and loses nothing. A run that
// was cut short by anything but its channel leaves both as they were.
func (r *outbound[I, V]) end(ctx context.Context, err error, move func(context.Context) error) error {
	if r.dryRun || err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := r.saveOwed(ctx); err != nil {
		return err
	}
	if err := move(ctx); err != nil {
		return err
	}
	return r.down
}

// rejected reports an offer that the channel refused. One that may work later is tried again by the next run.
func (r *outbound[I, V]) rejected(o outboundOffer[I, V], err error) {
	var failure *marketplace.Error
	switch {
	case errors.As(err, &failure) && failure.Code == marketplace.CodeNotFound && failure.Path == "sku":
		r.port.decided(o, OutUnlisted, nil)
	case marketplace.Retryable(err) || marketplace.CodeOf(err) == marketplace.CodeUnknown:
		r.fail(o, err, marketplace.CodeOf(err) == marketplace.CodeUnknown)
	default:
		r.port.decided(o, OutFailed, err)
	}
}

// fail reports an offer that could not be published and leaves it to the next run.
func (r *outbound[I, V]) fail(o outboundOffer[I, V], err error, unsure bool) {
	r.port.decided(o, OutFailed, err)
	r.owe(o, unsure)
}

// failAll fails a batch for an error of the whole call; unsure says that it was one that sends. The error that is returned
// ends the run.
func (r *outbound[I, V]) failAll(ctx context.Context, offers []outboundOffer[I, V], err error, unsure bool) error {
	if fatal(err) {
		r.down = err
	}
	for _, o := range offers {
		r.fail(o, err, unsure)
	}
	return ctx.Err()
}
