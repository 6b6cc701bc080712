package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/retailsync/retailsync/internal/peer"
)

// browser is a Chromium without a screen.
type browser struct {
	ctx  context.Context
	base string

	mu       sync.Mutex
	problems []string
}

// openBrowser starts a Chromium that is logged in at the hub.
func openBrowser(t *testing.T, program string, r running) *browser {
	t.Helper()
	// As root, in which CI runs, Chromium needs to be told to do without its sandbox; it loads nothing but the hub's own pages.
	allocated, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, expire := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(expire)
	b := &browser{ctx: ctx, base: r.address()}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.note("exception: " + e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelError {
				b.note(fmt.Sprintf("console: %s (%s)", e.Entry.Text, e.Entry.URL))
			}
		}
	})
	// The browser lives as long as the context of its first run.
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(b.base)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("Ada Lovelace", testToken)
	b.do(t, chromedp.Navigate(address.String()), chromedp.WaitVisible("main"))
	return b
}

// stepPatience is how long the browser may take for a step.
const stepPatience = 30 * time.Second

func (b *browser) note(problem string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, problem)
}

// expect takes back what was noted of something that the test has done on purpose.
func (b *browser) expect(problem string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = slices.DeleteFunc(b.problems, func(noted string) bool { return strings.Contains(noted, problem) })
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepPatience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var where, text string
		asking, stop := context.WithTimeout(b.ctx, time.Second)
		defer stop()
		_ = chromedp.Run(asking, chromedp.Location(&where), chromedp.Evaluate(`document.body.innerText`, &text))
		t.Fatalf("%v at %s:\n%s", err, where, text)
	}
}

// open loads a page and returns what it says.
func (b *browser) open(t *testing.T, path string) string {
	t.Helper()
	var text string
	b.do(t, chromedp.Navigate(b.base+path), chromedp.WaitVisible("main"), chromedp.Text("main", &text))
	return text
}

// says loads a page again and again until it says all of it.
func (b *browser) says(t *testing.T, path string, wanted ...string) {
	t.Helper()
	var text string
	for range 100 {
		text = b.open(t, path)
		missing := false
		for _, want := range wanted {
			missing = missing || !strings.Contains(text, want)
		}
		if !missing {
			return
		}
		b.do(t, chromedp.Sleep(200*time.Millisecond))
	}
	t.Errorf("%s does not say %q:\n%s", path, wanted, text)
}

// TestBrowser looks at each page in a real browser, on a desk and on a telephone, and works with them as a person does.
func TestBrowser(t *testing.T) {
	program := peer.Chromium(t)
	desk := httptest.NewServer(&helpdesk{})
	t.Cleanup(desk.Close)
	r := start(t, map[string]string{"HUB_EVENTS_URL": desk.URL, "HUB_EVENTS_SECRET": eventsKey, "HUB_EVENTS_TYPES": "order.*,shipment.*,return.*"})
	b := openBrowser(t, program, r)
	b.looks(t)
	b.pauses(t)
	b.replays(t, r)
	b.searches(t)
	b.inspects(t)
	b.jobs(t)
	if len(b.problems) > 0 {
		t.Errorf("the browser met:\n%s", strings.Join(b.problems, "\n"))
	}
}

// looks loads each page in both sizes. No page may be wider than the screen. With HUB_SCREENSHOTS it leaves pictures in that folder.
func (b *browser) looks(t *testing.T) {
	pages := map[string]string{
		"overview": "/", "channel": "/channels/woocommerce/hub", "bank": "/channels/bank/hub", "events": "/channels/cloudevents/events", "letters": "/letters", "letter": "/letters/" + b.letter(t), "decide": "/letters/decide?action=replay",
		"orders": "/orders", "order": "/orders/woocommerce/hub/1001", "failed-order": "/orders/woocommerce/hub/1003", "waiting-order": "/orders/woocommerce/hub/1005",
		"return": "/returns/desk/hub/r1005", "done-return": "/returns/desk/hub/r1001x", "stock": "/stock", "settlements": "/settlements",
		"nothing": "/letters?kind=payout", "unfound": "/orders?number=nobody",
	}
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"desk", 1280, 900}, {"phone", 360, 740}} {
		for name, path := range pages {
			var cut []string
			b.do(t, chromedp.EmulateViewport(size.width, size.height), chromedp.Navigate(b.base+path), chromedp.WaitVisible("main"),
				chromedp.Evaluate(outside, &cut))
			if len(cut) > 0 {
				t.Errorf("%s does not fit on a screen of %d: %q", name, size.width, cut)
			}
			b.picture(t, name+"-"+size.name)
		}
	}
	b.do(t, chromedp.EmulateViewport(1280, 900))
}

// outside finds what ends to the right of the screen, or of the table or card that holds it and cuts it off. What is there for those who listen only is
// left out.
const outside = `[...document.querySelectorAll("body *")].filter(e => {
	const box = e.getBoundingClientRect()
	if (box.width <= 1 || box.right <= 0 || e.closest("thead") && getComputedStyle(e.closest("thead")).position === "absolute") return false
	const holder = e.parentElement.closest("table, section, pre, li")?.getBoundingClientRect().right ?? innerWidth
	return box.right > Math.min(innerWidth, holder) + 1
}).map(e => e.tagName + ": " + e.textContent.slice(0, 60))`

