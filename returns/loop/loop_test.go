package loop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/loop"
	"github.com/retailsync/retailsync/returns/loop/looptest"
	"github.com/retailsync/retailsync/returns/returnstest"
)

var (
	channel = canonical.Channel{Name: loop.Name, Account: "main"}
	shop    = canonical.Channel{Name: "shopify", Account: "main"}
)

func open(t *testing.T, transport http.RoundTripper, set ...func(*looptest.Server)) (*loop.Platform, *looptest.Server) {
	t.Helper()
	server := looptest.NewServer()
	t.Cleanup(server.Close)
	for _, change := range set {
		change(server)
	}
	return loop.New(loop.APIKey(server.Key), loop.WithAddress(server.Address), loop.WithWebhookSecret(server.Secret),
		loop.WithBeginning(time.Now().AddDate(-3, 0, 0)), loop.WithTransport(transport), loop.WithBackoff(time.Millisecond),
		loop.WithRateLimit(10_000)), server
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*looptest.Server){
		"oldest first": func(*looptest.Server) {},
		"newest first": func(s *looptest.Server) { s.Newest, s.Missing = true, 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			returnstest.Run(t, returnstest.Harness{
				Secrets: []string{"loop-api-key", "loop-webhook-secret"},
				Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
					platform, server := open(t, transport, set)
					return service(platform, server)
				},
			})
		})
	}
}

func service(platform *loop.Platform, server *looptest.Server) returnstest.Service {
	var last atomic.Int64
	last.Store(1000)
	put := func(edit func(looptest.Object)) string {
		r := looptest.Sample(int(last.Add(1)))
		edit(r)
		return server.Put(r)
	}
	start := time.Now().UTC().Add(-300 * 24 * time.Hour).Truncate(time.Second)
	return returnstest.Service{
		Platform: platform,
		Seed: func(_ *testing.T, n int) []string {
			ids := make([]string, n)
			for i := range ids {
				ids[i] = put(func(r looptest.Object) {
					// Several in one second, and in all states.
					r["created_at"] = start.Add(time.Duration(last.Load()/4) * 12 * time.Hour).Format("2006-01-02T15:04:05.000Z")
					r["state"] = []string{"open", "closed", "expired", "cancelled", "review"}[int(last.Load())%5]
				})
			}
			return ids
		},
		Touch: func(_ *testing.T, id string) {
			server.Change(id, func(r looptest.Object) { r["handling_fee"] = "6.00" })
		},
		Corrupt: func(_ *testing.T, id string) {
			server.Change(id, func(r looptest.Object) { r["refund"] = looptest.Object{"of": "Ada Lovelace"} })
		},
		Personal:        []string{"Lovelace", "ada.lovelace@example.com", "St James"},
		Deliver:         func(_ *testing.T, id string) (http.Header, []byte) { return server.Delivery(id) },
		Ping:            func(*testing.T) (http.Header, []byte) { return server.Sign([]byte(`{"topic":"cart","id":1}`)) },
		SignatureHeader: "X-Loop-Signature",
		Mixed: func(*testing.T) canonical.Return {
			id := put(func(r looptest.Object) {
				r["created_at"] = "2026-03-01T12:00:00.000Z"
				lines := r["line_items"].([]any)
				lines[0].(looptest.Object)["disposition"] = looptest.Object{"disposition_outcome": "donate"}
				r["line_items"] = append(lines, looptest.Object{"line_item_id": 7, "sku": "CAP", "outcome": "gift_card", "refund": "0.00"})
			})
			return mixed(id)
		},
		Unknown: func(*testing.T) returnstest.Unknown {
			id := put(func(r looptest.Object) {
				r["state"] = "hovering"
				for _, line := range r["line_items"].([]any) {
					line.(looptest.Object)["outcome"] = "a hug"
					line.(looptest.Object)["disposition"] = looptest.Object{"disposition_outcome": "framed"}
				}
			})
			return returnstest.Unknown{ID: id, Status: "hovering", Resolution: "a hug", Disposition: "framed"}
		},
		Money: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
			return put(func(r looptest.Object) {
				r["currency"] = string(currency)
				line := r["line_items"].([]any)[0].(looptest.Object)
				line["outcome"], line["refund"] = "refund", json.Number(amount.String())
			})
		},
		Approved: func(*testing.T) (string, []returns.DecidedLine) {
			id := put(func(looptest.Object) {})
			return id, []returns.DecidedLine{{ID: id + "1", Qty: decimal.One}, {ID: id + "2", Qty: decimal.One}}
		},
		Shows: func(t *testing.T, id string) returnstest.Shown { return shown(t, server, id) },
	}
}

