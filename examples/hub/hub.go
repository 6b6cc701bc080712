package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
)

// hub is the service: the peers, what is kept, and the worker that runs the flows between them.
type hub struct {
	*peers
	*storage
	log       *slog.Logger
	connector *retailsync.Connector
	worker    *worker.Worker
	flows     []flow
	// said is what the environment says.
	said environment
	// events tells another system what happens; nil if there is none.
	events *cloudevents.Publisher
	// owed says that events are noted which could not be handed in.
	owed atomic.Bool
	// deliver reaches the hub's own receivers, for the demonstration.
	deliver deliverer
}

// database names the Odoo in the worker's bounds.
const database = "odoo"

// atOnce is how many events of all channels together write to Odoo at once.
const atOnce = 6

// taskTime is how long a run of a flow may take: a comparison of some ten thousand levels, or a survey of a week's orders. What a process leaves behind that
// is killed is taken up after a little more than that.
const taskTime = 3 * time.Minute

// newHub composes the service; nothing runs yet.
func newHub(e environment, p *peers, s *storage, log *slog.Logger) (*hub, error) {
	h := &hub{peers: p, storage: s, log: log, said: e}
	var err error
	if h.events, err = openPublisher(e); err != nil {
		return nil, err
	}
	h.connector = retailsync.New(p.erp, p.rules, retailsync.WithStore(s.store), retailsync.WithJournal(h.journal()),
		retailsync.WithLogger(log), retailsync.WithActor("hub"), retailsync.WithTelemetry(p.metrics.Telemetry))
	for _, one := range p.shops {
		flows, err := h.shopFlows(one)
		if err != nil {
			return nil, err
		}
		h.flows = append(h.flows, flows...)
	}
	for _, one := range p.desks {
		h.flows = append(h.flows, h.deskFlows(one)...)
	}
	if p.bank != nil {
		h.flows = append(h.flows, h.bankFlows()...)
	}
	return h, h.compose()
}

// compose makes the worker with the handler of each kind of event.
func (h *hub) compose() error {
	times, err := schedules(h.flows)
	if err != nil {
		return err
	}
	var channels []worker.Channel
	for _, channel := range h.channels() {
		channels = append(channels, worker.Channel{Name: channel.String(), Database: database})
	}
	if h.events != nil {
		channels = append(channels, h.events.Channels()...)
	}
	h.worker, err = worker.New(h.ledger.Ledger(), h.ledger.Engine(), channels,
		worker.WithDatabase(database, atOnce), worker.WithSchedules(times...), worker.WithTaskTime(taskTime), worker.WithLogger(h.log), worker.WithTelemetry(h.metrics.Telemetry))
	if err != nil {
		return err
	}
	// All of these only say that something changed, so one that failed holds up nothing behind it.
	policy := worker.Policy{OnDead: worker.SkipEvent, Timeout: taskTime * 5 / 6}
	handlers := map[string]worker.Handler{
		string(marketplace.NoticeOrder): h.order, string(marketplace.NoticeReturn): h.notedReturn,
		string(marketplace.NoticeRefund): h.refund, string(marketplace.NoticeCharge): h.charge, string(marketplace.NoticePayout): h.payout,
	}
	for _, f := range h.flows {
		handlers[f.name] = recorded(h.state, h.flows)
	}
	for kind, handler := range handlers {
		if err := h.worker.Handle(kind, handler, policy); err != nil {
			return err
		}
	}
	if h.events != nil {
		// A receiver must not see a refund before its return, so what comes behind a dead letter of an order waits.
		return h.worker.Handle(cloudevents.Kind, h.sendEvent, worker.Policy{OnDead: worker.BlockKey})
	}
	return nil
}

// channels are all connected accounts: shops, returns platforms, the payment provider.
func (h *hub) channels() []canonical.Channel {
	var all []canonical.Channel
	for _, one := range h.shops {
		all = append(all, one.Channel())
	}
	for _, one := range h.desks {
		if !slices.Contains(all, one.Channel()) { // else it is a shop's own
			all = append(all, one.Channel())
		}
	}
	if h.bank != nil {
		all = append(all, h.bank.Channel())
	}
	return all
}

func (h *hub) shopOf(channel string) (shop, error) {
	for _, one := range h.shops {
		if one.Channel().String() == channel {
			return one, nil
		}
	}
	return nil, worker.GiveUp(fmt.Errorf("channel %s is no shop of this process", channel))
}

// RunNow hands in one run of a flow, ahead of its schedule. By is who wants it. It returns the number of the event.
func (h *hub) RunNow(ctx context.Context, channel, name, by string) (int64, error) {
	for _, f := range h.flows {
		if f.channel.String() != channel || f.name != name {
			continue
		}
		receipts, err := h.worker.Ingest(ctx, worker.Event{Source: "hub/person", ID: rand.Text(), Channel: channel, Kind: f.name, Key: f.key(), Class: f.class})
		if err != nil {
			return 0, err
		}
		h.log.InfoContext(ctx, "flow asked for", "channel", channel, "flow", name, "by", by)
		return receipts[0].Seq, nil
	}
	return 0, &worker.InvalidError{Field: "flow", Reason: fmt.Sprintf("%q of channel %q is not there", name, channel)}
}

// runPatience is how long a run that somebody waits for may take, with those before it.
const runPatience = 3 * time.Minute

// Run implements [demo.Hub]: it runs a flow and waits until it is done.
func (h *hub) Run(ctx context.Context, channel canonical.Channel, name string) error {
	seq, err := h.RunNow(ctx, channel.String(), name, "demonstration")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, runPatience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := h.worker.Find(ctx, worker.Filter{Seqs: []int64{seq}})
		switch {
		case err != nil:
			return err
		case len(found) == 1 && found[0].State == worker.StateDone:
			return nil
		case len(found) == 1 && found[0].State == worker.StateDead:
			return fmt.Errorf("flow %s of %s: %s", name, channel, found[0].Problem.Text)
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("flow %s of %s is not done", name, channel), ctx.Err())
		case <-tick.C:
		}
	}
}
