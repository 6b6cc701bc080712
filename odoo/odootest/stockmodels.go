package odootest

// stockModels are the models of the app Inventory, as far as deliveries of sale orders need them.
func stockModels() []Model {
	usages := [][2]string{{"supplier", "Vendor Location"}, {"view", "View"}, {"internal", "Internal Location"}, {"customer", "Customer Location"}, {"inventory", "Inventory Loss"}, {"production", "Production"}, {"transit", "Transit Location"}}
	newUsages := [][2]string{{"supplier", "Vendor"}, {"view", "Virtual"}, {"internal", "Internal"}, {"customer", "Customer"}, {"inventory", "Inventory Loss"}, {"production", "Production"}, {"transit", "Transit"}}
	kinds := [][2]string{{"incoming", "Receipt"}, {"outgoing", "Delivery"}, {"internal", "Internal Transfer"}}
	policies := [][2]string{{"direct", "As soon as possible"}, {"one", "When all products are ready"}}
	return []Model{
		{Name: "stock.location", Description: "Inventory Locations", Parent: "location_id", display: locationName, Fields: []Field{
			{Name: "name", Label: "Location Name", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "complete_name", Label: "Full Location Name", Type: Char, compute: func(e *env, t *table, r *record) any { return locationName(e, t, r) }},
			{Name: "parent_path", Type: Char, compute: func(e *env, _ *table, r *record) any { return e.locationPath(r.id) }},
			{Name: "location_id", Label: "Parent Location", Type: Many2One, Relation: "stock.location", Indexed: true},
			{Name: "child_ids", Label: "Contains", Type: One2Many, Relation: "stock.location", Inverse: "location_id"},
			{Name: "usage", Label: "Location Type", Type: Selection, Required: true, Default: "internal", Selection: usages, Until: 18},
			{Name: "usage", Label: "Location Type", Type: Selection, Required: true, Default: "internal", Selection: newUsages, Since: 19},
			{Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1}, {Name: "barcode", Type: Char},
			{Name: "warehouse_id", Type: Many2One, Relation: "stock.warehouse", Since: 15, compute: func(e *env, _ *table, r *record) any { return e.warehouseOf(r.id) }},
			{Name: "quant_ids", Label: "Quant", Type: One2Many, Relation: "stock.quant", Inverse: "location_id"},
		}},
		{Name: "stock.warehouse", Description: "Warehouse", Fields: []Field{
			{Name: "name", Label: "Warehouse", Type: Char, Required: true}, {Name: "code", Label: "Short Name", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "company_id", Type: Many2One, Relation: "res.company", Required: true, Default: 1}, {Name: "partner_id", Label: "Address", Type: Many2One, Relation: "res.partner", Default: 1},
			{Name: "view_location_id", Type: Many2One, Relation: "stock.location", Required: true}, {Name: "lot_stock_id", Label: "Location Stock", Type: Many2One, Relation: "stock.location", Required: true},
			{Name: "in_type_id", Type: Many2One, Relation: "stock.picking.type"}, {Name: "out_type_id", Type: Many2One, Relation: "stock.picking.type"}, {Name: "int_type_id", Label: "Internal Type", Type: Many2One, Relation: "stock.picking.type"},
			{Name: "sequence", Type: Integer, Default: 10},
		}},
		{Name: "stock.picking.type", Description: "Picking Type", display: pickingTypeName, Fields: []Field{
			{Name: "name", Label: "Operation Type", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true}, {Name: "code", Label: "Type of Operation", Type: Selection, Required: true, Selection: kinds},
			{Name: "sequence_code", Label: "Sequence Prefix", Type: Char, Required: true}, {Name: "warehouse_id", Type: Many2One, Relation: "stock.warehouse"},
			{Name: "return_picking_type_id", Label: "Operation Type for Returns", Type: Many2One, Relation: "stock.picking.type"},
			{Name: "default_location_src_id", Label: "Source Location", Type: Many2One, Relation: "stock.location"}, {Name: "default_location_dest_id", Label: "Destination Location", Type: Many2One, Relation: "stock.location"},
			{Name: "company_id", Type: Many2One, Relation: "res.company", Required: true, Default: 1},
		}},
		{Name: "stock.quant", Description: "Quants", display: quantName, Fields: []Field{
			{Name: "product_id", Type: Many2One, Relation: "product.product", Required: true, Indexed: true}, {Name: "location_id", Type: Many2One, Relation: "stock.location", Required: true, Indexed: true},
			{Name: "product_tmpl_id", Label: "Product Template", Type: Many2One, Relation: "product.template", related: "product_id.product_tmpl_id"}, {Name: "product_uom_id", Label: "Unit", Type: Many2One, Relation: "uom.uom", related: "product_id.uom_id"},
			{Name: "company_id", Type: Many2One, Relation: "res.company", related: "location_id.company_id"}, {Name: "warehouse_id", Type: Many2One, Relation: "stock.warehouse", Since: 16, related: "location_id.warehouse_id"},
			{Name: "lot_id", Label: "Lot/Serial Number", Type: Many2One, Relation: "stock.production.lot", Until: 15}, {Name: "lot_id", Label: "Lot/Serial Number", Type: Many2One, Relation: "stock.lot", Since: 16},
			{Name: "package_id", Type: Many2One, Relation: "stock.quant.package", Until: 18, Indexed: true}, {Name: "package_id", Type: Many2One, Relation: "stock.package", Since: 19, Indexed: true}, {Name: "owner_id", Type: Many2One, Relation: "res.partner"},
			{Name: "quantity", Type: Float, ReadOnly: true, Until: 14}, {Name: "quantity", Type: Float, Digits: 2, ReadOnly: true, Since: 15},
			{Name: "reserved_quantity", Type: Float, ReadOnly: true, Until: 14}, {Name: "reserved_quantity", Type: Float, Digits: 2, ReadOnly: true, Since: 15},
			{Name: "available_quantity", Type: Float, compute: func(_ *env, t *table, r *record) any {
				return minus(t.num(r, "quantity"), t.num(r, "reserved_quantity"))
			}},
			{Name: "inventory_quantity", Label: "Inventoried Quantity", Type: Float, Until: 14, compute: countedBefore15, inverse: (*env).countNow},
			{Name: "inventory_quantity", Label: "Counted", Type: Float, Digits: 2, Since: 15}, {Name: "inventory_quantity_set", Type: Boolean, Since: 15},
			{Name: "in_date", Label: "Incoming Date", Type: Datetime, ReadOnly: true},
		}},
		{Name: "stock.picking", Description: "Transfer", Fields: []Field{
			{Name: "name", Label: "Reference", Type: Char}, {Name: "origin", Label: "Source Document", Type: Char}, {Name: "partner_id", Label: "Contact", Type: Many2One, Relation: "res.partner"},
			{Name: "state", Label: "Status", Type: Selection, ReadOnly: true, Default: "draft", Selection: [][2]string{{"draft", "Draft"}, {"waiting", "Waiting Another Operation"}, {"confirmed", "Waiting"}, {"assigned", "Ready"}, {"done", "Done"}, {"cancel", "Cancelled"}}},
			{Name: "picking_type_id", Label: "Operation Type", Type: Many2One, Relation: "stock.picking.type", Required: true}, {Name: "picking_type_code", Label: "Type of Operation", Type: Selection, Selection: kinds, related: "picking_type_id.code"},
			{Name: "location_id", Label: "Source Location", Type: Many2One, Relation: "stock.location", Required: true}, {Name: "location_dest_id", Label: "Destination Location", Type: Many2One, Relation: "stock.location", Required: true},
			{Name: "scheduled_date", Type: Datetime}, {Name: "date_deadline", Label: "Deadline", Type: Datetime, ReadOnly: true}, {Name: "date_done", Label: "Date of Transfer", Type: Datetime, ReadOnly: true},
			{Name: "backorder_id", Label: "Back Order of", Type: Many2One, Relation: "stock.picking", Indexed: true}, {Name: "backorder_ids", Label: "Back Orders", Type: One2Many, Relation: "stock.picking", Inverse: "backorder_id"},
			{Name: "sale_id", Label: "Sales Order", Type: Many2One, Relation: "sale.order", Indexed: true},
			{Name: "carrier_id", Type: Many2One, Relation: "delivery.carrier"}, {Name: "carrier_tracking_ref", Label: "Tracking Reference", Type: Char}, {Name: "carrier_tracking_url", Label: "Tracking URL", Type: Char, compute: trackingURL},
			{Name: "move_lines", Label: "Stock Moves", Type: One2Many, Relation: "stock.move", Inverse: "picking_id", Until: 15}, {Name: "move_ids", Label: "Stock Moves", Type: One2Many, Relation: "stock.move", Inverse: "picking_id", Since: 16},
			{Name: "move_line_ids", Label: "Operations", Type: One2Many, Relation: "stock.move.line", Inverse: "picking_id"},
			{Name: "move_type", Label: "Shipping Policy", Type: Selection, Required: true, Default: "direct", Selection: policies}, {Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1},
			{Name: "priority", Type: Selection, Default: "0", Selection: [][2]string{{"0", "Normal"}, {"1", "Urgent"}}}, {Name: "is_locked", Type: Boolean, Default: true},
			{Name: "user_id", Label: "Responsible", Type: Many2One, Relation: "res.users"}, {Name: "return_id", Label: "Return of", Type: Many2One, Relation: "stock.picking", Since: 17}, {Name: "note", Label: "Notes", Type: HTML},
		}},
		{Name: "stock.quant.package", Description: "Packages", Until: 18, Fields: packageFields()}, {Name: "stock.package", Description: "Package", Since: 19, Fields: packageFields()},
		{Name: "stock.production.lot", Description: "Lot/Serial", Until: 15, Fields: lotFields()}, {Name: "stock.lot", Description: "Lot/Serial", Since: 16, Fields: lotFields()},
		{Name: "stock.return.picking", Description: "Return Picking", Fields: []Field{
			{Name: "picking_id", Type: Many2One, Relation: "stock.picking"}, {Name: "location_id", Label: "Return Location", Type: Many2One, Relation: "stock.location", Until: 17},
			{Name: "product_return_moves", Label: "Moves", Type: One2Many, Relation: "stock.return.picking.line", Inverse: "wizard_id"},
		}},
		{Name: "stock.return.picking.line", Description: "Return Picking Line", NameField: "product_id", Fields: []Field{
			{Name: "product_id", Type: Many2One, Relation: "product.product", Required: true}, {Name: "quantity", Type: Float, Digits: 2, Required: true}, {Name: "wizard_id", Type: Many2One, Relation: "stock.return.picking", Indexed: true},
			{Name: "move_id", Type: Many2One, Relation: "stock.move"}, {Name: "to_refund", Label: "Update quantities on SO/PO", Type: Boolean, Default: true},
		}},
		{Name: "stock.scrap", Description: "Scrap", Fields: scrapFields()},
		wizardModel("stock.backorder.confirmation", "Backorder Confirmation", 0), wizardLine("stock.backorder.confirmation", "Backorder Confirmation Line", 0),
		wizardModel("stock.immediate.transfer", "Immediate Transfer", 16), wizardLine("stock.immediate.transfer", "Immediate Transfer Line", 16),
		{Name: "stock.move", Description: "Stock Move", display: moveName, Fields: moveFields()},
		{Name: "stock.move.line", Description: "Product Moves (Stock Move Line)", display: moveLineName, Fields: moveLineFields()},
	}
}

