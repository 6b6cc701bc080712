package woocommerce

import (
	"fmt"
	"html"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

var one = decimal.MustNew(1, 0)

// lines decodes all lines of the order, without the effect of refunds.
func (d decoder) lines(r *wire.Reader, source order) []tally.Draft {
	for path, odd := range map[string]int{
		"line_items": source.Items.Odd, "shipping_lines": source.ShippingLines.Odd,
		"fee_lines": source.Fees.Odd, "coupon_lines": source.Coupons.Odd, "tax_lines": source.TaxLines.Odd,
	} {
		r.Form(path, odd)
	}
	rates := rates(r, source)
	shares := d.coupons(r, source)
	var drafts []tally.Draft
	for i, item := range source.Items.Items {
		path := fmt.Sprintf("line_items[%d]", i)
		draft := charge(r, path, item.amounts, rates)
		item.fill(r, path, source.IncludesTax.IsTrue(), &draft)
		draft.Shares = shares(r.Sub(path, draft.Subtotal, draft.Net))
		drafts = append(drafts, draft)
	}
	for i, shipping := range source.ShippingLines.Items {
		draft := charge(r, fmt.Sprintf("shipping_lines[%d]", i), shipping.amounts, rates)
		draft.Line.Kind = canonical.LineShipping
		draft.Line.Title = plain(shipping.MethodTitle.String())
		if method := shipping.MethodID.String(); method != "" {
			draft.Line.Properties = map[string]string{"method_id": method}
		}
		drafts = append(drafts, single(r, draft, source))
	}
	for i, fee := range source.Fees.Items {
		draft := charge(r, fmt.Sprintf("fee_lines[%d]", i), fee.amounts, rates)
		draft.Line.Kind = canonical.LineFee
		if draft.Net.IsNeg() {
			draft.Line.Kind = canonical.LineDiscount
		}
		draft.Line.Title = plain(fee.Name.String())
		drafts = append(drafts, single(r, draft, source))
	}
	unique(r, drafts)
	return drafts
}

// unique refuses two lines with one id: refunds and External IDs could not tell them apart.
func unique(r *wire.Reader, drafts []tally.Draft) {
	seen := map[string]bool{}
	for i, draft := range drafts {
		if seen[draft.Line.ID] {
			r.Fail(fmt.Sprintf("lines[%d].id", i), wire.ErrDuplicate)
		}
		seen[draft.Line.ID] = true
	}
}

// charge decodes what all kinds of lines have.
func charge(r *wire.Reader, path string, source amounts, rates map[string]canonical.Tax) tally.Draft {
	var draft tally.Draft
	draft.Line.ID = source.ID.String()
	if !isID(draft.Line.ID) {
		r.Fail(path+".id", wire.ErrNoID)
	}
	draft.Net = r.Amount(path+".total", source.Total)
	draft.Subtotal = draft.Net
	r.Form(path+".taxes", source.Taxes.Odd)
	for i, tax := range source.Taxes.Items {
		if tax.Total.String() == "" {
			continue // a rate of the order that does not apply to this line
		}
		draft.Taxes = append(draft.Taxes, r.Amount(fmt.Sprintf("%s.taxes[%d].total", path, i), tax.Total))
		entry, known := rates[tax.RateID.String()]
		if !known {
			entry = canonical.Tax{Code: tax.RateID.String(), Collector: canonical.CollectorSeller}
		}
		draft.Line.Taxes = append(draft.Line.Taxes, entry)
	}
	// Tax services and imports may state the sum without saying of what.
	if total := r.Amount(path+".total_tax", source.TotalTax); len(draft.Taxes) == 0 && !total.IsZero() {
		draft.Taxes = []decimal.Decimal{total}
		draft.Line.Taxes = []canonical.Tax{{Collector: canonical.CollectorSeller}}
	}
	return draft
}

// single completes a line that is sold once.
func single(r *wire.Reader, draft tally.Draft, source order) tally.Draft {
	draft.Line.Qty.Ordered = one
	price := draft.Net
	if source.IncludesTax.IsTrue() {
		for _, tax := range draft.Taxes {
			price = r.Add(draft.Line.ID, price, tax)
		}
	}
	draft.Line.UnitPrice = canonical.Shop(price)
	return draft
}

// fill decodes what an item has beyond its amounts.
func (source item) fill(r *wire.Reader, path string, gross bool, draft *tally.Draft) {
	line := &draft.Line
	line.Kind = canonical.LineProduct
	line.SKU = source.SKU.String()
	line.Barcode = source.GlobalID.String()
	line.Title = plain(source.Name.String())
	// Deleted products have the id 0.
	if id := source.VariationID.String(); isID(id) {
		line.ChannelProductID = id
	} else if id := source.ProductID.String(); isID(id) {
		line.ChannelProductID = id
	}
	line.Qty.Ordered = r.Amount(path+".quantity", source.Quantity)
	if source.Subtotal.String() != "" {
		draft.Subtotal = r.Amount(path+".subtotal", source.Subtotal)
	}
	price := draft.Subtotal
	if gross {
		price = r.Add(path+".subtotal_tax", price, r.Amount(path+".subtotal_tax", source.SubtotalTax))
	}
	line.UnitPrice = canonical.Shop(quotient(price, line.Qty.Ordered))
	for _, entry := range source.Meta.Items {
		key, value := entry.Key.String(), entry.Value.String()
		// Keys with an underscore are the plugins' own; the others are what the shopper chose.
		if key == "" || value == "" || strings.HasPrefix(key, "_") {
			continue
		}
		if line.Properties == nil {
			line.Properties = map[string]string{}
		}
		line.Properties[key] = plain(value)
	}
}

// rates are the order's taxes by rate id.
func rates(r *wire.Reader, source order) map[string]canonical.Tax {
	found := map[string]canonical.Tax{}
	for i, line := range source.TaxLines.Items {
		tax := canonical.Tax{Code: line.RateCode.String(), Collector: canonical.CollectorSeller}
		// A compound tax is taken of the other taxes too, so its rate does not fit the line's total.
		if line.RatePercent.String() != "" && !line.Compound.IsTrue() {
			tax.Rate = r.Amount(fmt.Sprintf("tax_lines[%d].rate_percent", i), line.RatePercent)
			tax.RateKnown = true
		}
		found[line.RateID.String()] = tax
	}
	return found
}

// otherDiscount is the id of what a line costs less without a coupon: a price changed by hand.
const otherDiscount = "other"

// coupons returns how a line's discount is shared among the order's coupons. WooCommerce states each
// coupon's sum and each line's discount, but not which coupon took what off which line.
func (d decoder) coupons(r *wire.Reader, source order) func(decimal.Decimal) []tally.Share {
	var ids []string
	var weights []decimal.Decimal
	sum := decimal.Zero
	for i, coupon := range source.Coupons.Items {
		path := fmt.Sprintf("coupon_lines[%d]", i)
		weight := r.Amount(path+".discount", coupon.Discount)
		if !weight.IsPos() {
			continue
		}
		ids, weights = append(ids, coupon.ID.String()), append(weights, weight)
		sum = r.Add(path+".discount", sum, weight)
	}
	return func(discount decimal.Decimal) []tally.Share {
		if !discount.IsPos() {
			return nil // a price raised by hand is the price
		}
		if len(ids) == 0 {
			return []tally.Share{{DiscountID: otherDiscount, Amount: discount}}
		}
		shares := make([]tally.Share, len(ids))
		rest := discount
		for i, id := range ids {
			part := rest
			if i < len(ids)-1 {
				product, err := discount.Mul(weights[i])
				if err == nil {
					part = quotient(product, sum)
				}
			}
			shares[i] = tally.Share{DiscountID: id, Amount: part}
			rest = r.Sub("coupon_lines", rest, part)
		}
		return shares
	}
}

// discounts are the order's promotions; their amounts follow from the lines.
func discounts(source order) []canonical.Discount {
	var all []canonical.Discount
	for _, coupon := range source.Coupons.Items {
		code := coupon.Code.String()
		all = append(all, canonical.Discount{ID: coupon.ID.String(), Code: code, Title: code})
	}
	return append(all, canonical.Discount{ID: otherDiscount, Title: "Discount"})
}

// plain turns HTML entities, which WordPress stores in names, into text.
func plain(text string) string { return html.UnescapeString(text) }
