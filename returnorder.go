package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// returnedOrder is an order of which something comes back: as the channel has it, and what Odoo has of it.
type returnedOrder struct {
	rules mapping.Channel
	// there is the order at the channel, in the currency that is posted.
	there canonical.Order
	// sold is what its lines were sold for as they are posted; of a kit one side.
	sold map[string]mapping.SoldLine
	// record is the sale order; its id is 0 if Odoo has none.
	record sale.Order
	// lines are the order lines in Odoo by the channel's id of the line: several where the cents did not divide.
	lines map[string][]sale.Line
	// names are the channel's ids by those of the order lines, byProduct is the first order line of each product.
	names     map[int64]string
	byProduct map[int64]int64
	// kits are the lines that Odoo delivered as the components of kits, by the channel's id.
	kits map[string]soldKit
	// goods are the delivered moves of the order, returns what has come back or is about to.
	goods   []stock.Returnable
	returns []stock.Return
	// left are the moves by which units of the return left the inspection location, oldest first.
	left []departure
	// leftRead: left was read.
	leftRead bool
	// moves are its invoices and credit notes.
	moves []account.Move
	// tags are the names of the products' tags by product, where a rule asks for them.
	tags map[int64][]string
	// places are the locations that the rules name.
	places map[mapping.Ref]int64
	// taxes are those of the company.
	taxes []mapping.Tax
}

// readReturned reads an order of which something comes back. One that the channel does not have, or that the return does not name,
// has nothing but the channel's rules.
func (r *returnRun) readReturned(ctx context.Context, key canonical.Key) (*returnedOrder, error) {
	if key.ID == "" {
		return r.ruledOrder(ctx, key.Channel, nil)
	}
	there, err := r.orders.GetOrder(ctx, key.ID)
	if marketplace.CodeOf(err) == marketplace.CodeNotFound {
		return r.ruledOrder(ctx, key.Channel, nil)
	}
	if err != nil {
		return nil, err
	}
	o, err := r.ruledOrder(ctx, key.Channel, &there)
	if err != nil {
		return nil, err
	}
	return o, r.readRecord(ctx, key, o)
}

// ruledOrder is an order at the channel as the rules see it, without what Odoo has of it; nil: the channel does not have it.
func (r *returnRun) ruledOrder(ctx context.Context, channel canonical.Channel, there *canonical.Order) (*returnedOrder, error) {
	resolved, err := r.planner(ctx, channel)
	if err != nil {
		return nil, err
	}
	o := &returnedOrder{
		rules: resolved.Rules(), taxes: resolved.Directory().Taxes,
		lines: map[string][]sale.Line{}, names: map[int64]string{}, byProduct: map[int64]int64{},
	}
	if there == nil {
		return o, nil
	}
	o.there = *there
	if o.rules.CurrencyView == mapping.ViewPresentment && there.PresentmentCurrency != "" {
		if o.there, err = there.InPresentment(); err != nil {
			return nil, err
		}
	}
	o.sold, err = resolved.Sold(&o.there)
	return o, err
}

// readRecord reads what Odoo has of an order, if it has it.
func (r *returnRun) readRecord(ctx context.Context, key canonical.Key, o *returnedOrder) error {
	name := odoo.NewExternalID(mapping.Module, key.Channel.Name, key.Channel.Account, "order", key.ID)
	found, err := sale.FindByExternalID(ctx, r.erp, []odoo.ExternalID{name})
	if err != nil {
		return err
	}
	record, ok := found[name]
	if !ok {
		return nil
	}
	o.record = record
	lines, err := sale.Lines(ctx, r.erp, []int64{record.ID})
	if err != nil {
		return err
	}
	for _, line := range lines[record.ID] {
		_, id, ok := mapping.OrderLine(key.Channel, line.ExternalID)
		if !ok {
			continue
		}
		o.lines[id] = append(o.lines[id], line)
		o.names[line.ID] = id
		if o.byProduct[line.ProductID.ID] == 0 {
			o.byProduct[line.ProductID.ID] = line.ID
		}
	}
	if err := r.findNamed(ctx, o); err != nil {
		return err
	}
	if err := r.refresh(ctx, o); err != nil {
		return err
	}
	return r.readKits(ctx, o)
}

