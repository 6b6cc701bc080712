package shopify

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// What Shopify says of an order, in one form for GraphQL and REST. Numbers are read, words are lower case.

type order struct {
	id, name                  string
	placedAt, updatedAt       time.Time
	cancelledAt, closedAt     time.Time
	cancelReason              string
	financial, fulfillment    string
	currency, presentment     canonical.Currency
	taxesIncluded, dutiesKept bool
	test, business            bool
	buyer                     canonical.Party
	billTo, shipTo            *canonical.Address
	note, poNumber, source    string
	tags                      []string
	attributes                []attribute
	recommendation            string
	assessments               []string

	items        []item
	shipping     []shippingLine
	fees         []charge
	fulfillments []fulfillment
	refunds      []refund
	transactions []transaction
	// paid is what was paid where the payload lists no transactions.
	paid bag

	total, totalTax     bag
	current, currentTax *bag
	tip, rounding       bag
}

type attribute struct{ key, value string }

// charge is what all kinds of lines have.
type charge struct {
	id, title string
	// price is of one unit, before discounts.
	price       bag
	allocations []allocation
	taxes       []taxLine
}

type item struct {
	charge
	sku, barcode, variantID, productID string
	// quantity counts removed and refunded units too, current does not.
	quantity, current decimal.Decimal
	// fulfillable are the units that are still to be shipped.
	fulfillable         decimal.Decimal
	giftCard, shippable bool
	tip                 bool
	duties              []charge
	properties          []attribute
}

type shippingLine struct {
	charge
	code string
}

type allocation struct {
	amount      bag
	application application
}

// application is a discount of the order. Its index is all that tells it from the others.
type application struct{ index, code, title string }

type taxLine struct {
	title string
	// rate is a fraction: 0.25 is 25 %.
	rate      decimal.Decimal
	rateKnown bool
	amount    bag
	channel   bool
}

type fulfillment struct {
	id, status, progress string
	// arrived is zero in payloads of the REST kind, which do not say it.
	at, arrived          time.Time
	company, number, url string
	lines                []fulfilledLine
}

type fulfilledLine struct {
	itemID   string
	quantity decimal.Decimal
}

type refund struct {
	id, note string
	at       time.Time
	total    bag
	lines    []refundLine
	shipping []refundPart
	duties   []refundPart
	// reason is why more or less than the lines was given back.
	reason string
}

type refundLine struct {
	itemID, restock string
	quantity        decimal.Decimal
	subtotal, tax   bag
}

// refundPart is what was given back of a shipping line or a duty.
type refundPart struct {
	lineID        string
	subtotal, tax bag
}

type transaction struct {
	id, parent, kind, status, gateway string
	at                                time.Time
	amount, rounding                  bag
}
