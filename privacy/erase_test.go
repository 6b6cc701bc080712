package privacy_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/privacy"
	"github.com/retailsync/retailsync/worker"
)

var (
	shop  = canonical.Channel{Name: "woocommerce", Account: "main"}
	order = canonical.Key{Channel: shop, ID: "1001"}
	key   = []byte("key of the journal")
)

// house is a set of stores in which Jane's order 1001 and Joe's 1002 have left traces.
type house struct {
	privacy.Stores
	ledger *worker.Memory
	store  *idempotency.Memory
	seqs   map[string]int64
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{ledger: worker.NewMemory(), store: idempotency.NewMemory(), seqs: map[string]int64{}}
	w, err := worker.New(h.ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: shop.String()}, {Name: "other/main"}})
	must(t, err)
	h.Worker, h.Stores.Store = w, h.store
	for _, each := range []struct{ id, channel, key, payload, end string }{
		{"by key", shop.String(), "order/1001", `{"id":"1001"}`, "done"},
		{"by payload", shop.String(), "refund/7", `{"order":"1001","amount":"5.00"}`, "done"},
		{"by reference", "other/main", "return/1", `{"return":{"order":{"channel":{"name":"woocommerce","account":"main"},"id":"1001"}}}`, "done"},
		{"by name", "other/main", "return/2", `{"note":"call JANE\u00a0\u00a0Doe"}`, "done"},
		{"by address", "other/main", "return/3", `not JSON of Jane@Example.com`, "discarded"},
		{"pending", shop.String(), "order/1001", `{"id":"1001","again":true}`, "pending"},
		{"dead", shop.String(), "payment/1001", `{"id":"1001"}`, "dead"},
		{"of joe", shop.String(), "order/1002", `{"id":"1002","qty":1001}`, "done"},
		{"elsewhere", "other/main", "order/1001", `{"id":"1001"}`, "done"},
	} {
		receipts, err := w.Ingest(t.Context(), worker.Event{
			Source: "test", ID: each.id, Channel: each.channel, Kind: "order", Key: each.key, Class: worker.Orders, Payload: []byte(each.payload),
		})
		must(t, err)
		h.seqs[each.id] = receipts[0].Seq
		if each.end == "pending" {
			continue
		}
		hold, err := h.ledger.Take(t.Context(), worker.Task{Seq: receipts[0].Seq, Channel: each.channel, Key: each.key}, "test", time.Hour)
		must(t, err)
		settlement := worker.Settlement{Seq: receipts[0].Seq, State: worker.StateDone, By: "test"}
		if each.end != "done" {
			settlement.State, settlement.Problem = worker.StateDead, worker.Problem{Verdict: worker.Person, Text: "Jane Doe is unknown"}
		}
		_, err = h.ledger.Settle(t.Context(), hold.Lease, settlement)
		must(t, err)
		if each.end == "discarded" {
			_, err = w.Discard(t.Context(), worker.Filter{Seqs: []int64{receipts[0].Seq}}, worker.Decision{By: "ann", Reason: "Jane called"}, false)
			must(t, err)
		}
	}
	scope := "test/orders/woocommerce/main"
	for id, result := range map[string]string{"1001": `{"outcome":"created","odoo_id":7,"note":"Jane's"}`, "1002": `{"outcome":"created","odoo_id":8,"note":"Joe's"}`} {
		claim, _, _, err := h.store.Acquire(t.Context(), idempotency.Key{Scope: scope, ID: id}, "", time.Hour)
		must(t, err)
		must(t, h.store.Checkpoint(t.Context(), claim, "x", []byte(`{"buyer":["jane@example.com of `+id+`"]}`)))
		must(t, h.store.Complete(t.Context(), claim, []byte(result), 0))
	}
	claim, _, _, err := h.store.Acquire(t.Context(), idempotency.Key{Scope: scope, ID: "x/1001"}, "", time.Hour)
	must(t, err)
	must(t, h.store.Checkpoint(t.Context(), claim, "x", []byte(`{"refunds":{"r":{"failure":"card of Mrs D. refused"}}}`)))
	must(t, h.store.Release(t.Context(), claim))
	for name, value := range map[string]string{
		"test/return/loop/main/1": `{"schema":1,"order":{"channel":{"name":"woocommerce","account":"main"},"id":"1001"},"status":"closed","lines":[{"reason":"too small for me","requested":1.50}]}`,
		"test/return/loop/main/2": `{"schema":1,"order":{"channel":{"name":"woocommerce","account":"main"},"id":"1001"},"status":"open","lines":[{"reason":"broken"}]}`,
		"test/return/loop/main/3": `{"schema":1,"order":{"channel":{"name":"woocommerce","account":"main"},"id":"1002"},"status":"closed","lines":[{"reason":"blue"}]}`,
	} {
		must(t, h.store.PutCursor(t.Context(), name, value))
	}
	path := filepath.Join(t.TempDir(), "journal")
	file, err := os.Create(path)
	must(t, err)
	must(t, retailsync.NewSealedJournal(file, key, retailsync.Seal{}).Append(t.Context(),
		canonical.Event{ID: "1", Type: canonical.EventOrderCreated, At: now.AddDate(0, 0, -400), Subject: order, Summary: "created for Jane"},
		canonical.Event{ID: "2", Type: canonical.EventReturnOpened, At: now.AddDate(0, 0, -10), Subject: canonical.Key{Channel: shop, ID: "9"}, Order: order, Data: map[string]json.RawMessage{"x": json.RawMessage(`1`)}},
		canonical.Event{ID: "3", Type: canonical.EventOrderCreated, At: now, Subject: canonical.Key{Channel: shop, ID: "1002"}, Summary: "created for Joe"},
	))
	must(t, file.Close())
	h.Journals = []privacy.Journal{{Path: path, Key: key}}
	return h
}

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// everything is all that the stores hold, as text.
func (h *house) everything(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	records, err := h.ledger.Find(t.Context(), worker.Filter{})
	must(t, err)
	for _, r := range records {
		b.WriteString(string(r.Payload) + r.Problem.Text + "\n")
	}
	entries, err := h.ledger.Audit(t.Context(), worker.AuditFilter{})
	must(t, err)
	for _, e := range entries {
		b.WriteString(e.Reason + "\n")
	}
	_, err = h.store.Rewrite(t.Context(), func(kept idempotency.Kept) []byte {
		b.WriteString(string(kept.Content) + "\n")
		return kept.Content
	})
	must(t, err)
	for _, journal := range h.Journals {
		text, err := os.ReadFile(journal.Path)
		must(t, err)
		b.Write(text)
		_, err = retailsync.VerifyJournal(strings.NewReader(string(text)), key, nil)
		must(t, err)
	}
	return strings.Join(slices.Sorted(strings.Lines(b.String())), "")
}

