package retailsync_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/sale"
)

func TestNewOrderIsConfirmedAndAcknowledged(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999), Item("SKU-2", 1, 500))
		result := l.want(retailsync.Created)
		l.wantState(sale.StateSale)
		l.wantLines("L1 1, L2 2, L3 1")
		l.wantTotal()
		l.wantDeliveries()
		if got := l.source.acknowledged[l.id]; got != result.OdooName || got == "" {
			l.Errorf("acknowledged as %q, want %q", got, result.OdooName)
		}
		l.wantEvents(canonical.EventOrderCreated, canonical.EventOrderConfirmed, canonical.EventOrderAcknowledged)
		l.want(retailsync.Unchanged)
		l.want(retailsync.Unchanged, retailsync.Recheck())
		l.wantEvents(canonical.EventOrderCreated, canonical.EventOrderConfirmed, canonical.EventOrderAcknowledged)
	})
}

// wantEvents compares the kinds of the journal's events, and that each has an ID of its own.
func (l *life) wantEvents(want ...canonical.EventType) {
	l.Helper()
	var got []canonical.EventType
	ids := map[string]bool{}
	for _, event := range l.journal.Events() {
		got = append(got, event.Type)
		ids[event.ID] = true
		if event.Subject.ID != l.id || event.At.IsZero() || event.Summary == "" {
			l.Errorf("event %+v", event)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(ids) != len(got) {
		l.Errorf("%d different ids, events (-want +got):\n%s", len(ids), diff)
	}
}

func TestHeldOrderIsConfirmedWhenReleased(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusOnHold))
		l.want(retailsync.Held)
		l.wantState(sale.StateDraft)
		if len(l.source.acknowledged) != 0 {
			l.Errorf("a held order was acknowledged: %v", l.source.acknowledged)
		}
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Confirmed)
		l.wantState(sale.StateSale)
		l.wantEvents(canonical.EventOrderCreated, canonical.EventOrderHeld, canonical.EventOrderConfirmed, canonical.EventOrderAcknowledged)
		// A hold after the confirmation is a person's to decide.
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusOnHold))
		l.wantConflict(retailsync.StageUpdate, "on hold")
	})
}

func TestFlaggedOrderIsHeld(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 1, 1999))
		l.edit(func(o *canonical.Order) { o.Flags.Hold = true })
		l.want(retailsync.Held)
		l.wantState(sale.StateDraft)
		l.cancelAtChannel()
		l.want(retailsync.Cancelled)
		l.wantState(sale.StateCancel)
	})
}

func TestWhatIsNotSoldYetStaysOut(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusPending))
		l.want(retailsync.Skipped)
		l.cancelAtChannel()
		l.want(retailsync.Skipped)
		l.want(retailsync.Unchanged) // the store remembers that there is nothing to do
		if ids := l.search("sale.order", originOf(l.id)); len(ids) != 0 {
			l.Errorf("orders %v in Odoo", ids)
		}
		l.wantEvents()
	})
}

// An order that is in Odoo follows its channel in states that would not be imported.
func TestOrderThatWaitsForTheShopperAgain(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 5, 1999), Status(canonical.StatusOnHold))
		l.want(retailsync.Held)
		l.put(Item("SKU-1", 4, 1999), Status(canonical.StatusPending))
		l.want(retailsync.Held)
		l.wantLines("L1 1, L2 4")
		l.put(Item("SKU-1", 4, 1999))
		l.want(retailsync.Confirmed)
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusPending))
		result := l.want(retailsync.Failed)
		wantOrderError[*retailsync.Conflict](l, result.Err, retailsync.StageUpdate, "hold back its delivery")
		l.wantLines("L1 1, L2 2") // the edit is not lost
		l.wantTotal()
		l.wantDeliveries()
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Unchanged)
		l.wantState(sale.StateSale)
	})
}

