package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/figure"
)

// maxRow bounds a row: a quote that is not closed would else take the rest of the table into memory.
const maxRow = 4 << 20

// Fault says which part of a table cannot be read. It holds no value of the table.
type Fault struct {
	// Line counts the lines of the file from 1; 0 where it is the whole.
	Line int
	// Column is the column's name, where one is at fault.
	Column string
	// Problem continues the sentence and says what would be right.
	Problem string
	Err     error
}

// Error names the place and what is wrong.
func (f *Fault) Error() string {
	text := f.Problem
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	if f.Column != "" {
		text = f.Column + " " + text
	}
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Reader reads a table row by row. It is for one goroutine.
type Reader struct {
	layout Layout
	input  *bounded
	csv    *csv.Reader
	at     map[string]int
	width  int
}

// Open leaves out the lines above the header and reads that. Columns are those that are used: each must be there, once. An error is a
// [*Fault].
func Open(input io.Reader, layout Layout, columns []string) (*Reader, error) {
	buffered := bufio.NewReader(input)
	if start, _ := buffered.Peek(3); string(start) == "\ufeff" {
		_, _ = buffered.Discard(3) // it was just seen
	}
	for range layout.above {
		if _, err := buffered.ReadString('\n'); err != nil {
			return nil, &Fault{Problem: "ends above its header row"}
		}
	}
	r := &Reader{layout: layout, input: &bounded{from: buffered}, at: map[string]int{}}
	r.csv = csv.NewReader(r.input)
	r.csv.Comma, r.csv.FieldsPerRecord, r.csv.ReuseRecord = layout.separator, -1, true
	header, more, err := r.read()
	if err != nil {
		return nil, err
	}
	if !more {
		return nil, &Fault{Problem: "has no header row"}
	}
	r.width = len(header.cells)
	for i, name := range header.cells {
		name = Fold(name)
		if _, ok := r.at[name]; ok && slices.ContainsFunc(columns, func(used string) bool { return Fold(used) == name }) {
			return nil, header.Fault(name, "is there twice", nil)
		}
		r.at[name] = i
	}
	for _, name := range columns {
		if _, ok := r.at[Fold(name)]; !ok {
			return nil, header.Fault(name, "is missing: correct the rules' columns, header_row or separator", nil)
		}
	}
	return r, nil
}

// Next returns the next row that is not empty. More is false at the end, or where reading cannot go on; an error with more is of one row,
// whose cells are then as far as they could be read. An error is a [*Fault].
func (r *Reader) Next() (row Row, more bool, err error) {
	for {
		if row, more, err = r.read(); err != nil || !more {
			return row, more, err
		}
		if len(row.cells) > r.width {
			return row, true, row.Fault("", "has more columns than the header row", nil)
		}
		if row.First() != "" {
			return row, true, nil
		}
	}
}

// read reads a row. More is true with the error of a row, after which another can be read.
func (r *Reader) read() (Row, bool, error) {
	r.input.left = maxRow
	record, err := r.csv.Read()
	row := Row{table: r}
	switch {
	case errors.Is(err, io.EOF):
		return row, false, nil
	case errors.Is(err, errTooLong):
		return row, false, &Fault{Problem: fmt.Sprintf("has a row longer than %d bytes: is a quote not closed?", maxRow)}
	case err != nil:
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			row.Line = r.layout.above + parse.Line
			return row, true, row.Fault("", "cannot be read", parse.Err)
		}
		return row, false, row.Fault("", "cannot be read: fetch it again", err)
	}
	line, _ := r.csv.FieldPos(0)
	row.Line, row.cells = r.layout.above+line, make([]string, len(record))
	for i, cell := range record {
		text, failed := r.layout.encoding.Text([]byte(cell))
		if failed != nil && err == nil {
			err = row.Fault("", "cannot be read", failed)
		}
		row.cells[i] = strings.TrimSpace(text)
	}
	return row, true, err
}

// bounded lets so many bytes through.
type bounded struct {
	from io.Reader
	left int
}

var errTooLong = errors.New("the row is too long")

// Read implements [io.Reader].
func (b *bounded) Read(into []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.from.Read(into)
	b.left -= n
	return n, err
}

// Row is one row of a table.
type Row struct {
	// Line is where it begins, from 1.
	Line  int
	table *Reader
	cells []string
}

// Fault makes the error of a column of the row, or of the row.
func (r Row) Fault(column, problem string, err error) error {
	return &Fault{Line: r.Line, Column: column, Problem: problem, Err: err}
}

// Cell returns the text of a column without spaces around it; empty where the row ends before it, and for the empty column.
func (r Row) Cell(column string) string {
	if column == "" {
		return ""
	}
	if i, ok := r.table.at[Fold(column)]; ok && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// First returns the first cell that is not empty.
func (r Row) First() string {
	for _, cell := range r.cells {
		if cell != "" {
			return cell
		}
	}
	return ""
}

// Amount reads a column as a number, exactly. An error is a [*Fault].
func (r Row) Amount(column string) (decimal.Decimal, error) {
	amount, _, err := figure.Amount(r.Cell(column), r.table.layout.mark)
	if err != nil {
		return amount, r.Fault(column, "cannot be read", err)
	}
	return amount, nil
}

// Date reads a column as a time, in UTC; an empty one is zero. An error is a [*Fault].
func (r Row) Date(column string) (time.Time, error) {
	text := r.Cell(column)
	if text == "" {
		return time.Time{}, nil
	}
	layout := r.table.layout
	at, err := time.ParseInLocation(layout.date, text, layout.zone)
	if err != nil {
		return time.Time{}, r.Fault(column, "is not written as date_layout says", nil)
	}
	// A zone that Go does not know is read as UTC with its name: that would be a guess.
	if name, offset := at.Zone(); offset == 0 && strings.Contains(layout.date, "MST") && name != "UTC" && name != "GMT" {
		if _, real := at.In(layout.zone).Zone(); real != 0 || layout.zone == time.UTC {
			return time.Time{}, r.Fault(column, "names a zone that is not known: use numbers (-0700) in date_layout, or zone", nil)
		}
	}
	return at.UTC(), nil
}
