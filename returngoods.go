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

// openReturn has Odoo expect the units: a return picking for exactly the delivered moves, one per delivery. What a run before
// opened of them counts.
func (t *returnTask) openReturn(ctx context.Context, effect returns.Effect) (string, error) {
	tag := tagOf(effect.ID)
	var c exact.Calc
	wanted := map[string]decimal.Decimal{}
	keep := map[string]bool{}
	for _, line := range effect.Lines {
		wanted[line.OrderLine] = c.Add(wanted[line.OrderLine], line.Qty)
		resolution := t.lineWith(line.Line).Resolution
		keep[line.OrderLine] = resolution == canonical.ResolutionRejected || resolution == canonical.ResolutionRepair
	}
	var made []string
	for _, back := range t.order.returns {
		if of, own := ownReturn(t.known.Key, back); !own || of != tag || back.State == "cancel" {
			continue
		}
		if back.State == "draft" { // a process died before it was confirmed
			if err := stock.ConfirmReturn(ctx, t.erp, back.ID); err != nil {
				return "", err
			}
		}
		made = append(made, back.Name)
		for _, move := range back.Moves {
			name := t.order.names[move.SaleLine]
			wanted[name] = c.Sub(wanted[name], unitsOf(move))
		}
	}
	drafts := map[int64]*stock.ReturnDraft{}
	var deliveries []int64
	// The newest delivery first: what came last goes back first.
	goods := slices.Clone(t.order.goods)
	slices.SortStableFunc(goods, func(a, b stock.Returnable) int { return cmp.Compare(b.Move, a.Move) })
	for _, move := range goods {
		name := t.order.names[move.SaleLine]
		units, err := move.Left()
		if err != nil {
			return "", err
		}
		if units = units.Min(wanted[name]); !units.IsPos() {
			continue
		}
		wanted[name] = c.Sub(wanted[name], units)
		draft := drafts[move.Delivery]
		if draft == nil {
			draft = &stock.ReturnDraft{ExternalID: returnName(t.known.Key, tag, strconv.FormatInt(move.Delivery, 10)), To: t.hold(), Note: t.note()}
			drafts[move.Delivery] = draft
			deliveries = append(deliveries, move.Delivery)
		}
		draft.Lines = append(draft.Lines, stock.ReturnLine{Move: move.Move, Quantity: units, ToRefund: !keep[name]})
	}
	if err := c.Err(); err != nil {
		return "", err
	}
	for name, rest := range wanted {
		if rest.IsPos() {
			return "", fmt.Errorf("%s units of line %s of order %s cannot come back: they were not delivered, or are on their way back already", rest, name, t.order.there.Key)
		}
	}
	for _, delivery := range deliveries {
		id, err := stock.OpenReturn(ctx, t.erp, *drafts[delivery])
		if err != nil {
			return "", err
		}
		made = append(made, pickingRecord(id))
	}
	return strings.Join(made, ", "), nil
}

func pickingRecord(id int64) string { return "stock.picking," + strconv.FormatInt(id, 10) }

// note is what people read on the records of the return.
func (t *returnTask) note() string { return "Return " + cmp.Or(t.known.Number, t.known.Key.ID) }

// hold is where goods wait for their inspection; 0: where Odoo puts what comes back.
func (t *returnTask) hold() int64 {
	return t.order.places[t.policy.Inspection]
}

// receive books units as arrived. It books what Odoo does not have yet of the units in all, so a repeat changes nothing.
func (t *returnTask) receive(ctx context.Context, effect returns.Effect) (string, error) {
	var c exact.Calc
	wanted := map[string]decimal.Decimal{}
	lots := map[string][]stock.LotQuantity{}
	for _, line := range effect.Lines {
		beyond := c.Sub(c.Add(line.From, line.Qty), t.lineWith(line.Line).SeenInOdoo)
		if beyond.IsPos() {
			wanted[line.OrderLine] = c.Add(wanted[line.OrderLine], beyond)
			lots[line.OrderLine] = append(lots[line.OrderLine], t.freshLots(line)...)
		}
	}
	var made []string
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known.Key, back); !own || !back.Open() {
			continue
		}
		receipt := stock.Receipt{Return: back.ID}
		for _, move := range back.Moves {
			name := t.order.names[move.SaleLine]
			units := move.Wanted.Min(wanted[name])
			if !units.IsPos() || move.Out {
				continue
			}
			wanted[name] = c.Sub(wanted[name], units)
			some, rest := takeLots(lots[name], units, t.soldFrom(move).Lots)
			lots[name] = rest
			receipt.Lines = append(receipt.Lines, stock.ReceivedLine{Move: move.ID, Quantity: units, Lots: some})
		}
		if len(receipt.Lines) == 0 {
			continue
		}
		if err := stock.Receive(ctx, t.erp, receipt); err != nil {
			return "", err
		}
		made = append(made, pickingRecord(back.ID))
	}
	if err := c.Err(); err != nil {
		return "", err
	}
	for name, rest := range wanted {
		if rest.IsPos() {
			return "", fmt.Errorf("%s units of line %s of order %s have arrived and Odoo expects no more of this return: look at its return pickings", rest, name, t.order.there.Key)
		}
	}
	return strings.Join(made, ", "), nil
}