// mixed is what the harness's return with several outcomes must be decoded to.
func mixed(id string) canonical.Return {
	usd := func(text string) canonical.Amount { return canonical.Shop(decimal.MustParse(text)) }
	return canonical.Return{
		Key: canonical.Key{Channel: channel, ID: id}, Number: id, Order: canonical.Key{Channel: shop, ID: "5012345678"}, OrderNumber: "#1001",
		RequestedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Approval: canonical.ReturnApproved, RawStatus: "open",
		Logistics: canonical.ReturnPartiallyReceived, Currency: "USD",
		Lines: []canonical.ReturnLine{
			{ID: id + "1", OrderLineID: "1100000000", SKU: "SHIRT-S", Qty: decimal.One, Reason: "Too small", Resolution: canonical.ResolutionRefund,
				RawResolution: "default", Refund: usd("82.29"), RefundKnown: true,
				Received: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionDamaged, RawDisposition: "donate"}}},
			{ID: id + "2", OrderLineID: "1100000001", SKU: "SHIRT-M", Qty: decimal.One, Reason: "Other colour",
				Resolution: canonical.ResolutionExchangeOther, RawResolution: "exchange"},
			{ID: "7", SKU: "CAP", Qty: decimal.One, Resolution: canonical.ResolutionGiftCard, RawResolution: "gift_card"},
		},
		Exchange: []canonical.ExchangeLine{{ID: "77", SKU: "SHIRT-M-BLUE", Title: "Shirt M blue", Qty: decimal.One, OrderID: "5012345999",
			Total: usd("50.00"), Taxes: []canonical.Tax{{Amount: usd("3.00")}}}},
		Parcels: []canonical.ReturnParcel{{Carrier: "USPS", TrackingNumber: "9400100000000000000001"}},
		Fees:    []canonical.ReturnFee{{Kind: canonical.FeeHandling, Amount: usd("5.00")}},
		Refund:  usd("77.29"), RefundKnown: true,
	}
}

// shown is a return as the server has it.
func shown(t *testing.T, server *looptest.Server, id string) returnstest.Shown {
	t.Helper()
	r := server.Return(id)
	if r == nil {
		t.Fatalf("there is no return %s", id)
	}
	s := returnstest.Shown{
		Approval: canonical.ReturnApproved, Closed: r["state"] == "closed", Effects: server.Effects(id),
		Found: map[string]map[canonical.Disposition]string{},
	}
	words := map[string]canonical.Disposition{
		"back_to_stock": canonical.DispositionSellable, "resale_hold": canonical.DispositionRefurbish, "recycle": canonical.DispositionDamaged,
		"missing": canonical.DispositionMissing, "incorrect_item": canonical.DispositionWrongItem,
	}
	for _, line := range r["line_items"].([]any) {
		line := line.(looptest.Object)
		for field, word := range map[string]string{"disposition": "disposition_outcome", "condition": "condition_category"} {
			if told, ok := line[field].(looptest.Object); ok {
				s.Found[fmt.Sprint(line["line_item_id"])] = map[canonical.Disposition]string{words[fmt.Sprint(told[word])]: "1"}
			}
		}
	}
	return s
}

