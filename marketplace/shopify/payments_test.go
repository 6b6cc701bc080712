package shopify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

var exactly = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

func dec(text string) decimal.Decimal { return decimal.MustParse(text) }

// provider is the adapter of a shop as a provider of payments.
func provider(server *shopifytest.Server, transport http.RoundTripper) *shopify.Adapter {
	return shopify.New(server.URL, shopify.AccessToken(server.Token), shopify.WithTransport(transport), shopify.WithWebhookSecret(server.ClientSecret),
		shopify.WithShopDomain(server.Domain), shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000))
}

func TestPaymentsConformance(t *testing.T) {
	t.Parallel()
	sample := shopifytest.NewServer()
	sample.Close()
	paymentstest.Run(t, paymentstest.Harness{
		WithoutCents: "JPY", Secrets: []string{sample.Token, sample.ClientSecret},
		Open: func(t *testing.T) paymentstest.Account {
			server := shopifytest.NewServer()
			t.Cleanup(server.Close)
			line := faultline.New(http.DefaultTransport)
			var last atomic.Int64
			return paymentstest.Account{
				Provider: provider(server, line),
				Pay: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
					return server.Pay(7000+int(last.Add(1)), string(currency), string(currency), amount.String(), "1")
				},
				Authorize: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
					return server.Authorize(7000+int(last.Add(1)), string(currency), amount.String())
				},
				Moved: func(t *testing.T, payment string) decimal.Decimal {
					sum := decimal.Zero
					for _, amount := range server.Refunds(payment[:len(payment)-1]) {
						next, err := sum.Add(dec(amount))
						if err != nil {
							t.Fatal(err)
						}
						sum = next
					}
					return sum
				},
				LoseReply:       func(*testing.T) { line.LoseNext() },
				RefuseNext:      func(*testing.T) { line.RefuseNext() },
				Fail:            func(_ *testing.T, refund string) { server.FailRefund(refund) },
				PayOut:          func(*testing.T) string { return server.PayOut("EUR") },
				Deliver:         func(_ *testing.T, refund string) (http.Header, []byte) { return server.RefundDelivery(refund) },
				Ping:            func(*testing.T) (http.Header, []byte) { return server.Delivery("customers/create", "1") },
				SignatureHeader: "X-Shopify-Hmac-Sha256",
			}
		},
	})
}

// refundPlan is a refund of an order that was paid in another currency than the shop's: 100 SEK for 8.70 EUR.
func refundPlan(t *testing.T) (*shopifytest.Server, payments.RefundPlan) {
	t.Helper()
	server := shopifytest.NewServer()
	t.Cleanup(server.Close)
	payment := server.Pay(7001, "EUR", "SEK", "100.00", "0.087")
	return server, payments.RefundPlan{
		Reference: "return-1", Order: canonical.Key{Channel: canonical.Channel{Name: shopify.Name, Account: "main"}, ID: "7001"}, Payment: payment,
		Currency: "SEK", Captured: dec("100"), Amount: dec("10.01"), Reason: "Returned", Approved: true,
	}
}

