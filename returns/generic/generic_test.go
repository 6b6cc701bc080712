package generic_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/generic"
	"github.com/retailsync/retailsync/returns/returnstest"
)

func config(t testing.TB, name string) generic.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := generic.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func platform(t testing.TB, c generic.Config, secrets generic.Secrets, options ...generic.Option) returns.Platform {
	t.Helper()
	c.PerMinute = 60_000
	p, err := generic.New(c, secrets, append([]generic.Option{generic.WithBackoff(time.Millisecond)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	asSecrets  = generic.Secrets{Token: asKey, Webhook: asSecret}
	rmaSecrets = generic.Secrets{Token: rmaToken, User: rmaUser, Webhook: rmaSecret}
)

func TestConformanceAfterShipStyle(t *testing.T) {
	t.Parallel()
	returnstest.Run(t, returnstest.Harness{
		Secrets: []string{asKey, asSecret},
		Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
			s := newService(t, aftership)
			c := config(t, "aftership")
			c.BaseURL = s.URL
			service := hooks(s, platform(t, c, asSecrets, generic.WithTransport(transport)))
			service.WholeOnly = true
			service.Deliver = func(_ *testing.T, id string) (http.Header, []byte) { return s.asDelivery(id) }
			service.Ping = func(*testing.T) (http.Header, []byte) { return asSign([]byte(`{"event":"tracking.updated"}`)) }
			service.SignatureHeader = "as-signature-hmac-sha256"
			service.Mixed = func(*testing.T) canonical.Return {
				r := mixed()
				r.Order.Channel = canonical.Channel{Name: "shopify", Account: "main"}
				kept := s.fake.Put(r)
				kept.Key.Channel = canonical.Channel{Name: "aftership", Account: "main"}
				kept.RawStatus = "approved"
				for i, word := range []string{"refund_to_original_payment", "refund_to_store_credit", "exchange_for_anything"} {
					kept.Lines[i].RawResolution = word
				}
				kept.Lines[0].Received[0].RawDisposition = "damaged"
				kept.Logistics = canonical.ReturnPartiallyReceived
				return kept
			}
			return service
		},
	})
}

func TestConformanceOtherStyle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pages  string
		newest bool
	}{{"page", false}, {"page", true}, {"offset", false}, {"link", true}} {
		t.Run(fmt.Sprintf("%s newest %t", test.pages, test.newest), func(t *testing.T) {
			t.Parallel()
			returnstest.Run(t, returnstest.Harness{
				Secrets: []string{rmaToken, rmaSecret},
				Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
					s := newService(t, rma(test.pages, test.newest))
					c := config(t, "rma")
					c.BaseURL = s.URL + "/v1"
					c.List.Pages = test.pages
					switch test.pages {
					case "offset":
						c.List.Query = map[string]string{"changedSince": "{since}", "perPage": "{limit}", "offset": "{offset}"}
					case "link":
						c.List.Detail = true
					}
					if test.newest {
						c.List.Order = "other"
					}
					service := hooks(s, platform(t, c, rmaSecrets, generic.WithTransport(transport)))
					service.Deliver = func(_ *testing.T, id string) (http.Header, []byte) { return s.rmaDelivery(id, 0) }
					service.Stale = func(_ *testing.T, id string) (http.Header, []byte) { return s.rmaDelivery(id, 10*time.Minute) }
					service.SignatureHeader = "X-Signature"
					service.Mixed = func(*testing.T) canonical.Return {
						r := mixed()
						r.Order, r.Fees, r.Exchange, r.Number = canonical.Key{}, nil, nil, ""
						for i := range r.Lines {
							r.Lines[i].OrderLineID, r.Lines[i].Reason, r.Lines[i].KeepItem = "", "", false
						}
						kept := s.fake.Put(r)
						kept.Key.Channel = canonical.Channel{Name: "rma", Account: "de"}
						kept.RawStatus = "Authorized"
						for i, word := range []string{"money", "credit", "swap"} {
							kept.Lines[i].RawResolution = word
						}
						kept.Lines[0].Received[0].RawDisposition = "C"
						kept.Logistics = canonical.ReturnPartiallyReceived
						return kept
					}
					return service
				},
			})
		})
	}
}

