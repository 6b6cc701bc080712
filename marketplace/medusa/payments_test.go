package medusa_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
)

// What the in-process shop does is held against the real one by the same tests.
func TestInProcessPayments(t *testing.T) { t.Parallel(); testPayments(t, fakePayments(t)) }
func TestRealPayments(t *testing.T)      { t.Parallel(); testPayments(t, realPayments(t)) }

func testPayments(t *testing.T, b *paymentBench) {
	t.Run("Conformance", b.conformance)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *paymentBench)
	}{
		{"Repeats", testMedusaRepeats},
		{"ReplyLost", testReplyLost},
		{"Killed", testRefunderKilled},
		{"TwoWorkers", testTwoWorkers},
		{"ErrorThoughDone", testErrorThoughDone},
		{"NotOurs", testNotOurs},
		{"CaptureKilled", testCaptureKilled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, b) })
	}
}

// plan is a refund of an order that a buyer is to get.
func plan(order paidOrder, reference, captured, amount string) payments.RefundPlan {
	return payments.RefundPlan{
		Reference: reference, Order: canonical.Key{Channel: channel, ID: order.id}, Payment: order.payment, Currency: "EUR",
		Captured: dec(captured), Amount: dec(amount), Approved: true,
	}
}

// Medusa itself makes the same refund as often as it is asked to. That is what all else here is for.
func testMedusaRepeats(t *testing.T, b *paymentBench) {
	order := b.pay(t, "EUR", dec("50"), true)
	request := payments.RefundRequest{Reference: "again", Key: "again", Payment: order.payment, Currency: "EUR", Amount: dec("10.01")}
	for range 2 {
		if _, err := b.adapter(nil).CreateRefund(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	b.expect(t, order.payment, "10.01", "10.01")
}

// The reply is lost after the refund was made: called again, the refunder finds it, with the store that it has and with an empty one.
func testReplyLost(t *testing.T, b *paymentBench) {
	for name, forget := range map[string]bool{"the same store": false, "a store that was wiped": true} {
		order := b.pay(t, "EUR", dec("50"), true)
		line := faultline.New(http.DefaultTransport)
		store := idempotency.NewMemory()
		line.LoseNext()
		lost := plan(order, "return-1", "50", "10.01")
		progress, err := payments.NewRefunder(b.adapter(line), store).Refund(t.Context(), lost)
		if marketplace.CodeOf(err) != marketplace.CodeUnknown || progress.Status != canonical.RefundUnknown {
			t.Fatalf("%s: %+v, %v", name, progress, err)
		}
		if forget {
			store = idempotency.NewMemory()
		}
		for range 3 {
			progress, err = payments.NewRefunder(b.adapter(nil), store).Refund(t.Context(), lost)
			if err != nil || progress.Status != canonical.RefundSucceeded || progress.RefundID == "" {
				t.Fatalf("%s: %+v, %v", name, progress, err)
			}
		}
		b.expect(t, order.payment, "10.01")
	}
}

// mortal is a process: its store and its wire. After a number of calls it is dead: the last one was carried out, but its
// reply is lost, and no other leaves it.
type mortal struct {
	idempotency.Store
	mu   sync.Mutex
	left int
	dead bool
}

// call carries out one call, unless the process is dead.
func (m *mortal) call(act func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errKilled
	}
	err := act()
	if m.left--; m.left == 0 {
		m.dead = true
		return errKilled
	}
	return err
}

func (m *mortal) RoundTrip(request *http.Request) (response *http.Response, err error) {
	if err := m.call(func() error {
		response, err = http.DefaultTransport.RoundTrip(request)
		return err
	}); err != nil {
		if response != nil {
			_ = response.Body.Close()
		}
		return nil, err
	}
	return response, nil
}

func (m *mortal) Acquire(ctx context.Context, key idempotency.Key, fingerprint idempotency.Fingerprint, lease time.Duration) (claim idempotency.Claim, record idempotency.Record, outcome idempotency.Outcome, err error) {
	err = m.call(func() (err error) {
		claim, record, outcome, err = m.Store.Acquire(ctx, key, fingerprint, lease)
		return err
	})
	return claim, record, outcome, err
}

func (m *mortal) Extend(ctx context.Context, claim idempotency.Claim, lease time.Duration) (idempotency.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return claim, errKilled
	}
	return m.Store.Extend(ctx, claim, lease) // not counted: it comes when it is time
}

