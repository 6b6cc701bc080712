package stripe_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
)

// lines are entries in short: kind, Stripe's words, amount, tax, buyer's amount.
func lines(entries []canonical.SettlementEntry) []string {
	var all []string
	for _, e := range entries {
		line := fmt.Sprintf("%s %s %s %s", e.Kind, e.RawKind, e.Amount, e.Currency)
		if !e.Tax.IsZero() {
			line += " tax " + e.Tax.String()
		}
		if e.BuyerCurrency != "" {
			line += fmt.Sprintf(" buyer %s %s", e.BuyerAmount, e.BuyerCurrency)
		}
		all = append(all, line)
	}
	return all
}

// A payout of everything that there is, to the cent.
func TestSettlement(t *testing.T) {
	t.Parallel()
	s := open(t, stripe.WithOrderNumber("order_id"))
	paid := s.double.Pay("eur", 11900)
	exchanged := s.double.PayExchanged("usd", 10000, "eur", 9173)
	if _, err := s.CreateRefund(t.Context(), refundOf(paid)); err != nil {
		t.Fatal(err)
	}
	dollars := refundOf(exchanged)
	dollars.Key, dollars.Currency, dollars.Amount = "key-2", "USD", decimal.MustParse("20")
	if _, err := s.CreateRefund(t.Context(), dollars); err != nil {
		t.Fatal(err)
	}
	came := refundOf(paid)
	came.Key, came.Reference = "key-3", "return-3"
	back, err := s.CreateRefund(t.Context(), came)
	if err != nil {
		t.Fatal(err)
	}
	s.double.Turn(back.Key.ID, "failed", "expired_or_canceled_card")
	disputed := s.double.Pay("eur", 4500)
	dispute := s.double.Dispute(disputed, 2000)
	s.double.Book("stripe_fee", "fee", "eur", -700, 0)
	s.double.Book("tax_fee", "tax", "eur", -133, 0)
	s.double.Book("adjustment", "other_adjustment", "eur", -50, 0)
	s.double.Book("reserve_transaction", "risk_reserved_funds", "eur", -1000, 0)
	s.double.Book("transfer", "transfer", "eur", -300, 0)
	s.double.Book("moonbeam", "lunar", "eur", 77, 0)
	id := s.double.PayOut("eur")

	got, err := s.GetSettlement(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	want := []string{
		"sale charge/charge 119.00 EUR", "fee fee/stripe_fee -2.43 EUR tax -0.40",
		"sale charge/charge 91.73 EUR buyer 100.00 USD", "fee fee/stripe_fee -1.94 EUR tax -0.32",
		"refund refund/refund -5.00 EUR",
		"refund refund/refund -18.34 EUR buyer -20.00 USD",
		"refund refund/refund -5.00 EUR",
		"refund refund_failure/refund_failure 5.00 EUR",
		"sale charge/charge 45.00 EUR", "fee fee/stripe_fee -1.10 EUR tax -0.18",
		"chargeback dispute/adjustment -45.00 EUR", "fee fee/stripe_fee -20.00 EUR",
		"fee fee/stripe_fee -7.00 EUR",
		"fee tax/tax_fee -1.33 EUR tax -1.33",
		"adjustment other_adjustment/adjustment -0.50 EUR",
		"reserve risk_reserved_funds/reserve_transaction -10.00 EUR",
		"transfer transfer/transfer -3.00 EUR",
		"other lunar/moonbeam 0.77 EUR",
	}
	if diff := cmp.Diff(want, lines(got.Entries)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	payout := got.Payouts[0]
	if got.Key.ID != id || !payout.Amount.Equal(decimal.MustParse("140.86")) || payout.Currency != "EUR" || payout.At.IsZero() || !strings.HasPrefix(payout.Reference, "SHOP ") {
		t.Errorf("the payout is %+v", got.Payouts)
	}
	if rate := got.Ext["exchange_rate"]; string(rate) != fmt.Sprintf(`{%q:0.9173,%q:0.9173}`, got.Entries[2].ID, got.Entries[5].ID) {
		t.Errorf("the exchange rates are %s", rate)
	}
	// Whose money it is.
	sale, refund, chargeback := got.Entries[0], got.Entries[4], got.Entries[10]
	if sale.Payment != paid || sale.OrderNumber != "1001" || sale.At.IsZero() {
		t.Errorf("the sale: %+v", sale)
	}
	if refund.Payment != paid || refund.Refund == "" || refund.Reference != "return-1" || refund.Order != order {
		t.Errorf("the refund: %+v", refund)
	}
	if chargeback.Payment != disputed || chargeback.Dispute != dispute || got.Entries[11].Dispute != dispute {
		t.Errorf("the chargeback: %+v", chargeback)
	}
	again, err := s.GetSettlement(t.Context(), id)
	if diff := cmp.Diff(got, again, cmpopts.EquateComparable(decimal.Decimal{})); diff != "" || err != nil {
		t.Errorf("the second time (-first +again): %v\n%s", err, diff)
	}
	for name, has := range map[string]func(canonical.SettlementEntry) bool{
		"the movement of the payout itself": func(e canonical.SettlementEntry) bool { return e.RawKind == "payout/payout" },
		"an entry without a time":           func(e canonical.SettlementEntry) bool { return e.At.IsZero() },
	} {
		for _, e := range got.Entries {
			if has(e) {
				t.Errorf("it contains %s: %+v", name, e)
			}
		}
	}
}

// A payout that the bank sends back is in the next one.
func TestSettlementOfAReturnedPayout(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.double.Pay("eur", 10000)
	first := s.double.PayOut("eur")
	s.double.ReturnPayout(first)
	s.double.Pay("eur", 2000)
	second := s.double.PayOut("eur")
	before, err := s.GetSettlement(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	after, err := s.GetSettlement(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	if e := after.Entries[0]; e.Kind != canonical.EntryTransfer || e.RawKind != "payout_reversal/payout_failure" || e.Payout != first || !e.Amount.Equal(before.Payouts[0].Amount) {
		t.Errorf("what came back is %+v of %+v", e, before.Payouts)
	}
	page, err := s.ListPayouts(t.Context(), payments.Query{})
	if err != nil || len(page.Payouts) != 2 {
		t.Fatal(page, err)
	}
	if p := page.Payouts[0]; p.ID != first || p.Status != payments.PayoutFailed || p.Failure != "account_closed" || !p.Complete {
		t.Errorf("listed: %+v", p)
	}
	if p := page.Payouts[1]; p.ID != second || p.Status != payments.PayoutPaid || p.Failure != "" {
		t.Errorf("listed: %+v", p)
	}
}

func TestSettlementThatCannotBeHad(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.double.Pay("eur", 10000)
	id := s.double.PayOut("eur")
	s.double.Reopen(id, false)
	if _, err := s.GetSettlement(t.Context(), id); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
		t.Errorf("not closed yet: %v", err)
	}
	s.double.Reopen(id, true)
	if _, err := s.GetSettlement(t.Context(), id); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("made by hand: %v", err)
	}
	if page, err := s.ListPayouts(t.Context(), payments.Query{}); err != nil || page.Payouts[0].Complete {
		t.Errorf("listed: %+v, %v", page, err)
	}
	for _, id := range []string{"", "po_1/x", "po_none"} {
		if _, err := s.GetSettlement(t.Context(), id); marketplace.CodeOf(err) != marketplace.CodeNotFound {
			t.Errorf("payout %q: %v", id, err)
		}
	}
}

// Each planted fault in what Stripe sends is found before any of it is posted.
func TestSettlementWithPlantedFaults(t *testing.T) {
	t.Parallel()
	movement := func(id, fields string) string {
		return `{"id":"` + id + `","object":"balance_transaction","created":1764000000,"currency":"eur","type":"charge","reporting_category":"charge",` + fields + `}`
	}
	whole := movement("txn_1", `"amount":1000,"fee":50,"net":950,"fee_details":[{"amount":50,"currency":"eur","type":"stripe_fee"}]`)
	for name, test := range map[string]struct {
		movements string
		sum       bool
		entries   []string
	}{
		"right":                  {whole, false, []string{"sale charge/charge 10.00 EUR", "fee fee/stripe_fee -0.50 EUR"}},
		"one is missing":         {"", true, nil},
		"one is doubled":         {whole + "," + movement("txn_2", `"amount":1000,"fee":50,"net":950`), true, nil},
		"a cent too much":        {movement("txn_1", `"amount":1001,"fee":50,"net":951`), true, nil},
		"net does not fit":       {movement("txn_1", `"amount":1000,"fee":50,"net":951`), false, nil},
		"another currency":       {strings.Replace(whole, `"currency":"eur","type":"charge"`, `"currency":"usd","type":"charge"`, 1), true, nil},
		"unknown currency":       {strings.ReplaceAll(whole, `"eur"`, `"zzz"`), false, nil},
		"no id":                  {strings.Replace(whole, "txn_1", "", 1), false, nil},
		"an amount in parts":     {strings.Replace(whole, "1000", "1000.5", 1), false, nil},
		"details that say less":  {movement("txn_1", `"amount":1000,"fee":50,"net":950,"fee_details":[{"amount":20,"currency":"eur","type":"stripe_fee"}]`), false, []string{"sale charge/charge 10.00 EUR", "fee fee/fee -0.50 EUR"}},
		"details of another":     {movement("txn_1", `"amount":1000,"fee":50,"net":950,"fee_details":[{"amount":50,"currency":"usd","type":"stripe_fee"}]`), false, []string{"sale charge/charge 10.00 EUR", "fee fee/fee -0.50 EUR"}},
		"no details":             {movement("txn_1", `"amount":1000,"fee":50,"net":950`), false, []string{"sale charge/charge 10.00 EUR", "fee fee/fee -0.50 EUR"}},
		"a platform's fee":       {movement("txn_1", `"amount":1000,"fee":50,"net":950,"fee_details":[{"amount":30,"currency":"eur","type":"application_fee"},{"amount":20,"currency":"eur","type":"tax"}]`), false, []string{"sale charge/charge 10.00 EUR", "fee fee/application_fee -0.30 EUR", "fee fee/tax -0.20 EUR tax -0.20"}},
		"a fee by itself":        {movement("txn_1", `"amount":1000,"fee":0,"net":1000`) + "," + movement("txn_2", `"amount":0,"fee":50,"net":-50`), false, []string{"fee fee/fee -0.50 EUR", "sale charge/charge 10.00 EUR"}},
		"a fee that is returned": {movement("txn_1", `"amount":900,"fee":-50,"net":950,"fee_details":[{"amount":-50,"currency":"eur","type":"stripe_fee"}]`), false, []string{"sale charge/charge 9.00 EUR", "fee fee/stripe_fee 0.50 EUR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"object":"list","has_more":false,"data":[` + test.movements + `]}`
			line := faultline.New(nil)
			line.Set(func(request *http.Request, _ http.RoundTripper) (*http.Response, error) {
				answer := body
				if strings.HasPrefix(request.URL.Path, "/v1/payouts/") {
					answer = `{"id":"po_1","amount":950,"currency":"eur","automatic":true,"status":"paid","reconciliation_status":"completed","created":1764000000}`
				}
				return faultline.Answer(request, http.StatusOK, "application/json", answer, nil), nil
			})
			got, err := stripe.New(stripe.Key("rk_test_1"), stripe.WithTransport(line), stripe.WithBackoff(time.Microsecond)).GetSettlement(t.Context(), "po_1")
			var sum *payments.SumError
			switch {
			case test.entries != nil:
				if diff := cmp.Diff(test.entries, lines(got.Entries)); diff != "" || err != nil || got.Validate() != nil {
					t.Errorf("%v, %v (-want +got):\n%s", err, got.Validate(), diff)
				}
			case marketplace.CodeOf(err) != marketplace.CodeInvalid || errors.As(err, &sum) != test.sum:
				t.Errorf("got %v", err)
			}
		})
	}
}

// A payout of many pages, in the order in which it was booked, at few calls.
func TestSettlementOfManyPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	var ids []string
	for i := range 2500 {
		ids = append(ids, s.double.Book("charge", "charge", "eur", int64(1000+i), 0))
	}
	id := s.double.PayOut("eur")
	got, err := s.GetSettlement(t.Context(), id)
	if err != nil || got.Validate() != nil || len(got.Entries) != len(ids) {
		t.Fatalf("%d entries, %v, %v", len(got.Entries), err, got.Validate())
	}
	for i, e := range got.Entries {
		if e.ID != ids[i] {
			t.Fatalf("entry %d is %s, want %s", i, e.ID, ids[i])
		}
	}
	if calls := len(s.double.Requests()); calls != 27 { // the payout, and 2,501 movements with its own
		t.Errorf("%d calls", calls)
	}
}

// A key that may not read what a movement is about still gets the id.
func TestBalanceWithoutSources(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]canonical.SettlementEntry{
		`"ch_1"`:  {Payment: "ch_1"},
		`"py_1"`:  {Payment: "py_1"},
		`"re_1"`:  {Refund: "re_1"},
		`"pyr_1"`: {Refund: "pyr_1"},
		`"du_1"`:  {Dispute: "du_1"},
		`"po_1"`:  {},
		`null`:    {},
	} {
		body := `{"object":"list","has_more":false,"data":[{"id":"txn_1","created":1764000000,"currency":"eur","type":"adjustment","amount":-5,"fee":0,"net":-5,"source":` + source + `}]}`
		line := faultline.New(nil)
		line.Set(faultline.Reply(http.StatusOK, "application/json", body, nil))
		page, err := stripe.New(stripe.Key("rk_test_1"), stripe.WithTransport(line)).ListBalance(t.Context(), payments.Query{})
		want.ID, want.Kind, want.RawKind, want.Currency, want.Amount, want.At = "txn_1", canonical.EntryAdjustment, "adjustment", "EUR", decimal.MustParse("-0.05"), time.Unix(1764000000, 0).UTC()
		if diff := cmp.Diff([]canonical.SettlementEntry{want}, page.Entries, cmpopts.EquateComparable(decimal.Decimal{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", source, err, diff)
		}
	}
}