// A payload in the form of 2020, as a webhook has it before there is a label, decodes too.
func TestOlderPayload(t *testing.T) {
	t.Parallel()
	body := `{"topic":"return","trigger":"return.created","id":"7001","state":"open","created_at":"2020-10-05T09:00:01+00:00","total":"0.22",
		"order_name":"#2002","provider_order_id":"5012345002","currency":"USD","return_total":"0.22","exchange_total":"0.00",
		"gift_card":"0.00","handling_fee":"0.00","refund":"0.22","refunds":[],"upsell":"0.00",
		"line_items":[{"line_item_id":"8001","provider_line_item_id":"1100000003","variant_id":"2200000001","sku":"RING","price":"80.00",
			"discount":"79.80","tax":"0.02","refund":"0.22","returned_at":"2020-10-05 09:00:01","exchange_variant":"","return_reason":"Too big",
			"outcome":"default"}],"exchanges":[],"carrier":"","tracking_number":"N/A","label_status":"pending","label_updated_at":"2020-10-05T09:00:03+00:00"}`
	got, err := loop.DecodeReturn(channel, shop, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	worth := canonical.Shop(decimal.MustParse("0.22"))
	want := canonical.Return{
		Key: canonical.Key{Channel: channel, ID: "7001"}, Number: "7001", Order: canonical.Key{Channel: shop, ID: "5012345002"},
		OrderNumber: "#2002", RequestedAt: time.Date(2020, 10, 5, 9, 0, 1, 0, time.UTC),
		Revision: canonical.Revision{UpdatedAt: time.Date(2020, 10, 5, 9, 0, 3, 0, time.UTC)},
		Approval: canonical.ReturnApproved, Logistics: canonical.ReturnUnsent, RawStatus: "open", Currency: "USD", Refund: worth, RefundKnown: true,
		Lines: []canonical.ReturnLine{{ID: "8001", OrderLineID: "1100000003", SKU: "RING", Qty: decimal.One, Reason: "Too big",
			Resolution: canonical.ResolutionRefund, RawResolution: "default", Refund: worth, RefundKnown: true}},
	}
	same := cmp.Options{cmpopts.IgnoreFields(canonical.Return{}, "Ext"), cmpopts.IgnoreFields(canonical.Revision{}, "Digest"),
		cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(looptest.Object)
		path   string // of the failure; empty for none
		check  func(canonical.Return) bool
	}{
		{name: "the buyer pays on top", change: func(r looptest.Object) { r["refund"], r["upsell"] = "0.00", "12.50" },
			check: func(r canonical.Return) bool {
				return r.Refund.Shop.Equal(decimal.MustParse("-12.50")) && r.RefundKnown
			}},
		{name: "no refund is stated", change: func(r looptest.Object) { delete(r, "refund") },
			check: func(r canonical.Return) bool { return !r.RefundKnown }},
		{name: "the same article", change: func(r looptest.Object) { line(r, 1)["exchange_variant"] = "234983" },
			check: func(r canonical.Return) bool { return r.Lines[1].Resolution == canonical.ResolutionExchangeSame }},
		{name: "nobody has said", change: func(r looptest.Object) { delete(r, "outcome"); line(r, 0)["refund"] = "0.00" },
			check: func(r canonical.Return) bool {
				return r.Lines[0].Resolution == canonical.ResolutionPending && !r.Lines[0].RefundKnown
			}},
		{name: "the return's outcome", change: func(r looptest.Object) { r["outcome"] = "store_credit"; line(r, 0)["refund"] = "0.00" },
			check: func(r canonical.Return) bool { return r.Lines[0].Resolution == canonical.ResolutionStoreCredit }},
		{name: "delivered", change: func(r looptest.Object) { r["labels"] = []any{looptest.Object{"status": "delivered"}} },
			check: func(r canonical.Return) bool { return r.Logistics == canonical.ReturnArrived }},
		{name: "one of two delivered", change: func(r looptest.Object) {
			r["labels"] = []any{looptest.Object{"status": "delivered"}, looptest.Object{"status": "new"}}
		}, check: func(r canonical.Return) bool { return r.Logistics == canonical.ReturnInTransit }},
		{name: "a label outside of the list", change: func(r looptest.Object) {
			delete(r, "labels")
			r["label_status"], r["carrier"], r["tracking_number"] = "pre_transit", "USPS", json.Number("940010000000002")
		}, check: func(r canonical.Return) bool {
			return r.Logistics == canonical.ReturnLabelIssued && r.Parcels[0].TrackingNumber == "940010000000002"
		}},
		{name: "expired", change: func(r looptest.Object) { r["state"] = "expired" },
			check: func(r canonical.Return) bool { return r.Approval == canonical.ReturnExpired && r.Closed }},
		{name: "under review", change: func(r looptest.Object) { r["state"] = "review" },
			check: func(r canonical.Return) bool { return r.Approval == canonical.ReturnRequested && !r.Closed }},
		{name: "nothing of the buyer", change: func(looptest.Object) {}, check: func(r canonical.Return) bool {
			data, _ := json.Marshal(r)
			return !strings.Contains(string(data), "Lovelace") && !strings.Contains(string(data), "example.com")
		}},
		{name: "an id twice", change: func(r looptest.Object) { line(r, 1)["line_item_id"] = line(r, 0)["line_item_id"] }, path: "line_items[1].line_item_id"},
		{name: "an id that is none", change: func(r looptest.Object) { line(r, 1)["line_item_id"] = "../1" }, path: "line_items[1].line_item_id"},
		{name: "no currency", change: func(r looptest.Object) { delete(r, "currency") }, path: "currency"},
		{name: "a currency that is none", change: func(r looptest.Object) { r["currency"] = "???" }, path: "currency"},
		{name: "no state", change: func(r looptest.Object) { delete(r, "state") }, path: "state"},
		{name: "no number", change: func(r looptest.Object) { line(r, 0)["refund"] = "a lot" }, path: "line_items[0].refund"},
		{name: "too many digits", change: func(r looptest.Object) { r["refund"] = "0.12345678901234567890123" }, path: "refund"},
		{name: "no time", change: func(r looptest.Object) { r["created_at"] = "soon" }, path: "created_at"},
		{name: "lines of another form", change: func(r looptest.Object) { r["line_items"] = "none" }, path: "line_items"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := looptest.Sample(5)
			test.change(r)
			body, _ := json.Marshal(r)
			got, err := loop.DecodeReturn(channel, shop, body)
			if test.path == "" {
				if err != nil || !test.check(got) {
					t.Errorf("%v, %+v", err, got)
				}
				return
			}
			failure, ok := err.(*marketplace.Error)
			if !ok || failure.Path != test.path || failure.Code != marketplace.CodeInvalid {
				t.Errorf("the error is %v, want one at %s", err, test.path)
			}
		})
	}
}

