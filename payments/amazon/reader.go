package amazon

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/figure"
	"github.com/retailsync/retailsync/payments"
)

const report = "amazon settlement"

// columns are the 24 columns of the flat file V2. A report may leave out those that are not required and add others.
var columns = []struct {
	name     string
	required bool
}{
	{"settlement-id", true}, {"settlement-start-date", false}, {"settlement-end-date", false}, {"deposit-date", false},
	{"total-amount", true}, {"currency", true}, {"transaction-type", true}, {"order-id", true}, {"merchant-order-id", false},
	{"adjustment-id", false}, {"shipment-id", false}, {"marketplace-name", false}, {"amount-type", true}, {"amount-description", true},
	{"amount", true}, {"fulfillment-id", false}, {"posted-date", false}, {"posted-date-time", false}, {"order-item-code", false},
	{"merchant-order-item-id", false}, {"merchant-adjustment-item-id", false}, {"sku", false}, {"quantity-purchased", false}, {"promotion-id", false},
}

// The indices of columns.
const (
	settlementID = iota
	startDate
	endDate
	depositDate
	totalAmount
	currency
	transactionType
	orderID
	merchantOrderID
	adjustmentID
	shipmentID
	marketplaceName
	amountType
	amountDescription
	amount
	fulfillmentID
	postedDate
	postedDateTime
	orderItemCode
	merchantOrderItemID
	merchantAdjustmentItemID
	sku
	quantityPurchased
	promotionID
)

// maxLine bounds a line: a row has less than a thousand bytes.
const maxLine = 1 << 20

// Reader reads one report as a stream. It is for one goroutine.
type Reader struct {
	scanner      *bufio.Scanner
	encoding     figure.Encoding
	mark         figure.Mark
	layouts      []string
	zone         *time.Location
	orderChannel func(string) canonical.Channel

	settlement canonical.Settlement
	// at is the position of each column, -1 if the report has not got it; width is how many columns there are.
	at    []int
	width int
	line  int
	cells []string
	// pending is the first row, if it is an entry besides being the header.
	pending bool
	sums    map[canonical.Currency]decimal.Decimal
	kinds   map[string]string
}

// NewReader reads the columns and the header row. Provider is the account that the report is of.
//
// What cannot be read is a [*payments.ReportError].
func NewReader(input io.Reader, provider canonical.Channel, options ...Option) (*Reader, error) {
	r := &Reader{
		scanner: bufio.NewScanner(input), zone: time.UTC, sums: map[canonical.Currency]decimal.Decimal{}, kinds: map[string]string{},
		layouts: []string{
			time.RFC3339, "2006-01-02 15:04:05 MST", "02.01.2006 15:04:05 MST", "2006/01/02 15:04:05 MST",
			"2006-01-02", "02.01.2006", "2006/01/02",
		},
	}
	r.scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	r.orderChannel = func(string) canonical.Channel { return provider }
	for _, option := range options {
		option(r)
	}
	r.settlement.Key.Channel = provider
	if err := r.readColumns(); err != nil {
		return nil, err
	}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r, nil
}

// Settlement returns what the header row says: the settlement without its entries.
func (r *Reader) Settlement() canonical.Settlement { return r.settlement }

// Entries yields the entries in the order of the report, once. A row that cannot be read is a [*payments.ReportError] and the
// next one follows. At the end comes a [*payments.SumError] unless the rows sum to the total. Only with no error at all is the
// settlement whole.
func (r *Reader) Entries() iter.Seq2[canonical.SettlementEntry, error] {
	return func(yield func(canonical.SettlementEntry, error) bool) {
		for {
			if r.pending {
				r.pending = false
			} else if more, err := r.next(); !more {
				if err == nil {
					err = r.checkSum()
				}
				if err != nil {
					yield(canonical.SettlementEntry{}, err)
				}
				return
			} else if err != nil {
				if !yield(canonical.SettlementEntry{}, err) {
					return
				}
				continue
			}
			entry, err := r.entry()
			if !yield(entry, err) {
				return
			}
		}
	}
}

// Rows reads a report as a stream: [NewReader] and [Reader.Entries] in one, for those that do not need the header. Its error
// comes as the first.
func Rows(input io.Reader, provider canonical.Channel, options ...Option) iter.Seq2[canonical.SettlementEntry, error] {
	return func(yield func(canonical.SettlementEntry, error) bool) {
		r, err := NewReader(input, provider, options...)
		if err != nil {
			yield(canonical.SettlementEntry{}, err)
			return
		}
		r.Entries()(yield)
	}
}