// findNamed finds what the rules name: locations, and the goods that a tag keeps from coming back.
func (r *returnRun) findNamed(ctx context.Context, o *returnedOrder) (err error) {
	if len(o.rules.Returns.FinalSale.Tags) > 0 {
		if o.tags, err = product.Tags(ctx, r.erp, slices.Sorted(maps.Keys(o.byProduct))); err != nil {
			return fmt.Errorf("rules of %s: returns.final_sale.tags: %w", o.rules.Name, err)
		}
	}
	o.places, err = r.apart.get(o.rules.Name, func() (map[mapping.Ref]int64, error) { return r.placesOf(ctx, o.rules) })
	return err
}

// placesOf are the locations that the rules of returns name. What is not for sale must not be where Odoo counts it as stock.
func (c *Connector) placesOf(ctx context.Context, rules mapping.Channel) (map[mapping.Ref]int64, error) {
	named := map[string]mapping.Ref{"inspection_location": rules.Returns.Inspection}
	for disposition, rule := range rules.Returns.Dispositions {
		named["dispositions."+string(disposition)+".location"] = rule.Location
	}
	places := map[mapping.Ref]int64{}
	for _, field := range slices.Sorted(maps.Keys(named)) {
		ref := named[field]
		if ref.IsZero() {
			continue
		}
		place, err := c.placeNamed(ctx, rules, ref)
		if err != nil {
			return nil, fmt.Errorf("rules of %s: returns.%s: %w", rules.Name, field, err)
		}
		places[ref] = place
		if field == "dispositions."+string(canonical.DispositionSellable)+".location" {
			continue
		}
		warehouse, err := c.goods.WarehouseOf(ctx, place)
		if err != nil {
			return nil, err
		}
		if warehouse != 0 {
			return nil, fmt.Errorf("rules of %s: returns.%s: location %s is part of warehouse %d, so that what is kept there would be sold: name a location outside of it",
				rules.Name, field, ref, warehouse)
		}
	}
	return places, nil
}

// placeNamed is the location that a rule names.
func (c *Connector) placeNamed(ctx context.Context, rules mapping.Channel, ref mapping.Ref) (int64, error) {
	if ref.ID != 0 {
		return ref.ID, nil
	}
	outlet, err := c.outlet(ctx, rules.Name)
	if err != nil {
		return 0, err
	}
	found, err := c.goods.Location(ctx, outlet.company, ref.Name)
	return found.ID, err
}

// refresh reads again what the steps of a return change.
func (r *returnRun) refresh(ctx context.Context, o *returnedOrder) error {
	if o.record.ID == 0 {
		return nil
	}
	orders := []int64{o.record.ID}
	var err error
	if o.goods, err = r.goods.Returnable(ctx, orders); err != nil {
		return err
	}
	if o.returns, err = r.goods.Returns(ctx, orders); err != nil {
		return err
	}
	o.moves, err = account.Moves(ctx, r.erp, orders)
	return err
}

