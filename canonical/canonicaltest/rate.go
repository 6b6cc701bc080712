package canonicaltest

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Rate is a tax rate in thousandths of a percent: 25 % is 25000, 7.125 % is 7125.
type Rate int64

// Percent returns the rate in percent, without zeros at the end.
func (r Rate) Percent() decimal.Decimal {
	d, err := decimal.New(int64(r), 3)
	if err != nil { // cannot be: three decimals always fit an int64
		return decimal.Zero
	}
	return d.Trim(0)
}

// Rates returns the rates that [Orders] uses unless told otherwise: 0, 5.5, 6, 7.125, 8.25, 10, 20, 21
// and 25 percent.
func Rates() []Rate {
	return []Rate{0, 5500, 6000, 7125, 8250, 10000, 20000, 21000, 25000}
}

// TaxCode returns the code of a tax in the orders of this package: "VAT-25", or "MKT-25" when the
// channel collects it.
func TaxCode(r Rate, by canonical.Collector) string {
	if by == canonical.CollectorChannel {
		return "MKT-" + r.Percent().String()
	}
	return "VAT-" + r.Percent().String()
}
