package payments

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
)

// chargeRecord is what was done about one charge. It is kept with the claim on the charge, so that only the holder of the newest claim
// can write it, and it is written before the provider is asked.
type chargeRecord struct {
	Currency canonical.Currency `json:"currency,omitempty"`
	Amount   decimal.Decimal    `json:"amount"`
	Status   ChargeStatus       `json:"status,omitempty"`
	Requests []chargeAttempt    `json:"requests,omitempty"`
	// Paid is the number of the request that was paid, from 1.
	Paid int `json:"paid,omitempty"`
	// Withdrawn: the buyer is not to pay it any more.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Decided is how many requests people decided on, Again how many decisions of plans were followed.
	Decided int `json:"decided,omitempty"`
	Again   int `json:"again,omitempty"`
	// Review says why a person must decide.
	Review ReviewReason `json:"review,omitempty"`
}

// chargeAttempt is one request to the provider, with a key of its own.
type chargeAttempt struct {
	// At, Until and Description are what the provider is asked with, the same at every repeat.
	At          time.Time `json:"at"`
	Until       time.Time `json:"until"`
	Description string    `json:"description,omitempty"`
	// Said is the provider's last word, zero before its first.
	Said Charge `json:"said,omitzero"`
	// Returned: it was paid beside another one, and a person gave it back.
	Returned bool `json:"returned,omitempty"`
}

func readCharge(order canonical.Key, data []byte) (*chargeRecord, error) {
	r := &chargeRecord{}
	if len(data) == 0 {
		return r, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	// What a later version wrote into it must not be lost by writing it back.
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(r); err != nil {
		return nil, &LedgerError{Order: order, Problem: "the store holds what this version cannot read: use the version that wrote it", charge: true}
	}
	return r, nil
}

func (r *chargeRecord) write(order canonical.Key) ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, &LedgerError{Order: order, Problem: "one cannot be written", charge: true}
	}
	if len(data) > idempotency.MaxResult {
		return nil, &LedgerError{Order: order, Problem: "one has more requests than the store can hold: let a person collect it", charge: true}
	}
	return data, nil
}

// same refuses a plan that asks for something else under the same reference.
func (r *chargeRecord) same(plan ChargePlan) error {
	changed := ""
	switch {
	case r.Status == "":
		r.Currency, r.Amount = plan.Currency, plan.Amount
	case r.Currency != plan.Currency:
		changed = "currency"
	case !r.Amount.Equal(plan.Amount):
		changed = "amount"
	}
	if changed != "" {
		return &PlanChangedError{Reference: plan.Reference, Order: plan.Order, Field: changed, charge: true}
	}
	return nil
}

// last is the newest request. There is one in every status from submitted on.
func (r *chargeRecord) last() *chargeAttempt {
	if len(r.Requests) == 0 {
		r.Requests = append(r.Requests, chargeAttempt{})
	}
	return &r.Requests[len(r.Requests)-1]
}

// ended tells whether a person looks at it because it expired or failed.
func (r *chargeRecord) ended() bool {
	return r.Review == ReviewExpired || r.Review == ReviewFailed
}
