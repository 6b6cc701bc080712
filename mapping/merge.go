package mapping

import (
	"fmt"
	"reflect"

	"github.com/retailsync/retailsync/canonical"
)

// Channel are the rules of one channel, complete: joined with the defaults, and every value that
// neither says set to what its comment names. Its methods answer what a value of the channel means in
// Odoo; they are pure, deterministic and safe for concurrent use.
type Channel struct {
	Name canonical.Channel
	ChannelRules
}

// For returns the complete rules of a channel. It refuses a channel that the rules do not have
// with an [*UnknownChannelError], and one whose rules (or the defaults) have mistakes with a
// [*RulesError]; mistakes of other channels do not matter.
func (r *Rules) For(channel canonical.Channel) (Channel, error) {
	own, ok := r.Channels[channel]
	if !ok {
		return Channel{}, &UnknownChannelError{
			Channel: channel,
			Rule:    fmt.Sprintf("  %s:\n    currency_view: shop\n    lines:\n      shipping: {product: <SKU of the shipping product>}\n    taxes:\n      - {rate: <percent>, country: <code>, tax: <name of the Odoo tax>}\n", channel),
		}
	}
	var ps problems
	r.checkDefaults(&ps)
	r.checkChannel(&ps, channel)
	if err := ps.err(); err != nil {
		return Channel{}, err
	}
	complete := joined(r.Defaults, own)
	complete.fill()
	return Channel{Name: channel, ChannelRules: complete}, nil
}

// conditional is a rule in a list: it has conditions, and at most one rule per condition.
type conditional interface {
	// selector are the conditions as text: equal conditions have equal text.
	selector() string
}

// joined returns base with what over says.
func joined(base, over ChannelRules) ChannelRules {
	var result ChannelRules
	join := reflect.ValueOf(&result).Elem()
	joinValues(join, reflect.ValueOf(base), reflect.ValueOf(over))
	return result
}

// joinValues sets dst to base with what over says, by the kinds of values that [Rules.Defaults]
// describes.
func joinValues(dst, base, over reflect.Value) {
	switch {
	case dst.Type() == refType || dst.Type() == decimalType:
		dst.Set(either(base, over))
	case dst.Kind() == reflect.Struct:
		for i := range dst.NumField() {
			joinValues(dst.Field(i), base.Field(i), over.Field(i))
		}
	case dst.Kind() == reflect.Map:
		if base.Len()+over.Len() == 0 {
			return
		}
		dst.Set(reflect.MakeMap(dst.Type()))
		for _, from := range []reflect.Value{base, over} {
			for entries := from.MapRange(); entries.Next(); {
				dst.SetMapIndex(entries.Key(), entries.Value())
			}
		}
	case dst.Kind() == reflect.Slice && dst.Type().Elem().Implements(reflect.TypeFor[conditional]()):
		taken := map[string]bool{}
		for i := range over.Len() {
			taken[over.Index(i).Interface().(conditional).selector()] = true
			dst.Set(reflect.Append(dst, over.Index(i)))
		}
		for i := range base.Len() {
			if !taken[base.Index(i).Interface().(conditional).selector()] {
				dst.Set(reflect.Append(dst, base.Index(i)))
			}
		}
	default:
		dst.Set(either(base, over))
	}
}

func either(base, over reflect.Value) reflect.Value {
	if over.IsZero() {
		return base
	}
	return over
}

// fill sets what nobody said to what the comments name.
func (c *ChannelRules) fill() {
	setDefault(&c.CurrencyView, ViewShop)
	setDefault(&c.Bundles, BundleParent)
	setDefault(&c.Customers.Guest, GuestPerEmail)
	if c.Customers.CreateAddresses == nil {
		c.Customers.CreateAddresses = Bool(true)
	}
	if c.Customers.CompanyAsParent == nil {
		c.Customers.CompanyAsParent = Bool(false)
	}
	if len(c.Customers.Match) == 0 {
		c.Customers.Match = []CustomerKey{CustomerByChannelID, CustomerByEmail}
	}
	if len(c.Customers.RelayEmails) == 0 {
		c.Customers.RelayEmails = DefaultRelayEmails()
	}
	if len(c.Products.Match) == 0 {
		c.Products.Match = []ProductKey{ProductBySKU, ProductByBarcode}
	}
	setDefault(&c.Products.Unknown, UnknownBlock)
	setDefault(&c.GiftCardsUsed.As, GiftCardPayment)
	if !c.Totals.Rounding.Product.IsZero() {
		setDefault(&c.Totals.Rounding.MaxMinorUnits, DefaultMaxRounding)
	}
	if len(c.Statuses.Import) == 0 {
		c.Statuses.Import = defaultImport(c.Statuses)
	}
	setDefault(&c.Statuses.Pending, c.Statuses.listed(canonical.StatusPending))
	setDefault(&c.Statuses.Hold, c.Statuses.listed(canonical.StatusOnHold))
	owners := DefaultOwnership()
	for field, owner := range c.Ownership {
		owners[field] = owner
	}
	c.Ownership = owners
	for i, rule := range c.Taxes {
		if rule.Collector == "" {
			c.Taxes[i].Collector = canonical.CollectorSeller
		}
	}
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}
