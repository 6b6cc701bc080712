package shopify

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The order of the REST Admin API, which is what webhooks carry.

type restOrder struct {
	ID             wire.Text                    `json:"id"`
	Name           wire.Text                    `json:"name"`
	Created        wire.Text                    `json:"created_at"`
	Processed      wire.Text                    `json:"processed_at"`
	Updated        wire.Text                    `json:"updated_at"`
	Cancelled      wire.Text                    `json:"cancelled_at"`
	Closed         wire.Text                    `json:"closed_at"`
	CancelReason   wire.Text                    `json:"cancel_reason"`
	Financial      wire.Text                    `json:"financial_status"`
	Currency       wire.Text                    `json:"currency"`
	Presentment    wire.Text                    `json:"presentment_currency"`
	TaxesIncluded  wire.Text                    `json:"taxes_included"`
	DutiesIncluded wire.Text                    `json:"duties_included"`
	Test           wire.Text                    `json:"test"`
	Email          wire.Text                    `json:"email"`
	Phone          wire.Text                    `json:"phone"`
	Locale         wire.Text                    `json:"customer_locale"`
	Note           wire.Text                    `json:"note"`
	PONumber       wire.Text                    `json:"po_number"`
	SourceName     wire.Text                    `json:"source_name"`
	Tags           wire.Text                    `json:"tags"`
	Attributes     wire.List[restAttribute]     `json:"note_attributes"`
	Customer       wire.Object[restCustomer]    `json:"customer"`
	Company        wire.Object[json.RawMessage] `json:"company"`
	Billing        wire.Object[restAddress]     `json:"billing_address"`
	Shipping       wire.Object[restAddress]     `json:"shipping_address"`
	Items          wire.List[restItem]          `json:"line_items"`
	ShippingLines  wire.List[restShipping]      `json:"shipping_lines"`
	Fees           wire.List[restFee]           `json:"additional_fees"`
	Applications   wire.List[restApplication]   `json:"discount_applications"`
	Fulfillments   wire.List[restFulfillment]   `json:"fulfillments"`
	Refunds        wire.List[restRefund]        `json:"refunds"`
	Transactions   wire.List[restTransaction]   `json:"transactions"`
	TotalSet       restBag                      `json:"total_price_set"`
	Total          wire.Text                    `json:"total_price"`
	TaxSet         restBag                      `json:"total_tax_set"`
	Tax            wire.Text                    `json:"total_tax"`
	CurrentSet     restBag                      `json:"current_total_price_set"`
	Current        wire.Text                    `json:"current_total_price"`
	CurrentTaxSet  restBag                      `json:"current_total_tax_set"`
	CurrentTax     wire.Text                    `json:"current_total_tax"`
	TipSet         restBag                      `json:"total_tip_received_set"`
	Tip            wire.Text                    `json:"total_tip_received"`
	Rounding       restBag                      `json:"total_cash_rounding_payment_adjustment_set"`
	Outstanding    wire.Text                    `json:"total_outstanding"`
}

type restBag struct {
	wire.Object[struct {
		Shop        wire.Object[restMoney] `json:"shop_money"`
		Presentment wire.Object[restMoney] `json:"presentment_money"`
	}]
}

type restMoney struct {
	Amount wire.Text `json:"amount"`
}

// or reads both sides; where a payload has only the plain amount, that is in the shop's currency.
func (b restBag) or(r *wire.Reader, path, name string, plain wire.Text) bag {
	if b.Odd {
		r.Fail(path+name+"_set", wire.ErrForm)
	}
	if !b.Present {
		amount := r.Amount(path+name, plain)
		return bag{shop: amount, presentment: amount}
	}
	return bag{
		shop:        r.Amount(path+name+"_set.shop_money.amount", b.Value.Shop.Value.Amount),
		presentment: r.Amount(path+name+"_set.presentment_money.amount", b.Value.Presentment.Value.Amount),
	}
}

type restAttribute struct {
	Name  wire.Text `json:"name"`
	Value wire.Text `json:"value"`
}

type restCustomer struct {
	ID        wire.Text `json:"id"`
	FirstName wire.Text `json:"first_name"`
	LastName  wire.Text `json:"last_name"`
}

type restAddress struct {
	FirstName wire.Text `json:"first_name"`
	LastName  wire.Text `json:"last_name"`
	Name      wire.Text `json:"name"`
	Company   wire.Text `json:"company"`
	Address1  wire.Text `json:"address1"`
	Address2  wire.Text `json:"address2"`
	City      wire.Text `json:"city"`
	Zip       wire.Text `json:"zip"`
	Province  wire.Text `json:"province"`
	Code      wire.Text `json:"province_code"`
	Country   wire.Text `json:"country_code"`
	Phone     wire.Text `json:"phone"`
}

