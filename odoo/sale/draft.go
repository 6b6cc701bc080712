package sale

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Draft is a sale order to be inserted. Zero ids leave the field to Odoo's defaults.
type Draft struct {
	ExternalID odoo.ExternalID
	// Reference is client_order_ref: the number that customer and channel know.
	Reference string
	// Origin is the source document; the flow finds orders again by it.
	Origin string
	// Date is date_order, UTC.
	Date time.Time
	// Note is the order's terms and conditions text, shown to the customer.
	Note string

	Customer, InvoiceAddress, DeliveryAddress PartnerRef

	PricelistID, FiscalPositionID, WarehouseID, TeamID int64
	UserID, PaymentTermID, CarrierID, CompanyID        int64
	TagIDs                                             []int64

	Lines []DraftLine
}

// PartnerRef names a partner by External ID or, if that is empty, by database id.
type PartnerRef struct {
	ExternalID odoo.ExternalID
	ID         int64
}

// IsZero reports whether the reference is empty.
func (r PartnerRef) IsZero() bool { return r == PartnerRef{} }

// DraftLine is one line of a [Draft].
type DraftLine struct {
	ExternalID       odoo.ExternalID
	ProductID, UoMID int64
	// Name is the line's description; it must not be empty.
	Name string
	// Label names the line in messages; it holds no personal data.
	Label string
	// Quantity is product_uom_qty; Price is price_unit before Discount, which is in percent.
	Quantity, Price, Discount decimal.Decimal
	// TaxIDs are the line's taxes; none means no tax, whatever the product says.
	TaxIDs []int64
	// Delivery marks the charge of a carrier (is_delivery).
	Delivery bool
	// Stated fixes the line's amounts (extra_tax_data); only where the database has that field.
	Stated *StatedAmounts
	// Net and Tax are what Odoo is expected to compute.
	Net, Tax decimal.Decimal
}

// StatedAmounts are amounts that Odoo 19 takes over instead of computing them.
// Source: account.tax._import_base_line_extra_tax_data; they count only while currency, price, discount
// and quantity of the line stay as they were stated.
type StatedAmounts struct {
	CurrencyID int64
	// Net is the untaxed amount of the line.
	Net decimal.Decimal
	// Taxes are the amounts by tax; every tax of the line must be there.
	Taxes []StatedTax
}

// StatedTax is one tax of [StatedAmounts].
type StatedTax struct {
	TaxID  int64
	Amount decimal.Decimal
}
