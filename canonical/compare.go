package canonical

import "fmt"

// Age tells how one revision of an order stands to another.
type Age string

// The ages of a revision against a known one.
const (
	// AgeSame: the content is equal, nothing is to be done.
	AgeSame Age = "same"
	// AgeNewer: it changed later, or at the same moment with another content (channels count in
	// seconds): it is to be applied.
	AgeNewer Age = "newer"
	// AgeOlder: it was overtaken and must not be applied.
	AgeOlder Age = "older"
)

// Change is the difference of two revisions of one order.
type Change struct {
	Age Age
	// Header names the parts above the lines that differ, in a fixed order: "number", "status",
	// "currency", "prices_include_tax", "buyer", "bill_to", "ship_to", "discounts", "payments",
	// "fulfillments", "adjustments", "links", "flags", "totals", "note", "ext".
	Header []string
	// Lines lists the lines that differ: those of the new order in its order, then the removed ones.
	Lines []LineChange
}

// Empty tells whether nothing but the revision differs.
func (c Change) Empty() bool { return len(c.Header) == 0 && len(c.Lines) == 0 }

// LineChange is the difference of one line.
type LineChange struct {
	ID      string
	Added   bool
	Removed bool
	// Qty: ordered or cancelled units differ.
	Qty bool
	// Progress: shipped, delivered, returned or refunded units differ.
	Progress bool
	// Price: unit price, subtotal, discounts or total differ.
	Price bool
	// Taxes differ.
	Taxes bool
	// Item: what is sold (kind, SKU, barcode, product, bundle), or how it reads or is served, differs.
	Item bool
}

// Compare tells what a fetched order changes against the one known before. Neither is changed; numbers
// are compared by value, lists without regard to their order. Orders with different keys are a
// [*KeyMismatchError].
func Compare(known, fetched *Order) (Change, error) {
	if known.Key != fetched.Key {
		return Change{}, &KeyMismatchError{Known: known.Key, Fetched: fetched.Key}
	}
	change := Change{Header: headerChanges(known, fetched), Lines: lineChanges(known, fetched)}
	switch {
	case change.Empty():
		change.Age = AgeSame
	case fetched.Revision.UpdatedAt.Before(known.Revision.UpdatedAt):
		change.Age = AgeOlder
	default:
		change.Age = AgeNewer
	}
	return change, nil
}

// headerChanges compares the digests of the parts: what the digest holds is what counts.
func headerChanges(a, b *Order) []string {
	parts := [...]struct {
		name string
		part func(*Order) Order
	}{
		{"number", func(o *Order) Order { return Order{Number: o.Number, PlacedAt: o.PlacedAt} }},
		{"status", func(o *Order) Order {
			return Order{Status: o.Status, RawStatus: o.RawStatus, StatusReason: o.StatusReason}
		}},
		{"currency", func(o *Order) Order {
			return Order{Currency: o.Currency, PresentmentCurrency: o.PresentmentCurrency}
		}},
		{"prices_include_tax", func(o *Order) Order { return Order{PricesIncludeTax: o.PricesIncludeTax} }},
		{"buyer", func(o *Order) Order { return Order{Buyer: o.Buyer} }},
		{"bill_to", func(o *Order) Order { return Order{BillTo: o.BillTo} }},
		{"ship_to", func(o *Order) Order { return Order{ShipTo: o.ShipTo} }},
		{"discounts", func(o *Order) Order { return Order{Discounts: o.Discounts} }},
		{"payments", func(o *Order) Order { return Order{Payments: o.Payments} }},
		{"fulfillments", func(o *Order) Order { return Order{Fulfillments: o.Fulfillments} }},
		{"adjustments", func(o *Order) Order { return Order{Adjustments: o.Adjustments} }},
		{"links", func(o *Order) Order { return Order{Links: o.Links} }},
		{"flags", func(o *Order) Order { return Order{Flags: o.Flags} }},
		{"totals", func(o *Order) Order { return Order{Totals: o.Totals} }},
		{"note", func(o *Order) Order { return Order{Note: o.Note} }},
		{"ext", func(o *Order) Order { return Order{Ext: o.Ext} }},
	}
	var names []string
	for _, p := range parts {
		was, is := p.part(a), p.part(b)
		if !sameContent(func(d *digest) { d.order(&was) }, func(d *digest) { d.order(&is) }) {
			names = append(names, p.name)
		}
	}
	return names
}

func lineChanges(a, b *Order) []LineChange {
	old := make(map[string]*Line, len(a.Lines))
	for i := range a.Lines {
		old[a.Lines[i].ID] = &a.Lines[i]
	}
	var changes []LineChange
	kept := make(map[string]bool, len(b.Lines))
	for i := range b.Lines {
		is := &b.Lines[i]
		kept[is.ID] = true
		was, ok := old[is.ID]
		if !ok {
			changes = append(changes, LineChange{ID: is.ID, Added: true})
			continue
		}
		if c := lineChange(was, is); c != (LineChange{ID: is.ID}) {
			changes = append(changes, c)
		}
	}
	for i := range a.Lines {
		if id := a.Lines[i].ID; !kept[id] {
			changes = append(changes, LineChange{ID: id, Removed: true})
		}
	}
	return changes
}

func lineChange(was, is *Line) LineChange {
	differ := func(part func(*Line) Line) bool {
		x, y := part(was), part(is)
		return !sameContent(func(d *digest) { d.line(&x) }, func(d *digest) { d.line(&y) })
	}
	p, q := was.Qty, is.Qty
	return LineChange{
		ID:  is.ID,
		Qty: !p.Ordered.Equal(q.Ordered) || !p.Cancelled.Equal(q.Cancelled),
		Progress: !p.Shipped.Equal(q.Shipped) || !p.Delivered.Equal(q.Delivered) ||
			!p.ReturnRequested.Equal(q.ReturnRequested) || !p.ReturnReceived.Equal(q.ReturnReceived) ||
			!p.ReturnDamaged.Equal(q.ReturnDamaged) || !p.Refunded.Equal(q.Refunded),
		Price: differ(func(l *Line) Line {
			return Line{UnitPrice: l.UnitPrice, Subtotal: l.Subtotal, Discounts: l.Discounts, Total: l.Total}
		}),
		Taxes: differ(func(l *Line) Line { return Line{Taxes: l.Taxes} }),
		Item: differ(func(l *Line) Line {
			item := *l
			item.Qty, item.UnitPrice, item.Subtotal, item.Discounts = LineQty{}, Amount{}, Amount{}, nil
			item.Total, item.Taxes = Amount{}, nil
			return item
		}),
	}
}

// sameContent compares what two writers put into a digest.
func sameContent(a, b func(*digest)) bool {
	var x, y digest
	a(&x)
	b(&y)
	return string(x.text) == string(y.text)
}

// KeyMismatchError reports a comparison of two different orders.
type KeyMismatchError struct{ Known, Fetched Key }

// Error names both orders.
func (e *KeyMismatchError) Error() string {
	return fmt.Sprintf("canonical: compare: %s and %s are two orders: compare revisions of one", e.Known, e.Fetched)
}