func (a restAddress) read() *canonical.Address {
	return postal{
		first: a.FirstName, last: a.LastName, name: a.Name, company: a.Company, street: a.Address1, street2: a.Address2,
		city: a.City, zip: a.Zip, province: a.Province, provinceCode: a.Code, country: a.Country, phone: a.Phone,
	}.canonical()
}

type restItem struct {
	ID          wire.Text                 `json:"id"`
	VariantID   wire.Text                 `json:"variant_id"`
	ProductID   wire.Text                 `json:"product_id"`
	Name        wire.Text                 `json:"name"`
	Title       wire.Text                 `json:"title"`
	SKU         wire.Text                 `json:"sku"`
	Quantity    wire.Text                 `json:"quantity"`
	Current     wire.Text                 `json:"current_quantity"`
	Fulfillable wire.Text                 `json:"fulfillable_quantity"`
	GiftCard    wire.Text                 `json:"gift_card"`
	Shippable   wire.Text                 `json:"requires_shipping"`
	TipGateway  wire.Text                 `json:"tip_payment_gateway"`
	PriceSet    restBag                   `json:"price_set"`
	Price       wire.Text                 `json:"price"`
	Discount    wire.Text                 `json:"total_discount"`
	Allocations wire.List[restAllocation] `json:"discount_allocations"`
	Taxes       wire.List[restTax]        `json:"tax_lines"`
	Duties      wire.List[restDuty]       `json:"duties"`
	Properties  wire.List[restAttribute]  `json:"properties"`
}

type restAllocation struct {
	AmountSet restBag   `json:"amount_set"`
	Amount    wire.Text `json:"amount"`
	Index     wire.Text `json:"discount_application_index"`
}

type restApplication struct {
	Code        wire.Text `json:"code"`
	Title       wire.Text `json:"title"`
	Description wire.Text `json:"description"`
}

type restTax struct {
	Title         wire.Text `json:"title"`
	Rate          wire.Text `json:"rate"`
	ChannelLiable wire.Text `json:"channel_liable"`
	PriceSet      restBag   `json:"price_set"`
	Price         wire.Text `json:"price"`
}

type restDuty struct {
	ID       wire.Text          `json:"id"`
	PriceSet restBag            `json:"price_set"`
	Price    wire.Text          `json:"price"`
	Taxes    wire.List[restTax] `json:"tax_lines"`
}

type restFee struct {
	restDuty
	Name wire.Text `json:"name"`
}

type restShipping struct {
	ID          wire.Text                 `json:"id"`
	Title       wire.Text                 `json:"title"`
	Code        wire.Text                 `json:"code"`
	Removed     wire.Text                 `json:"is_removed"`
	PriceSet    restBag                   `json:"price_set"`
	Price       wire.Text                 `json:"price"`
	Allocations wire.List[restAllocation] `json:"discount_allocations"`
	Taxes       wire.List[restTax]        `json:"tax_lines"`
}

type restFulfillment struct {
	ID       wire.Text `json:"id"`
	Status   wire.Text `json:"status"`
	Progress wire.Text `json:"shipment_status"`
	Created  wire.Text `json:"created_at"`
	Company  wire.Text `json:"tracking_company"`
	Number   wire.Text `json:"tracking_number"`
	URL      wire.Text `json:"tracking_url"`
	Lines    wire.List[struct {
		ID       wire.Text `json:"id"`
		Quantity wire.Text `json:"quantity"`
	}] `json:"line_items"`
}

type restRefund struct {
	ID        wire.Text `json:"id"`
	Created   wire.Text `json:"created_at"`
	Processed wire.Text `json:"processed_at"`
	Note      wire.Text `json:"note"`
	Lines     wire.List[struct {
		ItemID      wire.Text `json:"line_item_id"`
		Quantity    wire.Text `json:"quantity"`
		Restock     wire.Text `json:"restock_type"`
		SubtotalSet restBag   `json:"subtotal_set"`
		Subtotal    wire.Text `json:"subtotal"`
		TaxSet      restBag   `json:"total_tax_set"`
		Tax         wire.Text `json:"total_tax"`
	}] `json:"refund_line_items"`
	Shipping wire.List[struct {
		Line wire.Object[struct {
			ID wire.Text `json:"id"`
		}] `json:"shipping_line"`
		Subtotal restBag `json:"subtotal_amount_set"`
		Tax      restBag `json:"tax_amount_set"`
	}] `json:"refund_shipping_lines"`
	Adjustments wire.List[struct {
		Reason wire.Text `json:"reason"`
	}] `json:"order_adjustments"`
	Duties wire.List[struct {
		ID     wire.Text `json:"duty_id"`
		Amount restBag   `json:"amount_set"`
	}] `json:"duties"`
	Transactions wire.List[restTransaction] `json:"transactions"`
}

