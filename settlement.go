package retailsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments"
)

// SettlementRun configures a run over settlements.
type SettlementRun struct {
	// Since is where the first run of a provider begins; the zero time means now. Later runs go on from where the last one ended.
	Since time.Time
	// DryRun reads everything and writes nothing: the report says what would be booked.
	DryRun bool
	// OnResult is called once per settlement, as soon as it is dealt with. Calls do not overlap.
	OnResult func(SettlementResult)
}

// ImportSettlements books the payouts of a provider that were closed since the last run, and those that earlier runs left
// something of, in the provider's clearing journal. Run it every hour or so, with the same store, which must be an
// [idempotency.CursorStore].
//
// It is level-triggered: it compares each settlement with what Odoo has of it and does what is missing, so it may be interrupted
// anywhere and repeated, and two may run at once. See [Connector.ImportSettlement] and docs/accounting.md.
//
// The error is for runs that could not go on; a run with failed settlements or exceptions alone is no error: see
// [SettlementReport.Results].
func (c *Connector) ImportSettlements(ctx context.Context, from payments.PayoutLister, options SettlementRun) (done *SettlementReport, failure error) {
	ctx, end := c.flow(ctx, "ImportSettlements", from.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	if options.Since.IsZero() {
		options.Since = started
	}
	options.DryRun = options.DryRun || c.rehearses(from.Channel(), mapping.WorkflowSettlements)
	r := &settlementRun{Connector: c, SettlementRun: options, report: &SettlementReport{DryRun: options.DryRun}}
	defer r.report.end(started)
	var ok bool
	if r.getter, ok = from.(payments.SettlementGetter); !ok {
		return r.report, fmt.Errorf("retailsync: %s (%T) gives no settlements: it must be a payments.SettlementGetter, or import its files with ImportSettlement", from.Channel(), from)
	}
	var err error
	if r.cursors, err = c.cursors(); err != nil {
		return r.report, err
	}
	if r.books, err = c.clearing(ctx, from.Channel()); err != nil {
		return r.report, err
	}
	if options.DryRun {
		return r.report, r.list(ctx, from)
	}
	err = c.alone(ctx, idempotency.Key{Scope: r.scope(), ID: "run"}, func(ctx context.Context) error { return r.list(ctx, from) })
	return r.report, err
}

// ImportSettlement books one settlement, such as one read from a file, in the clearing journal of its provider
// (settlement.Key.Channel, whose rules say where): sales and refunds are matched with the open invoices, credit notes and
// payments that they settle, fees and the like go to their accounts, payouts leave the clearing account and are matched with the
// bank's statement lines, if those are there.
//
// What cannot be booked is an exception, and the rest is booked without it; a settlement whose entries do not sum to its payouts is
// one exception, and nothing of it is booked. Importing again books what is new since (an order that was missing, a line at the
// bank) and nothing twice: each entry is in Odoo once, whatever process dies when, and without help from the store. It is safe to repeat
// and to run concurrently.
//
// The error is for runs that could not go on; what failed otherwise is in the report.
func (c *Connector) ImportSettlement(ctx context.Context, settlement canonical.Settlement, options SettlementRun) (done *SettlementReport, failure error) {
	ctx, end := c.flow(ctx, "ImportSettlement", settlement.Key.Channel)
	defer func() { end(done, failure) }()
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(settlement.Key.Channel, mapping.WorkflowSettlements)
	r := &settlementRun{Connector: c, SettlementRun: options, report: &SettlementReport{DryRun: options.DryRun}}
	defer r.report.end(started)
	var err error
	if r.books, err = c.clearing(ctx, settlement.Key.Channel); err != nil {
		return r.report, err
	}
	_, err = r.take(ctx, settlement)
	return r.report, err
}

// settlementRun is one run over settlements of one provider.
type settlementRun struct {
	*Connector
	SettlementRun
	books   *clearing
	getter  payments.SettlementGetter
	cursors idempotency.CursorStore
	report  *SettlementReport
	// afresh has a dry run overlook what is booked already.
	afresh bool
}

func (r *settlementRun) scope() string { return r.Connector.scope("settlements", r.books.channel) }

// list takes up what earlier runs left something of, then reads the provider's payouts to their present end.
func (r *settlementRun) list(ctx context.Context, from payments.PayoutLister) error {
	left, err := r.left(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var still []string
	deal := func(id string) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		done, err := r.fetch(ctx, id)
		if !done {
			still = append(still, id)
		}
		return err
	}
	for _, id := range left {
		if err := deal(id); err != nil {
			return err
		}
	}
	position, err := r.cursors.Cursor(ctx, r.scope())
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", r.scope(), err)
	}
	query := payments.Query{Since: r.Since, Cursor: marketplace.Cursor(position)}
	for {
		page, err := from.ListPayouts(ctx, query)
		if err != nil {
			return fmt.Errorf("list payouts of %s: %w", r.books.channel, err)
		}
		for _, payout := range page.Payouts {
			switch {
			case payout.ID == "" || payout.Status == payments.PayoutFailed && !payout.Complete:
			case !payout.Complete:
				if !seen[payout.ID] {
					seen[payout.ID], still = true, append(still, payout.ID)
				}
			default:
				if err := deal(payout.ID); err != nil {
					return err
				}
			}
		}
		if page.Cursor == query.Cursor && page.More {
			return fmt.Errorf("list payouts of %s: the adapter says that there is more but does not move on from its cursor", r.books.channel)
		}
		if !r.DryRun {
			// What is left of this page is stored first: a crash in between repeats, and loses nothing.
			if err := r.leave(ctx, still, left, seen); err != nil {
				return err
			}
			if page.Cursor != query.Cursor {
				if err := r.cursors.PutCursor(ctx, r.scope(), string(page.Cursor)); err != nil {
					return fmt.Errorf("store cursor %s: %w", r.scope(), err)
				}
			}
		}
		query.Cursor = page.Cursor
		if !page.More {
			return nil
		}
	}
}