// letter is the number of the dead letter of the demonstration.
func (b *browser) letter(t *testing.T) string {
	t.Helper()
	var address string
	b.open(t, "/letters")
	b.do(t, chromedp.AttributeValue("td.act a", "href", &address, nil))
	return strings.TrimPrefix(address, "/letters/")
}

// pauses holds a channel back and lets it go on.
func (b *browser) pauses(t *testing.T) {
	const page = "/channels/medusa/hub"
	b.open(t, page)
	b.do(t, chromedp.SetValue("#reason", "stock-taking"), chromedp.Submit("#reason"), chromedp.WaitVisible(".done"))
	b.says(t, page, "paused", "Ada Lovelace", "stock-taking", "Resume the channel")
	b.says(t, "/", "paused")
	b.open(t, page)
	b.do(t, chromedp.SetValue("#reason", "done"), chromedp.Submit("#reason"), chromedp.WaitVisible(".done"))
	b.says(t, page, "running", "Pause the channel")
}

// replays repairs what the dead letter names, and replays it.
func (b *browser) replays(t *testing.T, r running) {
	letter := "/letters/" + b.letter(t)
	b.says(t, letter, "dead letter", "What to do:", "HUB-POSTER")
	b.says(t, "/orders/woocommerce/hub/1003", "could not be brought to Odoo", "HUB-POSTER")
	if _, err := r.world.Odoo.Ensure(t.Context(), "product.product", "default_code", "HUB-POSTER", map[string]any{"name": "Poster", "type": "consu"}); err != nil {
		t.Fatal(err)
	}
	b.open(t, letter)
	b.do(t, chromedp.SetValue("#reason", "the product is in Odoo now"), chromedp.Click(`button[value="replay"]`), chromedp.WaitVisible(".done"))
	b.says(t, letter, "It is done.", "replayed", "Ada Lovelace", "the product is in Odoo now")
	b.says(t, "/letters", "None.")
	b.says(t, "/orders/woocommerce/hub/1003", "Order confirmed")
}

// inspects records what was found in a unit that came back: first too much, which is refused, and then what is so.
func (b *browser) inspects(t *testing.T) {
	t.Helper()
	const page, sellable, damaged = "/returns/desk/hub/r1005", `[id="found.0.sellable"]`, `[id="found.0.damaged"]`
	b.open(t, "/orders/woocommerce/hub/1005")
	b.do(t, chromedp.Click(`//a[text()="Record what was found"]`, chromedp.BySearch), chromedp.WaitVisible(sellable, chromedp.ByQuery))
	b.do(t, chromedp.SetValue(sellable, "1", chromedp.ByQuery), chromedp.SetValue(damaged, "1", chromedp.ByQuery), chromedp.Submit(sellable, chromedp.ByQuery),
		chromedp.WaitVisible(".notice.bad"))
	b.picture(t, "refused-inspection-desk")
	b.expect("status of 400")
	b.do(t, chromedp.SetValue(sellable, "0", chromedp.ByQuery), chromedp.Submit(damaged, chromedp.ByQuery), chromedp.WaitVisible(".done"))
	b.picture(t, "inspected-desk")
	b.says(t, page, "1 Damaged")
	b.says(t, "/orders/woocommerce/hub/1005", "Goods looked at", "by Ada Lovelace", "Credit note posted")
}

// jobs looks at River's own pages.
func (b *browser) jobs(t *testing.T) {
	var text string
	b.do(t, chromedp.Navigate(b.base+"/river/jobs?state=completed"), chromedp.WaitVisible(`//*[contains(text(), "retailsync")]`, chromedp.BySearch), chromedp.Text("body", &text))
	if !strings.Contains(text, "Completed") {
		t.Errorf("River's pages say:\n%s", text)
	}
	b.picture(t, "river-desk")
}

// picture leaves a picture of the page in the folder that HUB_SCREENSHOTS names, if it does.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	folder := os.Getenv("HUB_SCREENSHOTS")
	if folder == "" {
		return
	}
	var picture []byte
	b.do(t, chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// searches finds an order by the number of its return.
func (b *browser) searches(t *testing.T) {
	var where, text string
	b.open(t, "/orders")
	b.do(t, chromedp.SetValue("#number", "rma-1001"), chromedp.Submit("#number"), chromedp.WaitVisible(".story"), chromedp.Location(&where), chromedp.Text("main", &text))
	if !strings.HasSuffix(where, "/orders/woocommerce/hub/1001") {
		t.Errorf("the search led to %s", where)
	}
	at := 0
	for _, want := range []string{"Return closed", "Money given back", "Goods came back", "Return asked for", "Shipment told to the shop", "Order confirmed", "Order entered in Odoo"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Errorf("%q is not in its place in\n%s", want, text)
			return
		}
		at += i
	}
}
