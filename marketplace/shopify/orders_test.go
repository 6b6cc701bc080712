package shopify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// counting counts the calls that reach the shop.
func counting(calls *atomic.Int64) http.RoundTripper {
	return roundTrip(func(request *http.Request) (*http.Response, error) {
		calls.Add(1)
		return http.DefaultTransport.RoundTrip(request)
	})
}

func open(t *testing.T, server *shopifytest.Server, options ...shopify.Option) *shopify.Adapter {
	t.Helper()
	t.Cleanup(server.Close)
	options = append([]shopify.Option{
		shopify.WithShopDomain(server.Domain), shopify.WithWebhookSecret(server.ClientSecret),
		shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000),
	}, options...)
	return shopify.New(server.URL, shopify.AccessToken(server.Token), options...)
}

func sampleShop(orders int) *shopifytest.Server {
	server := shopifytest.NewServer()
	for i := range orders {
		server.Put(shopifytest.SampleOrder(100+i, 1+i, "TS-M", fmt.Sprintf("2026-03-01T12:%02d:00Z", i)))
	}
	return server
}

// listAll reads the stream to its end and returns how often each order came.
func listAll(t *testing.T, adapter *shopify.Adapter, query marketplace.OrderQuery, between func(page int)) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for page := 0; page < 100; page++ {
		got, err := adapter.ListOrders(context.Background(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, fetched := range got.Orders {
			if fetched.Err != nil {
				t.Fatal(fetched.Err)
			}
			seen[fetched.Key.ID]++
		}
		if query.Cursor = got.Cursor; !got.More {
			return seen
		}
		if between != nil {
			between(page)
		}
	}
	t.Fatal("the stream has no end")
	return nil
}

// An order with more than comes on the first pages is read whole.
func TestLongOrder(t *testing.T) {
	t.Parallel()
	const count = 120
	var lines, sentLines, backLines list
	for i := range count {
		lines = append(lines, line(1000+i, 2, money("1.00"), object{"currentQuantity": 1, "unfulfilledQuantity": 0}))
		sentLines = append(sentLines, sent(1000+i, 2))
		backLines = append(backLines, back(1000+i, 1, "RETURN", money("1.00"), money("0.00")))
	}
	total := money(fmt.Sprintf("%d.00", 2*count))
	server := shopifytest.NewServer(string(encode(t, node(object{
		"id": gid("Order", 7), "lineItems": nodes(lines...), "totalPriceSet": total,
		"fulfillments": list{parcel(81, "SUCCESS", sentLines...)},
		"refunds":      list{refund(91, money(fmt.Sprintf("%d.00", count)), nil, backLines...)},
	}))))
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	order, err := adapter.GetOrder(context.Background(), "7")
	if err != nil {
		t.Fatal(err)
	}
	if err := order.Validate(); err != nil {
		t.Error(err)
	}
	if len(order.Lines) != count || len(order.Fulfillments[0].Lines) != count || len(order.Adjustments[0].Lines) != count {
		t.Errorf("%d lines, %d sent, %d returned, want %d of each", len(order.Lines), len(order.Fulfillments[0].Lines), len(order.Adjustments[0].Lines), count)
	}
	if order.Status != canonical.StatusShipped || order.Lines[count-1].Qty.ReturnReceived.String() != "1" {
		t.Errorf("got %s, %+v", order.Status, order.Lines[count-1].Qty)
	}
	if calls.Load() != 7 { // the order, and two more pages of each list
		t.Errorf("%d calls", calls.Load())
	}
	listed := listAll(t, adapter, marketplace.OrderQuery{}, nil)
	if listed["7"] != 1 {
		t.Errorf("listed %v", listed)
	}
}

// A cursor that Shopify forgets in the middle of a run costs a few orders again, and loses none.
func TestForgottenCursor(t *testing.T) {
	t.Parallel()
	server := sampleShop(9)
	adapter := open(t, server)
	seen := listAll(t, adapter, marketplace.OrderQuery{Limit: 2}, func(page int) {
		if page == 1 {
			server.ForgetCursors()
		}
	})
	for i := range 9 {
		if seen[fmt.Sprint(100+i)] == 0 {
			t.Errorf("order %d is missing: %v", 100+i, seen)
		}
	}
}

// A page that costs more than Shopify allows is read in smaller ones.
func TestTooCostlyPage(t *testing.T) {
	t.Parallel()
	server := sampleShop(9)
	server.SetLargestPage(3)
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	if seen := listAll(t, adapter, marketplace.OrderQuery{}, nil); len(seen) != 9 {
		t.Errorf("got %v", seen)
	}
	server.SetLargestPage(0)
	_, err := adapter.ListOrders(context.Background(), marketplace.OrderQuery{})
	if marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("one order is too much: %v", err)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	server := sampleShop(1)
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	get := func() error {
		_, err := adapter.GetOrder(context.Background(), "100")
		return err
	}
	// A short wait is the adapter's: 200 points at 100,000 a second.
	server.Throttle(1, 0, 100_000)
	if err := get(); err != nil || calls.Load() != 2 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
	// A long one is the caller's, and until it is over the shop is left alone.
	server.Throttle(1, 0, 1)
	for range 2 {
		err := get()
		var failure *marketplace.Error
		if !errors.As(err, &failure) || failure.Code != marketplace.CodeRateLimited || failure.RetryAfter < time.Minute || failure.RetryAfter > 5*time.Minute {
			t.Errorf("got %v", err)
		}
	}
	if calls.Load() != 3 {
		t.Errorf("%d calls: the shop was asked again before its points were back", calls.Load())
	}
	// What was not carried out may be repeated, also if it writes; but not for ever.
	fresh := open(t, server, shopify.WithTransport(counting(&calls)))
	server.Throttle(3, 0, 100_000)
	err := fresh.AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: "100", Reference: "S1"})
	if marketplace.CodeOf(err) != marketplace.CodeRateLimited {
		t.Errorf("got %v", err)
	}
	if err := fresh.AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: "100", Reference: "S1"}); err != nil {
		t.Error(err)
	}
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	server := sampleShop(1)
	t.Cleanup(server.Close)
	options := []shopify.Option{shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000)}
	adapter := shopify.New(server.URL, shopify.ClientCredentials(server.ClientID, server.ClientSecret), options...)
	get := func(adapter *shopify.Adapter) error {
		_, err := adapter.GetOrder(context.Background(), "100")
		return err
	}
	for range 3 {
		if err := get(adapter); err != nil {
			t.Fatal(err)
		}
	}
	if issued := server.TokensIssued(); issued != 1 {
		t.Errorf("%d tokens for three calls", issued)
	}
	server.ExpireTokens()
	if err := get(adapter); err != nil {
		t.Error(err)
	}
	server.ExpireTokens()
	ack := marketplace.Acknowledgement{OrderID: "100", Reference: "S1"}
	if err := adapter.AcknowledgeOrder(context.Background(), ack); err != nil {
		t.Error(err)
	}
	if issued := server.TokensIssued(); issued != 3 {
		t.Errorf("%d tokens, want one for each that expired", issued)
	}
	wrong := shopify.New(server.URL, shopify.ClientCredentials(server.ClientID, "shpss_0000000000000000"), options...)
	if err := get(wrong); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated || strings.Contains(err.Error(), "shpss_") {
		t.Errorf("a wrong secret: %v", err)
	}
	failing := shopify.New(server.URL, shopify.AccessTokenFrom(func(context.Context) (string, error) { return "", errors.New("vault shpat_1 is sealed") }), options...)
	if err := get(failing); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated || strings.Contains(err.Error(), "shpat_1") {
		t.Errorf("a provider that fails: %v", err)
	}
}

