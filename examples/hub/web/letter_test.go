package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/worker"
)

func TestReplayOne(t *testing.T) {
	t.Parallel()
	w := open(t)
	seq := w.accept(t, "1", shop.String(), "order", "order/1", worker.StateDead)
	other := w.accept(t, "2", shop.String(), "order", "order/2", worker.StateDead)
	page := fmt.Sprintf("/letters/%d", seq)
	form := func(reason, action string) url.Values {
		return url.Values{"seq": {fmt.Sprint(seq)}, "action": {action}, "reason": {reason}}
	}
	for _, bad := range []url.Values{form("", "replay"), form("   ", "replay"), form("x", "burn"), form("x", ""), form(strings.Repeat("x", 1001), "replay")} {
		if got := w.send(t, page, "/letters/decide", bad); got.status != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, got.status)
		}
	}
	if w.stateOf(t, seq) != worker.StateDead {
		t.Fatal("a form without a reason was carried out")
	}
	w.healed.Store(true)
	got := w.send(t, page, "/letters/decide", form("the rule is there", "replay"))
	if got.status != http.StatusSeeOther || got.header.Get("Location") != page+"?done=replayed" {
		t.Fatalf("%d %s", got.status, got.header.Get("Location"))
	}
	w.wait(t, seq, worker.StateDone)
	if w.stateOf(t, other) != worker.StateDead {
		t.Error("the other one was replayed, too")
	}
	explained, err := w.worker.Explain(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, entry := range explained.History {
		found = found || entry.Action == worker.ActionReplayed && entry.By == "Ada Lovelace" && entry.Reason == "the rule is there"
	}
	if !found {
		t.Errorf("the audit trail does not say who and why: %+v", explained.History)
	}
	if got := w.get(t, page+"?done=replayed"); !strings.Contains(got.body, "Replayed.") || !strings.Contains(got.body, "It is done.") {
		t.Errorf("the page after it:\n%s", got.body)
	}
	if got := w.get(t, page+"?done="+url.QueryEscape(evil)); strings.Contains(got.body, `class="done"`) {
		t.Error("a word from the address is shown")
	}
	if got := w.send(t, page, "/letters/decide", form("once more", "replay")); got.header.Get("Location") != page+"?done=replayed" {
		t.Errorf("what is done may be done again: %d %s", got.status, got.header.Get("Location"))
	}
	w.wait(t, seq, worker.StateDone)
}

func TestReplayMany(t *testing.T) {
	t.Parallel()
	w := open(t)
	orders := []int64{w.accept(t, "1", shop.String(), "order", "order/1", worker.StateDead), w.accept(t, "2", shop.String(), "order", "order/2", worker.StateDead)}
	returned := w.accept(t, "3", "desk/main", "return", "return/1", worker.StateDead)
	const page = "/letters/decide?action=replay&channel=shop%2Fmain&kind=order"
	dry := w.get(t, page)
	if !strings.Contains(dry.body, "Replay 2 dead letters") || strings.Contains(dry.body, "return/1") {
		t.Errorf("what would be replayed:\n%s", dry.body)
	}
	for _, seq := range append(orders, returned) {
		if w.stateOf(t, seq) != worker.StateDead {
			t.Fatal("looking has replayed it")
		}
	}
	w.healed.Store(true)
	got := w.send(t, page, "/letters/decide", url.Values{"action": {"replay"}, "channel": {shop.String()}, "kind": {"order"}, "verdict": {""}, "reason": {"repaired"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/letters?done=replayed" {
		t.Fatalf("%d %s", got.status, got.header.Get("Location"))
	}
	for _, seq := range orders {
		w.wait(t, seq, worker.StateDone)
	}
	if w.stateOf(t, returned) != worker.StateDead {
		t.Error("a letter that does not fit was replayed")
	}
	// Done ones are replayed one by one only.
	got = w.send(t, "/letters/decide?action=replay", "/letters/decide", url.Values{"action": {"replay"}, "channel": {shop.String()}, "reason": {"again"}})
	if got.header.Get("Location") != "/letters?done=nothing" {
		t.Errorf("%d %s", got.status, got.header.Get("Location"))
	}
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	w := open(t)
	seq := w.accept(t, "1", shop.String(), "order", "order/1", worker.StateDead)
	got := w.send(t, fmt.Sprintf("/letters/%d", seq), "/letters/decide", url.Values{"seq": {fmt.Sprint(seq)}, "action": {"discard"}, "reason": {"entered by hand"}})
	if got.status != http.StatusSeeOther || w.stateOf(t, seq) != worker.StateDiscarded {
		t.Errorf("%d, the event is %s", got.status, w.stateOf(t, seq))
	}
	if got := w.get(t, "/letters"); !strings.Contains(got.body, "None. Everything that was accepted is done") {
		t.Errorf("the list after it:\n%s", got.body)
	}
}

func TestPauseAndRun(t *testing.T) {
	t.Parallel()
	w := open(t)
	const page = "/channels/shop/main"
	if got := w.send(t, page, page+"/pause", url.Values{"reason": {""}}); got.status != http.StatusBadRequest {
		t.Errorf("a pause without a reason: %d", got.status)
	}
	if got := w.send(t, page, page+"/pause", url.Values{"reason": {"stock-taking"}}); got.status != http.StatusSeeOther {
		t.Errorf("pause: %d", got.status)
	}
	pauses, err := w.worker.Pauses(t.Context())
	if err != nil || len(pauses) != 1 || pauses[0].By != "Ada Lovelace" || pauses[0].Reason != "stock-taking" {
		t.Fatalf("%+v: %v", pauses, err)
	}
	if got := w.send(t, page, page+"/resume", url.Values{"reason": {"done"}}); got.status != http.StatusSeeOther {
		t.Errorf("resume: %d", got.status)
	}
	if pauses, err = w.worker.Pauses(t.Context()); err != nil || len(pauses) > 0 {
		t.Errorf("%+v: %v", pauses, err)
	}
	if got := w.send(t, page, "/channels/none/main/pause", url.Values{"reason": {"x"}}); got.status != http.StatusBadRequest {
		t.Errorf("a channel that is not there: %d", got.status)
	}
	for back, want := range map[string]string{"": page, "stock": "/stock", "//evil.example": page} {
		got := w.send(t, page, page+"/run", url.Values{"flow": {"reconcile-stock"}, "back": {back}})
		if got.status != http.StatusSeeOther || got.header.Get("Location") != want+"?done=started" {
			t.Errorf("back to %q: %d %s", back, got.status, got.header.Get("Location"))
		}
	}
	if got := w.send(t, page, page+"/run", url.Values{"flow": {"burn"}}); got.status != http.StatusBadRequest {
		t.Errorf("a flow that is not there: %d", got.status)
	}
	if got, want := strings.Join(w.runs, "; "), strings.TrimSuffix(strings.Repeat("shop/main reconcile-stock Ada Lovelace; ", 3), "; "); got != want {
		t.Errorf("runs: %s, want %s", got, want)
	}
}
