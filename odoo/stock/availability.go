package stock

import (
	"context"
	"iter"
	"slices"

	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/odoo"
)

// Query says which stock to read.
type Query struct {
	// Products are ids of product variants; nil for all that are active and tracked.
	Products []int64
	// Warehouses are told apart, each with all its locations. Without Warehouses and Locations it is every active
	// warehouse of the company.
	Warehouses []int64
	// Locations are told apart instead of warehouses, each with those below it.
	Locations []int64
	// Company leaves out the products of other companies; 0 takes all that the user may see.
	Company int64
	// Forecast also reads what comes in and goes out by moves that are not done yet. It costs a multiple.
	Forecast bool
}

// Availability is the stock of one product.
type Availability struct {
	ProductID int64
	// SKU is the product's default_code, empty if it has none. Odoo does not keep it unique.
	SKU string
	// Unit is the product's own unit of measure; all quantities are in it.
	Unit Unit
	// Kit says that Odoo computes the quantities from the components (app Manufacturing).
	Kit bool
	// Stock is in the order of the query's warehouses or locations; by id where it names none.
	Stock []Stock
}

// Stock is how much there is in one place, rounded as Odoo rounds. It can be negative.
type Stock struct {
	// WarehouseID or LocationID is the place, the other is 0.
	WarehouseID, LocationID int64
	// Free is Odoo's free_qty: on hand and not reserved.
	Free decimal.Decimal
	// OnHand is Odoo's qty_available.
	OnHand decimal.Decimal
	// Incoming and Outgoing are Odoo's incoming_qty and outgoing_qty; zero unless [Query.Forecast] is set.
	Incoming, Outgoing decimal.Decimal
}

// Availability streams the stock of the products by ascending id, page by page, in bounded memory. Products that
// nothing was ever in stock of come with zeros. Left out are products that Odoo keeps no stock of (services,
// consumables, what is not there or belongs to another company): to a channel they are not "zero". Archived
// products come only if they are named.
//
// Quantities are those of one moment per page. The first error ends the stream; where the app Inventory is not
// installed it is of [odoo.CodeUnknownModel]. It only reads, and needs no more rights than an employee has.
func (r *Reader) Availability(ctx context.Context, q Query) iter.Seq2[Availability, error] {
	return func(yield func(Availability, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		s, err := r.newSurvey(ctx, q)
		if err != nil {
			yield(Availability{}, err)
			return
		}
		// The products of the next page are read beside the quantities of this one.
		next := s.ahead(ctx)
		for {
			page := <-next
			if page.err != nil {
				yield(Availability{}, page.err)
				return
			}
			if page.products == nil {
				return
			}
			next = s.ahead(ctx)
			stock, err := s.count(ctx, page)
			if err != nil {
				cancel()
				<-next
				yield(Availability{}, err)
				return
			}
			for i := range stock {
				if !yield(stock[i], nil) {
					cancel()
					<-next
					return
				}
			}
		}
	}
}

// survey is one run of [Reader.Availability].
type survey struct {
	*Reader
	query  Query
	places []place
	kits   kits
	left   []int64 // products named by the query that are not read yet
	last   int64
	ended  bool
}

func (r *Reader) newSurvey(ctx context.Context, q Query) (*survey, error) {
	s := &survey{Reader: r, query: q}
	full := q.Products == nil
	var err error
	if s.places, err = r.places(ctx, q, full); err != nil {
		return nil, err
	}
	if s.kits, err = r.readKits(ctx, full); err != nil {
		return nil, err
	}
	if !full {
		s.left = slices.Compact(slices.Sorted(slices.Values(q.Products)))
		s.ended = len(s.left) == 0
	}
	return s, nil
}

// productPage is a page of products, nil after the last, and their quants where those could be read beside them.
type productPage struct {
	products []productRow
	quants   []quantRow
	counted  bool
	err      error
}

func (s *survey) ahead(ctx context.Context) <-chan productPage {
	answer := make(chan productPage, 1)
	go func() {
		answer <- s.nextPage(ctx)
	}()
	return answer
}

type productRow struct {
	ID       int64         `json:"id"`
	SKU      text          `json:"default_code"`
	Unit     odoo.Many2One `json:"uom_id"`
	Template odoo.Many2One `json:"product_tmpl_id"`
}

func (p productRow) rowID() int64 { return p.ID }

// nextPage reads the next page that is not empty. Of products that the query names, the quants are read at the same
// time. One call at a time runs it.
func (s *survey) nextPage(ctx context.Context) productPage {
	fields := []string{"default_code", "uom_id"}
	if s.kits.any() {
		fields = append(fields, "product_tmpl_id")
	}
	domain := odoo.Or(s.kits.domain(), tracked(s.client.Version()))
	if s.query.Company != 0 {
		domain = odoo.And(domain, odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", s.query.Company)))
	}
	for !s.ended {
		var page productPage
		if s.query.Products != nil {
			page = s.namedPage(ctx, domain, fields)
		} else if page.products, page.err = rows[productRow](ctx, s.client, "product.product", odoo.And(domain, odoo.Eq("active", true)), fields, s.last, s.page); page.err == nil {
			// A page can be short because a product vanished meanwhile; only an empty one is the end.
			if s.ended = len(page.products) == 0; !s.ended {
				s.last = page.products[len(page.products)-1].ID
				s.ended = len(page.products) < s.page/2
			}
		}
		if page.err != nil || len(page.products) > 0 {
			s.identify(page.products)
			return page
		}
	}
	return productPage{}
}

// namedPage reads the next of the products that the query names, and their quants.
func (s *survey) namedPage(ctx context.Context, domain odoo.Domain, fields []string) productPage {
	part := s.left[:min(len(s.left), s.page)]
	s.left = s.left[len(part):]
	s.ended = len(s.left) == 0
	page := productPage{counted: true}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		page.products, err = rows[productRow](ctx, s.client, "product.product", odoo.And(domain, odoo.In("id", part)), fields, 0, s.page)
		return err
	})
	group.Go(func() (err error) {
		page.quants, err = s.readQuants(ctx, part)
		return err
	})
	page.err = group.Wait()
	return page
}

