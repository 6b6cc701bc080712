package shopify

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The order node of the GraphQL Admin API, with the fields of orderFields.

type graphOrder struct {
	ID               wire.Text                  `json:"id"`
	Name             wire.Text                  `json:"name"`
	Created          wire.Text                  `json:"createdAt"`
	Processed        wire.Text                  `json:"processedAt"`
	Updated          wire.Text                  `json:"updatedAt"`
	Cancelled        wire.Text                  `json:"cancelledAt"`
	Closed           wire.Text                  `json:"closedAt"`
	CancelReason     wire.Text                  `json:"cancelReason"`
	Financial        wire.Text                  `json:"displayFinancialStatus"`
	Fulfillment      wire.Text                  `json:"displayFulfillmentStatus"`
	Currency         wire.Text                  `json:"currencyCode"`
	Presentment      wire.Text                  `json:"presentmentCurrencyCode"`
	TaxesIncluded    wire.Text                  `json:"taxesIncluded"`
	DutiesIncluded   wire.Text                  `json:"dutiesIncluded"`
	Test             wire.Text                  `json:"test"`
	Email            wire.Text                  `json:"email"`
	Phone            wire.Text                  `json:"phone"`
	Locale           wire.Text                  `json:"customerLocale"`
	Note             wire.Text                  `json:"note"`
	PONumber         wire.Text                  `json:"poNumber"`
	SourceName       wire.Text                  `json:"sourceName"`
	Tags             wire.List[wire.Text]       `json:"tags"`
	Attributes       wire.List[graphAttribute]  `json:"customAttributes"`
	Customer         wire.Object[graphCustomer] `json:"customer"`
	PurchasingEntity wire.Object[struct {
		Type wire.Text `json:"__typename"`
	}] `json:"purchasingEntity"`
	Billing  wire.Object[graphAddress] `json:"billingAddress"`
	Shipping wire.Object[graphAddress] `json:"shippingAddress"`
	Risk     wire.Object[struct {
		Recommendation wire.Text `json:"recommendation"`
		Assessments    wire.List[struct {
			Level wire.Text `json:"riskLevel"`
		}] `json:"assessments"`
	}] `json:"risk"`
	Items         connection[graphItem]       `json:"lineItems"`
	ShippingLines connection[graphShipping]   `json:"shippingLines"`
	Fees          wire.List[graphFee]         `json:"additionalFees"`
	Fulfillments  wire.List[graphFulfillment] `json:"fulfillments"`
	Refunds       wire.List[graphRefund]      `json:"refunds"`
	Transactions  wire.List[graphTransaction] `json:"transactions"`
	Total         graphBag                    `json:"totalPriceSet"`
	TotalTax      graphBag                    `json:"totalTaxSet"`
	Current       graphBag                    `json:"currentTotalPriceSet"`
	CurrentTax    graphBag                    `json:"currentTotalTaxSet"`
	Tip           graphBag                    `json:"totalTipReceivedSet"`
	Rounding      wire.Object[struct {
		Payment graphBag `json:"paymentSet"`
	}] `json:"totalCashRoundingAdjustment"`
}

// connection is a list that comes in pages.
type connection[T any] struct {
	Nodes    wire.List[T] `json:"nodes"`
	PageInfo struct {
		HasNext wire.Text `json:"hasNextPage"`
		End     wire.Text `json:"endCursor"`
	} `json:"pageInfo"`
}

// UnmarshalJSON implements json.Unmarshaler. It never fails: what is not a connection counts as odd.
func (c *connection[T]) UnmarshalJSON(data []byte) error {
	type plain connection[T]
	var whole wire.Object[plain]
	_ = whole.UnmarshalJSON(data) // never fails
	*c = connection[T](whole.Value)
	if whole.Odd {
		c.Nodes.Odd++
	}
	return nil
}

// all fails for a connection of which only a part was read: the rest would be taken for deleted.
func (c connection[T]) all(r *wire.Reader, path string) []T {
	r.Form(path, c.Nodes.Odd)
	if c.PageInfo.HasNext.IsTrue() {
		r.Fail(path+".pageInfo.hasNextPage", errIncomplete)
	}
	return c.Nodes.Items
}

type graphBag struct {
	wire.Object[struct {
		Shop        wire.Object[graphMoney] `json:"shopMoney"`
		Presentment wire.Object[graphMoney] `json:"presentmentMoney"`
	}]
}

