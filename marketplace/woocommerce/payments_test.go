package woocommerce_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wooshop"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

func dec(text string) decimal.Decimal { return decimal.MustParse(text) }

func TestPaymentsConformance(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]woocommerce.Option{"by the gateway": nil, "by hand": {woocommerce.WithManualRefunds()}} {
		t.Run(name, func(t *testing.T) {
			server := wootest.NewServer()
			t.Cleanup(server.Close)
			var last atomic.Int64
			paymentstest.Run(t, paymentstest.Harness{
				WithoutCents: "JPY", Secrets: []string{server.Key, server.Secret},
				Open: func(*testing.T) paymentstest.Account {
					line := faultline.New(http.DefaultTransport)
					return paymentstest.Account{
						Provider: woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret), append([]woocommerce.Option{
							woocommerce.WithTransport(line), woocommerce.WithRateLimit(1000), woocommerce.WithBackoff(1), woocommerce.WithWebhookSecret(server.WebhookSecret),
						}, options...)...),
						Pay: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
							id := int(last.Add(1)) + 5000
							server.Put(wootest.PaidOrder(id, string(currency), amount.String(), "2026-03-01T12:00:00"))
							return fmt.Sprintf("order-%d", id)
						},
						Moved: func(t *testing.T, payment string) decimal.Decimal {
							sum := decimal.Zero
							for _, amount := range server.Refunds(strings.TrimPrefix(payment, "order-")) {
								next, err := sum.Add(dec(amount))
								if err != nil {
									t.Fatal(err)
								}
								sum = next
							}
							return sum
						},
						LoseReply:  func(*testing.T) { line.LoseNext() },
						RefuseNext: func(*testing.T) { line.RefuseNext() },
						Deliver: func(_ *testing.T, refund string) (http.Header, []byte) {
							order, _, _ := strings.Cut(refund, "-")
							return server.Delivery("order.updated", order)
						},
						Ping:            func(*testing.T) (http.Header, []byte) { return server.Ping() },
						SignatureHeader: "X-WC-Webhook-Signature",
					}
				},
			})
		})
	}
}

// paidShop is a shop with an order that was paid by a transaction of a gateway: three shirts, tax and shipping, 64.41 in all.
func paidShop(t *testing.T) (*wootest.Server, payments.RefundPlan) {
	t.Helper()
	server := wootest.NewServer(wootest.SampleOrder(727, 3, "TS-M", "2026-03-01T12:00:00"))
	t.Cleanup(server.Close)
	return server, payments.RefundPlan{
		Reference: "return-1", Order: canonical.Key{Channel: channel, ID: "727"}, Payment: "txn_727", Currency: "EUR",
		Captured: dec("64.41"), Amount: dec("10.01"), Reason: "Returned", Approved: true,
	}
}

// Whatever the gateway and the process of the shop do, the shop is asked once, and a person decides where it cannot be known.
func TestRefundsByGateway(t *testing.T) {
	t.Parallel()
	for gateway, want := range map[wootest.Gateway]struct {
		status canonical.RefundStatus
		review payments.ReviewReason
		made   []string
	}{
		wootest.GatewayPays:    {canonical.RefundSucceeded, "", []string{"10.01"}},
		wootest.GatewayWarns:   {canonical.RefundSucceeded, "", []string{"10.01"}},
		wootest.GatewayDies:    {canonical.RefundPending, "", []string{"10.01"}},
		wootest.GatewayRefuses: {canonical.RefundReview, payments.ReviewKeyConflict, nil},
	} {
		server, plan := paidShop(t)
		server.SetGateway(gateway)
		refunder := payments.NewRefunder(wooshop.Adapter(server, nil), idempotency.NewMemory())
		if _, err := refunder.Refund(t.Context(), plan); err != nil && marketplace.CodeOf(err) != marketplace.CodeUnknown {
			t.Errorf("%s: %v", gateway, err)
		}
		server.SetGateway(wootest.GatewayPays)
		for range 2 {
			if progress, err := refunder.Refund(t.Context(), plan); err != nil || progress.Status != want.status || progress.Review != want.review {
				t.Errorf("%s: %+v, %v", gateway, progress, err)
			}
		}
		if diff := cmp.Diff(want.made, server.Refunds("727")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", gateway, diff)
		}
	}
}

// A reply is lost, with the store that the refunder has and with an empty one.
func TestRefundReplyLost(t *testing.T) {
	t.Parallel()
	server, plan := paidShop(t)
	line := faultline.New(http.DefaultTransport)
	line.LoseNext()
	store := idempotency.NewMemory()
	if progress, err := payments.NewRefunder(wooshop.Adapter(server, line), store).Refund(t.Context(), plan); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Fatalf("%+v, %v", progress, err)
	}
	for _, store := range []idempotency.Store{store, idempotency.NewMemory()} {
		progress, err := payments.NewRefunder(wooshop.Adapter(server, nil), store).Refund(t.Context(), plan)
		if err != nil || progress.Status != canonical.RefundSucceeded {
			t.Errorf("%+v, %v", progress, err)
		}
	}
	if made := server.Refunds("727"); !slices.Equal(made, []string{"10.01"}) {
		t.Errorf("the shop has made %v", made)
	}
}

