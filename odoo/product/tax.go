package product

import (
	"cmp"
	"context"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Tax is a sale tax (account.tax).
type Tax struct {
	ID      int64         `odoo:"id"`
	Name    string        `odoo:"name"`
	Company odoo.Many2One `odoo:"company_id"`
	// Type is percent, division, fixed, group, or a word of an add-on.
	Type   string          `odoo:"amount_type"`
	Amount decimal.Decimal `odoo:"amount"`
	// Included says that prices contain the tax.
	Included bool `odoo:"price_include"`
	// AffectsBase says that later taxes are computed on this one too, as far as they are AffectedByBase.
	AffectsBase    bool `odoo:"include_base_amount"`
	AffectedByBase bool `odoo:"is_base_affected,optional"`
	Sequence       int  `odoo:"sequence"`
	// Children are the taxes of a group.
	Children []int64 `odoo:"children_tax_ids"`
}

// OdooModel names the model.
func (Tax) OdooModel() string { return "account.tax" }

// Taxes returns the sale taxes of a company, archived ones too, by id. It only reads.
func (r *Reader) Taxes(ctx context.Context, company int64) (map[int64]Tax, error) {
	taxes, err := odoo.Find[Tax](ctx, r.client, odoo.And(odoo.Eq("company_id", company), odoo.In("type_tax_use", []string{"sale", "none"})), odoo.Archived())
	if err != nil {
		return nil, err
	}
	fields, err := r.client.Fields(ctx, "account.tax")
	if err != nil {
		return nil, err
	}
	_, tells := fields["is_base_affected"]
	byID := make(map[int64]Tax, len(taxes))
	for _, tax := range taxes {
		if !tells {
			tax.AffectedByBase = true
		}
		byID[tax.ID] = tax
	}
	return byID, nil
}

// Flat returns the taxes of the ids that are known, groups as their children, in the order in which Odoo computes
// them.
func Flat(known map[int64]Tax, ids []int64) []Tax {
	var taxes []Tax
	for _, id := range ids {
		if tax, ok := known[id]; ok {
			taxes = append(taxes, tax)
		}
	}
	order := func(a, b Tax) int { return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.ID, b.ID)) }
	slices.SortFunc(taxes, order)
	var flat []Tax
	for _, tax := range taxes {
		if tax.Type != "group" {
			flat = append(flat, tax)
			continue
		}
		var children []Tax
		for _, id := range tax.Children {
			if child, ok := known[id]; ok && child.Type != "group" {
				children = append(children, child)
			}
		}
		slices.SortFunc(children, order)
		flat = append(flat, children...)
	}
	return flat
}