func line(r looptest.Object, i int) looptest.Object {
	return r["line_items"].([]any)[i].(looptest.Object)
}

// A listing of all goes through as many windows as Loop needs, and the next run begins where Loop's clock stood.
func TestWindows(t *testing.T) {
	t.Parallel()
	calls := 0
	platform, server := open(t, counting(func() { calls++ }))
	var want []string
	for i, days := range []int{900, 400, 130, 119, 1} {
		r := looptest.Sample(i + 1)
		at := time.Now().UTC().Add(-time.Duration(days) * 24 * time.Hour).Format("2006-01-02T15:04:05.000Z")
		r["created_at"], r["updated_at"] = at, at
		want = append(want, server.Put(r))
	}
	run := func(query returns.Query) ([]string, marketplace.Cursor) {
		var ids []string
		for {
			page, err := platform.ListReturns(context.Background(), query)
			if err != nil {
				t.Fatal(err)
			}
			for _, fetched := range page.Returns {
				ids = append(ids, fetched.Key.ID)
			}
			if query.Cursor = page.Cursor; !page.More {
				return ids, query.Cursor
			}
		}
	}
	got, cursor := run(returns.Query{})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	calls = 0
	if again, _ := run(returns.Query{Cursor: cursor}); len(again) > 0 || calls != 3 {
		t.Errorf("a second run gave %v in %d calls, want nothing in 3", again, calls)
	}
}

type counting func()

func (c counting) RoundTrip(request *http.Request) (*http.Response, error) {
	c()
	return http.DefaultTransport.RoundTrip(request)
}

