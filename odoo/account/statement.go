package account

import (
	"context"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Statement is what moved on a bank or clearing journal, such as a payout.
type Statement struct {
	ExternalID odoo.ExternalID
	Journal    int64
	Date       odoo.Date
	// Name is the number of the statement or payout.
	Name  string
	Lines []StatementLine
}

// StatementLine is a movement of a [Statement].
type StatementLine struct {
	ExternalID odoo.ExternalID
	// Date may be zero: that of the statement.
	Date odoo.Date
	// Ref is its label: the provider's id.
	Ref string
	// Amount is in the journal's currency, negative for what left the account.
	Amount  decimal.Decimal
	Partner int64 // 0 for none
}

// InsertStatement inserts the lines that do not exist yet, posted and open on the journal's suspense account. There is one
// result per line, in order. On Odoo before 16, where lines cannot be without a statement, that is inserted too, and posted when
// all its lines are in; later versions group lines as people like. It is safe to repeat and to run concurrently.
func InsertStatement(ctx context.Context, client *odoo.Client, s Statement) ([]odoo.LoadResult, error) {
	if len(s.Lines) == 0 {
		return nil, nil
	}
	batch := odoo.LoadBatch{
		Model: "account.bank.statement.line", Mode: odoo.InsertMissing, Context: odoo.Unattended(),
		Fields: []string{"journal_id/.id", "date", "payment_ref", "amount"},
	}
	var statement int64
	if !client.Version().AtLeast(16) {
		var err error
		if statement, err = insertStatement(ctx, client, s); err != nil {
			return nil, err
		}
		batch.Fields = append(batch.Fields, "statement_id/.id")
	}
	results := make([]odoo.LoadResult, len(s.Lines))
	for _, withPartner := range []bool{false, true} { // an empty cell would clear what Odoo fills in
		part := batch
		var members []int
		if withPartner {
			part.Fields = append(slices.Clone(batch.Fields), "partner_id/.id")
		}
		for i, line := range s.Lines {
			if (line.Partner != 0) != withPartner {
				continue
			}
			if line.Date.IsZero() {
				line.Date = s.Date
			}
			row := []string{id(s.Journal), line.Date.String(), line.Ref, line.Amount.String()}
			if statement != 0 {
				row = append(row, id(statement))
			}
			if withPartner {
				row = append(row, id(line.Partner))
			}
			part.Records = append(part.Records, odoo.LoadRecord{ExternalID: line.ExternalID, Rows: [][]string{row}})
			members = append(members, i)
		}
		if len(members) == 0 {
			continue
		}
		loaded, err := client.Load(ctx, part)
		for k, i := range members {
			if k < len(loaded) {
				results[i] = loaded[k]
			}
		}
		if err != nil {
			return results, err
		}
	}
	if statement == 0 || slices.ContainsFunc(results, func(r odoo.LoadResult) bool { return r.Err != nil }) {
		return results, nil
	}
	return results, postStatement(ctx, client, statement)
}

type statementRow struct {
	ID      int64           `odoo:"id"`
	State   string          `odoo:"state,optional"`
	End     decimal.Decimal `odoo:"balance_end"`
	EndReal decimal.Decimal `odoo:"balance_end_real"`
}

// OdooModel names the model.
func (statementRow) OdooModel() string { return "account.bank.statement" }

type statementEnd struct {
	End decimal.Decimal `odoo:"balance_end_real,always"`
}

// OdooModel names the model.
func (statementEnd) OdooModel() string { return "account.bank.statement" }

// insertStatement inserts the statement itself.
func insertStatement(ctx context.Context, client *odoo.Client, s Statement) (int64, error) {
	results, err := client.Load(ctx, odoo.LoadBatch{
		Model: "account.bank.statement", Mode: odoo.InsertMissing, Context: odoo.Unattended(), Fields: []string{"journal_id/.id", "date", "name"},
		Records: []odoo.LoadRecord{{ExternalID: s.ExternalID, Rows: [][]string{{id(s.Journal), s.Date.String(), s.Name}}}},
	})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return 0, err
	}
	return results[0].ID, nil
}