func moveStates() [][2]string {
	return [][2]string{{"draft", "New"}, {"waiting", "Waiting Another Move"}, {"confirmed", "Waiting"}, {"partially_available", "Partially Available"}, {"assigned", "Available"}, {"done", "Done"}, {"cancel", "Cancelled"}}
}

// moveFields are those of stock.move. What a move holds and has done is the sum of its lines.
func moveFields() []Field {
	return []Field{
		{Name: "name", Label: "Description", Type: Char, Required: true, Until: 18}, {Name: "product_id", Type: Many2One, Relation: "product.product", Required: true, Indexed: true},
		{Name: "product_uom_qty", Label: "Demand", Type: Float, Digits: 2, Required: true}, {Name: "product_qty", Label: "Real Quantity", Type: Float, compute: demandInProductUnit},
		{Name: "product_uom", Label: "Unit", Type: Many2One, Relation: "uom.uom", Required: true},
		{Name: "quantity", Type: Float, Digits: 2, Since: 17, compute: func(e *env, _ *table, r *record) any { return e.held(r.id) }, inverse: (*env).setMoveQuantity},
		{Name: "picked", Type: Boolean, Since: 17, inverse: (*env).setPicked},
		{Name: "quantity_done", Type: Float, Digits: 2, Until: 16, compute: func(e *env, _ *table, r *record) any { return e.doneQuantity(r.id) }, inverse: (*env).setMoveQuantity},
		{Name: "reserved_availability", Label: "Quantity Reserved", Type: Float, Digits: 2, Until: 16, compute: func(e *env, _ *table, r *record) any { return e.held(r.id) }},
		{Name: "state", Label: "Status", Type: Selection, ReadOnly: true, Default: "draft", Selection: moveStates()},
		{Name: "sale_line_id", Label: "Sale Line", Type: Many2One, Relation: "sale.order.line", Indexed: true}, {Name: "picking_id", Label: "Transfer", Type: Many2One, Relation: "stock.picking", Indexed: true},
		{Name: "location_id", Label: "Source Location", Type: Many2One, Relation: "stock.location", Required: true}, {Name: "location_dest_id", Label: "Destination Location", Type: Many2One, Relation: "stock.location", Required: true},
		{Name: "origin", Label: "Source Document", Type: Char}, {Name: "reference", Type: Char, compute: moveReference}, {Name: "sequence", Type: Integer, Default: 10},
		{Name: "move_line_ids", Label: "Move Line", Type: One2Many, Relation: "stock.move.line", Inverse: "move_id"},
		{Name: "warehouse_id", Type: Many2One, Relation: "stock.warehouse"}, {Name: "picking_type_id", Label: "Operation Type", Type: Many2One, Relation: "stock.picking.type"}, {Name: "partner_id", Label: "Destination Address", Type: Many2One, Relation: "res.partner"},
		{Name: "company_id", Type: Many2One, Relation: "res.company", Required: true, Default: 1}, {Name: "date", Label: "Date Scheduled", Type: Datetime, Required: true}, {Name: "date_deadline", Label: "Deadline", Type: Datetime, ReadOnly: true},
		{Name: "origin_returned_move_id", Label: "Origin return move", Type: Many2One, Relation: "stock.move"}, {Name: "to_refund", Label: "Update quantities on SO/PO", Type: Boolean}, {Name: "is_inventory", Type: Boolean, Since: 15},
		{Name: "move_orig_ids", Label: "Original Move", Type: Many2Many, Relation: "stock.move"}, {Name: "move_dest_ids", Label: "Destination Moves", Type: Many2Many, Relation: "stock.move", ReadOnly: true, compute: movesAfter},
		{Name: "procure_method", Label: "Supply Method", Type: Selection, Default: "make_to_stock", Selection: [][2]string{{"make_to_stock", "Default: Take From Stock"}, {"make_to_order", "Advanced: Apply Procurement Rules"}}},
		{Name: "scrapped", Type: Boolean, Until: 18}, {Name: "scrap_id", Label: "Scrap operation", Type: Many2One, Relation: "stock.scrap", Since: 17},
	}
}

