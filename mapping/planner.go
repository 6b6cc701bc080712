package mapping

import (
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/canonical"
)

// Planner maps the orders of one channel: its rules, resolved against one database. It is immutable and
// safe for concurrent use; it does no I/O.
type Planner struct {
	channel   canonical.Channel
	rules     Channel
	directory *Directory
	records   records
	units     SaleUnits
	// kinds begins the kinds of the External IDs, see [Planner.Exchanges].
	kinds string
}

// exchangeKind begins the kinds of External IDs of exchanges.
const exchangeKind = "exchange"

// Exchanges is the planner of orders that the channel does not have: of what goes out for goods that came back. Their
// External IDs have kinds of their own ("exchangeorder", "exchangeline"), so that nobody takes them for orders of the channel.
func (p *Planner) Exchanges() *Planner {
	exchanges := *p
	exchanges.kinds = exchangeKind
	return &exchanges
}

// records are the Odoo records that the rules name.
type records struct {
	taxes      map[Ref]Tax
	pricelists map[canonical.Currency]Pricelist
	warehouses map[Ref]int64
	positions  map[Ref]int64
	carriers   map[Ref]Carrier
	terms      map[Ref]int64
	tags       []int64
	team, user int64
	shared     int64
}

// UnknownRecordError says that a rule names a record that the database does not have, or has twice.
type UnknownRecordError struct {
	Channel canonical.Channel
	// Rule is where the name stands ("taxes[2].tax").
	Rule string
	// Model is the Odoo model and Ref the name or id.
	Model string
	Ref   Ref
	// Found is how many records fit.
	Found int
}

// Error implements error.
func (e *UnknownRecordError) Error() string {
	if e.Found > 1 {
		return fmt.Sprintf("rules of %s: %s: %d records of %s are called %q: use the database id", e.Channel, e.Rule, e.Found, e.Model, e.Ref)
	}
	return fmt.Sprintf("rules of %s: %s: there is no %s %q (or the connector's user may not see it): create it in Odoo or correct the rule",
		e.Channel, e.Rule, e.Model, e.Ref)
}

// NewPlanner resolves the rules of a channel. Every record that they name and the database does not have is
// reported, as joined [*UnknownRecordError]s.
func NewPlanner(rules Channel, directory *Directory) (*Planner, error) {
	channel := rules.Name
	p := &Planner{channel: channel, rules: rules, directory: directory, units: rules.SaleUnits(directory.Units), records: records{
		taxes: map[Ref]Tax{}, pricelists: map[canonical.Currency]Pricelist{}, warehouses: map[Ref]int64{},
		positions: map[Ref]int64{}, carriers: map[Ref]Carrier{}, terms: map[Ref]int64{},
	}}
	r := resolver{channel: channel}
	for i, rule := range rules.Taxes {
		for _, named := range []struct {
			field string
			ref   Ref
		}{{"tax", rule.Tax}, {"included_tax", rule.IncludedTax}, {"cent_tax", rule.CentTax}} {
			if named.ref.IsZero() || named.ref.IsNone() {
				continue
			}
			if tax, ok := one(&r, fmt.Sprintf("taxes[%d].%s", i, named.field), "account.tax", named.ref, directory.Taxes, func(t Tax) Record { return t.Record }); ok {
				p.records.taxes[named.ref] = tax
			}
		}
	}
	for currency, ref := range rules.Pricelists {
		if list, ok := one(&r, "pricelist."+string(currency), "product.pricelist", ref, directory.Pricelists, func(l Pricelist) Record { return l.Record }); ok {
			p.records.pricelists[currency] = list
		}
	}
	same := func(record Record) Record { return record }
	p.records.warehouses[rules.Warehouse] = r.id("warehouse", "stock.warehouse", rules.Warehouse, directory.Warehouses)
	p.records.warehouses[rules.ChannelWarehouse] = r.id("channel_warehouse", "stock.warehouse", rules.ChannelWarehouse, directory.Warehouses)
	for i, rule := range rules.Warehouses {
		p.records.warehouses[rule.Warehouse] = r.id(fmt.Sprintf("warehouses[%d].warehouse", i), "stock.warehouse", rule.Warehouse, directory.Warehouses)
	}
	for i, rule := range rules.FiscalPositions {
		p.records.positions[rule.Position] = r.id(fmt.Sprintf("fiscal_positions[%d].position", i), "account.fiscal.position", rule.Position, directory.FiscalPositions)
	}
	for i, rule := range rules.PaymentMethods {
		p.records.terms[rule.Term] = r.id(fmt.Sprintf("payment_methods[%d].term", i), "account.payment.term", rule.Term, directory.PaymentTerms)
	}
	for i, rule := range rules.ShippingMethods {
		if rule.Carrier.IsZero() {
			continue
		}
		if carrier, ok := one(&r, fmt.Sprintf("shipping_methods[%d].carrier", i), "delivery.carrier", rule.Carrier, directory.Carriers, func(c Carrier) Record { return c.Record }); ok {
			p.records.carriers[rule.Carrier] = carrier
		}
	}
	if team, ok := one(&r, "team", "crm.team", rules.Team, directory.Teams, same); ok {
		p.records.team = team.ID
	}
	p.records.user = r.id("salesperson", "res.users", rules.Salesperson, directory.Users)
	for i, tag := range rules.Tags {
		p.records.tags = append(p.records.tags, r.id(fmt.Sprintf("tags[%d]", i), "crm.tag", tag, directory.Tags))
	}
	p.records.shared = r.id("customers.shared_partner", "res.partner", rules.Customers.SharedPartner, directory.SharedPartners)
	return p, errors.Join(r.problems...)
}

// Directory returns what the planner knows of the database.
func (p *Planner) Directory() *Directory { return p.directory }

// MayWriteLines reports whether the channel may change the lines of an order that is in Odoo.
func (p *Planner) MayWriteLines() bool { return p.rules.Ownership.MayWrite(FieldOrderLines, true) }

// Rules are the rules of the channel.
func (p *Planner) Rules() Channel { return p.rules }

// MayReplaceAddresses reports whether the channel may change the addresses of an order that is in Odoo.
func (p *Planner) MayReplaceAddresses() bool {
	return p.rules.Ownership.MayWrite(FieldOrderAddresses, true)
}

// resolver finds records by reference and collects what it does not find.
type resolver struct {
	channel  canonical.Channel
	problems []error
}

func (r *resolver) id(rule, model string, ref Ref, all []Record) int64 {
	record, _ := one(r, rule, model, ref, all, func(record Record) Record { return record })
	return record.ID
}

// one returns the record that ref names: by id, by exact name, or by code. A zero or "none" reference is no
// record and no problem.
func one[T any](r *resolver, rule, model string, ref Ref, all []T, record func(T) Record) (T, bool) {
	var zero T
	if ref.IsZero() || ref.IsNone() {
		return zero, false
	}
	var found []T
	for _, candidate := range all {
		c := record(candidate)
		if ref.ID != 0 && c.ID == ref.ID || ref.Name != "" && (c.Name == ref.Name || c.Code != "" && c.Code == ref.Name) {
			found = append(found, candidate)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	r.problems = append(r.problems, &UnknownRecordError{Channel: r.channel, Rule: rule, Model: model, Ref: ref, Found: len(found)})
	return zero, false
}
