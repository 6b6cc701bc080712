package generic

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
)

// decode decodes a return.
func (p *program) decode(op string, root tree.Value) (canonical.Return, error) {
	if !root.IsObject() {
		return canonical.Return{}, p.fail(marketplace.CodeInvalid, op, root.Path(), "the return cannot be read", tree.ErrForm)
	}
	d := decoder{program: p, root: root}
	state := d.state()
	if path, err := d.Failure(); err != nil {
		return canonical.Return{}, p.fail(marketplace.CodeInvalid, op, path, "the return cannot be read", err)
	}
	state.Revision.Digest = state.Digest()
	return state, nil
}

// decoder decodes one return.
type decoder struct {
	tree.Reader
	*program
	root                  tree.Value
	currency, presentment canonical.Currency
}

func (d *decoder) text(path tree.Path, at tree.Value) string { return d.Text(path.Find(at, d.root)) }

func (d *decoder) time(path tree.Path) time.Time {
	return d.Time(path.Find(d.root, d.root), d.zone, d.layouts)
}

// sum adds up what a path finds, and reports whether it finds anything.
func (d *decoder) sum(path tree.Path, at tree.Value, read func(tree.Value) decimal.Decimal) (decimal.Decimal, bool) {
	total, stated := decimal.Zero, false
	for _, value := range path.All(at, d.root) {
		if !value.IsEmpty() {
			total, stated = d.Add(value.Path(), total, read(value)), true
		}
	}
	return total, stated
}

func (d *decoder) quantity(path tree.Path, at tree.Value) decimal.Decimal {
	qty, _ := d.sum(path, at, d.Decimal)
	if qty.IsNeg() {
		d.Fail(path.Find(at, d.root).Path(), tree.ErrNegative)
	}
	return qty
}

func (d *decoder) amount(a amount, at tree.Value) (canonical.Amount, bool) {
	in := func(currency canonical.Currency) func(tree.Value) decimal.Decimal {
		if !d.minor {
			return d.Decimal
		}
		return func(v tree.Value) decimal.Decimal { return d.Minor(v, currency) }
	}
	shop, stated := d.sum(a.shop, at, in(d.currency))
	presentment, _ := d.sum(a.presentment, at, in(d.presentment))
	return canonical.Amount{Shop: shop, Presentment: presentment}, stated
}

func (d *decoder) money(path tree.Path) canonical.Currency {
	value := path.Find(d.root, d.root)
	text := d.Text(value)
	if text == "" {
		return ""
	}
	currency, err := canonical.ParseCurrency(text)
	if err != nil {
		d.Fail(value.Path(), tree.ErrForm)
	}
	return currency
}

func (d *decoder) state() canonical.Return {
	f := &d.fields
	id := f.id.Find(d.root, d.root)
	r := canonical.Return{
		Key:    canonical.Key{Channel: d.channel, ID: d.Must(id)},
		Number: d.text(f.number, d.root), OrderNumber: d.text(f.orderNumber, d.root),
		Revision: canonical.Revision{UpdatedAt: d.time(f.updated)}, RequestedAt: d.time(f.requested),
		DeclineReason: d.text(f.declined, d.root),
	}
	if r.Key.ID != "" && !isID(r.Key.ID) {
		d.Fail(id.Path(), tree.ErrForm)
	}
	if r.Revision.UpdatedAt.IsZero() {
		d.Fail(f.updated.Find(d.root, d.root).Path(), tree.ErrMissing)
	}
	if order := d.text(f.orderID, d.root); order != "" {
		r.Order = canonical.Key{Channel: d.orders, ID: order}
	}
	d.currency, d.presentment = d.money(f.currency), d.money(f.presentment)
	if d.currency == "" {
		d.Fail(f.currency.Find(d.root, d.root).Path(), tree.ErrMissing)
	}
	r.Currency, r.PresentmentCurrency = d.currency, d.presentment
	d.status(&r)
	r.Refund, r.RefundKnown = d.amount(f.refund, d.root)
	r.ShippingRefund, _ = d.amount(f.shipping, d.root)
	d.lines(&r)
	d.exchange(&r)
	for _, item := range d.items(f.parcels, d.root) {
		parcel := canonical.ReturnParcel{
			ID: d.text(f.parcel.id, item), Carrier: d.text(f.parcel.carrier, item),
			TrackingNumber: d.text(f.parcel.number, item), TrackingURL: d.text(f.parcel.url, item),
		}
		if parcel != (canonical.ReturnParcel{}) {
			r.Parcels = append(r.Parcels, parcel)
		}
	}
	d.fees(&r)
	d.whereabouts(&r)
	for name, path := range f.ext {
		if value := path.Find(d.root, d.root); !value.IsEmpty() {
			if r.Ext == nil {
				r.Ext = map[string]json.RawMessage{}
			}
			r.Ext[name] = value.JSON()
		}
	}
	return r
}

// items are the elements of a list.
func (d *decoder) items(path tree.Path, at tree.Value) []tree.Value {
	items, err := path.Items(at, d.root)
	if err != nil {
		d.Fail(path.Find(at, d.root).Path(), err)
	}
	return items
}

// status reads the approval and the end. A word that nobody knows waits for a person.
func (d *decoder) status(r *canonical.Return) {
	r.RawStatus = d.Must(d.fields.approval.Find(d.root, d.root))
	word := strings.ToLower(r.RawStatus)
	r.Approval = canonical.ReturnRequested
	if known, ok := d.fields.approvals[word]; ok {
		r.Approval = canonical.ReturnApproval(known)
	}
	closed := d.fields.closed.Find(d.root, d.root)
	if !d.fields.closed.IsZero() {
		word = strings.ToLower(d.Text(closed))
		r.Closed = closed.IsTrue()
	}
	r.Closed = r.Closed || slices.Contains(d.fields.closedWords, word)
}

