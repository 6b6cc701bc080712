package payments

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/exact"
)

// ledger is what was done about the refunds of one order. It is kept with the claim on the order, so that only the holder of the
// newest claim can write it, and it is written before the provider is asked: the second guard of money beside the provider's key.
type ledger struct {
	Refunds map[string]*entry `json:"refunds"`
}

// entry is one refund, by the plan's reference.
type entry struct {
	Payment  string                 `json:"payment"`
	Currency canonical.Currency     `json:"currency"`
	Amount   decimal.Decimal        `json:"amount"`
	Status   canonical.RefundStatus `json:"status"`
	Attempts []attempt              `json:"attempts,omitempty"`
	// Review says why a person must decide.
	Review ReviewReason `json:"review,omitempty"`
}

// attempt is one request to the provider, with a key of its own.
type attempt struct {
	// RefundID is the provider's, once known.
	RefundID string                 `json:"refund_id,omitempty"`
	Status   canonical.RefundStatus `json:"status"`
	Failure  string                 `json:"failure,omitempty"`
	At       time.Time              `json:"at,omitzero"`
}

func readLedger(order canonical.Key, data []byte) (ledger, error) {
	l := ledger{Refunds: map[string]*entry{}}
	if len(data) == 0 {
		return l, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	// What a later version wrote into it must not be lost by writing it back.
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil || l.Refunds == nil {
		return ledger{}, &LedgerError{Order: order, Problem: "the store holds what this version cannot read: use the version that wrote it"}
	}
	return l, nil
}

func (l ledger) write(order canonical.Key) ([]byte, error) {
	data, err := json.Marshal(l)
	if err != nil {
		return nil, &LedgerError{Order: order, Problem: "they cannot be written"}
	}
	if len(data) > idempotency.MaxResult {
		return nil, &LedgerError{Order: order, Problem: "there are more than the store can hold: let a person refund the rest"}
	}
	return data, nil
}

// find returns the entry of the plan, a new one if there is none.
func (l ledger) find(plan RefundPlan) (*entry, error) {
	e := l.Refunds[plan.Reference]
	if e == nil {
		e = &entry{Payment: plan.Payment, Currency: plan.Currency, Amount: plan.Amount}
		l.Refunds[plan.Reference] = e
		return e, nil
	}
	changed := ""
	switch {
	case e.Payment != plan.Payment:
		changed = "payment"
	case e.Currency != plan.Currency:
		changed = "currency"
	case !e.Amount.Equal(plan.Amount):
		changed = "amount"
	}
	if changed != "" {
		return nil, &PlanChangedError{Reference: plan.Reference, Order: plan.Order, Field: changed}
	}
	return e, nil
}

// counted sums what counts against the payment besides the plan itself.
func (l ledger) counted(plan RefundPlan) (decimal.Decimal, error) {
	var sum decimal.Decimal
	var calc exact.Calc
	for reference, e := range l.Refunds {
		if reference != plan.Reference && e.Payment == plan.Payment && e.Currency == plan.Currency && e.counts() {
			sum = calc.Add(sum, e.Amount)
		}
	}
	return sum, calc.Err()
}

// counts tells whether the refund counts against what was captured. One that a person looks at because the provider said that no
// money moved, or that it came back, does not: the buyer may be given it another way meanwhile.
func (e *entry) counts() bool {
	if e.Status == canonical.RefundReview && (e.Review == ReviewFailed || e.Review == ReviewReversed) {
		return false
	}
	return Counts(e.Status)
}

// last is the newest attempt. There is one in every status from submitted on.
func (e *entry) last() *attempt {
	if len(e.Attempts) == 0 {
		e.Attempts = append(e.Attempts, attempt{})
	}
	return &e.Attempts[len(e.Attempts)-1]
}
