package generic_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/generic"
)

// sample is a return in the style of AfterShip.
func sample() object {
	return object{
		"id": "r1", "rma_number": "A1B2", "approval_status": "approved", "created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-02T12:00:00+01:00",
		"order":                  object{"external_id": json.Number("5012345678"), "order_name": "#10001", "currency": "eur"},
		"estimated_refund_total": object{"amount": "59.97", "presentment_amount": "65.00"},
		"return_items": []any{
			object{"item_id": "a", "external_order_item_id": "1057", "sku": "A", "return_quantity": 3, "resolution": "refund_to_original_payment",
				"refund": object{"amount": "59.97"}, "receivings": []any{object{"quantity": 1}, object{"quantity": 1}}, "gradings": []any{object{"quantity": 1, "grade": "damaged"}}},
			object{"item_id": "b", "external_order_item_id": "1058", "sku": "B", "return_quantity": "1", "green_return": true},
		},
		"label_cost": object{"amount": "-4.90"},
	}
}

func item(r object, i int) object { return r["return_items"].([]any)[i].(object) }

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(object)
		path   string // of the failure; empty for none
		check  func(canonical.Return) bool
	}{
		{name: "as it is", change: func(object) {}, check: func(r canonical.Return) bool {
			line := r.Lines[0]
			return r.Currency == "EUR" && r.Order.ID == "5012345678" && r.Revision.UpdatedAt.Equal(time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)) &&
				r.Refund.Presentment.Equal(decimal.MustParse("65.00")) && r.Logistics == canonical.ReturnPartiallyReceived && len(line.Received) == 2 &&
				line.Received[0].Disposition == canonical.DispositionDamaged && line.Received[1].Disposition == canonical.DispositionPending && line.Received[1].Qty.Equal(decimal.One)
		}},
		{name: "a fee that is less than nothing", change: func(object) {}, check: func(r canonical.Return) bool {
			return len(r.Fees) == 1 && r.Fees[0].Kind == canonical.FeeShipping && r.Fees[0].Amount.Shop.Equal(decimal.MustParse("4.90"))
		}},
		{name: "nobody has said", change: func(object) {}, check: func(r canonical.Return) bool {
			return r.Lines[1].Resolution == canonical.ResolutionPending && r.Lines[1].KeepItem && !r.Lines[1].RefundKnown
		}},
		{name: "the words' case", change: func(r object) { r["approval_status"] = "REJECTED" }, check: func(r canonical.Return) bool {
			return r.Approval == canonical.ReturnDeclined && r.RawStatus == "REJECTED"
		}},
		{name: "done", change: func(r object) { r["approval_status"] = "done" }, check: func(r canonical.Return) bool { return r.Closed && r.Approval == canonical.ReturnApproved }},
		{name: "no lines yet", change: func(r object) { r["return_items"] = nil }, check: func(r canonical.Return) bool { return len(r.Lines) == 0 }},
		{name: "the second currency", change: func(r object) {
			delete(r["order"].(object), "currency")
			r["refunded_total"] = object{"currency": "CHF"}
		}, check: func(r canonical.Return) bool { return r.Currency == "CHF" }},
		{name: "no currency", change: func(r object) { delete(r["order"].(object), "currency") }, path: "refunded_total.currency"},
		{name: "a currency that is none", change: func(r object) { r["order"].(object)["currency"] = "???" }, path: "order.currency"},
		{name: "an id twice", change: func(r object) { item(r, 1)["item_id"] = "a" }, path: "return_items[1].item_id"},
		{name: "no line id", change: func(r object) { delete(item(r, 1), "item_id") }, path: "return_items[1].item_id"},
		{name: "no quantity", change: func(r object) { delete(item(r, 1), "return_quantity") }, path: "return_items[1].return_quantity"},
		{name: "less than nothing", change: func(r object) { item(r, 1)["return_quantity"] = -1 }, path: "return_items[1].return_quantity"},
		{name: "no number", change: func(r object) { item(r, 0)["refund"] = object{"amount": "much"} }, path: "return_items[0].refund.amount"},
		{name: "too many digits", change: func(r object) { r["estimated_refund_total"] = object{"amount": "0.123456789012345678901"} }, path: "estimated_refund_total.amount"},
		{name: "no time", change: func(r object) { r["updated_at"] = "soon" }, path: "updated_at"},
		{name: "no revision", change: func(r object) { delete(r, "updated_at") }, path: "updated_at"},
		{name: "no state", change: func(r object) { delete(r, "approval_status") }, path: "approval_status"},
		{name: "lines of another form", change: func(r object) { r["return_items"] = "none" }, path: "return_items"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := sample()
			test.change(r)
			getter := static(t, func(*http.Request) (int, any) { return http.StatusOK, object{"data": r} }).(returns.Getter)
			got, err := getter.GetReturn(context.Background(), "r1")
			if test.path == "" {
				if err != nil || !test.check(got) {
					t.Errorf("%v, %+v", err, got)
				}
				return
			}
			failure, ok := err.(*marketplace.Error)
			if !ok || failure.Path != "data."+test.path || failure.Code != marketplace.CodeInvalid {
				t.Errorf("the error is %v, want one at data.%s", err, test.path)
			}
		})
	}
}