// played answers every operation with one body.
func played(t testing.TB, body string, options ...shopify.Option) *shopify.Adapter {
	t.Helper()
	transport := roundTrip(func(request *http.Request) (*http.Response, error) {
		text := strings.ReplaceAll(body, "TOKEN", request.Header.Get("X-Shopify-Access-Token"))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: request}, nil
	})
	return shopify.New("demo", shopify.AccessToken("shpat_secret"), append([]shopify.Option{
		shopify.WithTransport(transport), shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000),
	}, options...)...)
}

func TestGraphQLErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		code       marketplace.Code
		path, text string
	}{
		{name: "partial data", body: `{"data":{"order":{"id":"gid://shopify/Order/1","customer":null}},"errors":[{"message":"Access denied for customer field. TOKEN","path":["order","customer"],"extensions":{"code":"ACCESS_DENIED"}}]}`,
			code: marketplace.CodePermission, path: "order.customer", text: "protected customer data"},
		{name: "a field that is gone", body: `{"errors":[{"message":"Field 'x' doesn't exist on type 'Order'","extensions":{"code":"undefinedField"}}]}`, code: marketplace.CodeInvalid, text: "Field 'x'"},
		{name: "a failure inside", body: `{"errors":[{"message":"Internal error. Looks like something went wrong on our end."}]}`, code: marketplace.CodeUnavailable},
		{name: "a closed shop", body: `{"errors":[{"message":"x","extensions":{"code":"SHOP_INACTIVE"}}]}`, code: marketplace.CodePermission},
		{name: "points used up, nothing said", body: `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":500,"throttleStatus":{"maximumAvailable":1000,"currentlyAvailable":0,"restoreRate":1}}}}`, code: marketplace.CodeRateLimited},
		{name: "errors of another form", body: `{"errors":[7],"data":{}}`, code: marketplace.CodeInvalid},
		{name: "nothing", body: `{}`, code: marketplace.CodeInvalid, path: "data"},
		{name: "no order", body: `{"data":{"order":null}}`, code: marketplace.CodeNotFound},
		{name: "data of another form", body: `{"data":[1]}`, code: marketplace.CodeInvalid, path: "data"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := played(t, test.body).GetOrder(context.Background(), "1")
			var failure *marketplace.Error
			if !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			if failure.Code != test.code || failure.Path != test.path || !strings.Contains(failure.Message, test.text) || strings.Contains(err.Error(), "shpat_secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUserErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]marketplace.Code{
		"STALE_OBJECT": marketplace.CodeConflict, "APP_NOT_AUTHORIZED": marketplace.CodePermission, "INVALID_VALUE": marketplace.CodeInvalid,
	} {
		body := fmt.Sprintf(`{"data":{"order":{"id":"x"},"metafieldsSet":{"userErrors":[{"field":["metafields","0"],"message":"no","code":%q}]}}}`, code)
		err := played(t, body).AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: "1", Reference: "S1"})
		var failure *marketplace.Error
		if !errors.As(err, &failure) || failure.Code != want || failure.Path != "metafields.0" {
			t.Errorf("%s: got %v", code, err)
		}
	}
	err := played(t, `{"data":{"order":{"id":"x"}},"errors":[]}`).AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: "1", Reference: "S1"})
	if marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("an answer that does not say what became of a write: %v", err)
	}
}

