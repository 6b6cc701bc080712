package stock

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Delivery is a transfer (stock.picking) that is done and brought goods to a customer, or took them back: from a
// warehouse, or from a supplier by drop shipping.
type Delivery struct {
	ID int64
	// Name is what people know it by, such as WH/OUT/00042.
	Name string
	// Created and Done are when it was made and when it was validated, UTC, to the second.
	Created, Done time.Time
	// From is the location that the goods left; WarehouseID is the warehouse that holds it, 0 if none does.
	From        odoo.Many2One
	WarehouseID int64
	// Carrier is the delivery method, Tracking the tracking reference as it stands in Odoo, of one parcel or of several,
	// and TrackingURL Odoo's own link to it. All are empty where the app Delivery is not installed.
	Carrier               odoo.Many2One
	Tracking, TrackingURL string
	// Backorder is the delivery that this one is the rest of.
	Backorder odoo.Many2One
	// Moves are what it moved of the orders that were asked for, by id.
	Moves []DeliveryMove
}

// DeliveryMove is what a delivery moved of one line of a sale order.
type DeliveryMove struct {
	ID int64
	// LineID is the line (sale.order.line), OrderID its order.
	LineID, OrderID int64
	Product         odoo.Many2One
	// Quantity is what was moved, above 0, in the unit of measure UnitID.
	Quantity decimal.Decimal
	UnitID   int64
	// Returned says that it came back from the customer; Again that it goes out again after it had come back.
	Returned, Again bool
	// KitLine is the line of the bill of materials that it is a component by (mrp.bom.line), 0 for what is no component.
	KitLine int64
	// Packed is what of it was put into packages, if anything was.
	Packed []Packed
}

// Packed is a quantity in a package.
type Packed struct {
	Package odoo.Many2One
	// Quantity is in the unit of measure UnitID.
	Quantity decimal.Decimal
	UnitID   int64
}