// static is the AfterShip platform on a service that answers as told.
func static(t testing.TB, answer func(*http.Request) (int, any), change ...func(*generic.Config)) returns.Platform {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, content := answer(r)
		write(w, status, content)
	}))
	t.Cleanup(server.Close)
	c := config(t, "aftership")
	c.BaseURL = server.URL
	for _, one := range change {
		one(&c)
	}
	return platform(t, c, asSecrets)
}

func TestAnotherReturn(t *testing.T) {
	t.Parallel()
	getter := static(t, func(*http.Request) (int, any) { return http.StatusOK, object{"data": sample()} }).(returns.Getter)
	if _, err := getter.GetReturn(context.Background(), "r2"); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("the answer is another return: %v", err)
	}
	empty := static(t, func(*http.Request) (int, any) { return http.StatusOK, object{"data": nil} }).(returns.Getter)
	if _, err := empty.GetReturn(context.Background(), "r1"); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Errorf("the answer has no return: %v", err)
	}
}

// A list that is null is one of nothing, as some services write it; one that is not there is none.
func TestNoReturns(t *testing.T) {
	t.Parallel()
	list := func(answer object) error {
		lister := static(t, func(*http.Request) (int, any) { return http.StatusOK, answer }).(returns.Lister)
		page, err := lister.ListReturns(context.Background(), returns.Query{})
		if len(page.Returns) > 0 || page.More {
			t.Errorf("%v: got %+v", answer, page)
		}
		return err
	}
	if err := list(object{"data": object{"returns": nil, "pagination": object{}}}); err != nil {
		t.Error(err)
	}
	for _, answer := range []object{{"data": object{"rows": nil}}, {"data": nil}, {}} {
		if err := list(answer); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%v: %v", answer, err)
		}
	}
}

// Where clocks go back, a time without a zone is that of either hour. A service that takes the other one leaves out nothing.
func TestSinceWhereClocksGoBack(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const local = "2006-01-02 15:04:05"
	changed := time.Date(2026, 10, 25, 1, 5, 0, 0, time.UTC) // the second 02:05 of that night
	var asked string
	lister := static(t, func(r *http.Request) (int, any) {
		asked = r.FormValue("updated_at_min")
		late := sample()
		late["updated_at"] = changed.In(berlin).Format(local)
		return http.StatusOK, object{"data": object{"returns": []any{late}}}
	}, func(c *generic.Config) {
		c.Times = generic.Times{Layouts: []string{local, time.RFC3339}, Zone: "Europe/Berlin"}
		c.List.SinceLayout = local
	}).(returns.Lister)
	page, err := lister.ListReturns(context.Background(), returns.Query{Since: changed})
	if err != nil || len(page.Returns) != 1 {
		t.Errorf("a return that changed then is left out: %v, %v", page, err)
	}
	if want := "2026-10-25 02:03:00"; asked != want { // an hour and two minutes before: of both hours the first
		t.Errorf("asked for what changed since %s, want %s", asked, want)
	}
}

// A refusal that is answered with 200 is one.
func TestRefusalWithSuccess(t *testing.T) {
	t.Parallel()
	waiting := sample()
	waiting["approval_status"] = "submitted"
	decider := static(t, func(r *http.Request) (int, any) {
		if r.Method == http.MethodGet {
			return http.StatusOK, object{"data": waiting}
		}
		return http.StatusOK, object{"meta": object{"code": 40901, "message": "locked by jane.doe@example.com"}}
	}).(returns.Decider)
	err := decider.ApproveReturn(context.Background(), returns.Decision{ReturnID: "r1", Reference: "d"})
	if marketplace.CodeOf(err) != marketplace.CodeConflict || !strings.Contains(err.Error(), "locked by") || strings.Contains(err.Error(), "jane") {
		t.Errorf("the error is %v", err)
	}
}