// mixed is a return with several outcomes.
func mixed() canonical.Return {
	eur := func(text string) canonical.Amount { return canonical.Shop(decimal.MustParse(text)) }
	return canonical.Return{
		Key: canonical.Key{ID: "mixed"}, Number: "RMA-9", Order: canonical.Key{ID: "5012345678"}, OrderNumber: "#10001", Currency: "EUR",
		Approval: canonical.ReturnApproved, Refund: eur("12.34"), RefundKnown: true,
		Lines: []canonical.ReturnLine{
			{ID: "a", OrderLineID: "11000000534", SKU: "A", Qty: decimal.MustNew(3, 0), Reason: "too small", Resolution: canonical.ResolutionRefund,
				Refund: eur("59.97"), RefundKnown: true, Received: []canonical.ReceivedUnits{{Qty: decimal.Two, Disposition: canonical.DispositionDamaged}}},
			{ID: "b", OrderLineID: "11000000535", SKU: "B", Qty: decimal.One, Resolution: canonical.ResolutionStoreCredit, KeepItem: true},
			{ID: "c", OrderLineID: "11000000536", SKU: "C", Qty: decimal.One, Resolution: canonical.ResolutionExchangeOther},
		},
		Exchange: []canonical.ExchangeLine{{ID: "x1", ReturnLineID: "c", SKU: "D", Title: "D", Qty: decimal.One, Total: eur("40.00"),
			Taxes: []canonical.Tax{{Amount: eur("7.60")}}, OrderID: "77"}},
		Fees: []canonical.ReturnFee{{Kind: canonical.FeeRestocking, ReturnLineID: "a", Amount: eur("5.00")}},
	}
}

// hooks are the hooks that both styles share.
func hooks(s *service, p returns.Platform) returnstest.Service {
	var last atomic.Int64
	put := func(approval canonical.ReturnApproval, edit func(*canonical.Return)) canonical.Return {
		n := last.Add(1)
		r := canonical.Return{
			Key: canonical.Key{ID: fmt.Sprintf("r-%d", n)}, Number: fmt.Sprint(n), Order: canonical.Key{ID: fmt.Sprint(n)}, OrderNumber: fmt.Sprint("#", n),
			Currency: "EUR", Approval: approval,
			Lines: []canonical.ReturnLine{
				{ID: "a", SKU: "A", Qty: decimal.MustNew(3, 0), Resolution: canonical.ResolutionRefund},
				{ID: "b", SKU: "B", Qty: decimal.One, Resolution: canonical.ResolutionStoreCredit},
			},
		}
		if edit != nil {
			edit(&r)
		}
		return s.fake.Put(r)
	}
	open := func(approval canonical.ReturnApproval) func(*testing.T) (string, []returns.DecidedLine) {
		return func(*testing.T) (string, []returns.DecidedLine) {
			r := put(approval, nil)
			return r.Key.ID, []returns.DecidedLine{{ID: "a", Qty: decimal.MustNew(3, 0)}, {ID: "b", Qty: decimal.One}}
		}
	}
	return returnstest.Service{
		Platform: p,
		Seed: func(_ *testing.T, n int) []string {
			ids := make([]string, n)
			for i := range ids {
				ids[i] = put(canonical.ReturnApproved, nil).Key.ID
			}
			return ids
		},
		Touch: func(_ *testing.T, id string) {
			s.fake.Change(id, func(r *canonical.Return) { r.OrderNumber += "x" })
		},
		Corrupt:   func(_ *testing.T, id string) { s.spoil(id) },
		Personal:  []string{"Ada Lovelace", "ada@example.com"},
		Requested: open(canonical.ReturnRequested),
		Approved:  open(canonical.ReturnApproved),
		Unknown: func(*testing.T) returnstest.Unknown {
			r := put(canonical.ReturnApproved, func(r *canonical.Return) {
				r.RawStatus = "hovering"
				for i := range r.Lines {
					r.Lines[i].Resolution, r.Lines[i].RawResolution = canonical.ResolutionOther, "a hug"
					r.Lines[i].Received = []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionPending, RawDisposition: "framed"}}
				}
			})
			return returnstest.Unknown{ID: r.Key.ID, Status: "hovering", Resolution: "a hug", Disposition: "framed"}
		},
		Money: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
			return put(canonical.ReturnApproved, func(r *canonical.Return) {
				r.Currency = currency
				r.Lines[0].Refund, r.Lines[0].RefundKnown = canonical.Shop(amount), true
			}).Key.ID
		},
		Shows: func(t *testing.T, id string) returnstest.Shown { return shown(t, s, id) },
	}
}