func (t *returnTask) lineWith(id string) returns.CaseLine {
	for _, line := range t.known.Lines {
		if line.ID == id {
			return line
		}
	}
	return returns.CaseLine{}
}

// arrival is the move by which units of an order line came back.
func (t *returnTask) arrival(orderLine string) (stock.Return, stock.ReturnMove, bool) {
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known.Key, back); !own {
			continue
		}
		for _, move := range back.Moves {
			if move.State == "done" && !move.Out && t.order.names[move.SaleLine] == orderLine {
				return back, move, true
			}
		}
	}
	return stock.Return{}, stock.ReturnMove{}, false
}

// arrivals are all moves by which units of an order line came back.
func (t *returnTask) arrivals(orderLine string) []int64 {
	var all []int64
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known.Key, back); !own {
			continue
		}
		for _, move := range back.Moves {
			if move.State == "done" && !move.Out && t.order.names[move.SaleLine] == orderLine {
				all = append(all, move.ID)
			}
		}
	}
	return all
}

// relocate moves units from where they arrived to where they belong by what was found in them.
func (t *returnTask) relocate(ctx context.Context, effect returns.Effect) (string, error) {
	var made []string
	for n, line := range effect.Lines {
		_, move, ok := t.arrival(line.OrderLine)
		if !ok {
			return "", fmt.Errorf("line %s of return %s has not arrived in Odoo", line.Line, t.known.Key)
		}
		if effect.Kind == returns.EffectRestock && line.Location.IsZero() && t.hold() == 0 {
			// Odoo put them where they belong, or brings them there in steps.
			if _, err := t.goods.MoveOn(ctx, stock.Passage{Moves: t.arrivals(line.OrderLine), Units: t.restocked(effect, line), Lots: lotsOf(line)}); err != nil {
				return "", err
			}
			continue
		}
		to, err := t.placeFor(effect.Kind, line, move)
		if err != nil {
			return "", err
		}
		from, err := t.waiting(ctx, line, move)
		if err != nil {
			return "", err
		}
		if to == from {
			continue
		}
		id, err := t.goods.Relocate(ctx, stock.Transfer{
			ExternalID: t.stepName(effect, n), Product: move.Product, Unit: move.Unit, Quantity: line.Qty, Lots: lotsOf(line), From: from, To: to,
			Warehouse: t.soldFrom(move).Warehouse, Note: t.note(),
		})
		if err != nil {
			return "", err
		}
		made = append(made, pickingRecord(id))
	}
	return strings.Join(made, ", "), nil
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

// waiting is where units are that arrived: where they wait for their inspection or, in a warehouse that receives in steps, at one of these.
// They are no longer kept for the next step.
func (t *returnTask) waiting(ctx context.Context, line returns.EffectLine, move stock.ReturnMove) (int64, error) {
	if t.hold() != 0 {
		return move.To, nil
	}
	moves := t.arrivals(line.OrderLine)
	if err := t.goods.Unreserve(ctx, moves); err != nil {
		return 0, err
	}
	return t.goods.Waiting(ctx, moves, line.Qty)
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
	for n, line := range effect.Lines {
		back, move, ok := t.arrival(line.OrderLine)
		if !ok {
			return "", fmt.Errorf("line %s of return %s has not arrived in Odoo", line.Line, t.known.Key)
		}
		from, err := t.waiting(ctx, line, move)
		if err != nil {
			return "", err
		}
		draft := stock.ScrapDraft{
			ExternalID: t.stepName(effect, n), Picking: back.ID, Product: move.Product, Unit: move.Unit, Quantity: line.Qty, From: from, Note: t.note(),
		}
		drafts := []stock.ScrapDraft{draft}
		if len(line.Lots) > 0 { // a scrap order is for one lot
			drafts = nil
		}
		for k, lot := range line.Lots {
			draft.ExternalID, draft.Quantity, draft.Lot = t.stepName(effect, n, k), lot.Qty, lot.Lot
			drafts = append(drafts, draft)
		}
		for _, draft := range drafts {
			id, err := stock.Scrap(ctx, t.erp, draft)
			if err != nil {
				return "", err
			}
			made = append(made, fmt.Sprintf("stock.scrap,%d", id))
		}
	}
	return strings.Join(made, ", "), nil
}

// giveUp cancels what Odoo still expects of goods that will not come, or that went another way: the case says so, or it is over.
func (t *returnTask) giveUp(ctx context.Context) error {
	if t.known.Status == returns.CaseClosed && t.hold() == 0 && len(t.done) > 0 {
		for _, effect := range t.known.Effects {
			if effect.Kind != returns.EffectQuarantine && effect.Kind != returns.EffectScrap {
				continue
			}
			for _, line := range effect.Lines {
				if err := t.goods.EndPassage(ctx, t.arrivals(line.OrderLine)); err != nil {
					return err
				}
			}
		}
	}
	coming := map[string]bool{}
	for _, line := range t.known.Lines {
		if t.known.Status != returns.CaseClosed && t.known.Approval == canonical.ReturnApproved && !line.Short {
			coming[line.OrderLine] = true
		}
	}
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known.Key, back); !own || !back.Open() {
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
	parts := []string{tagOf(effect.ID)}
	for _, part := range n {
		parts = append(parts, strconv.Itoa(part))
	}
	return returnName(t.known.Key, parts...)
}

// shipBack sends units to the buyer as they are, or once they are repaired: the way back of their receipt.
func (t *returnTask) shipBack(ctx context.Context, effect returns.Effect) (string, error) {
	var made []string
	for n, line := range effect.Lines {
		_, move, ok := t.arrival(line.OrderLine)
		if !ok {
			return "", fmt.Errorf("line %s of return %s has not arrived in Odoo", line.Line, t.known.Key)
		}
		id, err := stock.OpenReturn(ctx, t.erp, stock.ReturnDraft{
			ExternalID: t.stepName(effect, n), Note: t.note(), Lines: []stock.ReturnLine{{Move: move.ID, Quantity: line.Qty}},
		})
		if err != nil {
			return "", err
		}
		made = append(made, pickingRecord(id))
	}
	if effect.Kind == returns.EffectRepair {
		if _, err := t.askPerson(ctx, effect); err != nil {
			return "", err
		}
	}
	return strings.Join(made, ", "), nil
}

// exchange brings the order of what goes out instead into Odoo.
func (t *returnTask) exchange(ctx context.Context, effect returns.Effect) (string, error) {
	order, err := t.exchangeOrder(effect)
	if err != nil {
		return "", err
	}
	placed, err := t.placeExchange(ctx, order, t.order.record)
	if err != nil {
		return "", err
	}
	return "sale.order," + strconv.FormatInt(placed.ID, 10), nil
}

// observeExchanges tells the case which exchanged goods have left.
func (t *returnTask) observeExchanges(ctx context.Context) error {
	shipped := map[string]bool{}
	for _, exchange := range t.known.Exchange {
		shipped[exchange.ID] = exchange.Shipped
	}
	ids := map[int64]string{}
	for _, effect := range t.known.Effects {
		if effect.Kind != returns.EffectExchange || effect.Status != returns.EffectDone || len(effect.Lines) == 0 {
			continue
		}
		id := cmp.Or(effect.Exchange, effect.Lines[0].Line)
		order, err := strconv.ParseInt(strings.TrimPrefix(effect.Reference, "sale.order,"), 10, 64)
		if err == nil && !shipped[id] {
			ids[order] = id
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
		Key:      canonical.Key{Channel: there.Key.Channel, ID: "return/" + t.known.Key.String() + "/" + tagOf(effect.ID)},
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
	order.Totals.Grand.Shop = c.Add(order.Totals.Net.Shop, order.Totals.Tax.Shop)
	return order, c.Err()
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