func (m *mortal) Checkpoint(ctx context.Context, claim idempotency.Claim, name string, data []byte) error {
	return m.call(func() error { return m.Store.Checkpoint(ctx, claim, name, data) })
}

func (m *mortal) Complete(ctx context.Context, claim idempotency.Claim, result []byte, retention time.Duration) error {
	return m.call(func() error { return m.Store.Complete(ctx, claim, result, retention) })
}

func (m *mortal) Release(ctx context.Context, claim idempotency.Claim) error {
	return m.call(func() error { return m.Store.Release(ctx, claim) })
}

// lease is short, since the claims of the dead are waited for.
const lease = 500 * time.Millisecond

// insist calls until no other worker holds the order.
func insist(t *testing.T, refunder *payments.Refunder, plan payments.RefundPlan) payments.RefundProgress {
	t.Helper()
	for {
		progress, err := refunder.Refund(t.Context(), plan)
		var busy *idempotency.ConflictError
		if errors.As(err, &busy) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if err != nil || progress.Status != canonical.RefundSucceeded {
			t.Errorf("%s: %+v, %v", plan.Reference, progress, err)
		}
		return progress
	}
}

// A process that dies after any of its calls, to its store or to Medusa, is followed by one that ends its work: Medusa refunds once.
func testRefunderKilled(t *testing.T, b *paymentBench) {
	order := b.pay(t, "EUR", dec("500"), true)
	store := idempotency.NewMemory()
	var want []string
	for kill := 1; ; kill++ {
		if kill > 40 {
			t.Fatal("the calls have no end")
		}
		amount := fmt.Sprintf("3.%02d", kill)
		wanted := plan(order, "return-"+amount, "500", amount)
		process := &mortal{Store: store, left: kill}
		_, err := payments.NewRefunder(b.adapter(process), process, payments.WithLease(lease)).Refund(t.Context(), wanted)
		if process.dead && err == nil {
			t.Fatalf("killed after call %d, and no error", kill)
		}
		progress := insist(t, payments.NewRefunder(b.adapter(nil), store, payments.WithLease(lease)), wanted)
		if progress.Attempt != 1 {
			t.Errorf("killed after call %d: attempt %d", kill, progress.Attempt)
		}
		want = append(want, strings.TrimSuffix(amount, "0"))
		b.expect(t, order.payment, want...)
		if !process.dead {
			if kill < 10 {
				t.Errorf("a refund makes %d calls only", kill-1)
			}
			t.Logf("killed after each of %d calls", kill-1)
			return
		}
	}
}

// Two workers of two processes want the same refunds at once: each is made once.
func testTwoWorkers(t *testing.T, b *paymentBench) {
	order := b.pay(t, "EUR", dec("50"), true)
	store := idempotency.NewMemory()
	var group sync.WaitGroup
	for range 2 {
		refunder := payments.NewRefunder(b.adapter(nil), store)
		for _, amount := range []string{"10.01", "20.02"} {
			group.Go(func() { insist(t, refunder, plan(order, "return-"+amount, "50", amount)) })
		}
	}
	group.Wait()
	got := b.refunds(t, order.payment)
	slices.Sort(got)
	if !slices.Equal(got, []string{"10.01", "20.02"}) {
		t.Errorf("the shop has made the refunds %v", got)
	}
	// A third one that was not covered any more is not asked for.
	var over *payments.OverCapturedError
	if _, err := payments.NewRefunder(b.adapter(nil), store).Refund(t.Context(), plan(order, "return-3", "50", "19.98")); !errors.As(err, &over) {
		t.Errorf("over the captured amount: %v", err)
	}
}

