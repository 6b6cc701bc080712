package canonical

import (
	"encoding/json"
	"time"

	"github.com/govalues/decimal"
)

// Settlement is a provider's statement of what it paid out and why: one payout report of a payment provider or a marketplace.
// In each currency its entries sum to what was paid out, to the minor unit: [Settlement.Validate] says whether they do.
type Settlement struct {
	// Key is the provider's: its account and its immutable id of the settlement.
	Key Key `json:"key"`
	// Number is what people see, where that is not the id.
	Number string `json:"number,omitempty"`
	// From and To are the period, UTC; zero where the provider does not say.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Payouts are what went to the bank, at least one: a settlement that pays nothing says zero.
	Payouts []Payout          `json:"payouts"`
	Entries []SettlementEntry `json:"entries"`
	// Ext keeps what the provider said and this model has no field for, by the provider's own name.
	Ext map[string]json.RawMessage `json:"ext,omitempty"`
}

// Payout is one transfer between the provider and the merchant's bank.
type Payout struct {
	// ID is the provider's id of the transfer, where it differs from the settlement's.
	ID       string   `json:"id,omitempty"`
	Currency Currency `json:"currency"`
	// Amount is what the merchant gets, in major units; negative: what the provider collects from him.
	Amount decimal.Decimal `json:"amount"`
	// At is when it reaches the bank, as far as the provider knows, UTC.
	At time.Time `json:"at,omitzero"`
	// Reference is what the bank statement shows.
	Reference string `json:"reference,omitempty"`
}

// SettlementEntry is one movement on the merchant's balance with the provider.
type SettlementEntry struct {
	// ID is unique within the settlement and the same at every import of it.
	ID   string    `json:"id"`
	Kind EntryKind `json:"kind"`
	// RawKind is the provider's own word ("ItemFees/Commission").
	RawKind string `json:"raw_kind,omitempty"`
	// Amount is signed: positive is in the merchant's favour. It is whole minor units of Currency.
	Currency Currency        `json:"currency"`
	Amount   decimal.Decimal `json:"amount"`
	// Tax is the tax contained in Amount, with its sign, where the provider says (the VAT of its fee).
	Tax decimal.Decimal `json:"tax,omitzero"`
	// BuyerAmount is what the buyer paid or got in BuyerCurrency, where that is another currency.
	BuyerCurrency Currency        `json:"buyer_currency,omitempty"`
	BuyerAmount   decimal.Decimal `json:"buyer_amount,omitzero"`

	// Order is the channel's order, OrderNumber what people call it; either, both or none may be known.
	Order       Key    `json:"order,omitzero"`
	OrderNumber string `json:"order_number,omitempty"`
	// LineID is the channel's line of the order.
	LineID string          `json:"line_id,omitempty"`
	SKU    string          `json:"sku,omitempty"`
	Qty    decimal.Decimal `json:"qty,omitzero"`
	// Payment is the provider's id of the captured payment, Refund that of the refund, Dispute that of the chargeback.
	Payment string `json:"payment,omitempty"`
	Refund  string `json:"refund,omitempty"`
	Dispute string `json:"dispute,omitempty"`
	// Payout is the provider's id of the payout that failed and comes back with the entry, of kind [EntryTransfer].
	Payout string `json:"payout,omitempty"`
	// Reference is our own ([Refund.Reference]), where the provider gives it back.
	Reference string `json:"reference,omitempty"`
	// Exchange is equal for the legs of one currency exchange and no others.
	Exchange string `json:"exchange,omitempty"`
	// At is when it was booked, UTC.
	At time.Time `json:"at,omitzero"`
}

// EntryKind is what a settlement entry is for.
type EntryKind string

// The kinds of settlement entries.
const (
	EntrySale        EntryKind = "sale"         // what buyers paid; discounts of the provider are negative ones
	EntryRefund      EntryKind = "refund"       // what buyers got back
	EntryFee         EntryKind = "fee"          // the provider's charge; positive when it gives one back
	EntryTaxWithheld EntryKind = "tax_withheld" // tax that the provider remits in the merchant's place
	EntryChargeback  EntryKind = "chargeback"   // disputed by the buyer's bank, or won back
	EntryReserve     EntryKind = "reserve"      // kept back, or released
	EntryAdjustment  EntryKind = "adjustment"   // a correction of the provider
	EntryTransfer    EntryKind = "transfer"     // between balances or from the merchant's bank, no sale
	EntryExchange    EntryKind = "exchange"     // one leg of a currency exchange
	EntryOther       EntryKind = "other"        // unknown word, see RawKind
)

func (k EntryKind) known() bool {
	switch k {
	case EntrySale, EntryRefund, EntryFee, EntryTaxWithheld, EntryChargeback, EntryReserve, EntryAdjustment, EntryTransfer,
		EntryExchange, EntryOther:
		return true
	}
	return false
}

// Sums returns what the entries sum to, by currency, without rounding. A sum of more than 19 digits is a [*RangeError].
func (s *Settlement) Sums() (map[Currency]decimal.Decimal, error) {
	sums := make(map[Currency]decimal.Decimal)
	for i := range s.Entries {
		sum, err := addExact(sums[s.Entries[i].Currency], s.Entries[i].Amount)
		if err != nil {
			return nil, err
		}
		sums[s.Entries[i].Currency] = sum
	}
	return sums, nil
}

// PaidOut returns what was paid out, by currency. A sum of more than 19 digits is a [*RangeError].
func (s *Settlement) PaidOut() (map[Currency]decimal.Decimal, error) {
	paid := make(map[Currency]decimal.Decimal)
	for _, payout := range s.Payouts {
		sum, err := addExact(paid[payout.Currency], payout.Amount)
		if err != nil {
			return nil, err
		}
		paid[payout.Currency] = sum
	}
	return paid, nil
}
