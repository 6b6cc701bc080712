package retailsync

import (
	"context"
	"fmt"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/product"
)

// till is a channel as far as prices go: its rules, resolved against the database.
type till struct {
	rules   mapping.Channel
	company int64
	prices  []priceRule
	// pricelists are those that the rules name, each once.
	pricelists []int64
	// taxes are the sale taxes of the company, nil where no rule converts.
	taxes map[int64]product.Tax
	names channelNames
	// units are those that the channel sells in.
	units mapping.SaleUnits
}

// priceRule is a rule with the records that it names.
type priceRule struct {
	mapping.PriceRule
	pricelist, regular int64
	// replaced are the taxes of the market by the id of the product's; 0 is none.
	replaced map[int64]int64
}

// till resolves the price rules of a channel. Each run reads pricelists and taxes anew: it takes a change of a tax for dealt
// with, and a tax that is not known for none.
func (c *Connector) till(ctx context.Context, channel canonical.Channel) (*till, error) {
	rules, err := c.rules.For(channel)
	if err != nil {
		return nil, err
	}
	t := &till{rules: rules, company: rules.Company, names: namesOf(rules)}
	if len(rules.Prices) == 0 {
		return nil, fmt.Errorf("rules of %s: prices: none: name at least a currency and its pricelist", channel)
	}
	if t.company == 0 {
		if t.company, err = ownCompany(ctx, c.erp); err != nil {
			return nil, err
		}
	}
	units, err := readUnits(ctx, c.erp, &rules)
	if err != nil {
		return nil, err
	}
	t.units = rules.SaleUnits(units)
	lists, err := odoo.Find[pricelistRecord](ctx, c.erp, odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", t.company)))
	if err != nil {
		return nil, err
	}
	for i, rule := range rules.PriceRules() {
		resolved := priceRule{PriceRule: rule}
		if resolved.pricelist, err = findPricelist(lists, rule.Pricelist, rule.Currency); err != nil {
			return nil, fmt.Errorf("rules of %s: prices[%d].pricelist: %w", channel, i, err)
		}
		t.watch(resolved.pricelist)
		if rule.Sale == mapping.SaleCompared {
			if resolved.regular, err = findPricelist(lists, rule.Regular, rule.Currency); err != nil {
				return nil, fmt.Errorf("rules of %s: prices[%d].regular: %w", channel, i, err)
			}
			t.watch(resolved.regular)
		}
		if rule.Taxes != mapping.PricesAsPriced && t.taxes == nil {
			if t.taxes, err = c.articles.Taxes(ctx, t.company); err != nil {
				return nil, err
			}
		}
		if resolved.replaced, err = t.replacements(rule); err != nil {
			return nil, fmt.Errorf("rules of %s: prices[%d].replace_taxes: %w", channel, i, err)
		}
		t.prices = append(t.prices, resolved)
	}
	return t, nil
}

func (t *till) watch(pricelist int64) {
	if !slices.Contains(t.pricelists, pricelist) {
		t.pricelists = append(t.pricelists, pricelist)
	}
}

// replacements resolves the names of taxes.
func (t *till) replacements(rule mapping.PriceRule) (map[int64]int64, error) {
	replaced := map[int64]int64{}
	for name, ref := range rule.ReplaceTaxes {
		from, err := t.tax(mapping.Name(name))
		if err != nil {
			return nil, err
		}
		var to int64
		if !ref.IsNone() {
			if to, err = t.tax(ref); err != nil {
				return nil, err
			}
		}
		replaced[from] = to
	}
	return replaced, nil
}

func (t *till) tax(ref mapping.Ref) (int64, error) {
	var found []int64
	for id, tax := range t.taxes {
		if ref.ID != 0 && id == ref.ID || ref.ID == 0 && tax.Name == ref.Name {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, fmt.Errorf("the company has no sale tax %s: write its name as it stands in Odoo, or its id", ref)
	default:
		return 0, fmt.Errorf("%d sale taxes are called %s: give them names of their own in Odoo, or write the id", len(found), ref)
	}
}

// own and market are the taxes that a price of the product is with, and those that it shall be with.
func (t *till) own(article product.Article) []mapping.PriceTax { return t.priced(article.Taxes) }

func (t *till) market(rule priceRule, article product.Article) []mapping.PriceTax {
	var ids []int64
	for _, id := range article.Taxes {
		if to, ok := rule.replaced[id]; ok {
			id = to
		}
		if id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return t.priced(ids)
}

func (t *till) priced(ids []int64) []mapping.PriceTax {
	flat := product.Flat(t.taxes, ids)
	taxes := make([]mapping.PriceTax, len(flat))
	for i, tax := range flat {
		taxes[i] = mapping.PriceTax{
			Name: tax.Name, Type: tax.Type, Amount: tax.Amount, Included: tax.Included,
			AffectsBase: tax.AffectsBase, AffectedByBase: tax.AffectedByBase,
		}
	}
	return taxes
}

func findPricelist(lists []pricelistRecord, ref mapping.Ref, currency canonical.Currency) (int64, error) {
	var found []pricelistRecord
	for _, list := range lists {
		if ref.ID != 0 && list.ID == ref.ID || ref.ID == 0 && list.Name == ref.Name {
			found = append(found, list)
		}
	}
	switch {
	case len(found) == 0:
		return 0, fmt.Errorf("there is no active pricelist %s: write its name as it stands in Odoo, or its id", ref)
	case len(found) > 1:
		return 0, fmt.Errorf("%d pricelists are called %s: give them names of their own in Odoo, or write the id", len(found), ref)
	case canonical.Currency(found[0].Currency.Name) != currency:
		return 0, fmt.Errorf("the pricelist %s is in %s, not in %s: name one in that currency", ref, found[0].Currency.Name, currency)
	}
	return found[0].ID, nil
}
