package mapping

import (
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// narrowest returns the rule whose pattern fits the word, the one with the most literal
// characters if several do.
func narrowest[R conditional](rules []R, pattern func(R) string, word string) (R, bool) {
	var best R
	found := false
	for _, rule := range rules {
		if !globMatches(pattern(rule), word) {
			continue
		}
		// Equally narrow rules say the same; the text decides only so that order does not.
		rank, bestRank := globRank(pattern(rule)), globRank(pattern(best))
		if !found || rank > bestRank || rank == bestRank && rule.selector() < best.selector() {
			best, found = rule, true
		}
	}
	return best, found
}

// ShippingMethod returns the rule for a shipping method of the channel. Without any shipping rules
// it is empty; with some, a method that none fits is an [*UnmappedError].
func (c Channel) ShippingMethod(method string) (ShippingRule, error) {
	if len(c.ShippingMethods) == 0 {
		return ShippingRule{}, nil
	}
	rule, ok := narrowest(c.ShippingMethods, func(r ShippingRule) string { return r.Method }, method)
	if !ok {
		return ShippingRule{}, c.unmapped(UnmappedCarrier, "shipping_methods",
			fmt.Sprintf("- {method: %s, carrier: <name of the delivery method, or none>}", wordOr(method, "*")), Detail{"method", quoted(method)})
	}
	return rule, nil
}

// PaymentMethod returns the rule for a gateway of the channel. Without any payment rules it is empty;
// with some, a gateway that none fits is an [*UnmappedError].
func (c Channel) PaymentMethod(gateway string) (PaymentRule, error) {
	if len(c.PaymentMethods) == 0 {
		return PaymentRule{}, nil
	}
	rule, ok := narrowest(c.PaymentMethods, func(r PaymentRule) string { return r.Gateway }, gateway)
	if !ok {
		return PaymentRule{}, c.unmapped(UnmappedPayment, "payment_methods",
			fmt.Sprintf("- {gateway: %s, journal: <name of the journal, or none>}", wordOr(gateway, "*")), Detail{"gateway", quoted(gateway)})
	}
	return rule, nil
}

// WarehouseAt returns the warehouse for a location of the channel; for an empty location, and without any
// location rules, that is [ChannelRules.Warehouse]. A location that no rule fits is an [*UnmappedError]:
// shipping from the wrong house is worse than asking.
func (c Channel) WarehouseAt(location string) (Ref, error) {
	if strings.TrimSpace(location) == "" || len(c.Warehouses) == 0 {
		return c.Warehouse, nil
	}
	rule, ok := narrowest(c.Warehouses, func(r WarehouseRule) string { return r.Location }, location)
	if !ok {
		return Ref{}, c.unmapped(UnmappedWarehouse, "warehouses",
			fmt.Sprintf("- {location: %s, warehouse: <name of the warehouse>}", quoted(location)), Detail{"location", quoted(location)})
	}
	return rule.Warehouse, nil
}

// Pricelist returns the pricelist for the currency that is posted. Without any pricelists it is empty; with
// some, a currency that has none is an [*UnmappedError].
func (c Channel) Pricelist(currency canonical.Currency) (Ref, error) {
	if len(c.Pricelists) == 0 {
		return Ref{}, nil
	}
	list, ok := c.Pricelists[currency]
	if !ok {
		return Ref{}, c.unmapped(UnmappedPricelist, "pricelist",
			fmt.Sprintf("%s: <name of the pricelist>", currency), Detail{"currency", string(currency)})
	}
	return list, nil
}

// LineProduct returns the product for a kind of line that is no goods. No rule is an [*UnmappedError]. Goods
// have no such rule: see [IsGoods].
func (c Channel) LineProduct(kind canonical.LineKind) (Ref, error) {
	rule, ok := c.Lines[kind]
	if !ok || rule.Product.IsZero() {
		return Ref{}, c.unmapped(UnmappedLineKind, "lines",
			fmt.Sprintf("%s: {product: <SKU of the product>}", kind), Detail{"kind", string(kind)})
	}
	return rule.Product, nil
}

// MissingSKU is the error for goods that Odoo does not have, with the alias to add if they have another
// SKU there.
func (c Channel) MissingSKU(sku string) *UnmappedError {
	missing := c.unmapped(UnmappedSKU, "products.aliases",
		quoted(sku)+": <SKU in Odoo>", Detail{"sku", quoted(sku)})
	if strings.TrimSpace(sku) == "" { // the rules refuse an alias of nothing
		return missing.advise("give the article a SKU at the channel, or set products.unknown")
	}
	return missing
}

// wordOr is a channel's word as it can stand in a rule.
func wordOr(word, fallback string) string {
	if strings.TrimSpace(word) == "" {
		word = fallback
	}
	return quoted(word)
}

// FiscalPosition returns the fiscal position for a destination: of the rules that hold the most
// specific one, whatever their order. It is zero if no rule holds: Odoo then uses the customer's own.
// It is [RefNone] if the rules say so.
func (c Channel) FiscalPosition(country, state string, business bool) Ref {
	var best *FiscalPositionRule
	for i, rule := range c.FiscalPositions {
		holds := (rule.Country == "" || strings.EqualFold(rule.Country, country)) &&
			(rule.State == "" || fold(rule.State) == fold(state)) &&
			(rule.Business == nil || *rule.Business == business)
		if holds && (best == nil || compareFiscalRules(rule, *best) < 0) {
			best = &c.FiscalPositions[i]
		}
	}
	if best == nil {
		return Ref{}
	}
	return best.Position
}

// Status returns what the channel's status means: by the words of the rules, otherwise what the
// adapter understood. A word that neither knows is an [*UnmappedError].
func (c Channel) Status(order *canonical.Order) (canonical.Status, error) {
	if raw := fold(order.RawStatus); raw != "" {
		for word, status := range c.Statuses.Words {
			if fold(word) == raw { // words are unique after folding
				return status, nil
			}
		}
	}
	if order.Status != canonical.StatusOther && order.Status != "" {
		return order.Status, nil
	}
	return canonical.StatusOther, c.unmapped(UnmappedStatus, "statuses.words",
		wordOr(order.RawStatus, "?")+": <confirmed, pending, on_hold, …>", Detail{"word", quoted(order.RawStatus)})
}

// Intake says how an order in this state enters Odoo. A conflict is a draft: a person decides.
func (s StatusRules) Intake(status canonical.Status) Intake {
	switch status {
	case canonical.StatusPending:
		return s.Pending
	case canonical.StatusOnHold:
		return s.Hold
	case canonical.StatusConflict:
		return IntakeDraft
	}
	for _, listed := range s.Import {
		if listed == status {
			return IntakeConfirm
		}
	}
	return IntakeSkip
}