type restTransaction struct {
	ID        wire.Text `json:"id"`
	ParentID  wire.Text `json:"parent_id"`
	Kind      wire.Text `json:"kind"`
	Status    wire.Text `json:"status"`
	Gateway   wire.Text `json:"gateway"`
	Created   wire.Text `json:"created_at"`
	Processed wire.Text `json:"processed_at"`
	Currency  wire.Text `json:"currency"`
	AmountSet restBag   `json:"amount_set"`
	Amount    wire.Text `json:"amount"`
	Rounding  restBag   `json:"amount_rounding_set"`
}

// read brings the payload into the common form.
func (s restOrder) read(r *wire.Reader) order {
	o := order{
		id: identifier(r, "id", s.ID), name: s.Name.String(),
		placedAt:      r.Time("processed_at", first(s.Processed, s.Created)),
		updatedAt:     r.Time("updated_at", first(s.Updated, s.Created)),
		cancelledAt:   r.Time("cancelled_at", s.Cancelled),
		closedAt:      r.Time("closed_at", s.Closed),
		cancelReason:  word(s.CancelReason),
		financial:     word(s.Financial),
		currency:      currency(s.Currency),
		presentment:   currency(first(s.Presentment, s.Currency)),
		taxesIncluded: s.TaxesIncluded.IsTrue(),
		dutiesKept:    s.DutiesIncluded.IsTrue(),
		test:          s.Test.IsTrue(),
		business:      s.Company.Present,
		billTo:        s.Billing.Value.read(),
		shipTo:        s.Shipping.Value.read(),
		note:          s.Note.String(), poNumber: s.PONumber.String(), source: s.SourceName.String(),
		total:    s.TotalSet.or(r, "", "total_price", s.Total),
		totalTax: s.TaxSet.or(r, "", "total_tax", s.Tax),
		tip:      s.TipSet.or(r, "", "total_tip_received", s.Tip),
		rounding: s.Rounding.or(r, "", "total_cash_rounding_payment_adjustment", wire.Text{}),
	}
	o.buyer = canonical.Party{
		ID: tail(s.Customer.Value.ID), Name: fullName(s.Customer.Value.FirstName, s.Customer.Value.LastName),
		Email: s.Email.String(), Phone: s.Phone.String(), Language: s.Locale.String(),
	}
	if s.CurrentSet.Present || !s.Current.IsEmpty() {
		current := s.CurrentSet.or(r, "", "current_total_price", s.Current)
		tax := s.CurrentTaxSet.or(r, "", "current_total_tax", s.CurrentTax)
		o.current, o.currentTax = &current, &tax
	}
	for _, tag := range strings.Split(s.Tags.String(), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			o.tags = append(o.tags, tag)
		}
	}
	o.attributes = restAttributes(s.Attributes)
	s.readLines(r, &o)
	s.readMovements(r, &o)
	return o
}

func (s restOrder) readLines(r *wire.Reader, o *order) {
	r.Form("discount_applications", s.Applications.Odd)
	r.Form("line_items", s.Items.Odd)
	for i, source := range s.Items.Items {
		o.items = append(o.items, s.readItem(r, fmt.Sprintf("line_items[%d].", i), source))
	}
	r.Form("shipping_lines", s.ShippingLines.Odd)
	for i, source := range s.ShippingLines.Items {
		if source.Removed.IsTrue() {
			continue
		}
		path := fmt.Sprintf("shipping_lines[%d].", i)
		o.shipping = append(o.shipping, shippingLine{code: source.Code.String(), charge: charge{
			id: optional(r, path+"id", source.ID), title: source.Title.String(),
			price:       source.PriceSet.or(r, path, "price", source.Price),
			allocations: s.readAllocations(r, path, source.Allocations),
			taxes:       restTaxes(r, path, source.Taxes),
		}})
	}
	r.Form("additional_fees", s.Fees.Odd)
	for i, source := range s.Fees.Items {
		fee := source.read(r, fmt.Sprintf("additional_fees[%d].", i))
		fee.title = source.Name.String()
		o.fees = append(o.fees, fee)
	}
}

