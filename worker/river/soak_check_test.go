package river_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/worker"
)

// check holds what came of it to the invariants.
func (s *soak) check() {
	dead := s.deadLetters()
	s.inbox(dead)
	s.fenced()
	s.sold()
	s.paidBack()
	s.stocked()
	before := s.snapshot()
	// I7: doing all again changes nothing.
	began := time.Now()
	replayed, err := s.shoppers.desk.Replay(s.t.Context(), worker.Filter{States: []worker.State{worker.StateDone}}, worker.Decision{By: "soak", Reason: "I7"}, false)
	if err != nil {
		s.t.Fatal(err)
	}
	s.settled(began, 1)
	if diff := cmp.Diff(before, s.snapshot()); diff != "" {
		s.t.Errorf("a replay of %d events changed something: %s", len(replayed), diff)
	}
	s.t.Logf("%d events replayed; %s; shop: %s; webhooks: %s", len(replayed), &s.tally, &s.shoppers.tally, &s.relay.tally)
	s.t.Logf("wire to Odoo: %s; wire to the shop: %s", &s.odoo.tally, &s.medusa.tally)
}

// deadLetters sees that each can be understood, and has all done again, as a person does who has repaired what was broken. It returns them.
func (s *soak) deadLetters() map[int64]bool {
	desk, dead := s.shoppers.desk, map[int64]bool{}
	for _, record := range s.find(worker.Filter{States: []worker.State{worker.StateDead}}) {
		dead[record.Seq] = true
		explained, err := desk.Explain(s.t.Context(), record.Seq)
		if err != nil || record.Problem.Text == "" || record.Problem.Verdict == "" || record.Problem.Runbook == "" {
			s.t.Errorf("dead letter %d is not explained: %+v, %v", record.Seq, explained, err)
		}
		s.t.Logf("dead letter %s: %s after %d attempts: %s", record.Key, record.Problem.Verdict, record.Attempts, record.Problem.Text)
	}
	if len(dead) == 0 {
		return dead
	}
	began := time.Now()
	if _, err := desk.Replay(s.t.Context(), worker.Filter{}, worker.Decision{By: "soak", Reason: "the servers are back"}, false); err != nil {
		s.t.Fatal(err)
	}
	s.settled(began, 1)
	for _, record := range s.find(worker.Filter{States: []worker.State{worker.StateDead}}) {
		s.t.Errorf("dead letter %s is dead again: %s", record.Key, record.Problem.Text)
	}
	return dead
}

// inbox checks that what was accepted is there and done (I3), once and in order (I4).
func (s *soak) inbox(dead map[int64]bool) {
	states, known := map[string]int{}, map[string]bool{}
	for _, record := range s.find(worker.Filter{}) {
		states[record.Kind+" "+string(record.State)]++
		known[record.ID] = record.State == worker.StateDone
	}
	s.t.Logf("inbox: %v, of these %d were dead letters", states, len(dead))
	for id := range s.relay.ids() {
		if !known[id] {
			s.t.Errorf("the webhook %q was accepted and is not done", id)
		}
	}
	for _, id := range s.shoppers.asked {
		if !known[id] {
			s.t.Errorf("%s was accepted and is not done", id)
		}
	}
	actions, ends, last := map[worker.Action]int{}, map[int64]int{}, map[string]int64{}
	for filter := (worker.AuditFilter{}); ; {
		entries, err := s.store.Ledger().Audit(s.t.Context(), filter)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, entry := range entries {
			filter.AfterID = entry.ID
			actions[entry.Action]++
			if entry.Action != worker.ActionDone {
				continue
			}
			if ends[entry.Seq]++; ends[entry.Seq] > 1 { // I5: who has lost the key writes no outcome
				s.t.Errorf("event %d of %s was done twice", entry.Seq, entry.Key)
			}
			if dead[entry.Seq] {
				continue // those behind it have passed
			}
			if entry.Seq < last[entry.Key] {
				s.t.Errorf("%s: event %d was done after %d", entry.Key, entry.Seq, last[entry.Key])
			}
			last[entry.Key] = entry.Seq
		}
		if len(entries) < worker.MaxPage {
			break
		}
	}
	s.t.Logf("audit trail: %v", actions)
}

// fenced checks that no process asked for anything for a key that another had taken over (I5).
func (s *soak) fenced() {
	for _, w := range []*wire{s.odoo, s.medusa} {
		w.mu.Lock()
		for _, stale := range w.stale {
			s.t.Error(stale)
		}
		w.mu.Unlock()
	}
}

