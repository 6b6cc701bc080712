package retailsync

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// settle brings the channel to the offers, batch by batch. Listed is what the channel shows, nil if it was not listed.
func (r *outbound[I, V]) settle(ctx context.Context, offers []outboundOffer[I, V], listed map[I]shownValue[V]) error {
	size := max(1, r.port.batch())
	// What is to be sent is gathered into whole batches: a cycle in which little of much has changed makes few calls.
	var open []outboundOffer[I, V]
	for part := range slices.Chunk(offers, max(size, lookAhead)) {
		if r.down != nil {
			for _, o := range part {
				r.fail(o, r.down, false)
			}
			continue
		}
		weighed, err := r.weigh(ctx, part, listed, size)
		if err != nil {
			return err
		}
		open = append(open, weighed...)
		for len(open) >= size {
			if err := r.publish(ctx, open[:size]); err != nil {
				return err
			}
			open = open[size:]
		}
	}
	for part := range slices.Chunk(open, size) {
		if err := r.publish(ctx, part); err != nil {
			return err
		}
	}
	return r.follow(ctx)
}

// lookAhead is how many offers are joined at once with what is remembered of them.
const lookAhead = 500

// weigh decides which offers are to be sent: those that the channel does not show, as far as is known.
func (r *outbound[I, V]) weigh(ctx context.Context, offers []outboundOffer[I, V], listed map[I]shownValue[V], size int) ([]outboundOffer[I, V], error) {
	if err := r.recall(ctx, offers); err != nil {
		return nil, err
	}
	if !r.full {
		offers = slices.DeleteFunc(offers, func(o outboundOffer[I, V]) bool {
			_, due := r.owed[o.item]
			same := o.remembered == r.port.digest(o.wanted) && !due
			if same {
				r.port.decided(o, OutUnchanged, nil)
			}
			return same
		})
	}
	offers = r.underWay(offers)
	var open, known, set []outboundOffer[I, V]
	for part := range slices.Chunk(offers, size) {
		readings := listed
		if readings == nil {
			if r.down != nil {
				_ = r.failAll(ctx, part, r.down, false)
				continue
			}
			items := make([]I, len(part))
			for i, o := range part {
				items[i] = o.item
			}
			var err error
			if readings, err = r.port.look(ctx, items); err != nil {
				if err := r.failAll(ctx, part, err, false); err != nil {
					return nil, err
				}
				continue
			}
		}
		for _, o := range part {
			reading, ok := readings[o.item]
			switch {
			case !ok, marketplace.CodeOf(reading.err) == marketplace.CodeNotFound:
				open = append(open, o) // nobody looked, or publishing says what is missing
				continue
			case reading.err != nil:
				r.fail(o, reading.err, false)
				continue
			}
			o.shown = &reading.value
			same := r.port.same(o)
			o.drifted = !same && o.remembered != "" && !r.unsure(o.item) && r.port.drifted(o)
			switch {
			case !same:
				open = append(open, o)
			case r.unsure(o.item) && o.remembered != "" && o.remembered != r.port.digest(o.wanted) && !r.dryRun:
				set = append(set, o) // by the run whose end nobody knows
			default:
				r.port.decided(o, OutUnchanged, nil)
				known = append(known, o)
			}
		}
	}
	if r.dryRun {
		return open, nil
	}
	if err := r.published(ctx, set); err != nil {
		return nil, err
	}
	return open, r.remember(ctx, known, false)
}

// underWay leaves out the offers that the channel works on since an earlier run: they are asked after, not sent again.
func (r *outbound[I, V]) underWay(offers []outboundOffer[I, V]) []outboundOffer[I, V] {
	return slices.DeleteFunc(offers, func(o outboundOffer[I, V]) bool {
		before := r.owed[o.item]
		works := before.Ticket != "" && before.Digest == r.port.digest(o.wanted)
		if works {
			r.pending = append(r.pending, pendingOffer[I, V]{outboundOffer: o, ticket: before.Ticket})
		}
		return works
	})
}

// publish sends one batch.
func (r *outbound[I, V]) publish(ctx context.Context, offers []outboundOffer[I, V]) error {
	if r.down != nil {
		return r.failAll(ctx, offers, r.down, false)
	}
	if r.dryRun {
		for _, o := range offers {
			r.port.decided(o, OutPublished, nil)
		}
		return nil
	}
	if err := r.promise(ctx, offers); err != nil {
		return err
	}
	answers, err := r.port.send(ctx, offers)
	if marketplace.CodeOf(err) == marketplace.CodeUnknown {
		answers, err = r.port.send(ctx, offers) // values are absolute: what may have been set is set again
	}
	if err == nil && len(answers) != len(offers) {
		err = fmt.Errorf("the adapter answered %d values with %d results", len(offers), len(answers))
	}
	if err != nil {
		return r.failAll(ctx, offers, err, true)
	}
	var done []outboundOffer[I, V]
	for i, answer := range answers {
		switch o := offers[i]; answer.outcome {
		case outboundAccepted:
			o.forms = answer.forms
			done = append(done, o)
		case outboundPending:
			r.pending = append(r.pending, pendingOffer[I, V]{outboundOffer: o, ticket: answer.ticket})
		default:
			r.rejected(o, answer.err)
		}
	}
	return r.published(ctx, done)
}

