package orderfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/sheet"
	"github.com/retailsync/retailsync/marketplace"
)

const op = "read order file"

// Table is a file of orders of one channel, in columns. It offers nothing but its orders, which are read from the file when they are asked for:
// a page and the ids of all orders are in memory. It is safe for concurrent use; the file must stay open, and as it is.
type Table struct {
	channel canonical.Channel
	rules   compiled
	// split are orders whose rows do not follow each other.
	split map[string]int

	mu    sync.Mutex
	from  io.ReadSeeker
	start int64
	scan  *scan // nil where it must begin anew
}

var (
	_ marketplace.OrderLister = (*Table)(nil)
	_ marketplace.OrderGetter = (*Table)(nil)
)

// ReadTable reads a file whole, and checks all of it, before it returns. Errors: [*RulesError] for rules that cannot work, and
// [*marketplace.Error] of [marketplace.CodeInvalid] for what cannot be read, whose path names line and column; the first twenty are joined.
// With [SkipBroken] only a file without its columns, or one that cannot be read to its end, is an error. The limit of orders is 100,000.
func ReadTable(from io.ReadSeeker, channel canonical.Channel, rules Rules, opts ...Option) (*Table, error) {
	const most = 20
	compiled, err := rules.compile()
	if err != nil {
		return nil, err
	}
	start, err := from.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("order file: %w", err)
	}
	t := &Table{channel: channel, rules: compiled, split: map[string]int{}, from: from, start: start}
	skip := newOptions(opts).skipBroken
	if err := t.rewind(); err != nil {
		return nil, err
	}
	var failed []error
	seen := map[string]bool{}
	for len(failed) < most {
		read, more := t.scan.next()
		if !more {
			break
		}
		if seen[read.Key.ID] && read.line > 0 {
			t.split[read.Key.ID] = read.line
			read.Err = errors.Join(t.scattered(read.Key.ID), read.Err)
		}
		seen[read.Key.ID] = true
		if len(seen) > maxOrders {
			return nil, fmt.Errorf("order file: it has more than %d orders: split it", maxOrders)
		}
		if read.Err != nil && !skip {
			failed = append(failed, read.Err)
		}
	}
	if t.scan.end != nil {
		failed = append(failed, t.scan.end)
	}
	t.scan = nil
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return t, nil
}

func (t *Table) scattered(id string) error {
	return refused(t.channel, &sheet.Fault{
		Line: t.split[id], Column: t.rules.Columns.Order, Problem: "goes on with an order that began above, after another one: sort the file by this column",
	})
}

// refused is the error of an order from that of its table.
func refused(channel canonical.Channel, err error) error {
	e := &marketplace.Error{Code: marketplace.CodeInvalid, Channel: channel, Op: op, Message: "correct the row, or the rules", Err: err}
	if fault := (*sheet.Fault)(nil); errors.As(err, &fault) {
		e.Message, e.Err = fault.Problem, fault.Err
		if fault.Line > 0 {
			e.Path = "line " + strconv.Itoa(fault.Line)
		}
		if fault.Column != "" {
			e.Path += fmt.Sprintf(" column %q", fault.Column)
		}
	}
	return e
}

// rewind begins anew.
func (t *Table) rewind() error {
	if _, err := t.from.Seek(t.start, io.SeekStart); err != nil {
		return fmt.Errorf("order file: %w", err)
	}
	table, err := sheet.Open(t.from, t.rules.layout, t.rules.Columns.names())
	if err != nil {
		return refused(t.channel, err)
	}
	t.scan = &scan{channel: t.channel, rules: t.rules, table: table}
	return nil
}

// next returns the next order.
func (t *Table) next() (marketplace.Fetched, bool, error) {
	read, more := t.scan.next()
	if !more {
		return marketplace.Fetched{}, false, t.scan.end
	}
	if t.split[read.Key.ID] > 0 && read.line > 0 {
		read.Order, read.Err = canonical.Order{}, errors.Join(t.scattered(read.Key.ID), read.Err)
	}
	return read.Fetched, true, nil
}

// Channel implements [marketplace.Adapter].
func (t *Table) Channel() canonical.Channel { return t.channel }

// ListOrders implements [marketplace.OrderLister]. It lists the whole file, in its order, whatever the query's time is.
func (t *Table) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	want, err := position(t.channel, query.Cursor)
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	if t.scan == nil || t.scan.read != want {
		if err := t.rewind(); err != nil {
			return marketplace.OrderPage{}, err
		}
	}
	size := query.Limit
	if size <= 0 {
		size = 100
	}
	var page marketplace.OrderPage
	for len(page.Orders) < size {
		if err := ctx.Err(); err != nil {
			return marketplace.OrderPage{}, err
		}
		behind := t.scan.read < want
		fetched, more, err := t.next()
		if err != nil {
			return marketplace.OrderPage{}, err
		}
		if !more {
			if behind {
				return marketplace.OrderPage{}, foreign(t.channel)
			}
			page.Cursor = marketplace.Cursor(strconv.Itoa(t.scan.read))
			return page, nil
		}
		if !behind {
			page.Orders = append(page.Orders, fetched)
		}
	}
	page.Cursor, page.More = marketplace.Cursor(strconv.Itoa(t.scan.read)), true
	return page, nil
}

