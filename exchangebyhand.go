package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/returns"
)

// goodsOut are the units of what goes out, by product and in the unit of the plan.
type goodsOut struct {
	units map[int64]decimal.Decimal
	in    map[int64]int64
}

// goodsOf are the goods of a plan: its lines that are neither rounding nor tax.
func goodsOf(c *exact.Calc, plan *mapping.Plan) goodsOut {
	out := goodsOut{units: map[int64]decimal.Decimal{}, in: map[int64]int64{}}
	for _, line := range plan.Order.Lines {
		if parts, ok := line.ExternalID.Parts(); ok && len(parts) > 2 && strings.HasSuffix(parts[2], "line") {
			out.units[line.ProductID] = c.Add(out.units[line.ProductID], line.Quantity)
			out.in[line.ProductID] = line.UoMID
		}
	}
	return out
}

// exchangeByHand is the order that a person made for the goods of an exchange; its id is 0 if nobody did. Such an order names the return as
// the flow does, is for the customer of the order that it follows, in its company and currency, and holds exactly the goods at what they
// are netted with. It is taken for one exchange alone. One that names the return and is none of its exchanges holds the goods up, so that
// they do not go out twice: the error says what to do. It only reads.
func (t *returnTask) exchangeByHand(ctx context.Context, effect returns.Effect, wanted canonical.Order) (sale.NamedOrder, error) {
	own, named, err := sale.FindNaming(ctx, t.erp, t.order.record.ID, t.known.Title())
	if err != nil {
		return sale.NamedOrder{}, err
	}
	if own == nil {
		return sale.NamedOrder{}, nil
	}
	// Another shop or platform may have a return of the same number: orders of other customers are of such ones.
	named = slices.DeleteFunc(named, func(o sale.NamedOrder) bool {
		return o.Commercial == 0 || o.Commercial != own.Commercial || o.ExternalID.Module == mapping.Module || !says(o.Origin, t.known) && !says(o.Reference, t.known) || t.takenBy(o.ID, effect)
	})
	if len(named) == 0 {
		return sale.NamedOrder{}, nil
	}
	plan, err := t.planExchange(ctx, wanted)
	if err != nil {
		return sale.NamedOrder{}, err
	}
	plans := []*mapping.Plan{plan}
	if effect.Amount.IsPos() {
		// The flow lowers its own order by what is waived. Whoever makes one by hand may leave the price as it is.
		whole := effect
		whole.Amount = decimal.Zero
		if wanted, err = t.exchangeOrder(whole); err != nil {
			return sale.NamedOrder{}, err
		}
		if plan, err = t.planExchange(ctx, wanted); err != nil {
			return sale.NamedOrder{}, err
		}
		plans = []*mapping.Plan{plan, plans[0]}
	}
	// What a process that died has made for this effect comes first.
	made, err := sale.FindByExternalID(ctx, t.erp, []odoo.ExternalID{plan.Order.ExternalID})
	if err != nil {
		return sale.NamedOrder{}, err
	}
	if order, ok := made[plan.Order.ExternalID]; ok && order.State != sale.StateCancel {
		return sale.NamedOrder{}, nil
	}
	var ids []int64
	for _, order := range named {
		ids = append(ids, order.ID)
	}
	lines, err := sale.Lines(ctx, t.erp, ids)
	if err != nil {
		return sale.NamedOrder{}, err
	}
	others, err := t.otherExchanges(ctx, effect)
	if err != nil {
		return sale.NamedOrder{}, err
	}
	var fit []sale.NamedOrder
	var astray *Conflict
	for _, order := range named {
		why, err := t.misfit(ctx, order, *own, lines[order.ID], plans)
		if err != nil {
			return sale.NamedOrder{}, err
		}
		if why == "" {
			fit = append(fit, order)
			continue
		}
		isOther := false
		if len(others) > 0 {
			not, err := t.misfit(ctx, order, *own, lines[order.ID], others)
			if err != nil {
				return sale.NamedOrder{}, err
			}
			isOther = not == ""
		}
		if !isOther && astray == nil {
			astray = &Conflict{
				Name: order.Name, State: string(order.State), Reason: fmt.Sprintf("it names %s and does not fit what is exchanged: %s", t.known.Title(), why),
				WayOut: "correct it, or cancel it or take the return's name out of it, and the flow makes an order of its own",
			}
		}
	}
	// Exchanges of the same goods have an order each, and it does not matter which.
	alike := 1
	for _, other := range others {
		if sameExchange(plan, other) {
			alike++
		}
	}
	switch {
	case len(fit) > alike:
		return sale.NamedOrder{}, &Conflict{
			Name: fit[0].Name, State: string(fit[0].State), Reason: fmt.Sprintf("%s names %s as well, and the goods go out once", fit[1].Name, t.known.Title()),
			WayOut: "cancel one of them, or take the return's name out of it",
		}
	case len(fit) == 0 && astray != nil:
		return sale.NamedOrder{}, astray
	case len(fit) == 0:
		return sale.NamedOrder{}, nil
	}
	if order := fit[0]; order.State == sale.StateDraft || order.State == sale.StateSent {
		return sale.NamedOrder{}, &Conflict{
			Name: order.Name, State: string(order.State), Reason: "a person made it for the exchanged goods of " + t.known.Title() + " and has not confirmed it",
			WayOut: "confirm it, or cancel it and the flow makes an order of its own",
		}
	}
	return fit[0], nil
}

