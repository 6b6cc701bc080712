package woocommerce

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// DecodeOrder decodes the body of one order of REST v3, and the bodies of its refunds, which the order only
// names. It is a pure function. An error is an [*marketplace.Error] that names the field.
func DecodeOrder(channel canonical.Channel, body json.RawMessage, refunds ...json.RawMessage) (canonical.Order, error) {
	return decoder{channel: channel}.decode("decode order", body, refunds)
}

type decoder struct {
	channel  canonical.Channel
	metaKeys []string
	words    words
	goods    RefundedGoods
}

func (d decoder) decode(op string, body json.RawMessage, refundBodies []json.RawMessage) (canonical.Order, error) {
	var source order
	if err := json.Unmarshal(body, &source); err != nil {
		return canonical.Order{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the order is not a JSON object"}
	}
	r := &wire.Reader{}
	refunds := readRefunds(r, refundBodies)
	result := d.head(r, source)
	drafts := d.lines(r, source)
	effect := d.applyRefunds(r, &result, source, refunds, drafts)
	result.Payments = paymentsOf(r, source, refunds)
	grand := r.Sub("total", r.Amount("total", source.Total), effect.gross)
	tax := r.Sub("total_tax", r.Amount("total_tax", source.TotalTax), effect.tax)
	if path, err := r.Failure(); err != nil {
		return canonical.Order{}, d.bad(op, result.Key.ID, path, err)
	}
	if err := tally.Settle(&result, drafts, grand, tax); err != nil {
		return canonical.Order{}, d.bad(op, result.Key.ID, "total", err)
	}
	if !source.Paid.IsEmpty() {
		result.Totals.Paid = canonical.Shop(tally.Round(r.Amount("total", source.Total), tally.Scale(result.Currency)))
	}
	result.Revision.Digest = result.Digest()
	return result, nil
}

func (d decoder) bad(op, id, path string, cause error) error {
	return &marketplace.Error{
		Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path,
		Message: fmt.Sprintf("order %s cannot be read: correct it in the shop", id), Err: cause,
	}
}

// head decodes everything but lines, refunds and sums.
func (d decoder) head(r *wire.Reader, source order) canonical.Order {
	id := source.ID.String()
	if !isID(id) {
		r.Fail("id", wire.ErrNoID)
	}
	result := canonical.Order{
		Key:              canonical.Key{Channel: d.channel, ID: id},
		Number:           source.Number.String(),
		PlacedAt:         r.Time("date_created_gmt", source.Created),
		RawStatus:        source.Status.String(),
		Currency:         canonical.Currency(strings.ToUpper(source.Currency.String())),
		PricesIncludeTax: source.IncludesTax.IsTrue(),
		Note:             source.CustomerNote.String(),
		Revision:         canonical.Revision{UpdatedAt: r.Time("date_modified_gmt", source.Modified)},
	}
	if result.Revision.UpdatedAt.IsZero() {
		result.Revision.UpdatedAt = result.PlacedAt
	}
	result.Status, result.StatusReason = d.status(result.RawStatus, source)
	billing := source.Billing.Value
	result.BillTo = billing.canonical()
	if result.ShipTo = source.Shipping.Value.canonical(); result.ShipTo == nil && result.BillTo != nil {
		same := *result.BillTo
		result.ShipTo = &same
	}
	result.Buyer = canonical.Party{
		Name:    name(billing),
		Email:   billing.Email.String(),
		Phone:   billing.Phone.String(),
		Company: billing.Company.String(),
	}
	if customer := source.CustomerID.String(); isID(customer) {
		result.Buyer.ID = customer
	}
	d.meta(&result, source)
	result.Flags.Business = result.Buyer.VAT != "" || result.Buyer.Company != ""
	return result
}

// meta keeps what is asked for, and what well-known plugins put there.
func (d decoder) meta(result *canonical.Order, source order) {
	keep := func(key string, value json.RawMessage) {
		if result.Ext == nil {
			result.Ext = map[string]json.RawMessage{}
		}
		result.Ext[key] = value
	}
	for key, text := range map[string]wire.Text{
		"payment_method": source.PaymentMethod,
		"created_via":    source.CreatedVia,
	} {
		if text.String() != "" {
			if value, err := json.Marshal(text); err == nil {
				keep(key, value)
			}
		}
	}
	for _, entry := range source.Meta.Items {
		key := entry.Key.String()
		switch key {
		case "_billing_vat_number", "_vat_number", "vat_number", "_billing_vat", "billing_vat", "_billing_eu_vat_number":
			if result.Buyer.VAT == "" {
				result.Buyer.VAT = entry.Value.String()
			}
		case "wpml_language":
			result.Buyer.Language = entry.Value.String()
		}
		for _, wanted := range d.metaKeys {
			if key == wanted && len(entry.raw) > 0 {
				keep("meta."+key, entry.raw)
			}
		}
	}
}

func (a address) canonical() *canonical.Address {
	result := canonical.Address{
		Name:    name(a),
		Company: a.Company.String(),
		Street:  a.Address1.String(),
		Street2: a.Address2.String(),
		City:    a.City.String(),
		Zip:     a.Postcode.String(),
		State:   a.State.String(),
		Country: strings.ToUpper(a.Country.String()),
		Phone:   a.Phone.String(),
		Email:   a.Email.String(),
	}
	// A shop that does not ask for an address fills in its own country.
	if result.Street == "" && result.City == "" && result.Zip == "" && result.Name == "" && result.Company == "" {
		return nil
	}
	return &result
}

func name(a address) string {
	return strings.TrimSpace(a.FirstName.String() + " " + a.LastName.String())
}

// paymentsOf are what the order says of money: paid or not, and the refunds. A refund in WooCommerce may be a
// mere note (refunded by hand), but it says that the money went back.
func paymentsOf(r *wire.Reader, source order, refunds []readRefund) []canonical.Payment {
	if source.Paid.IsEmpty() {
		return nil
	}
	id := source.TransactionID.String()
	if id == "" {
		id = "order-" + source.ID.String()
	}
	scale := tally.Scale(canonical.Currency(strings.ToUpper(source.Currency.String())))
	all := []canonical.Payment{{
		ID: id, Gateway: source.PaymentMethod.String(),
		Kind: canonical.PaymentSale, Status: canonical.PaymentSucceeded,
		Amount: canonical.Shop(tally.Round(r.Amount("total", source.Total), scale)),
		At:     r.Time("date_paid_gmt", source.Paid),
	}}
	for _, back := range refunds {
		if back.amount.IsZero() {
			continue
		}
		all = append(all, canonical.Payment{
			ID: "refund-" + back.id, Gateway: source.PaymentMethod.String(), ParentID: id,
			Kind: canonical.PaymentRefund, Status: canonical.PaymentSucceeded,
			Amount: canonical.Shop(tally.Round(back.amount, scale)), At: back.at,
		})
	}
	return all
}

// quotient is a ÷ b, zero where it has no value.
func quotient(a, b decimal.Decimal) decimal.Decimal {
	if b.IsZero() {
		return decimal.Zero
	}
	result, err := a.Quo(b)
	if err != nil {
		return decimal.Zero
	}
	return result.Round(8).Trim(0)
}