func shown(t *testing.T, s *service, id string) returnstest.Shown {
	t.Helper()
	r, ok := s.fake.Return(id)
	if !ok {
		t.Fatalf("there is no return %s", id)
	}
	out := returnstest.Shown{
		Approval: r.Approval, Closed: r.Closed, Labels: len(r.Parcels), Effects: len(s.fake.Effects(id)),
		Qty: map[string]string{}, Received: map[string]string{}, Found: map[string]map[canonical.Disposition]string{},
	}
	for _, l := range r.Lines {
		out.Qty[l.ID] = l.Qty.Trim(0).String()
		here := decimal.Zero
		for _, u := range l.Received {
			if u.Disposition != canonical.DispositionMissing {
				here, _ = here.Add(u.Qty)
			}
			if u.Disposition != canonical.DispositionPending {
				if out.Found[l.ID] == nil {
					out.Found[l.ID] = map[canonical.Disposition]string{}
				}
				out.Found[l.ID][u.Disposition] = u.Qty.Trim(0).String()
			}
		}
		if here.IsPos() {
			out.Received[l.ID] = here.Trim(0).String()
		}
	}
	return out
}

// A platform implements what it is configured for, and nothing else.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	for able := range 64 {
		c := config(t, "rma")
		want := returns.Capabilities{ListReturns: true, GetReturn: true}
		for bit, part := range []struct {
			flag *bool
			drop func()
		}{
			{&want.Webhooks, func() { c.Webhook = nil }},
			{&want.Decide, func() { c.Actions.Approve, c.Actions.Decline = nil, nil }},
			{&want.IssueLabels, func() { c.Actions.Label = nil }},
			{&want.ReportReceived, func() { c.Actions.Receive = nil }},
			{&want.ReportInspected, func() { c.Actions.Inspect = nil }},
			{&want.Close, func() { c.Actions.Close = nil }},
		} {
			if *part.flag = able>>bit&1 == 1; !*part.flag {
				part.drop()
			}
		}
		p := platform(t, c, rmaSecrets)
		if diff := cmp.Diff(want, returns.CapabilitiesOf(p)); diff != "" {
			t.Errorf("configuration %06b (-want +got):\n%s", able, diff)
		}
		if p.Channel() != (canonical.Channel{Name: "rma", Account: "de"}) {
			t.Errorf("the channel is %s", p.Channel())
		}
	}
}