var request = privacy.Request{Orders: []canonical.Key{order}, Texts: []string{"jane@example.com", "Jane  Doe"}, By: "dora", Reason: "request 7"}

func TestErase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.everything(t)
	dry, err := privacy.Erase(t.Context(), h.Stores, request, true)
	must(t, err)
	if diff := cmp.Diff(before, h.everything(t)); diff != "" {
		t.Errorf("a dry run wrote:\n%s", diff)
	}
	report, err := privacy.Erase(t.Context(), h.Stores, request, false)
	must(t, err)
	erased, left := map[int64]bool{}, map[int64]bool{}
	for _, r := range report.Events {
		erased[r.Seq] = true
	}
	for _, r := range report.EventsLeft {
		left[r.Seq] = true
	}
	for id, seq := range h.seqs {
		wantErased := strings.HasPrefix(id, "by ")
		wantLeft := id == "pending" || id == "dead"
		if erased[seq] != wantErased || left[seq] != wantLeft {
			t.Errorf("event %q: erased %t, left %t", id, erased[seq], left[seq])
		}
	}
	if report.Done() || len(dry.Events) != len(report.Events) || len(dry.Texts) != len(report.Texts) || len(report.TextsLeft) != 2 {
		t.Errorf("dry run: %s\nrun: %s", dry, report)
	}
	after := h.everything(t)
	for _, stays := range []string{`{"id":"1002","qty":1001}`, `"odoo_id":7`, `"note":"Joe's"`, `"requested":1.50`, "blue", "created for Joe", "broken", "card of Mrs D"} {
		if !strings.Contains(after, stays) {
			t.Errorf("%s is gone", stays)
		}
	}
	for _, gone := range []string{"jane@example", "JANE", "Jane's", "too small", "created for Jane", "Jane called", `"amount":"5.00"`} {
		if strings.Contains(after, gone) {
			t.Errorf("%s is left in\n%s", gone, after)
		}
	}
	if text := report.String(); strings.Contains(text, "ane") || !strings.Contains(text, "5 events erased") {
		t.Errorf("report: %s", text)
	}
	again, err := privacy.Erase(t.Context(), h.Stores, request, false)
	must(t, err)
	if len(again.Events) != 0 || len(again.Texts) != 0 || len(again.Journals[0].Events) != 0 || len(again.EventsLeft) != 2 {
		t.Errorf("again: %s", again)
	}
	// With dead letters, and once the rest is done, nothing is left.
	whole := request
	whole.DeadLetters = true
	hold, err := h.ledger.Take(t.Context(), worker.Task{Seq: h.seqs["pending"], Channel: shop.String(), Key: "order/1001"}, "test", time.Hour)
	must(t, err)
	_, err = h.ledger.Settle(t.Context(), hold.Lease, worker.Settlement{Seq: h.seqs["pending"], State: worker.StateDone})
	must(t, err)
	report, err = privacy.Erase(t.Context(), h.Stores, whole, false)
	must(t, err)
	if len(report.Events) != 2 || len(report.EventsLeft) != 0 || strings.Contains(h.everything(t), "Jane Doe") {
		t.Errorf("with dead letters: %s\n%s", report, h.everything(t))
	}
	// What was done stays done.
	if _, _, outcome, err := h.store.Acquire(t.Context(), idempotency.Key{Scope: "test/orders/woocommerce/main", ID: "1001"}, "", time.Hour); err != nil || outcome != idempotency.Replayed {
		t.Error(outcome, err)
	}
}

func TestRequestsThatCannotWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.everything(t)
	for name, change := range map[string]func(*privacy.Request){
		"nothing":       func(r *privacy.Request) { r.Orders, r.Texts = nil, nil },
		"a short text":  func(r *privacy.Request) { r.Texts = []string{"Jane"} },
		"no UTF-8":      func(r *privacy.Request) { r.Texts = []string{"jane\xffdoe"} },
		"white space":   func(r *privacy.Request) { r.Texts = []string{"a      b"} },
		"half an order": func(r *privacy.Request) { r.Orders = []canonical.Key{{ID: "1"}} },
		"nobody":        func(r *privacy.Request) { r.By = "" },
		"no reason":     func(r *privacy.Request) { r.Reason = "" },
		"the buyer":     func(r *privacy.Request) { r.Reason = "for jane doe" },
	} {
		bad := request
		change(&bad)
		if _, err := privacy.Erase(t.Context(), h.Stores, bad, false); err == nil || strings.Contains(strings.ToLower(err.Error()), "jane") {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain := struct{ idempotency.Store }{h.store}
	if _, err := privacy.Erase(t.Context(), privacy.Stores{Worker: h.Worker, Store: plain}, request, false); !errors.Is(err, privacy.ErrCannotErase) {
		t.Error(err)
	}
	w, err := worker.New(struct{ worker.Ledger }{h.ledger}, worker.NewMemoryEngine(), []worker.Channel{{Name: shop.String()}})
	must(t, err)
	if _, err := privacy.Erase(t.Context(), privacy.Stores{Worker: w, Store: h.store}, request, false); !errors.Is(err, privacy.ErrCannotErase) {
		t.Error(err)
	}
	if diff := cmp.Diff(before, h.everything(t)); diff != "" {
		t.Errorf("something was erased:\n%s", diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := privacy.Erase(ctx, h.Stores, request, false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := privacy.Erase(t.Context(), privacy.Stores{}, request, false); err != nil {
		t.Error(err)
	}
}