// Two processes that acknowledge one order with different names do not overwrite each other unseen.
func TestAcknowledgeConflict(t *testing.T) {
	t.Parallel()
	server := sampleShop(1)
	plain := open(t, server)
	acknowledge := func(adapter *shopify.Adapter, reference string) error {
		return adapter.AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: "100", Reference: reference})
	}
	if err := acknowledge(plain, "S1"); err != nil {
		t.Fatal(err)
	}
	var once atomic.Bool
	slow := open(t, server, shopify.WithTransport(roundTrip(func(request *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(request)
		if once.CompareAndSwap(false, true) { // it has looked
			if err := acknowledge(plain, "S2"); err != nil {
				t.Error(err)
			}
		}
		return response, err
	})))
	if err := acknowledge(slow, "S3"); marketplace.CodeOf(err) != marketplace.CodeConflict {
		t.Errorf("got %v", err)
	}
	if value, writes := server.Metafield("100", "retailsync", "reference"); value != "S2" || writes != 2 {
		t.Errorf("the order has %q after %d writes", value, writes)
	}
}

func TestWrongVersion(t *testing.T) {
	t.Parallel()
	_, err := open(t, sampleShop(1), shopify.WithVersion("2019-04")).GetOrder(context.Background(), "100")
	if marketplace.CodeOf(err) != marketplace.CodeInvalid || !strings.Contains(err.Error(), "version") {
		t.Errorf("got %v", err)
	}
}