// More returns that changed at one moment than a page was asked for are all read, also while one of them moves.
func TestOneMoment(t *testing.T) {
	t.Parallel()
	const ids = "abcdefg"
	moved := ""
	lister := static(t, func(r *http.Request) (int, any) {
		size, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		since, _ := time.Parse(time.RFC3339, r.URL.Query().Get("since"))
		rows := []object{}
		add := func(id string, at time.Time) {
			if !at.Before(since) {
				row := sample()
				row["id"], row["updated_at"] = id, at.Format(time.RFC3339)
				rows = append(rows, row)
			}
		}
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		for _, id := range ids {
			if string(id) != moved {
				add(string(id), noon)
			}
		}
		if moved != "" {
			add(moved, noon.Add(time.Minute))
		}
		from := min((page-1)*size, len(rows))
		return http.StatusOK, object{"data": object{"returns": rows[from:min(from+size, len(rows))]}}
	}, func(c *generic.Config) {
		c.List.Pages, c.List.First, c.List.Order, c.List.SinceLayout = "page", 1, "updated", time.RFC3339
		c.List.Query = map[string]string{"since": "{since}", "limit": "{limit}", "page": "{page}"}
	}).(returns.Lister)
	seen := map[string]bool{}
	query := returns.Query{Limit: 2}
	for call := range 50 {
		page, err := lister.ListReturns(context.Background(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, fetched := range page.Returns {
			seen[fetched.Key.ID] = true
		}
		if call == 1 {
			moved = "b" // so that c moves up to a page that was read
		}
		if query.Cursor = page.Cursor; !page.More {
			break
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("of 7 returns that changed at one moment %d were read: %v", len(seen), seen)
	}
}

// A call for each line is made for what the platform does not have yet only.
func TestPerLineCalls(t *testing.T) {
	t.Parallel()
	s := newService(t, rma("page", false))
	c := config(t, "rma")
	c.BaseURL = s.URL + "/v1"
	var calls []string
	p := platform(t, c, rmaSecrets, generic.WithTransport(spy(func(r *http.Request) {
		if r.Method == http.MethodPut {
			calls = append(calls, r.URL.Path)
		}
	})))
	id := s.fake.Put(mixed()).Key.ID
	found := func(damaged, sellable int64) {
		t.Helper()
		err := p.(returns.InspectionReporter).ReportInspected(context.Background(), returns.Inspection{ReturnID: id, Reference: "i", Lines: []returns.InspectedLine{
			{ID: "a", Found: []canonical.ReceivedUnits{{Qty: decimal.MustNew(damaged, 0), Disposition: "damaged"}, {Qty: decimal.MustNew(sellable, 0), Disposition: "sellable"}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	found(2, 0)
	found(2, 1)
	if diff := cmp.Diff([]string{"/v1/rmas/mixed/items/a/units/A"}, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// spy sees requests.
type spy func(*http.Request)

func (s spy) RoundTrip(request *http.Request) (*http.Response, error) {
	s(request)
	return http.DefaultTransport.RoundTrip(request)
}

// No payload makes the decoder panic, an error has a code, and equal payloads decode equally.
func FuzzDecode(f *testing.F) {
	body, _ := json.Marshal(sample())
	f.Add(body)
	f.Add([]byte(`{"id":"r1","approval_status":1,"updated_at":"2026-03-02T12:00:00Z","order":{"currency":"jpy"},"return_items":{"item_id":1,"return_quantity":1e3},"label_cost":{"amount":"1e-30"}}`))
	var served []byte
	getter := static(f, func(*http.Request) (int, any) { return http.StatusOK, object{"data": json.RawMessage(served)} }).(returns.Getter)
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) {
			return
		}
		served = body
		first, err := getter.GetReturn(context.Background(), "r1")
		if err != nil {
			if code := marketplace.CodeOf(err); code != marketplace.CodeInvalid && code != marketplace.CodeNotFound {
				t.Errorf("the error has the code %q: %v", code, err)
			}
			return
		}
		second, err := getter.GetReturn(context.Background(), "r1")
		if err != nil || first.Revision != second.Revision {
			t.Errorf("decoded twice with two results: %v", err)
		}
	})
}
