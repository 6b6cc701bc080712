package demo

import (
	"crypto/rand"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// OpenDesk opens a returns platform inside the process. A real one is an adapter, such as returns/loop or returns/generic.
func OpenDesk() *fake.Platform {
	desk := fake.New(canonical.Channel{Name: "desk", Account: Account})
	desk.Secret = rand.Text()
	return desk
}

// request is what the buyer of an order asks for: to send one unit of its first line back.
func request(p purchase, line, sku string) canonical.Return {
	return canonical.Return{
		Key: canonical.Key{Channel: canonical.Channel{Name: "desk", Account: Account}, ID: "r" + p.number}, Number: "RMA-" + p.number, Order: p.order,
		RequestedAt: time.Now().UTC().Truncate(time.Millisecond), Approval: canonical.ReturnRequested, Logistics: canonical.ReturnUnsent, Currency: "EUR",
		Lines: []canonical.ReturnLine{{ID: "1", OrderLineID: line, SKU: sku, Qty: decimal.One, Reason: "changed_mind", Resolution: canonical.ResolutionRefund}},
	}
}

// exchange is what the buyer of an order asks for: another article, for 25.00, in place of a unit of its first line.
func exchange(p purchase, line, sku, other string) canonical.Return {
	asked := request(p, line, sku)
	asked.Key.ID, asked.Number = asked.Key.ID+"x", asked.Number+"X"
	asked.Lines[0].Resolution, asked.Lines[0].Reason = canonical.ResolutionExchangeOther, "other_article"
	asked.Exchange = []canonical.ExchangeLine{{
		ID: "1", ReturnLineID: "1", SKU: other, Qty: decimal.One, Total: canonical.Shop(decimal.MustParse("20.00")),
		Taxes: []canonical.Tax{{Rate: decimal.MustParse("25"), RateKnown: true, Amount: canonical.Shop(decimal.MustParse("5.00")), Collector: canonical.CollectorSeller}},
	}}
	return asked
}