// Each mistake is named by its field, and all of them at once.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field  string
		change func(*generic.Config)
	}{
		{"name", func(c *generic.Config) { c.Name = "" }},
		{"account", func(c *generic.Config) { c.Account = "" }},
		{"base_url", func(c *generic.Config) { c.BaseURL = "" }},
		{"orders.account", func(c *generic.Config) { c.Orders.Name = "shopify" }},
		{"per_minute", func(c *generic.Config) { c.PerMinute = -1 }},
		{"money", func(c *generic.Config) { c.Money = "cents" }},
		{"times.zone", func(c *generic.Config) { c.Times.Zone = "Mars/Olympus" }},
		{"auth.kind", func(c *generic.Config) { c.Auth.Kind = "magic" }},
		{"auth.header", func(c *generic.Config) { c.Auth.Header = "" }},
		{"auth.timestamp_header", func(c *generic.Config) { c.Auth.TimestampHeader = "" }},
		{"auth.signature.payload", func(c *generic.Config) { c.Auth.Signature.Payload = "{secret}" }},
		{"auth.signature.algorithm", func(c *generic.Config) { c.Auth.Signature.Algorithm = "md5" }},
		{"auth.signature.encoding", func(c *generic.Config) { c.Auth.Signature.Encoding = "base32" }},
		{"list.path", func(c *generic.Config) { c.List.Path = "" }},
		{"list.items", func(c *generic.Config) { c.List.Items = "" }},
		{"list.items", func(c *generic.Config) { c.List.Items = "a[" }},
		{"list.pages", func(c *generic.Config) { c.List.Pages = "scroll" }},
		{"list.order", func(c *generic.Config) { c.List.Order = "" }},
		{"list.limit", func(c *generic.Config) { c.List.Limit = -1 }},
		{"list.overlap", func(c *generic.Config) { c.List.Overlap = "soon" }},
		{"list.query", func(c *generic.Config) { delete(c.List.Query, "page") }},
		{"list.query", func(c *generic.Config) { delete(c.List.Query, "perPage") }},
		{"list.query", func(c *generic.Config) { delete(c.List.Query, "changedSince") }},
		{"list.query.page", func(c *generic.Config) { c.List.Query["page"] = "{pagee}" }},
		{"list.next", func(c *generic.Config) {
			c.List.Pages, c.List.Query = "cursor", map[string]string{"cursor": "{cursor}"}
		}},
		{"get.path", func(c *generic.Config) { c.Get.Path = "/rmas" }},
		{"get.item", func(c *generic.Config) { c.Get.Item = "a b" }},
		{"refusal", func(c *generic.Config) { c.Refusal = "a[x]" }},
		{"return.id", func(c *generic.Config) { c.Return.ID = "" }},
		{"return.updated_at", func(c *generic.Config) { c.Return.UpdatedAt = "" }},
		{"return.order_id", func(c *generic.Config) { c.Return.OrderNumber = "" }},
		{"return.approval", func(c *generic.Config) { c.Return.Approval = "" }},
		{"return.currency", func(c *generic.Config) { c.Return.Currency = "" }},
		{"return.refund", func(c *generic.Config) { c.Return.Refund.Shop = "." }},
		{"return.lines", func(c *generic.Config) { c.Return.Lines = "" }},
		{"return.line.id", func(c *generic.Config) { c.Return.Line.ID = "" }},
		{"return.line.qty", func(c *generic.Config) { c.Return.Line.Qty = "" }},
		{"return.line.order_line_id", func(c *generic.Config) { c.Return.Line.SKU = "" }},
		{"return.line.unit.disposition", func(c *generic.Config) { c.Return.Line.Unit.Disposition = "" }},
		{"return.line.received_qty", func(c *generic.Config) { c.Return.Line.Received = "" }},
		{"return.line.received", func(c *generic.Config) { c.Return.Line.Received, c.Return.Line.ReceivedQty = "", "n" }},
		{"return.exchange_line.id", func(c *generic.Config) { c.Return.Exchange = "exchanges" }},
		{"return.parcels", func(c *generic.Config) { c.Return.Parcels = "" }},
		{"return.fees[0].kind", func(c *generic.Config) { c.Return.Fees = []generic.FeeFields{{Kind: "bribe"}} }},
		{"return.fees[0].amount", func(c *generic.Config) { c.Return.Fees = []generic.FeeFields{{Kind: "handling"}} }},
		{"return.ext.note", func(c *generic.Config) { c.Return.Ext = map[string]string{"note": ""} }},
		{"words.approval", func(c *generic.Config) { c.Words.Approval = nil }},
		{"words.approval.Pending", func(c *generic.Config) { c.Words.Approval["Pending"] = "waiting" }},
		{"words.disposition.A", func(c *generic.Config) { c.Words.Disposition["A"] = "fine" }},
		{"words.closed", func(c *generic.Config) { c.Return.Closed = "" }},
		{"webhook.header", func(c *generic.Config) { c.Webhook.Header = "" }},
		{"webhook.return_id", func(c *generic.Config) { c.Webhook.ReturnID = "" }},
		{"webhook.tolerance", func(c *generic.Config) { c.Webhook.Tolerance = "-5m" }},
		{"webhook.timestamp_header", func(c *generic.Config) { c.Webhook.TimestampHeader = "" }},
		{"webhook.timestamp_header", func(c *generic.Config) { c.Webhook.Signature.Payload = "{body}" }},
		{"webhook.signature.payload", func(c *generic.Config) { c.Webhook.Signature.Payload = "{timestamp}" }},
		{"webhook.event", func(c *generic.Config) { c.Webhook.Events = []string{"x"} }},
		{"actions.approve", func(c *generic.Config) { c.Actions.Decline = nil }},
		{"actions.close.method", func(c *generic.Config) { c.Actions.Close.Method = "GET" }},
		{"actions.close.path", func(c *generic.Config) { c.Actions.Close.Path = "/rmas/close" }},
		{"actions.close.path", func(c *generic.Config) { c.Actions.Close.Path = "/rmas/{id}/{line}" }},
		{"actions.close.body", func(c *generic.Config) { c.Actions.Close.Body = map[string]any{"a": "{nothing}"} }},
		{"actions.close.body", func(c *generic.Config) { c.Actions.Close.Body = 1.5 }},
		{"actions.receive.body", func(c *generic.Config) {
			c.Actions.Receive.PerLine = false
			c.Actions.Receive.Body = map[string]any{"a": "b"}
		}},
		{"actions.receive.quantities", func(c *generic.Config) { c.Actions.Receive.Quantities = "some" }},
		{"actions.inspect.dispositions", func(c *generic.Config) { c.Actions.Inspect.Dispositions = nil }},
		{"actions.inspect.dispositions.fine", func(c *generic.Config) { c.Actions.Inspect.Dispositions["fine"] = "A" }},
		{"actions.close.success", func(c *generic.Config) { c.Actions.Close.SuccessValue = "1" }},
	} {
		c := config(t, "rma")
		test.change(&c)
		_, err := generic.New(c, rmaSecrets)
		if !slices.Contains(fieldsOf(err), test.field) {
			t.Errorf("want an error of %s, got %v", test.field, err)
		}
	}
	_, err := generic.New(generic.Config{}, generic.Secrets{})
	if fields := fieldsOf(err); len(fields) < 12 {
		t.Errorf("an empty configuration has the errors %q only", fields)
	}
}

