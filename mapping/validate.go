package mapping

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/retailsync/retailsync/canonical"
)

// Validate checks rules that were made as Go values; [Load] has checked what it returns. The
// error is a [*RulesError] with all problems by path.
func (r *Rules) Validate() error { return r.problems().err() }

func (r *Rules) problems() problems {
	var ps problems
	switch r.Version {
	case RulesVersion:
	case 0:
		ps.add("version", "the version is missing", "start with \"version: 1\"")
	default:
		ps.add("version", fmt.Sprintf("version %d is not known", r.Version), "this library reads version 1")
	}
	if r.Edition < 0 {
		ps.add("edition", "the edition is negative", "count from 1")
	}
	if len(r.Channels) == 0 {
		ps.add("channels", "there is no channel", "add one as \"name/account:\", for example woocommerce/main")
	}
	r.checkDefaults(&ps)
	for _, channel := range slices.SortedFunc(maps.Keys(r.Channels), compareChannels) {
		r.checkChannel(&ps, channel)
	}
	return ps
}

func compareChannels(a, b canonical.Channel) int { return strings.Compare(a.String(), b.String()) }

// validChannel reports whether a channel can be a key of the rules.
func validChannel(c canonical.Channel) bool {
	bad := func(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) }
	return c.Name != "" && c.Account != "" && !strings.ContainsFunc(c.Name, bad) && !strings.ContainsFunc(c.Account, bad)
}

func (r *Rules) checkDefaults(ps *problems) {
	r.Defaults.check(ps, "defaults")
	r.Defaults.checkOverlaps(ps, "defaults", func(string) int { return math.MaxInt })
}

// checkChannel checks what a channel says, and what it comes to together with the defaults.
func (r *Rules) checkChannel(ps *problems, channel canonical.Channel) {
	path := join("channels", channel.String())
	if !validChannel(channel) {
		ps.addKey(path, "a channel has a name and an account, without spaces and slashes", "for example woocommerce/main")
	}
	own := r.Channels[channel]
	own.check(ps, path)
	complete := joined(r.Defaults, own)
	complete.checkComplete(ps, path)
	// The lists of the complete rules start with the channel's own.
	complete.checkOverlaps(ps, path, func(list string) int {
		switch list {
		case "taxes":
			return len(own.Taxes)
		case "shipping_methods":
			return len(own.ShippingMethods)
		case "payment_methods":
			return len(own.PaymentMethods)
		case "warehouses":
			return len(own.Warehouses)
		case "stock.locations":
			return len(own.Stock.Locations)
		case "shipments.carriers":
			return len(own.Shipments.Carriers)
		case "returns.reasons":
			return len(own.Returns.Reasons)
		case "settlements.entries":
			return len(own.Settlements.Entries)
		case "settlements.tolerances":
			return len(own.Settlements.Tolerances)
		case "prices":
			return len(own.Prices)
		case "listings.status.when":
			return len(own.Listings.Status.When)
		default:
			return len(own.FiscalPositions)
		}
	})
}

// check checks each value by itself.
func (c ChannelRules) check(ps *problems, path string) {
	if c.Company < 0 {
		ps.add(join(path, "company"), fmt.Sprintf("%d is no database id", c.Company), "write the id of a company, or remove the key")
	}
	checkWorkflows(ps, join(path, "workflows"), c.Workflows)
	oneOf(ps, join(path, "currency_view"), c.CurrencyView, ViewShop, ViewPresentment)
	oneOf(ps, join(path, "bundles"), c.Bundles, BundleParent, BundleMembers)
	c.Customers.check(ps, join(path, "customers"))
	c.Products.check(ps, join(path, "products"))
	for _, kind := range slices.Sorted(maps.Keys(c.Lines)) {
		inner := join(join(path, "lines"), string(kind))
		if !knownKey(ps, inner, kind, chargeKinds()...) {
			continue
		}
		required(ps, join(inner, "product"), c.Lines[kind].Product, "name the product by SKU or id")
	}
	for i, rule := range c.Taxes {
		rule.check(ps, index(path, "taxes", i))
	}
	c.Totals.check(ps, join(path, "totals"))
	for i, rule := range c.FiscalPositions {
		rule.check(ps, index(path, "fiscal_positions", i))
	}
	for i, rule := range c.ShippingMethods {
		rule.check(ps, index(path, "shipping_methods", i))
	}
	for i, rule := range c.PaymentMethods {
		rule.check(ps, index(path, "payment_methods", i))
	}
	for i, rule := range c.Warehouses {
		rule.check(ps, index(path, "warehouses", i))
	}
	c.Stock.check(ps, join(path, "stock"))
	c.Shipments.check(ps, join(path, "shipments"))
	c.Cancellations.check(ps, join(path, "cancellations"))
	c.Returns.check(ps, join(path, "returns"))
	c.Settlements.check(ps, join(path, "settlements"))
	for i, rule := range c.Prices {
		rule.check(ps, index(path, "prices", i))
	}
	c.Listings.check(ps, join(path, "listings"))
	oneOf(ps, join(path, "gift_cards_used.as"), c.GiftCardsUsed.As, GiftCardPayment, GiftCardLine)
	checkRef(ps, join(path, "gift_cards_used.product"), c.GiftCardsUsed.Product)
	for _, named := range []struct {
		key string
		ref Ref
	}{{"warehouse", c.Warehouse}, {"channel_warehouse", c.ChannelWarehouse}, {"team", c.Team}, {"salesperson", c.Salesperson}} {
		checkRef(ps, join(path, named.key), named.ref)
	}
	for _, currency := range slices.Sorted(maps.Keys(c.Pricelists)) {
		inner := join(join(path, "pricelist"), string(currency))
		if !validCurrency(currency) {
			ps.addKey(inner, "not a currency", "write the ISO 4217 code in upper case, for example EUR")
		}
		required(ps, inner, c.Pricelists[currency], "name the pricelist or give its id")
	}
	for i, tag := range c.Tags {
		required(ps, index(path, "tags", i), tag, "name the tag or give its id")
		if slices.Index(c.Tags, tag) != i {
			ps.add(index(path, "tags", i), "the tag is here twice", "keep one of them")
		}
	}
	if strings.ContainsFunc(c.OrderPrefix, unicode.IsControl) {
		ps.add(join(path, "order_prefix"), "the prefix has control characters", "write plain text")
	}
	c.Statuses.check(ps, join(path, "statuses"))
	c.Ownership.check(ps, join(path, "ownership"))
}

