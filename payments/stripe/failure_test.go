package stripe_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

func refundOf(payment string) payments.RefundRequest {
	return payments.RefundRequest{Reference: "return-1", Key: "key-1", Payment: payment, Order: order, Currency: "EUR", Amount: decimal.MustParse("5")}
}

// problem is a body of Stripe's.
func problem(kind, code string) string {
	return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"message":"Ask buyer@example.com about rk_live_51Secret or pi_1_secret_abc","param":"amount","payment_intent":{"client_secret":"pi_1_secret_abc"}}}`, kind, code)
}

// What Stripe answers, and what it means for a refund and for a read.
func TestFailures(t *testing.T) {
	t.Parallel()
	const (
		invalid = "invalid_request_error"
		html    = "<html>Bad gateway</html>"
	)
	for name, test := range map[string]struct {
		status      int
		body        string
		write, read marketplace.Code
		says        string
	}{
		"key of another request": {400, problem("idempotency_error", ""), marketplace.CodeConflict, marketplace.CodeConflict, "no money was moved"},
		"key in use":             {409, problem(invalid, "idempotency_key_in_use"), marketplace.CodeUnknown, marketplace.CodeUnavailable, "at work"},
		"conflict":               {409, problem(invalid, ""), marketplace.CodeUnknown, marketplace.CodeUnavailable, "at work"},
		"nothing left":           {400, problem(invalid, "charge_already_refunded"), marketplace.CodeInvalid, marketplace.CodeInvalid, "nothing is left"},
		"too much":               {400, problem(invalid, ""), marketplace.CodeInvalid, marketplace.CodeInvalid, "refused"},
		"disputed":               {400, problem(invalid, "charge_disputed"), marketplace.CodeInvalid, marketplace.CodeInvalid, "disputed"},
		"no funds":               {400, problem(invalid, "balance_insufficient"), marketplace.CodeInvalid, marketplace.CodeInvalid, "add funds"},
		"declined":               {402, problem("card_error", "card_declined"), marketplace.CodeInvalid, marketplace.CodeInvalid, "refused"},
		"wrong key":              {401, problem(invalid, ""), marketplace.CodeUnauthenticated, marketplace.CodeUnauthenticated, "revoked"},
		"expired key":            {401, problem(invalid, "api_key_expired"), marketplace.CodeUnauthenticated, marketplace.CodeUnauthenticated, "expired"},
		"missing right":          {403, problem(invalid, ""), marketplace.CodePermission, marketplace.CodePermission, "grant"},
		"not there":              {404, problem(invalid, "resource_missing"), marketplace.CodeNotFound, marketplace.CodeNotFound, "live or test"},
		"not there, parameter":   {400, problem(invalid, "resource_missing"), marketplace.CodeNotFound, marketplace.CodeNotFound, "live or test"},
		"too many":               {429, problem(invalid, "rate_limit"), marketplace.CodeRateLimited, marketplace.CodeRateLimited, "wait"},
		"locked":                 {429, problem(invalid, "lock_timeout"), marketplace.CodeRateLimited, marketplace.CodeRateLimited, "wait"},
		"Stripe failed":          {500, problem("api_error", ""), marketplace.CodeUnknown, marketplace.CodeUnavailable, "look before repeating"},
		"Stripe failed with 400": {400, problem("api_error", ""), marketplace.CodeUnknown, marketplace.CodeUnavailable, "look before repeating"},
		"dependency":             {424, problem("api_error", ""), marketplace.CodeUnknown, marketplace.CodeUnavailable, "look before repeating"},
		"unavailable":            {503, html, marketplace.CodeUnknown, marketplace.CodeUnavailable, "not Stripe's"},
		"a proxy refuses":        {400, html, marketplace.CodeUnknown, marketplace.CodeUnavailable, "not Stripe's"},
		"a proxy knows nothing":  {404, html, marketplace.CodeUnknown, marketplace.CodeUnavailable, "not Stripe's"},
		"a proxy forbids":        {403, html, marketplace.CodePermission, marketplace.CodePermission, "not Stripe's"},
		"an error of a word":     {500, `{"error":"boom rk_live_51Secret"}`, marketplace.CodeUnknown, marketplace.CodeUnavailable, "not Stripe's"},
		"no JSON":                {200, "rk_live_51Secret", marketplace.CodeUnknown, marketplace.CodeInvalid, ""},
		"cut off":                {200, `{"id":"re_1","amount":`, marketplace.CodeUnknown, marketplace.CodeInvalid, ""},
		"empty object":           {200, `{}`, marketplace.CodeUnknown, marketplace.CodeInvalid, ""},
		"amount in parts":        {200, `{"id":"re_1","amount":5.5,"currency":"eur","status":"succeeded"}`, marketplace.CodeUnknown, marketplace.CodeInvalid, ""},
		"unknown status":         {200, `{"id":"re_1","amount":500,"currency":"eur","status":"evaporated"}`, marketplace.CodeUnknown, marketplace.CodeInvalid, "status"},
		"unknown currency":       {200, `{"id":"re_1","amount":500,"currency":"zzz","status":"succeeded"}`, marketplace.CodeUnknown, marketplace.CodeInvalid, "amount"},
		"no id":                  {200, `{"amount":500,"currency":"eur","status":"succeeded"}`, marketplace.CodeUnknown, marketplace.CodeInvalid, "id"},
		"redirected":             {307, "", marketplace.CodeUnavailable, marketplace.CodeInvalid, "WithBaseURL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/v1/payment_intents/") {
					fmt.Fprint(w, `{"id":"pi_1","amount":2000,"currency":"eur","status":"succeeded"}`)
					return
				}
				w.Header().Set("Retry-After", "0")
				w.Header().Set("Location", "https://elsewhere.example.com/")
				w.Header().Set("Request-Id", "req_123")
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			t.Cleanup(server.Close)
			a := stripe.New(stripe.Key("rk_live_51Secret"), stripe.WithBaseURL(server.URL), stripe.WithBackoff(time.Microsecond))
			_, write := a.CreateRefund(t.Context(), refundOf("pi_1"))
			_, read := a.GetRefund(t.Context(), "re_1")
			for _, got := range []struct {
				err  error
				want marketplace.Code
			}{{write, test.write}, {read, test.read}} {
				if marketplace.CodeOf(got.err) != got.want || !strings.Contains(fmt.Sprint(got.err), test.says) {
					t.Errorf("%v, want %s that says %q", got.err, got.want, test.says)
				}
				for _, secret := range []string{"51Secret", "buyer@example.com", "secret_abc"} {
					if strings.Contains(fmt.Sprintf("%v %+v %#v", got.err, got.err, got.err), secret) {
						t.Errorf("the error holds %q", secret)
					}
				}
			}
		})
	}
}

// Whether a write may have been carried out is seen on the wire.
func TestFailuresOnTheWire(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	listener.Close()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    marketplace.Code
	}{
		"nobody listens": {nil, marketplace.CodeUnavailable},
		"hung up before an answer": {func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, marketplace.CodeUnknown},
		"hung up in the middle of it": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"id":"re_1",`)
		}, marketplace.CodeUnknown},
		"no answer in time": {func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, marketplace.CodeUnknown},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for range 33 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, marketplace.CodeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := "http://" + closed
			if test.handler != nil {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						fmt.Fprint(w, `{"id":"ch_1","amount":2000,"currency":"eur","status":"succeeded"}`)
						return
					}
					_ = r.ParseForm() // the server sees that a client has gone only once it has read all
					test.handler(w, r)
				}))
				t.Cleanup(server.Close)
				address = server.URL
			}
			a := stripe.New(stripe.Key("rk_live_51Secret"), stripe.WithBaseURL(address), stripe.WithBackoff(time.Microsecond), stripe.WithTimeout(2*time.Second))
			if _, err := a.CreateRefund(t.Context(), refundOf("ch_1")); marketplace.CodeOf(err) != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// Reads are repeated while the failure may pass, writes never are.