func moveLineFields() []Field {
	return []Field{
		{Name: "move_id", Label: "Stock Operation", Type: Many2One, Relation: "stock.move", Indexed: true}, {Name: "picking_id", Label: "Transfer", Type: Many2One, Relation: "stock.picking", Indexed: true},
		{Name: "product_id", Type: Many2One, Relation: "product.product", Indexed: true}, {Name: "product_uom_id", Label: "Unit", Type: Many2One, Relation: "uom.uom"},
		{Name: "quantity", Type: Float, Digits: 2, Since: 17}, {Name: "picked", Type: Boolean, Since: 17},
		{Name: "qty_done", Label: "Done", Type: Float, Digits: 2, Until: 16}, {Name: "product_uom_qty", Label: "Reserved", Type: Float, Digits: 2, Until: 16},
		{Name: "product_qty", Label: "Real Reserved Quantity", Type: Float, Until: 15, compute: heldByLine}, {Name: "quantity_product_uom", Label: "Quantity in Product UoM", Type: Float, Since: 17, compute: heldByLine},
		{Name: "state", Label: "Status", Type: Selection, Selection: moveStates(), related: "move_id.state"}, {Name: "reference", Type: Char, related: "move_id.reference"},
		{Name: "location_id", Label: "From", Type: Many2One, Relation: "stock.location", Required: true}, {Name: "location_dest_id", Label: "To", Type: Many2One, Relation: "stock.location", Required: true},
		{Name: "package_id", Label: "Source Package", Type: Many2One, Relation: "stock.quant.package", Until: 18}, {Name: "package_id", Label: "Source Package", Type: Many2One, Relation: "stock.package", Since: 19},
		{Name: "result_package_id", Label: "Destination Package", Type: Many2One, Relation: "stock.quant.package", Until: 18}, {Name: "result_package_id", Label: "Destination Package", Type: Many2One, Relation: "stock.package", Since: 19},
		{Name: "lot_id", Label: "Lot/Serial Number", Type: Many2One, Relation: "stock.production.lot", Until: 15}, {Name: "lot_id", Label: "Lot/Serial Number", Type: Many2One, Relation: "stock.lot", Since: 16},
		{Name: "company_id", Type: Many2One, Relation: "res.company", Required: true, Default: 1}, {Name: "date", Type: Datetime, Required: true},
	}
}

