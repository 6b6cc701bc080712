package returns

import (
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// stated takes the platform's word, unless it is an old one.
func (w *work) stated(r canonical.Return) error {
	c := w.c
	if c.Key == (canonical.Key{}) {
		c.Key = r.Key
	}
	if c.Key != r.Key {
		return &Refusal{Code: RefusedOtherCase, Problem: "the statement is about another return", WayOut: "apply it to the case with its key"}
	}
	if err := r.Validate(); err != nil {
		return err
	}
	side, currency := w.side(r)
	digest := r.Digest()
	if r.Revision.UpdatedAt.Before(c.Revision.UpdatedAt) {
		return nil
	}
	if r.Revision.UpdatedAt.Equal(c.Revision.UpdatedAt) && digest == c.Revision.Digest && currency == c.Currency {
		return nil
	}
	c.Revision = canonical.Revision{UpdatedAt: r.Revision.UpdatedAt, Digest: digest}
	c.Currency, w.currency = currency, currency
	c.Number, c.ClosedThere, c.RequestedAt = r.Number, r.Closed, r.RequestedAt
	if c.Order.ID == "" {
		c.Order = r.Order
	}
	for i := range r.Lines {
		w.statedLine(&r.Lines[i], side)
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if !slices.ContainsFunc(r.Lines, func(s canonical.ReturnLine) bool { return s.ID == l.ID }) {
			w.request(l, decimal.Decimal{})
		}
	}
	w.statedExchange(r.Exchange, side)
	w.statedMoney(r, side)
	w.approval(r.Approval, FromPlatform, true)
	if r.Approval == canonical.ReturnApproved && c.Approval == canonical.ReturnApproved {
		w.grant(nil)
	}
	if r.Logistics != canonical.ReturnPartiallyReceived && r.Logistics != canonical.ReturnReceived {
		w.logistics(r.Logistics)
	}
	return w.err
}

// side is how amounts are read: in the currency of the order in Odoo, if it is one of the return's.
func (w *work) side(r canonical.Return) (func(canonical.Amount) decimal.Decimal, canonical.Currency) {
	if r.PresentmentCurrency != "" && w.f.Currency == r.PresentmentCurrency && w.f.Currency != r.Currency {
		return func(a canonical.Amount) decimal.Decimal { return a.Presentment }, r.PresentmentCurrency
	}
	return func(a canonical.Amount) decimal.Decimal { return a.Shop }, r.Currency
}

func (w *work) statedLine(s *canonical.ReturnLine, side func(canonical.Amount) decimal.Decimal) {
	i := slices.IndexFunc(w.c.Lines, func(l CaseLine) bool { return l.ID == s.ID })
	if i < 0 {
		w.c.Lines = append(w.c.Lines, CaseLine{ID: s.ID, Resolution: canonical.ResolutionPending})
		i = len(w.c.Lines) - 1
	}
	l := &w.c.Lines[i]
	l.Reason = s.Reason
	if l.Approved.IsZero() { // what was approved is of the line that it was approved for
		l.OrderLine, l.SKU = s.OrderLineID, s.SKU
	}
	w.findOrderLine(l)
	w.request(l, s.Qty)
	if s.KeepItem {
		w.keep(l)
	}
	var arrived decimal.Decimal
	for _, u := range s.Received {
		if u.Disposition != canonical.DispositionMissing {
			arrived = w.add(arrived, u.Qty)
		}
	}
	w.find(l, s.Received, FromPlatform)
	w.see(l, arrived, FromPlatform)
	w.resolve(l, s.Resolution, s.RawResolution, true, FromPlatform)
	l.Refund, l.RefundKnown = side(s.Refund), s.RefundKnown
}

// request sets how many units are to come back: units that are here, or that were dealt with, cannot be withdrawn.
func (w *work) request(l *CaseLine, qty decimal.Decimal) {
	floor := w.receivedOf(l).Max(w.settledUnits(l)).Max(l.Swapped)
	l.Requested = qty.Max(floor)
	l.Granted, l.Approved = l.Granted.Min(l.Requested), l.Approved.Min(l.Requested)
}

func (w *work) statedExchange(lines []canonical.ExchangeLine, side func(canonical.Amount) decimal.Decimal) {
	c := w.c
	c.Exchange = slices.DeleteFunc(c.Exchange, func(x CaseExchange) bool {
		return !x.Asked && !x.Settled && !slices.ContainsFunc(lines, func(s canonical.ExchangeLine) bool { return s.ID == x.ID })
	})
	for _, s := range lines {
		i := slices.IndexFunc(c.Exchange, func(x CaseExchange) bool { return x.ID == s.ID })
		if i < 0 {
			c.Exchange = append(c.Exchange, CaseExchange{ID: s.ID})
			i = len(c.Exchange) - 1
		}
		x := &c.Exchange[i]
		if x.OrderID == "" && !x.Asked {
			x.OrderID = s.OrderID
		}
		if x.Asked || x.Settled {
			continue
		}
		x.Line, x.SKU, x.Qty, x.Net, x.Tax = s.ReturnLineID, s.SKU, s.Qty, side(s.Total), decimal.Decimal{}
		for _, tax := range s.Taxes {
			x.Tax = w.add(x.Tax, side(tax.Amount))
		}
	}
}

func (w *work) statedMoney(r canonical.Return, side func(canonical.Amount) decimal.Decimal) {
	taken := map[[2]string]decimal.Decimal{}
	for _, fee := range w.c.Stated.Fees {
		at := [2]string{string(fee.Kind), fee.Line}
		taken[at] = w.add(taken[at], fee.Taken)
	}
	w.c.Stated = StatedMoney{Shipping: side(r.ShippingRefund), Refund: side(r.Refund), RefundKnown: r.RefundKnown}
	for _, s := range r.Fees {
		at := [2]string{string(s.Kind), s.ReturnLineID}
		i := slices.IndexFunc(w.c.Stated.Fees, func(f StatedFee) bool { return f.Kind == s.Kind && f.Line == s.ReturnLineID })
		if i < 0 {
			w.c.Stated.Fees = append(w.c.Stated.Fees, StatedFee{Kind: s.Kind, Line: s.ReturnLineID, Taken: taken[at]})
			i = len(w.c.Stated.Fees) - 1
		}
		w.c.Stated.Fees[i].Amount = w.add(w.c.Stated.Fees[i].Amount, side(s.Amount))
		delete(taken, at)
	}
}
