package stripe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

// mock starts stripe-mock, Stripe's own server that checks requests against the description of the API and answers with recorded
// objects. It is built from the module of tools, and listens on a socket of its own.
func mock(t *testing.T) http.RoundTripper {
	t.Helper()
	folder, err := os.MkdirTemp("", "stripe-mock") //nolint:usetesting // a socket needs a shorter path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	program, socket := filepath.Join(folder, "stripe-mock"), filepath.Join(folder, "socket")
	build := exec.Command("go", "build", "-o", program, "github.com/stripe/stripe-mock")
	build.Dir, build.Env = filepath.Join("..", "..", "tools"), append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build stripe-mock in the module of tools: %v\n%s", err, output)
	}
	server := exec.Command(program, "-http-unix", socket)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", socket)
	}
	for range 600 {
		if connection, err := dial(t.Context(), "", ""); err == nil {
			connection.Close()
			transport := &http.Transport{DialContext: dial}
			t.Cleanup(transport.CloseIdleConnections)
			return transport
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("stripe-mock does not answer")
	return nil
}

// sessions fills what every session has that asks for a payment, and the recorded one leaves out: what it costs, and in which currency.
type sessions struct{ next http.RoundTripper }

func (s sessions) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := s.next.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(request.URL.Path, "/checkout/sessions/") && request.Method != http.MethodPost {
		return response, err
	}
	defer response.Body.Close()
	var object map[string]any
	if err := json.NewDecoder(response.Body).Decode(&object); err != nil {
		return nil, err
	}
	if object["object"] == "checkout.session" {
		object["currency"], object["amount_total"] = "usd", json.Number("1251")
	}
	body, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return response, nil
}

// recorder notes what was asked and how that was answered.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen []string
	bad  []string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	call := request.Method + " " + request.URL.Path
	if !slices.Contains(r.seen, call) {
		r.seen = append(r.seen, call)
	}
	if response.StatusCode != http.StatusOK {
		r.bad = append(r.bad, call+"?"+request.URL.RawQuery+": "+response.Status)
	}
	return response, nil
}

