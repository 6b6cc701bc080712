package canonical

// Validate checks every rule that a return must keep before anything follows from it and returns a [*ValidationError] with all
// that it breaks, or nil. It changes nothing. What contradicts the order (more units than were shipped, a line that it has not)
// is for package returns to see.
//
// Amounts are whole minor units. A return names its order by id or by number, and each line its order line or its SKU. What
// was received may be more than is to come back: such things happen.
func (r *Return) Validate() error {
	v := validator{order: &Order{Currency: r.Currency, PresentmentCurrency: r.PresentmentCurrency}}
	v.sides()
	v.returnHeader(r)
	v.lineAt = make(map[string]int, len(r.Lines))
	for i := range r.Lines {
		v.returnLine(i, &r.Lines[i])
	}
	v.exchange(r)
	v.returnMoney(r)
	if len(v.found) == 0 {
		return nil
	}
	return &ValidationError{Key: r.Key, Violations: v.found, what: "return"}
}

func (v *validator) returnHeader(r *Return) {
	v.key(at{field: "key"}, r.Key)
	if r.Revision.UpdatedAt.IsZero() {
		v.add(at{field: "revision.updated_at"}, ViolationMissing, "must be given: the newest revision wins")
	}
	if r.Order.ID != "" {
		v.key(at{field: "order"}, r.Order)
	} else {
		v.required(at{field: "order_number"}, r.OrderNumber)
	}
	switch r.Approval {
	case ReturnRequested, ReturnApproved, ReturnDeclined, ReturnExpired, ReturnCancelled:
	default:
		v.add(at{field: "approval"}, ViolationUnknownWord, "is no approval of this model: keep the platform's word in raw_status")
	}
	switch r.Logistics {
	case ReturnUnsent, ReturnLabelIssued, ReturnInTransit, ReturnArrived, ReturnPartiallyReceived, ReturnReceived, ReturnReturnless:
	default:
		v.add(at{field: "logistics"}, ViolationUnknownWord, "is no place of the goods of this model")
	}
	if len(r.Lines) == 0 {
		v.add(at{field: "lines"}, ViolationMissing, "a return has at least one line")
	}
}

func (v *validator) returnLine(i int, l *ReturnLine) {
	p := at{list: "lines", i: i}
	v.required(p.with("id"), l.ID)
	if _, twice := v.lineAt[l.ID]; twice {
		v.add(p.with("id"), ViolationDuplicate, "another line has the same id")
	}
	v.lineAt[l.ID] = i
	if l.OrderLineID == "" {
		v.required(p.with("sku"), l.SKU)
	}
	if !l.Qty.IsPos() {
		v.add(p.with("qty"), ViolationQuantity, "must be positive")
	}
	switch l.Resolution {
	case ResolutionPending, ResolutionRefund, ResolutionExchangeSame, ResolutionExchangeOther, ResolutionStoreCredit,
		ResolutionGiftCard, ResolutionRepair, ResolutionRejected, ResolutionNone:
	case ResolutionOther:
		v.required(p.with("raw_resolution"), l.RawResolution)
	default:
		v.add(p.with("resolution"), ViolationUnknownWord, "is no resolution of this model: use %q and keep the word in raw_resolution", ResolutionOther)
	}
	for j := range l.Received {
		u, q := &l.Received[j], p
		q.inner, q.j = "received", j
		if u.Qty.IsNeg() {
			v.add(q.with("qty"), ViolationSign, "must not be negative")
		}
		switch u.Disposition {
		case DispositionPending, DispositionSellable, DispositionDamaged, DispositionRefurbish, DispositionMissing, DispositionWrongItem:
		default:
			v.add(q.with("disposition"), ViolationUnknownWord, "is no disposition of this model: keep the word in raw_disposition")
		}
	}
	v.amount(p.with("refund"), l.Refund, true)
	v.notNegative(p.with("refund"), l.Refund)
}

func (v *validator) exchange(r *Return) {
	seen := make(map[string]bool, len(r.Exchange))
	for i := range r.Exchange {
		x, p := &r.Exchange[i], at{list: "exchange", i: i}
		v.required(p.with("id"), x.ID)
		if seen[x.ID] {
			v.add(p.with("id"), ViolationDuplicate, "another exchange line has the same id")
		}
		seen[x.ID] = true
		v.refersToLine(p.with("return_line_id"), x.ReturnLineID)
		if x.OrderID == "" {
			v.required(p.with("sku"), x.SKU)
		}
		if !x.Qty.IsPos() {
			v.add(p.with("qty"), ViolationQuantity, "must be positive")
		}
		v.amount(p.with("total"), x.Total, true)
		v.notNegative(p.with("total"), x.Total)
		for j := range x.Taxes {
			q := p
			q.inner, q.j = "taxes", j
			v.amount(q.with("amount"), x.Taxes[j].Amount, true)
			v.notNegative(q.with("amount"), x.Taxes[j].Amount)
		}
	}
}

func (v *validator) refersToLine(p at, id string) {
	if _, ok := v.lineAt[id]; !ok && id != "" {
		v.add(p, ViolationUnknownReference, "is no line of the return")
	}
}

func (v *validator) returnMoney(r *Return) {
	for i := range r.Fees {
		f, p := &r.Fees[i], at{list: "fees", i: i}
		switch f.Kind {
		case FeeRestocking, FeeShipping, FeeHandling:
		default:
			v.add(p.with("kind"), ViolationUnknownWord, "must be restocking, shipping or handling")
		}
		v.refersToLine(p.with("return_line_id"), f.ReturnLineID)
		v.amount(p.with("amount"), f.Amount, true)
		v.notNegative(p.with("amount"), f.Amount)
	}
	v.amount(at{field: "shipping_refund"}, r.ShippingRefund, true)
	v.notNegative(at{field: "shipping_refund"}, r.ShippingRefund)
	v.amount(at{field: "refund"}, r.Refund, true)
}
