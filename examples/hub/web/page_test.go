package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/worker"
)

// fill puts what somebody from outside says into all that pages show.
func (w *world) fill(t *testing.T) (letter int64) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	order := canonical.Key{Channel: shop, ID: "o/1 " + evil}
	letter = w.accept(t, "1", shop.String(), "order", "order/"+order.ID, worker.StateDead)
	for _, err := range []error{
		w.state.Fail(ctx, shop.String(), "reconcile-stock", evil), w.state.Succeed(ctx, shop.String(), "import-settlements", evil, evil),
		w.state.AddDrift(ctx, state.Drift{Channel: shop.String(), SKU: evil, Place: evil, At: now, Shown: "1", Level: "2", Outcome: evil}),
		w.state.ReplaceStuck(ctx, shop.String(), true, state.Stuck{SKU: evil, Place: evil, At: now, Level: "3", Problem: evil}),
		w.state.ReplaceExceptions(ctx, shop.String(), evil, []state.Exception{{Entries: evil, Reason: evil, Number: evil, Currency: "EUR", Amount: "5.00", Step: evil}}),
		w.state.Remember(ctx, state.Name{Word: evil, Kind: "order", Order: order}, state.Name{Word: "S1" + evil, Kind: "odoo", Order: order}),
		w.state.Append(ctx, canonical.Event{ID: "1", Type: "order." + evil, At: now, Subject: order, Actor: evil, Record: evil + ",1", Summary: evil},
			canonical.Event{ID: "2", Type: canonical.EventReturnRequested, At: now, Subject: canonical.Key{Channel: shop, ID: "r" + evil}, Order: order}),
		w.state.PutReadings(ctx,
			state.Reading{Survey: "orders", Channel: evil, At: now, Points: []state.Point{{Metric: observe.OrdersAtSource, Value: 3}, {Metric: observe.OrdersMissing, Value: 1}}},
			state.Reading{Survey: evil, Channel: evil, At: now, Points: []state.Point{{Metric: evil, Value: 3}}}),
		w.worker.Pause(ctx, shop.String(), worker.Decision{By: evil, Reason: evil}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return letter
}

// forbidden is what our policy would not let a browser run or load: a page must not ask for it. Quoted are the values of attributes.
var (
	forbidden = regexp.MustCompile(`(?i)<script|<style|<iframe|\sstyle=|\son[a-z]+\s*=|src=[^"]`)
	elsewhere = regexp.MustCompile(`(?i)(src|href|action)="(javascript:|data:|https?:|//)`)
	tags      = regexp.MustCompile(`<[^>]*>`)
	quoted    = regexp.MustCompile(`"[^"]*"`)
)

// asks is what a page asks for that is forbidden; empty if nothing is.
func asks(page string) string {
	for _, tag := range tags.FindAllString(page, -1) {
		if found := forbidden.FindString(quoted.ReplaceAllString(tag, `""`)) + elsewhere.FindString(tag); found != "" {
			return tag
		}
	}
	return ""
}

func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := open(t)
	letter := w.fill(t)
	order := "/orders/shop/main/" + url.PathEscape("o/1 "+evil)
	for path, wants := range map[string][]string{
		"/":                   {"flow", "Dead letters", "paused", "1 of 3 orders not in Odoo"},
		"/channels/shop/main": {"Resume the channel", "Run now", "fails", "some failed"},
		"/channels/desk/main": {"Pause the channel", "Nothing waits."},
		"/letters":            {"Replay all", "rules", "person"},
		"/letters?channel=shop%2Fmain&kind=order&verdict=person": {"Replay all of these", `href="/letters/decide?action=replay&amp;channel=shop%2Fmain&amp;kind=order&amp;verdict=person"`},
		"/letters?kind=" + url.QueryEscape(evil):                 {"None that fits."},
		fmt.Sprintf("/letters/%d", letter):                       {"What to do:", "docs/runbooks/rules.md", "died", "[17 characters]", order},
		"/letters/decide?action=replay":                          {"Nothing has happened yet", "Replay 1"},
		"/letters/decide?action=discard&channel=desk%2Fmain":     {"There is none that fits."},
		"/orders": {"Last dealt with", order},
		"/orders?number=" + url.QueryEscape(evil+"x"): {"No order is called"},
		order: {"could not be brought to Odoo", "in Odoo", "What happened", "asks a person: does the money go back?", "waits: one unit has not arrived",
			"waits: the buyer is asked to pay 9.38 EUR at https://pay.example.com/1"},
		"/returns/shop/main/" + url.PathEscape("r"+evil): {"Record what was found", "1 Damaged", "the buyer keeps it", "1 Missing", "It waits: one unit has not arrived"},
		"/stock":       {"Could not be published", "Compare now"},
		"/settlements": {"5.00 EUR", "59 JPY", "Paid out, not at the bank yet"},
	} {
		got := w.get(t, path)
		if got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
		for _, want := range wants {
			if !strings.Contains(got.body, want) && !strings.Contains(got.body, strings.ReplaceAll(want, "&", "&amp;")) {
				t.Errorf("%s does not say %q:\n%s", path, want, got.body)
			}
		}
		if found := asks(got.body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		if strings.Contains(got.body, "buyer@example.com") {
			t.Errorf("%s shows a mail address", path)
		}
		if strings.Contains(got.body, token) {
			t.Errorf("%s shows the token", path)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := open(t)
	for _, path := range []string{"/", "/nowhere", "/assets/style.css", "/letters/99"} {
		header := w.get(t, path).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	w := open(t)
	for path, want := range map[string]int{
		"/nowhere": http.StatusNotFound, "/letters/99": http.StatusNotFound, "/letters/x": http.StatusNotFound, "/letters/-1": http.StatusNotFound,
		"/letters/99999999999999999999": http.StatusNotFound, "/letters/decide": http.StatusNotFound, "/letters/decide?action=burn": http.StatusNotFound,
		"/channels/none/main": http.StatusNotFound, "/orders/shop/main/none": http.StatusNotFound, "/assets/none.css": http.StatusNotFound,
		"/assets/../web.go": http.StatusTemporaryRedirect, "/orders?number=" + strings.Repeat("1", 201): http.StatusBadRequest,
	} {
		if got := w.get(t, path); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	w := open(t)
	one, other := canonical.Key{Channel: shop, ID: "a/b?c#d"}, canonical.Key{Channel: shop, ID: "2"}
	if err := w.state.Remember(t.Context(), state.Name{Word: "1001", Kind: "order", Order: one}, state.Name{Word: "RMA-1", Kind: "return", Order: one},
		state.Name{Word: "1002", Kind: "order", Order: one}, state.Name{Word: "1002", Kind: "order", Order: other}); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"1001", "%231001", "rma-1", "+RMA-1+"} {
		got := w.get(t, "/orders?number="+word)
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/orders/shop/main/a%2Fb%3Fc%23d" {
			t.Errorf("%s: %d %s", word, got.status, got.header.Get("Location"))
		}
	}
	if got := w.get(t, "/orders/shop/main/a%2Fb%3Fc%23d"); got.status != http.StatusOK || !strings.Contains(got.body, "Order 1001") {
		t.Errorf("the order: %d", got.status)
	}
	if got := w.get(t, "/orders?number=1002"); got.status != http.StatusOK || strings.Count(got.body, `<li><a href="/orders/`) < 2 {
		t.Errorf("two orders of one number: %d\n%s", got.status, got.body)
	}
}