// Both forms of a body that Loop's documentation names are accepted, whatever is in it.
func TestSignedForms(t *testing.T) {
	t.Parallel()
	platform, server := open(t, nil)
	for name, body := range map[string]string{
		"plain":                 `{"topic":"return","id":"7"}`,
		"slashes":               `{"topic":"return","id":"7","url":"https://example.com/a/b"}`,
		"escaped slashes":       `{"topic":"return","id":"7","url":"https:\/\/example.com\/a"}`,
		"newlines":              "{\n  \"topic\": \"return\",\r\n  \"id\": \"7\"\n}\n",
		"an escaped newline":    `{"topic":"return","id":"7","note":"one\ntwo/three"}`,
		"a backslash and slash": `{"topic":"return","id":"7","note":"a\\/b"}`,
	} {
		signings := map[string]func([]byte) (http.Header, []byte){"raw": server.Sign}
		if name != "a backslash and slash" { // the simple replacement of the test does not know pairs of backslashes
			signings["escaped"] = server.SignEscaped
		}
		for form, sign := range signings {
			header, content := sign([]byte(body))
			notices, err := platform.ReceiveWebhook(context.Background(), header, content)
			if err != nil || len(notices) != 1 || notices[0].Key.ID != "7" {
				t.Errorf("%s, signed %s: %v, %v", name, form, notices, err)
			}
			header.Set("X-Loop-Signature", header.Get("X-Loop-Signature")[1:])
			if _, err := platform.ReceiveWebhook(context.Background(), header, content); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
				t.Errorf("%s, signed %s, cut: %v", name, form, err)
			}
		}
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	platform, server := open(t, nil)
	for _, test := range []struct {
		body, id string
		code     marketplace.Code
	}{
		{`{"topic":"return","trigger":"return.closed","id":"8"}`, "8", ""},
		{`{"topic":"label","trigger":"label.updated","id":8,"label_updated_at":"2019-04-01T12:00:00.000Z"}`, "8", ""},
		{`{"topic":"label","trigger":"label.updated","return_id":"9","order_id":"1"}`, "9", ""},
		{`{"topic":"label.request","trigger":"label.request.issued","id":"5fc3126e-68c5","return_id":8}`, "8", ""},
		{`{"topic":"giftcard","trigger":"giftcard.requested","id":12345,"return_id":"8"}`, "8", ""},
		{`{"topic":"restock","trigger":"restock.requested","return_id":8,"id":3}`, "8", ""},
		{`{"topic":"restock","trigger":"restock.requested","id":3}`, "", marketplace.CodeInvalid},
		{`{"topic":"return","id":"../8"}`, "", marketplace.CodeInvalid},
		{`{"topic":"return"}`, "", marketplace.CodeInvalid},
		{`[]`, "", marketplace.CodeInvalid},
		{`{"topic":"something.new","id":"8"}`, "", ""},
	} {
		header, body := server.Sign([]byte(test.body))
		notices, err := platform.ReceiveWebhook(context.Background(), header, body)
		id := ""
		if len(notices) == 1 {
			id = notices[0].Key.ID
		}
		if id != test.id || marketplace.CodeOf(err) != test.code {
			t.Errorf("%s: %q, %v; want %q, %q", test.body, id, err, test.id, test.code)
		}
	}
	nobody := loop.New(loop.APIKey("k"))
	header, body := server.Sign([]byte(`{"topic":"return","id":"8"}`))
	if _, err := nobody.ReceiveWebhook(context.Background(), header, body); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
		t.Errorf("without a secret: %v", err)
	}
}

