package stripe

import (
	"reflect"
	"testing"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	for category, test := range map[api.BalanceTransactionReportingCategory]struct {
		kind api.BalanceTransactionType
		want canonical.EntryKind
	}{
		"charge":                      {"payment", canonical.EntrySale},
		"charge_failure":              {"payment_failure_refund", canonical.EntrySale},
		"partial_capture_reversal":    {"refund", canonical.EntrySale},
		"refund":                      {"payment_refund", canonical.EntryRefund},
		"refund_failure":              {"adjustment", canonical.EntryRefund},
		"dispute":                     {"adjustment", canonical.EntryChargeback},
		"dispute_reversal":            {"adjustment", canonical.EntryChargeback},
		"fee":                         {"application_fee_refund", canonical.EntryFee},
		"network_cost":                {"", canonical.EntryFee},
		"tax":                         {"tax_fee", canonical.EntryFee},
		"payout":                      {"payout", canonical.EntryTransfer},
		"payout_reversal":             {"payout_cancel", canonical.EntryTransfer},
		"topup":                       {"topup", canonical.EntryTransfer},
		"topup_reversal":              {"topup_reversal", canonical.EntryTransfer},
		"transfer":                    {"transfer", canonical.EntryTransfer},
		"transfer_reversal":           {"transfer_refund", canonical.EntryTransfer},
		"connect_collection_transfer": {"connect_collection_transfer", canonical.EntryTransfer},
		"connect_reserved_funds":      {"reserve_transaction", canonical.EntryReserve},
		"risk_reserved_funds":         {"reserved_funds", canonical.EntryReserve},
		"other_adjustment":            {"adjustment", canonical.EntryAdjustment},
		"advance":                     {"advance", canonical.EntryOther},
		"platform_earning":            {"application_fee", canonical.EntryOther},
		"issuing_transaction":         {"issuing_transaction", canonical.EntryOther},
		"":                            {"payment_network_reserve_hold", canonical.EntryReserve},
		"of next year":                {"stripe_fx_fee", canonical.EntryFee},
		"of the year after":           {"of the year after", canonical.EntryOther},
	} {
		if got := kindOf(&api.BalanceTransaction{ReportingCategory: category, Type: test.kind}); got != test.want {
			t.Errorf("%s/%s is %s, want %s", category, test.kind, got, test.want)
		}
	}
	// Where there is no category, or one that is not known, the type counts.
	for kind, want := range map[api.BalanceTransactionType]canonical.EntryKind{
		"charge": canonical.EntrySale, "payment": canonical.EntrySale, "payment_failure_refund": canonical.EntrySale,
		"refund": canonical.EntryRefund, "payment_refund": canonical.EntryRefund, "refund_failure": canonical.EntryRefund,
		"stripe_fee": canonical.EntryFee, "tax_fee": canonical.EntryFee,
		"payout": canonical.EntryTransfer, "payout_failure": canonical.EntryTransfer, "transfer_refund": canonical.EntryTransfer,
		"reserve_hold": canonical.EntryReserve, "payout_minimum_balance_release": canonical.EntryReserve,
		"adjustment": canonical.EntryAdjustment, "contribution": canonical.EntryOther, "": canonical.EntryOther,
	} {
		txn := &api.BalanceTransaction{Type: kind}
		if got := kindOf(txn); got != want || rawKind(txn) != string(kind) {
			t.Errorf("%s is %s %q, want %s", kind, got, rawKind(txn), want)
		}
	}
	withheld := &api.BalanceTransaction{ReportingCategory: "tax", Source: &api.BalanceTransactionSource{Type: api.BalanceTransactionSourceTypeTaxDeductedAtSource}}
	if got := kindOf(withheld); got != canonical.EntryTaxWithheld {
		t.Errorf("tax deducted at source is %s", got)
	}
}

// A float of the official client's would have to be an exchange rate, or it may have got into amounts.
func TestClientCountsInWholeUnits(t *testing.T) {
	t.Parallel()
	for _, object := range []any{api.Refund{}, api.PaymentIntent{}, api.Charge{}, api.Payout{}, api.Dispute{}, api.BalanceTransaction{}, api.BalanceTransactionFeeDetail{}} {
		fields := reflect.TypeOf(object)
		for i := range fields.NumField() {
			field := fields.Field(i)
			if kind := field.Type.Kind(); (kind == reflect.Float32 || kind == reflect.Float64) && field.Name != "ExchangeRate" {
				t.Errorf("%s.%s is a float", fields.Name(), field.Name)
			}
		}
	}
}
