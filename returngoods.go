package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

func pickingRecord(id int64) string { return "stock.picking," + strconv.FormatInt(id, 10) }

// note is what people read on the records of the return.
func (t *returnTask) note() string { return t.known.Title() }

// hold is where goods wait for their inspection; 0: where Odoo puts what comes back.
func (t *returnTask) hold() int64 {
	return t.order.places[t.policy.Inspection]
}

func (t *returnTask) lineWith(id string) returns.CaseLine {
	for _, line := range t.known.Lines {
		if line.ID == id {
			return line
		}
	}
	return returns.CaseLine{}
}

// arrival is the move by which a part of units came back: the one that brought their lots, if these are known, else the first of the part.
func (t *returnTask) arrival(line returns.EffectLine, of orderPart) (stock.Return, stock.ReturnMove, bool) {
	var by stock.Return
	var first stock.ReturnMove
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own {
			continue
		}
		for _, move := range back.Moves {
			if move.State != "done" || move.Out || t.order.partOf(move.SaleLine, move.KitLine) != of {
				continue
			}
			if slices.ContainsFunc(line.Lots, func(l returns.LotUnits) bool {
				return slices.ContainsFunc(move.Lots, func(m stock.LotQuantity) bool { return m.Lot == l.Lot })
			}) {
				return back, move, true
			}
			if first.ID == 0 {
				by, first = back, move
			}
		}
	}
	return by, first, first.ID != 0
}

// arrivals are all moves by which parts came back.
func (t *returnTask) arrivals(parts ...orderPart) []int64 {
	var all []int64
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own {
			continue
		}
		for _, move := range back.Moves {
			if move.State == "done" && !move.Out && slices.Contains(parts, t.order.partOf(move.SaleLine, move.KitLine)) {
				all = append(all, move.ID)
			}
		}
	}
	return all
}

// relocate moves units from where they arrived to where they belong by what was found in them.
func (t *returnTask) relocate(ctx context.Context, effect returns.Effect) (string, error) {
	var made []string
	for n := range effect.Lines {
		there, err := t.movedByHand(ctx, &effect, n)
		if err != nil {
			return "", err
		}
		made = append(made, there...)
		line := effect.Lines[n]
		if !line.Qty.IsPos() {
			continue
		}
		for _, s := range t.order.shares(line.OrderLine) {
			id, err := t.relocatePart(ctx, effect, n, s)
			if err != nil {
				return "", err
			}
			if id != 0 {
				made = append(made, pickingRecord(id))
			}
		}
	}
	return strings.Join(made, ", "), nil
}

// relocatePart relocates a part of the units of one line of an effect, and returns the picking; 0 if they are there.
func (t *returnTask) relocatePart(ctx context.Context, effect returns.Effect, n int, s partShare) (int64, error) {
	line := effect.Lines[n]
	_, move, ok := t.arrival(line, s.orderPart)
	if !ok {
		return 0, fmt.Errorf("line %s of return %s has not arrived in Odoo", line.Line, t.known.Key)
	}
	var c exact.Calc
	if effect.Kind == returns.EffectRestock && line.Location.IsZero() && t.hold() == 0 {
		// Odoo put them where they belong, or brings them there in steps.
		units := c.Mul(t.restocked(effect, line), s.each)
		if c.Err() != nil {
			return 0, c.Err()
		}
		_, err := t.goods.MoveOn(ctx, stock.Passage{Moves: t.arrivals(s.orderPart), Units: units, Lots: lotsOf(line)})
		return 0, err
	}
	to, err := t.placeFor(effect.Kind, line, move)
	if err != nil {
		return 0, err
	}
	units := c.Mul(line.Qty, s.each)
	if c.Err() != nil {
		return 0, c.Err()
	}
	from, err := t.waiting(ctx, s.orderPart, units, move)
	if err != nil || to == from {
		return 0, err
	}
	return t.goods.Relocate(ctx, stock.Transfer{
		ExternalID: t.partName(effect, n, s.orderPart), Product: move.Product, Unit: move.Unit, Quantity: units, Lots: lotsOf(line), From: from, To: to,
		Warehouse: t.soldFrom(move).Warehouse, Note: t.note(),
	})
}

// partName is the External ID of what a part of one line of an effect makes.
func (t *returnTask) partName(effect returns.Effect, n int, of orderPart) odoo.ExternalID {
	if of.kit == 0 {
		return t.stepName(effect, n)
	}
	return t.stepName(effect, n, int(of.kit))
}

// restocked are the units of an order line that are to be in stock once an effect is carried out.
func (t *returnTask) restocked(effect returns.Effect, line returns.EffectLine) decimal.Decimal {
	var c exact.Calc
	units := line.Qty
	for _, before := range t.known.Effects {
		if before.Kind != returns.EffectRestock || before.Status != returns.EffectDone || before.ID == effect.ID {
			continue
		}
		for _, part := range before.Lines {
			if part.OrderLine == line.OrderLine && part.Location.IsZero() {
				units = c.Add(units, part.Qty)
			}
		}
	}
	return units
}