// checkComplete checks what belongs together, after joining with the defaults.
func (c ChannelRules) checkComplete(ps *problems, path string) {
	if c.Customers.Guest == GuestShared && c.Customers.SharedPartner.IsZero() {
		ps.add(join(path, "customers.shared_partner"), "guest: shared needs a shared_partner", "name the partner or give its id")
	}
	if c.Customers.Guest != GuestShared && !c.Customers.SharedPartner.IsZero() {
		ps.add(join(path, "customers.shared_partner"), "shared_partner is never used", "write guest: shared, or remove shared_partner")
	}
	placeholder := c.Products.Unknown == UnknownPlaceholder || c.Products.Unknown == UnknownHold
	if placeholder && c.Products.Placeholder.IsZero() {
		ps.add(join(path, "products.placeholder"), fmt.Sprintf("unknown: %s needs a placeholder", c.Products.Unknown), "name the placeholder product by SKU or id")
	}
	if !placeholder && !c.Products.Placeholder.IsZero() {
		ps.add(join(path, "products.placeholder"), "placeholder is never used", "write unknown: placeholder (or hold), or remove placeholder")
	}
	if c.GiftCardsUsed.As == GiftCardLine && c.GiftCardsUsed.Product.IsZero() {
		ps.add(join(path, "gift_cards_used.product"), "as: line needs a product", "name the liability product by SKU or id")
	}
	if c.GiftCardsUsed.As != GiftCardLine && !c.GiftCardsUsed.Product.IsZero() {
		ps.add(join(path, "gift_cards_used.product"), "product is never used", "write as: line, or remove product")
	}
	if c.Totals.Rounding.MaxMinorUnits > 0 && c.Totals.Rounding.Product.IsZero() {
		ps.add(join(path, "totals.rounding.product"), "max_minor_units needs a product", "name the rounding product by SKU or id")
	}
	for from, to := range c.Products.Aliases {
		if next, chained := c.Products.Aliases[to]; chained && from != to {
			ps.add(join(join(path, "products.aliases"), from), fmt.Sprintf("%q is itself an alias", to), fmt.Sprintf("write %q", next))
		}
	}
	c.Statuses.checkComplete(ps, join(path, "statuses"))
	c.Stock.checkComplete(ps, join(path, "stock"))
	c.Shipments.checkComplete(ps, join(path, "shipments"))
	c.Cancellations.checkComplete(ps, join(path, "cancellations"))
	c.Returns.checkComplete(ps, join(path, "returns"))
	c.Settlements.checkComplete(ps, join(path, "settlements"))
	c.checkPrices(ps, path)
}

