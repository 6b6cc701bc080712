package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Amount is one sum of money of an order, in the shop's currency and, where the
// channel sold in another one, in the shopper's.
//
// The currencies are named once, on the [Order]: Shop is in [Order.Currency],
// Presentment in [Order.PresentmentCurrency]. Both are major units. When the order
// has no presentment currency, Presentment is zero everywhere.
//
// One order, its refunds included, is posted in one of the two currencies, never in a
// mixture: [Order.InPresentment] turns the order into its presentment view.
//
// In JSON an amount is a text, "19.99", or {"shop":"19.99","presentment":"17.50"}.
type Amount struct {
	Shop        decimal.Decimal
	Presentment decimal.Decimal
}

// Shop is an amount of an order that is sold in the shop's own currency.
func Shop(amount decimal.Decimal) Amount { return Amount{Shop: amount} }

// Add returns a + b, side by side, without rounding. A result of more than 19 digits is a
// [*RangeError].
func (a Amount) Add(b Amount) (Amount, error) {
	shop, err := addExact(a.Shop, b.Shop)
	if err != nil {
		return Amount{}, err
	}
	presentment, err := addExact(a.Presentment, b.Presentment)
	if err != nil {
		return Amount{}, err
	}
	return Amount{Shop: shop, Presentment: presentment}, nil
}

// Sub returns a − b, side by side, without rounding. A result of more than 19 digits is a
// [*RangeError].
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Neg returns −a.
func (a Amount) Neg() Amount { return Amount{Shop: a.Shop.Neg(), Presentment: a.Presentment.Neg()} }

// IsZero tells whether both sides are zero; "0.00" is.
func (a Amount) IsZero() bool { return a.Shop.IsZero() && a.Presentment.IsZero() }

// Equal tells whether both sides are numerically equal; 1.5 equals 1.50.
func (a Amount) Equal(b Amount) bool {
	return a.Shop.Equal(b.Shop) && a.Presentment.Equal(b.Presentment)
}

// Sum adds amounts without rounding; the sum of none is zero. A result of more than 19 digits
// is a [*RangeError].
func Sum(amounts ...Amount) (Amount, error) {
	var total Amount
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// swap puts the presentment side in the shop's place and the other way round.
func (a Amount) swap() Amount { return Amount{Shop: a.Presentment, Presentment: a.Shop} }

// MarshalJSON writes a text, or both sides when a presentment amount was given. Trailing
// zeros are kept.
func (a Amount) MarshalJSON() ([]byte, error) {
	// Only the zero value is absent: a stated presentment of "0.00" has decimals and is kept.
	if a.Presentment == (decimal.Decimal{}) {
		return a.Shop.MarshalJSON()
	}
	text := append(make([]byte, 0, 80), `{"shop":"`...)
	text, _ = a.Shop.AppendText(text)
	text = append(text, `","presentment":"`...)
	text, _ = a.Presentment.AppendText(text)
	return append(text, `"}`...), nil
}

// UnmarshalJSON reads a text ("19.99"), a JSON number by its digits (never through a float), or
// an object with shop and presentment. null is zero. An amount that 19 digits cannot hold
// exactly is an error, never rounded.
func (a *Amount) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '{' {
		shop, err := decodeDecimal(data)
		if err != nil {
			return err
		}
		*a = Amount{Shop: shop}
		return nil
	}
	var both struct {
		Shop        json.RawMessage `json:"shop"`
		Presentment json.RawMessage `json:"presentment"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&both); err != nil {
		return &AmountError{Problem: "an amount has the fields shop and presentment only"}
	}
	shop, err := decodeDecimal(both.Shop)
	if err != nil {
		return err
	}
	presentment, err := decodeDecimal(both.Presentment)
	if err != nil {
		return err
	}
	*a = Amount{Shop: shop, Presentment: presentment}
	return nil
}

// decodeDecimal reads a JSON text or number.
func decodeDecimal(data []byte) (decimal.Decimal, error) {
	if len(data) == 0 || string(data) == "null" {
		return decimal.Decimal{}, nil
	}
	text := string(data)
	if text[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return decimal.Decimal{}, &AmountError{Problem: "the text is not valid JSON"}
		}
	}
	return ParseDecimal(text)
}

// ParseDecimal reads a decimal number such as "19.99" or "1e-3" exactly: unlike [decimal.Parse]
// it answers an [*AmountError] where 19 digits would not hold every digit of the text.
func ParseDecimal(s string) (decimal.Decimal, error) {
	d, err := decimal.Parse(s)
	if err != nil {
		return decimal.Decimal{}, &AmountError{Problem: "not a decimal number of at most 19 digits, such as \"19.99\""}
	}
	// Short texts without exponent always fit; the common case costs nothing.
	if len(s) > decimal.MaxPrec || strings.ContainsAny(s, "eE") {
		if !exactText(s) {
			return decimal.Decimal{}, &AmountError{Problem: "more than the 19 digits that are kept exactly: round it at its source"}
		}
	}
	return d, nil
}

// exactText tells whether a well-formed number's significant digits and decimals are at most 19.
func exactText(s string) bool {
	mantissa, exponent := strings.TrimLeft(s, "+-"), 0
	if at := strings.IndexAny(mantissa, "eE"); at >= 0 {
		n, err := strconv.Atoi(mantissa[at+1:])
		if err != nil || n < -1000 || n > 1000 {
			return false
		}
		mantissa, exponent = mantissa[:at], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	fraction = strings.TrimRight(fraction, "0")
	digits := strings.TrimLeft(whole+fraction, "0")
	scale := len(fraction) - exponent
	if fraction == "" {
		// Zeros at the end of a whole number only shift it.
		short := strings.TrimRight(digits, "0")
		scale -= len(digits) - len(short)
		digits = short
	}
	return digits == "" || len(digits) <= decimal.MaxPrec && scale <= decimal.MaxScale
}

// AmountError reports a JSON value that is no exact amount. It never holds the value.
type AmountError struct{ Problem string }

// Error says what is wrong with the value.
func (e *AmountError) Error() string { return fmt.Sprintf("canonical: amount: %s", e.Problem) }