// waiting is where units of a part are that arrived: where they wait for their inspection or, in a warehouse that receives in steps, at one of these.
// They are no longer kept for the next step.
func (t *returnTask) waiting(ctx context.Context, of orderPart, units decimal.Decimal, move stock.ReturnMove) (int64, error) {
	if t.hold() != 0 {
		return move.To, nil
	}
	moves := t.arrivals(of)
	if err := t.goods.Unreserve(ctx, moves); err != nil {
		return 0, err
	}
	return t.goods.Waiting(ctx, moves, units)
}

// placeFor is where units go: what the rule names, or the stock of the warehouse that they left.
func (t *returnTask) placeFor(kind returns.EffectKind, line returns.EffectLine, move stock.ReturnMove) (int64, error) {
	if !line.Location.IsZero() {
		return t.order.places[line.Location], nil
	}
	if kind == returns.EffectQuarantine {
		return 0, fmt.Errorf("rules of %s: returns.dispositions.%s.location is missing: name the location where such goods are kept", t.order.there.Key.Channel, line.Disposition)
	}
	if sold := t.soldFrom(move); sold.Home != 0 {
		return sold.Home, nil
	}
	return 0, fmt.Errorf("line %s of return %s came back and its delivery is gone: move it to stock by hand", line.Line, t.known.Key)
}

// soldFrom is the delivered move that a return takes back; zero if it is gone.
func (t *returnTask) soldFrom(move stock.ReturnMove) stock.Returnable {
	for _, sold := range t.order.goods {
		if sold.Move == move.Of {
			return sold
		}
	}
	return stock.Returnable{}
}

// scrap writes units off.
func (t *returnTask) scrap(ctx context.Context, effect returns.Effect) (string, error) {
	var made []string
	for n := range effect.Lines {
		there, err := t.movedByHand(ctx, &effect, n)
		if err != nil {
			return "", err
		}
		made = append(made, there...)
		line := effect.Lines[n]
		if !line.Qty.IsPos() {
			continue
		}
		for _, s := range t.order.shares(line.OrderLine) {
			drafts, err := t.scrapOf(ctx, effect, n, s)
			if err != nil {
				return "", err
			}
			for _, draft := range drafts {
				id, err := stock.Scrap(ctx, t.erp, draft)
				if err != nil {
					return "", err
				}
				made = append(made, fmt.Sprintf("stock.scrap,%d", id))
			}
		}
	}
	return strings.Join(made, ", "), nil
}

