package canonical

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Currency is an ISO 4217 code in upper case ("EUR", "JPY", "KWD").
type Currency string

// ParseCurrency returns the currency with the code s. It accepts lower case ("eur") and
// answers a [*CurrencyError] for a code that ISO 4217 does not list with a minor unit.
func ParseCurrency(s string) (Currency, error) {
	if len(s) != 3 {
		return "", &CurrencyError{Currency: Currency(clip(s))}
	}
	code := [3]byte{s[0], s[1], s[2]}
	for i, b := range code {
		if 'a' <= b && b <= 'z' {
			code[i] = b - 'a' + 'A'
		}
	}
	c := Currency(code[:])
	if !c.Valid() {
		return "", &CurrencyError{Currency: c}
	}
	return c, nil
}

// Valid tells whether c is an active ISO 4217 code, or one withdrawn since 2020 that
// older orders still carry.
func (c Currency) Valid() bool {
	_, ok := c.Exponent()
	return ok
}

// Exponent returns how many decimals c has: 2 for EUR, 0 for JPY, 3 for KWD. It is false for an
// unknown code. It is ISO's word; an Odoo database may round a currency more coarsely, which is
// for the mapping to know.
func (c Currency) Exponent() (int, bool) {
	switch c {
	case "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD", "BND",
		"BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY",
		"COP", "COU", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
		"FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
		"INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL",
		"MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR",
		"MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR",
		"RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP",
		"STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD",
		"USN", "UYU", "UZS", "VED", "VES", "WST", "XAD", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG":
		return 2, true
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
		"XAF", "XOF", "XPF":
		return 0, true
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3, true
	case "CLF", "UYW":
		return 4, true
	case "ANG", "BGN", "CUC", "HRK", "SLL", "ZWL": // withdrawn, in orders of former years
		return 2, true
	}
	return 0, false
}

// MinorUnit returns the smallest amount of c in major units: 0.01 for EUR, 1 for JPY. It is
// false for an unknown code.
func (c Currency) MinorUnit() (decimal.Decimal, bool) {
	exp, ok := c.Exponent()
	if !ok {
		return decimal.Decimal{}, false
	}
	unit, err := decimal.New(1, exp)
	return unit, err == nil
}

// Round rounds an amount in major units to whole minor units, halves away from zero, as Odoo's
// float_round does by default (HALF-UP). The result has as many decimals as the currency, as far
// as 19 digits allow. An unknown currency is a [*CurrencyError].
func (c Currency) Round(amount decimal.Decimal) (decimal.Decimal, error) {
	exp, ok := c.Exponent()
	if !ok {
		return decimal.Decimal{}, &CurrencyError{Currency: c}
	}
	return roundHalfUp(amount, exp).Pad(exp), nil
}

// Minor returns an amount in major units as a number of minor units, as payment providers
// count: 19.99 EUR is 1999, 1999 JPY is 1999. An amount with a part of a minor unit is an
// error, never rounded; round it first.
func (c Currency) Minor(amount decimal.Decimal) (int64, error) {
	exp, ok := c.Exponent()
	if !ok {
		return 0, &CurrencyError{Currency: c}
	}
	if amount.MinScale() > exp {
		return 0, &CurrencyError{Currency: c, Problem: "the amount has a part of a minor unit: round it with Currency.Round first"}
	}
	whole, frac, ok := amount.Int64(exp)
	if !ok {
		return 0, &RangeError{Op: "minor units"}
	}
	scale := int64(pow10(exp))
	minor := whole*scale + frac
	if (minor-frac)/scale != whole || (whole > 0 && minor < 0) || (whole < 0 && minor > 0) {
		return 0, &RangeError{Op: "minor units"}
	}
	return minor, nil
}

// FromMinor returns a number of minor units as an amount in major units: 1999 is 19.99 EUR.
func (c Currency) FromMinor(minor int64) (decimal.Decimal, error) {
	exp, ok := c.Exponent()
	if !ok {
		return decimal.Decimal{}, &CurrencyError{Currency: c}
	}
	return decimal.New(minor, exp)
}

// CurrencyError reports a currency that is not known, or an amount that it cannot hold.
type CurrencyError struct {
	Currency Currency
	// Problem is empty when the currency itself is unknown.
	Problem string
}

// Error names the currency and the way out.
func (e *CurrencyError) Error() string {
	if e.Problem == "" {
		return fmt.Sprintf("canonical: unknown currency %q: use an active ISO 4217 code such as EUR", clip(string(e.Currency)))
	}
	return fmt.Sprintf("canonical: currency %s: %s", clip(string(e.Currency)), e.Problem)
}

// clip keeps foreign text in errors short.
func clip(s string) string {
	const most = 32
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
