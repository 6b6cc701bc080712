package account

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// StatementLine is a movement on a bank or clearing journal (account.bank.statement.line).
type StatementLine struct {
	ExternalID odoo.ExternalID
	Journal    int64
	Date       odoo.Date
	// Ref is its label: the provider's id.
	Ref string
	// Amount is in the journal's currency, negative for what left the account.
	Amount  decimal.Decimal
	Partner int64 // 0 for none
}

// InsertStatementLines inserts the lines that do not exist yet, posted and open on the journal's suspense account. There is one
// result per line, in order. It is safe to repeat and to run concurrently.
func InsertStatementLines(ctx context.Context, client *odoo.Client, lines []StatementLine) ([]odoo.LoadResult, error) {
	panic("signature only")
}

// Entry is a miscellaneous entry, such as the fees of a settlement with their tax.
type Entry struct {
	ExternalID odoo.ExternalID
	// Journal is a miscellaneous or bank journal.
	Journal int64
	Date    odoo.Date
	Ref     string
	Items   []EntryItem
}

// EntryItem is a journal item of an [Entry].
type EntryItem struct {
	Account int64
	Partner int64 // 0 for none
	Name    string
	// Amount is in the company's currency: positive debits, negative credits.
	Amount decimal.Decimal
	// Taxes are the taxes whose base this is; TaxOf the repartition line of the tax whose amount this is (account.tax.repartition.line).
	Taxes []int64
	TaxOf int64
}

// InsertEntries inserts the entries that do not exist yet and posts them. The items of each must sum to zero. There is one
// result per entry, in order. It is safe to repeat and to run concurrently.
func InsertEntries(ctx context.Context, client *odoo.Client, entries []Entry) ([]odoo.LoadResult, error) {
	panic("signature only")
}
