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
	// Lot is that of the units if the product has any: units of several are several scrap orders. It may be left out where all that is in
	// From is of one lot.
	Lot string
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
//
// Errors: [*MissingLot], [*UnknownLot], those of [odoo.Client.Load].
func Scrap(ctx context.Context, client *odoo.Client, draft ScrapDraft) (int64, error) {
	all := columns{
		{"product_id/.id", id(draft.Product)}, {"scrap_qty", draft.Quantity.String()}, {"product_uom_id/.id", id(draft.Unit)},
		{"location_id/.id", id(draft.From)}, {"origin", draft.Note},
	}
	if client.Version().AtLeast(19) {
		all = append(all, column{"picking_id/.id", id(draft.Picking)})
	} // Odoo 14 would scrap from where the picking brought its goods, whatever the location
	scrap, err := insert(ctx, client, all.batch("stock.scrap", draft.ExternalID))
	if err != nil {
		return 0, err
	}
	for lost := range 2 {
		rows, err := odoo.Find[scrapRow](ctx, client, odoo.Eq("id", scrap))
		if err != nil || len(rows) == 0 || rows[0].State == "done" {
			return scrap, err
		}
		if err := nameScrapped(ctx, client, scrap, draft); err != nil {
			return 0, err
		}
		err = client.Do(ctx, odoo.Call{Model: "stock.scrap", Method: "action_validate", IDs: []int64{scrap}})
		if err == nil || !odoo.Ambiguous(err) || lost > 0 {
			return scrap, err
		}
	}
	return scrap, nil
}

// scrappedLot is what is written on a stock.scrap of a product with lots.
type scrappedLot struct {
	Lot odoo.Many2One `odoo:"lot_id"`
}

func (scrappedLot) OdooModel() string { return "stock.scrap" }

// nameScrapped writes the lot of the units, if the product has any.
func nameScrapped(ctx context.Context, client *odoo.Client, scrap int64, draft ScrapDraft) error {
	var named []LotQuantity
	if draft.Lot != "" {
		named = append(named, LotQuantity{Lot: draft.Lot, Quantity: draft.Quantity})
	}
	lots, err := nameLots(ctx, client, draft.Product, draft.From, draft.Quantity, named)
	if err != nil || len(lots) == 0 {
		return err
	}
	lot, err := findLot(ctx, client, draft.Product, 0, lots[0].Lot)
	if err != nil {
		return err
	}
	return odoo.Write(ctx, client, []int64{scrap}, scrappedLot{Lot: odoo.Many2One{ID: lot}})
}