// sold checks that each order is in Odoo once, with the lines and totals of the shop (I1).
func (s *soak) sold() {
	books, skipped := s.books.orders(), 0
	for _, order := range s.shoppers.orders {
		want, err := s.shoppers.direct.GetOrder(s.t.Context(), order.ID)
		if err != nil {
			s.t.Error(err)
			continue
		}
		found := books[order.ID]
		delete(books, order.ID)
		if want.Status == canonical.StatusCancelled && len(found) == 0 {
			skipped++ // it was never seen before it was cancelled
			continue
		}
		if len(found) != 1 {
			s.t.Errorf("order %s (%s) is in Odoo %d times", order.ID, order.fate, len(found))
			continue
		}
		s.same(want, found[0], order)
	}
	if len(books) > 0 {
		s.t.Errorf("Odoo has orders that the shop has not: %v", slices.Collect(maps.Keys(books)))
	}
	s.t.Logf("%d orders, %d of them cancelled before they were seen", len(s.shoppers.orders), skipped)
}

// same compares an order in Odoo with the shop's.
func (s *soak) same(want canonical.Order, got booked, order *placed) {
	if want.Status == canonical.StatusCancelled {
		if got.State != sale.StateCancel {
			s.t.Errorf("order %s is cancelled in the shop, and %s in Odoo", order.ID, got.State)
		}
		return
	}
	units := map[string]decimal.Decimal{}
	for _, line := range want.Lines {
		if line.Kind != canonical.LineProduct {
			continue
		}
		open, err := line.Qty.Ordered.Sub(line.Qty.Cancelled)
		if err == nil {
			open, err = units[line.SKU].Add(open)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		units[line.SKU] = open
	}
	for sku, open := range units {
		if got.Units[sku].Cmp(open) != 0 {
			s.t.Errorf("order %s (%s) has %s of %s in Odoo, %s in the shop", order.ID, order.fate, got.Units[sku], sku, open)
		}
	}
	for _, amount := range []struct {
		name      string
		got, want decimal.Decimal
	}{
		{"untaxed", got.AmountUntaxed, want.Totals.Net.Shop}, {"tax", got.AmountTax, want.Totals.Tax.Shop}, {"total", got.AmountTotal, want.Totals.Grand.Shop},
	} {
		if amount.got.Cmp(amount.want) != 0 {
			s.t.Errorf("order %s (%s): %s is %s in Odoo, %s in the shop", order.ID, order.fate, amount.name, amount.got, amount.want)
		}
	}
	if !got.Open() || got.Currency.Name != string(want.Currency) {
		s.t.Errorf("order %s is %s in %s in Odoo", order.ID, got.State, got.Currency.Name)
	}
	if reference := s.shoppers.reference(order.ID); reference != got.Name {
		s.t.Errorf("order %s is acknowledged as %q, want %q", order.ID, reference, got.Name)
	}
}

// paidBack checks that what was asked for was paid back, once (I2).
func (s *soak) paidBack() {
	for _, order := range s.shoppers.orders {
		want, got := []string{}, []string{}
		for _, amount := range order.refunds {
			want = append(want, amount.Trim(0).String())
		}
		if order.fate != refunded {
			continue
		}
		for _, text := range s.shoppers.medusa.Refunds(s.t, order.PaymentID) {
			got = append(got, decimal.MustParse(text).Trim(0).String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			s.t.Errorf("refunds of order %s: %s", order.ID, diff)
		}
	}
}

// stocked checks that the shop shows what Odoo has (I6).
func (s *soak) stocked() {
	if shown, err := s.shoppers.shown(); err != nil || shown != s.inStock {
		s.t.Errorf("the shop shows %d, %v; Odoo has %d", shown, err, s.inStock)
	}
}

// snapshot describes all effects, a line each.
func (s *soak) snapshot() []string {
	var lines []string
	books := s.books.orders()
	for _, order := range s.shoppers.orders {
		var texts []string
		for _, one := range books[order.ID] {
			texts = append(texts, one.Text)
		}
		line := fmt.Sprint(order.ID, " ", strings.Join(texts, " and "), " ", s.shoppers.reference(order.ID))
		if order.fate == refunded {
			line += fmt.Sprint(" ", s.shoppers.medusa.Refunds(s.t, order.PaymentID))
		}
		lines = append(lines, line)
	}
	shown, err := s.shoppers.shown()
	return append(lines, fmt.Sprint(shown, err))
}