func packageFields() []Field {
	return []Field{
		{Name: "name", Label: "Package Reference", Type: Char, Indexed: true}, {Name: "shipping_weight", Type: Float}, {Name: "company_id", Type: Many2One, Relation: "res.company", compute: func(e *env, _ *table, r *record) any { return e.packed(r.id, "company_id") }},
		{Name: "location_id", Type: Many2One, Relation: "stock.location", compute: func(e *env, _ *table, r *record) any { return e.packed(r.id, "location_id") }},
		{Name: "quant_ids", Label: "Bulk Content", Type: One2Many, Relation: "stock.quant", Inverse: "package_id"},
	}
}

func scrapFields() []Field {
	return []Field{
		{Name: "name", Label: "Reference", Type: Char, Required: true, Default: "New"}, {Name: "origin", Label: "Source Document", Type: Char}, {Name: "company_id", Type: Many2One, Relation: "res.company", Required: true, Default: 1},
		{Name: "product_id", Type: Many2One, Relation: "product.product", Required: true}, {Name: "product_uom_id", Label: "Unit", Type: Many2One, Relation: "uom.uom", Required: true},
		{Name: "scrap_qty", Label: "Quantity", Type: Float, Digits: 2, Required: true}, {Name: "state", Label: "Status", Type: Selection, ReadOnly: true, Default: "draft", Selection: [][2]string{{"draft", "Draft"}, {"done", "Done"}}},
		{Name: "location_id", Label: "Source Location", Type: Many2One, Relation: "stock.location", Required: true}, {Name: "scrap_location_id", Label: "Scrap Location", Type: Many2One, Relation: "stock.location", Required: true},
		{Name: "lot_id", Label: "Lot/Serial", Type: Many2One, Relation: "stock.production.lot", Until: 15}, {Name: "lot_id", Label: "Lot/Serial", Type: Many2One, Relation: "stock.lot", Since: 16},
		{Name: "picking_id", Type: Many2One, Relation: "stock.picking"}, {Name: "date_done", Label: "Date", Type: Datetime, ReadOnly: true},
	}
}