func TestStripeMock(t *testing.T) {
	t.Parallel()
	wire := mock(t)
	adapter := func(line http.RoundTripper, options ...stripe.Option) *stripe.Adapter {
		return stripe.New(stripe.Key("sk_test_123"), append([]stripe.Option{
			stripe.WithTransport(line), stripe.WithBaseURL("http://127.0.0.1"), stripe.WithBackoff(time.Millisecond),
			stripe.WithPaidPage("https://shop.example.com/thanks"),
		}, options...)...)
	}
	request := func(payment string) payments.RefundRequest {
		return payments.RefundRequest{
			Reference: "return-1", Key: "retailsync-" + payment, Payment: payment, Order: order, Currency: "USD", Amount: decimal.MustParse("1.00"),
			Reason: "requested_by_customer",
		}
	}

	// Each request that the adapter makes is one of the API's, and each recorded object is read.
	t.Run("requests", func(t *testing.T) {
		t.Parallel()
		for _, options := range [][]stripe.Option{nil, {stripe.WithCharges(), stripe.WithConnectedAccount("acct_123")}} {
			calls := &recorder{next: sessions{wire}}
			a := adapter(calls, options...)
			for _, payment := range []string{"pi_123", "ch_123"} {
				made, err := a.CreateRefund(t.Context(), request(payment))
				if err != nil || made.Currency != "USD" || !made.Amount.Equal(decimal.MustParse("1")) || made.Status != canonical.RefundSucceeded ||
					made.Payment != payment || made.Reference != "return-1" || made.At.IsZero() {
					t.Errorf("create refund: %+v, %v", made, err)
				}
				if found, ok, err := a.FindRefund(t.Context(), request(payment)); err != nil || ok {
					t.Errorf("the recorded refund has no reference, but was found: %+v, %v", found, err)
				}
				if paid, err := a.GetPayment(t.Context(), payment); err != nil || paid.Currency != "USD" || paid.ID != payment {
					t.Errorf("get payment: %+v, %v", paid, err)
				}
			}
			if got, err := a.GetRefund(t.Context(), "re_123"); err != nil || got.Key.ID != "re_123" || !got.Amount.Equal(decimal.MustParse("1")) {
				t.Errorf("get refund: %+v, %v", got, err)
			}
			capture := payments.CaptureRequest{Reference: "order-1", Key: "capture-1", Payment: "pi_123", Currency: "USD", Amount: decimal.MustParse("5")}
			if got, err := a.CapturePayment(t.Context(), capture); err != nil || got.ID != "pi_123" {
				t.Errorf("capture: %+v, %v", got, err)
			}
			now := time.Now().UTC().Truncate(time.Second)
			for _, life := range []time.Duration{time.Hour, 48 * time.Hour} {
				ask := payments.ChargeRequest{
					Reference: "exchange-1", Key: "charge-" + life.String(), Order: order, Currency: "USD", Amount: decimal.MustParse("12.51"),
					Description: "Order 1001, exchange", At: now, ExpiresAt: now.Add(life),
				}
				if made, err := a.CreateCharge(t.Context(), ask); err != nil || made.Reference != "exchange-1" || made.Order != order || made.ID == "" || made.Status == "" {
					t.Errorf("create charge: %+v, %v", made, err)
				}
				if found, ok, err := a.FindCharge(t.Context(), ask); err != nil || ok {
					t.Errorf("the recorded session has no reference, but was found: %+v, %v", found, err)
				}
			}
			charge, err := a.GetCharge(t.Context(), "cs_123")
			if err != nil || charge.ID != "cs_123" || charge.Currency != "USD" || charge.Status != payments.ChargeOpen || charge.ExpiresAt.IsZero() {
				t.Errorf("get charge: %+v, %v", charge, err)
			}
			if got, err := a.CancelCharge(t.Context(), "cs_123"); err != nil || got.ID != "cs_123" {
				t.Errorf("cancel charge: %+v, %v", got, err)
			}
			if got, err := a.VoidPayment(t.Context(), payments.VoidRequest{Reference: "order-1", Key: "void-1", Payment: "pi_123"}); err != nil || got.ID != "pi_123" {
				t.Errorf("void: %+v, %v", got, err)
			}
			for _, query := range []payments.Query{{}, {Since: time.Unix(1234567000, 0)}, {Cursor: "stripe1:balance:1234567890:txn_1"}} {
				page, err := a.ListBalance(t.Context(), query)
				if err != nil || len(page.Entries) != 1 || page.Entries[0].Kind != canonical.EntrySale || page.Entries[0].RawKind != "charge/charge" {
					t.Errorf("list balance %+v: %+v, %v", query, page, err)
				}
			}
			for _, query := range []payments.Query{{}, {Since: time.Unix(1234567000, 0)}, {Cursor: "stripe1:payouts:1234567890:po_1"}} {
				page, err := a.ListPayouts(t.Context(), query)
				if err != nil || len(page.Payouts) != 1 || page.Payouts[0].Status != payments.PayoutPending || !page.Payouts[0].Complete {
					t.Errorf("list payouts %+v: %+v, %v", query, page, err)
				}
			}
			// The recorded payout is not the sum of the recorded movement, so that it is read whole and refused.
			var sum *payments.SumError
			if _, err := a.GetSettlement(t.Context(), "po_123"); !errors.As(err, &sum) || !sum.Rows.Equal(decimal.MustParse("1")) || !sum.Total.Equal(decimal.MustParse("11")) {
				t.Errorf("get settlement: %v", err)
			}
			if len(calls.bad) > 0 {
				t.Errorf("refused: %q", calls.bad)
			}
			if len(calls.seen) < 14 {
				t.Errorf("only these calls were made: %q", calls.seen)
			}
		}
	})

	// It does refuse what the API does not take.
	t.Run("refusal", func(t *testing.T) {
		t.Parallel()
		wrong := request("pi_123")
		wrong.Reason = "because"
		if _, err := adapter(wire).CreateRefund(t.Context(), wrong); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("a reason that Stripe has not: %v", err)
		}
	})

	t.Run("lost replies", func(t *testing.T) {
		t.Parallel()
		line := faultline.New(wire)
		lost := line.LoseReplies()
		a := adapter(line)
		if _, err := a.CreateRefund(t.Context(), request("pi_123")); marketplace.CodeOf(err) != marketplace.CodeUnknown || lost() != 1 {
			t.Errorf("a refund whose reply was lost, of %d: %v", lost(), err)
		}
		if _, err := a.CapturePayment(t.Context(), payments.CaptureRequest{Reference: "o", Key: "c", Payment: "pi_123", Currency: "USD", Amount: decimal.MustParse("5")}); marketplace.CodeOf(err) != marketplace.CodeUnknown {
			t.Errorf("a capture whose reply was lost: %v", err)
		}
		if _, err := a.VoidPayment(t.Context(), payments.VoidRequest{Reference: "o", Key: "v", Payment: "pi_123"}); marketplace.CodeOf(err) != marketplace.CodeUnknown {
			t.Errorf("a void whose reply was lost: %v", err)
		}
		if lost() != 3 {
			t.Errorf("%d writes were made, want each once", lost())
		}
	})

	// A refund whose calls are lost one after the other, before they arrive or after: whatever is asked again is asked with the key
	// and the words of the first time, which is what Stripe recognises it by.
	t.Run("refunder", func(t *testing.T) {
		t.Parallel()
		asked := func(lose int, after bool) (posts []string, calls int) {
			line := faultline.New(wire)
			line.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
				calls++
				number := calls
				if request.Method == http.MethodPost {
					body, err := io.ReadAll(request.Body)
					if err != nil {
						return nil, err
					}
					request = request.Clone(request.Context())
					request.Body = io.NopCloser(bytes.NewReader(body))
					posts = append(posts, request.Header.Get("Idempotency-Key")+" "+string(body))
				}
				if number == lose && !after {
					return nil, errCut
				}
				response, err := next.RoundTrip(request)
				if number == lose && err == nil {
					response.Body.Close()
					return nil, errCut
				}
				return response, err
			})
			plan := planOf("pi_123")
			plan.Currency, plan.Amount = "USD", decimal.MustParse("1")
			store := idempotency.NewMemory()
			for range 5 {
				progress, err := payments.NewRefunder(adapter(line), store).Refund(t.Context(), plan)
				if err == nil && progress.Status == canonical.RefundSucceeded {
					return posts, calls
				}
			}
			t.Errorf("call %d was lost, and the refund never came about", lose)
			return posts, calls
		}
		clean, calls := asked(0, false)
		if len(clean) != 1 || calls < 3 {
			t.Fatalf("%d calls, of which write: %q", calls, clean)
		}
		repeated := 0
		for lose := 1; lose <= calls; lose++ {
			for _, after := range []bool{false, true} {
				posts, _ := asked(lose, after)
				for _, post := range posts {
					if post != clean[0] {
						t.Errorf("call %d was lost: asked with %q, then with %q", lose, clean[0], post)
					}
				}
				repeated += len(posts) - 1
			}
		}
		if repeated != 2 {
			t.Errorf("%d writes were repeated, want one for each of the two ways to lose it", repeated)
		}
	})

	t.Run("time-outs", func(t *testing.T) {
		t.Parallel()
		line := faultline.New(wire)
		line.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
			read := request.Method == http.MethodGet
			response, err := next.RoundTrip(request)
			if read && request.URL.Path == "/v1/payment_intents/pi_123" || err != nil {
				return response, err
			}
			response.Body.Close()
			<-request.Context().Done() // the answer never comes
			return nil, request.Context().Err()
		})
		a := adapter(line, stripe.WithTimeout(500*time.Millisecond))
		if _, err := a.CreateRefund(t.Context(), request("pi_123")); marketplace.CodeOf(err) != marketplace.CodeUnknown || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a refund that takes too long: %v", err)
		}
		if _, err := a.GetRefund(t.Context(), "re_123"); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			t.Errorf("a read that takes too long: %v", err)
		}
	})

	// The double speaks as Stripe does: each field of its objects is one of the recorded object, and of the same type.
	t.Run("double", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		payment := s.double.Pay("eur", 10000)
		made, err := s.CreateRefund(t.Context(), refundOf(payment))
		if err != nil {
			t.Fatal(err)
		}
		charge, err := s.CreateCharge(t.Context(), chargeOf("exchange-1"))
		if err != nil {
			t.Fatal(err)
		}
		s.double.Dispute(s.double.Pay("eur", 100), 15)
		payout := s.double.PayOut("eur")
		// Fields of a refund that failed or is pending, which the recorded one has not.
		optional := []string{"failure_reason", "failure_balance_transaction", "pending_reason"}
		for path, recorded := range map[string]string{
			"refunds/" + made.Key.ID:                                 "refunds/re_123",
			"refunds?payment_intent=" + payment:                      "refunds?payment_intent=pi_123",
			"payment_intents/" + payment:                             "payment_intents/pi_123",
			"payment_intents/" + payment + "?expand[]=latest_charge": "payment_intents/pi_123?expand[]=latest_charge",
			"charges/" + s.double.Charge(payment):                    "charges/ch_123",
			"payouts/" + payout:                                      "payouts/po_123",
			"payouts":                                                "payouts",
			"checkout/sessions/" + charge.ID:                         "checkout/sessions/cs_123",
			"checkout/sessions":                                      "checkout/sessions",
			"balance_transactions":                                   "balance_transactions",
		} {
			ours, theirs := object(t, s.line, s.address, path), object(t, wire, "http://127.0.0.1", recorded)
			for _, difference := range foreign(ours, theirs, optional) {
				t.Errorf("%s: %s", path, difference)
			}
		}
	})
}

