package stripe

import (
	"fmt"
	"strings"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// entries are the parts of one movement on the balance: its gross amount, and each fee that was taken off it. They sum to its net
// amount exactly, or there is an error. All amounts are whole units of Stripe's; its exchange rate is never computed with.
func (a *Adapter) entries(op string, txn *api.BalanceTransaction) ([]canonical.SettlementEntry, error) {
	if !isID(txn.ID) {
		return nil, a.unreadable(op, "id", "a movement has none", nil)
	}
	if txn.Amount-txn.Fee != txn.Net {
		return nil, a.unreadable(op, txn.ID+".net", "it is not the amount less the fee: ask Stripe", nil)
	}
	currency, amount, err := fromUnits(string(txn.Currency), txn.Amount)
	if err != nil {
		return nil, a.unreadable(op, txn.ID+".amount", "it cannot be read", err)
	}
	gross := canonical.SettlementEntry{
		ID: txn.ID, Kind: kindOf(txn), RawKind: rawKind(txn), Currency: currency, Amount: amount, At: at(txn.Created),
	}
	if gross.Kind == canonical.EntryFee && (txn.Type == "tax_fee" || txn.ReportingCategory == "tax") {
		gross.Tax = amount
	}
	if failure := a.source(op, txn, &gross); failure != nil {
		return nil, failure
	}
	fees, failure := a.fees(op, txn, gross)
	if failure != nil {
		return nil, failure
	}
	if txn.Amount == 0 && len(fees) > 0 {
		return fees, nil // a fee by itself
	}
	return append([]canonical.SettlementEntry{gross}, fees...), nil
}

// source fills in what the movement is about.
func (a *Adapter) source(op string, txn *api.BalanceTransaction, entry *canonical.SettlementEntry) *marketplace.Error {
	source := txn.Source
	if source == nil {
		return nil
	}
	var word api.Currency
	var units int64
	switch {
	case source.Charge != nil:
		charge := source.Charge
		entry.Payment = a.paymentID(charge.PaymentIntent, charge)
		word, units = charge.Currency, charge.Amount
		if a.settings.orderNumber != "" {
			entry.OrderNumber = charge.Metadata[a.settings.orderNumber]
		}
	case source.Refund != nil:
		refund := source.Refund
		entry.Payment, entry.Refund = a.paymentID(refund.PaymentIntent, refund.Charge), refund.ID
		entry.Reference, entry.Order = refund.Metadata[metaReference], orderOf(refund.Metadata)
		word, units = refund.Currency, refund.Amount
	case source.Dispute != nil:
		dispute := source.Dispute
		entry.Payment, entry.Dispute = a.paymentID(dispute.PaymentIntent, dispute.Charge), dispute.ID
		word, units = dispute.Currency, dispute.Amount
	case txn.Type == api.BalanceTransactionTypePayoutFailure, txn.Type == api.BalanceTransactionTypePayoutCancel:
		entry.Payout = source.ID
	case isCharge(source.ID): // it was not expanded: the key lacks the right to read it
		entry.Payment = source.ID
	case strings.HasPrefix(source.ID, "re_"), strings.HasPrefix(source.ID, "pyr_"):
		entry.Refund = source.ID
	case strings.HasPrefix(source.ID, "du_"), strings.HasPrefix(source.ID, "dp_"):
		entry.Dispute = source.ID
	}
	if word == "" || word == txn.Currency || entry.Kind == canonical.EntryFee {
		return nil
	}
	// The buyer paid in another currency, and Stripe exchanged it.
	if txn.Amount < 0 {
		units = -units
	}
	var err error
	if entry.BuyerCurrency, entry.BuyerAmount, err = fromUnits(string(word), units); err != nil {
		return a.unreadable(op, txn.ID+".source.amount", "it cannot be read", err)
	}
	return nil
}

// fees are what was taken off a movement, one entry for each kind of fee. The tax on Stripe's fee is a part of it.
func (a *Adapter) fees(op string, txn *api.BalanceTransaction, gross canonical.SettlementEntry) ([]canonical.SettlementEntry, *marketplace.Error) {
	details := txn.FeeDetails
	var sum int64
	for _, detail := range details {
		if detail == nil || detail.Currency != txn.Currency {
			details, sum = nil, 0
			break
		}
		sum += detail.Amount
	}
	if sum != txn.Fee { // the details do not say it all: the fee does
		details = nil
	}
	if len(details) == 0 {
		if txn.Fee == 0 {
			return nil, nil
		}
		details = []*api.BalanceTransactionFeeDetail{{Amount: txn.Fee, Type: "fee"}}
	}
	var fees []canonical.SettlementEntry
	taxed := -1 // the entry of Stripe's fee
	var units, tax []int64
	for i, detail := range details {
		if detail.Type == "tax" && taxed >= 0 {
			units[taxed] += detail.Amount
			tax[taxed] += detail.Amount
			continue
		}
		fee := gross
		fee.ID, fee.Kind, fee.RawKind = fmt.Sprintf("%s/fee/%d", txn.ID, i+1), canonical.EntryFee, "fee/"+detail.Type
		fee.BuyerCurrency, fee.BuyerAmount = "", canonical.SettlementEntry{}.BuyerAmount
		fees, units, tax = append(fees, fee), append(units, detail.Amount), append(tax, 0)
		switch last := len(fees) - 1; detail.Type {
		case "tax":
			tax[last] = detail.Amount
		case "stripe_fee":
			taxed = last
		}
	}
	for i := range fees {
		var err error
		if _, fees[i].Amount, err = fromUnits(string(txn.Currency), -units[i]); err == nil {
			_, fees[i].Tax, err = fromUnits(string(txn.Currency), -tax[i])
		}
		if err != nil {
			return nil, a.unreadable(op, txn.ID+".fee", "it cannot be read", err)
		}
	}
	return fees, nil
}