func (s restOrder) readItem(r *wire.Reader, path string, source restItem) item {
	line := item{
		charge: charge{
			id: identifier(r, path+"id", source.ID), title: first(source.Name, source.Title).String(),
			price:       source.PriceSet.or(r, path, "price", source.Price),
			allocations: s.readAllocations(r, path, source.Allocations),
			taxes:       restTaxes(r, path, source.Taxes),
		},
		sku: source.SKU.String(), variantID: tail(source.VariantID), productID: tail(source.ProductID),
		quantity:    r.Amount(path+"quantity", source.Quantity),
		current:     r.Amount(path+"current_quantity", first(source.Current, source.Quantity)),
		fulfillable: r.Amount(path+"fulfillable_quantity", source.Fulfillable),
		giftCard:    source.GiftCard.IsTrue(), shippable: source.Shippable.IsTrue(), tip: !source.TipGateway.IsEmpty(),
		properties: restAttributes(source.Properties),
	}
	// Older payloads state a line's discount but not where it comes from.
	if discount := r.Amount(path+"total_discount", source.Discount); len(line.allocations) == 0 && discount.IsPos() {
		line.allocations = []allocation{{
			amount:      bag{shop: discount, presentment: discount},
			application: application{index: "other", title: "Discount"},
		}}
	}
	r.Form(path+"duties", source.Duties.Odd)
	for i, duty := range source.Duties.Items {
		line.duties = append(line.duties, duty.read(r, fmt.Sprintf("%sduties[%d].", path, i)))
	}
	return line
}

func (d restDuty) read(r *wire.Reader, path string) charge {
	return charge{
		id: identifier(r, path+"id", d.ID), price: d.PriceSet.or(r, path, "price", d.Price),
		taxes: restTaxes(r, path, d.Taxes),
	}
}

func (s restOrder) readAllocations(r *wire.Reader, path string, list wire.List[restAllocation]) []allocation {
	r.Form(path+"discount_allocations", list.Odd)
	var all []allocation
	for i, source := range list.Items {
		share := allocation{amount: source.AmountSet.or(r, fmt.Sprintf("%sdiscount_allocations[%d].", path, i), "amount", source.Amount)}
		share.application.index = source.Index.String()
		for j, from := range s.Applications.Items {
			if fmt.Sprint(j) == share.application.index {
				share.application.code = from.Code.String()
				share.application.title = first(from.Title, from.Description).String()
			}
		}
		all = append(all, share)
	}
	return all
}

func restTaxes(r *wire.Reader, path string, list wire.List[restTax]) []taxLine {
	r.Form(path+"tax_lines", list.Odd)
	var all []taxLine
	for i, source := range list.Items {
		at := fmt.Sprintf("%stax_lines[%d].", path, i)
		all = append(all, taxLine{
			title: source.Title.String(), amount: source.PriceSet.or(r, at, "price", source.Price),
			rate: r.Amount(at+"rate", source.Rate), rateKnown: !source.Rate.IsEmpty(),
			channel: source.ChannelLiable.IsTrue(),
		})
	}
	return all
}

func (s restOrder) readMovements(r *wire.Reader, o *order) {
	r.Form("fulfillments", s.Fulfillments.Odd)
	for i, source := range s.Fulfillments.Items {
		o.fulfillments = append(o.fulfillments, source.read(r, fmt.Sprintf("fulfillments[%d].", i)))
	}
	seen := map[string]bool{}
	pay := func(path string, list wire.List[restTransaction]) (refunded bag) {
		r.Form(path, list.Odd)
		for i, source := range list.Items {
			entry := source.read(r, fmt.Sprintf("%s[%d].", path, i), *o)
			if entry.kind == "refund" && entry.status == "success" {
				refunded = bags{r}.add(path, refunded, entry.amount)
			}
			if !seen[entry.id] {
				seen[entry.id] = true
				o.transactions = append(o.transactions, entry)
			}
		}
		return refunded
	}
	pay("transactions", s.Transactions)
	r.Form("refunds", s.Refunds.Odd)
	for i, source := range s.Refunds.Items {
		path := fmt.Sprintf("refunds[%d].", i)
		back := source.read(r, path)
		back.total = pay(path+"transactions", source.Transactions)
		o.refunds = append(o.refunds, back)
	}
	if len(s.Transactions.Items) == 0 {
		o.paid = s.paid(r, *o)
	}
}