// The buyer gets his own currency back, once, whatever becomes of replies and stores; a refund that fails later is asked for again
// under a reference of its own.
func TestRefunder(t *testing.T) {
	t.Parallel()
	server, plan := refundPlan(t)
	line := faultline.New(http.DefaultTransport)
	line.LoseNext()
	store := idempotency.NewMemory()
	rules := payments.WithRules(payments.RefundRules{Attempts: 2, Retry: []string{"EXPIRED_CARD"}})
	if progress, err := payments.NewRefunder(provider(server, line), store, rules).Refund(t.Context(), plan); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Fatalf("%+v, %v", progress, err)
	}
	var progress payments.RefundProgress
	for _, store := range []idempotency.Store{idempotency.NewMemory(), store, store} {
		var err error
		progress, err = payments.NewRefunder(provider(server, nil), store, rules).Refund(t.Context(), plan)
		if err != nil || progress.Status != canonical.RefundSucceeded || progress.Attempt != 1 {
			t.Fatalf("%+v, %v", progress, err)
		}
	}
	if made := server.Refunds("7001"); !slices.Equal(made, []string{"10.01"}) {
		t.Errorf("the shop has made %v", made)
	}
	server.FailRefund(progress.RefundID)
	for range 2 {
		again, err := payments.NewRefunder(provider(server, nil), store, rules).Refund(t.Context(), plan)
		if err != nil || again.Status != canonical.RefundSucceeded || again.Attempt != 2 || again.RefundID == progress.RefundID {
			t.Fatalf("%+v, %v", again, err)
		}
	}
	if made := server.Refunds("7001"); !slices.Equal(made, []string{"10.01"}) {
		t.Errorf("the shop has made %v that did not fail", made)
	}
	payment, err := provider(server, nil).GetPayment(t.Context(), plan.Payment)
	want := payments.Payment{ID: plan.Payment, Currency: "SEK", Authorized: dec("100"), Captured: dec("100"), Refunded: dec("10.01"), RawStatus: "SUCCESS"}
	if diff := cmp.Diff(want, payment, exactly); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestRefundsThatAreRefused(t *testing.T) {
	t.Parallel()
	server, plan := refundPlan(t)
	adapter := provider(server, nil)
	right := payments.RefundRequest{Reference: "a", Key: "key-a", Payment: plan.Payment, Order: plan.Order, Currency: "SEK", Amount: dec("10"), Lines: []canonical.RefundLine{
		{LineID: "70011", Qty: decimal.One, Net: canonical.Shop(dec("8")), Tax: canonical.Shop(dec("2"))},
	}}
	for name, test := range map[string]struct {
		change func(*payments.RefundRequest)
		want   marketplace.Code
	}{
		"no reference":              {func(r *payments.RefundRequest) { r.Reference = " " }, marketplace.CodeInvalid},
		"no key":                    {func(r *payments.RefundRequest) { r.Key = "" }, marketplace.CodeInvalid},
		"the shop's currency":       {func(r *payments.RefundRequest) { r.Currency = "EUR" }, marketplace.CodeInvalid},
		"a line of nothing":         {func(r *payments.RefundRequest) { r.Lines[0].LineID = "x" }, marketplace.CodeInvalid},
		"another order's line":      {func(r *payments.RefundRequest) { r.Lines[0].LineID = "99" }, marketplace.CodeInvalid},
		"parts of units":            {func(r *payments.RefundRequest) { r.Lines[0].Qty = dec("0.5") }, marketplace.CodeInvalid},
		"negative units":            {func(r *payments.RefundRequest) { r.Lines[0].Qty = dec("-1") }, marketplace.CodeInvalid},
		"a payment of another shop": {func(r *payments.RefundRequest) { r.Payment = "pay_1" }, marketplace.CodeNotFound},
	} {
		wrong := right
		wrong.Key, wrong.Lines = name, slices.Clone(right.Lines)
		test.change(&wrong)
		if _, err := adapter.CreateRefund(t.Context(), wrong); marketplace.CodeOf(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	made, err := adapter.CreateRefund(t.Context(), right)
	if err != nil {
		t.Fatal(err)
	}
	// A key that another reference was made with.
	other := right
	other.Reference, other.Amount = "b", dec("11")
	if _, err := adapter.CreateRefund(t.Context(), other); marketplace.CodeOf(err) != marketplace.CodeConflict {
		t.Errorf("a key of another refund: %v", err)
	}
	// A refund is no payment.
	back := right
	back.Reference, back.Key, back.Payment = "c", "key-c", made.Key.ID
	if _, err := adapter.CreateRefund(t.Context(), back); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("a refund of a refund: %v", err)
	}
	if _, err := adapter.GetPayment(t.Context(), made.Key.ID); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Errorf("a refund as a payment: %v", err)
	}
	if _, err := adapter.GetRefund(t.Context(), plan.Payment); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Errorf("a payment as a refund: %v", err)
	}
	if made := server.Refunds("7001"); !slices.Equal(made, []string{"10"}) {
		t.Errorf("the shop has made %v", made)
	}
}

