package mapping

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Directory is what mapping needs to know of one Odoo database: its settings, and the records that
// rules refer to by name. It is read once by the flow and is immutable afterwards, so that mapping stays a
// pure function.
type Directory struct {
	// Series is the major version of Odoo, such as 19.
	Series int
	// StatedAmounts is whether sale.order.line has extra_tax_data (Odoo 19).
	StatedAmounts bool
	// PriceDigits is the number of decimals of sale.order.line.price_unit, −1 if unlimited.
	PriceDigits int
	// DiscountDigits and QuantityDigits are those of discount and product_uom_qty.
	DiscountDigits, QuantityDigits int

	CompanyID       int64
	CompanyCurrency canonical.Currency

	Currencies      map[canonical.Currency]CurrencyRecord
	Taxes           []Tax
	Pricelists      []Pricelist
	Warehouses      []Record
	Teams           []Record
	FiscalPositions []Record
	Carriers        []Carrier
	Users           []Record
	PaymentTerms    []Record
	Tags            []Record
	// Units are all units of measure, archived ones as well; read where the rules name any.
	Units []Unit
	// SharedPartners are the partners that the rules' shared_partner may mean.
	SharedPartners []Record
	// Countries is by ISO 3166-1 alpha-2 code; States by country code and state code ("US", "CA").
	Countries map[string]int64
	States    map[[2]string]int64
}

// Record is an Odoo record by its database id, name and, where the model has one, code.
type Record struct {
	ID         int64
	Name, Code string
}

// CurrencyRecord is an active currency of the database.
type CurrencyRecord struct {
	ID     int64
	Digits int
}

// Pricelist is a pricelist with its currency.
type Pricelist struct {
	Record
	Currency canonical.Currency
}

// Carrier is a delivery method with the product of its charge.
type Carrier struct {
	Record
	ProductID int64
}

// TaxType is how Odoo computes a tax (account.tax.amount_type).
type TaxType string

// The tax types that mapping can predict.
const (
	TaxPercent TaxType = "percent"
	TaxFixed   TaxType = "fixed"
)

// Tax is a sale tax of the database.
type Tax struct {
	Record
	Type TaxType
	// Percent is the rate of a percent tax (25 means 25 %), or the amount per unit of a fixed one.
	Percent decimal.Decimal
	// Included is account.tax.price_include.
	Included bool
	// AffectsBase is account.tax.include_base_amount.
	AffectsBase bool
}

// Product is a product.product that a line can refer to.
type Product struct {
	ID, UoMID    int64
	SKU, Barcode string
	Name         string
	Active       bool
}