func TestReadsAreRepeated(t *testing.T) {
	t.Parallel()
	s := open(t)
	payment := s.double.Pay("eur", 2000)
	fails := 2
	s.line.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		if fails--; fails >= 0 {
			return nil, errCut
		}
		return next.RoundTrip(request)
	})
	if _, err := s.GetPayment(t.Context(), payment); err != nil || s.line.Count() != 3 {
		t.Errorf("after %d calls: %v", s.line.Count(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.GetPayment(ctx, payment); marketplace.CodeOf(err) != marketplace.CodeUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.line.Set(nil)
	s.double.Fail(500, "api_error", "")
	if _, err := s.CreateRefund(t.Context(), refundOf(payment)); marketplace.CodeOf(err) != marketplace.CodeUnknown || s.line.Count() != 2 {
		t.Errorf("a refund after %d calls: %v", s.line.Count(), err)
	}
	// Stripe keeps the answer with the key, also this one: only a look tells that nothing was made.
	s.double.Fail(0, "", "")
	if _, err := s.CreateRefund(t.Context(), refundOf(payment)); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("repeated: %v", err)
	}
	if _, found, err := s.FindRefund(t.Context(), refundOf(payment)); found || err != nil || s.double.Moved(payment) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

// A mistake in the options is an error of each call, and the key is nowhere to be read.
func TestMisused(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]*stripe.Adapter{
		"http elsewhere": stripe.New(stripe.Key("rk_live_51Secret"), stripe.WithBaseURL("http://api.stripe.com")),
		"no address":     stripe.New(stripe.Key("rk_live_51Secret"), stripe.WithBaseURL("api.stripe.com")),
		"no credential":  stripe.New(stripe.Credential{}),
	} {
		if _, err := a.GetRefund(t.Context(), "re_1"); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := stripe.New(stripe.Key("rk_live_51Secret"), stripe.WithAccount("outlet"))
	if text := fmt.Sprintf("%v %+v %#v %s", a, a, a, a); strings.Contains(text, "51Secret") || !strings.Contains(text, "stripe/outlet") {
		t.Error(text)
	}
	asked := 0
	s := open(t)
	rotating := stripe.New(stripe.KeyFrom(func(context.Context) (string, error) {
		if asked++; asked == 1 {
			return "", errors.New("vault says rk_live_51Secret")
		}
		return stripedouble.Key, nil
	}), stripe.WithTransport(s.line), stripe.WithBaseURL(s.address))
	if _, err := rotating.GetPayment(t.Context(), "pi_1"); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated || strings.Contains(err.Error(), "51Secret") {
		t.Error(err)
	}
	if _, err := rotating.GetPayment(t.Context(), s.double.Pay("eur", 100)); err != nil {
		t.Errorf("with the rotated key: %v", err)
	}
}

// How long to wait is Stripe's to say; a read that would wait too long is the caller's to repeat.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 60 ": time.Minute, "-1": 0, "soon": 0, "99999999999999": 24 * time.Hour, "9999999999999999999999": 0,
	} {
		line := faultline.New(nil)
		line.Set(faultline.Reply(http.StatusTooManyRequests, "application/json", problem("invalid_request_error", "rate_limit"), map[string]string{"Retry-After": header}))
		a := stripe.New(stripe.Key("rk_test_1"), stripe.WithTransport(line), stripe.WithBackoff(time.Microsecond))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // the waits themselves are not waited for
		_, err := a.GetRefund(ctx, "re_1")
		cancel()
		var failure *marketplace.Error
		if !errors.As(err, &failure) || failure.Code != marketplace.CodeRateLimited || failure.RetryAfter != want {
			t.Errorf("%q: %v after %s, want %s", header, err, failure.RetryAfter, want)
		}
		if calls := line.Count(); want > 0 && calls != 1 || want == 0 && calls != 3 {
			t.Errorf("%q: %d calls", header, calls)
		}
	}
}

// That the payment cannot be read is no last word on its refund.
func TestRefundOfAPaymentThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>", `{"id":"pi_1","currency":"zzz"}`, `{"id":`} {
		for _, payment := range []string{"pi_1", "ch_1"} {
			line := faultline.New(nil)
			line.Set(faultline.Reply(http.StatusOK, "application/json", body, nil))
			a := stripe.New(stripe.Key("rk_test_1"), stripe.WithTransport(line), stripe.WithBackoff(time.Microsecond))
			if _, err := a.CreateRefund(t.Context(), refundOf(payment)); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}
