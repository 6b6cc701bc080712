package csvsettlement

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/internal/figure"
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
	r := reader{rules: compiled, settlement: canonical.Settlement{Key: key}}
	if err := r.open(input); err != nil {
		return canonical.Settlement{}, err
	}
	var failed []error
	for len(failed) < most {
		more, err := r.row()
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
	csv        *csv.Reader
	skipped    int // lines above the header
	at         map[string]int
	width      int
	cells      []string
	line       int
	settlement canonical.Settlement
	// totals are what the report states, by currency.
	totals []canonical.Payout
}

func (r *reader) fail(column, problem string, err error) error {
	return &payments.ReportError{Report: report, Line: r.line, Column: column, Problem: problem, Err: err}
}

// open leaves out the lines above the header and reads the names of the columns.
func (r *reader) open(input io.Reader) error {
	buffered := bufio.NewReader(input)
	if start, _ := buffered.Peek(3); string(start) == "\ufeff" {
		_, _ = buffered.Discard(3) // it was just seen
	}
	for range max(r.rules.HeaderRow, 1) - 1 {
		if _, err := buffered.ReadString('\n'); err != nil {
			return r.fail("", "ends above its header row", nil)
		}
		r.skipped++
	}
	r.csv = csv.NewReader(buffered)
	r.csv.Comma, r.csv.FieldsPerRecord, r.csv.ReuseRecord = rune(r.rules.separator), -1, true
	more, err := r.next()
	if err != nil {
		return err
	}
	if !more {
		return r.fail("", "has no header row", nil)
	}
	r.at, r.width = map[string]int{}, len(r.cells)
	for i, name := range r.cells {
		name = fold(name)
		if _, ok := r.at[name]; ok && slices.ContainsFunc(r.rules.Columns.names(), func(used string) bool { return fold(used) == name }) {
			return r.fail(name, "is there twice", nil)
		}
		r.at[name] = i
	}
	for _, name := range r.rules.Columns.names() {
		if _, ok := r.at[fold(name)]; !ok {
			return r.fail(name, "is missing: correct the rules' columns, header_row or separator", nil)
		}
	}
	return nil
}

// names are the columns that the rules use.
func (c Columns) names() []string {
	return slices.DeleteFunc([]string{
		c.ID, c.Kind, c.Amount, c.Fee, c.Currency, c.Date, c.Order, c.OrderNumber, c.Line, c.SKU, c.Payment, c.Refund, c.Reference, c.Exchange,
	}, func(name string) bool { return name == "" })
}

// next reads the next line into cells.
func (r *reader) next() (more bool, err error) {
	record, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			r.line = r.skipped + parse.Line
			return false, r.fail("", "cannot be read", parse.Err)
		}
		return false, r.fail("", "cannot be read: fetch the report again", err)
	}
	line, _ := r.csv.FieldPos(0)
	r.line = r.skipped + line
	r.cells = r.cells[:0]
	for _, cell := range record {
		text, err := figure.Encoding(r.rules.Encoding).Text([]byte(cell))
		if err != nil {
			return true, r.fail("", "cannot be read", err)
		}
		r.cells = append(r.cells, strings.TrimSpace(text))
	}
	return true, nil
}

func (r *reader) cell(column string) string {
	if column == "" {
		return ""
	}
	if i := r.at[fold(column)]; i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

func (r *reader) amount(column string) (decimal.Decimal, error) {
	amount, _, err := figure.Amount(r.cell(column), r.rules.mark)
	if err != nil {
		return amount, r.fail(column, "cannot be read", err)
	}
	return amount, nil
}

// row reads one row; more is false after the last.
func (r *reader) row() (more bool, err error) {
	if more, err = r.next(); err != nil || !more {
		return more, err
	}
	if len(r.cells) > r.width {
		return true, r.fail("", "has more columns than the header row", nil)
	}
	first := slices.IndexFunc(r.cells, func(cell string) bool { return cell != "" })
	if first < 0 {
		return true, nil
	}
	columns := r.rules.Columns
	if footer := r.rules.Total.Footer; footer != "" && fold(r.cells[first]) == fold(footer) {
		return false, r.total(r.rules.Inverted, time.Time{}) // its word may stand in the date column
	}
	word := r.cell(columns.Kind)
	switch {
	case r.rules.skip[fold(word)] && columns.Kind != "":
		return true, nil
	case r.rules.Total.Payout != "" && fold(word) == fold(r.rules.Total.Payout):
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
	text := r.cell(r.rules.Columns.Date)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(r.rules.DateLayout, text, r.rules.zone)
	if err != nil {
		return time.Time{}, r.fail(r.rules.Columns.Date, "is not written as date_layout says", nil)
	}
	return at.UTC(), nil
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
		e.ID = "row-" + strconv.Itoa(r.line)
	}
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
	if kind, ok := r.rules.kinds[fold(word)]; ok {
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
