package medusa

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/returns"
)

// ReturnFile is what Medusa knows of the returns of one order: answers of its Admin API, as [Adapter.GetReturn] asks for them.
type ReturnFile struct {
	// Order is the object under "order", with its returns.
	Order json.RawMessage
	// Changes is the list under "order_changes": what was received, and when. Medusa's own quantities of a return are those of its
	// last receipt only.
	Changes json.RawMessage
	// Exchanges and Claims are the lists under these names.
	Exchanges, Claims json.RawMessage
}

// DecodeReturns decodes the returns of one order: those that were asked for, those of exchanges and claims, and claims of which
// nothing comes back. Drafts that nobody has asked for yet are left out. It is a pure function. An error is an
// [*marketplace.Error] that names the field; one of a single return is in its entry.
func DecodeReturns(channel canonical.Channel, file ReturnFile) ([]returns.Fetched, error) {
	return decoder{channel: channel}.returns("decode returns", file)
}

type returnedOrder struct {
	order
	Returns wire.List[returned] `json:"returns"`
}

// returned is a return of an order.
type returned struct {
	ID         wire.Text              `json:"id"`
	DisplayID  wire.Text              `json:"display_id"`
	Status     wire.Text              `json:"status"`
	Location   wire.Text              `json:"location_id"`
	CreatedBy  wire.Text              `json:"created_by"`
	ExchangeID wire.Text              `json:"exchange_id"`
	ClaimID    wire.Text              `json:"claim_id"`
	Created    wire.Text              `json:"created_at"`
	Updated    wire.Text              `json:"updated_at"`
	Requested  wire.Text              `json:"requested_at"`
	Canceled   wire.Text              `json:"canceled_at"`
	Received   wire.Text              `json:"received_at"`
	Items      wire.List[returnItem]  `json:"items"`
	Parcels    wire.List[fulfillment] `json:"fulfillments"`
}

type returnItem struct {
	ID          wire.Text `json:"id"`
	ItemID      wire.Text `json:"item_id"`
	Quantity    wire.Text `json:"quantity"`
	RawQuantity raw       `json:"raw_quantity"`
	Received    wire.Text `json:"received_quantity"`
	RawReceived raw       `json:"raw_received_quantity"`
	Damaged     wire.Text `json:"damaged_quantity"`
	RawDamaged  raw       `json:"raw_damaged_quantity"`
	Reason      wire.Object[struct {
		Value wire.Text `json:"value"`
	}] `json:"reason"`
}

// swap is an exchange or a claim.
type swap struct {
	ID         wire.Text              `json:"id"`
	Type       wire.Text              `json:"type"` // of claims: refund or replace
	ReturnID   wire.Text              `json:"return_id"`
	DisplayID  wire.Text              `json:"display_id"`
	Created    wire.Text              `json:"created_at"`
	Updated    wire.Text              `json:"updated_at"`
	Canceled   wire.Text              `json:"canceled_at"`
	Additional wire.List[swapItem]    `json:"additional_items"`
	ClaimItems wire.List[swapItem]    `json:"claim_items"`
	Parcels    wire.List[fulfillment] `json:"fulfillments"`
}

type swapItem struct {
	ID          wire.Text `json:"id"`
	ItemID      wire.Text `json:"item_id"`
	Reason      wire.Text `json:"reason"`
	Quantity    wire.Text `json:"quantity"`
	RawQuantity raw       `json:"raw_quantity"`
}

// returnCase is a return with all that is needed to read it.
type returnCase struct {
	source returned
	order  *returnedOrder
	swap   *swap
	claim  bool
	ledger ledger
	// changes are the order's own, open ones among them.
	changes []orderChange
	notes   returnNotes
	// odd is the key of a note that cannot be read.
	odd string
}

func (d decoder) returns(op string, file ReturnFile) ([]returns.Fetched, error) {
	cases, key, err := d.cases(op, file)
	if err != nil {
		return nil, err
	}
	all := make([]returns.Fetched, len(cases))
	for i, c := range cases {
		all[i].Key = canonical.Key{Channel: d.channel, ID: c.source.ID.String()}
		all[i].Return, all[i].Err = d.decodeReturn(op, key, c)
	}
	return all, nil
}