// orderOf is the order that a return is for. A platform that knows only the number of the order is helped by Odoo, which has it as
// the customer's reference.
func (r *returnRun) orderOf(ctx context.Context, ret *canonical.Return) (canonical.Key, error) {
	if ret.Order.ID != "" {
		return ret.Order, nil
	}
	channel := r.orders.Channel()
	if ret.OrderNumber == "" {
		return canonical.Key{Channel: channel}, nil
	}
	resolved, err := r.planner(ctx, channel)
	if err != nil {
		return canonical.Key{}, err
	}
	orders, err := sale.FindByReference(ctx, r.erp, resolved.Rules().OrderPrefix+ret.OrderNumber)
	if err != nil {
		return canonical.Key{}, err
	}
	ids := make([]int64, len(orders))
	for i, order := range orders {
		ids[i] = order.ID
	}
	names, err := sale.ExternalIDs(ctx, r.erp, ids)
	if err != nil {
		return canonical.Key{}, err
	}
	var keys []canonical.Key
	for _, id := range ids {
		if order, ok := mapping.OrderOf(channel, names[id]); ok {
			keys = append(keys, canonical.Key{Channel: channel, ID: order})
		}
	}
	switch len(keys) {
	case 0:
		return canonical.Key{Channel: channel}, nil
	case 1:
		return keys[0], nil
	default:
		return canonical.Key{}, fmt.Errorf("%d orders of %s have the number of the return: the platform must name the order by its id", len(keys), channel)
	}
}

// returnName is the External ID of what a case makes in Odoo: "return", the return's id, and what it is.
func returnName(key canonical.Key, parts ...string) odoo.ExternalID {
	return odoo.NewExternalID(mapping.Module, append([]string{key.Channel.Name, key.Channel.Account, "return", key.ID}, parts...)...)
}

// ownReturn reports whether a return picking was made for the case, and for which of its effects: none if a person made it, who says by
// its source document that it is for the return.
func ownReturn(known returns.Case, back stock.Return) (effect string, ok bool) {
	if back.ExternalID.IsZero() {
		return "", says(back.Origin, known)
	}
	parts, ok := back.ExternalID.Parts()
	if !ok || len(parts) != 6 {
		return "", false
	}
	return parts[4], back.ExternalID == returnName(known.Key, parts[4], parts[5])
}

// says reports whether a text that a person wrote names the return as the flow does on what it makes: "Return RMA-1".
func says(text string, known returns.Case) bool {
	title := known.Title()
	for rest := text; ; {
		_, after, found := strings.Cut(rest, title)
		if !found {
			return false
		}
		next, _ := utf8.DecodeRuneInString(after)
		if after == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '-' {
			return true
		}
		rest = after
	}
}

// byHand reports whether a person wrote a credit note for the return, and says so in the reason.
func byHand(known returns.Case, move account.Move) bool {
	return move.Kind == account.KindCreditNote && move.ExternalID.Module != mapping.Module && says(move.Ref, known)
}

// creditName is the External ID of the credit note of a settlement.
func creditName(key canonical.Key, settlement string) odoo.ExternalID {
	return returnName(key, "credit", returns.ShortName(settlement))
}

// booked is the short name of the settlement that a credit note of the case is for; false if it is none of the case.
func booked(known returns.Case, move account.Move) (settlement string, ok bool) {
	parts, ok := move.ExternalID.Parts()
	if !ok || move.Kind != account.KindCreditNote || len(parts) != 6 || parts[4] != "credit" {
		return "", false
	}
	return parts[5], move.ExternalID == returnName(known.Key, "credit", parts[5])
}

