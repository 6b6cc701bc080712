// Package sheet reads tables that are text, such as CSV: rows of columns under a header row, written as the country and the program of who
// wrote them do. Nothing is guessed: a number that does not fit the decimal mark, or a date that does not fit the layout, is a fault.
package sheet

import (
	"strings"
	"time"

	"github.com/retailsync/retailsync/internal/figure"
)

// Format says how a table is written.
type Format struct {
	// Separator is between columns: one character, "," if empty.
	Separator string
	// Encoding is "utf-8" (if empty), "iso-8859-1" or "windows-1252".
	Encoding string
	// HeaderRow is the line with the names of the columns, from 1; 0 counts as 1. The lines above it are left out.
	HeaderRow int
	// DecimalMark is "." or ",".
	DecimalMark string
	// DateLayout is how dates are written, in the form of [time.Layout]; Zone the IANA name of the zone that they are in where they name
	// none, UTC if empty.
	DateLayout, Zone string
}

// FormatError says which part of a format cannot work, by its name in rules.
type FormatError struct{ Field, Problem string }

// Error names the field and what would be right.
func (e *FormatError) Error() string { return e.Field + " " + e.Problem }

// Layout is a format that works.
type Layout struct {
	separator rune
	encoding  figure.Encoding
	above     int // lines above the header
	mark      figure.Mark
	date      string
	zone      *time.Location
}

// Compile returns the format as a layout. An error is a [*FormatError].
func (f Format) Compile() (Layout, error) {
	l := Layout{separator: ',', encoding: figure.Encoding(f.Encoding), above: max(f.HeaderRow, 1) - 1, date: f.DateLayout, zone: time.UTC}
	wrong := func(field, problem string) (Layout, error) { return Layout{}, &FormatError{field, problem} }
	switch {
	case len(f.Separator) == 1 && f.Separator != `"` && f.Separator != "\n" && f.Separator != "\r" && f.Separator[0] < 0x80:
		l.separator = rune(f.Separator[0])
	case f.Separator != "":
		return wrong("separator", "must be one character, such as ; or a tab")
	}
	if !l.encoding.Known() {
		return wrong("encoding", "must be utf-8, iso-8859-1 or windows-1252")
	}
	if f.HeaderRow < 0 {
		return wrong("header_row", "must be the number of a line, from 1")
	}
	switch f.DecimalMark {
	case ".", ",":
		l.mark = figure.Mark(f.DecimalMark[0])
	default:
		return wrong("decimal_mark", `must be "." or ","`)
	}
	if f.Zone != "" {
		zone, err := time.LoadLocation(f.Zone)
		if err != nil {
			return wrong("zone", "must be an IANA name such as Europe/Berlin")
		}
		l.zone = zone
	}
	return l, nil
}

// Fold is what words and names of columns are compared by: without regard to case and to spaces around them.
func Fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