func TestEdits(t *testing.T) {
	before := []Option{Item("SKU-1", 2, 1999), Item("SKU-2", 3, 500)}
	tests := []struct {
		name  string
		after []Option
		lines string
	}{
		{"quantity up", []Option{Item("SKU-1", 5, 1999), Item("SKU-2", 3, 500)}, "L1 1, L2 5, L3 3"},
		{"quantity down", []Option{Item("SKU-1", 1, 1999), Item("SKU-2", 3, 500)}, "L1 1, L2 1, L3 3"},
		{"units cancelled", []Option{Item("SKU-1", 2, 1999), Item("SKU-2", 3, 500), Cancelled(2)}, "L1 1, L2 2, L3 1"},
		{"a line cancelled", []Option{Item("SKU-1", 2, 1999), Item("SKU-2", 3, 500), Cancelled(3)}, "L1 1, L2 2"},
		{"a line removed", []Option{Item("SKU-1", 2, 1999)}, "L1 1, L2 2"},
		{"a line added", []Option{Item("SKU-1", 2, 1999), Item("SKU-2", 3, 500), Item("SKU-3", 4, 1250)}, "L1 1, L2 2, L3 3, L4 4"},
		{"another price", []Option{Item("SKU-1", 2, 1799), Item("SKU-2", 3, 500)}, "L1 1, L2 2, L3 3"},
		{"all at once", []Option{Item("SKU-1", 4, 1333), Item("SKU-2", 3, 500), Cancelled(1), Item("SKU-5", 1, 333)}, "L1 1, L2 4, L3 2, L4 1"},
	}
	for _, when := range []string{"as a quotation", "confirmed"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			eitherOdoo(t, func(t *testing.T, db *database) {
				all := newLives(t, db, len(tests))
				first, second := retailsync.Created, retailsync.Updated
				for _, l := range all.lives {
					l.put(before...)
					if when == "as a quotation" {
						l.edit(func(o *canonical.Order) { o.Flags.Hold = true })
						first, second = retailsync.Held, retailsync.Confirmed
					}
				}
				all.want(first)
				for n, l := range all.lives {
					l.put(tests[n].after...)
				}
				for n, result := range all.want(second) {
					t.Run(tests[n].name, func(t *testing.T) {
						l := all.lives[n].in(t)
						if len(result.Changes) == 0 {
							t.Error("no changes reported")
						}
						l.wantState(sale.StateSale)
						l.wantLines(tests[n].lines)
						l.wantTotal()
						l.wantDeliveries()
					})
				}
				all.want(retailsync.Unchanged, retailsync.Recheck())
				// And back, which brings a removed line to life again.
				for _, l := range all.lives {
					l.put(before...)
				}
				all.want(retailsync.Updated)
				for n, l := range all.lives {
					t.Run("back from "+tests[n].name, func(t *testing.T) {
						l := l.in(t)
						want := "L1 1, L2 2, L3 3"
						l.wantLines(want)
						l.wantTotal()
						l.wantDeliveries()
					})
				}
			})
		})
	}
}

// lives are orders of one channel that are imported together.
type lives struct {
	*testing.T
	lives     []*life
	connector *retailsync.Connector
}

func newLives(t *testing.T, db *database, n int) *lives {
	t.Helper()
	all := &lives{T: t, connector: retailsync.New(db.dial(t), db.rules)}
	for range n {
		all.lives = append(all.lives, newLife(t, db, db.rules))
	}
	return all
}

// want imports all orders together and expects one outcome of all; the results are in the orders' order.
func (all *lives) want(outcome retailsync.Outcome, options ...retailsync.RunOption) []retailsync.OrderResult {
	all.Helper()
	source := &listed{}
	position := map[string]int{}
	for n, l := range all.lives {
		source.orders = append(source.orders, l.source.orders...)
		position[l.id] = n
	}
	results := make([]retailsync.OrderResult, len(all.lives))
	report, err := all.connector.ImportOrders(all.Context(), source, time.Time{}, append(options, retailsync.OnResult(func(r retailsync.OrderResult) {
		n := position[r.Order.ID]
		results[n] = r
		all.lives[n].orderID = r.OdooID
	}))...)
	if err != nil || report.Count(outcome) != len(all.lives) {
		for _, failed := range report.Failed() {
			all.Error(failed.Err)
		}
		all.Fatalf("%v, %v; want all %s", report, err, outcome)
	}
	return results
}

// in is the life as part of a sub-test.
func (l *life) in(t *testing.T) *life {
	inner := *l
	inner.T = t
	return &inner
}

func TestCancelledOrder(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created)
		l.cancelAtChannel()
		l.want(retailsync.Cancelled)
		l.wantState(sale.StateCancel)
		if got := l.pickings(); got["cancel"] == 0 || len(got) != 1 {
			l.Errorf("deliveries %v", got)
		}
		l.wantEvents(canonical.EventOrderCreated, canonical.EventOrderConfirmed, canonical.EventOrderAcknowledged, canonical.EventOrderCancelled)
		l.want(retailsync.Unchanged, retailsync.Recheck())
	})
}

