package woocommerce_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wooshop"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest"
)

// completed puts an order of three units of one line and two of another, each at 10.00, that was shipped, and returns its id.
func completed(server *wootest.Server, id int) string {
	at := time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04:05")
	server.Put(wootest.LinesOrder(id, at, wootest.Line{SKU: "TS-M", Units: 3}, wootest.Line{SKU: "TS-S", Units: 2}))
	server.Change(fmt.Sprint(id), func(order map[string]any) {
		order["status"], order["date_completed_gmt"] = "completed", at
	})
	return fmt.Sprint(id)
}

func TestReturnsConformance(t *testing.T) {
	t.Parallel()
	returnstest.Run(t, returnstest.Harness{Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
		server := wootest.NewServer()
		t.Cleanup(server.Close)
		var last atomic.Int64
		last.Store(700)
		orderOf := func(id string) string { order, _, _ := strings.Cut(id, "-"); return order }
		return returnstest.Service{
			Platform: wooshop.Adapter(server, transport),
			Seed: func(_ *testing.T, n int) []string {
				ids := make([]string, n)
				for i := range ids {
					number := int(last.Add(1))
					order := completed(server, number)
					refund := server.Refund(order, "10.00", "too small", wootest.Refunded{LineID: number*100 + 1, Units: 1, Total: "10.00", Tax: "0.00", Restock: i%2 == 0})
					ids[i] = fmt.Sprintf("%s-%d", order, refund)
				}
				return ids
			},
			Touch: func(_ *testing.T, id string) {
				server.Change(orderOf(id), func(order map[string]any) { order["customer_note"] = "changed" })
			},
			Corrupt: func(_ *testing.T, id string) {
				server.Change(orderOf(id), func(order map[string]any) { order["total"] = "N/A" })
			},
			Money: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
				if amount.Cmp(decimal.MustParse("1000000000000")) > 0 {
					return "" // no shop takes that much
				}
				number := int(last.Add(1))
				order := completed(server, number)
				server.Change(order, func(order map[string]any) {
					order["currency"] = string(currency)
					item := order["line_items"].([]any)[0].(map[string]any)
					item["subtotal"], item["total"], item["quantity"] = amount.String(), amount.String(), 1
					total, err := amount.Add(decimal.MustParse("20"))
					if err != nil {
						t.Fatal(err)
					}
					order["total"] = total.String()
				})
				refund := server.Refund(order, amount.String(), "", wootest.Refunded{LineID: number*100 + 1, Units: 1, Total: amount.String(), Tax: "0"})
				return fmt.Sprintf("%s-%d", order, refund)
			},
			Personal: []string{"Storgatan", "Byron", "@example.com"},
		}
	}})
}

