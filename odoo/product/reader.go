package product

import (
	"context"
	"slices"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Reader reads prices and changes of the products of one Odoo database. It is safe for concurrent use.
type Reader struct {
	client  *odoo.Client
	page    int
	overlap time.Duration
	clock   func() time.Time
}

// Option changes a [Reader].
type Option func(*Reader)

// WithPage sets how many products are priced in one call; 300 by default. Odoo takes a millisecond or two for
// each, and one of its workers is held meanwhile.
func WithPage(products int) Option { return func(r *Reader) { r.page = products } }

// WithOverlap sets how far [Reader.Changes] looks behind what it has seen; 5 minutes by default. It must be longer
// than the longest transaction of the database that writes products or prices.
func WithOverlap(d time.Duration) Option { return func(r *Reader) { r.overlap = d } }

// WithClock sets what tells the time; time.Now by default. Prices are those of its moment, so it must agree with
// the clock of Odoo's host.
func WithClock(now func() time.Time) Option { return func(r *Reader) { r.clock = now } }

// NewReader returns a reader. It makes no call.
func NewReader(client *odoo.Client, options ...Option) *Reader {
	r := &Reader{client: client, clock: time.Now}
	for _, option := range options {
		option(r)
	}
	if r.page <= 0 {
		r.page = 300
	}
	if r.overlap <= 0 {
		r.overlap = 5 * time.Minute
	}
	return r
}

// now is the moment to the second, as Odoo keeps times.
func (r *Reader) now() time.Time { return r.clock().UTC().Truncate(time.Second) }

// Article is a product as far as selling it goes.
type Article struct {
	ID  int64  `odoo:"id"`
	SKU string `odoo:"default_code"`
	// Taxes are the sale taxes (account.tax) of all companies.
	Taxes []int64 `odoo:"taxes_id"`
	// UoM is its own unit of measure.
	UoM odoo.Many2One `odoo:"uom_id"`
}

// OdooModel names the model.
func (Article) OdooModel() string { return "product.product" }

// Articles returns the products that are sold: active, with sale_ok, of the company (0: of any) or of none, ordered by
// id. IDs narrow them down; nil means all. It only reads.
func (r *Reader) Articles(ctx context.Context, company int64, ids []int64) ([]Article, error) {
	domain := sold(company)
	if ids == nil {
		return odoo.Find[Article](ctx, r.client, domain, odoo.PageSize(5000))
	}
	var all []Article
	for part := range slices.Chunk(ids, 5000) {
		found, err := odoo.Find[Article](ctx, r.client, odoo.And(odoo.In("id", part), domain), odoo.PageSize(5000))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Named returns the products that are sold, as of Articles, and have one of the SKUs. It only reads.
func (r *Reader) Named(ctx context.Context, company int64, skus []string) ([]Article, error) {
	return odoo.Find[Article](ctx, r.client, odoo.And(sold(company), odoo.In("default_code", skus)), odoo.PageSize(5000))
}

// sold selects the products that a company sells.
func sold(company int64) odoo.Domain {
	return odoo.And(odoo.Eq("active", true), odoo.Eq("sale_ok", true), ofCompany(company))
}

func ofCompany(company int64) odoo.Domain {
	if company == 0 {
		return odoo.And()
	}
	return odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", company))
}

// search returns the ids of the products that fit, archived ones too.
func (r *Reader) search(ctx context.Context, domain odoo.Domain) ([]int64, error) {
	return odoo.Invoke[[]int64](ctx, r.client, odoo.Call{
		Model: "product.product", Method: "search", Args: odoo.Args{"domain": domain}, Context: odoo.Context{"active_test": false},
	})
}