// postStatement posts a statement whose lines are all in; what it ends with is the sum of its lines.
func postStatement(ctx context.Context, client *odoo.Client, statement int64) error {
	rows, err := odoo.Read[statementRow](ctx, client, statement)
	if err != nil || rows[0].State != "open" {
		return err
	}
	if !rows[0].EndReal.Equal(rows[0].End) {
		if err := odoo.Write(ctx, client, []int64{statement}, statementEnd{End: rows[0].End}); err != nil {
			return err
		}
	}
	err = client.Call(ctx, odoo.Call{Model: "account.bank.statement", Method: "button_post", IDs: []int64{statement}}, nil)
	if err == nil || ctx.Err() != nil {
		return err
	}
	rows, readErr := odoo.Read[statementRow](ctx, client, statement)
	if readErr == nil && rows[0].State != "open" {
		return nil
	}
	return err
}

type statementLineRow struct {
	ID      int64         `odoo:"id"`
	Move    odoo.Many2One `odoo:"move_id"`
	Journal odoo.Many2One `odoo:"journal_id"`
}

// OdooModel names the model.
func (statementLineRow) OdooModel() string { return "account.bank.statement.line" }

type journalRow struct {
	ID   int64         `odoo:"id"`
	Bank odoo.Many2One `odoo:"default_account_id"`
}

// OdooModel names the model.
func (journalRow) OdooModel() string { return "account.journal" }

type itemAccount struct {
	Account odoo.Many2One `odoo:"account_id"`
}

// OdooModel names the model.
func (itemAccount) OdooModel() string { return "account.move.line" }

// MatchStatementLine matches a posted statement line with open items of one account, such as the outstanding items of the
// payments that it settles: its counterpart leaves the suspense account for theirs and is reconciled with them, as far
// as the amounts go. It is safe to repeat.
func MatchStatementLine(ctx context.Context, client *odoo.Client, line int64, items []int64) error {
	lines, err := odoo.Read[statementLineRow](ctx, client, line)
	if err != nil {
		return err
	}
	journals, err := odoo.Read[journalRow](ctx, client, lines[0].Journal.ID)
	if err != nil {
		return err
	}
	others, err := odoo.Read[payItem](ctx, client, items...)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		return nil
	}
	account := others[0].Account
	for _, it := range others {
		if it.Account.ID != account.ID {
			return &MixedAccounts{Items: items}
		}
	}
	own, err := odoo.Find[payItem](ctx, client, odoo.And(odoo.Eq("move_id", lines[0].Move.ID), odoo.Ne("account_id", journals[0].Bank.ID)))
	if err != nil {
		return err
	}
	if len(own) != 1 {
		return &SplitByHand{Line: line}
	}
	if own[0].Account.ID != account.ID {
		if len(own[0].Debits)+len(own[0].Credits) > 0 {
			return &SplitByHand{Line: line}
		}
		if err := odoo.Write(ctx, client, []int64{own[0].ID}, itemAccount{Account: account}); err != nil {
			return err
		}
	}
	if own, err = odoo.Read[payItem](ctx, client, own[0].ID); err != nil {
		return err
	}
	return reconcileOpen(ctx, client, own, others)
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
	ExternalID odoo.ExternalID
	Account    int64
	Partner    int64 // 0 for none
	Name       string
	// Amount is in the company's currency: positive debits, negative credits.
	Amount decimal.Decimal
	// Currency and AmountCurrency are the amount in another currency; of an entry, all items have one or none.
	Currency       int64
	AmountCurrency decimal.Decimal
	// Taxes are the taxes whose base this is; TaxOf the repartition line of the tax whose amount this is (account.tax.repartition.line).
	Taxes []int64
	TaxOf int64
	// Tags are the fields of tax reports that it counts in (account.account.tag).
	Tags []int64
	// Maturity is when it is due; zero for no day of its own. Odoo matches items in its order.
	Maturity odoo.Date
}

// InsertEntries inserts the entries that do not exist yet and posts them. The items of each must sum to zero. There is one
// result per entry, in order. One that somebody cancelled stays so. It is safe to repeat and to run concurrently.
func InsertEntries(ctx context.Context, client *odoo.Client, entries []Entry) ([]odoo.LoadResult, error) {
	results := make([]odoo.LoadResult, len(entries))
	for _, foreign := range []bool{false, true} {
		var members []int
		for i := range entries {
			if entries[i].foreign() != foreign {
				continue
			}
			if err := entries[i].check(); err != nil {
				results[i].Err = err
				continue
			}
			members = append(members, i)
		}
		if len(members) == 0 {
			continue
		}
		loaded, err := client.Load(ctx, entryBatch(entries, members, foreign))
		for k, i := range members {
			if k < len(loaded) {
				results[i] = loaded[k]
			}
		}
		if err != nil {
			return results, err
		}
	}
	return results, postEntries(ctx, client, results)
}

