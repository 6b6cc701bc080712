package paymentstest

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// ChargeKeyWindow implements [payments.ChargeCreator].
func (d *Double) ChargeKeyWindow() time.Duration { return d.window }

// CreateCharge implements [payments.ChargeCreator]. What is asked for is open until its time is over.
func (d *Double) CreateCharge(ctx context.Context, request payments.ChargeRequest) (payments.Charge, error) {
	const op = "create charge"
	var made payments.Charge
	err := d.call(ctx, op, func() error {
		fingerprint := strings.Join([]string{
			"charge", string(request.Currency), request.Amount.Trim(0).String(), request.Reference, request.Description, request.ExpiresAt.Format(time.RFC3339),
		}, "|")
		used, known, err := d.used(op, request.Key, fingerprint)
		if err != nil || known {
			if known {
				made = *used.charge
			}
			return err
		}
		if _, err := request.Currency.Minor(request.Amount); err != nil || !request.Amount.IsPos() {
			return d.fail(marketplace.CodeInvalid, op, "that is no amount of the currency")
		}
		if request.Reference == "" || !request.ExpiresAt.After(time.Now()) {
			return d.fail(marketplace.CodeInvalid, op, "a reference and a time that is not over are required")
		}
		id := "ask_" + strconv.Itoa(len(d.asked)+1)
		charge := &payments.Charge{
			ID: id, Reference: request.Reference, Order: request.Order, Status: payments.ChargeOpen, RawStatus: "open", Currency: request.Currency,
			Amount: request.Amount, URL: "https://pay.example.com/" + id, ExpiresAt: request.ExpiresAt,
		}
		d.asked = append(d.asked, charge)
		d.use(request.Key, usedKey{request: fingerprint, charge: charge})
		made = *charge
		return nil
	})
	if err != nil {
		return payments.Charge{}, err
	}
	return made, nil
}

// GetCharge implements [payments.ChargeCreator].
func (d *Double) GetCharge(ctx context.Context, id string) (payments.Charge, error) {
	return d.onCharge(ctx, "get charge", id, func(*payments.Charge) {})
}

// FindCharge implements [payments.ChargeFinder].
func (d *Double) FindCharge(ctx context.Context, request payments.ChargeRequest) (payments.Charge, bool, error) {
	var found payments.Charge
	err := d.call(ctx, "find charge", func() error {
		for _, charge := range d.asked {
			if charge.Order == request.Order && charge.Reference == request.Reference {
				d.expire(charge)
				found = *charge
			}
		}
		return nil
	})
	if err != nil {
		return payments.Charge{}, false, err
	}
	return found, found.ID != "", nil
}

// CancelCharge implements [payments.ChargeCanceller].
func (d *Double) CancelCharge(ctx context.Context, id string) (payments.Charge, error) {
	return d.onCharge(ctx, "cancel charge", id, func(charge *payments.Charge) {
		if charge.Status == payments.ChargeOpen {
			charge.Status, charge.RawStatus, charge.URL = payments.ChargeCancelled, "cancelled", ""
		}
	})
}

// PayCharge has the buyer pay a charge, whatever its state: money that is sent late arrives all the same. It returns the payment's id;
// a charge that is paid is not paid again.
func (d *Double) PayCharge(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	charge := d.charge(id)
	switch {
	case charge == nil:
		return ""
	case charge.Status != payments.ChargePaid:
		charge.Status, charge.RawStatus, charge.URL, charge.Failure = payments.ChargePaid, "paid", "", ""
		charge.Payment, charge.PaidAt = d.pay(charge.Currency, charge.Amount), time.Now().UTC().Truncate(time.Second)
	}
	return charge.Payment
}

// TurnCharge gives a charge another status, as a provider does hours later.
func (d *Double) TurnCharge(id string, status payments.ChargeStatus, failure string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if charge := d.charge(id); charge != nil {
		charge.Status, charge.RawStatus, charge.Failure = status, string(status), failure
		if status != payments.ChargeOpen {
			charge.URL = ""
		}
	}
}

// Asked returns the charges, the oldest first.
func (d *Double) Asked() []payments.Charge {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []payments.Charge
	for _, charge := range d.asked {
		d.expire(charge)
		all = append(all, *charge)
	}
	return all
}

// DeliverCharge returns a signed webhook delivery about a charge.
func (d *Double) DeliverCharge(id string) (http.Header, []byte) { return deliver("charge " + id) }

func (d *Double) onCharge(ctx context.Context, op, id string, change func(*payments.Charge)) (payments.Charge, error) {
	var result payments.Charge
	err := d.call(ctx, op, func() error {
		charge := d.charge(id)
		if charge == nil {
			return d.fail(marketplace.CodeNotFound, op, "there is no such charge")
		}
		d.expire(charge)
		change(charge)
		result = *charge
		return nil
	})
	if err != nil {
		return payments.Charge{}, err
	}
	return result, nil
}

func (d *Double) charge(id string) *payments.Charge {
	for _, charge := range d.asked {
		if charge.ID == id {
			return charge
		}
	}
	return nil
}

// expire ends a charge whose time is over.
func (d *Double) expire(charge *payments.Charge) {
	if charge.Status == payments.ChargeOpen && !charge.ExpiresAt.IsZero() && time.Now().After(charge.ExpiresAt) {
		charge.Status, charge.RawStatus, charge.URL = payments.ChargeExpired, "expired", ""
	}
}

// noticeOf reads what a delivery is about.
func (d *Double) noticeOf(body string) []marketplace.Notice {
	for word, kind := range map[string]marketplace.NoticeKind{"refund ": marketplace.NoticeRefund, "charge ": marketplace.NoticeCharge} {
		if id, ok := strings.CutPrefix(body, word); ok {
			return []marketplace.Notice{{EventID: body, Kind: kind, Key: canonical.Key{Channel: d.channel, ID: id}}}
		}
	}
	return nil
}

func deliver(body string) (http.Header, []byte) {
	return http.Header{doubleSignature: {"signed:" + body}}, []byte(body)
}
