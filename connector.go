package retailsync

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/stock"
)

// Connector runs the flows between channels and one Odoo database. It is safe for concurrent use.
type Connector struct {
	erp     *odoo.Client
	rules   *mapping.Rules
	store   idempotency.Store
	journal Journal
	history History // the journal, if it can be read
	actor   string
	log     *slog.Logger
	told    *observe.Telemetry

	batchSize, workers int
	lease              time.Duration
	retention          time.Duration
	environment        string
	acknowledge        bool

	goods    *stock.Reader
	articles *product.Reader
	planners perChannel[*planner]
	outlets  perChannel[*outlet]
	// clearings are where the settlements of providers are booked.
	clearings perChannel[*clearing]
	// ruled are the rules of each channel with the defaults joined in, which every run looks at.
	ruled perChannel[mapping.Channel]
	// apart are the locations that the rules of returns name.
	apart perChannel[map[mapping.Ref]int64]
}

// planner is a channel's rules, resolved against the database, with the catalog of its company.
type planner struct {
	*mapping.Planner
	catalog *catalog
}

// Option configures a [Connector].
type Option func(*Connector)

// WithStore sets the store that remembers what was done, so that unchanged orders cost nothing and two
// processes do not work on one order at the same time. Without it a bounded in-memory store is used.
// Exactly-once in Odoo does not depend on it.
func WithStore(store idempotency.Store) Option { return func(c *Connector) { c.store = store } }

// WithJournal sets the journal that every effect is appended to.
func WithJournal(journal Journal) Option { return func(c *Connector) { c.journal = journal } }

// WithLogger sets the logger; the default logs nothing. Logs hold no personal data and no secrets.
func WithLogger(log *slog.Logger) Option { return func(c *Connector) { c.log = log } }

// WithBatchSize sets how many orders go into one call to Odoo; the default is 50. Larger batches cost
// Odoo less per order and hold its worker longer.
func WithBatchSize(orders int) Option { return func(c *Connector) { c.batchSize = orders } }

// WithWorkers sets how many batches are worked on at once; the default is 2. Twice as many as Odoo has workers keep
// those busy while replies travel; more gain nothing.
func WithWorkers(workers int) Option { return func(c *Connector) { c.workers = workers } }

// WithLease sets how long a claim on an order holds without being renewed; the default is 30 seconds. Claims are
// renewed while their batch works, so only an owner that died lets one run out; until then other processes wait.
func WithLease(lease time.Duration) Option { return func(c *Connector) { c.lease = lease } }

// WithEnvironment keeps the store's keys of several environments (production, staging) apart.
func WithEnvironment(name string) Option { return func(c *Connector) { c.environment = name } }

// WithoutAcknowledgement leaves out telling the channel that an order was taken over.
func WithoutAcknowledgement() Option { return func(c *Connector) { c.acknowledge = false } }

// memoryRecords bounds the store of a connector that was given none.
const memoryRecords = 20_000

// New composes a connector. The rules are read when a channel is first used, so a mistake in the rules of
// one channel does not hold up another.
func New(erp *odoo.Client, rules *mapping.Rules, options ...Option) *Connector {
	c := &Connector{
		erp: erp, rules: rules,
		journal: discardJournal{}, log: slog.New(slog.DiscardHandler),
		batchSize: 50, workers: 2, lease: 30 * time.Second, retention: 400 * 24 * time.Hour,
		acknowledge: true,
		goods:       stock.NewReader(erp),
		articles:    product.NewReader(erp),
	}
	for _, option := range options {
		option(c)
	}
	if c.store == nil {
		c.store = idempotency.NewMemory(idempotency.WithMaxRecords(memoryRecords))
	}
	c.history, _ = c.journal.(History)
	c.journal = signedJournal{c.journal, c.actor}
	c.batchSize, c.workers = max(1, c.batchSize), max(1, c.workers)
	c.lease = max(100*time.Millisecond, c.lease)
	return c
}

// scope keeps the keys of environments and channels apart.
func (c *Connector) scope(kind string, channel canonical.Channel) string {
	scope := kind + "/" + channel.String()
	if c.environment != "" {
		scope = c.environment + "/" + scope
	}
	return scope
}

// cursors is the store as one that keeps positions.
func (c *Connector) cursors() (idempotency.CursorStore, error) {
	cursors, ok := c.store.(idempotency.CursorStore)
	if !ok {
		return nil, fmt.Errorf("retailsync: the store (%T) keeps no cursors: use one that implements idempotency.CursorStore", c.store)
	}
	return cursors, nil
}

// planner returns the resolved rules of a channel, reading the database's directory when it is not known or old.
func (c *Connector) planner(ctx context.Context, channel canonical.Channel) (*planner, error) {
	return c.planners.get(channel, func() (*planner, error) {
		rules, err := c.rules.For(channel)
		if err != nil {
			return nil, err
		}
		directory, err := readDirectory(ctx, c.erp, &rules)
		if err != nil {
			return nil, err
		}
		resolved, err := mapping.NewPlanner(rules, directory)
		if err != nil {
			return nil, err
		}
		return &planner{Planner: resolved, catalog: newCatalog(c.erp, directory.CompanyID)}, nil
	})
}

// discardJournal is the journal of a connector that has none.
type discardJournal struct{}

func (discardJournal) Append(context.Context, ...canonical.Event) error { return nil }