// Medusa answers an error after it gave the money back, while a person has a change of the order open.
func testErrorThoughDone(t *testing.T, b *paymentBench) {
	order := b.pay(t, "EUR", dec("50"), true)
	b.openChange(t, order.id)
	line := faultline.New(http.DefaultTransport)
	refused := 0
	line.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		if err == nil && request.Method == http.MethodPost && response.StatusCode == http.StatusBadRequest {
			refused++
		}
		return response, err
	})
	refunder := payments.NewRefunder(b.adapter(line), idempotency.NewMemory())
	for range 2 {
		insist(t, refunder, plan(order, "return-1", "50", "10.01"))
	}
	b.expect(t, order.payment, "10.01")
	if refused != 1 {
		t.Errorf("the shop has refused %d writes, want the one that it did all the same", refused)
	}
}

// What people give back is not taken for ours, and counts.
func testNotOurs(t *testing.T, b *paymentBench) {
	order := b.pay(t, "EUR", dec("50"), true)
	adapter := b.adapter(nil)
	ask := func(reference, amount, reason string) (canonical.Refund, error) {
		return adapter.CreateRefund(t.Context(), payments.RefundRequest{
			Reference: reference, Key: reference, Payment: order.payment, Currency: "EUR", Amount: dec(amount), Reason: reason,
		})
	}
	if _, err := ask("by a person", "30", ""); err != nil {
		t.Fatal(err)
	}
	if _, found, err := adapter.FindRefund(t.Context(), payments.RefundRequest{Reference: "by a", Payment: order.payment}); found || err != nil {
		t.Errorf("another refund was taken for ours: %v", err)
	}
	for _, test := range []struct {
		reference, amount, reason string
		want                      marketplace.Code
	}{
		{"ours", "20.01", "", marketplace.CodeInvalid},
		{"", "1", "", marketplace.CodeInvalid},
		{"  ", "1", "", marketplace.CodeInvalid},
		{"ours", "1", "refr_nowhere", marketplace.CodeNotFound},
	} {
		if _, err := ask(test.reference, test.amount, test.reason); marketplace.CodeOf(err) != test.want {
			t.Errorf("%+v: %v", test, err)
		}
	}
	b.expect(t, order.payment, "30")
	made, err := ask(" ours ", "20", "")
	if err != nil || made.Reference != "ours" || made.Order.ID != order.id || made.Status != canonical.RefundSucceeded || made.At.IsZero() {
		t.Errorf("%+v, %v", made, err)
	}
	b.expect(t, order.payment, "30", "20")
	for _, id := range []string{order.payment, order.payment + "/", "/" + made.Key.ID, order.payment + "/ref_none", "pay_none/ref_none"} {
		if _, err := adapter.GetRefund(t.Context(), id); marketplace.CodeOf(err) != marketplace.CodeNotFound {
			t.Errorf("refund %q: %v", id, err)
		}
	}
}

// A process that dies after any of its calls while it captures is followed by one that captures what is left to capture.
func testCaptureKilled(t *testing.T, b *paymentBench) {
	order := b.pay(t, "EUR", dec("500"), false)
	captured := decimal.Zero
	for kill := 1; ; kill++ {
		if kill > 20 {
			t.Fatal("the calls have no end")
		}
		request := payments.CaptureRequest{Reference: fmt.Sprint("part-", kill), Payment: order.payment, Currency: "EUR", Amount: dec(fmt.Sprintf("7.%02d", kill))}
		process := &mortal{left: kill}
		if _, err := b.adapter(process).CapturePayment(t.Context(), request); process.dead && err == nil {
			t.Fatalf("killed after call %d, and no error", kill)
		}
		payment, err := b.adapter(nil).CapturePayment(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if captured, err = captured.Add(request.Amount); err != nil || !payment.Captured.Equal(captured) {
			t.Fatalf("killed after call %d: %s captured, want %s", kill, payment.Captured, captured)
		}
		if !process.dead {
			break
		}
	}
	other := payments.CaptureRequest{Reference: "part-1", Payment: order.payment, Currency: "EUR", Amount: dec("9")}
	if _, err := b.adapter(nil).CapturePayment(t.Context(), other); marketplace.CodeOf(err) != marketplace.CodeConflict {
		t.Errorf("a reference of another capture: %v", err)
	}
}
