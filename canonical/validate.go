package canonical

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Validate checks every rule that an order must keep before it may reach Odoo and returns a
// [*ValidationError] with all that it breaks, or nil. It takes time in proportion to the order's size
// and changes nothing.
//
// Amounts that Odoo posts (totals of lines, taxes, order, payments) are whole minor units. A
// line's Subtotal and discounts may have more decimals; they must meet its Total within half a minor
// unit, on lines of which nothing is cancelled. A tax with a known rate may differ from it by a
// minor unit per unit sold, which covers every way to round. Country may be empty (digital goods).
func (o *Order) Validate() error {
	v := validator{order: o}
	v.sides()
	v.header()
	v.parties()
	v.discounts()
	v.lines()
	v.bundles()
	v.totals()
	v.payments()
	v.fulfillments()
	v.adjustments()
	v.links()
	if len(v.found) == 0 {
		return nil
	}
	return &ValidationError{Key: o.Key, Violations: v.found}
}

// validator collects violations. Paths are built only when something is wrong: nearly all orders are
// right and a hundred thousand of them must pass quickly.
type validator struct {
	order *Order
	found []Violation

	// shop and presentment check one side of the amounts each.
	shop, presentment side

	lineAt     map[string]int
	discountAt map[string]int
	// allocated sums the allocations by index of the discount.
	allocated []Amount
	// cancelled is true once a line has cancelled units: discounts may then be stated either way.
	cancelled bool

	net, tax, lineDiscounts Amount
}

// side is one currency of the order.
type side struct {
	currency Currency
	exponent int
	unit     decimal.Decimal
	// checked is false when the currency is unknown or absent, so that one error is told once.
	checked bool
}

func newSide(c Currency) side {
	exp, ok := c.Exponent()
	unit, _ := c.MinorUnit()
	return side{currency: c, exponent: exp, unit: unit, checked: ok}
}

// at is the place of a value: up to two indexed lists and a field.
type at struct {
	list  string
	i     int
	inner string
	j     int
	field string
}

func (p at) String() string {
	var path string
	if p.list != "" {
		path = fmt.Sprintf("%s[%d]", p.list, p.i)
	}
	if p.inner != "" {
		path += fmt.Sprintf(".%s[%d]", p.inner, p.j)
	}
	switch {
	case path == "":
		return p.field
	case p.field == "":
		return path
	}
	return path + "." + p.field
}

func (p at) with(field string) at {
	p.field = field
	return p
}

func (v *validator) add(p at, code ViolationCode, format string, args ...any) {
	v.found = append(v.found, Violation{Path: p.String(), Code: code, Message: fmt.Sprintf(format, args...)})
}

func (v *validator) required(p at, text string) {
	if text == "" {
		v.add(p, ViolationMissing, "must be given")
	}
}

// sum adds to a running total; an overflow is a violation and leaves the total as it was.
func (v *validator) sum(total *Amount, a Amount, p at) {
	next, err := total.Add(a)
	if err != nil {
		v.add(p, ViolationNumberTooLong, "sums of it have more than 19 digits")
		return
	}
	*total = next
}

// amount checks that both currencies are given or none. whole asks for whole minor units.
func (v *validator) amount(p at, a Amount, whole bool) {
	if v.order.PresentmentCurrency == "" {
		if !a.Presentment.IsZero() {
			v.add(p, ViolationPresentment, "has a presentment amount but the order has no presentment_currency")
		}
	} else {
		// A side that was given as "0.00" may be a rounded trifle; one without digits was not given.
		absent := decimal.Decimal{}
		switch {
		case a.Presentment == absent && !a.Shop.IsZero():
			v.add(p, ViolationPresentment, "has no presentment amount")
		case a.Shop == absent && !a.Presentment.IsZero():
			v.add(p, ViolationPresentment, "has no shop amount")
		case a.Shop.Sign()*a.Presentment.Sign() < 0:
			v.add(p, ViolationPresentment, "has different signs in the two currencies")
		}
	}
	if !whole {
		return
	}
	if v.shop.checked && a.Shop.MinScale() > v.shop.exponent {
		v.add(p, ViolationMinorUnits, "must have at most %d decimals in %s", v.shop.exponent, v.shop.currency)
	}
	if v.presentment.checked && a.Presentment.MinScale() > v.presentment.exponent {
		v.add(p, ViolationMinorUnits, "must have at most %d decimals in %s", v.presentment.exponent, v.presentment.currency)
	}
}

// notNegative checks both sides' sign.
func (v *validator) notNegative(p at, a Amount) {
	if a.Shop.IsNeg() || a.Presentment.IsNeg() {
		v.add(p, ViolationSign, "must not be negative")
	}
}

func (v *validator) sides() {
	o := v.order
	v.shop = newSide(o.Currency)
	if o.Currency == "" {
		v.add(at{field: "currency"}, ViolationMissing, "must be given")
	} else if !v.shop.checked {
		v.add(at{field: "currency"}, ViolationCurrencyUnknown, "must be an active ISO 4217 code in upper case")
	}
	if o.PresentmentCurrency == "" {
		return
	}
	v.presentment = newSide(o.PresentmentCurrency)
	if !v.presentment.checked {
		v.add(at{field: "presentment_currency"}, ViolationCurrencyUnknown, "must be an active ISO 4217 code in upper case")
	}
}

func (v *validator) header() {
	o := v.order
	v.key(at{field: "key"}, o.Key)
	if o.PlacedAt.IsZero() {
		v.add(at{field: "placed_at"}, ViolationMissing, "must be given")
	}
	if o.Revision.UpdatedAt.IsZero() {
		v.add(at{field: "revision.updated_at"}, ViolationMissing, "must be given: the newest revision wins")
	}
	switch {
	case !o.Status.known():
		v.add(at{field: "status"}, ViolationUnknownWord, "is no status of this model: use %q and keep the word in raw_status", StatusOther)
	case o.Status == StatusOther:
		v.required(at{field: "raw_status"}, o.RawStatus)
	}
	if len(o.Lines) == 0 {
		v.add(at{field: "lines"}, ViolationMissing, "an order has at least one line")
	}
}

func (v *validator) key(p at, k Key) {
	prefix := p.field
	v.required(p.with(prefix+".channel.name"), k.Channel.Name)
	v.required(p.with(prefix+".channel.account"), k.Channel.Account)
	v.required(p.with(prefix+".id"), k.ID)
}

func (v *validator) parties() {
	v.country("bill_to.country", v.order.BillTo)
	v.country("ship_to.country", v.order.ShipTo)
}

func (v *validator) country(field string, a *Address) {
	if a == nil || a.Country == "" {
		return
	}
	c := a.Country
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		v.add(at{field: field}, ViolationCountry, "must be two capital letters (ISO 3166-1 alpha-2)")
	}
}