// object fetches what is at a path.
func object(t *testing.T, wire http.RoundTripper, address, path string) any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/v1/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := "sk_test_123"
	if address != "http://127.0.0.1" {
		key = stripedouble.Key
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := wire.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var found any
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, response.Status, err)
	}
	return found
}

// foreign says which fields of one document the other has not, or has as another type.
func foreign(ours, theirs any, optional []string) []string {
	var found []string
	switch ours := ours.(type) {
	case map[string]any:
		theirs, ok := theirs.(map[string]any)
		if !ok {
			return []string{"is an object"}
		}
		for name, value := range ours {
			other, has := theirs[name]
			switch {
			case name == "metadata" || slices.Contains(optional, name):
			case !has:
				found = append(found, name+" is no field of Stripe's")
			case value != nil && other != nil: // null says nothing about the type
				for _, difference := range foreign(value, other, optional) {
					found = append(found, name+"."+difference)
				}
			}
		}
	case []any:
		theirs, ok := theirs.([]any)
		if !ok {
			return []string{"is a list"}
		}
		for _, value := range ours {
			if len(theirs) > 0 {
				found = append(found, foreign(value, theirs[0], optional)...)
			}
		}
	default:
		if reflect.TypeOf(ours) != reflect.TypeOf(theirs) {
			found = append(found, fmt.Sprintf("is %T, not %T", ours, theirs))
		}
	}
	return found
}