func lotFields() []Field {
	return []Field{
		{Name: "name", Label: "Lot/Serial Number", Type: Char, Required: true, Indexed: true}, {Name: "ref", Label: "Internal Reference", Type: Char}, {Name: "product_id", Type: Many2One, Relation: "product.product", Required: true, Indexed: true},
		{Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1}, {Name: "quant_ids", Label: "Quants", Type: One2Many, Relation: "stock.quant", Inverse: "lot_id"},
	}
}

func wizardModel(name, title string, until int) Model {
	w := wizards[name]
	return Model{Name: name, Description: title, Until: until, Fields: []Field{
		{Name: "pick_ids", Label: "Pick", Type: Many2Many, Relation: "stock.picking"}, {Name: "show_transfers", Type: Boolean},
		{Name: w.lines, Label: title + " Lines", Type: One2Many, Relation: name + ".line", Inverse: w.back},
	}}
}

func wizardLine(name, title string, until int) Model {
	w := wizards[name]
	return Model{Name: name + ".line", Description: title, Until: until, Fields: []Field{
		{Name: w.back, Label: "Immediate Transfer", Type: Many2One, Relation: name, Indexed: true}, {Name: "picking_id", Label: "Transfer", Type: Many2One, Relation: "stock.picking"},
		{Name: w.flag, Type: Boolean},
	}}
}