// cases finds the returns of an order.
func (d decoder) cases(op string, file ReturnFile) ([]returnCase, canonical.Key, error) {
	var source returnedOrder
	if !isObject(file.Order) || json.Unmarshal(file.Order, &source) != nil {
		return nil, canonical.Key{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the order is not a JSON object"}
	}
	var changes wire.List[orderChange]
	var exchanges, claims wire.List[swap]
	for path, part := range map[string]struct {
		body json.RawMessage
		into any
	}{"order_changes": {file.Changes, &changes}, "exchanges": {file.Exchanges, &exchanges}, "claims": {file.Claims, &claims}} {
		if len(part.body) > 0 && json.Unmarshal(part.body, part.into) != nil {
			return nil, canonical.Key{}, d.bad(op, source.ID.String(), path, wire.ErrForm)
		}
	}
	r := &wire.Reader{}
	r.Form("returns", source.Returns.Odd)
	r.Form("order_changes", changes.Odd)
	r.Form("exchanges", exchanges.Odd)
	r.Form("claims", claims.Odd)
	if id := source.ID.String(); !isID(id) {
		r.Fail("id", wire.ErrNoID)
	}
	if path, err := r.Failure(); err != nil {
		return nil, canonical.Key{}, d.bad(op, source.ID.String(), path, err)
	}
	var cases []returnCase
	for _, one := range source.Returns.Items {
		if one.Status.String() == "open" {
			continue // a draft
		}
		c := returnCase{source: one, order: &source, changes: changes.Items, ledger: received(changes.Items, one.ID.String())}
		if c.swap = swapOf(exchanges.Items, one, one.ExchangeID); c.swap == nil {
			c.swap = swapOf(claims.Items, one, one.ClaimID)
			c.claim = c.swap != nil
		}
		cases = append(cases, c)
	}
	for i, claim := range claims.Items {
		if !claim.ReturnID.IsEmpty() || len(claim.ClaimItems.Items) == 0 {
			continue // its return is among the returns, or it is a draft
		}
		cases = append(cases, returnCase{source: claim.returnless(), order: &source, changes: changes.Items, swap: &claims.Items[i], claim: true})
	}
	for i := range cases {
		cases[i].notes, cases[i].odd = source.notesOf(cases[i].source.ID.String())
	}
	slices.SortFunc(cases, func(a, b returnCase) int { return strings.Compare(a.source.ID.String(), b.source.ID.String()) })
	return cases, canonical.Key{Channel: d.channel, ID: source.ID.String()}, nil
}

func swapOf(swaps []swap, one returned, id wire.Text) *swap {
	for i := range swaps {
		if !id.IsEmpty() && swaps[i].ID.String() == id.String() || !one.ID.IsEmpty() && swaps[i].ReturnID.String() == one.ID.String() {
			return &swaps[i]
		}
	}
	return nil
}

// returnless is a claim of which nothing comes back, as a return.
func (s swap) returnless() returned {
	one := returned{
		ID: s.ID, DisplayID: s.DisplayID, ClaimID: s.ID, Created: s.Created, Requested: s.Created, Updated: s.Updated, Canceled: s.Canceled,
		Status: wire.NewText("requested"),
	}
	if !s.Canceled.IsEmpty() {
		one.Status = wire.NewText("canceled")
	}
	for _, item := range s.ClaimItems.Items {
		line := returnItem{ID: item.ID, ItemID: item.ItemID, Quantity: item.Quantity, RawQuantity: item.RawQuantity}
		line.Reason.Value.Value = item.Reason
		one.Items.Items = append(one.Items.Items, line)
	}
	return one
}

func (c returnCase) returnless() bool {
	return c.claim && c.source.ID.String() == c.source.ClaimID.String()
}

func (d decoder) decodeReturn(op string, order canonical.Key, c returnCase) (canonical.Return, error) {
	r := &wire.Reader{}
	source := c.source
	result := canonical.Return{
		Key: canonical.Key{Channel: d.channel, ID: source.ID.String()}, Number: source.DisplayID.String(), Order: order,
		RequestedAt: r.Time("requested_at", source.Requested), RawStatus: source.Status.String(),
		Currency: canonical.Currency(strings.ToUpper(c.order.Currency.String())),
		Revision: canonical.Revision{UpdatedAt: r.Time("updated_at", source.Updated)},
	}
	if result.OrderNumber = c.order.CustomDisplayID.String(); result.OrderNumber == "" {
		result.OrderNumber = c.order.DisplayID.String()
	}
	if result.RequestedAt.IsZero() {
		result.RequestedAt = r.Time("created_at", source.Created)
	}
	if !isID(result.Key.ID) {
		r.Fail("id", wire.ErrNoID)
	}
	if c.odd != "" {
		r.Fail("metadata."+c.odd, wire.ErrForm)
	}
	for i, item := range source.Items.Items {
		line := c.line(r, fmt.Sprintf("items[%d]", i), item)
		result.Lines = append(result.Lines, line)
	}
	r.Form("items", source.Items.Odd)
	// Receipts after the first, notes and exchanged goods move the time of the order and not that of the return.
	result.Revision.UpdatedAt = latest(result.Revision.UpdatedAt, r.Time("order.updated_at", c.order.Updated))
	c.exchange(r, &result)
	c.parcels(r, &result)
	c.fees(r, &result)
	c.states(r, &result)
	if path, err := r.Failure(); err != nil {
		return canonical.Return{}, &marketplace.Error{
			Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path,
			Message: fmt.Sprintf("return %s of order %s cannot be read: correct it in the shop", source.ID, order.ID), Err: err,
		}
	}
	result.Revision.Digest = result.Digest()
	return result, nil
}

// line decodes a line with what was received of it.
func (c returnCase) line(r *wire.Reader, path string, item returnItem) canonical.ReturnLine {
	line := canonical.ReturnLine{
		ID: item.ID.String(), OrderLineID: item.ItemID.String(), Reason: item.Reason.Value.Value.String(),
		Qty:        r.Amount(path+".quantity", exact(item.RawQuantity, item.Quantity)),
		Resolution: canonical.ResolutionRefund, KeepItem: c.returnless(),
	}
	if !isID(line.ID) {
		r.Fail(path+".id", wire.ErrNoID)
	}
	bought := c.order.find(line.OrderLineID)
	if bought != nil {
		line.SKU = bought.SKU.String()
	}
	switch {
	case c.swap == nil || c.claim && c.swap.Type.String() == "refund":
	case len(c.swap.Additional.Items) == 0:
		line.Resolution = canonical.ResolutionPending
	default:
		line.Resolution = canonical.ResolutionExchangeSame
		for _, extra := range c.swap.Additional.Items {
			given := c.order.find(extra.ItemID.String())
			if given == nil || bought == nil || given.VariantID.String() != bought.VariantID.String() {
				line.Resolution = canonical.ResolutionExchangeOther
			}
		}
	}
	line.RawResolution = c.word()
	line.Received = c.received(r, path, item, line)
	return line
}

// word is Medusa's own for what the buyer gets.
func (c returnCase) word() string {
	switch {
	case c.swap == nil:
		return "return"
	case c.claim:
		return "claim " + c.swap.Type.String()
	default:
		return "exchange"
	}
}

func (o *returnedOrder) find(itemID string) *item {
	for i := range o.Items.Items {
		if itemID != "" && o.Items.Items[i].ID.String() == itemID {
			return &o.Items.Items[i]
		}
	}
	return nil
}

// received is what has arrived of a line. What a person received is back in stock, or damaged if it was dismissed. What was
// received through this package is to be looked at, until it is said what was found.
func (c returnCase) received(r *wire.Reader, path string, item returnItem, line canonical.ReturnLine) []canonical.ReceivedUnits {
	booked := c.ledger.units[line.OrderLineID]
	if c.ledger.empty() {
		all := r.Amount(path+".received_quantity", exact(item.RawReceived, item.Received))
		booked.dismissed = r.Amount(path+".damaged_quantity", exact(item.RawDamaged, item.Damaged))
		booked.theirs = r.Sub(path+".received_quantity", all, booked.dismissed)
	}
	location := c.source.Location.String()
	add := func(units []canonical.ReceivedUnits, qty decimal.Decimal, disposition canonical.Disposition, word string) []canonical.ReceivedUnits {
		if !qty.IsPos() {
			return units
		}
		return append(units, canonical.ReceivedUnits{Qty: qty.Trim(0), Disposition: disposition, RawDisposition: word, Location: location})
	}
	var units []canonical.ReceivedUnits
	total := r.Add(path, r.Add(path, booked.theirs, booked.ours), booked.dismissed)
	if arrived := c.notes.Arrived[line.ID]; arrived.Cmp(total) > 0 {
		booked.ours = r.Add(path, booked.ours, r.Sub(path, arrived, total))
		total = arrived
	}
	if found := c.notes.Inspected[line.ID]; len(found) > 0 {
		rest := total
		for _, one := range found {
			units = append(units, canonical.ReceivedUnits{Qty: one.Qty.Trim(0), Disposition: one.Disposition, RawDisposition: one.RawDisposition, Lot: one.Lot, Location: location})
			if one.Disposition != canonical.DispositionMissing {
				rest = r.Sub(path, rest, one.Qty)
			}
		}
		return add(units, rest, canonical.DispositionPending, "received")
	}
	units = add(units, booked.theirs, canonical.DispositionSellable, "received")
	units = add(units, booked.dismissed, canonical.DispositionDamaged, "dismissed")
	return add(units, booked.ours, canonical.DispositionPending, "received")
}

// exchange decodes what the buyer gets for it. Medusa puts it into the same order as lines of its own.
func (c returnCase) exchange(r *wire.Reader, result *canonical.Return) {
	if c.swap == nil || !c.source.Canceled.IsEmpty() {
		return
	}
	r.Form("additional_items", c.swap.Additional.Odd)
	scale := tally.Scale(result.Currency)
	for i, extra := range c.swap.Additional.Items {
		path := fmt.Sprintf("additional_items[%d]", i)
		line := canonical.ExchangeLine{
			ID: extra.ItemID.String(), OrderID: result.Order.ID,
			Qty: r.Amount(path+".quantity", exact(extra.RawQuantity, extra.Quantity)).Trim(0),
		}
		if len(result.Lines) == 1 {
			line.ReturnLineID = result.Lines[0].ID
		}
		if given := c.order.find(line.ID); given != nil {
			priced := *given
			priced.Quantity, priced.RawQuantity = extra.Quantity, extra.RawQuantity
			draft := priced.draft(r, path, &promotions{})
			line.SKU, line.Title = draft.Line.SKU, draft.Line.Title
			line.Total = canonical.Shop(tally.Round(draft.Net, scale))
			for j, tax := range draft.Taxes {
				entry := draft.Line.Taxes[j]
				entry.Amount = canonical.Shop(tally.Round(tax, scale))
				line.Taxes = append(line.Taxes, entry)
			}
		}
		result.Exchange = append(result.Exchange, line)
	}
}

func (c returnCase) parcels(r *wire.Reader, result *canonical.Return) {
	r.Form("fulfillments", c.source.Parcels.Odd)
	for _, parcel := range c.source.Parcels.Items {
		if !parcel.Canceled.IsEmpty() {
			continue
		}
		for _, label := range parcel.Labels.Items {
			if label.TrackingNumber.IsEmpty() {
				continue
			}
			result.Parcels = append(result.Parcels, canonical.ReturnParcel{
				ID: parcel.ID.String(), Carrier: parcel.ProviderID.String(),
				TrackingNumber: label.TrackingNumber.String(), TrackingURL: label.TrackingURL.String(),
			})
		}
	}
}

// fees are what the way back costs the buyer: Medusa charges it as a shipping method of the return.
func (c returnCase) fees(r *wire.Reader, result *canonical.Return) {
	scale, seen := tally.Scale(result.Currency), twins{}
	for i, method := range c.order.Methods.Items {
		if method.Detail.Value.ReturnID.String() != result.Key.ID {
			continue
		}
		path := fmt.Sprintf("shipping_methods[%d]", i)
		if seen.again(r, path, method.ID.String(), method) {
			continue
		}
		draft := method.draft(r, path, &promotions{})
		if fee := tally.Round(gross(r, path, draft), scale); fee.IsPos() {
			result.Fees = append(result.Fees, canonical.ReturnFee{Kind: canonical.FeeShipping, Amount: canonical.Shop(fee)})
		}
	}
}

// states tells approval and logistics, by quantities: Medusa's own status is wrong after a receipt in several parts and after
// one that failed.
func (c returnCase) states(r *wire.Reader, result *canonical.Return) {
	arrived, wanted, booked := decimal.Zero, decimal.Zero, false
	complete := len(result.Lines) > 0
	for _, line := range result.Lines {
		here := decimal.Zero
		for _, units := range line.Received {
			here = r.Add("items", here, units.Qty)
			booked = booked || units.Disposition != canonical.DispositionMissing
		}
		arrived, wanted = r.Add("items", arrived, here), r.Add("items", wanted, line.Qty)
		complete = complete && here.Cmp(line.Qty) >= 0
	}
	switch {
	case c.returnless():
		result.Logistics = canonical.ReturnReturnless
	case complete || c.notes.Last && booked:
		result.Logistics = canonical.ReturnReceived
	case arrived.IsPos():
		result.Logistics = canonical.ReturnPartiallyReceived
	case slices.ContainsFunc(c.source.Parcels.Items, func(f fulfillment) bool { return f.Canceled.IsEmpty() && !f.Delivered.IsEmpty() }):
		result.Logistics = canonical.ReturnArrived
	case slices.ContainsFunc(c.source.Parcels.Items, func(f fulfillment) bool { return f.Canceled.IsEmpty() && !f.Shipped.IsEmpty() }):
		result.Logistics = canonical.ReturnInTransit
	case len(result.Parcels) > 0:
		result.Logistics = canonical.ReturnLabelIssued
	default:
		result.Logistics = canonical.ReturnUnsent
	}
	switch {
	case c.source.Status.String() == "canceled" || !c.source.Canceled.IsEmpty():
		result.Approval, result.Closed = canonical.ReturnCancelled, true
		if c.notes.Declined != "" {
			result.Approval, result.DeclineReason = canonical.ReturnDeclined, c.notes.Reason
		}
	case c.notes.Approved != "" || c.swap != nil || !c.source.CreatedBy.IsEmpty() || booked:
		// People of the shop make returns themselves, and exchanges and claims always.
		result.Approval = canonical.ReturnApproved
		result.Closed = result.Logistics == canonical.ReturnReceived || result.Logistics == canonical.ReturnReturnless
	default:
		result.Approval = canonical.ReturnRequested
	}
}
