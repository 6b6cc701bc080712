package canonicaltest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

// Options narrow what [Orders] draws. The zero value draws everything but what has a switch here.
type Options struct {
	// Channel is the orders' channel; empty means test/main.
	Channel canonical.Channel
	// IDPrefix begins every order's ID; empty means "R". Two orders may draw the same ID.
	IDPrefix string
	// Currencies to draw from; empty means EUR, USD, SEK, GBP, JPY and KWD.
	Currencies []canonical.Currency
	// Rates to draw from; empty means [Rates].
	Rates []Rate
	// SKUs to draw products from; empty means SKU-1 to SKU-12.
	SKUs []string
	// Kinds of the lines beside products; empty means shipping, handling, gift_wrap, fee, cod,
	// tip, duty, donation, gift_card and deposit. Products, bundles, discounts and
	// roundings have their own rules and are ignored here.
	Kinds []canonical.LineKind
	// MaxLines is at most this many lines; 0 means 8.
	MaxLines int

	// SellerTaxOnly keeps taxes that the channel collects out.
	SellerTaxOnly bool
	// OneTax keeps lines with two taxes out.
	OneTax bool
	// NoBundles keeps kits out.
	NoBundles bool
	// NoGiftCards keeps payments by gift card out.
	NoGiftCards bool

	// Cancellations lets lines be cancelled in part or, all but the first, in full.
	Cancellations bool
	// DiscountLines lets a discount be a line of its own, with a negative total.
	DiscountLines bool
	// Presentment lets orders in EUR, USD, SEK or GBP be sold in another one of these.
	Presentment bool
}

func (o Options) withDefaults() Options {
	if o.Channel == (canonical.Channel{}) {
		o.Channel = canonical.Channel{Name: "test", Account: "main"}
	}
	if o.IDPrefix == "" {
		o.IDPrefix = "R"
	}
	if len(o.Currencies) == 0 {
		o.Currencies = []canonical.Currency{"EUR", "USD", "SEK", "GBP", "JPY", "KWD"}
	}
	if len(o.Rates) == 0 {
		o.Rates = Rates()
	}
	if len(o.SKUs) == 0 {
		for i := range 12 {
			o.SKUs = append(o.SKUs, fmt.Sprintf("SKU-%d", i+1))
		}
	}
	o.Kinds = slices.DeleteFunc(slices.Clone(o.Kinds), func(k canonical.LineKind) bool {
		switch k {
		case canonical.LineProduct, canonical.LineBundle, canonical.LineBundleMember, canonical.LineDiscount, canonical.LineRounding:
			return true
		}
		return false
	})
	if len(o.Kinds) == 0 {
		o.Kinds = []canonical.LineKind{
			canonical.LineShipping, canonical.LineHandling, canonical.LineGiftWrap, canonical.LineFee, canonical.LineCOD,
			canonical.LineTip, canonical.LineDuty, canonical.LineDonation, canonical.LineGiftCard, canonical.LineDeposit,
		}
	}
	if o.MaxLines <= 0 {
		o.MaxLines = 8
	}
	return o
}

// Orders draws random orders that are valid, confirmed and not yet shipped: 1 to 8 lines of 1 to 12
// units, unit prices of 1 to 50000 minor units, up to two discounts.
func Orders(opts Options) *rapid.Generator[canonical.Order] {
	opts = opts.withDefaults()
	return rapid.Custom(func(t *rapid.T) canonical.Order {
		d := drawer{t: t, opts: opts}
		return d.spec().build()
	})
}

// drawer draws the parts of one order.
type drawer struct {
	t    *rapid.T
	opts Options
}

func (d *drawer) number(name string, from, to int64) int64 {
	return rapid.Int64Range(from, to).Draw(d.t, name)
}

// oneIn is true for one of n.
func (d *drawer) oneIn(name string, n int64) bool { return d.number(name, 1, n) == n }

func (d *drawer) spec() spec {
	s := spec{
		key:      canonical.Key{Channel: d.opts.Channel, ID: d.opts.IDPrefix + fmt.Sprint(d.number("id", 1, 1<<40))},
		at:       time.Unix(1_700_000_000+d.number("seconds", 0, 80_000_000), 0).UTC(),
		status:   canonical.StatusConfirmed,
		currency: rapid.SampledFrom(d.opts.Currencies).Draw(d.t, "currency"),
		included: rapid.Bool().Draw(d.t, "included"),
		rounding: rapid.SampledFrom([]Rounding{RoundPerLine, RoundPerUnit, RoundPerOrder}).Draw(d.t, "rounding"),
		country:  rapid.SampledFrom([]string{"SE", "DE", "US", "JP"}).Draw(d.t, "country"),
		guest:    rapid.Bool().Draw(d.t, "guest"),
	}
	d.presentment(&s)
	for n := d.number("lines", 1, int64(d.opts.MaxLines)); int64(len(s.lines)) < n; {
		d.line(&s, int(n))
	}
	if !has(&s, canonical.LineDiscount) { // together they could exceed what the order costs
		for range d.number("discounts", 0, 2) {
			s.discounts = append(s.discounts, d.number("discount", 1, 60_000))
		}
	}
	if !d.opts.NoGiftCards && d.oneIn("gift card", 4) {
		s.giftCard = d.number("gift card share", 1, 1000)
	}
	return s
}

