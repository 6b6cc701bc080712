package retailsync

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// OpenReason is why something is open with a provider.
type OpenReason string

// The reasons.
const (
	// OpenPayment: a payment was registered and no settlement has it yet.
	OpenPayment OpenReason = "payment_not_settled"
	// OpenEntries: the clearing account and the payouts of a settlement differ by entries that are not booked.
	OpenEntries OpenReason = "entries_not_booked"
	// OpenMatch: something is booked and not matched: a run was interrupted, or a person undid the match.
	OpenMatch OpenReason = "not_matched"
	// OpenPayout: a payout is not on the bank's statement yet.
	OpenPayout OpenReason = "payout_not_at_bank"
	// OpenByHand: a person booked it in the clearing journal.
	OpenByHand OpenReason = "booked_by_hand"
	// OpenException: entries of a settlement wait for a person, and Odoo does not show them: the settlement breaks its own rules, or they
	// come to nothing together.
	OpenException OpenReason = "exception"
)

// OpenSettlementItem is something that is open with a provider.
type OpenSettlementItem struct {
	Reason OpenReason
	// Settlement is the provider's id, empty for payments and what people booked.
	Settlement string
	// Since is the earliest day of it.
	Since    odoo.Date
	Currency canonical.Currency
	// Amount is what is open: positive for what the provider or the bank owes us.
	Amount decimal.Decimal
	// Items are the journal items, by id; Name is what the first of them says.
	Items []int64
	Name  string
	// Exceptions are why, as the last import of the settlement left them, where the store keeps that (an [idempotency.CursorStore]).
	Exceptions []string
	// NextStep says what to do.
	NextStep string
}

// String is one line for a person.
func (o OpenSettlementItem) String() string {
	text := string(o.Reason)
	if o.Settlement != "" {
		text += " of settlement " + o.Settlement
	}
	if o.Currency != "" {
		text += fmt.Sprintf(": %s %s", o.Amount, o.Currency)
	}
	if !o.Since.IsZero() {
		text += " since " + o.Since.String()
	}
	return text + ": " + o.NextStep
}

func (r OpenReason) nextStep() string {
	switch r {
	case OpenPayment:
		return "wait for the settlement, or ask the provider for the payment"
	case OpenEntries:
		return "import the settlement again and see to its exceptions"
	case OpenMatch:
		return "import the settlement again, or match the items in Odoo"
	case OpenPayout:
		return "import the bank's statement, or ask the bank for the transfer"
	case OpenByHand:
		return "look at the entry in Odoo, and match it there"
	}
	return "see to the exceptions, then import the settlement again"
}

// openLine is a journal item that is open in a clearing journal.
type openLine struct {
	ID       int64           `odoo:"id"`
	Move     odoo.Many2One   `odoo:"move_id"`
	Account  odoo.Many2One   `odoo:"account_id"`
	Currency odoo.Many2One   `odoo:"currency_id"`
	Date     odoo.Date       `odoo:"date"`
	Ref      string          `odoo:"ref"`
	Name     string          `odoo:"name"`
	Residual decimal.Decimal `odoo:"amount_residual_currency"`
}

func (openLine) OdooModel() string { return "account.move.line" }

type paymentOf struct {
	ID      int64         `odoo:"id"`
	Payment odoo.Many2One `odoo:"origin_payment_id"`
}

func (paymentOf) OdooModel() string { return "account.move" }

// OpenSettlementItems returns what is open with a provider, since when and why: payments that no settlement has, settlements that
// are not booked in full, payouts that the bank does not have. It is what an accountant goes through at the end of a month. It
// reads Odoo, in proportion to what is open, and changes nothing.
func (c *Connector) OpenSettlementItems(ctx context.Context, provider canonical.Channel) ([]OpenSettlementItem, error) {
	books, err := c.clearing(ctx, provider)
	if err != nil {
		return nil, err
	}
	lines, err := odoo.Find[openLine](ctx, c.erp, odoo.And(
		odoo.Eq("journal_id", books.journal), odoo.Eq("parent_state", "posted"), odoo.Eq("reconciled", false),
		odoo.Or(odoo.Eq("account_id.reconcile", true), odoo.Eq("account_id", books.account)), odoo.Ne("amount_residual", 0)))
	if err != nil {
		return nil, err
	}
	paid, names, err := c.originOf(ctx, lines)
	if err != nil {
		return nil, err
	}
	excepted, err := c.exceptedOf(ctx, provider)
	if err != nil {
		return nil, err
	}
	var open []OpenSettlementItem
	var calc exact.Calc
	at := map[string]int{}
	for _, line := range lines {
		reason := books.whyOpen(line, paid[line.Move.ID], names[line.ID])
		item := OpenSettlementItem{
			Reason: reason, Since: line.Date, Currency: canonical.Currency(line.Currency.Name), Amount: line.Residual, Items: []int64{line.ID}, Name: line.Name,
		}
		if reason != OpenPayment && reason != OpenByHand {
			item.Settlement = line.Ref
		}
		if reason == OpenEntries || reason == OpenMatch {
			key := strings.Join([]string{string(reason), line.Ref, line.Currency.Name}, "\n")
			if known, ok := at[key]; ok {
				o := &open[known]
				o.Amount, o.Items = calc.Add(o.Amount, line.Residual), append(o.Items, line.ID)
				if line.Date.String() < o.Since.String() {
					o.Since = line.Date
				}
				continue
			}
			at[key] = len(open)
		}
		open = append(open, item)
	}
	told := map[string]bool{}
	for i := range open {
		o := &open[i]
		if o.Reason == OpenEntries {
			// The account is short of what is not booked.
			if o.Amount = o.Amount.Neg(); o.Amount.IsZero() {
				o.Reason = OpenMatch
			}
			o.Exceptions, told[o.Settlement] = excepted[o.Settlement], true
		}
		o.NextStep = o.Reason.nextStep()
	}
	for id, why := range excepted {
		if !told[id] {
			open = append(open, OpenSettlementItem{Reason: OpenException, Settlement: id, Exceptions: why, NextStep: OpenException.nextStep()})
		}
	}
	slices.SortStableFunc(open, func(a, b OpenSettlementItem) int {
		if n := strings.Compare(a.Since.String(), b.Since.String()); n != 0 {
			return n
		}
		if n := strings.Compare(a.Settlement, b.Settlement); n != 0 {
			return n
		}
		return strings.Compare(string(a.Reason), string(b.Reason))
	})
	return open, calc.Err()
}