// Every kind of movement, fees apart: they sum to the payout, and what is not real money is not taken for it.
func TestSettlement(t *testing.T) {
	t.Parallel()
	server, plan := refundPlan(t)
	adapter := provider(server, nil)
	refund, err := adapter.CreateRefund(t.Context(), payments.RefundRequest{Reference: "a", Key: "a", Payment: plan.Payment, Currency: "SEK", Amount: dec("10")})
	if err != nil {
		t.Fatal(err)
	}
	server.Book("DISPUTE_WITHDRAWAL", "-4.35", "15", "EUR", false)
	server.Book("RESERVED_FUNDS", "-1.00", "0", "EUR", false)
	server.Book("ADJUSTMENT", "0.30", "0", "EUR", false)
	server.Book("STRIPE_FEE", "0.00", "1.11", "EUR", false)
	server.Book("CHARGE", "5.00", "0.20", "EUR", true)
	server.Book("SOMETHING_NEW", "30.00", "0", "EUR", false)
	server.Book("TRANSFER_FAILURE", "12.00", "0", "EUR", false)
	id := server.PayOut("EUR")
	got, err := adapter.GetSettlement(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	order := canonical.Key{Channel: plan.Order.Channel, ID: "7001"}
	entry := func(kind canonical.EntryKind, raw, amount string) canonical.SettlementEntry {
		return canonical.SettlementEntry{Kind: kind, RawKind: raw, Currency: "EUR", Amount: dec(amount)}
	}
	sale, fee, back := entry(canonical.EntrySale, "CHARGE", "8.7"), entry(canonical.EntryFee, "CHARGE/fee", "-0.5"), entry(canonical.EntryRefund, "REFUND", "-0.87")
	for _, one := range []*canonical.SettlementEntry{&sale, &fee, &back} {
		one.Order, one.OrderNumber, one.Payment = order, "#7001", plan.Payment
	}
	sale.BuyerCurrency, sale.BuyerAmount = "SEK", dec("100")
	back.BuyerCurrency, back.BuyerAmount, back.Refund = "SEK", dec("-10"), refund.Key.ID
	dispute, disputeFee := entry(canonical.EntryChargeback, "DISPUTE_WITHDRAWAL", "-4.35"), entry(canonical.EntryFee, "DISPUTE_WITHDRAWAL/fee", "-15")
	dispute.Dispute, disputeFee.Dispute = "7001", "7001"
	returned := entry(canonical.EntryTransfer, "TRANSFER_FAILURE", "12")
	returned.Payout = "501"
	want := []canonical.SettlementEntry{
		sale, fee, back, dispute, disputeFee, entry(canonical.EntryReserve, "RESERVED_FUNDS", "-1"), entry(canonical.EntryAdjustment, "ADJUSTMENT", "0.3"),
		entry(canonical.EntryFee, "STRIPE_FEE/fee", "-1.11"), entry(canonical.EntryOther, "SOMETHING_NEW", "30"), returned,
	}
	if diff := cmp.Diff(want, got.Entries, exactly, cmpopts.IgnoreFields(canonical.SettlementEntry{}, "ID", "At")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p := got.Payouts[0]; p.ID != id || !p.Amount.Equal(dec("28.17")) || p.Reference != "TRACE-"+id || p.At.IsZero() {
		t.Errorf("the payout is %+v", p)
	}
	page, err := adapter.ListBalance(t.Context(), payments.Query{})
	if err != nil {
		t.Fatal(err)
	}
	test := []string{}
	for _, entry := range page.Entries {
		if entry.Kind == canonical.EntryOther {
			test = append(test, entry.RawKind)
		}
	}
	if !slices.Equal(test, []string{"TEST/CHARGE", "TEST/CHARGE/fee", "SOMETHING_NEW"}) {
		t.Errorf("the test's movements are %v", test)
	}
}

// A payout without its movements for good has no settlement, and its status is told.
func TestPayoutStatus(t *testing.T) {
	t.Parallel()
	server, _ := refundPlan(t)
	adapter := provider(server, nil)
	id := server.PayOut("EUR")
	for word, want := range map[string]struct {
		status   payments.PayoutStatus
		complete bool
		failure  string
	}{
		"SCHEDULED": {payments.PayoutPending, false, ""}, "IN_TRANSIT": {payments.PayoutPending, true, ""}, "PAID": {payments.PayoutPaid, true, ""},
		"FAILED": {payments.PayoutFailed, false, "FAILED"}, "CANCELED": {payments.PayoutFailed, false, "CANCELED"},
	} {
		server.SetPayout(id, word)
		page, err := adapter.ListPayouts(t.Context(), payments.Query{})
		if err != nil || len(page.Payouts) != 1 {
			t.Fatalf("%s: %+v, %v", word, page, err)
		}
		if got := page.Payouts[0]; got.Status != want.status || got.Complete != want.complete || got.Failure != want.failure {
			t.Errorf("%s: %+v", word, got)
		}
		_, err = adapter.GetSettlement(t.Context(), id)
		if complete := err == nil; complete != want.complete || !complete && marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			t.Errorf("%s: the settlement: %v", word, err)
		}
	}
	server.CloseAccount()
	if _, err := adapter.ListPayouts(t.Context(), payments.Query{}); marketplace.CodeOf(err) != marketplace.CodePermission {
		t.Errorf("a shop without Shopify Payments: %v", err)
	}
}

// A long settlement is read whole, in the same sequence each time, and a list goes on where cursors were forgotten.
func TestLongBalance(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	t.Cleanup(server.Close)
	adapter := provider(server, nil)
	for i := range 130 {
		server.Pay(7001+i, "EUR", "EUR", "10.00", "1")
		server.Book("RESERVED_FUNDS", "-1.00", "0", "EUR", false)
	}
	id := server.PayOut("EUR")
	settlement, err := adapter.GetSettlement(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := settlement.Validate(); err != nil || len(settlement.Entries) != 3*130 {
		t.Errorf("%d entries, %v", len(settlement.Entries), err)
	}
	seen := map[string]bool{}
	for query, pages := (payments.Query{Limit: 7}), 0; ; pages++ {
		page, err := adapter.ListBalance(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range page.Entries {
			seen[entry.ID] = true
		}
		if pages == 20 {
			server.ForgetCursors()
		}
		if query.Cursor = page.Cursor; !page.More {
			break
		}
	}
	if len(seen) != 3*130+1 { // and the payout itself
		t.Errorf("%d entries", len(seen))
	}
}

// What is not understood is an error with the field, and never a wrong number.
func TestOddMovements(t *testing.T) {
	t.Parallel()
	channel := canonical.Channel{Name: shopify.Name, Account: "main"}
	movement := func(field, value string) json.RawMessage {
		fields := map[string]json.RawMessage{
			"id": json.RawMessage(`"gid://shopify/ShopifyPaymentsBalanceTransaction/1"`), "type": json.RawMessage(`"CHARGE"`), "transactionDate": json.RawMessage(`"2026-03-01T12:00:00Z"`),
			"amount": json.RawMessage(`{"amount":"10.0","currencyCode":"EUR"}`), "fee": json.RawMessage(`{"amount":"0.5","currencyCode":"EUR"}`), "net": json.RawMessage(`{"amount":"9.5","currencyCode":"EUR"}`),
		}
		fields[field] = json.RawMessage(value)
		data, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if entries, err := shopify.DecodeMovement(channel, movement("test", "false"), nil); err != nil || len(entries) != 2 {
		t.Fatalf("%+v, %v", entries, err)
	}
	for field, value := range map[string]string{
		"id": `"x"`, "amount": `{"amount":"ten","currencyCode":"EUR"}`, "fee": `{"amount":"0.5","currencyCode":"SEK"}`, "net": `{"amount":"9.51","currencyCode":"EUR"}`,
		"transactionDate": `"yesterday"`,
	} {
		_, err := shopify.DecodeMovement(channel, movement(field, value), nil)
		var failure *marketplace.Error
		if !errors.As(err, &failure) || failure.Code != marketplace.CodeInvalid || failure.Path != field {
			t.Errorf("a wrong %s: %v", field, err)
		}
	}
}

func FuzzDecodeMoney(f *testing.F) {
	server := shopifytest.NewServer()
	server.Pay(7001, "EUR", "SEK", "100.00", "0.087")
	data, err := json.Marshal(server.Order("7001"))
	server.Close()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"id":"gid://shopify/Order/1","currencyCode":"EUR","transactions":[{"id":"2","kind":"CAPTURE","status":"SUCCESS","amountSet":{"presentmentMoney":{"amount":"5"}},"parentTransaction":{"id":"1"}},{"id":"1","kind":"AUTHORIZATION","status":"SUCCESS"},{"id":"3","kind":"REFUND","status":"FAILURE","parentTransaction":{"id":"2"}}],"refunds":[{"note":"x [r]","transactions":{"nodes":[{"id":"3"}]}}]}`))
	channel := canonical.Channel{Name: shopify.Name, Account: "main"}
	f.Fuzz(func(t *testing.T, body []byte) {
		money, err := shopify.DecodeMoney(channel, body)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		for _, one := range money.Refunds {
			if one.Key.ID == "" || !one.Currency.Valid() {
				t.Errorf("a refund says %+v", one)
			}
		}
		again, err := shopify.DecodeMoney(channel, body)
		if diff := cmp.Diff(money, again, exactly); err != nil || diff != "" {
			t.Errorf("decoded twice with two results: %v %s", err, diff)
		}
	})
}

// No movement makes the decoder panic, and its entries sum to its net.
func FuzzDecodeMovement(f *testing.F) {
	f.Add([]byte(`{"id":"gid://shopify/ShopifyPaymentsBalanceTransaction/1","type":"REFUND","test":true,"sourceOrderTransactionId":4,"sourceType":"DISPUTE","sourceId":"5","amount":{"amount":"-10.0","currencyCode":"EUR"},"fee":{"amount":"-0.5","currencyCode":"EUR"},"net":{"amount":"-9.5","currencyCode":"EUR"}}`))
	f.Add([]byte(`{"id":1,"amount":{"amount":1e30}}`))
	channel := canonical.Channel{Name: shopify.Name, Account: "main"}
	sources := map[string]shopify.MoneySource{"4": {Parent: "3", BuyerCurrency: "SEK", BuyerAmount: dec("100")}}
	f.Fuzz(func(t *testing.T, body []byte) {
		entries, err := shopify.DecodeMovement(channel, body, sources)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		var source struct {
			Net struct{ Amount any }
		}
		_ = json.Unmarshal(body, &source)
		sum := decimal.Zero
		for _, entry := range entries {
			if sum, err = sum.Add(entry.Amount); err != nil {
				t.Fatal(err)
			}
		}
		if text, ok := source.Net.Amount.(string); ok {
			if net, err := decimal.Parse(text); err == nil && !net.Equal(sum) {
				t.Errorf("the entries sum to %s of %s", sum, net)
			}
		}
	})
}

func FuzzDecodePayout(f *testing.F) {
	f.Add([]byte(`{"id":"gid://shopify/ShopifyPaymentsPayout/1","issuedAt":"2026-03-01T12:00:00Z","status":"PAID","net":{"amount":"9.5","currencyCode":"EUR"}}`))
	f.Add([]byte(`[]`))
	channel := canonical.Channel{Name: shopify.Name, Account: "main"}
	f.Fuzz(func(t *testing.T, body []byte) {
		payout, err := shopify.DecodePayout(channel, body)
		if _, number := strconv.ParseUint(payout.ID, 10, 64); err == nil && (number != nil || !payout.Currency.Valid() || payout.Complete && payout.Status == "") {
			t.Errorf("%+v", payout)
		}
		if err != nil && marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Error(fmt.Errorf("another code: %w", err))
		}
	})
}

// An authorisation is let go once: by two at once, after a reply that was lost, and though the gateway refused at first. What was captured,
// failed or does not exist is refused, and nothing is asked.
func TestVoid(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	t.Cleanup(server.Close)
	line := faultline.New(http.DefaultTransport)
	shop := provider(server, line)
	void := func(payment string) (payments.Payment, error) {
		return shop.VoidPayment(t.Context(), payments.VoidRequest{Reference: "cancel-" + payment, Key: "cancel-" + payment, Payment: payment})
	}
	wantVoid := func(when, payment string) {
		t.Helper()
		got, err := void(payment)
		want := payments.Payment{ID: payment, Currency: "EUR", Authorized: dec("50"), Voided: true, RawStatus: "SUCCESS"}
		if diff := cmp.Diff(want, got, exactly); diff != "" || err != nil {
			t.Errorf("%s: %v %s", when, err, diff)
		}
		if voids := server.Voids(payment[:len(payment)-1]); voids != 1 {
			t.Errorf("%s: voided %d times", when, voids)
		}
	}
	wantRefused := func(when, payment string, code marketplace.Code, says string) {
		t.Helper()
		line.Set(nil)
		if _, err := void(payment); marketplace.CodeOf(err) != code || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s and %q", when, err, code, says)
		}
		if voids := server.Voids(payment[:len(payment)-1]); voids != 0 {
			t.Errorf("%s: voided %d times", when, voids)
		}
	}

	first := server.Authorize(8001, "EUR", "50")
	wantVoid("once", first)
	wantVoid("again", first)

	lost := server.Authorize(8002, "EUR", "50")
	line.LoseNext()
	if _, err := void(lost); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("the reply was lost: %v", err)
	}
	wantVoid("after the lost reply", lost)

	raced := server.Authorize(8003, "EUR", "50")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, err := void(raced); err != nil || !got.Voided {
				t.Errorf("one of several: %+v, %v", got, err)
			}
		})
	}
	group.Wait()
	wantVoid("after the race", raced)

	refused := server.Authorize(8004, "EUR", "50")
	server.FailNextVoid()
	wantRefused("the gateway refuses", refused, marketplace.CodeInvalid, "GENERIC_ERROR")
	wantVoid("asked again after that", refused)

	wantRefused("a sale", server.Pay(8005, "EUR", "EUR", "50", "1"), marketplace.CodeInvalid, "refund it")
	wantRefused("unknown", "99", marketplace.CodeNotFound, "no such transaction")
	wantRefused("no number", "x9", marketplace.CodeNotFound, "not the number")
	captured := server.Authorize(8006, "EUR", "50")
	server.Change("8006", func(order map[string]any) {
		order["transactions"] = append(order["transactions"].([]any), map[string]any{
			"id": "gid://shopify/OrderTransaction/80069", "kind": "CAPTURE", "status": "SUCCESS", "gateway": "shopify_payments", "createdAt": "2026-11-01T00:00:00Z",
			"amountSet":         map[string]any{"shopMoney": map[string]any{"amount": "20", "currencyCode": "EUR"}, "presentmentMoney": map[string]any{"amount": "20", "currencyCode": "EUR"}},
			"parentTransaction": map[string]any{"id": "gid://shopify/OrderTransaction/" + captured},
		})
	})
	wantRefused("captured in part", captured, marketplace.CodeInvalid, "20 are captured")
	pending := server.Authorize(8007, "EUR", "50")
	server.Change("8007", func(order map[string]any) { order["transactions"].([]any)[0].(map[string]any)["status"] = "FAILURE" })
	wantRefused("failed", pending, marketplace.CodeInvalid, "did not succeed")
}