// The lines of a refund go to the lines of the order, with the tax by rate, and the stock of the shop stays as it is.
func TestRefundLines(t *testing.T) {
	t.Parallel()
	server, plan := paidShop(t)
	server.Change("727", func(order map[string]any) {
		item := order["line_items"].([]any)[0].(map[string]any)
		item["taxes"] = []any{map[string]any{"id": 75, "total": "2.75"}, map[string]any{"id": 76, "total": "1.37"}}
	})
	adapter := wooshop.Adapter(server, nil)
	request := payments.RefundRequest{
		Reference: plan.Reference, Payment: plan.Payment, Order: plan.Order, Currency: "EUR", Amount: dec("20.00"), Reason: "Returned",
		Lines: []canonical.RefundLine{
			{LineID: "7271", Qty: decimal.One, Net: canonical.Shop(dec("18.32")), Tax: canonical.Shop(dec("1.37"))},
			{LineID: "7272", Net: canonical.Shop(dec("0.29")), Tax: canonical.Shop(dec("0.02"))},
		},
	}
	for name, change := range map[string]func(*canonical.RefundLine){
		"another order's line": func(l *canonical.RefundLine) { l.LineID = "1" },
		"parts of units":       func(l *canonical.RefundLine) { l.Qty = dec("0.5") },
		"negative units":       func(l *canonical.RefundLine) { l.Qty = dec("-1") },
		"a negative amount":    func(l *canonical.RefundLine) { l.Net = canonical.Shop(dec("-1")) },
	} {
		wrong := request
		wrong.Lines = slices.Clone(request.Lines)
		change(&wrong.Lines[0])
		if _, err := adapter.CreateRefund(t.Context(), wrong); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	made, err := adapter.CreateRefund(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	want := canonical.Refund{
		Reference: "return-1", Order: plan.Order, Payment: "txn_727", Currency: "EUR", Amount: dec("20"), Lines: request.Lines,
		Method: canonical.RefundOriginal, Status: canonical.RefundSucceeded, RawStatus: "refunded_payment",
	}
	equal := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, made, equal, cmpopts.IgnoreFields(canonical.Refund{}, "Key", "At", "UpdatedAt")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if meta := server.Order("727")["line_items"].([]any)[0].(map[string]any)["meta_data"]; fmt.Sprint(meta) != "[]" {
		t.Errorf("the shop has put units back to its stock: %v", meta)
	}
	payment, err := adapter.GetPayment(t.Context(), "order-727")
	if err != nil || !payment.Refunded.Equal(dec("20")) || !payment.Captured.Equal(dec("64.41")) {
		t.Errorf("%+v, %v", payment, err)
	}
}

// A payment that is not the order's is refused, and what people gave back is not taken for ours.
func TestRefundNotOurs(t *testing.T) {
	t.Parallel()
	server, plan := paidShop(t)
	adapter := wooshop.Adapter(server, nil)
	server.Refund("727", "60.00", "goodwill [return-9]")
	request := payments.RefundRequest{Reference: "return-1", Payment: "txn_727", Order: plan.Order, Currency: "EUR", Amount: dec("4.41")}
	if _, found, err := adapter.FindRefund(t.Context(), request); found || err != nil {
		t.Errorf("another refund was taken for ours: %v", err)
	}
	other := request
	other.Payment = "txn_728"
	if _, err := adapter.CreateRefund(t.Context(), other); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Errorf("another order's payment: %v", err)
	}
	more := request
	more.Amount = dec("4.42")
	if _, err := adapter.CreateRefund(t.Context(), more); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("more than is left: %v", err)
	}
	if _, err := adapter.CreateRefund(t.Context(), request); err != nil {
		t.Error(err)
	}
	if made := server.Refunds("727"); !slices.Equal(made, []string{"60.00", "4.41"}) {
		t.Errorf("the shop has made %v", made)
	}
	var failure *marketplace.Error
	if _, err := adapter.GetPayment(t.Context(), "txn_727"); !errors.As(err, &failure) || failure.Code != marketplace.CodeNotFound {
		t.Errorf("a payment by the gateway's id alone: %v", err)
	}
}

// No payload makes the decoder panic, an error has a code, and equal payloads decode equally.
func FuzzDecodeMoney(f *testing.F) {
	f.Add([]byte(wootest.SampleOrder(7, 3, "TS-M", "2026-03-01T12:00:00")), []byte(`{"id":9,"amount":"5.00","reason":"x [r]","refunded_payment":true,"meta_data":[{"key":"_retailsync_reference","value":"r"}],"line_items":[{"id":10,"quantity":-1,"total":"-4.00","total_tax":"-0.30","meta_data":[{"key":"_refunded_item_id","value":71}]}]}`))
	f.Add([]byte(`{"id":"8","currency":"jpy","total":1200,"line_items":{"5":{"id":5,"taxes":null}},"date_paid_gmt":"x"}`), []byte(`[]`))
	f.Add([]byte(`{"id":1,"currency":"EUR","total":"1e300"}`), []byte(`{"id":1,"amount":"-1e18"}`))
	f.Fuzz(func(t *testing.T, body, refund []byte) {
		money, err := woocommerce.DecodeMoney(channel, body, refund)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		for _, one := range money.Refunds {
			if one.Key.ID == "" || one.Currency != money.Payment.Currency || one.Amount.IsNeg() {
				t.Errorf("a refund says %+v", one)
			}
		}
		again, err := woocommerce.DecodeMoney(channel, body, refund)
		if diff := cmp.Diff(money, again, cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })); err != nil || diff != "" {
			t.Errorf("decoded twice with two results: %v %s", err, diff)
		}
	})
}