// fieldsOf are the fields that an error names.
func fieldsOf(err error) []string {
	var fields []string
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, one := range joined.Unwrap() {
		var failure *generic.ConfigError
		if errors.As(one, &failure) {
			fields = append(fields, failure.Field)
		}
	}
	return fields
}

func TestParseIsStrict(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"name: x\nnmae: y", "name: [", "list: 5"} {
		if _, err := generic.Parse([]byte(text)); err == nil {
			t.Errorf("%q is taken for a configuration", text)
		}
	}
}

// A repeat has the same idempotency key, and another quantity another.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	s := newService(t, aftership)
	c := config(t, "aftership")
	c.BaseURL = s.URL
	// The service does not say what has arrived, so that each report is sent.
	reporter := platform(t, c, asSecrets, generic.WithTransport(deaf{})).(returns.ReceiptReporter)
	id := s.fake.Put(mixed()).Key.ID
	for _, qty := range []int64{1, 1, 2} {
		_ = reporter.ReportReceived(context.Background(), returns.Receipt{ReturnID: id, Reference: "in-1", Lines: []returns.DecidedLine{{ID: "c", Qty: decimal.One}, {ID: "a", Qty: decimal.MustNew(qty, 0)}}})
	}
	if len(s.keys) != 3 || s.keys[0] != s.keys[1] || s.keys[0] == s.keys[2] {
		t.Errorf("the keys are %q", s.keys)
	}
}

// deaf hides from the platform what a service has received.
type deaf struct{}

