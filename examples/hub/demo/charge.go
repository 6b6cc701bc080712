package demo

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// ChargeKeyWindow implements [payments.ChargeCreator].
func (b *Bank) ChargeKeyWindow() time.Duration { return 365 * 24 * time.Hour }

// CreateCharge implements [payments.ChargeCreator].
func (b *Bank) CreateCharge(_ context.Context, request payments.ChargeRequest) (payments.Charge, error) {
	const op = "create charge"
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := b.asked(request); at >= 0 {
		if known := b.charges[at]; !known.Amount.Equal(request.Amount) || known.Currency != request.Currency {
			return payments.Charge{}, b.fail(marketplace.CodeConflict, op, "the reference was used for another amount")
		}
		return b.now(at), nil
	}
	if request.Reference == "" || !request.Amount.IsPos() || !request.ExpiresAt.After(time.Now()) {
		return payments.Charge{}, b.fail(marketplace.CodeInvalid, op, "a reference, an amount and a time that is not over are required")
	}
	id := "ask_" + rand.Text()[:10]
	b.charges = append(b.charges, payments.Charge{
		ID: id, Reference: request.Reference, Order: request.Order, Status: payments.ChargeOpen, RawStatus: "open", Currency: request.Currency,
		Amount: request.Amount, URL: "https://bank.example.com/pay/" + id, ExpiresAt: request.ExpiresAt,
	})
	return b.now(len(b.charges) - 1), nil
}

// GetCharge implements [payments.ChargeCreator].
func (b *Bank) GetCharge(_ context.Context, id string) (payments.Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.charges, func(c payments.Charge) bool { return c.ID == id })
	if at < 0 {
		return payments.Charge{}, b.fail(marketplace.CodeNotFound, "get charge", "there is no such charge")
	}
	return b.now(at), nil
}

// FindCharge implements [payments.ChargeFinder].
func (b *Bank) FindCharge(_ context.Context, request payments.ChargeRequest) (payments.Charge, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.asked(request)
	if at < 0 {
		return payments.Charge{}, false, nil
	}
	return b.now(at), true, nil
}

// asked is where the charge of a request is; -1 if there is none.
func (b *Bank) asked(request payments.ChargeRequest) int {
	return slices.IndexFunc(b.charges, func(c payments.Charge) bool { return c.Order == request.Order && c.Reference == request.Reference })
}

// now is a charge as it stands: one whose time is over can be paid no more.
func (b *Bank) now(at int) payments.Charge {
	if c := &b.charges[at]; c.Status == payments.ChargeOpen && time.Now().After(c.ExpiresAt) {
		c.Status, c.RawStatus, c.URL = payments.ChargeExpired, "expired", ""
	}
	return b.charges[at]
}

// payFor has the buyer of an order pay what he is asked for. It returns the charge's id, and false while he is asked for nothing.
func (b *Bank) payFor(order canonical.Key) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.charges, func(c payments.Charge) bool { return c.Order == order && c.Status == payments.ChargeOpen })
	if at < 0 {
		return "", false
	}
	c := &b.charges[at]
	c.Status, c.RawStatus, c.URL, c.Payment, c.PaidAt = payments.ChargePaid, "paid", "", "pay_"+c.ID, time.Now().UTC().Truncate(time.Second)
	b.payments[c.Payment] = &payments.Payment{ID: c.Payment, Currency: c.Currency, Authorized: c.Amount, Captured: c.Amount}
	b.book(canonical.SettlementEntry{Kind: canonical.EntrySale, Amount: c.Amount, Payment: c.Payment, Reference: c.Reference, Order: c.Order})
	return c.ID, true
}

// Charged is what buyers paid that they were asked for, in all.
func (b *Bank) Charged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := decimal.Zero
	for _, c := range b.charges {
		if added, err := sum.Add(c.Amount); err == nil && c.Status == payments.ChargePaid {
			sum = added
		}
	}
	return sum.String()
}