// published reports what the channel has now, and remembers it. The journal comes first: what is remembered is not looked at
// again.
func (r *outbound[I, V]) published(ctx context.Context, offers []outboundOffer[I, V]) error {
	if len(offers) == 0 {
		return nil
	}
	events := make([]canonical.Event, len(offers))
	for i, o := range offers {
		r.port.decided(o, OutPublished, nil)
		kind, summary := r.port.event(o)
		name := r.port.name(o.item)
		events[i] = canonical.Event{
			ID:   fmt.Sprintf("%s/%s/%s/%d", kind, r.channel, name, r.started.UnixMicro()),
			Type: kind, At: time.Now().UTC(), Subject: canonical.Key{Channel: r.channel, ID: name},
			Record: fmt.Sprintf("product.product,%d", o.product), Summary: summary,
		}
	}
	if err := r.journal.Append(ctx, events...); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return r.remember(ctx, offers, true)
}

// follow asks after what the channel is still working on, and owes what takes too long.
func (r *outbound[I, V]) follow(ctx context.Context) error {
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(r.followFor))
	for len(r.pending) > 0 && r.down == nil && !r.dryRun {
		tickets := make([]string, len(r.pending))
		for i, p := range r.pending {
			tickets[i] = p.ticket
		}
		answers, err := r.port.follow(ctx, tickets)
		if err == nil && len(answers) != len(tickets) {
			for i := range r.pending {
				r.pending[i].ticket = "" // the adapter cannot follow it: it is sent again
			}
		}
		if err != nil || len(answers) != len(tickets) {
			break
		}
		var still []pendingOffer[I, V]
		var done []outboundOffer[I, V]
		for i, answer := range answers {
			switch p := r.pending[i]; {
			case answer.outcome == outboundAccepted:
				done = append(done, p.outboundOffer)
			case answer.outcome == outboundPending:
				still = append(still, p)
			case lostTicket(answer.err):
				r.port.decided(p.outboundOffer, OutWaiting, nil)
				r.owe(p.outboundOffer, true)
			default:
				r.rejected(p.outboundOffer, answer.err)
			}
		}
		r.pending = still
		if err := r.published(ctx, done); err != nil {
			return err
		}
		pause := wait.NextBackOff()
		if pause == backoff.Stop || len(still) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	for _, p := range r.pending {
		r.port.decided(p.outboundOffer, OutWaiting, nil)
		r.owes[p.item] = owedItem[I]{Product: p.product, Item: p.item, Unsure: true, Ticket: p.ticket, Digest: r.port.digest(p.wanted)}
	}
	r.pending = nil
	return nil
}

// key identifies a change, equal for repeats of it and of no other change between the same two values.
func (r *outbound[I, V]) key(o outboundOffer[I, V]) string {
	before := o.remembered
	if o.shown != nil {
		before = r.port.digest(*o.shown)
	}
	return idempotency.Key{Scope: r.scope(), ID: fmt.Sprintf("%s|%s|%s>%s", r.port.name(o.item), o.mark, before, r.port.digest(o.wanted))}.ProviderKey()
}

// memoryKey names an item in the store, by a hash where the name is longer than stores take.
func (r *outbound[I, V]) memoryKey(item I) idempotency.Key {
	key := idempotency.Key{Scope: r.scope(), ID: r.port.name(item)}
	if len(key.ID) > idempotency.MaxID {
		key.ID = key.ProviderKey()
	}
	return key
}

// recall joins offers with what was sent last.
func (r *outbound[I, V]) recall(ctx context.Context, offers []outboundOffer[I, V]) error {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(offers) == 0 {
		return nil
	}
	keys := make([]idempotency.Key, len(offers))
	for i, o := range offers {
		keys[i] = r.memoryKey(o.item)
	}
	revisions, err := memory.Revisions(ctx, keys)
	if err != nil {
		return fmt.Errorf("read what was published: %w", err)
	}
	for i, key := range keys {
		parts := append(strings.SplitN(revisions[key].Digest, "#", 3), "", "")
		offers[i].remembered, offers[i].mark, offers[i].forms = parts[0], parts[1], parts[2]
	}
	return nil
}

// longestDigest is what stores take.
const longestDigest = 255

// remember stores what the channel has now, of what was not sent only where it is news.
func (r *outbound[I, V]) remember(ctx context.Context, offers []outboundOffer[I, V], sent bool) error {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(offers) == 0 {
		return nil
	}
	var revisions []idempotency.KeyedRevision
	mark := "#" + strconv.FormatInt(r.started.UnixMicro(), 36)
	for _, o := range offers {
		digest := r.port.digest(o.wanted)
		if !sent && digest == o.remembered {
			continue
		}
		text := digest + mark
		if with := text + "#" + o.forms; sent && o.forms != "" && len(with) <= longestDigest {
			text = with
		}
		revisions = append(revisions, idempotency.KeyedRevision{Key: r.memoryKey(o.item), Revision: idempotency.Revision{Digest: text}})
	}
	if len(revisions) == 0 {
		return nil
	}
	if _, err := memory.PutRevisions(ctx, revisions); err != nil {
		return fmt.Errorf("remember what was published: %w", err)
	}
	return nil
}
