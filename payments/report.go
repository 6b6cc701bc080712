package payments

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// ReportError says which part of a report cannot be read. It holds no value of the report.
type ReportError struct {
	// Report names the kind of report.
	Report string
	// Line counts the lines of the file from 1; 0 where it is the whole.
	Line int
	// Column is the column's name, where one is at fault.
	Column string
	// Problem continues the sentence and says what would be right.
	Problem string
	Err     error
}

// Error names the report, the place and the way out.
func (e *ReportError) Error() string {
	text := "payments: " + e.Report
	if e.Line > 0 {
		text += fmt.Sprintf(": line %d", e.Line)
	}
	if e.Column != "" {
		text += ": " + e.Column
	}
	text += " " + e.Problem
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *ReportError) Unwrap() error { return e.Err }

// SumError says that the rows of a report do not sum to what it says was paid out.
type SumError struct {
	Settlement canonical.Key
	Currency   canonical.Currency
	// Rows is what the rows sum to, Total what the report says.
	Rows, Total decimal.Decimal
}

// Error names the settlement, the sums and the way out.
func (e *SumError) Error() string {
	return fmt.Sprintf("payments: settlement %s: the rows sum to %s %s, the report says %s: fetch it again, it may have been cut off; if not, ask the provider",
		e.Settlement, e.Rows, e.Currency, e.Total)
}
