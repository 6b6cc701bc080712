package stock

import (
	"sync"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Reader reads the stock of one Odoo database. It remembers units, warehouses, locations and which products are kits,
// all of which hardly ever change, so make one per client and keep it: a read of all products reads them anew. Of products
// it remembers SKU and unit, about 150 bytes each, for [Reader.Follow]. It is safe for concurrent use.
type Reader struct {
	client      *odoo.Client
	page        int
	overlap     time.Duration
	longOverlap time.Duration
	briefly     time.Duration
	clock       func() time.Time

	mu         sync.Mutex // guards what is remembered
	units      map[int64]Unit
	sizes      map[int64]unitSize
	warehouses map[int64]Warehouse
	paths      map[int64]string // location -> its parent_path, such as "1/7/8/"
	locations  []locationRow
	kitsAbsent bool // the app Manufacturing is not installed
	kits       *kits
	products   map[int64]map[int64]productRow // by the company of the query and id
	looked     time.Time                      // when it was looked up last which of them were written, by Odoo's clock
}

// Option changes a [Reader].
type Option func(*Reader)

// WithPage sets how many products [Reader.Availability] reads at a time; 2,500 by default. It bounds the memory.
func WithPage(products int) Option { return func(r *Reader) { r.page = products } }

// WithOverlap sets how far [Reader.Changes] and [Reader.ChangedDeliveries] look behind what they have seen; 5 minutes by
// default. It must be longer than the longest transaction of the database that moves stock: a change that is committed later
// than that can stay unseen until the next full read.
func WithOverlap(d time.Duration) Option { return func(r *Reader) { r.overlap = d } }

// WithLongOverlap sets how far [Reader.ChangedDeliveries] looks behind what it has seen once an hour; a day by default.
// No transaction that delivers lasts longer than that.
func WithLongOverlap(d time.Duration) Option { return func(r *Reader) { r.longOverlap = d } }

// NewReader returns a reader. It makes no call.
func NewReader(client *odoo.Client, options ...Option) *Reader {
	r := &Reader{client: client, clock: time.Now, longOverlap: 24 * time.Hour, briefly: thoroughAge, units: map[int64]Unit{}}
	for _, option := range options {
		option(r)
	}
	if r.page <= 0 {
		r.page = 2500
	}
	if r.overlap <= 0 {
		r.overlap = 5 * time.Minute
	}
	r.longOverlap = max(r.longOverlap, r.overlap)
	r.briefly = min(r.briefly, r.overlap/4)
	return r
}
