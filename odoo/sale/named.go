package sale

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// NamedOrder is a sale order as people named it: by its source document and by the customer's reference.
type NamedOrder struct {
	ID            int64           `odoo:"id"`
	Name          string          `odoo:"name"`
	State         State           `odoo:"state"`
	Origin        string          `odoo:"origin"`
	Reference     string          `odoo:"client_order_ref"`
	AmountUntaxed decimal.Decimal `odoo:"amount_untaxed"`
	AmountTotal   decimal.Decimal `odoo:"amount_total"`
	Currency      odoo.Many2One   `odoo:"currency_id"`
	Company       odoo.Many2One   `odoo:"company_id"`
	Customer      odoo.Many2One   `odoo:"partner_id"`

	// Commercial is the id of the customer's commercial entity, filled by [FindNaming].
	Commercial int64 `odoo:"-"`
	// ExternalID is filled by [FindNaming]; empty on most orders that people made.
	ExternalID odoo.ExternalID `odoo:"-"`
}

// OdooModel names the model.
func (NamedOrder) OdooModel() string { return "sale.order" }

// partnerRow is a res.partner with the company or person that it belongs to.
type partnerRow struct {
	ID         int64         `odoo:"id"`
	Commercial odoo.Many2One `odoo:"commercial_partner_id"`
}

func (partnerRow) OdooModel() string { return "res.partner" }

// FindNaming returns an order as it is named, and the others that are not cancelled and hold a text in their source document or
// customer's reference, oldest first. An order that is not there is returned as nil. It takes one call where no other order does, else
// three. It only reads.
func FindNaming(ctx context.Context, client *odoo.Client, order int64, text string) (own *NamedOrder, others []NamedOrder, err error) {
	found, err := odoo.Find[NamedOrder](ctx, client, odoo.Or(odoo.Eq("id", order), odoo.And(
		odoo.Ne("state", StateCancel), odoo.Or(odoo.Contains("origin", text), odoo.Contains("client_order_ref", text)),
	)))
	if err != nil {
		return nil, nil, err
	}
	var ids, customers []int64
	for _, one := range found {
		if one.ID == order {
			own = &one
		} else {
			others = append(others, one)
		}
		ids, customers = append(ids, one.ID), append(customers, one.Customer.ID)
	}
	if len(others) == 0 {
		return own, nil, nil
	}
	names, err := client.Lookup(ctx, "sale.order", ids)
	if err != nil {
		return nil, nil, err
	}
	partners, err := odoo.Find[partnerRow](ctx, client, odoo.In("id", customers), odoo.Archived())
	if err != nil {
		return nil, nil, err
	}
	commercial := map[int64]int64{}
	for _, partner := range partners {
		commercial[partner.ID] = partner.Commercial.ID
	}
	if own != nil {
		own.ExternalID, own.Commercial = names[own.ID], commercial[own.Customer.ID]
	}
	for i := range others {
		others[i].ExternalID, others[i].Commercial = names[others[i].ID], commercial[others[i].Customer.ID]
	}
	return own, others, nil
}