// facts are what a case must know of the order.
func (r *returnRun) facts(o *returnedOrder, known returns.Case) (returns.Facts, error) {
	f := returns.Facts{
		Known: o.record.ID != 0, Order: o.there.Key, Cancelled: o.record.State == sale.StateCancel, Locked: o.record.IsLocked(),
		Currency: o.there.Currency, PlacedAt: o.there.PlacedAt, Can: r.can,
	}
	underway := false
	for _, parcel := range o.there.Fulfillments {
		if parcel.ShippedAt.After(f.ShippedAt) {
			f.ShippedAt = parcel.ShippedAt
		}
		if parcel.DeliveredAt.After(f.DeliveredAt) {
			f.DeliveredAt = parcel.DeliveredAt
		}
		underway = underway || !parcel.ShippedAt.IsZero() && parcel.DeliveredAt.IsZero() && parcel.Status != canonical.FulfillmentCancelled
	}
	if underway { // nobody knows when the last one will be, or whether it was
		f.DeliveredAt = time.Time{}
	}
	elsewhere := slices.DeleteFunc(slices.Clone(o.moves), func(m account.Move) bool {
		_, own := booked(known, m)
		return own || byHand(known, m)
	})
	credited, err := account.Credited(elsewhere, o.byProduct)
	if err != nil {
		return f, err
	}
	var c exact.Calc
	for i := range o.there.Lines {
		line := &o.there.Lines[i]
		open, err := line.Qty.Open()
		if err != nil {
			return f, err
		}
		sold, posted := o.sold[line.ID]
		back := returns.LineFacts{
			ID: line.ID, SKU: line.SKU, Goods: line.Kind.Goods(), KitMember: line.Kind == canonical.LineBundleMember, OtherSide: !posted,
			Qty: open, Net: sold.Net, Components: o.kits[line.ID].skus,
		}
		if kit := o.kits[line.ID]; kit.inUnits {
			back.UnitProblem = kit.problem
		} else {
			back.KitProblem = kit.problem
		}
		for _, tax := range sold.Taxes {
			back.Tax = c.Add(back.Tax, tax.Amount.Shop)
		}
		for _, there := range o.lines[line.ID] {
			for _, tag := range o.tags[there.ProductID.ID] {
				if !slices.Contains(back.Tags, tag) {
					back.Tags = append(back.Tags, tag)
				}
			}
			credit := credited[there.ID]
			back.RefundedQty = c.Add(back.RefundedQty, credit.Quantity)
			back.RefundedNet = c.Add(back.RefundedNet, credit.Untaxed)
			back.RefundedTax = c.Add(back.RefundedTax, c.Sub(credit.Total, credit.Untaxed))
		}
		shipped, left := map[orderPart]decimal.Decimal{}, map[orderPart]decimal.Decimal{}
		for _, move := range o.goods {
			of := o.partOf(move.SaleLine, move.KitLine)
			if of.line != line.ID {
				continue
			}
			shipped[of] = c.Add(shipped[of], move.Shipped)
			left[of] = c.Add(left[of], c.Sub(c.Sub(move.Shipped, move.Returned), move.Expected))
			if move.Done.After(f.ShippedAt) {
				f.ShippedAt = move.Done
			}
			for _, lot := range move.Lots {
				back.Tracked = true
				at := slices.IndexFunc(back.Lots, func(l returns.LotUnits) bool { return l.Lot == lot.Lot })
				if at < 0 {
					back.Lots = append(back.Lots, returns.LotUnits{Lot: lot.Lot, Qty: lot.Quantity})
				} else { // it left in several deliveries
					back.Lots[at].Qty = c.Add(back.Lots[at].Qty, lot.Quantity)
				}
			}
		}
		for _, there := range o.returns {
			if _, own := ownReturn(known, there); !own {
				continue
			}
			for _, move := range there.Moves {
				if of := o.partOf(move.SaleLine, move.KitLine); of.line == line.ID && move.State != "cancel" && !move.Out {
					// What Odoo counts as returned or expected of this case is no return of others.
					left[of] = c.Add(left[of], unitsOf(move))
				}
			}
		}
		back.Shipped = o.units(&c, line.ID, shipped)
		back.Returned = c.Sub(back.Shipped, o.units(&c, line.ID, left))
		back.Uninvoiced = c.Sub(back.Shipped, o.invoiced(&c, line.ID)).Max(decimal.Zero)
		if line.Kind == canonical.LineShipping {
			f.Shipping.Net, f.Shipping.Tax = c.Add(f.Shipping.Net, back.Net), c.Add(f.Shipping.Tax, back.Tax)
			f.Shipping.RefundedNet = c.Add(f.Shipping.RefundedNet, back.RefundedNet)
			f.Shipping.RefundedTax = c.Add(f.Shipping.RefundedTax, back.RefundedTax)
		}
		f.Lines = append(f.Lines, back)
	}
	if f.Booked, err = o.booked(known); err != nil {
		return f, err
	}
	f.Paid = o.there.Totals.Paid.Shop
	paidWith(&f, o.there.Payments, known, &c)
	return f, c.Err()
}