// Each kind of refund, and each rule for its goods.
func TestRefundsAsReturns(t *testing.T) {
	t.Parallel()
	server := wootest.NewServer()
	t.Cleanup(server.Close)
	channel := canonical.Channel{Name: woocommerce.Name, Account: "main"}
	at := time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04:05")
	// 3 units at 19.99 less 5.00, tax 7.5 %; shipping 4.95 + 0.37.
	server.Put(wootest.SampleOrder(7, 3, "TS-M", at))
	server.Change("7", func(order map[string]any) {
		order["status"], order["date_completed_gmt"] = "completed", "2026-03-02T12:00:00"
	})
	order := server.Order("7")
	refund := func(id int, amount, parts string) string {
		return fmt.Sprintf(`{"id":%d,"date_created_gmt":"2099-03-01T12:00:00","amount":%q,"reason":"worn",%s}`, id, amount, parts)
	}
	line := func(of, quantity int, total, tax string) string {
		return fmt.Sprintf(`{"id":1,"quantity":%d,"total":"-%s","total_tax":"-%s","meta_data":[{"key":"_refunded_item_id","value":"%d"}]}`, -quantity, total, tax, of)
	}
	first := `{"id":900,"date_created_gmt":"2020-03-01T12:00:00","amount":"10.00","reason":"changed mind","line_items":[` + line(71, 1, "9.30", "0.70") + `]}`
	money := func(text string) canonical.Amount { return canonical.Shop(decimal.MustParse(text)) }
	goods := func(received ...canonical.ReceivedUnits) canonical.ReturnLine {
		return canonical.ReturnLine{
			ID: "71", OrderLineID: "71", SKU: "TS-M", Qty: decimal.One, Reason: "worn", Resolution: canonical.ResolutionRefund,
			Refund: money("19.68"), RefundKnown: true, Received: received,
		}
	}
	kept := goods()
	kept.KeepItem = true
	restocked := canonical.ReceivedUnits{Qty: decimal.One, Disposition: canonical.DispositionSellable, RawDisposition: "restocked"}
	pending := canonical.ReceivedUnits{Qty: decimal.One, Disposition: canonical.DispositionPending, RawDisposition: "refunded"}
	unit := `"line_items":[` + line(71, 1, "18.31", "1.37") + `]`
	for _, test := range []struct {
		name   string
		goods  woocommerce.RefundedGoods
		refund string
		// restocked counts all units of the line, those of the cancellation among them.
		restocked int
		want      canonical.Return
	}{
		{
			name: "a unit that is to come", refund: refund(901, "19.68", unit), restocked: 1,
			want: canonical.Return{Refund: money("19.68"), Lines: []canonical.ReturnLine{goods()}, Logistics: canonical.ReturnUnsent},
		},
		{
			name: "a unit that is back", refund: refund(901, "19.68", unit), restocked: 2,
			want: canonical.Return{Refund: money("19.68"), Lines: []canonical.ReturnLine{goods(restocked)}, Logistics: canonical.ReturnReceived, Closed: true},
		},
		{
			name: "a unit that is kept", goods: woocommerce.GoodsUnlessKept, refund: refund(901, "19.68", unit), restocked: 1,
			want: canonical.Return{Refund: money("19.68"), Lines: []canonical.ReturnLine{kept}, Logistics: canonical.ReturnReturnless, Closed: true},
		},
		{
			name: "a unit that is to come, whatever the shop says", goods: woocommerce.GoodsExpected, refund: refund(901, "19.68", unit), restocked: 2,
			want: canonical.Return{Refund: money("19.68"), Lines: []canonical.ReturnLine{goods()}, Logistics: canonical.ReturnUnsent},
		},
		{
			name: "a unit that is there, whatever the shop says", goods: woocommerce.GoodsArrived, refund: refund(901, "19.68", unit),
			want: canonical.Return{Refund: money("19.68"), Lines: []canonical.ReturnLine{goods(pending)}, Logistics: canonical.ReturnReceived, Closed: true},
		},
		{
			name: "less than the goods were", refund: refund(901, "15.00", unit), restocked: 2,
			want: canonical.Return{
				Refund: money("15.00"), Lines: []canonical.ReturnLine{goods(restocked)}, Logistics: canonical.ReturnReceived, Closed: true,
				Fees: []canonical.ReturnFee{{Kind: canonical.FeeRestocking, Amount: money("4.68")}},
			},
		},
		{
			name: "shipping", refund: refund(901, "5.32", `"shipping_lines":[`+line(72, 0, "4.95", "0.37")+`]`),
			want: canonical.Return{Refund: money("5.32"), ShippingRefund: money("5.32"), Logistics: canonical.ReturnReturnless, Closed: true},
		},
		{
			name: "a part of a price", refund: refund(901, "2.15", `"line_items":[`+line(71, 0, "2.00", "0.15")+`]`),
			want: canonical.Return{
				Refund: money("2.15"), Logistics: canonical.ReturnReturnless, Closed: true,
				Ext: map[string]json.RawMessage{"amount_lines": json.RawMessage(`[{"line":"71","net":"2","tax":"0.15"}]`)},
			},
		},
		{
			name: "money alone", refund: refund(901, "3.21", `"line_items":[]`),
			want: canonical.Return{Refund: money("3.21"), Logistics: canonical.ReturnReturnless, Closed: true},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, err := json.Marshal(order)
			if err != nil {
				t.Fatal(err)
			}
			var copied map[string]any
			if err := json.Unmarshal(body, &copied); err != nil {
				t.Fatal(err)
			}
			copied["line_items"].([]any)[0].(map[string]any)["meta_data"] = []any{map[string]any{"key": "_restock_refunded_items", "value": fmt.Sprint(test.restocked)}}
			copied["refunds"] = []any{map[string]any{"id": 900}, map[string]any{"id": 901}}
			if body, err = json.Marshal(copied); err != nil {
				t.Fatal(err)
			}
			rule := test.goods
			if rule == "" {
				rule = woocommerce.GoodsIfRestocked
			}
			all, err := woocommerce.DecodeReturns(channel, rule, body, json.RawMessage(first), json.RawMessage(test.refund))
			if err != nil {
				t.Fatal(err)
			}
			if len(all) != 1 {
				t.Fatalf("%d returns: a cancellation is none", len(all))
			}
			want := test.want
			want.Key, want.Number = canonical.Key{Channel: channel, ID: "7-901"}, "901"
			want.Order, want.OrderNumber = canonical.Key{Channel: channel, ID: "7"}, "7"
			want.RequestedAt = time.Date(2099, 3, 1, 12, 0, 0, 0, time.UTC)
			want.Approval, want.RawStatus, want.Currency, want.RefundKnown = canonical.ReturnApproved, "refunded", "EUR", true
			options := cmp.Options{
				cmpopts.IgnoreFields(canonical.Return{}, "Revision"), cmpopts.EquateEmpty(),
				cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
			}
			if diff := cmp.Diff(want, all[0], options); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The shop remembers what it restocked line by line, and the refund of an order that changes is noticed by the order's webhook.
func TestRefundIsNoticed(t *testing.T) {
	t.Parallel()
	server := wootest.NewServer()
	t.Cleanup(server.Close)
	adapter := wooshop.Adapter(server, nil)
	order := completed(server, 5)
	refund := server.Refund(order, "30.00", "", wootest.Refunded{LineID: 501, Units: 2, Total: "20.00", Tax: "0.00", Restock: true},
		wootest.Refunded{LineID: 502, Units: 1, Total: "10.00", Tax: "0.00"})
	header, body := server.Delivery("order.updated", order)
	notices, err := adapter.ReceiveWebhook(t.Context(), header, body)
	kinds, events := []marketplace.NoticeKind{}, map[string]bool{}
	for _, notice := range notices {
		kinds, events[notice.EventID] = append(kinds, notice.Kind), true
	}
	if want := []marketplace.NoticeKind{marketplace.NoticeOrder, marketplace.NoticeReturn, marketplace.NoticeRefund}; err != nil || !slices.Equal(kinds, want) || len(events) != len(want) {
		t.Fatalf("%+v, %v", notices, err)
	}
	if back, err := adapter.GetRefund(t.Context(), notices[2].Key.ID); err != nil || !back.Amount.Equal(decimal.MustParse("30")) || len(back.Lines) != 2 {
		t.Errorf("%+v, %v", back, err)
	}
	got, err := adapter.GetReturn(t.Context(), notices[1].Key.ID)
	if err != nil || got.Key.ID != fmt.Sprintf("5-%d", refund) || got.Logistics != canonical.ReturnPartiallyReceived || len(got.Lines) != 2 ||
		len(got.Lines[0].Received) != 1 || len(got.Lines[1].Received) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if able := returns.CapabilitiesOf(adapter); able != (returns.Capabilities{ListReturns: true, GetReturn: true, Webhooks: true}) {
		t.Errorf("%+v", able)
	}
}

// No payload makes the decoder panic, and equal payloads decode equally.
func FuzzDecodeReturns(f *testing.F) {
	f.Add([]byte(wootest.SampleOrder(7, 3, "TS-M", "2026-03-01T12:00:00")), []byte(`{"id":9,"amount":"5.00","date_created_gmt":"2026-03-02T12:00:00","line_items":[{"quantity":-1,"total":"-4","total_tax":"-1","meta_data":[{"key":"_refunded_item_id","value":"71"}]}]}`))
	f.Add([]byte(`{"id":1,"refunds":[{"id":2}]}`), []byte(`{"id":2,"amount":"1e9"}`))
	channel := canonical.Channel{Name: woocommerce.Name, Account: "main"}
	f.Fuzz(func(t *testing.T, order, refund []byte) {
		all, err := woocommerce.DecodeReturns(channel, woocommerce.GoodsIfRestocked, order, refund)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		again, err := woocommerce.DecodeReturns(channel, woocommerce.GoodsIfRestocked, order, refund)
		if err != nil || len(again) != len(all) {
			t.Fatalf("decoded twice with two results: %v", err)
		}
		for i := range all {
			if all[i].Revision != again[i].Revision {
				t.Error("decoded twice with two revisions")
			}
		}
	})
}

// The shop makes the id of a delivery of the webhook and the second: two states of an order within one are two events all the same.
func TestDeliveriesWithinASecondDiffer(t *testing.T) {
	t.Parallel()
	server := wootest.NewServer()
	t.Cleanup(server.Close)
	adapter := wooshop.Adapter(server, nil)
	order := completed(server, 6)
	header, body := server.Delivery("order.updated", order)
	server.Refund(order, "10.00", "", wootest.Refunded{LineID: 501, Units: 1, Total: "10.00", Tax: "0.00"})
	later, changed := server.Delivery("order.updated", order)
	later.Set("X-WC-Webhook-Delivery-ID", header.Get("X-WC-Webhook-Delivery-ID"))
	var ids []string
	for _, each := range []struct {
		header http.Header
		body   []byte
	}{{header, body}, {later, changed}, {header, body}} {
		notices, err := adapter.ReceiveWebhook(t.Context(), each.header, each.body)
		if err != nil || len(notices) == 0 {
			t.Fatal(notices, err)
		}
		ids = append(ids, notices[0].EventID)
	}
	if ids[0] == ids[1] || ids[0] != ids[2] {
		t.Errorf("events %q: want the first and the third alike, and the second another", ids)
	}
}
