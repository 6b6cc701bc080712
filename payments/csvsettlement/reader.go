package csvsettlement

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/sheet"
	"github.com/retailsync/retailsync/payments"
)

const report = "csv settlement"

// Read reads a report by its rules. Key names the settlement: the account, and the provider's id of it, which such reports say in
// their name at most.
//
// Errors: [*RulesError], [*payments.ReportError] for what cannot be read (the first twenty are joined), and [*payments.SumError]
// when the entries do not sum to the total that the report states. With an error there is no settlement.
func Read(input io.Reader, key canonical.Key, rules Rules) (canonical.Settlement, error) {
	const most = 20
	compiled, err := rules.compile()
	if err != nil {
		return canonical.Settlement{}, err
	}
	r := reader{rules: compiled, lines: map[string]int{}, settlement: canonical.Settlement{Key: key}}
	if r.table, err = sheet.Open(input, compiled.layout, compiled.Columns.names()); err != nil {
		return canonical.Settlement{}, refused(err)
	}
	var failed []error
	for len(failed) < most {
		more, err := r.next()
		if err != nil {
			failed = append(failed, err)
		}
		if !more {
			break
		}
	}
	if len(failed) == 0 {
		if err := r.close(); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		return canonical.Settlement{}, errors.Join(failed...)
	}
	return r.settlement, nil
}

type reader struct {
	rules      compiled
	table      *sheet.Reader
	row        sheet.Row
	settlement canonical.Settlement
	// lines are where the ids of entries stand.
	lines map[string]int
	// totals are what the report states, by currency.
	totals []canonical.Payout
}

// refused is the error of a report from that of its table.
func refused(err error) error {
	if fault := (*sheet.Fault)(nil); errors.As(err, &fault) {
		return &payments.ReportError{Report: report, Line: fault.Line, Column: fault.Column, Problem: fault.Problem, Err: fault.Err}
	}
	return err
}

func (r *reader) fail(column, problem string, err error) error {
	return refused(r.row.Fault(column, problem, err))
}

// names are the columns that the rules use.
func (c Columns) names() []string {
	return slices.DeleteFunc([]string{
		c.ID, c.Kind, c.Amount, c.Fee, c.Currency, c.Date, c.Order, c.OrderNumber, c.Line, c.SKU, c.Payment, c.Refund, c.Reference, c.Exchange,
	}, func(name string) bool { return name == "" })
}

func (r *reader) cell(column string) string { return r.row.Cell(column) }

func (r *reader) amount(column string) (decimal.Decimal, error) {
	amount, err := r.row.Amount(column)
	return amount, refused(err)
}

// next reads one row; more is false after the last.
func (r *reader) next() (more bool, err error) {
	if r.row, more, err = r.table.Next(); err != nil || !more {
		return more, refused(err)
	}
	columns := r.rules.Columns
	if footer := r.rules.Total.Footer; footer != "" && sheet.Fold(r.row.First()) == sheet.Fold(footer) {
		return false, r.total(r.rules.Inverted, time.Time{}) // its word may stand in the date column
	}
	word := r.cell(columns.Kind)
	switch {
	case r.rules.skip[sheet.Fold(word)] && columns.Kind != "":
		return true, nil
	case r.rules.Total.Payout != "" && sheet.Fold(word) == sheet.Fold(r.rules.Total.Payout):
		// The row takes the sum from the balance, so its sign is the opposite of what the merchant gets.
		at, err := r.date()
		if err != nil {
			return true, err
		}
		return true, r.total(!r.rules.Inverted, at)
	}
	return true, r.entry(word)
}

// total takes what the row at hand states as the sum, with its sign turned or not.
func (r *reader) total(turned bool, at time.Time) error {
	amount, err := r.amount(r.rules.Columns.Amount)
	if err != nil {
		return err
	}
	if turned {
		amount = amount.Neg()
	}
	currency, err := r.currency()
	if err != nil {
		return err
	}
	r.totals = append(r.totals, canonical.Payout{ID: r.cell(r.rules.Columns.ID), Currency: currency, Amount: amount, At: at})
	return nil
}

func (r *reader) currency() (canonical.Currency, error) {
	text := r.cell(r.rules.Columns.Currency)
	if text == "" && r.rules.Currency != "" {
		return r.rules.Currency, nil
	}
	currency, err := canonical.ParseCurrency(text)
	if err != nil {
		return "", r.fail(r.rules.Columns.Currency, "is no currency", err)
	}
	return currency, nil
}