func TestLockedOrderIsAConflict(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created)
		l.lock()
		l.want(retailsync.Unchanged, retailsync.Recheck()) // nothing to change: no conflict
		l.put(Item("SKU-1", 3, 1999))
		l.wantConflict(retailsync.StageUpdate, "unlock")
		l.cancelAtChannel()
		l.wantConflict(retailsync.StageCancel, "unlock")
		l.press("action_unlock")
		l.want(retailsync.Cancelled)
	})
}

func TestOrderCancelledByAPersonIsAConflict(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created)
		l.press("action_cancel")
		l.put(Item("SKU-1", 3, 1999))
		l.wantConflict(retailsync.StageUpdate, "cancelled in Odoo")
		// The way out that the conflict names.
		l.press("action_draft")
		l.want(retailsync.Confirmed)
		l.wantLines("L1 1, L2 3")
		l.press("action_cancel")
		l.cancelAtChannel()
		l.want(retailsync.Unchanged)
	})
}

func TestStaleRevisionChangesNothing(t *testing.T) {
	eitherLife(t, func(l *life) {
		older := l.put(Item("SKU-1", 2, 1999))
		l.put(Item("SKU-1", 5, 1999))
		l.want(retailsync.Created)
		l.source.orders = []canonical.Order{older}
		before := l.fingerprint()
		l.want(retailsync.Unchanged)
		l.wantLines("L1 1, L2 5")
		if l.fingerprint() != before {
			l.Error("the order was written")
		}
	})
}

func TestQuotationConfirmedByAPerson(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusOnHold))
		l.want(retailsync.Held)
		l.press("action_confirm")
		l.put(Item("SKU-1", 3, 1999))
		l.want(retailsync.Updated)
		l.wantState(sale.StateSale)
		l.wantLines("L1 1, L2 3")
		if l.source.acknowledged[l.id] == "" {
			l.Error("not acknowledged")
		}
	})
}

func TestLineAddedByAPersonIsLeftAlone(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created)
		products := l.search("product.product", skuOf("SKU-7"))
		l.create("sale.order.line", map[string]any{"order_id": l.orderID, "product_id": products[0], "product_uom_qty": 4, "price_unit": 0})
		l.put(Item("SKU-1", 1, 1999), Item("SKU-2", 1, 500))
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 1, L3 1, by hand 4")
	})
}

func TestOriginChangedByAPerson(t *testing.T) {
	for _, state := range []canonical.Status{canonical.StatusConfirmed, canonical.StatusOnHold} {
		t.Run(string(state), func(t *testing.T) {
			eitherLife(t, func(l *life) {
				first, second := retailsync.Created, retailsync.Updated
				if state == canonical.StatusOnHold {
					first, second = retailsync.Held, retailsync.Confirmed
				}
				l.put(Item("SKU-1", 2, 1999), Status(state))
				l.want(first)
				id := l.orderID
				l.write("sale.order", id, map[string]any{"origin": "by hand " + l.id})
				l.put(Item("SKU-1", 3, 1999))
				l.want(second)
				if l.orderID != id {
					l.Errorf("order %d, was %d", l.orderID, id)
				}
				l.wantLines("L1 1, L2 3")
				l.wantTotal()
				l.write("sale.order", id, map[string]any{"origin": "by hand again " + l.id})
				l.cancelAtChannel()
				l.want(retailsync.Cancelled)
				l.wantState(sale.StateCancel)
			})
		})
	}
}

// A dry run says what would become of an order and touches neither Odoo nor store, channel or journal.
func TestDryRun(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created, retailsync.DryRun())
		if ids := l.search("sale.order", originOf(l.id)); len(ids) != 0 || len(l.source.acknowledged) != 0 || len(l.journal.Events()) != 0 {
			l.Fatalf("orders %v, acknowledged %v, events %v", ids, l.source.acknowledged, l.journal.Events())
		}
		l.edit(func(o *canonical.Order) { o.Flags.Hold = true })
		l.want(retailsync.Held)
		events := len(l.journal.Events())
		foresee := func(outcome retailsync.Outcome) {
			l.Helper()
			before := l.fingerprint()
			l.want(outcome, retailsync.DryRun())
			if after := l.fingerprint(); after != before || len(l.journal.Events()) != events {
				l.Errorf("a dry run wrote:\n%s\n%s", before, after)
			}
		}
		l.put(Item("SKU-1", 2, 1999))
		foresee(retailsync.Confirmed)
		l.want(retailsync.Confirmed)
		events = len(l.journal.Events())
		l.put(Item("SKU-1", 1, 1999))
		foresee(retailsync.Updated)
		l.want(retailsync.Updated)
		events = len(l.journal.Events())
		foresee(retailsync.Unchanged)
		l.put(Item("NOWHERE", 1, 1999))
		foresee(retailsync.Failed)
		l.cancelAtChannel()
		foresee(retailsync.Cancelled)
		l.want(retailsync.Cancelled)
	})
}