// Read reads a whole report. With an error there is no settlement; it joins the first twenty.
func Read(input io.Reader, provider canonical.Channel, options ...Option) (canonical.Settlement, error) {
	const most = 20
	r, err := NewReader(input, provider, options...)
	if err != nil {
		return canonical.Settlement{}, err
	}
	settlement := r.Settlement()
	var failed []error
	for entry, err := range r.Entries() {
		if err != nil {
			if failed = append(failed, err); len(failed) == most {
				break
			}
			continue
		}
		settlement.Entries = append(settlement.Entries, entry)
	}
	if len(failed) > 0 {
		return canonical.Settlement{}, errors.Join(failed...)
	}
	return settlement, nil
}

func (r *Reader) fail(column int, problem string, err error) error {
	e := &payments.ReportError{Report: report, Line: r.line, Problem: problem, Err: err}
	if column >= 0 {
		e.Column = columns[column].name
	}
	return e
}

// scan reads the next line that is not empty into cells.
func (r *Reader) scan() (more bool, err error) {
	for r.scanner.Scan() {
		r.line++
		text, err := r.encoding.Text(r.scanner.Bytes())
		if err != nil {
			return true, r.fail(-1, "cannot be read", err)
		}
		if r.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if text = strings.TrimSuffix(text, "\r"); strings.TrimSpace(text) == "" {
			continue
		}
		r.cells = r.cells[:0]
		for cell := range strings.SplitSeq(text, "\t") {
			if len(cell) > 1 && cell[0] == '"' && cell[len(cell)-1] == '"' {
				cell = strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`)
			}
			r.cells = append(r.cells, strings.TrimSpace(cell))
		}
		return true, nil
	}
	if err := r.scanner.Err(); err != nil {
		r.line++
		return false, r.fail(-1, "cannot be read: fetch the report again", err)
	}
	return false, nil
}

func (r *Reader) readColumns() error {
	more, err := r.scan()
	if err != nil {
		return err
	}
	if !more {
		return r.fail(-1, "is empty: fetch the report again", nil)
	}
	if len(r.cells) == 1 {
		return r.fail(-1, "has one column: it must be separated by tabs, as Amazon sends it", nil)
	}
	r.at, r.width = make([]int, len(columns)), len(r.cells)
	for i, column := range columns {
		r.at[i] = -1
		for at, name := range r.cells {
			if !strings.EqualFold(name, column.name) {
				continue
			}
			if r.at[i] >= 0 {
				return r.fail(i, "is there twice", nil)
			}
			r.at[i] = at
		}
		if r.at[i] < 0 && column.required {
			return r.fail(i, "is missing: this must be the flat file V2 (GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2)", nil)
		}
	}
	return nil
}

// next reads the next row. It is false at the end, or where reading cannot go on.
func (r *Reader) next() (more bool, err error) {
	if more, err = r.scan(); err != nil || !more {
		return more, err
	}
	if len(r.cells) > r.width {
		return true, r.fail(-1, "has "+strconv.Itoa(len(r.cells))+" columns instead of "+strconv.Itoa(r.width), nil)
	}
	for len(r.cells) < r.width { // empty cells at the end are left out at times
		r.cells = append(r.cells, "")
	}
	return true, nil
}

func (r *Reader) cell(column int) string {
	if r.at[column] < 0 {
		return ""
	}
	return r.cells[r.at[column]]
}

func (r *Reader) readHeader() error {
	more, err := r.next()
	if err != nil {
		return err
	}
	if !more {
		return r.fail(-1, "has no row: fetch the report again", nil)
	}
	s := &r.settlement
	if s.Key.ID = r.cell(settlementID); s.Key.ID == "" {
		return r.fail(settlementID, "is empty in the header row", nil)
	}
	code, err := canonical.ParseCurrency(r.cell(currency))
	if err != nil {
		return r.fail(currency, "is no currency", err)
	}
	payout := canonical.Payout{Currency: code}
	if payout.Amount, err = r.amount(totalAmount); err != nil {
		return err
	}
	for _, date := range []struct {
		column int
		to     *time.Time
	}{{startDate, &s.From}, {endDate, &s.To}, {depositDate, &payout.At}} {
		if *date.to, err = r.date(date.column); err != nil {
			return err
		}
	}
	s.Payouts = []canonical.Payout{payout}
	r.pending = r.cell(amount) != ""
	return nil
}

func (r *Reader) amount(column int) (decimal.Decimal, error) {
	value, mark, err := figure.Amount(r.cell(column), r.mark)
	if err != nil {
		return value, r.fail(column, "cannot be read", err)
	}
	r.mark = mark
	return value, nil
}

// date reads a date; an empty one is zero.
func (r *Reader) date(column int) (time.Time, error) {
	text := r.cell(column)
	if text == "" {
		return time.Time{}, nil
	}
	for i, layout := range r.layouts {
		if at, err := time.ParseInLocation(layout, text, r.zone); err == nil {
			// A zone that Go does not know is read as UTC+0 with its name: that would be a guess.
			if name, offset := at.Zone(); offset == 0 && name != "UTC" && name != "GMT" && name != "" && strings.Contains(layout, "MST") {
				return time.Time{}, r.fail(column, "names a zone other than UTC: say how dates are written with WithDateLayout", nil)
			}
			// A report keeps to its form: the next date is most likely of the same. The forms exclude each other, so their order
			// changes nothing but the time that it takes.
			copy(r.layouts[1:i+1], r.layouts[:i])
			r.layouts[0] = layout
			return at.UTC(), nil
		}
	}
	return time.Time{}, r.fail(column, "is written in another way than is known: say how with WithDateLayout", nil)
}

// entry turns the row at hand into an entry.
func (r *Reader) entry() (canonical.SettlementEntry, error) {
	none := canonical.SettlementEntry{}
	if id := r.cell(settlementID); id != r.settlement.Key.ID && id != "" {
		return none, r.fail(settlementID, "is of another settlement than the header row: read each report by itself", nil)
	}
	e := canonical.SettlementEntry{
		ID:       "row-" + strconv.Itoa(r.line),
		Kind:     Kind(r.cell(transactionType), r.cell(amountType), r.cell(amountDescription)),
		RawKind:  r.rawKind(),
		Currency: r.settlement.Payouts[0].Currency,
		SKU:      r.cell(sku), LineID: r.cell(orderItemCode), OrderNumber: r.cell(merchantOrderID),
	}
	var err error
	if e.Amount, err = r.amount(amount); err != nil {
		return none, err
	}
	if code := r.cell(currency); code != "" {
		if e.Currency, err = canonical.ParseCurrency(code); err != nil {
			return none, r.fail(currency, "is no currency", err)
		}
	}
	if e.At, err = r.date(postedDateTime); err == nil && e.At.IsZero() {
		e.At, err = r.date(postedDate)
	}
	if err != nil {
		return none, err
	}
	if id := r.cell(orderID); id != "" {
		e.Order = canonical.Key{Channel: r.orderChannel(r.cell(marketplaceName)), ID: id}
	}
	if e.Kind == canonical.EntryRefund {
		e.Refund, e.Reference = r.cell(adjustmentID), r.cell(merchantAdjustmentItemID)
	}
	if qty := r.cell(quantityPurchased); qty != "" {
		if e.Qty, _, err = figure.Amount(qty, r.mark); err != nil {
			return none, r.fail(quantityPurchased, "cannot be read", err)
		}
	}
	sum := r.sums[e.Currency]
	if r.sums[e.Currency], err = sum.AddExact(e.Amount, max(sum.Scale(), e.Amount.Scale())); err != nil {
		r.sums[e.Currency] = sum
		return none, r.fail(amount, "makes the sum longer than 19 digits", nil)
	}
	return e, nil
}

// rawKind is the words of the row. There are a few dozen in millions of rows, so each is kept once; a report of nothing but
// different ones is no reason to keep them all.
func (r *Reader) rawKind() string {
	const most = 1000
	text := r.cell(transactionType) + "/" + r.cell(amountType) + "/" + r.cell(amountDescription)
	if kept, ok := r.kinds[text]; ok {
		return kept
	}
	if len(r.kinds) < most {
		r.kinds[text] = text
	}
	return text
}

func (r *Reader) checkSum() error {
	payout := r.settlement.Payouts[0]
	if sum := r.sums[payout.Currency]; !sum.Equal(payout.Amount) {
		return &payments.SumError{Settlement: r.settlement.Key, Currency: payout.Currency, Rows: sum, Total: payout.Amount}
	}
	for code, sum := range r.sums {
		if code != payout.Currency && !sum.IsZero() {
			return &payments.SumError{Settlement: r.settlement.Key, Currency: code, Rows: sum}
		}
	}
	return nil
}
