package medusa

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// lines decodes items and shipping. Medusa returns items in any order, so they are sorted by creation and
// id: equal orders must decode equally. What is there twice is one line; doubled is what Medusa's total counts too much for it.
func lines(r *wire.Reader, source order) (drafts []tally.Draft, discounts []canonical.Discount, doubled decimal.Decimal) {
	r.Form("items", source.Items.Odd)
	r.Form("shipping_methods", source.Methods.Odd)
	promotions, seen := &promotions{}, twins{}
	items := sorted(source.Items.Items, func(i item) (string, string) { return i.Created.String(), i.ID.String() })
	for i, item := range items {
		path := fmt.Sprintf("items[%d]", i)
		draft := item.draft(r, path, promotions)
		if seen.again(r, path, draft.Line.ID, item) {
			doubled = r.Add(path, doubled, gross(r, path, draft))
			continue
		}
		drafts = append(drafts, draft)
	}
	methods := sorted(source.Methods.Items, func(m method) (string, string) { return m.Created.String(), m.ID.String() })
	for i, method := range methods {
		path := fmt.Sprintf("shipping_methods[%d]", i)
		draft := method.draft(r, path, promotions)
		if seen.again(r, path, draft.Line.ID, method) {
			doubled = r.Add(path, doubled, gross(r, path, draft))
			continue
		}
		detail := method.Detail.Value
		later := !detail.ReturnID.IsEmpty() || !detail.ExchangeID.IsEmpty() || !detail.ClaimID.IsEmpty()
		if later && draft.Net.IsZero() {
			continue // the label of a return, free of charge, is nothing that was sold
		}
		drafts = append(drafts, draft)
	}
	return drafts, promotions.found, doubled
}

func sorted[T any](list []T, key func(T) (string, string)) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		aCreated, aID := key(a)
		bCreated, bID := key(b)
		return cmp.Or(cmp.Compare(aCreated, bCreated), cmp.Compare(aID, bID))
	})
	return list
}

func (source item) draft(r *wire.Reader, path string, promotions *promotions) tally.Draft {
	var draft tally.Draft
	line := &draft.Line
	line.ID = lineID(r, path, source.ID)
	line.Kind = canonical.LineProduct
	if source.IsGiftCard.IsTrue() {
		line.Kind = canonical.LineGiftCard
	}
	line.SKU = source.SKU.String()
	for _, code := range []wire.Text{source.Barcode, source.Variant.Value.EAN, source.Variant.Value.UPC, source.Variant.Value.Barcode} {
		if line.Barcode == "" {
			line.Barcode = code.String()
		}
	}
	if line.ChannelProductID = source.VariantID.String(); line.ChannelProductID == "" {
		line.ChannelProductID = source.ProductID.String()
	}
	line.Title = title(source)
	line.Qty = source.quantities(r, path)
	price := r.Amount(path+".unit_price", exact(source.RawUnitPrice, source.UnitPrice))
	charge(r, path, &draft, price, source.Inclusive.IsTrue(), source.TaxLines, source.Adjustments, promotions)
	return draft
}

func title(source item) string {
	text := source.ProductTitle.String()
	if text == "" {
		text = source.Title.String()
	}
	if variant := source.VariantTitle.String(); variant != "" && variant != text {
		text += " (" + variant + ")"
	}
	return text
}

func (source item) quantities(r *wire.Reader, path string) canonical.LineQty {
	count := func(field string, precise raw, plain wire.Text) decimal.Decimal {
		return r.Amount(path+"."+field, exact(precise, plain))
	}
	detail := source.Detail.Value
	qty := canonical.LineQty{
		Ordered:         count("quantity", source.RawQuantity, source.Quantity),
		Shipped:         count("detail.shipped_quantity", detail.RawShipped, detail.Shipped),
		Delivered:       count("detail.delivered_quantity", detail.RawDelivered, detail.Delivered),
		ReturnRequested: count("detail.return_requested_quantity", detail.RawRequested, detail.ReturnRequested),
		// Dismissed units have come back too, but damaged.
		ReturnDamaged: count("detail.return_dismissed_quantity", detail.RawDismissed, detail.ReturnDismissed),
	}
	received := count("detail.return_received_quantity", detail.RawReceived, detail.ReturnReceived)
	qty.ReturnReceived = r.Add(path+".detail.return_received_quantity", received, qty.ReturnDamaged)
	return qty
}

