package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// ShadowSettlements compares what the rules in service and others would book of the provider's payouts that were closed since a time: the journal items of each
// entry, what is matched, the exceptions and the payouts. The provider is asked for each settlement once.
//
// It writes nothing, to neither Odoo nor the provider, store or journal. It holds one settlement at a time. Entries that are booked already are
// booked by neither, and so do not differ, unless [ShadowRun.Afresh] is set; then a sale whose invoice is settled is an exception by both. Records
// that rules name and Odoo lacks are an error.
func (c *Connector) ShadowSettlements(ctx context.Context, from payments.PayoutLister, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "settlements", onDiffering: run.OnDiffering}
	getter, ok := from.(payments.SettlementGetter)
	if !ok {
		return report, fmt.Errorf("retailsync: %s (%T) gives no settlements: it must be a payments.SettlementGetter, or compare its files with ShadowSettlement", from.Channel(), from)
	}
	s, err := c.newShadowSettlements(ctx, from.Channel(), others, run, report)
	if err != nil {
		return report, err
	}
	query := payments.Query{Since: run.since()}
	for {
		page, err := from.ListPayouts(ctx, query)
		if err != nil {
			return report, fmt.Errorf("list payouts of %s: %w", from.Channel(), err)
		}
		for _, payout := range page.Payouts {
			if payout.ID == "" || !payout.Complete {
				continue
			}
			settlement, err := getter.GetSettlement(ctx, payout.ID)
			switch code := marketplace.CodeOf(err); {
			case err == nil:
				err = s.compare(ctx, settlement)
			case code == marketplace.CodeUnavailable, code == marketplace.CodeNotFound, code == marketplace.CodeInvalid:
				report.Unread++
				err = ctx.Err()
			}
			if err != nil {
				return report, fmt.Errorf("settlement %s of %s: %w", payout.ID, from.Channel(), err)
			}
		}
		if page.Cursor == query.Cursor && page.More {
			return report, fmt.Errorf("list payouts of %s: the adapter says that there is more but does not move on from its cursor", from.Channel())
		}
		if query.Cursor = page.Cursor; !page.More {
			return report, nil
		}
	}
}

// ShadowSettlement compares what two rules would book of one settlement, such as one read from a file: see [Connector.ShadowSettlements].
func (c *Connector) ShadowSettlement(ctx context.Context, settlement canonical.Settlement, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "settlements", onDiffering: run.OnDiffering}
	s, err := c.newShadowSettlements(ctx, settlement.Key.Channel, others, run, report)
	if err != nil {
		return report, err
	}
	return report, s.compare(ctx, settlement)
}

// shadowSettlements is a shadow run over settlements.
type shadowSettlements struct {
	report    *ShadowReport
	now, then *settlementRun
}

func (c *Connector) newShadowSettlements(ctx context.Context, provider canonical.Channel, others *mapping.Rules, run ShadowRun, report *ShadowReport) (*shadowSettlements, error) {
	now, then := c.shadowPair(others)
	s := &shadowSettlements{report: report}
	for _, side := range []struct {
		of    *Connector
		into  **settlementRun
		wraps func(error) error
	}{{now, &s.now, func(err error) error { return err }}, {then, &s.then, otherRules}} {
		books, err := side.of.clearing(ctx, provider)
		if err != nil {
			return nil, side.wraps(err)
		}
		*side.into = &settlementRun{Connector: side.of, SettlementRun: SettlementRun{DryRun: true}, books: books, report: &SettlementReport{DryRun: true}, afresh: run.Afresh}
	}
	return s, nil
}

// compare looks at one settlement by both rules.
func (s *shadowSettlements) compare(ctx context.Context, settlement canonical.Settlement) error {
	now, err := s.now.shadowOf(ctx, settlement)
	if err != nil {
		return err
	}
	then, err := s.then.shadowOf(ctx, settlement)
	if err != nil {
		return err
	}
	s.report.compare(settlement.Key, settlement.Key.ID, now, then)
	return nil
}

// shadowOf is what the run would book of a settlement. The error is for runs that cannot go on.
func (r *settlementRun) shadowOf(ctx context.Context, settlement canonical.Settlement) (shadowView, error) {
	t := &settlementTask{settlementRun: r, s: settlement, result: SettlementResult{Settlement: settlement.Key, Entries: len(settlement.Entries)}}
	err := t.work(ctx)
	if ctx.Err() != nil {
		return shadowView{}, ctx.Err()
	}
	t.conclude(err)
	view := shadowView{values: map[string]string{}, err: t.result.Err}
	for _, p := range t.result.Postings {
		view.values[fmt.Sprintf("account %s, %s", accountName(p.Account.ID, p.Account.Name), p.Currency)] = fmt.Sprintf("debit %s, credit %s, %d items", p.Debit.Trim(0), p.Credit.Trim(0), p.Items)
	}
	for _, made := range t.bookings {
		if len(made.items) == 0 {
			continue // booked before
		}
		var ids, items []string
		for _, i := range made.entries {
			ids = append(ids, t.s.Entries[i].ID)
		}
		for _, it := range made.items {
			text := fmt.Sprintf("%s on %s", it.amount.Trim(0), accountName(it.Account, cmp.Or(t.books.names[it.Account], t.owed[it.Account])))
			if len(it.Taxes) > 0 {
				text += fmt.Sprintf(" taxed by %v", it.Taxes)
			}
			items = append(items, text)
		}
		slices.Sort(ids)
		slices.Sort(items)
		view.values["entry "+strings.Join(ids, ", ")] = fmt.Sprintf("%s: %s (%s)", made.date, strings.Join(items, ", "), made.currency)
	}
	for _, e := range t.result.Exceptions {
		at := "exception"
		if len(e.Entries) > 0 {
			at += " of " + e.Entries[0]
			if n := len(e.Entries) - 1; n > 0 {
				at += " and " + strconv.Itoa(n) + " more"
			}
		}
		view.values[at] = string(e.Reason)
		if !e.Difference.IsZero() {
			view.values[at] += " by " + e.Difference.Trim(0).String()
		}
	}
	for _, p := range t.result.Payouts {
		view.values["payout "+p.ID] = string(p.State)
	}
	return view, nil
}

func accountName(id int64, name string) string {
	if name == "" {
		return strconv.FormatInt(id, 10)
	}
	return name + " (" + strconv.FormatInt(id, 10) + ")"
}
