package stock

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// ScrapDraft writes units off.
type ScrapDraft struct {
	// ExternalID makes it one scrap order.
	ExternalID odoo.ExternalID
	// Picking is what the units came with, 0 if nothing. Before Odoo 19 it is left out.
	Picking, Product, Unit int64
	Quantity               decimal.Decimal
	Lot                    string
	// From is the location that the units are in.
	From int64
	Note string
}

// scrapRow is a stock.scrap.
type scrapRow struct {
	ID    int64  `odoo:"id"`
	State string `odoo:"state"`
}

func (scrapRow) OdooModel() string { return "stock.scrap" }

// Scrap writes units off and returns the id of the scrap order. It is one however often it is called, by its External ID; it is safe
// to repeat. If the location has too few units the error is of [odoo.CodeWizard]: Odoo asks a person. A user of the group Inventory /
// User may do it.
func Scrap(ctx context.Context, client *odoo.Client, draft ScrapDraft) (int64, error) {
	all := columns{
		{"product_id/.id", id(draft.Product)}, {"scrap_qty", draft.Quantity.String()}, {"product_uom_id/.id", id(draft.Unit)},
		{"location_id/.id", id(draft.From)}, {"origin", draft.Note},
	}
	if client.Version().AtLeast(19) {
		all = append(all, column{"picking_id/.id", id(draft.Picking)})
	} // Odoo 14 would scrap from where the picking brought its goods, whatever the location
	if draft.Lot != "" {
		lot, err := findLot(ctx, client, draft.Product, 0, draft.Lot)
		if err != nil {
			return 0, err
		}
		all = append(all, column{"lot_id/.id", id(lot)})
	}
	scrap, err := insert(ctx, client, all.batch("stock.scrap", draft.ExternalID))
	if err != nil {
		return 0, err
	}
	for lost := range 2 {
		rows, err := odoo.Find[scrapRow](ctx, client, odoo.Eq("id", scrap))
		if err != nil || len(rows) == 0 || rows[0].State == "done" {
			return scrap, err
		}
		err = client.Do(ctx, odoo.Call{Model: "stock.scrap", Method: "action_validate", IDs: []int64{scrap}})
		if err == nil || !odoo.Ambiguous(err) || lost > 0 {
			return scrap, err
		}
	}
	return scrap, nil
}