// GetOrder implements [marketplace.OrderGetter]. It reads the file from its beginning.
func (t *Table) GetOrder(ctx context.Context, id string) (canonical.Order, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.rewind(); err != nil {
		return canonical.Order{}, err
	}
	for ctx.Err() == nil {
		fetched, more, err := t.next()
		switch {
		case err != nil:
			return canonical.Order{}, err
		case !more:
			return canonical.Order{}, missing(t.channel)
		case fetched.Key.ID == id:
			return fetched.Order, fetched.Err
		}
	}
	return canonical.Order{}, ctx.Err()
}

// scan reads a table order by order.
type scan struct {
	channel canonical.Channel
	rules   compiled
	table   *sheet.Reader
	// ahead is the first row of the next order.
	ahead *foundRow
	// unread are faults of rows of which it is not known which order they belong to: the next one may miss them.
	unread []error
	// read counts orders; end is why the table could not be read to its end.
	read int
	done bool
	end  error
}

// foundRow is a row, or as much of it as could be read.
type foundRow struct {
	sheet.Row
	fault error
}

// scanned is an order, and the line where it begins; 0 for rows of which it is not known which order they belong to.
type scanned struct {
	marketplace.Fetched
	line int
}

// next returns the next order, or what stands in its place. More is false after the last.
func (s *scan) next() (scanned, bool) {
	var rows []sheet.Row
	faults := s.unread
	s.unread = nil
	take := func(found foundRow) {
		rows = append(rows, found.Row)
		if found.fault != nil {
			faults = append(faults, found.fault)
		}
		s.unread = nil // what could not be read stands within this order
	}
	if s.ahead != nil {
		take(*s.ahead)
		s.ahead = nil
	}
	for !s.done {
		row, more, err := s.table.Next()
		if !more && err != nil {
			s.end = refused(s.channel, err)
		}
		if !more || err == nil && s.rules.Footer != "" && sheet.Fold(row.First()) == sheet.Fold(s.rules.Footer) {
			s.done = true
			break
		}
		id := row.Cell(s.rules.Columns.Order)
		if err == nil && id == "" {
			err = row.Fault(s.rules.Columns.Order, "is empty: each row names its order; a row that ends the table is the rules' footer", nil)
		}
		switch {
		case id == "": // the order before it or the one after it may be incomplete without it
			faults, s.unread = append(faults, err), append(s.unread, err)
		case len(rows) > 0 && rows[0].Cell(s.rules.Columns.Order) != id:
			s.ahead = &foundRow{row, err}
			return s.finish(rows, faults), true
		default:
			take(foundRow{row, err})
		}
	}
	switch {
	case len(rows) > 0:
		return s.finish(rows, faults), true
	case s.read == 0 && len(faults) > 0: // no row could be read
		s.read, s.unread = s.read+1, nil
		return scanned{Fetched: marketplace.Fetched{Key: canonical.Key{Channel: s.channel, ID: "all rows"}, Err: s.told(faults)}}, true
	}
	return scanned{}, false
}

// told joins the errors of an order.
func (s *scan) told(faults []error) error {
	told := make([]error, len(faults))
	for i, fault := range faults {
		told[i] = refused(s.channel, fault)
	}
	return errors.Join(told...)
}

// finish makes an order of its rows.
func (s *scan) finish(rows []sheet.Row, faults []error) scanned {
	s.read++
	key := canonical.Key{Channel: s.channel, ID: rows[0].Cell(s.rules.Columns.Order)}
	read := scanned{Fetched: marketplace.Fetched{Key: key}, line: rows[0].Line}
	draft := draft{rules: s.rules, rows: rows, faults: slices.Clone(faults)}
	order := draft.order(key)
	if len(draft.faults) == 0 {
		if err := order.Validate(); err != nil {
			draft.faults = append(draft.faults, rows[0].Fault("", "begins an order that does not add up: correct its rows, or the rules", err))
		}
	}
	if len(draft.faults) == 0 {
		read.Order = order
		return read
	}
	read.Err = s.told(draft.faults)
	return read
}

// position reads a cursor of this package.
func position(channel canonical.Channel, cursor marketplace.Cursor) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	at, err := strconv.Atoi(string(cursor))
	if err != nil || at < 0 {
		return 0, foreign(channel)
	}
	return at, nil
}

func foreign(channel canonical.Channel) error {
	return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: channel, Op: "list orders", Message: "the cursor is of another file or adapter: begin anew"}
}

func missing(channel canonical.Channel) error {
	return &marketplace.Error{Code: marketplace.CodeNotFound, Channel: channel, Op: "get order", Message: "the file has no such order"}
}
