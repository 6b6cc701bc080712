package retailsync_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/odoo/sale"
)

// A channel's amounts are Odoo's, to the last minor unit, in every way that channels charge.
func TestTotals(t *testing.T) {
	t.Parallel()
	amount := func(s string) canonical.Amount { return canonical.Shop(decimal.MustParse(s)) }
	tax := func(rate, amt string) []canonical.Tax {
		return []canonical.Tax{{Code: "T" + rate, Rate: decimal.MustParse(rate), RateKnown: true, Amount: amount(amt), Collector: canonical.CollectorSeller}}
	}
	// 3 × 19.99 − 5.00 with tax 3.91, shipping 4.95 with tax 0.37: tax that no percent of the sum gives.
	awkward := func(id string) canonical.Order {
		order := canonicaltest.Order(id, canonicaltest.Currency("USD"))
		discount := amount("5.00")
		order.Lines = []canonical.Line{
			{
				ID: "1", Kind: canonical.LineProduct, SKU: "SKU-1", Title: "Shirt", Qty: canonical.LineQty{Ordered: decimal.MustParse("3")},
				UnitPrice: amount("19.99"), Subtotal: amount("59.97"), Total: amount("54.97"), Taxes: tax("7.125", "3.91"),
				Discounts: []canonical.Allocation{{DiscountID: "d", Amount: discount}},
			},
			{
				ID: "2", Kind: canonical.LineShipping, Title: "Shipping", Qty: canonical.LineQty{Ordered: decimal.One},
				UnitPrice: amount("4.95"), Subtotal: amount("4.95"), Total: amount("4.95"), Taxes: tax("7.5", "0.37"),
			},
		}
		order.Discounts = []canonical.Discount{{ID: "d", Code: "FIVE", Amount: discount}}
		order.Totals = canonical.Totals{Net: amount("59.92"), Tax: amount("4.28"), Grand: amount("64.20"), Discount: discount}
		order.Payments = nil
		return order
	}
	const seller, channel = canonical.CollectorSeller, canonical.CollectorChannel
	tests := map[string]func(id string) canonical.Order{
		"awkward tax": awkward,
		"tax included": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.TaxIncluded(), canonicaltest.Item("SKU-1", 3, 1999), canonicaltest.Discount(500), canonicaltest.Shipping(495))
		},
		"channel-collected tax": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.TaxedItem("SKU-1", 2, 1999, 8250, channel), canonicaltest.TaxedItem("SKU-2", 1, 500, 25000, seller))
		},
		"yen": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.Currency("JPY"), canonicaltest.TaxedItem("SKU-1", 3, 333, 10000, seller), canonicaltest.Shipping(501))
		},
		"dinar": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.Currency("KWD"), canonicaltest.TaxedItem("SKU-1", 3, 1235, 5500, seller), canonicaltest.Shipping(1499))
		},
		"two lines of one SKU": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.Item("SKU-1", 1, 1799))
		},
		"gift card used": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.GiftCard(400))
		},
		"bundle": bundle,
		"rounded per unit": func(id string) canonical.Order {
			return canonicaltest.Order(id, canonicaltest.TaxedItem("SKU-1", 11, 1337, 7125, seller), canonicaltest.RoundTaxes(canonicaltest.RoundPerUnit))
		},
	}
	eachOdoo(t, func(t *testing.T, db *database) {
		erp := db.dial(t)
		prefix := tag()
		source := &listed{}
		for name, order := range tests {
			o := order(prefix + "-" + name)
			if err := o.Validate(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			source.orders = append(source.orders, o)
		}
		checkImported(t, db, source.orders, func() *retailsync.Report {
			report, err := retailsync.New(erp, db.rules).ImportOrders(t.Context(), source, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			return report
		})
	})
}

// bundle is a kit with its price on the parent and two members.
func bundle(id string) canonical.Order {
	order := canonicaltest.Order(id, canonicaltest.Item("KIT-1", 1, 4999))
	kit := &order.Lines[0]
	kit.Kind = canonical.LineBundle
	for n, sku := range []string{"SKU-1", "SKU-2"} {
		order.Lines = append(order.Lines, canonical.Line{
			ID: fmt.Sprintf("m%d", n), Kind: canonical.LineBundleMember, ParentID: kit.ID, SKU: sku, Title: sku,
			Qty:       canonical.LineQty{Ordered: decimal.MustNew(int64(n+1), 0)},
			UnitPrice: canonical.Shop(decimal.MustNew(0, 2)), Subtotal: canonical.Shop(decimal.MustNew(0, 2)), Total: canonical.Shop(decimal.MustNew(0, 2)),
		})
	}
	return order
}

// checkImported imports orders and holds their amounts in Odoo against the channel's.
func checkImported(t *testing.T, db *database, orders []canonical.Order, run func() *retailsync.Report) {
	t.Helper()
	report := run()
	wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Created: len(orders)})
	erp := db.dial(t)
	for start := 0; start < len(orders); start += 100 {
		part := orders[start:min(start+100, len(orders))]
		origins := make([]string, len(part))
		for i := range part {
			origins[i] = part[i].Key.String()
		}
		found, err := sale.FindByOrigin(t.Context(), erp, origins)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != len(part) {
			t.Fatalf("%d orders in Odoo, want %d", len(found), len(part))
		}
		byOrigin := map[string]sale.Order{}
		for _, order := range found {
			byOrigin[order.Origin] = order
		}
		for _, order := range part {
			got := byOrigin[order.Key.String()]
			round := func(d decimal.Decimal) decimal.Decimal {
				r, err := order.Currency.Round(d)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			if got.State != sale.StateSale || !round(got.AmountTotal).Equal(order.Totals.Grand.Shop) || got.Currency.Name != string(order.Currency) {
				t.Errorf("%s: %s %s %s in Odoo, want %s %s", order.Key.ID, got.State, got.AmountTotal, got.Currency.Name, order.Totals.Grand.Shop, order.Currency)
			}
			// Tax that the channel remits is no tax of the seller: it stands on a line of its own.
			sellerTax, err := order.SellerTax()
			if err != nil {
				t.Fatal(err)
			}
			if !round(got.AmountTax).Equal(sellerTax.Shop) {
				t.Errorf("%s: tax %s in Odoo, want %s", order.Key.ID, got.AmountTax, sellerTax.Shop)
			}
		}
	}
}