type graphMoney struct {
	Amount wire.Text `json:"amount"`
}

func (g graphBag) read(r *wire.Reader, path string) bag {
	if g.Odd {
		r.Fail(path, wire.ErrForm)
	}
	return bag{
		shop:        r.Amount(path+".shopMoney.amount", g.Value.Shop.Value.Amount),
		presentment: r.Amount(path+".presentmentMoney.amount", g.Value.Presentment.Value.Amount),
	}
}

type graphAttribute struct {
	Key   wire.Text `json:"key"`
	Value wire.Text `json:"value"`
}

type graphCustomer struct {
	ID        wire.Text `json:"id"`
	FirstName wire.Text `json:"firstName"`
	LastName  wire.Text `json:"lastName"`
}

type graphAddress struct {
	FirstName wire.Text `json:"firstName"`
	LastName  wire.Text `json:"lastName"`
	Name      wire.Text `json:"name"`
	Company   wire.Text `json:"company"`
	Address1  wire.Text `json:"address1"`
	Address2  wire.Text `json:"address2"`
	City      wire.Text `json:"city"`
	Zip       wire.Text `json:"zip"`
	Province  wire.Text `json:"province"`
	Code      wire.Text `json:"provinceCode"`
	Country   wire.Text `json:"countryCodeV2"`
	Phone     wire.Text `json:"phone"`
}

func (a graphAddress) read() *canonical.Address {
	return postal{
		first: a.FirstName, last: a.LastName, name: a.Name, company: a.Company, street: a.Address1, street2: a.Address2,
		city: a.City, zip: a.Zip, province: a.Province, provinceCode: a.Code, country: a.Country, phone: a.Phone,
	}.canonical()
}

type graphItem struct {
	ID          wire.Text `json:"id"`
	Name        wire.Text `json:"name"`
	Title       wire.Text `json:"title"`
	SKU         wire.Text `json:"sku"`
	Quantity    wire.Text `json:"quantity"`
	Current     wire.Text `json:"currentQuantity"`
	Unfulfilled wire.Text `json:"unfulfilledQuantity"`
	IsGiftCard  wire.Text `json:"isGiftCard"`
	Shippable   wire.Text `json:"requiresShipping"`
	Variant     wire.Object[struct {
		ID      wire.Text `json:"id"`
		Barcode wire.Text `json:"barcode"`
	}] `json:"variant"`
	Product wire.Object[struct {
		ID wire.Text `json:"id"`
	}] `json:"product"`
	Price       graphBag                   `json:"originalUnitPriceSet"`
	Allocations wire.List[graphAllocation] `json:"discountAllocations"`
	Taxes       wire.List[graphTax]        `json:"taxLines"`
	Duties      wire.List[graphDuty]       `json:"duties"`
	Attributes  wire.List[graphAttribute]  `json:"customAttributes"`
}

type graphAllocation struct {
	Amount      graphBag `json:"allocatedAmountSet"`
	Application wire.Object[struct {
		Index wire.Text `json:"index"`
		Code  wire.Text `json:"code"`
		Title wire.Text `json:"title"`
	}] `json:"discountApplication"`
}

type graphTax struct {
	Title         wire.Text `json:"title"`
	Rate          wire.Text `json:"rate"`
	ChannelLiable wire.Text `json:"channelLiable"`
	Price         graphBag  `json:"priceSet"`
}

type graphDuty struct {
	ID    wire.Text           `json:"id"`
	Price graphBag            `json:"price"`
	Taxes wire.List[graphTax] `json:"taxLines"`
}

type graphFee struct {
	graphDuty
	Name wire.Text `json:"name"`
}

type graphShipping struct {
	ID          wire.Text                  `json:"id"`
	Title       wire.Text                  `json:"title"`
	Code        wire.Text                  `json:"code"`
	Price       graphBag                   `json:"originalPriceSet"`
	Allocations wire.List[graphAllocation] `json:"discountAllocations"`
	Taxes       wire.List[graphTax]        `json:"taxLines"`
}

type graphFulfillment struct {
	ID       wire.Text `json:"id"`
	Status   wire.Text `json:"status"`
	Progress wire.Text `json:"displayStatus"`
	Created  wire.Text `json:"createdAt"`
	Arrived  wire.Text `json:"deliveredAt"`
	Tracking wire.List[struct {
		Company wire.Text `json:"company"`
		Number  wire.Text `json:"number"`
		URL     wire.Text `json:"url"`
	}] `json:"trackingInfo"`
	Lines connection[graphFulfilledLine] `json:"fulfillmentLineItems"`
}