// Recheck compares an order with Odoo that the store remembers as done.
func TestRecheckRepairs(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created)
		l.write("sale.order.line", l.lines()["L2"].ID, map[string]any{"product_uom_qty": 7})
		l.want(retailsync.Unchanged)
		l.want(retailsync.Updated, retailsync.Recheck())
		l.wantLines("L1 1, L2 2")
		l.wantTotal()
		l.wantDeliveries()
	})
}

func TestReportAndProgress(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) {
		l := newLife(t, db, db.rules, retailsync.WithBatchSize(4))
		l.source.orders = numbered(l.id, 11)
		l.source.page = 3
		l.source.orders[2].Lines[0].SKU = "NOWHERE"
		l.source.orders[5].Totals.Grand.Shop = l.source.orders[5].Totals.Net.Shop
		l.source.orders[7].Status = canonical.StatusCancelled
		l.source.orders[9].Status = canonical.StatusOnHold
		var last retailsync.Progress
		report, err := l.connector.ImportOrders(t.Context(), l.source, time.Time{}, retailsync.OnProgress(func(p retailsync.Progress) {
			if p.Fetched < last.Fetched || p.Handled < last.Handled || p.Failed < last.Failed || p.Handled > p.Fetched || p.Failed > p.Handled {
				t.Errorf("%+v after %+v", p, last)
			}
			last = p
		}))
		if err != nil {
			t.Fatal(err)
		}
		want := map[retailsync.Outcome]int{retailsync.Created: 7, retailsync.Failed: 2, retailsync.Skipped: 1, retailsync.Held: 1}
		for outcome, n := range want {
			if got := report.Count(outcome); got != n {
				t.Errorf("%s: %d, want %d (%v)", outcome, got, n, report.Failed())
			}
		}
		if want := (retailsync.Progress{Fetched: 11, Handled: 11, Failed: 2}); last != want {
			t.Errorf("progress ended at %+v, want %+v", last, want)
		}
		failed := map[string]error{}
		for _, f := range report.Failed() {
			failed[f.Order.ID] = f.Err
		}
		if diff := cmp.Diff([]string{l.id + "-2", l.id + "-5"}, slices.Sorted(maps.Keys(failed))); diff != "" {
			t.Fatal(diff)
		}
		wantOrderError[*mapping.UnmappedError](t, failed[l.id+"-2"], retailsync.StageMap, "products.aliases")
		wantOrderError[*canonical.ValidationError](t, failed[l.id+"-5"], retailsync.StageValidate, "totals.grand")
		if report.Started.IsZero() || report.Took <= 0 || report.DryRun || report.Cursor != "11" {
			t.Errorf("report %+v", report)
		}
	})
}

// TestEachCorrectionIsJournalled has a person change a price in Odoo twice while the channel's order stays the same: the flow corrects it twice, and
// the audit trail has both corrections, with what was there before.
func TestEachCorrectionIsJournalled(t *testing.T) {
	eachLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999), Item("SKU-2", 1, 500))
		l.want(retailsync.Created)
		for _, price := range []string{"1.00", "2.00"} {
			l.write("sale.order.line", l.lines()["L2"].ID, map[string]any{"price_unit": json.Number(price)})
			l.want(retailsync.Updated, retailsync.Recheck())
			l.wantTotal()
		}
		var ids, summaries []string
		for _, event := range l.journal.Events() {
			if event.Type == canonical.EventOrderUpdated {
				ids, summaries = append(ids, event.ID), append(summaries, event.Summary)
			}
		}
		if len(ids) != 2 || ids[0] == ids[1] {
			l.Fatalf("events %q, want two with an id of their own: a durable journal drops repeats of one", ids)
		}
		for n, before := range []string{"net 2.00,", "net 4.00,"} {
			if _, was, found := strings.Cut(summaries[n], " instead of "); !found || !strings.Contains(was, before) {
				l.Errorf("event %d says %q, want what was there before: %s", n, summaries[n], before)
			}
		}
	})
}