func (d *drawer) presentment(s *spec) {
	// Among currencies of two decimals a trifle never becomes an amount without digits.
	pairs := []canonical.Currency{"EUR", "USD", "SEK", "GBP"}
	if exp, ok := s.currency.Exponent(); !d.opts.Presentment || !ok || exp != 2 {
		return
	}
	if shown := rapid.SampledFrom(pairs).Draw(d.t, "presentment"); shown != s.currency {
		s.presentment, s.exchange = shown, d.number("exchange", 80, 12_000)
	}
}

func (d *drawer) line(s *spec, limit int) {
	first := len(s.lines) == 0
	if !d.opts.NoBundles && limit-len(s.lines) >= 3 && d.oneIn("bundle", 12) {
		d.bundle(s)
		return
	}
	if d.opts.DiscountLines && !first && s.lines[0].price > 1 && d.oneIn("discount line", 10) && !has(s, canonical.LineDiscount) {
		// Less than one unit of the first line, so that the order keeps a value.
		off := d.number("off", 1, s.lines[0].price-1)
		s.lines = append(s.lines, lineSpec{
			id: lineID(len(s.lines)), kind: canonical.LineDiscount, title: "Discount", qty: 1, price: -off,
			rates: s.lines[0].rates, collector: s.lines[0].collector,
		})
		return
	}
	l := lineSpec{id: lineID(len(s.lines)), kind: canonical.LineProduct, qty: 1, collector: canonical.CollectorSeller}
	if !first && d.oneIn("other kind", 3) {
		l.kind = rapid.SampledFrom(d.opts.Kinds).Draw(d.t, "kind")
	}
	l.title = string(l.kind)
	l.price = d.price()
	if l.kind == canonical.LineProduct {
		l.sku = rapid.SampledFrom(d.opts.SKUs).Draw(d.t, "sku")
		l.title = "Product " + l.sku
		l.qty = d.number("qty", 1, 12)
		if d.opts.Cancellations && d.oneIn("cancelled", 4) {
			most := l.qty
			if first {
				most--
			}
			l.cancelled = d.number("cancelled units", 0, most)
		}
	}
	d.taxes(&l)
	s.lines = append(s.lines, l)
}

func has(s *spec, kind canonical.LineKind) bool {
	for i := range s.lines {
		if s.lines[i].kind == kind {
			return true
		}
	}
	return false
}

// price favours small amounts, where rounding bites.
func (d *drawer) price() int64 {
	if d.oneIn("cheap", 3) {
		return d.number("price", 1, 300)
	}
	return d.number("price", 1, 50_000)
}

// taxes draws none to two taxes, as the kind of the line allows.
func (d *drawer) taxes(l *lineSpec) {
	switch l.kind {
	case canonical.LineTip, canonical.LineDuty, canonical.LineDonation, canonical.LineGiftCard:
		return
	}
	if !d.opts.SellerTaxOnly && d.oneIn("channel collects", 5) {
		l.collector = canonical.CollectorChannel
	}
	l.rates = []Rate{rapid.SampledFrom(d.opts.Rates).Draw(d.t, "rate")}
	if d.opts.OneTax || !d.oneIn("two taxes", 8) {
		return
	}
	if second := rapid.SampledFrom(d.opts.Rates).Draw(d.t, "second rate"); second != l.rates[0] {
		l.rates = append(l.rates, second)
	}
}

// bundle adds a kit of two components; the price is on the kit or on the components.
func (d *drawer) bundle(s *spec) {
	kit := lineSpec{
		id: lineID(len(s.lines)), kind: canonical.LineBundle, sku: "KIT-1", title: "Kit",
		qty: d.number("kits", 1, 4), collector: canonical.CollectorSeller,
	}
	onMembers := rapid.Bool().Draw(d.t, "price on members")
	if !onMembers {
		kit.price = d.price()
		d.taxes(&kit)
	}
	s.lines = append(s.lines, kit)
	for range 2 {
		member := lineSpec{
			id: lineID(len(s.lines)), parent: kit.id, kind: canonical.LineBundleMember, title: "Component",
			sku: rapid.SampledFrom(d.opts.SKUs).Draw(d.t, "sku"),
			qty: kit.qty * d.number("per kit", 1, 3), collector: canonical.CollectorSeller,
		}
		if onMembers {
			member.price = d.price()
			d.taxes(&member)
		}
		s.lines = append(s.lines, member)
	}
}