func (d *decoder) lines(r *canonical.Return) {
	f := &d.fields.line
	seen := map[string]bool{}
	for _, item := range d.items(d.fields.lines, d.root) {
		id := f.id.Find(item, d.root)
		line := canonical.ReturnLine{
			ID: d.Must(id), OrderLineID: d.text(f.orderLine, item), SKU: d.text(f.sku, item), Qty: d.quantity(f.qty, item),
			Reason: d.text(f.reason, item), KeepItem: f.keep.Find(item, d.root).IsTrue(),
		}
		if seen[line.ID] {
			d.Fail(id.Path(), tree.ErrDuplicate)
		}
		seen[line.ID] = true
		if line.Qty.IsZero() {
			d.Fail(f.qty.Find(item, d.root).Path(), tree.ErrMissing)
		}
		line.Resolution, line.RawResolution = d.resolution(item)
		line.Refund, line.RefundKnown = d.amount(f.refund, item)
		line.Received = d.received(item)
		r.Lines = append(r.Lines, line)
	}
}

func (d *decoder) resolution(item tree.Value) (canonical.Resolution, string) {
	word := d.text(d.fields.line.resolution, item)
	switch known, ok := d.fields.resolutions[strings.ToLower(word)]; {
	case ok:
		return canonical.Resolution(known), word
	case word == "":
		return canonical.ResolutionPending, ""
	default:
		return canonical.ResolutionOther, word
	}
}

// received are the units of a line that have arrived, or are known to be missing.
func (d *decoder) received(item tree.Value) []canonical.ReceivedUnits {
	f := &d.fields.line
	var units []canonical.ReceivedUnits
	looked := decimal.Zero
	for _, one := range d.items(f.received, item) {
		u := canonical.ReceivedUnits{
			Qty: d.quantity(f.unitQty, one), RawDisposition: d.text(f.disposition, one),
			Lot: d.text(f.lot, one), Location: d.text(f.location, one), Disposition: canonical.DispositionPending,
		}
		if known, ok := d.fields.dispositions[strings.ToLower(u.RawDisposition)]; ok {
			u.Disposition = canonical.Disposition(known)
		}
		if u.Qty.IsZero() {
			continue
		}
		if u.Disposition != canonical.DispositionMissing {
			looked = d.Add(one.Path(), looked, u.Qty)
		}
		at := slices.IndexFunc(units, func(o canonical.ReceivedUnits) bool {
			o.Qty = u.Qty
			return o == u
		})
		if at < 0 {
			units = append(units, u)
			continue
		}
		units[at].Qty = d.Add(one.Path(), units[at].Qty, u.Qty)
	}
	if rest := d.Sub(item.Path(), d.quantity(f.receivedQty, item), looked); rest.IsPos() {
		units = append(units, canonical.ReceivedUnits{Qty: rest, Disposition: canonical.DispositionPending})
	}
	return units
}

func (d *decoder) exchange(r *canonical.Return) {
	f := &d.fields.swap
	for _, item := range d.items(d.fields.exchange, d.root) {
		line := canonical.ExchangeLine{
			ID: d.Must(f.id.Find(item, d.root)), ReturnLineID: d.text(f.line, item), SKU: d.text(f.sku, item), Title: d.text(f.title, item),
			Qty: d.quantity(f.qty, item), OrderID: d.text(f.order, item),
		}
		line.Total, _ = d.amount(f.net, item)
		if tax, stated := d.amount(f.tax, item); stated && !tax.IsZero() {
			line.Taxes = []canonical.Tax{{Amount: tax}}
		}
		r.Exchange = append(r.Exchange, line)
	}
}

func (d *decoder) fees(r *canonical.Return) {
	for _, fee := range d.fields.fees {
		items := []tree.Value{d.root}
		if !fee.each.IsZero() {
			items = d.items(fee.each, d.root)
		}
		for _, item := range items {
			amount, stated := d.amount(fee.amount, item)
			if !stated || amount.IsZero() {
				continue
			}
			if amount.Shop.IsNeg() { // some write what is kept back as less than nothing
				amount = amount.Neg()
			}
			r.Fees = append(r.Fees, canonical.ReturnFee{Kind: fee.kind, ReturnLineID: d.text(fee.line, item), Amount: amount})
		}
	}
}

// whereabouts is where the goods are: what the platform says, unless its counts say more.
func (d *decoder) whereabouts(r *canonical.Return) {
	complete, begun := len(r.Lines) > 0, false
	for _, line := range r.Lines {
		settled := decimal.Zero
		for _, u := range line.Received {
			settled = d.Add("", settled, u.Qty)
		}
		begun = begun || settled.IsPos()
		complete = complete && (line.KeepItem || settled.Cmp(line.Qty) >= 0)
	}
	word := strings.ToLower(d.text(d.fields.logistics, d.root))
	known, ok := d.fields.logisticWords[word]
	switch {
	case begun && complete:
		r.Logistics = canonical.ReturnReceived
	case begun:
		r.Logistics = canonical.ReturnPartiallyReceived
	case ok:
		r.Logistics = canonical.ReturnLogistics(known)
	case len(r.Parcels) > 0:
		r.Logistics = canonical.ReturnLabelIssued
	default:
		r.Logistics = canonical.ReturnUnsent
	}
}