type graphFulfilledLine struct {
	Quantity wire.Text `json:"quantity"`
	Item     graphID   `json:"lineItem"`
}

// graphID is an object of which only the id is asked for.
type graphID struct {
	wire.Object[struct {
		ID wire.Text `json:"id"`
	}]
}

func (g graphID) text() wire.Text { return g.Value.ID }

type graphRefund struct {
	ID          wire.Text                        `json:"id"`
	Created     wire.Text                        `json:"createdAt"`
	Processed   wire.Text                        `json:"processedAt"`
	Note        wire.Text                        `json:"note"`
	Total       graphBag                         `json:"totalRefundedSet"`
	Lines       connection[graphRefundLine]      `json:"refundLineItems"`
	Shipping    connection[graphRefundShipping]  `json:"refundShippingLines"`
	Adjustments connection[graphOrderAdjustment] `json:"orderAdjustments"`
	Duties      wire.List[graphRefundDuty]       `json:"duties"`
}

type graphRefundLine struct {
	Quantity wire.Text `json:"quantity"`
	Restock  wire.Text `json:"restockType"`
	Subtotal graphBag  `json:"subtotalSet"`
	Tax      graphBag  `json:"totalTaxSet"`
	Item     graphID   `json:"lineItem"`
}

type graphRefundShipping struct {
	Line     graphID  `json:"shippingLine"`
	Subtotal graphBag `json:"subtotalAmountSet"`
	Tax      graphBag `json:"taxAmountSet"`
}

type graphOrderAdjustment struct {
	Reason wire.Text `json:"reason"`
}

type graphRefundDuty struct {
	Amount graphBag `json:"amountSet"`
	Duty   graphID  `json:"originalDuty"`
}

type graphTransaction struct {
	ID        wire.Text `json:"id"`
	Kind      wire.Text `json:"kind"`
	Status    wire.Text `json:"status"`
	Gateway   wire.Text `json:"gateway"`
	Created   wire.Text `json:"createdAt"`
	Processed wire.Text `json:"processedAt"`
	Amount    graphBag  `json:"amountSet"`
	Rounding  graphBag  `json:"amountRoundingSet"`
	Parent    graphID   `json:"parentTransaction"`
}

// read brings the node into the common form.
func (g graphOrder) read(r *wire.Reader) order {
	o := order{
		id: identifier(r, "id", g.ID), name: g.Name.String(),
		placedAt:      r.Time("processedAt", first(g.Processed, g.Created)),
		updatedAt:     r.Time("updatedAt", first(g.Updated, g.Created)),
		cancelledAt:   r.Time("cancelledAt", g.Cancelled),
		closedAt:      r.Time("closedAt", g.Closed),
		cancelReason:  word(g.CancelReason),
		financial:     word(g.Financial),
		fulfillment:   word(g.Fulfillment),
		currency:      currency(g.Currency),
		presentment:   currency(first(g.Presentment, g.Currency)),
		taxesIncluded: g.TaxesIncluded.IsTrue(),
		dutiesKept:    g.DutiesIncluded.IsTrue(),
		test:          g.Test.IsTrue(),
		business:      g.PurchasingEntity.Value.Type.String() == "PurchasingCompany",
		billTo:        g.Billing.Value.read(),
		shipTo:        g.Shipping.Value.read(),
		note:          g.Note.String(), poNumber: g.PONumber.String(), source: g.SourceName.String(),
		recommendation: word(g.Risk.Value.Recommendation),
		total:          g.Total.read(r, "totalPriceSet"),
		totalTax:       g.TotalTax.read(r, "totalTaxSet"),
		tip:            g.Tip.read(r, "totalTipReceivedSet"),
		rounding:       g.Rounding.Value.Payment.read(r, "totalCashRoundingAdjustment.paymentSet"),
	}
	o.buyer = canonical.Party{
		ID: tail(g.Customer.Value.ID), Name: fullName(g.Customer.Value.FirstName, g.Customer.Value.LastName),
		Email: g.Email.String(), Phone: g.Phone.String(), Language: g.Locale.String(),
	}
	if g.Current.Present {
		current := g.Current.read(r, "currentTotalPriceSet")
		tax := g.CurrentTax.read(r, "currentTotalTaxSet")
		o.current, o.currentTax = &current, &tax
	}
	for _, tag := range g.Tags.Items {
		o.tags = append(o.tags, tag.String())
	}
	for _, assessment := range g.Risk.Value.Assessments.Items {
		o.assessments = append(o.assessments, word(assessment.Level))
	}
	o.attributes = attributes(g.Attributes)
	g.readLines(r, &o)
	g.readMovements(r, &o)
	return o
}