// postEntries posts the drafts among what was inserted, all in one call where Odoo accepts that.
func postEntries(ctx context.Context, client *odoo.Client, results []odoo.LoadResult) error {
	position := map[int64]int{}
	var ids []int64
	for i, result := range results {
		if result.Err == nil {
			ids = append(ids, result.ID)
			position[result.ID] = i
		}
	}
	rows, err := odoo.Read[moveState](ctx, client, ids...)
	if err != nil {
		return err
	}
	var drafts []int64
	for _, row := range rows {
		if row.State == StateDraft {
			drafts = append(drafts, row.ID)
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	err = client.Do(ctx, odoo.Call{Model: "account.move", Method: "action_post", IDs: drafts})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if !odoo.Isolatable(err) && !odoo.Ambiguous(err) {
		return err
	}
	for _, draft := range drafts { // one of them is to blame, or the reply was lost
		if err := Post(ctx, client, draft); err != nil {
			results[position[draft]].Err = err
		}
	}
	return ctx.Err()
}

func (e *Entry) foreign() bool {
	return slices.ContainsFunc(e.Items, func(it EntryItem) bool { return it.Currency != 0 })
}

// check refuses an entry that Odoo could only refuse or balance by itself.
func (e *Entry) check() error {
	refuse := func(field, reason string) error {
		return &InvalidDraft{ExternalID: e.ExternalID, Field: field, Reason: reason}
	}
	var c exact.Calc
	sum := decimal.Zero
	for _, it := range e.Items {
		sum = c.Add(sum, it.Amount)
		switch {
		case it.Account == 0:
			return refuse("Items.Account", "is missing")
		case it.ExternalID.IsZero():
			return refuse("Items.ExternalID", "is missing")
		case e.foreign() && it.Currency == 0:
			return refuse("Items.Currency", "is missing, and others have one")
		case it.Currency != 0 && it.AmountCurrency.Sign()*it.Amount.Sign() < 0:
			return refuse("Items.AmountCurrency", "has another sign than Amount")
		}
	}
	switch {
	case e.ExternalID.IsZero():
		return refuse("ExternalID", "is missing")
	case len(e.Items) < 2:
		return refuse("Items", "are fewer than two")
	case c.Err() != nil:
		return refuse("Items", c.Err().Error())
	case !sum.IsZero():
		return refuse("Items", "sum to "+sum.String()+" and not to zero")
	}
	return nil
}

func entryBatch(entries []Entry, members []int, foreign bool) odoo.LoadBatch {
	batch := odoo.LoadBatch{
		Model: "account.move", Mode: odoo.InsertMissing, Context: odoo.Unattended(),
		Fields: []string{
			"move_type", "journal_id/.id", "date", "ref", "line_ids/id", "line_ids/account_id/.id", "line_ids/partner_id/.id", "line_ids/name",
			"line_ids/debit", "line_ids/credit", "line_ids/tax_ids/.id", "line_ids/tax_repartition_line_id/.id",
			"line_ids/tax_tag_ids/.id", "line_ids/date_maturity",
		},
	}
	if foreign {
		batch.Fields = append(batch.Fields, "line_ids/currency_id/.id", "line_ids/amount_currency")
	}
	for _, i := range members {
		e := &entries[i]
		record := odoo.LoadRecord{ExternalID: e.ExternalID}
		for n, it := range e.Items {
			row := make([]string, 4, len(batch.Fields))
			if n == 0 {
				copy(row, []string{"entry", id(e.Journal), e.Date.String(), e.Ref})
			}
			debit, credit := it.Amount, decimal.Zero
			if debit.IsNeg() {
				debit, credit = decimal.Zero, it.Amount.Neg()
			}
			row = append(row, it.ExternalID.String(), id(it.Account), id(it.Partner), it.Name, debit.String(), credit.String(), ids(it.Taxes), id(it.TaxOf), ids(it.Tags), it.Maturity.String())
			if foreign {
				row = append(row, id(it.Currency), it.AmountCurrency.String())
			}
			record.Rows = append(record.Rows, row)
		}
		batch.Records = append(batch.Records, record)
	}
	return batch
}

// ids is how load takes several records of an x2many.
func ids(all []int64) string {
	var b []byte
	for i, n := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(b)
}