func (r *reader) date() (time.Time, error) {
	at, err := r.row.Date(r.rules.Columns.Date)
	return at, refused(err)
}

// entry adds the row at hand: the movement, and its fee beside it.
func (r *reader) entry(word string) error {
	columns := r.rules.Columns
	amount, err := r.amount(columns.Amount)
	if err != nil {
		return err
	}
	e := canonical.SettlementEntry{
		ID: r.cell(columns.ID), Kind: r.kind(word), RawKind: word, Amount: amount,
		OrderNumber: r.cell(columns.OrderNumber), LineID: r.cell(columns.Line), SKU: r.cell(columns.SKU),
		Payment: r.cell(columns.Payment), Refund: r.cell(columns.Refund), Reference: r.cell(columns.Reference), Exchange: r.cell(columns.Exchange),
	}
	if e.ID == "" {
		e.ID = "row-" + strconv.Itoa(r.row.Line)
	} else if earlier, there := r.lines[e.ID]; there {
		// One of the two would be taken for booked. A provider's id of the order or payment is no id of the movement.
		return r.fail(columns.ID, fmt.Sprintf("repeats that of line %d: name a column that differs in each row as columns.id, or none", earlier), nil)
	}
	r.lines[e.ID] = r.row.Line
	if e.Currency, err = r.currency(); err != nil {
		return err
	}
	if e.At, err = r.date(); err != nil {
		return err
	}
	if id := r.cell(columns.Order); id != "" {
		e.Order = canonical.Key{Channel: r.rules.OrderChannel, ID: id}
		if e.Order.Channel == (canonical.Channel{}) {
			e.Order.Channel = r.settlement.Key.Channel
		}
	}
	if e.Kind != canonical.EntryExchange {
		e.Exchange = ""
	}
	if r.rules.Inverted != r.rules.negative[e.Kind] { // both at once cancel out
		e.Amount = e.Amount.Neg()
	}
	r.settlement.Entries = append(r.settlement.Entries, e)
	return r.fee(e)
}

func (r *reader) kind(word string) canonical.EntryKind {
	if kind, ok := r.rules.kinds[sheet.Fold(word)]; ok {
		return kind
	}
	if r.rules.Columns.Kind == "" {
		return r.rules.Kind
	}
	return canonical.EntryOther
}

func (r *reader) fee(of canonical.SettlementEntry) error {
	column := r.rules.Columns.Fee
	if r.cell(column) == "" {
		return nil
	}
	amount, err := r.amount(column)
	if err != nil || amount.IsZero() {
		return err
	}
	if r.rules.FeesPositive {
		amount = amount.Neg()
	}
	fee := of
	fee.ID, fee.Kind, fee.Amount, fee.Exchange = of.ID+"/fee", canonical.EntryFee, amount, ""
	r.settlement.Entries = append(r.settlement.Entries, fee)
	return nil
}

// close sets the payouts and checks the sums.
func (r *reader) close() error {
	r.row = sheet.Row{}
	s := &r.settlement
	sums, err := s.Sums()
	if err != nil {
		return r.fail(r.rules.Columns.Amount, "makes a sum longer than 19 digits", err)
	}
	stated := r.rules.Total != Total{}
	if stated && len(r.totals) == 0 {
		return r.fail("", "has no row with the total that the rules name: it may have been cut off; fetch it again, or correct the rules", nil)
	}
	if s.Payouts = r.totals; !stated {
		for currency, sum := range sums {
			s.Payouts = append(s.Payouts, canonical.Payout{Currency: currency, Amount: sum})
		}
		if len(s.Payouts) == 0 && r.rules.Currency != "" {
			s.Payouts = []canonical.Payout{{Currency: r.rules.Currency}}
		}
		slices.SortFunc(s.Payouts, func(a, b canonical.Payout) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	}
	paid, err := s.PaidOut()
	if err != nil {
		return r.fail(r.rules.Columns.Amount, "makes a sum longer than 19 digits", err)
	}
	for currency := range sums {
		if _, ok := paid[currency]; !ok {
			paid[currency] = decimal.Zero
		}
	}
	for currency, total := range paid {
		if !sums[currency].Equal(total) {
			return &payments.SumError{Settlement: s.Key, Currency: currency, Rows: sums[currency], Total: total}
		}
	}
	return nil
}