func (g graphOrder) readLines(r *wire.Reader, o *order) {
	for i, source := range g.Items.all(r, "lineItems") {
		o.items = append(o.items, source.read(r, fmt.Sprintf("lineItems.nodes[%d]", i)))
	}
	for i, source := range g.ShippingLines.all(r, "shippingLines") {
		path := fmt.Sprintf("shippingLines.nodes[%d]", i)
		line := shippingLine{code: source.Code.String(), charge: charge{
			id: optional(r, path+".id", source.ID), title: source.Title.String(),
			price:       source.Price.read(r, path+".originalPriceSet"),
			allocations: graphAllocations(r, path, source.Allocations),
			taxes:       graphTaxes(r, path, source.Taxes),
		}}
		o.shipping = append(o.shipping, line)
	}
	r.Form("additionalFees", g.Fees.Odd)
	for i, source := range g.Fees.Items {
		fee := source.read(r, fmt.Sprintf("additionalFees[%d]", i))
		fee.title = source.Name.String()
		o.fees = append(o.fees, fee)
	}
}

func (g graphOrder) readMovements(r *wire.Reader, o *order) {
	r.Form("fulfillments", g.Fulfillments.Odd)
	for i, source := range g.Fulfillments.Items {
		o.fulfillments = append(o.fulfillments, source.read(r, fmt.Sprintf("fulfillments[%d]", i)))
	}
	r.Form("refunds", g.Refunds.Odd)
	for i, source := range g.Refunds.Items {
		o.refunds = append(o.refunds, source.read(r, fmt.Sprintf("refunds[%d]", i)))
	}
	r.Form("transactions", g.Transactions.Odd)
	for i, source := range g.Transactions.Items {
		path := fmt.Sprintf("transactions[%d]", i)
		o.transactions = append(o.transactions, transaction{
			id: identifier(r, path+".id", source.ID), parent: tail(source.Parent.text()),
			kind: word(source.Kind), status: word(source.Status), gateway: source.Gateway.String(),
			at:       r.Time(path+".processedAt", first(source.Processed, source.Created)),
			amount:   source.Amount.read(r, path+".amountSet"),
			rounding: source.Rounding.read(r, path+".amountRoundingSet"),
		})
	}
}

func (g graphItem) read(r *wire.Reader, path string) item {
	line := item{
		charge: charge{
			id: identifier(r, path+".id", g.ID), title: first(g.Name, g.Title).String(),
			price:       g.Price.read(r, path+".originalUnitPriceSet"),
			allocations: graphAllocations(r, path, g.Allocations),
			taxes:       graphTaxes(r, path, g.Taxes),
		},
		sku: g.SKU.String(), barcode: g.Variant.Value.Barcode.String(),
		variantID: tail(g.Variant.Value.ID), productID: tail(g.Product.Value.ID),
		quantity:    r.Amount(path+".quantity", g.Quantity),
		current:     r.Amount(path+".currentQuantity", first(g.Current, g.Quantity)),
		fulfillable: r.Amount(path+".unfulfilledQuantity", g.Unfulfilled),
		giftCard:    g.IsGiftCard.IsTrue(), shippable: g.Shippable.IsTrue(),
		properties: attributes(g.Attributes),
	}
	r.Form(path+".duties", g.Duties.Odd)
	for i, duty := range g.Duties.Items {
		line.duties = append(line.duties, duty.read(r, fmt.Sprintf("%s.duties[%d]", path, i)))
	}
	return line
}

func (g graphDuty) read(r *wire.Reader, path string) charge {
	return charge{
		id: identifier(r, path+".id", g.ID), price: g.Price.read(r, path+".price"),
		taxes: graphTaxes(r, path, g.Taxes),
	}
}

