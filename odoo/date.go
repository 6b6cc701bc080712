package odoo

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"
)

// Date is a calendar day without time or zone, as in Odoo's date fields. The zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate returns the day of a time in that time's zone.
func NewDate(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time returns the day's midnight in UTC.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String returns "2006-01-02", "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalJSON writes "2006-01-02", or false.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("false"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// UnmarshalJSON reads a date or, as some fields give, the day of a datetime; false and null are no date.
func (d *Date) UnmarshalJSON(raw []byte) error {
	value, err := single(raw)
	if err != nil {
		return err
	}
	return d.scanOdoo(value)
}

func (d *Date) scanOdoo(raw []byte) error {
	*d = Date{}
	s, err := optionalText(raw)
	if err != nil || s == "" {
		return err
	}
	if len(s) > len(time.DateOnly) {
		s = s[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return errKind("a date", raw)
	}
	*d = NewDate(t)
	return nil
}

// formatTime writes a time as Odoo's datetime: UTC, whole seconds.
func formatTime(t time.Time) any {
	if t.IsZero() {
		return false
	}
	return t.UTC().Format(time.DateTime)
}

// parseTime reads Odoo's datetime, which is UTC: with or without microseconds, with a space or a "T", or a
// date.
func parseTime(raw []byte) (time.Time, error) {
	s, err := optionalText(raw)
	if err != nil || s == "" {
		return time.Time{}, err
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", time.DateOnly, time.RFC3339} {
		// Parse takes a fraction of seconds after the seconds of every layout.
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errKind("a time in Odoo's notation", raw)
}

// parseDecimal reads a number exactly as it is written; false and null are 0.
func parseDecimal(raw []byte) (decimal.Decimal, error) {
	if isAbsent(raw) {
		return decimal.Decimal{}, nil
	}
	if raw[0] == '"' {
		s, err := text(raw)
		if err != nil {
			return decimal.Decimal{}, err
		}
		raw = []byte(s)
	}
	d, err := decimal.Parse(string(raw))
	if err != nil {
		return decimal.Decimal{}, errKind("a number of at most 19 digits", raw)
	}
	return d, nil
}
