package warehouse

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Lot makes a lot or serial number of a product.
func (w *Warehouse) Lot(product int64, name string) int64 {
	w.t.Helper()
	return w.Create(w.lotModel(), map[string]any{"name": name, "product_id": product, "company_id": 1}, nil)
}

func (w *Warehouse) lotModel() string {
	if w.Version().AtLeast(16) {
		return "stock.lot"
	}
	return "stock.production.lot"
}

// CountLot sets how much of a lot is at a location, as a person counts it.
func (w *Warehouse) CountLot(product, lot, location int64, quantity float64) {
	w.t.Helper()
	in := odoo.Context{"inventory_mode": true}
	id := w.Create("stock.quant", map[string]any{"product_id": product, "location_id": location, "lot_id": lot, "inventory_quantity": quantity}, in)
	if w.Version().AtLeast(15) {
		Call[any](w, "stock.quant", "action_apply_inventory", []int64{id}, nil, in)
	}
}

// DeliverReserved delivers what is reserved of an order, with the lots that are reserved.
func (w *Warehouse) DeliverReserved(order int64) {
	w.t.Helper()
	pickings := Call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("sale_id", order), odoo.NotIn("state", []string{"done", "cancel"}))}, nil)
	w.deliver(pickings)
}

// deliver does what is reserved of transfers.
func (w *Warehouse) deliver(pickings []int64) {
	w.t.Helper()
	Call[any](w, "stock.picking", "action_assign", pickings, nil, nil)
	if !w.Version().AtLeast(17) {
		lines := Call[[]struct {
			ID       int64           `json:"id"`
			Reserved decimal.Decimal `json:"product_uom_qty"`
		}](w, "stock.move.line", "search_read", nil, odoo.Args{"domain": odoo.In("picking_id", pickings), "fields": []string{"product_uom_qty"}}, nil)
		for _, line := range lines {
			Call[any](w, "stock.move.line", "write", []int64{line.ID}, odoo.Args{"vals": map[string]any{"qty_done": line.Reserved}}, nil)
		}
	}
	Call[any](w, "stock.picking", "button_validate", pickings, nil, odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true})
}

// AtLots is how many units of each lot of a product are in a location.
func (w *Warehouse) AtLots(product, location int64) map[string]string {
	w.t.Helper()
	rows := Call[[]struct {
		Lot      odoo.Many2One   `json:"lot_id"`
		Quantity decimal.Decimal `json:"quantity"`
	}](w, "stock.quant", "search_read", nil, odoo.Args{
		"domain": odoo.And(odoo.Eq("product_id", product), odoo.Eq("location_id", location)), "fields": []string{"lot_id", "quantity"},
	}, nil)
	all := map[string]string{}
	for _, row := range rows {
		if !row.Quantity.IsZero() {
			all[row.Lot.Name] = row.Quantity.Trim(0).String()
		}
	}
	return all
}