func (source method) draft(r *wire.Reader, path string, promotions *promotions) tally.Draft {
	var draft tally.Draft
	line := &draft.Line
	line.ID = lineID(r, path, source.ID)
	line.Kind = canonical.LineShipping
	line.Title = source.Name.String()
	line.Qty.Ordered = decimal.One
	if option := source.OptionID.String(); option != "" {
		line.Properties = map[string]string{"shipping_option_id": option}
	}
	price := r.Amount(path+".amount", exact(source.RawAmount, source.Amount))
	charge(r, path, &draft, price, source.Inclusive.IsTrue(), source.TaxLines, source.Adjustments, promotions)
	return draft
}

func lineID(r *wire.Reader, path string, text wire.Text) string {
	id := text.String()
	if !isID(id) {
		r.Fail(path+".id", wire.ErrNoID)
	}
	return id
}

// charge calculates a line as Medusa does, but for the ordered quantity: discounts are net, and taxes are
// of the discounted net price.
func charge(r *wire.Reader, path string, draft *tally.Draft, price decimal.Decimal, inclusive bool,
	taxLines wire.List[taxLine], adjustments wire.List[adjustment], promotions *promotions,
) {
	r.Form(path+".tax_lines", taxLines.Odd)
	r.Form(path+".adjustments", adjustments.Odd)
	draft.Line.UnitPrice = canonical.Shop(price)
	rates := make([]decimal.Decimal, len(taxLines.Items))
	for i, tax := range taxLines.Items {
		rates[i] = r.Amount(fmt.Sprintf("%s.tax_lines[%d].rate", path, i), exact(tax.RawRate, tax.Rate))
	}
	// With a price that includes tax: net = gross × 100 ÷ (100 + rates).
	withTax := r.Add(path+".tax_lines", decimal.Hundred, r.Sum(path+".tax_lines", rates))
	net := func(amount decimal.Decimal) decimal.Decimal {
		return r.Quo(path, r.Mul(path, amount, decimal.Hundred), withTax)
	}
	draft.Subtotal = r.Mul(path+".unit_price", price, draft.Line.Qty.Ordered)
	if inclusive {
		draft.Subtotal = net(draft.Subtotal)
	}
	draft.Net = draft.Subtotal
	for i, entry := range adjustments.Items {
		amount := r.Amount(fmt.Sprintf("%s.adjustments[%d].amount", path, i), exact(entry.RawAmount, entry.Amount))
		if entry.Inclusive.IsTrue() {
			amount = net(amount)
		}
		if amount.IsZero() {
			continue
		}
		draft.Shares = append(draft.Shares, tally.Share{DiscountID: promotions.id(entry), Amount: amount})
		draft.Net = r.Sub(path+".adjustments", draft.Net, amount)
	}
	for i, tax := range taxLines.Items {
		draft.Taxes = append(draft.Taxes, r.Quo(path, r.Mul(path, draft.Net, rates[i]), decimal.Hundred))
		draft.Line.Taxes = append(draft.Line.Taxes, canonical.Tax{
			Code: tax.Code.String(), Rate: rates[i], RateKnown: true, Collector: canonical.CollectorSeller,
		})
	}
}

// promotions collects the discounts of an order from the lines, which is where Medusa keeps them.
type promotions struct{ found []canonical.Discount }

func (p *promotions) id(entry adjustment) string {
	id := entry.PromotionID.String()
	if id == "" {
		id = entry.Code.String()
	}
	if id == "" {
		id = entry.ID.String()
	}
	known := slices.ContainsFunc(p.found, func(d canonical.Discount) bool { return d.ID == id })
	if !known {
		discount := canonical.Discount{ID: id, Code: entry.Code.String(), Title: entry.Description.String()}
		if discount.Title == "" {
			discount.Title = discount.Code
		}
		p.found = append(p.found, discount)
	}
	return id
}

// stated is what the order costs by Medusa's word, and its tax. Medusa's total shrinks when goods come
// back and by credits; a sale does not, so both are added again. The tax is not stated for the goods
// that came back: it is that of the lines, and the whole is checked by the total. What was doubled is no sale.
func stated(r *wire.Reader, source order, drafts []tally.Draft, doubled decimal.Decimal) (grand, tax decimal.Decimal) {
	grand = r.Add("total",
		r.Amount("total", exact(source.RawTotal, source.Total)),
		r.Amount("credit_line_total", exact(source.RawCreditTotal, source.CreditTotal)))
	for i, item := range source.Items.Items {
		path := fmt.Sprintf("items[%d].return_received_total", i)
		grand = r.Add(path, grand, r.Amount(path, exact(item.RawReturned, item.Returned)))
		grand = r.Add(path, grand, r.Amount(path, exact(item.RawDismissed, item.Dismissed)))
	}
	grand = r.Sub("total", grand, doubled)
	for _, draft := range drafts {
		tax = r.Add("items.tax_lines", tax, r.Sum("items.tax_lines", draft.Taxes))
	}
	return grand, tax
}