// scrapOf are the scrap orders for a part of the units of one line of an effect.
func (t *returnTask) scrapOf(ctx context.Context, effect returns.Effect, n int, s partShare) ([]stock.ScrapDraft, error) {
	line := effect.Lines[n]
	back, move, ok := t.arrival(line, s.orderPart)
	if !ok {
		return nil, fmt.Errorf("line %s of return %s has not arrived in Odoo", line.Line, t.known.Key)
	}
	var c exact.Calc
	units := c.Mul(line.Qty, s.each)
	if c.Err() != nil {
		return nil, c.Err()
	}
	from, err := t.waiting(ctx, s.orderPart, units, move)
	if err != nil {
		return nil, err
	}
	draft := stock.ScrapDraft{
		ExternalID: t.partName(effect, n, s.orderPart), Picking: back.ID, Product: move.Product, Unit: move.Unit, Quantity: units, From: from, Note: t.note(),
	}
	if len(line.Lots) == 0 {
		return []stock.ScrapDraft{draft}, nil
	}
	var drafts []stock.ScrapDraft // a scrap order is for one lot
	for k, lot := range line.Lots {
		draft.ExternalID, draft.Quantity, draft.Lot = t.stepName(effect, n, k), lot.Qty, lot.Lot
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// giveUp cancels what Odoo still expects of goods that will not come, or that went another way: the case says so, or it is over.
func (t *returnTask) giveUp(ctx context.Context) error {
	if t.known.Status == returns.CaseClosed && t.hold() == 0 && len(t.done) > 0 {
		for _, effect := range t.known.Effects {
			if effect.Kind != returns.EffectQuarantine && effect.Kind != returns.EffectScrap {
				continue
			}
			for _, line := range effect.Lines {
				var parts []orderPart
				for _, s := range t.order.shares(line.OrderLine) {
					parts = append(parts, s.orderPart)
				}
				if err := t.goods.EndPassage(ctx, t.arrivals(parts...)); err != nil {
					return err
				}
			}
		}
	}
	if err := t.expectLess(ctx); err != nil {
		return err
	}
	coming := map[string]bool{}
	for _, line := range t.known.Lines {
		if t.known.Status != returns.CaseClosed && t.known.Approval == canonical.ReturnApproved && !line.Short {
			coming[line.OrderLine] = true
		}
	}
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own || !back.Open() || back.ExternalID.IsZero() { // what a person made is the person's to cancel
			continue
		}
		if slices.ContainsFunc(back.Moves, func(m stock.ReturnMove) bool { return m.Out || coming[t.order.names[m.SaleLine]] }) {
			continue
		}
		if err := stock.CancelReturn(ctx, t.erp, back.ID); err != nil {
			return err
		}
	}
	return nil
}

// stepName is the External ID of what one line of an effect makes, or a part of the line.
func (t *returnTask) stepName(effect returns.Effect, n ...int) odoo.ExternalID {
	parts := []string{returns.ShortName(effect.ID)}
	for _, part := range n {
		parts = append(parts, strconv.Itoa(part))
	}
	return returnName(t.known.Key, parts...)
}

// exchange brings the order of what goes out instead into Odoo, unless a person has made it.
func (t *returnTask) exchange(ctx context.Context, effect returns.Effect) (string, error) {
	order, err := t.exchangeOrder(effect)
	if err != nil {
		return "", err
	}
	hand, err := t.exchangeByHand(ctx, effect, order)
	if err != nil {
		return "", err
	}
	if hand.ID != 0 {
		return orderRecord(hand.ID), nil
	}
	placed, err := t.placeExchange(ctx, order, t.order.record)
	if err != nil {
		return "", err
	}
	return orderRecord(placed.ID), nil
}

// observeExchanges tells the case which exchanged goods have left.
func (t *returnTask) observeExchanges(ctx context.Context) error {
	shipped := map[string]bool{}
	for _, exchange := range t.known.Exchange {
		shipped[exchange.ID] = exchange.Shipped
	}
	ids, effects := map[int64]string{}, map[int64]returns.Effect{}
	for _, effect := range t.known.Effects {
		if effect.Kind != returns.EffectExchange || effect.Status != returns.EffectDone || len(effect.Lines) == 0 {
			continue
		}
		id := cmp.Or(effect.Exchange, effect.Lines[0].Line)
		order, err := strconv.ParseInt(strings.TrimPrefix(effect.Reference, "sale.order,"), 10, 64)
		if err == nil && !shipped[id] {
			ids[order], effects[order] = id, effect
		}
	}
	lines, err := sale.Lines(ctx, t.erp, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return err
	}
	for _, order := range slices.Sorted(maps.Keys(ids)) {
		left := len(lines[order]) > 0
		for _, line := range lines[order] {
			left = left && (line.ExternalID.IsZero() || line.Delivered.Cmp(line.Quantity) >= 0)
		}
		if len(lines[order]) > 0 && madeByHand(lines[order]) {
			if left, err = t.exchangeLeft(ctx, effects[order], lines[order]); err != nil {
				return err
			}
		}
		if left {
			if err := t.apply(returns.ExchangeShipped{ID: ids[order]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// exchangeOrder is the order of what goes out instead of returned goods. Of the same article it costs what the returned units cost.
func (t *returnTask) exchangeOrder(effect returns.Effect) (canonical.Order, error) {
	there := t.order.there
	number := cmp.Or(there.Number, there.Key.ID)
	order := canonical.Order{
		Key:      canonical.Key{Channel: there.Key.Channel, ID: "return/" + t.known.Key.String() + "/" + returns.ShortName(effect.ID)},
		Number:   number + " / " + cmp.Or(t.known.Number, t.known.Key.ID),
		Revision: canonical.Revision{UpdatedAt: t.ret.RequestedAt}, PlacedAt: t.ret.RequestedAt,
		Status: canonical.StatusConfirmed, Currency: there.Currency, ShipTo: there.ShipTo, BillTo: there.BillTo,
		Links: []canonical.Link{{Kind: canonical.LinkExchangeOf, Key: there.Key}},
	}
	if order.PlacedAt.IsZero() {
		order.PlacedAt, order.Revision.UpdatedAt = there.PlacedAt, there.PlacedAt
	}
	var c exact.Calc
	for n, part := range effect.Lines {
		line := canonical.Line{
			ID: strconv.Itoa(n + 1), Kind: canonical.LineProduct, SKU: part.SKU, Title: part.SKU, Qty: canonical.LineQty{Ordered: part.Qty},
		}
		if other := t.exchangeWith(effect.Exchange); other != nil {
			line.Total, line.Taxes = other.Total, other.Taxes
			line.Title = cmp.Or(other.Title, other.SKU)
		} else {
			sold := there.FindLine(part.OrderLine)
			if sold == nil {
				return order, fmt.Errorf("order %s has no line %s any more: its exchange cannot be priced", there.Key, part.OrderLine)
			}
			open, err := sold.Qty.Open()
			if err != nil {
				return order, err
			}
			share := func(total decimal.Decimal) decimal.Decimal {
				upTo := func(units decimal.Decimal) decimal.Decimal {
					exactly := c.Quo(c.Mul(total, units), open)
					rounded, err := there.Currency.Round(exactly)
					if err != nil {
						return exactly
					}
					return rounded
				}
				return c.Sub(upTo(c.Add(part.From, part.Qty)), upTo(part.From))
			}
			line.Title, line.Total = sold.Title, canonical.Shop(share(t.order.sold[sold.ID].Net))
			for _, tax := range t.order.sold[sold.ID].Taxes {
				tax.Amount = canonical.Shop(share(tax.Amount.Shop))
				line.Taxes = append(line.Taxes, tax)
			}
			if settled, ok := t.known.SettlementOf(effect.Settlement); ok {
				if err := priceAsCredited(&line, settled, there.Currency); err != nil {
					return order, err
				}
			}
		}
		line.Subtotal = line.Total
		line.UnitPrice = canonical.Shop(c.Quo(line.Total.Shop, part.Qty))
		tax, err := line.TaxTotal()
		if err != nil {
			return order, err
		}
		order.Totals.Net.Shop = c.Add(order.Totals.Net.Shop, line.Total.Shop)
		order.Totals.Tax.Shop = c.Add(order.Totals.Tax.Shop, tax.Shop)
		order.Lines = append(order.Lines, line)
	}
	if err := giveUp(&c, &order, effect.Amount); err != nil {
		return order, err
	}
	order.Totals.Grand.Shop = c.Add(order.Totals.Net.Shop, order.Totals.Tax.Shop)
	order.Payments = t.paidFor(effect)
	return order, c.Err()
}

// giveUp has an order cost so much less, tax included, as a discount on its lines: what the buyer is not asked for. Each line has its part,
// and of that each tax its.
func giveUp(c *exact.Calc, order *canonical.Order, amount decimal.Decimal) error {
	if !amount.IsPos() {
		return nil
	}
	const discount = "waived"
	unit, _ := order.Currency.MinorUnit()
	worth := make([]decimal.Decimal, len(order.Lines))
	for i, line := range order.Lines {
		tax, err := line.TaxTotal()
		if err != nil {
			return err
		}
		worth[i] = c.Add(line.Total.Shop, tax.Shop)
	}
	parts, err := canonical.AllocateCapped(amount, worth, worth, unit)
	if err != nil {
		return err
	}
	for i := range order.Lines {
		line := &order.Lines[i]
		weights := []decimal.Decimal{line.Total.Shop}
		for _, tax := range line.Taxes {
			weights = append(weights, tax.Amount.Shop)
		}
		shares, err := canonical.AllocateCapped(parts[i], weights, weights, unit)
		if err != nil {
			return err
		}
		line.Total.Shop = c.Sub(line.Total.Shop, shares[0])
		line.Taxes = slices.Clone(line.Taxes)
		for j := range line.Taxes {
			line.Taxes[j].Amount.Shop = c.Sub(line.Taxes[j].Amount.Shop, shares[j+1])
			order.Totals.Tax.Shop = c.Sub(order.Totals.Tax.Shop, shares[j+1])
		}
		line.Discounts = []canonical.Allocation{{DiscountID: discount, Amount: canonical.Shop(shares[0])}}
		order.Totals.Net.Shop = c.Sub(order.Totals.Net.Shop, shares[0])
		order.Totals.Discount.Shop = c.Add(order.Totals.Discount.Shop, shares[0])
	}
	order.Discounts = []canonical.Discount{{ID: discount, Title: "Waived", Amount: order.Totals.Discount}}
	return c.Err()
}

// priceAsCredited has a line cost what a settlement credits for it: the cents of units that do not divide are theirs.
func priceAsCredited(line *canonical.Line, settled returns.Settlement, currency canonical.Currency) error {
	line.Total = canonical.Shop(settled.ExchangeNet)
	if len(line.Taxes) == 0 {
		return nil
	}
	weights := make([]decimal.Decimal, len(line.Taxes))
	for i, tax := range line.Taxes {
		weights[i] = tax.Amount.Shop
	}
	unit, _ := currency.MinorUnit()
	shares, err := canonical.Allocate(settled.ExchangeTax, weights, unit)
	if err != nil {
		return err
	}
	for i := range line.Taxes {
		line.Taxes[i].Amount = canonical.Shop(shares[i])
	}
	return nil
}

// exchangeWith is what the platform says of the goods of an exchange; nil for the same article.
func (t *returnTask) exchangeWith(id string) *canonical.ExchangeLine {
	for i := range t.ret.Exchange {
		if id != "" && t.ret.Exchange[i].ID == id {
			return &t.ret.Exchange[i]
		}
	}
	return nil
}
