package woocommerce

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// readRefund is a refund with its lines, all amounts positive.
type readRefund struct {
	id, reason string
	at         time.Time
	amount     decimal.Decimal
	lines      []refundLine
}

type refundLine struct {
	lineID        string
	qty, net, tax decimal.Decimal
}

func readRefunds(r *wire.Reader, bodies []json.RawMessage) []readRefund {
	var all []readRefund
	for i, body := range bodies {
		path := fmt.Sprintf("refunds[%d]", i)
		var source refund
		if json.Unmarshal(body, &source) != nil {
			r.Fail(path, wire.ErrForm)
			continue
		}
		result := readRefund{
			id: source.ID.String(), reason: source.Reason.String(),
			at:     r.Time(path+".date_created_gmt", source.Created),
			amount: r.Amount(path+".amount", source.Amount).Abs(),
		}
		if !isID(result.id) {
			r.Fail(path+".id", wire.ErrNoID)
		}
		add := func(path string, line amounts, qty decimal.Decimal) {
			part := refundLine{
				lineID: refundedLine(line), qty: qty.Abs(),
				net: r.Amount(path+".total", line.Total).Abs(), tax: r.Amount(path+".total_tax", line.TotalTax).Abs(),
			}
			if part.lineID != "" && !(part.qty.IsZero() && part.net.IsZero() && part.tax.IsZero()) {
				result.lines = append(result.lines, part)
			}
		}
		for j, item := range source.Items.Items {
			at := fmt.Sprintf("%s.line_items[%d]", path, j)
			add(at, item.amounts, r.Amount(at+".quantity", item.Quantity))
		}
		for j, line := range source.ShippingLines.Items {
			add(fmt.Sprintf("%s.shipping_lines[%d]", path, j), line.amounts, decimal.Zero)
		}
		for j, line := range source.Fees.Items {
			add(fmt.Sprintf("%s.fee_lines[%d]", path, j), line.amounts, decimal.Zero)
		}
		all = append(all, result)
	}
	return all
}

// refundedLine is the id of the order's line that a refund's line refers to.
func refundedLine(line amounts) string {
	for _, entry := range line.Meta.Items {
		if entry.Key.String() == "_refunded_item_id" {
			return entry.Value.String()
		}
	}
	return ""
}

// effect is how much refunds take off the order's totals.
type effect struct{ gross, tax decimal.Decimal }

// applyRefunds books the refunds. Units that go back before the order was completed will not be
// shipped: they are cancelled, and their price leaves the order. All other refunds give money back
// and leave the order as it was sold.
func (d decoder) applyRefunds(r *wire.Reader, result *canonical.Order, source order, refunds []readRefund, drafts []tally.Draft) effect {
	result.Discounts = discounts(source)
	byID := map[string]*tally.Draft{}
	for i := range drafts {
		byID[drafts[i].Line.ID] = &drafts[i]
	}
	completed := r.Time("date_completed_gmt", source.Completed)
	scale := tally.Scale(result.Currency)
	var taken effect
	for _, back := range refunds {
		if back.at.After(result.Revision.UpdatedAt) {
			result.Revision.UpdatedAt = back.at
		}
		cancels := completed.IsZero() || back.at.Before(completed)
		cancel := canonical.Adjustment{ID: back.id + "-cancel", Kind: canonical.AdjustmentCancel, Reason: back.reason, At: back.at}
		money := canonical.Adjustment{ID: back.id, Kind: canonical.AdjustmentRefund, Reason: back.reason, At: back.at}
		rest, cancelled := back.amount, decimal.Zero
		for _, part := range back.lines {
			draft, known := byID[part.lineID]
			if !known {
				continue // a line that was deleted from the order since
			}
			gross := r.Add("refunds", part.net, part.tax)
			line := canonical.AdjustmentLine{
				LineID: part.lineID, Qty: part.qty,
				Net: canonical.Shop(tally.Round(part.net, scale)), Tax: canonical.Shop(tally.Round(part.tax, scale)),
			}
			net, tax, done := decimal.Zero, decimal.Zero, false
			if cancels && part.qty.IsPos() {
				net, tax, done = takeOff(r, draft, part, scale)
			}
			if !done {
				draft.Line.Qty.Refunded = r.Add("refunds", draft.Line.Qty.Refunded, part.qty)
				money.Lines = append(money.Lines, line)
				continue
			}
			cancel.Lines = append(cancel.Lines, line)
			cancelled = r.Add("refunds", cancelled, gross)
			rest = r.Sub("refunds", rest, gross)
			taken.gross = r.Add("refunds", taken.gross, r.Add("refunds", net, tax))
			taken.tax = r.Add("refunds", taken.tax, tax)
		}
		if len(cancel.Lines) > 0 {
			cancel.Amount = canonical.Shop(tally.Round(cancelled, scale))
			result.Adjustments = append(result.Adjustments, cancel)
		}
		if len(money.Lines) > 0 || tally.Round(rest, scale).IsPos() {
			money.Amount = canonical.Shop(tally.Round(rest, scale))
			result.Adjustments = append(result.Adjustments, money)
		}
	}
	d.ship(r, result.Status, source, drafts)
	return taken
}