// paid is what the payment's status says of an order whose transactions are not listed.
func (s restOrder) paid(r *wire.Reader, o order) bag {
	switch o.financial {
	case "paid", "partially_refunded", "refunded":
		return bags{r}.add("total_price", o.total, o.rounding)
	case "partially_paid":
		// What is outstanding is stated in the shopper's currency.
		due := r.Amount("total_outstanding", s.Outstanding)
		open := r.Sub("total_outstanding", o.total.presentment, due)
		return bags{r}.part("total_outstanding", o.total, open, o.total.presentment)
	default:
		return bag{}
	}
}

func (f restFulfillment) read(r *wire.Reader, path string) fulfillment {
	result := fulfillment{
		id: identifier(r, path+"id", f.ID), status: word(f.Status), progress: word(f.Progress),
		at:      r.Time(path+"created_at", f.Created),
		company: f.Company.String(), number: f.Number.String(), url: f.URL.String(),
	}
	r.Form(path+"line_items", f.Lines.Odd)
	for i, line := range f.Lines.Items {
		at := fmt.Sprintf("%sline_items[%d].", path, i)
		result.lines = append(result.lines, fulfilledLine{
			itemID: identifier(r, at+"id", line.ID), quantity: r.Amount(at+"quantity", line.Quantity),
		})
	}
	return result
}

func (s restRefund) read(r *wire.Reader, path string) refund {
	result := refund{
		id: identifier(r, path+"id", s.ID), note: s.Note.String(),
		at: r.Time(path+"processed_at", first(s.Processed, s.Created)),
	}
	r.Form(path+"refund_line_items", s.Lines.Odd)
	for i, line := range s.Lines.Items {
		at := fmt.Sprintf("%srefund_line_items[%d].", path, i)
		result.lines = append(result.lines, refundLine{
			itemID: identifier(r, at+"line_item_id", line.ItemID), restock: word(line.Restock),
			quantity: r.Amount(at+"quantity", line.Quantity),
			subtotal: line.SubtotalSet.or(r, at, "subtotal", line.Subtotal), tax: line.TaxSet.or(r, at, "total_tax", line.Tax),
		})
	}
	r.Form(path+"refund_shipping_lines", s.Shipping.Odd)
	for i, line := range s.Shipping.Items {
		at := fmt.Sprintf("%srefund_shipping_lines[%d].", path, i)
		result.shipping = append(result.shipping, refundPart{
			lineID:   optional(r, at+"shipping_line.id", line.Line.Value.ID),
			subtotal: line.Subtotal.or(r, at, "subtotal_amount", wire.Text{}), tax: line.Tax.or(r, at, "tax_amount", wire.Text{}),
		})
	}
	for _, adjustment := range s.Adjustments.Items {
		if result.reason == "" {
			result.reason = strings.ReplaceAll(word(adjustment.Reason), " ", "_")
		}
	}
	r.Form(path+"duties", s.Duties.Odd)
	for i, duty := range s.Duties.Items {
		at := fmt.Sprintf("%sduties[%d].", path, i)
		result.duties = append(result.duties, refundPart{
			lineID: optional(r, at+"duty_id", duty.ID), subtotal: duty.Amount.or(r, at, "amount", wire.Text{}),
		})
	}
	return result
}

// read reads a transaction. Its plain amount is in the currency that it names.
func (t restTransaction) read(r *wire.Reader, path string, o order) transaction {
	entry := transaction{
		id: identifier(r, path+"id", t.ID), parent: tail(t.ParentID),
		kind: word(t.Kind), status: word(t.Status), gateway: t.Gateway.String(),
		at:       r.Time(path+"processed_at", first(t.Processed, t.Created)),
		amount:   t.AmountSet.or(r, path, "amount", t.Amount),
		rounding: t.Rounding.or(r, path, "amount_rounding", wire.Text{}),
	}
	if t.AmountSet.Present || o.presentment == o.currency {
		return entry
	}
	convert := func(amount, from, to decimal.Decimal) decimal.Decimal {
		return r.Quo(path+"amount", r.Mul(path+"amount", amount, to), from)
	}
	if currency(t.Currency) == o.presentment {
		entry.amount.shop = convert(entry.amount.presentment, o.total.presentment, o.total.shop)
	} else {
		entry.amount.presentment = convert(entry.amount.shop, o.total.shop, o.total.presentment)
	}
	return entry
}

func restAttributes(list wire.List[restAttribute]) []attribute {
	var all []attribute
	for _, entry := range list.Items {
		all = append(all, attribute{key: entry.Name.String(), value: entry.Value.String()})
	}
	return all
}

// readREST reads a payload; false if it is not an object.
func readREST(body json.RawMessage) (restOrder, bool) {
	var source restOrder
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &source) != nil {
		return restOrder{}, false
	}
	return source, true
}