// 500 random valid orders, rounded in every way, are exact on every version.
func TestRandomTotals(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) {
		erp := db.dial(t)
		prefix := tag()
		generator := canonicaltest.Orders(canonicaltest.Options{IDPrefix: prefix})
		orders := make([]canonical.Order, 500)
		for i := range orders {
			orders[i] = generator.Example(i)
			orders[i].Key.ID = fmt.Sprintf("%s-%d", prefix, i)
		}
		checkImported(t, db, orders, func() *retailsync.Report {
			report, err := retailsync.New(erp, db.rules).ImportOrders(t.Context(), &listed{orders: orders}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			return report
		})
	})
}

// Whatever valid order comes, the in-process Odoo of both versions comes to its amounts.
func TestEveryValidOrderIsExact(t *testing.T) {
	t.Parallel()
	for _, series := range []int{14, 19} {
		t.Run(fmt.Sprint(series), func(t *testing.T) {
			t.Parallel()
			db := inProcess(t, series)
			erp := db.dial(t)
			connector := retailsync.New(erp, db.rules)
			var mu sync.Mutex
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				order := canonicaltest.Orders(canonicaltest.Options{}).Draw(rt, "order")
				mu.Lock()
				n++
				order.Key.ID = fmt.Sprintf("E-%d", n)
				mu.Unlock()
				report, err := connector.ImportOrders(t.Context(), &listed{orders: []canonical.Order{order}}, time.Time{})
				if err != nil || report.Count(retailsync.Created) != 1 {
					rt.Fatalf("%v %v %v", report, report.Failed(), err)
				}
			})
		})
	}
}