// ship marks what a completed order has shipped: WooCommerce knows no parcels.
func (d decoder) ship(r *wire.Reader, status canonical.Status, source order, drafts []tally.Draft) {
	refunded := source.Status.String() == "refunded" && !source.Completed.IsEmpty()
	if status != canonical.StatusShipped && status != canonical.StatusDelivered && !refunded {
		return
	}
	for i := range drafts {
		line := &drafts[i].Line
		if !line.Kind.Goods() {
			continue
		}
		line.Qty.Shipped = r.Sub("line_items", line.Qty.Ordered, line.Qty.Cancelled)
		if status == canonical.StatusDelivered {
			line.Qty.Delivered = line.Qty.Shipped
		}
	}
}

// takeOff cancels units of a line and returns what they take off the order. It is false when the
// refund is of more than the line still has.
func takeOff(r *wire.Reader, draft *tally.Draft, part refundLine, scale int) (net, tax decimal.Decimal, done bool) {
	qty := &draft.Line.Qty
	cancelled := r.Add("refunds", qty.Cancelled, part.qty)
	left := r.Sub("refunds", draft.Net, part.net)
	if cancelled.Cmp(qty.Ordered) > 0 || left.IsNeg() && !tally.Round(left, scale).IsZero() {
		return net, tax, false
	}
	taxes, ok := reduce(r, draft.Taxes, part.tax)
	if !ok {
		return net, tax, false
	}
	if cancelled.Equal(qty.Ordered) {
		// The last fractions of a cent go with the last unit.
		left = dust(left, scale)
		for i := range taxes {
			taxes[i] = dust(taxes[i], scale)
		}
	}
	net = r.Sub("refunds", draft.Net, left)
	tax = r.Sub("refunds", r.Sum("taxes", draft.Taxes), r.Sum("taxes", taxes))
	shrinkShares(draft, cancelled)
	qty.Cancelled, draft.Net, draft.Taxes = cancelled, left, taxes
	return net, tax, true
}

// reduce takes a tax off a line's taxes: a refund states the line's tax, the rates share it as they
// share the line's.
func reduce(r *wire.Reader, taxes []decimal.Decimal, off decimal.Decimal) ([]decimal.Decimal, bool) {
	if len(taxes) == 0 {
		return nil, off.IsZero()
	}
	reduced := make([]decimal.Decimal, len(taxes))
	whole, rest := r.Sum("taxes", taxes), off
	for i, tax := range taxes {
		share := rest
		if i < len(taxes)-1 {
			product, err := off.Mul(tax)
			if err != nil {
				return nil, false
			}
			share = quotient(product, whole)
		}
		reduced[i] = r.Sub("refunds", tax, share)
		rest = r.Sub("refunds", rest, share)
	}
	return reduced, true
}

// dust is zero for what rounds to zero.
func dust(value decimal.Decimal, scale int) decimal.Decimal {
	if tally.Round(value, scale).IsZero() {
		return decimal.Zero
	}
	return value
}

// shrinkShares leaves the discounts of the units that are still open.
func shrinkShares(draft *tally.Draft, cancelled decimal.Decimal) {
	qty := draft.Line.Qty
	before, err := qty.Ordered.Sub(qty.Cancelled)
	if err != nil || before.IsZero() {
		return
	}
	after, err := qty.Ordered.Sub(cancelled)
	if err != nil {
		return
	}
	for i, share := range draft.Shares {
		if product, err := share.Amount.Mul(after); err == nil {
			draft.Shares[i].Amount = quotient(product, before)
		}
	}
}