// checkOverlaps refuses rules that are equally specific, can hold for the same value and say
// different things; and rules with the same conditions. Pairs in which both are at or after own(list) come
// from the defaults and are reported there.
func (c ChannelRules) checkOverlaps(ps *problems, path string, own func(list string) int) {
	overlaps(ps, path, "taxes", c.Taxes, own, TaxRule.overlaps)
	overlaps(ps, path, "fiscal_positions", c.FiscalPositions, own, func(FiscalPositionRule, FiscalPositionRule) bool {
		return false // different conditions of the same kind exclude each other
	})
	overlaps(ps, path, "shipping_methods", c.ShippingMethods, own, func(a, b ShippingRule) bool {
		return globsClash(a.Method, b.Method) && (a.Carrier != b.Carrier || a.Product != b.Product)
	})
	overlaps(ps, path, "payment_methods", c.PaymentMethods, own, func(a, b PaymentRule) bool {
		return globsClash(a.Gateway, b.Gateway) && (a.Journal != b.Journal || a.Term != b.Term)
	})
	overlaps(ps, path, "warehouses", c.Warehouses, own, func(a, b WarehouseRule) bool {
		return globsClash(a.Location, b.Location) && a.Warehouse != b.Warehouse
	})
	overlaps(ps, path, "stock.locations", c.Stock.Locations, own, func(StockLocationRule, StockLocationRule) bool {
		return false // places are named, not matched
	})
	overlaps(ps, path, "returns.reasons", c.Returns.Reasons, own, func(a, b ReturnReasonRule) bool {
		return globsClash(a.Reason, b.Reason)
	})
	overlaps(ps, path, "settlements.entries", c.Settlements.Entries, own, func(a, b SettlementEntryRule) bool {
		return a.Kind == b.Kind && globsClash(a.pattern(), b.pattern()) && (a.Account != b.Account || a.Tax != b.Tax)
	})
	overlaps(ps, path, "settlements.tolerances", c.Settlements.Tolerances, own, func(SettlementToleranceRule, SettlementToleranceRule) bool {
		return false // kinds and currencies are named, not matched
	})
	overlaps(ps, path, "shipments.carriers", c.Shipments.Carriers, own, func(a, b CarrierRule) bool {
		return a.Carrier.Name != "" && b.Carrier.Name != "" && globsClash(a.Carrier.Name, b.Carrier.Name) && (a.Word != b.Word || a.URL != b.URL)
	})
	overlaps(ps, path, "prices", c.Prices, own, func(PriceRule, PriceRule) bool {
		return false // so are price lists
	})
	overlaps(ps, path, "listings.status.when", c.Listings.Status.When, own, func(ListingStatusRule, ListingStatusRule) bool {
		return false // of several that hold the status decides
	})
}

func globsClash(a, b string) bool { return globRank(a) == globRank(b) && globsOverlap(a, b) }

// mostRules bounds a list, since every pair in it is compared.
const mostRules = 1000

func overlaps[R conditional](ps *problems, path, list string, rules []R, own func(string) int, clash func(a, b R) bool) {
	if len(rules) > mostRules {
		ps.add(join(path, list), fmt.Sprintf("more than %d rules in a list", mostRules), "use patterns or fewer conditions")
		return
	}
	selectors := make([]string, len(rules))
	for i, rule := range rules {
		selectors[i] = rule.selector()
	}
	mine := own(list)
	for i, later := range rules {
		for j, earlier := range rules[:i] {
			if j >= mine {
				break
			}
			// A pair of the channel and the defaults is reported at the channel's rule.
			place, other := index(path, list, i), list+"["+strconv.Itoa(j)+"]"
			if i >= mine {
				place, other = index(path, list, j), fmt.Sprintf("defaults (%s)", selectors[i])
			}
			switch {
			case selectors[i] == selectors[j]:
				ps.add(place, "the same conditions as "+other, "keep one of them")
			case clash(earlier, later):
				ps.add(place, "can hold for the same values as "+other+", is as specific and says otherwise",
					"make one of them more specific")
			}
		}
	}
}

// oneOf refuses a value that is not known; empty means not said.
func oneOf[T ~string](ps *problems, path string, value T, known ...T) bool {
	return value == "" || knownWord(ps.add, path, value, known)
}

// knownKey is oneOf for a key, which is never empty.
func knownKey[T ~string](ps *problems, path string, key T, known ...T) bool {
	return knownWord(ps.addKey, path, key, known)
}

func knownWord[T ~string](add func(path, message, wayOut string), path string, value T, known []T) bool {
	if slices.Contains(known, value) {
		return true
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	add(path, fmt.Sprintf("%q is not known here", shorten(string(value))), suggest(string(value), words))
	return false
}

func required(ps *problems, path string, ref Ref, wayOut string) {
	if ref.IsZero() {
		ps.add(path, key(path)+" is missing", wayOut)
		return
	}
	checkRef(ps, path, ref)
}

// key is the last part of a path.
func key(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func checkRef(ps *problems, path string, ref Ref) {
	switch {
	case ref.ID < 0:
		ps.add(path, fmt.Sprintf("%d is no database id", ref.ID), "write a positive number, or a name or code")
	case ref.ID != 0 && ref.Name != "":
		ps.add(path, "both an id and a name", "keep one of them")
	case ref.Name != strings.TrimSpace(ref.Name) || strings.ContainsFunc(ref.Name, unicode.IsControl):
		ps.add(path, "the name begins or ends with a space, or has a line break", "write it as it stands in Odoo")
	}
}

func index(path, list string, i int) string { return join(path, list) + "[" + strconv.Itoa(i) + "]" }

func checkCountry(ps *problems, path, country string) {
	if country != "" && !validCountry(country) {
		ps.add(path, fmt.Sprintf("%q is not a country", shorten(country)), "write the ISO 3166-1 alpha-2 code in upper case, for example SE")
	}
}

func checkPattern(ps *problems, path, pattern string) {
	if pattern != strings.TrimSpace(pattern) || strings.ContainsFunc(pattern, unicode.IsControl) || len(pattern) > 200 {
		ps.add(path, "the pattern begins or ends with a space, has a line break or is too long", "write it as the channel does; * stands for anything")
	}
}