func (r *settlementRun) leftName() string { return r.scope() + "/left" }

// left are the payouts that earlier runs left something of.
func (r *settlementRun) left(ctx context.Context) ([]string, error) {
	text, err := r.cursors.Cursor(ctx, r.leftName())
	if err != nil || text == "" {
		return nil, err
	}
	var ids []string
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		return nil, fmt.Errorf("list %s is damaged: %w", r.leftName(), err)
	}
	return ids, nil
}

// leave stores what this run leaves something of, and what earlier ones did and it has not come to.
func (r *settlementRun) leave(ctx context.Context, still, left []string, seen map[string]bool) error {
	all := slices.Clone(still)
	for _, id := range left {
		if !seen[id] {
			all = append(all, id)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := r.cursors.PutCursor(ctx, r.leftName(), string(text)); err != nil {
		return fmt.Errorf("store %s: %w", r.leftName(), err)
	}
	return nil
}

// fetch deals with one payout and reports whether nothing is left of it.
func (r *settlementRun) fetch(ctx context.Context, id string) (done bool, err error) {
	settlement, err := r.getter.GetSettlement(ctx, id)
	switch code := marketplace.CodeOf(err); {
	case err == nil:
		return r.take(ctx, settlement)
	case ctx.Err() != nil:
		return false, ctx.Err()
	case code == marketplace.CodeUnavailable, code == marketplace.CodeNotFound, code == marketplace.CodeInvalid:
		key := canonical.Key{Channel: r.books.channel, ID: id}
		r.report.add(SettlementResult{Settlement: key, Outcome: SettlementFailed, Err: &SettlementError{Settlement: key, Step: "fetch", Err: err}}, r.OnResult)
		return false, nil
	default:
		return false, fmt.Errorf("get settlement %s of %s: %w", id, r.books.channel, err)
	}
}

// take deals with one settlement and reports whether nothing is left of it. Its error is for runs that cannot go on.
func (r *settlementRun) take(ctx context.Context, settlement canonical.Settlement) (done bool, err error) {
	if settlement.Key.Channel != r.books.channel {
		return false, fmt.Errorf("settlement %s is not of %s", settlement.Key, r.books.channel)
	}
	t := &settlementTask{settlementRun: r, s: settlement, result: SettlementResult{Settlement: settlement.Key, Entries: len(settlement.Entries)}}
	if r.DryRun {
		err = t.work(ctx)
	} else {
		turn := idempotency.Key{Scope: r.Connector.scope("settlement", settlement.Key.Channel), ID: settlement.Key.ID}
		err = r.inTurn(ctx, turn, t.work)
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	t.conclude(err)
	if !r.DryRun && t.result.Outcome != SettlementFailed {
		if err := t.keepExceptions(ctx); err != nil {
			return false, err
		}
	}
	if len(t.events) > 0 && !r.DryRun {
		if err := r.journal.Append(ctx, t.events...); err != nil {
			return false, fmt.Errorf("append to the journal: %w", err)
		}
	}
	r.report.add(t.result, r.OnResult)
	var refused *odoo.Error
	if errors.As(err, &refused) && (refused.Code == odoo.CodeUnreachable || refused.Code == odoo.CodeUnauthenticated) {
		return false, err // all that follow would fail, too
	}
	return t.finished(), nil
}