// invoiced are the units of a line that were ever invoiced.
func (o *returnedOrder) invoiced(c *exact.Calc, line string) decimal.Decimal {
	units := decimal.Zero
	for _, move := range o.moves {
		if !invoicing(move) {
			continue
		}
		for _, item := range move.Lines {
			for _, id := range item.SaleLines {
				if o.names[id] == line {
					units = c.Add(units, item.Quantity)
				}
			}
		}
	}
	return units
}

// booked are the credit notes of the case.
func (o *returnedOrder) booked(known returns.Case) ([]returns.BookedSettlement, error) {
	var c exact.Calc
	var all []returns.BookedSettlement
	for _, move := range o.moves {
		name, own := booked(known, move)
		if !own || move.State == account.StateCancel {
			continue
		}
		credits, err := account.Credited([]account.Move{move}, o.byProduct)
		if err != nil {
			return nil, err
		}
		note := returns.BookedSettlement{Name: name, Record: cmp.Or(move.Name, "account.move,"+strconv.FormatInt(move.ID, 10)), Lines: map[string]returns.BookedLine{}}
		for id, credit := range credits {
			line, ok := o.names[id]
			if !ok {
				continue
			}
			sum := note.Lines[line]
			note.Lines[line] = returns.BookedLine{
				Qty: c.Add(sum.Qty, credit.Quantity), Net: c.Add(sum.Net, credit.Untaxed), Tax: c.Add(sum.Tax, c.Sub(credit.Total, credit.Untaxed)),
			}
		}
		all = append(all, note)
	}
	return all, c.Err()
}

// unitsOf are the units that a move brought, or is to bring.
func unitsOf(move stock.ReturnMove) decimal.Decimal {
	if move.State == "done" {
		return move.Done
	}
	return move.Wanted
}

// paidWith adds the payments that money can go back to, with what has gone back otherwise.
func paidWith(f *returns.Facts, all []canonical.Payment, known returns.Case, c *exact.Calc) {
	paid := decimal.Zero
	var parents []string // of f.Payments
	for _, payment := range all {
		if payment.Status != canonical.PaymentSucceeded {
			continue
		}
		switch payment.Kind {
		case canonical.PaymentCapture, canonical.PaymentSale, canonical.PaymentGiftCard, canonical.PaymentStoreCredit, canonical.PaymentOther:
			paid = c.Add(paid, payment.Amount.Shop)
			f.Payments = append(f.Payments, returns.PaymentFacts{ID: payment.ID, Kind: payment.Kind, Amount: payment.Amount.Shop})
			parents = append(parents, payment.ParentID)
		}
	}
	for _, refund := range all {
		own := slices.ContainsFunc(known.Money, func(leg returns.MoneyLeg) bool { return leg.Reference != "" && leg.Reference == refund.ID })
		if refund.Kind != canonical.PaymentRefund || refund.Status != canonical.PaymentSucceeded || own {
			continue
		}
		f.Refunded = c.Add(f.Refunded, refund.Amount.Shop)
		// A channel names the capture that it gives back, or what was captured: then the captures of that are used up one by one.
		rest := refund.Amount.Shop
		for i := range f.Payments {
			back := &f.Payments[i]
			switch refund.ParentID {
			case "":
			case back.ID:
				back.Refunded = c.Add(back.Refunded, rest)
			case parents[i]:
				part := rest.Min(c.Sub(back.Amount, back.Refunded))
				back.Refunded, rest = c.Add(back.Refunded, part), c.Sub(rest, part)
			}
		}
	}
	if f.Paid.IsZero() {
		f.Paid = paid
	}
}