func graphAllocations(r *wire.Reader, path string, list wire.List[graphAllocation]) []allocation {
	r.Form(path+".discountAllocations", list.Odd)
	var all []allocation
	for i, source := range list.Items {
		from := source.Application.Value
		all = append(all, allocation{
			amount:      source.Amount.read(r, fmt.Sprintf("%s.discountAllocations[%d].allocatedAmountSet", path, i)),
			application: application{index: from.Index.String(), code: from.Code.String(), title: from.Title.String()},
		})
	}
	return all
}

func graphTaxes(r *wire.Reader, path string, list wire.List[graphTax]) []taxLine {
	r.Form(path+".taxLines", list.Odd)
	var all []taxLine
	for i, source := range list.Items {
		at := fmt.Sprintf("%s.taxLines[%d]", path, i)
		all = append(all, taxLine{
			title: source.Title.String(), amount: source.Price.read(r, at+".priceSet"),
			rate: r.Amount(at+".rate", source.Rate), rateKnown: !source.Rate.IsEmpty(),
			channel: source.ChannelLiable.IsTrue(),
		})
	}
	return all
}

func (g graphFulfillment) read(r *wire.Reader, path string) fulfillment {
	result := fulfillment{
		id: identifier(r, path+".id", g.ID), status: word(g.Status), progress: word(g.Progress),
		at: r.Time(path+".createdAt", g.Created), arrived: r.Time(path+".deliveredAt", g.Arrived),
	}
	for _, tracking := range g.Tracking.Items {
		if result.number == "" {
			result.company, result.number, result.url = tracking.Company.String(), tracking.Number.String(), tracking.URL.String()
		}
	}
	for i, line := range g.Lines.all(r, path+".fulfillmentLineItems") {
		at := fmt.Sprintf("%s.fulfillmentLineItems.nodes[%d]", path, i)
		result.lines = append(result.lines, fulfilledLine{
			itemID:   identifier(r, at+".lineItem.id", line.Item.text()),
			quantity: r.Amount(at+".quantity", line.Quantity),
		})
	}
	return result
}

func (g graphRefund) read(r *wire.Reader, path string) refund {
	result := refund{
		id: identifier(r, path+".id", g.ID), note: g.Note.String(),
		at:    r.Time(path+".processedAt", first(g.Processed, g.Created)),
		total: g.Total.read(r, path+".totalRefundedSet"),
	}
	for i, line := range g.Lines.all(r, path+".refundLineItems") {
		at := fmt.Sprintf("%s.refundLineItems.nodes[%d]", path, i)
		result.lines = append(result.lines, refundLine{
			itemID: identifier(r, at+".lineItem.id", line.Item.text()), restock: word(line.Restock),
			quantity: r.Amount(at+".quantity", line.Quantity),
			subtotal: line.Subtotal.read(r, at+".subtotalSet"), tax: line.Tax.read(r, at+".totalTaxSet"),
		})
	}
	for i, line := range g.Shipping.all(r, path+".refundShippingLines") {
		at := fmt.Sprintf("%s.refundShippingLines.nodes[%d]", path, i)
		result.shipping = append(result.shipping, refundPart{
			lineID:   optional(r, at+".shippingLine.id", line.Line.text()),
			subtotal: line.Subtotal.read(r, at+".subtotalAmountSet"), tax: line.Tax.read(r, at+".taxAmountSet"),
		})
	}
	for _, adjustment := range g.Adjustments.all(r, path+".orderAdjustments") {
		if result.reason == "" {
			result.reason = word(adjustment.Reason)
		}
	}
	r.Form(path+".duties", g.Duties.Odd)
	for i, duty := range g.Duties.Items {
		at := fmt.Sprintf("%s.duties[%d]", path, i)
		result.duties = append(result.duties, refundPart{
			lineID: optional(r, at+".originalDuty.id", duty.Duty.text()), subtotal: duty.Amount.read(r, at+".amountSet"),
		})
	}
	return result
}

func attributes(list wire.List[graphAttribute]) []attribute {
	var all []attribute
	for _, entry := range list.Items {
		all = append(all, attribute{key: entry.Key.String(), value: entry.Value.String()})
	}
	return all
}

// readGraph reads a node; false if it is not an object.
func readGraph(body json.RawMessage) (graphOrder, bool) {
	var source graphOrder
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &source) != nil {
		return graphOrder{}, false
	}
	return source, true
}
