package stripe

import (
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// decimals is how many decimals Stripe counts a currency with, which is not always ISO's word: ISK and UGX have none and are
// counted in hundredths, MGA has two and is counted whole. It is false for what Stripe does not take.
func decimals(currency canonical.Currency) (int, bool) {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0, true
	case "ISK", "UGX":
		return 2, true
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return 3, true
	}
	exponent, known := currency.Exponent()
	return 2, known && exponent == 2
}

// toUnits is an amount in the units of Stripe's requests. It is never rounded: the second result says what is wrong with one that
// Stripe cannot be asked for.
func toUnits(currency canonical.Currency, amount decimal.Decimal) (int64, string) {
	places, known := decimals(currency)
	if !known {
		return 0, "Stripe takes no such currency"
	}
	if !amount.IsPos() {
		return 0, "the amount must be positive"
	}
	if _, err := currency.Minor(amount); err != nil || amount.MinScale() > places {
		return 0, fmt.Sprintf("the amount is no number of units that %s has with Stripe", currency)
	}
	whole, part, ok := amount.Int64(places)
	const most = 1_000_000_000_000 // Stripe takes twelve digits at most
	if !ok || whole >= most {
		return 0, "the amount is larger than Stripe takes"
	}
	scale := int64(1)
	for range places {
		scale *= 10
	}
	units := whole*scale + part
	if places == 3 && units%10 != 0 { // card networks have no thousandths
		return 0, fmt.Sprintf("Stripe takes amounts in %s only with two decimals", currency)
	}
	return units, ""
}

// fromUnits is what Stripe counts, in major units, exactly. Its currencies are in lower case.
func fromUnits(word string, units int64) (canonical.Currency, decimal.Decimal, error) {
	currency, err := canonical.ParseCurrency(strings.ToUpper(word))
	if err != nil {
		return "", decimal.Decimal{}, err
	}
	places, known := decimals(currency)
	if !known {
		return "", decimal.Decimal{}, &canonical.CurrencyError{Currency: currency, Problem: "it is not known how Stripe counts it"}
	}
	amount, err := decimal.New(units, places)
	if err != nil {
		return "", decimal.Decimal{}, err
	}
	if exponent, _ := currency.Exponent(); exponent < places {
		amount = amount.Trim(exponent)
	}
	return currency, amount, nil
}
