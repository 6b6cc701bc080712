package medusa

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// money decodes payments and refunds. Refunds are summed one by one: Medusa's own sum of them is wrong
// after two at once.
func (d decoder) money(r *wire.Reader, result *canonical.Order, source order) {
	r.Form("payment_collections", source.Collections.Odd)
	scale := tally.Scale(result.Currency)
	paid := decimal.Zero
	for i, collection := range source.Collections.Items {
		path := fmt.Sprintf("payment_collections[%d]", i)
		// A payment does not change the order's own time of update.
		result.Revision.UpdatedAt = latest(result.Revision.UpdatedAt, r.Time(path+".updated_at", collection.Updated))
		for j, payment := range collection.Payments.Items {
			at := fmt.Sprintf("%s.payments[%d]", path, j)
			paid = r.Add(at, paid, movements(r, at, result, payment, scale))
		}
	}
	for i, credit := range source.CreditLines.Items {
		path := fmt.Sprintf("credit_lines[%d]", i)
		amount := tally.Round(r.Amount(path+".amount", exact(credit.RawAmount, credit.Amount)), scale)
		// A credit of the first version paid for the order (store credit, gift card). Later ones are
		// Medusa's bookkeeping of refunds and cancellations, which the payments tell.
		if credit.Version.String() != "1" || !amount.IsPos() {
			continue
		}
		result.Payments = append(result.Payments, canonical.Payment{
			ID: credit.ID.String(), Gateway: credit.Reference.String(),
			Kind: canonical.PaymentStoreCredit, Status: canonical.PaymentSucceeded,
			Amount: canonical.Shop(amount), At: r.Time(path+".created_at", credit.Created),
		})
		paid = r.Add(path, paid, amount)
	}
	result.Totals.Paid = canonical.Shop(tally.Round(paid, scale))
}

// movements decodes one payment and returns what was captured.
func movements(r *wire.Reader, path string, result *canonical.Order, source payment, scale int) decimal.Decimal {
	id, gateway := source.ID.String(), source.Provider.String()
	status := canonical.PaymentSucceeded
	if !source.Canceled.IsEmpty() {
		status = canonical.PaymentCancelled
	}
	result.Payments = append(result.Payments, canonical.Payment{
		ID: id, Gateway: gateway, Kind: canonical.PaymentAuthorization, Status: status,
		Amount: canonical.Shop(tally.Round(r.Amount(path+".amount", exact(source.RawAmount, source.Amount)), scale)),
		At:     r.Time(path+".created_at", source.Created),
	})
	captured := decimal.Zero
	for i, capture := range source.Captures.Items {
		at := fmt.Sprintf("%s.captures[%d]", path, i)
		amount := r.Amount(at+".amount", exact(capture.RawAmount, capture.Amount))
		captured = r.Add(at, captured, amount)
		result.Payments = append(result.Payments, canonical.Payment{
			ID: capture.ID.String(), Gateway: gateway, ParentID: id,
			Kind: canonical.PaymentCapture, Status: canonical.PaymentSucceeded,
			Amount: canonical.Shop(tally.Round(amount, scale)), At: r.Time(at+".created_at", capture.Created),
		})
	}
	for i, refund := range source.Refunds.Items {
		at := fmt.Sprintf("%s.refunds[%d]", path, i)
		amount := canonical.Shop(tally.Round(r.Amount(at+".amount", exact(refund.RawAmount, refund.Amount)), scale))
		when := r.Time(at+".created_at", refund.Created)
		result.Payments = append(result.Payments, canonical.Payment{
			ID: refund.ID.String(), Gateway: gateway, ParentID: id,
			Kind: canonical.PaymentRefund, Status: canonical.PaymentSucceeded, Amount: amount, At: when,
		})
		result.Adjustments = append(result.Adjustments, canonical.Adjustment{
			ID: refund.ID.String(), Kind: canonical.AdjustmentRefund, Reason: refund.Note.String(), Amount: amount, At: when,
		})
		result.Revision.UpdatedAt = latest(result.Revision.UpdatedAt, when)
	}
	return captured
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