// originOf tells which of the items' entries are payments, and the names of the items.
func (c *Connector) originOf(ctx context.Context, lines []openLine) (paid map[int64]bool, names map[int64]odoo.ExternalID, err error) {
	paid = map[int64]bool{}
	var moves, ids []int64
	for _, line := range lines {
		moves, ids = append(moves, line.Move.ID), append(ids, line.ID)
	}
	if len(lines) == 0 {
		return paid, nil, nil
	}
	slices.Sort(moves)
	rows, err := odoo.Find[paymentOf](ctx, c.erp, odoo.In("id", slices.Compact(moves)))
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		paid[row.ID] = row.Payment.ID != 0
	}
	names, err = c.erp.Lookup(ctx, "account.move.line", ids)
	return paid, names, err
}

// whyOpen says why an item is open.
func (b *clearing) whyOpen(line openLine, payment bool, name odoo.ExternalID) OpenReason {
	switch {
	case payment && line.Account.ID != b.account:
		return OpenPayment
	case name.Module != mapping.Module || line.Ref == "":
		return OpenByHand
	case line.Account.ID == b.account:
		return OpenEntries
	case line.Account.ID == b.transit:
		return OpenPayout
	}
	return OpenMatch
}

func (c *Connector) exceptedName(provider canonical.Channel) string {
	return c.scope("settlements", provider) + "/excepted"
}

// exceptedOf are the exceptions that the last imports of settlements left, by the settlement's id; none if the store keeps none.
func (c *Connector) exceptedOf(ctx context.Context, provider canonical.Channel) (map[string][]string, error) {
	cursors, ok := c.store.(idempotency.CursorStore)
	if !ok {
		return nil, nil
	}
	text, err := cursors.Cursor(ctx, c.exceptedName(provider))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.exceptedName(provider), err)
	}
	excepted := map[string][]string{}
	if text == "" {
		return excepted, nil
	}
	if err := json.Unmarshal([]byte(text), &excepted); err != nil {
		return nil, fmt.Errorf("list %s is damaged: %w: delete it, and imports make it anew", c.exceptedName(provider), err)
	}
	return excepted, nil
}

// keepExceptions remembers the exceptions of a settlement for the report at the end of the month.
func (t *settlementTask) keepExceptions(ctx context.Context) error {
	cursors, ok := t.store.(idempotency.CursorStore)
	if !ok {
		return nil
	}
	provider := t.books.channel
	var why []string
	for _, e := range t.result.Exceptions[:min(len(t.result.Exceptions), mostExceptions)] {
		why = append(why, e.String())
	}
	if n := len(t.result.Exceptions) - mostExceptions; n > 0 {
		why = append(why, fmt.Sprintf("and %d more", n))
	}
	known, err := t.exceptedOf(ctx, provider)
	if err != nil {
		return err
	}
	if slices.Equal(known[t.s.Key.ID], why) {
		return nil
	}
	key := idempotency.Key{Scope: t.Connector.scope("settlements", provider), ID: "excepted"}
	return t.inTurn(ctx, key, func(ctx context.Context) error {
		known, err := t.exceptedOf(ctx, provider)
		if err != nil {
			return err
		}
		if known[t.s.Key.ID] = why; len(why) == 0 {
			delete(known, t.s.Key.ID)
		}
		text, err := json.Marshal(known)
		if err != nil {
			return err
		}
		if err := cursors.PutCursor(ctx, t.exceptedName(provider), string(text)); err != nil {
			return fmt.Errorf("store %s: %w", t.exceptedName(provider), err)
		}
		return nil
	})
}

// mostExceptions bounds what is remembered of the exceptions of one settlement.
const mostExceptions = 100