// Loop answers 200 where it refuses.
func TestRefusalsWithSuccess(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	platform, server := open(t, nil)
	actions := map[string]func(context.Context, string) error{
		"process": platform.ProcessReturn, "cancel": platform.CancelReturn, "flag": platform.FlagReturn,
		"close": func(ctx context.Context, id string) error {
			return platform.CloseReturn(ctx, returns.Closing{ReturnID: id, Reference: "r"})
		},
	}
	for i, test := range []struct {
		action, state, after string
		code                 marketplace.Code
	}{
		{"process", "open", "closed", ""},
		{"process", "closed", "closed", ""},
		{"process", "review", "review", marketplace.CodeConflict},
		{"process", "cancelled", "cancelled", marketplace.CodeConflict},
		{"cancel", "open", "cancelled", ""},
		{"cancel", "cancelled", "cancelled", ""},
		{"cancel", "closed", "closed", marketplace.CodeConflict},
		{"cancel", "expired", "expired", marketplace.CodeConflict},
		{"flag", "open", "review", ""},
		{"flag", "review", "review", ""},
		{"flag", "closed", "closed", marketplace.CodeConflict},
		{"close", "review", "closed", ""},
		{"close", "cancelled", "cancelled", ""},
	} {
		sample := looptest.Sample(100 + i)
		sample["state"] = test.state
		id := server.Put(sample)
		for range 2 {
			if err := actions[test.action](ctx, id); marketplace.CodeOf(err) != test.code {
				t.Errorf("%s what is %s: %v, want %q", test.action, test.state, err, test.code)
			}
		}
		if state := server.Return(id)["state"]; state != test.after {
			t.Errorf("%s what is %s: it is %s, want %s", test.action, test.state, state, test.after)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	platform, server := open(t, nil)
	id := server.Put(looptest.Sample(1))
	for _, note := range []string{"Received in Berlin", " Received in Berlin ", "Restocked"} {
		if err := platform.AddNote(ctx, id, note); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"Received in Berlin", "Restocked"}, server.Notes(id)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", strings.Repeat("x", 255)} {
		if err := platform.AddNote(ctx, id, bad); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("a note of %d characters: %v", len(bad), err)
		}
	}
}

// A unit can be looked at again, and a line is one unit only.
func TestInspectionAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	platform, server := open(t, nil)
	id := server.Put(looptest.Sample(1))
	report := func(units ...canonical.ReceivedUnits) error {
		return platform.ReportInspected(ctx, returns.Inspection{ReturnID: id, Reference: "r", At: time.Unix(0, 0),
			Lines: []returns.InspectedLine{{ID: id + "1", Found: units}}})
	}
	one := func(d canonical.Disposition) canonical.ReceivedUnits {
		return canonical.ReceivedUnits{Qty: decimal.One, Disposition: d}
	}
	for _, d := range []canonical.Disposition{"wrong_item", "sellable", "missing", "damaged", "wrong_item", "refurbish"} {
		if err := report(one(d)); err != nil {
			t.Fatal(err)
		}
		state, err := platform.GetReturn(ctx, id)
		if err != nil || len(state.Lines[0].Received) != 1 || state.Lines[0].Received[0].Disposition != d {
			t.Errorf("%s was told, and Loop says %+v, %v", d, state.Lines[0].Received, err)
		}
	}
	effects := server.Effects(id)
	for name, units := range map[string][]canonical.ReceivedUnits{
		"two conditions": {one("sellable"), one("damaged")},
		"half a unit":    {{Qty: decimal.MustParse("0.5"), Disposition: "sellable"}},
		"no such word":   {one("vintage")},
	} {
		if err := report(units...); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := report(one("pending")); err != nil || server.Effects(id) != effects {
		t.Errorf("nothing to tell: %v, %d changes", err, server.Effects(id)-effects)
	}
}

func FuzzDecodeReturn(f *testing.F) {
	body, _ := json.Marshal(looptest.Sample(1))
	f.Add(body)
	f.Add([]byte(`{"id":1,"state":"open","currency":"jpy","refund":1e3,"line_items":{"line_item_id":1},"labels":[[]],"exchanges":[{"total":1}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		state, err := loop.DecodeReturn(channel, shop, body)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		again, err := loop.DecodeReturn(channel, shop, body)
		if err != nil || again.Revision != state.Revision || state.Key.ID == "" {
			t.Errorf("decoded twice with two results: %v", err)
		}
	})
}

func FuzzReceiveWebhook(f *testing.F) {
	f.Add([]byte(`{"topic":"return","id":"1"}`))
	f.Add([]byte(`{"topic":"label","return_id":null,"id":1,"label_updated_at":"x"}`))
	platform := loop.New(loop.APIKey("k"), loop.WithWebhookSecret("s"))
	signer := &looptest.Server{Secret: "s"}
	f.Fuzz(func(t *testing.T, body []byte) {
		header, _ := signer.Sign(body)
		notices, err := platform.ReceiveWebhook(context.Background(), header, body)
		for _, notice := range notices {
			if err != nil || notice.Key.ID == "" || notice.EventID == "" {
				t.Errorf("notice %+v, error %v", notice, err)
			}
		}
	})
}
