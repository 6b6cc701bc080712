package product

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Window is the time in which a product has another price than else, by rules of its pricelist that have dates: the
// window that is open now, or else the next one.
type Window struct {
	// From and Until bound it, UTC, to the second; Until is exclusive. Zero leaves that side open.
	From, Until time.Time
	// Open says that it is open now.
	Open bool
	// Outside is a moment at which no dated rule holds for the product; zero if there is none.
	Outside time.Time
}

// Inside is a moment within the window.
func (w Window) Inside(now time.Time) time.Time {
	if w.Open {
		return now
	}
	return w.From
}

// ruleRecord is a rule of a pricelist.
type ruleRecord struct {
	ID       int64         `odoo:"id"`
	Product  odoo.Many2One `odoo:"product_id"`
	Template odoo.Many2One `odoo:"product_tmpl_id"`
	Category odoo.Many2One `odoo:"categ_id"`
	Start    time.Time     `odoo:"date_start"`
	End      time.Time     `odoo:"date_end"`
	Written  time.Time     `odoo:"write_date"`
}

// OdooModel names the model.
func (ruleRecord) OdooModel() string { return "product.pricelist.item" }

// ruleAim is what a rule of a pricelist prices.
type ruleAim struct {
	ID       int64         `odoo:"id"`
	List     odoo.Many2One `odoo:"pricelist_id"`
	Product  odoo.Many2One `odoo:"product_id"`
	Template odoo.Many2One `odoo:"product_tmpl_id"`
	Category odoo.Many2One `odoo:"categ_id"`
}

// OdooModel names the model.
func (ruleAim) OdooModel() string { return "product.pricelist.item" }

// sum is a number that other aims do not have, but by chance.
func (a ruleAim) sum() uint64 {
	sum := fnv.New64a()
	fmt.Fprint(sum, a.ID, a.List.ID, a.Product.ID, a.Template.ID, a.Category.ID) // never fails
	return sum.Sum64()
}

// concerns selects the products that the rule may price.
func (i ruleRecord) concerns() odoo.Domain {
	switch {
	case i.Product.ID != 0:
		return odoo.Eq("id", i.Product.ID)
	case i.Template.ID != 0:
		return odoo.Eq("product_tmpl_id", i.Template.ID)
	case i.Category.ID != 0:
		return odoo.ChildOf("categ_id", i.Category.ID)
	default:
		return odoo.And()
	}
}

// tree returns the pricelists and those that their rules build upon.
func (r *Reader) tree(ctx context.Context, pricelists []int64) ([]int64, error) {
	known := map[int64]bool{}
	for fresh := pricelists; len(fresh) > 0; {
		for _, id := range fresh {
			known[id] = true
		}
		rows, err := odoo.Invoke[[]struct {
			Base odoo.Many2One `json:"base_pricelist_id"`
		}](ctx, r.client, odoo.Call{Model: "product.pricelist.item", Method: "search_read", Args: odoo.Args{
			"domain": odoo.And(odoo.In("pricelist_id", fresh), odoo.Ne("base_pricelist_id", false)), "fields": []string{"base_pricelist_id"},
		}})
		if err != nil {
			return nil, err
		}
		fresh = nil
		for _, row := range rows {
			if id := row.Base.ID; id != 0 && !known[id] && !slices.Contains(fresh, id) {
				fresh = append(fresh, id)
			}
		}
	}
	return slices.Sorted(maps.Keys(known)), nil
}

// Windows returns the windows of the products that rules with dates may price on the pricelist, or on one that it
// builds upon, at the query's moment or later. Rules that ask for more than one of the query's unit are left out. Prices at a moment come from
// [Reader.Prices]: a window only says when to ask. It takes a call per dated rule, and only reads.
func (r *Reader) Windows(ctx context.Context, q PriceQuery) (map[int64]Window, error) {
	products := q.Products
	if len(products) == 0 {
		return nil, nil
	}
	lists, err := r.tree(ctx, []int64{q.Pricelist})
	if err != nil {
		return nil, err
	}
	if q.At.IsZero() {
		q.At = r.now()
	}
	now := q.At.UTC().Truncate(time.Second)
	pieces := q.Pieces
	if !pieces.IsPos() {
		pieces = decimal.One
	}
	dated, err := odoo.Find[ruleRecord](ctx, r.client, odoo.And(
		odoo.In("pricelist_id", lists), odoo.Le("min_quantity", pieces),
		odoo.Or(odoo.Ne("date_start", false), odoo.Ne("date_end", false)),
		odoo.Or(odoo.Eq("date_end", false), odoo.Ge("date_end", now)),
	))
	if err != nil {
		return nil, err
	}
	spans := map[int64][]span{}
	wanted := make(map[int64]bool, len(products))
	for _, id := range products {
		wanted[id] = true
	}
	byDomain := map[string][]int64{}
	for _, rule := range dated {
		key := rule.concerns().String()
		ids, ok := byDomain[key]
		if !ok {
			domain := rule.concerns()
			if len(products) <= 5000 {
				domain = odoo.And(odoo.In("id", products), domain)
			}
			if ids, err = r.search(ctx, domain); err != nil {
				return nil, err
			}
			byDomain[key] = ids
		}
		for _, id := range ids {
			if wanted[id] {
				spans[id] = append(spans[id], spanOf(rule))
			}
		}
	}
	windows := map[int64]Window{}
	for id, of := range spans {
		if w, ok := windowOf(of, now); ok {
			windows[id] = w
		}
	}
	return windows, nil
}

// span is when a rule holds, until exclusive; zero is open.
type span struct{ from, until time.Time }

func spanOf(rule ruleRecord) span {
	s := span{from: rule.Start.UTC()}
	if rule.Start.IsZero() {
		s.from = time.Time{}
	}
	if !rule.End.IsZero() {
		s.until = rule.End.UTC().Add(time.Second) // Odoo's end is the last second
	}
	return s
}

func (s span) holds(at time.Time) bool {
	return !at.Before(s.from) && (s.until.IsZero() || at.Before(s.until))
}

// windowOf returns the window that is open now, or the next one; false if all are over.
func windowOf(spans []span, now time.Time) (Window, bool) {
	holds := func(at time.Time) bool {
		return slices.ContainsFunc(spans, func(s span) bool { return s.holds(at) })
	}
	var w Window
	var bounds []time.Time
	for _, s := range spans {
		for _, bound := range []time.Time{s.from, s.until} {
			if !bound.IsZero() {
				bounds = append(bounds, bound)
			}
		}
	}
	slices.SortFunc(bounds, time.Time.Compare)
	later := func(than time.Time) time.Time {
		for _, bound := range bounds {
			if bound.After(than) {
				return bound
			}
		}
		return time.Time{}
	}
	if w.Open = holds(now); w.Open {
		for _, s := range spans {
			if s.holds(now) && s.from.After(w.From) {
				w.From = s.from
			}
		}
	} else {
		w.From = later(now)
		if w.From.IsZero() || !holds(w.From) {
			return Window{}, false
		}
	}
	w.Until = later(maxTime(w.From, now))
	// The nearest moment outside: now, or just after or before a bound. Later ones first: rules that are over, which
	// nobody read, may have held earlier.
	moments := []time.Time{now}
	for _, bound := range bounds {
		moments = append(moments, bound, bound.Add(-time.Second))
	}
	slices.SortFunc(moments, func(a, b time.Time) int {
		if past := a.Before(now); past != b.Before(now) {
			if past {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Sub(now).Abs(), b.Sub(now).Abs())
	})
	for _, at := range moments {
		if !holds(at) {
			w.Outside = at
			break
		}
	}
	return w, true
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