func (deaf) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil || request.Method != http.MethodGet {
		return response, err
	}
	return hide(response)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	s := newService(t, aftership)
	c := config(t, "aftership")
	c.BaseURL = s.URL
	s.fake.Put(mixed())
	calls := 0
	p := platform(t, c, generic.Secrets{}, generic.WithSecretsFrom(func(context.Context) (generic.Secrets, error) {
		if calls++; calls > 1 {
			return generic.Secrets{}, errors.New("the vault at 10.0.0.1 is sealed")
		}
		return asSecrets, nil
	}))
	if _, err := p.(returns.Getter).GetReturn(context.Background(), "mixed"); err != nil {
		t.Errorf("with a provider: %v", err)
	}
	_, err := p.(returns.Getter).GetReturn(context.Background(), "mixed")
	if marketplace.CodeOf(err) != marketplace.CodeUnauthenticated || strings.Contains(err.Error(), "vault") {
		t.Errorf("a provider that fails: %v", err)
	}
	header, body := s.asDelivery("mixed")
	if _, err := platform(t, c, generic.Secrets{Token: asKey}).(marketplace.WebhookReceiver).ReceiveWebhook(context.Background(), header, body); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
		t.Errorf("without a webhook secret: %v", err)
	}
	for _, kind := range []string{"bearer", "basic"} {
		c.Auth = generic.Auth{Kind: kind}
		if _, err := platform(t, c, generic.Secrets{}).(returns.Getter).GetReturn(context.Background(), "mixed"); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
			t.Errorf("%s without a secret: %v", kind, err)
		}
	}
}

// TestWebhookSecretIsReplacedWhileRunning rotates the secret of one platform: no delivery is lost, and the former one ends when it is taken away.
func TestWebhookSecretIsReplacedWhileRunning(t *testing.T) {
	t.Parallel()
	s := newService(t, aftership)
	c := config(t, "aftership")
	c.BaseURL = s.URL
	s.fake.Put(mixed())
	secrets := generic.Secrets{Token: asKey}
	receiver := platform(t, c, generic.Secrets{}, generic.WithSecretsFrom(func(context.Context) (generic.Secrets, error) { return secrets, nil })).(marketplace.WebhookReceiver)
	header, body := s.asDelivery("mixed") // signed by asSecret
	for _, step := range []struct {
		name, webhook, former string
		accepted              bool
	}{
		{"before", asSecret, "", true},
		{"ours is replaced first", "the next secret", asSecret, true},
		{"the platform's is replaced", asSecret, "an older secret", true},
		{"the former one has ended", "the next secret", "", false},
		{"neither fits", "the next secret", "an older secret", false},
		{"only a former one", "", asSecret, false},
	} {
		secrets.Webhook, secrets.FormerWebhook = step.webhook, step.former
		_, err := receiver.ReceiveWebhook(context.Background(), header, body)
		if step.accepted && err != nil || !step.accepted && marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	unsigned := header.Clone()
	unsigned.Set("as-signature-hmac-sha256", "")
	secrets.Webhook, secrets.FormerWebhook = asSecret, ""
	if _, err := receiver.ReceiveWebhook(context.Background(), unsigned, body); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
		t.Errorf("without a signature: %v", err)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"none": "", "bearer": "Bearer token-1", "basic": "Basic dXNlcjpwYXNz", "header": "Token token-1"} {
		var got string
		s := newService(t, func(s *service) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.Header.Get("Authorization")
				write(w, http.StatusOK, object{"data": s.asReturn(mixed())})
			})
		})
		c := config(t, "aftership")
		c.BaseURL, c.Auth = s.URL, generic.Auth{Kind: kind, Header: "Authorization", Prefix: "Token "}
		p := platform(t, c, generic.Secrets{Token: "token-1", User: "user", Password: "pass"})
		if _, err := p.(returns.Getter).GetReturn(context.Background(), "mixed"); marketplace.CodeOf(err) == marketplace.CodeUnauthenticated || got != want {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
	}
}

// Nothing that is signed makes the parser panic or invents a return.
func FuzzReceiveWebhook(f *testing.F) {
	f.Add([]byte(`{"event":"return.approved","data":{"id":"r-1"},"created_at":"2026-03-01T12:00:00Z"}`))
	f.Add([]byte(`{"event":[],"data":[]}`))
	receiver := platform(f, config(f, "aftership"), asSecrets).(marketplace.WebhookReceiver)
	f.Fuzz(func(t *testing.T, body []byte) {
		header, _ := asSign(body)
		notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
		for _, notice := range notices {
			if err != nil || notice.Key.ID == "" || notice.EventID == "" {
				t.Errorf("notice %+v, error %v", notice, err)
			}
		}
	})
}