// tracked is what Odoo keeps stock of: the type "product" until 17, a flag since.
func tracked(v odoo.Version) odoo.Domain {
	if v.AtLeast(18) {
		return odoo.Eq("is_storable", true)
	}
	return odoo.Eq("type", "product")
}

// count reads the quantities of a page of products.
func (s *survey) count(ctx context.Context, page productPage) ([]Availability, error) {
	products := page.products
	units, err := s.unitsOf(ctx, products)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(products))
	at := make(map[int64]int, len(products))
	stock := make([]Availability, len(products))
	block := make([]Stock, len(products)*len(s.places)) // one allocation for the page
	var kits []int64
	for i, p := range products {
		ids[i], at[p.ID] = p.ID, i
		stock[i] = Availability{ProductID: p.ID, SKU: string(p.SKU), Unit: units[p.Unit.ID], Kit: s.kits.has(p), Stock: block[i*len(s.places):][:len(s.places):len(s.places)]}
		if stock[i].Unit.ID == 0 {
			stock[i].Unit = Unit{ID: p.Unit.ID}
		}
		for k, place := range s.places {
			stock[i].Stock[k].WarehouseID, stock[i].Stock[k].LocationID = place.warehouse, place.location
		}
		if stock[i].Kit {
			kits = append(kits, p.ID)
		}
	}
	if !page.counted {
		if page.quants, err = s.readQuants(ctx, ids); err != nil {
			return nil, err
		}
	}
	if err := s.addQuants(ctx, page.quants, at, stock); err != nil {
		return nil, err
	}
	if len(kits) > 0 {
		if err := s.ask(ctx, kits, at, stock, "free_qty", "qty_available"); err != nil {
			return nil, err
		}
	}
	if s.query.Forecast {
		if err := s.ask(ctx, ids, at, stock, "incoming_qty", "outgoing_qty"); err != nil {
			return nil, err
		}
	}
	return stock, nil
}
