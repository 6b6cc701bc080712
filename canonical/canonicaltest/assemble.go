package canonicaltest

import (
	"fmt"

	"github.com/retailsync/retailsync/canonical"
)

// assemble puts the amounts of both currencies into an order.
func (s *spec) assemble() canonical.Order {
	shop := s.side(func(n int64) int64 { return n })
	var shown *money
	if s.presentment != "" {
		m := s.side(s.convert)
		shown = &m
	}
	amount := func(pick func(*money) int64) canonical.Amount {
		a := canonical.Amount{}
		a.Shop, _ = s.currency.FromMinor(pick(&shop)) // an unknown currency is what Validate then tells
		if shown != nil {
			a.Presentment, _ = s.presentment.FromMinor(pick(shown))
		}
		return a
	}
	o := canonical.Order{
		Key: s.key, Number: "#" + s.key.ID, PlacedAt: s.at,
		Revision: canonical.Revision{UpdatedAt: s.at},
		Status:   s.status, Currency: s.currency, PresentmentCurrency: s.presentment,
		PricesIncludeTax: s.included,
	}
	s.people(&o)
	for i := range s.lines {
		o.Lines = append(o.Lines, s.line(i, amount))
	}
	for d := range s.discounts {
		total := amount(func(m *money) int64 { return m.discounts[d] })
		if total.IsZero() {
			continue
		}
		o.Discounts = append(o.Discounts, canonical.Discount{
			ID: discountID(d), Code: fmt.Sprintf("CODE%d", d+1), Title: fmt.Sprintf("Promotion %d", d+1), Amount: total,
		})
	}
	net := func(m *money) (sum int64) {
		for _, t := range m.total {
			sum += t
		}
		return sum
	}
	tax := func(m *money) (sum int64) {
		for _, line := range m.taxes {
			for _, t := range line {
				sum += t
			}
		}
		return sum
	}
	grand := func(m *money) int64 { return net(m) + tax(m) }
	o.Totals = canonical.Totals{
		Net: amount(net), Tax: amount(tax), Grand: amount(grand), Paid: amount(grand),
		Discount: amount(s.discountTotal),
	}
	s.pay(&o, amount, grand)
	return o
}

// discountTotal counts discounts and discount lines.
func (s *spec) discountTotal(m *money) (sum int64) {
	for _, d := range m.discounts {
		sum += d
	}
	for i := range s.lines {
		if s.lines[i].kind == canonical.LineDiscount {
			sum -= m.total[i]
		}
	}
	return sum
}

func (s *spec) line(i int, amount func(func(*money) int64) canonical.Amount) canonical.Line {
	l := &s.lines[i]
	line := canonical.Line{
		ID: l.id, Kind: l.kind, ParentID: l.parent, SKU: l.sku, Title: l.title,
		Qty:       canonical.LineQty{Ordered: whole(l.qty), Cancelled: whole(l.cancelled)},
		UnitPrice: amount(func(m *money) int64 { return m.price[i] }),
		Subtotal:  amount(func(m *money) int64 { return m.subtotal[i] }),
		Total:     amount(func(m *money) int64 { return m.total[i] }),
	}
	if l.kind == canonical.LineOther {
		line.RawKind = "other"
	}
	for d := range s.discounts {
		if share := amount(func(m *money) int64 { return m.shares[i][d] }); !share.IsZero() {
			line.Discounts = append(line.Discounts, canonical.Allocation{DiscountID: discountID(d), Amount: share})
		}
	}
	if l.open() == 0 {
		return line
	}
	for j, rate := range l.rates {
		line.Taxes = append(line.Taxes, canonical.Tax{
			Code: TaxCode(rate, l.collector), Rate: rate.Percent(), RateKnown: true,
			Amount:    amount(func(m *money) int64 { return m.taxes[i][j] }),
			Collector: l.collector,
		})
	}
	return line
}

// pay adds a gift card and a sale that together pay the order.
func (s *spec) pay(o *canonical.Order, amount func(func(*money) int64) canonical.Amount, grand func(*money) int64) {
	card := func(m *money) int64 { return grand(m) * s.giftCard / 1000 }
	rest := func(m *money) int64 { return grand(m) - card(m) }
	if used := amount(card); used.Shop.IsPos() && (s.presentment == "" || used.Presentment.IsPos()) {
		o.Payments = append(o.Payments, canonical.Payment{
			ID: "P1", Gateway: "gift_card", Kind: canonical.PaymentGiftCard, Status: canonical.PaymentSucceeded, Amount: used, At: s.at,
		})
	} else {
		rest = grand
	}
	if paid := amount(rest); paid.Shop.IsPos() {
		o.Payments = append(o.Payments, canonical.Payment{
			ID: "P2", Gateway: "card", Kind: canonical.PaymentSale, Status: canonical.PaymentSucceeded, Amount: paid, At: s.at,
		})
	}
}

func (s *spec) people(o *canonical.Order) {
	address := canonical.Address{Name: "Alex Example", Street: "Example Street 1", City: "Exampleton", Zip: "12345", Country: s.country}
	if s.country == "US" {
		address.State = "CA"
	}
	ship := address
	o.BillTo, o.ShipTo = &address, &ship
	o.Buyer = canonical.Party{Name: "Alex Example", Email: "buyer-" + s.key.ID + "@example.com", Language: "en-US"}
	if !s.guest {
		o.Buyer.ID = "C-" + s.key.ID
	}
}

// convert turns minor units of the currency into minor units of the presentment currency; what is not
// zero stays so.
func (s *spec) convert(n int64) int64 {
	switch c := roundDiv(n*s.exchange, 1000); {
	case c == 0 && n > 0:
		return 1
	case c == 0 && n < 0:
		return -1
	default:
		return c
	}
}

func discountID(d int) string { return fmt.Sprintf("D%d", d+1) }
