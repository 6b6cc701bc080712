package stripe

import (
	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
)

// kindOf is what a movement is for: by its reporting category, as Stripe advises, and by its type where the category is none that is
// known here. What neither tells stays [canonical.EntryOther] with Stripe's words.
func kindOf(txn *api.BalanceTransaction) canonical.EntryKind {
	switch txn.ReportingCategory {
	case "charge", "charge_failure", "partial_capture_reversal": // the rest of a partial capture is booked back
		return canonical.EntrySale
	case "refund", "refund_failure":
		return canonical.EntryRefund
	case "dispute", "dispute_reversal":
		return canonical.EntryChargeback
	case "fee", "network_cost":
		return canonical.EntryFee
	case "tax":
		return taxKind(txn)
	case "payout", "payout_reversal", "topup", "topup_reversal", "transfer", "transfer_reversal", "connect_collection_transfer",
		"inbound_transfer", "inbound_transfer_reversal":
		return canonical.EntryTransfer
	case "connect_reserved_funds", "risk_reserved_funds", "payment_network_reserved_funds", "minimum_balance_hold":
		return canonical.EntryReserve
	}
	switch txn.Type {
	case "charge", "payment", "payment_failure_refund", "payment_reversal":
		return canonical.EntrySale
	case "refund", "payment_refund", "refund_failure":
		return canonical.EntryRefund
	case "stripe_fee", "stripe_fx_fee":
		return canonical.EntryFee
	case "tax_fee":
		return taxKind(txn)
	case "payout", "payout_cancel", "payout_failure", "topup", "topup_reversal", "transfer", "transfer_cancel", "transfer_failure",
		"transfer_refund", "connect_collection_transfer", "inbound_transfer", "inbound_transfer_reversal":
		return canonical.EntryTransfer
	case "reserve_transaction", "reserved_funds", "reserve_hold", "reserve_release", "payment_network_reserve_hold",
		"payment_network_reserve_release", "payout_minimum_balance_hold", "payout_minimum_balance_release":
		return canonical.EntryReserve
	case "adjustment":
		return canonical.EntryAdjustment
	}
	return canonical.EntryOther
}

// taxKind tells tax that is withheld from the merchant from tax on Stripe's own fees.
func taxKind(txn *api.BalanceTransaction) canonical.EntryKind {
	if txn.Source != nil && txn.Source.Type == api.BalanceTransactionSourceTypeTaxDeductedAtSource {
		return canonical.EntryTaxWithheld
	}
	return canonical.EntryFee
}

// rawKind is Stripe's own words for a movement.
func rawKind(txn *api.BalanceTransaction) string {
	if txn.ReportingCategory == "" {
		return string(txn.Type)
	}
	return string(txn.ReportingCategory) + "/" + string(txn.Type)
}