// takenBy reports whether an order is that of another exchange of the case.
func (t *returnTask) takenBy(order int64, effect returns.Effect) bool {
	return slices.ContainsFunc(t.known.Effects, func(e returns.Effect) bool {
		return e.Kind == returns.EffectExchange && e.ID != effect.ID && e.Reference == orderRecord(order)
	})
}

// otherExchanges are the plans of what else the platform exchanges in the return and what has no order yet.
func (t *returnTask) otherExchanges(ctx context.Context, effect returns.Effect) ([]*mapping.Plan, error) {
	var plans []*mapping.Plan
	for _, x := range t.known.Exchange {
		if x.ID == effect.Exchange || x.OrderID != "" || x.Dropped || slices.ContainsFunc(t.known.Effects, func(e returns.Effect) bool {
			return e.Kind == returns.EffectExchange && e.Exchange == x.ID && e.Status == returns.EffectDone
		}) {
			continue
		}
		order, err := t.exchangeOrder(returns.Effect{ID: x.ID, Kind: returns.EffectExchange, Exchange: x.ID, Lines: []returns.EffectLine{{Line: x.Line, SKU: x.SKU, Qty: x.Qty}}})
		if err != nil {
			return nil, err
		}
		plan, err := t.planExchange(ctx, order)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// sameExchange reports whether an order that fits one plan fits the other.
func sameExchange(a, b *mapping.Plan) bool {
	var c exact.Calc
	same := maps.EqualFunc(goodsOf(&c, a).units, goodsOf(&c, b).units, func(x, y decimal.Decimal) bool { return x.Cmp(y) == 0 })
	return same && c.Err() == nil && a.Untaxed.Cmp(b.Untaxed) == 0 && a.Total.Cmp(b.Total) == 0
}

// misfit is why an order that a person made fits none of the plans, by the first of them; empty: it fits one.
func (t *returnTask) misfit(ctx context.Context, order, own sale.NamedOrder, lines []sale.Line, plans []*mapping.Plan) (string, error) {
	var first string
	for _, plan := range plans {
		why, err := t.misfitsOne(ctx, order, own, lines, plan)
		if err != nil || why == "" {
			return "", err
		}
		first = cmp.Or(first, why)
	}
	return first, nil
}

func (t *returnTask) misfitsOne(ctx context.Context, order, own sale.NamedOrder, lines []sale.Line, plan *mapping.Plan) (string, error) {
	switch {
	case namesOther(order.Origin, t.known) || namesOther(order.Reference, t.known):
		return "it names another return too", nil
	case order.Company.ID != own.Company.ID:
		return "it is of another company than " + own.Name, nil
	case order.Currency.ID != own.Currency.ID:
		return "it is in another currency than " + own.Name, nil
	}
	var c exact.Calc
	goods := goodsOf(&c, plan)
	there, err := t.unitsIn(ctx, &c, lines, goods, func(l sale.Line) decimal.Decimal { return l.Quantity })
	if err != nil {
		return "", err
	}
	for product, units := range there {
		if units.Cmp(goods.units[product]) != 0 {
			return fmt.Sprintf("it has %s of product %d, and %s are exchanged", units.Trim(0), product, goods.units[product].Trim(0)), nil
		}
	}
	for product, units := range goods.units {
		if _, ok := there[product]; !ok {
			return fmt.Sprintf("it has none of product %d, of which %s are exchanged", product, units.Trim(0)), nil
		}
	}
	// Odoo rounds the tax of each line; what is netted is a share of what was sold.
	apart := c.Mul(decimal.MustNew(int64(len(goods.units)), 0), decimal.MustNew(1, plan.Digits))
	for _, amount := range []struct {
		what        string
		here, wants decimal.Decimal
	}{{"without tax", order.AmountUntaxed, plan.Untaxed}, {"in all", order.AmountTotal, plan.Total}} {
		if c.Sub(amount.here, amount.wants).Abs().Cmp(apart) > 0 {
			return fmt.Sprintf("it comes to %s %s, and the exchange counts %s", amount.here.Rescale(plan.Digits), amount.what, amount.wants.Rescale(plan.Digits)), c.Err()
		}
	}
	return "", c.Err()
}

// unitsIn are the units in order lines by product: in the units of the goods where they are among them.
func (t *returnTask) unitsIn(ctx context.Context, c *exact.Calc, lines []sale.Line, goods goodsOut, of func(sale.Line) decimal.Decimal) (map[int64]decimal.Decimal, error) {
	all := map[int64]decimal.Decimal{}
	for _, line := range lines {
		product, units := line.ProductID.ID, of(line)
		if product == 0 { // a heading or a note
			continue
		}
		if in, ok := goods.in[product]; ok && in != 0 {
			var err error
			if units, err = t.goods.Convert(ctx, units, line.UoM.ID, in); err != nil {
				return nil, err
			}
		}
		all[product] = c.Add(all[product], units)
	}
	return all, c.Err()
}

// namesOther reports whether a text names a return that is not the case's: a word with a digit after "Return".
func namesOther(text string, known returns.Case) bool {
	parts := strings.Split(text, "Return ")
	for _, rest := range parts[1:] {
		word, _, _ := strings.Cut(rest, " ")
		if !says("Return "+rest, known) && strings.ContainsFunc(word, unicode.IsDigit) {
			return true
		}
	}
	return false
}

// exchangeLeft reports whether the goods of an order that a person made for an exchange have left.
func (t *returnTask) exchangeLeft(ctx context.Context, effect returns.Effect, lines []sale.Line) (bool, error) {
	order, err := t.exchangeOrder(effect)
	if err != nil {
		return false, err
	}
	plan, err := t.planExchange(ctx, order)
	if err != nil {
		return false, err
	}
	var c exact.Calc
	goods := goodsOf(&c, plan)
	there, err := t.unitsIn(ctx, &c, lines, goods, func(l sale.Line) decimal.Decimal { return l.Delivered })
	if err != nil {
		return false, err
	}
	left := len(goods.units) > 0
	for product, units := range goods.units {
		left = left && there[product].Cmp(units) >= 0
	}
	return left, c.Err()
}

// madeByHand reports whether a person made the order of these lines: the flow names each of its own.
func madeByHand(lines []sale.Line) bool {
	return !slices.ContainsFunc(lines, func(l sale.Line) bool { return l.ExternalID.Module == mapping.Module })
}

func orderRecord(id int64) string { return "sale.order," + strconv.FormatInt(id, 10) }
