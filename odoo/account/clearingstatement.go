package account

import (
	"context"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// ClearingStatement is a statement of a clearing journal whose lines come with their counterparts, so that nothing of them waits on
// the suspense account, such as a provider's settlement.
type ClearingStatement struct {
	// ExternalID is that of the statement. Before Odoo 16 a posted statement takes no more lines: further statements are named after it.
	ExternalID odoo.ExternalID
	// Journal is a journal of type bank or cash, Account its default account.
	Journal, Account int64
	// Currency is the journal's own currency, 0 for the company's.
	Currency int64
	Date     odoo.Date
	// Reference is what people know it by: the provider's id of the settlement.
	Reference string
}

const (
	// clearingLines is how many statement lines one call inserts: Odoo takes some 50 to 100 ms for each.
	clearingLines = 100
	// statementLines is how many lines a statement has at most before Odoo 16, which posts them in one transaction.
	statementLines = 1000
	// statementTurns is how often lines are inserted again that another process's posting kept out.
	statementTurns = 5
)

// InsertClearingLines inserts the lines that do not exist yet, posted. A line is an entry with exactly one item on the account of the
// statement, which the line's label, partner and amount are; the other items are its counterparts. The External ID of the entry is
// that of the statement line. There is one result per line, in order, with the id of its journal entry.
//
// A line and its items are inserted in one transaction; one that exists is left untouched, in whichever statement it is. It is safe to repeat
// and to run concurrently. Before Odoo 16 lines are posted after that: see [PostClearingStatements].
func InsertClearingLines(ctx context.Context, client *odoo.Client, s ClearingStatement, lines []Entry) ([]odoo.LoadResult, error) {
	results := make([]odoo.LoadResult, len(lines))
	var left []int
	for i := range lines {
		if results[i].Err = s.check(&lines[i]); results[i].Err == nil {
			left = append(left, i)
		}
	}
	whole := len(left)
	if !client.Version().AtLeast(16) {
		whole = statementLines
	}
	for turn := 0; len(left) > 0; {
		part := left[:min(whole, len(left))]
		statement, err := s.open(ctx, client)
		if err != nil {
			return results, err
		}
		if err := s.load(ctx, client, statement, lines, part, results); err != nil {
			return results, err
		}
		if !client.Version().AtLeast(16) {
			closed, err := postClearingStatement(ctx, client, statement)
			if err != nil {
				return results, err
			}
			refused := slices.ContainsFunc(part, func(i int) bool { return results[i].Err != nil })
			if closed && refused && turn < statementTurns {
				turn++ // another process posted the statement meanwhile: into the next one
				continue
			}
		}
		left = left[len(part):]
	}
	return results, s.entriesOf(ctx, client, results)
}

// check refuses a line that is none.
func (s ClearingStatement) check(line *Entry) error {
	if err := line.check(); err != nil {
		return err
	}
	own := 0
	for _, it := range line.Items {
		if it.Account == s.Account {
			own++
		}
		if s.Currency != 0 && it.Currency != s.Currency {
			return &InvalidDraft{ExternalID: line.ExternalID, Field: "Items.Currency", Reason: "is not that of the journal"}
		}
	}
	if own != 1 {
		return &InvalidDraft{ExternalID: line.ExternalID, Field: "Items", Reason: "has " + strconv.Itoa(own) + " items on the account of the journal and not one"}
	}
	return nil
}

// open returns the statement that takes lines; it is inserted if there is none.
func (s ClearingStatement) open(ctx context.Context, client *odoo.Client) (int64, error) {
	batch := odoo.LoadBatch{Model: "account.bank.statement", Mode: odoo.InsertMissing, Context: odoo.Unattended()}
	if client.Version().AtLeast(16) {
		// A statement without lines has no journal yet.
		known, err := odoo.Find[namedStatement](ctx, client, odoo.Eq("reference", s.Reference))
		if err != nil {
			return 0, err
		}
		ids := make([]int64, len(known))
		for i, row := range known {
			ids[i] = row.ID
		}
		names, err := client.Lookup(ctx, "account.bank.statement", ids)
		if err != nil {
			return 0, err
		}
		for _, id := range ids {
			if names[id] == s.ExternalID {
				return id, nil
			}
		}
		batch.Fields = []string{"name", "reference"}
		batch.Records = []odoo.LoadRecord{{ExternalID: s.ExternalID, Rows: [][]string{{s.Reference, s.Reference}}}}
		return insertOne(ctx, client, batch)
	}
	known, err := odoo.Find[statementRow](ctx, client, odoo.And(odoo.Eq("journal_id", s.Journal), odoo.Eq("reference", s.Reference)))
	if err != nil {
		return 0, err
	}
	for _, row := range known {
		if row.State == "open" {
			return row.ID, nil
		}
	}
	// The name is left to Odoo, which numbers statements when it posts them and refuses names that look like another year's.
	batch.Fields = []string{"journal_id/.id", "date", "reference"}
	for n := len(known) + 1; ; n++ {
		name := odoo.ExternalID{Module: s.ExternalID.Module, Name: s.ExternalID.Name + "_" + strconv.Itoa(n)}
		batch.Records = []odoo.LoadRecord{{ExternalID: name, Rows: [][]string{{id(s.Journal), s.Date.String(), s.Reference}}}}
		made, err := insertOne(ctx, client, batch)
		if err != nil {
			return 0, err
		}
		rows, err := odoo.Read[statementRow](ctx, client, made)
		if err != nil {
			return 0, err
		}
		if rows[0].State == "open" { // another process may have inserted and posted it
			return made, nil
		}
	}
}

type namedStatement struct {
	ID int64 `odoo:"id"`
}

// OdooModel names the model.
func (namedStatement) OdooModel() string { return "account.bank.statement" }

// insertOne inserts one record.
func insertOne(ctx context.Context, client *odoo.Client, batch odoo.LoadBatch) (int64, error) {
	results, err := client.Load(ctx, batch)
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return 0, err
	}
	return results[0].ID, nil
}

// load inserts some of the lines into a statement.
func (s ClearingStatement) load(ctx context.Context, client *odoo.Client, statement int64, lines []Entry, part []int, results []odoo.LoadResult) error {
	for _, foreign := range []bool{false, true} {
		var members []int
		for _, i := range part {
			if lines[i].foreign() == foreign {
				members = append(members, i)
			}
		}
		for some := range slices.Chunk(members, clearingLines) {
			loaded, err := client.Load(ctx, s.batch(statement, lines, some, foreign))
			for k, i := range some {
				if k < len(loaded) {
					results[i] = loaded[k]
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// batch is the table of some of the lines. What Odoo makes of a statement line by itself it makes only where the line brings no items.
func (s ClearingStatement) batch(statement int64, lines []Entry, members []int, foreign bool) odoo.LoadBatch {
	items := entryBatch(lines, members, foreign)
	batch := odoo.LoadBatch{
		Model: "account.bank.statement.line", Mode: odoo.InsertMissing, Context: odoo.Unattended(),
		Fields: []string{"statement_id/.id", "payment_ref", "partner_id/.id", "amount", "foreign_currency_id/.id", "amount_currency"},
	}
	skip := slices.Index(items.Fields, "move_type") // Odoo sets it
	cells := func(row []string) []string { return slices.Delete(slices.Clone(row), skip, skip+1) }
	batch.Fields = append(batch.Fields, cells(items.Fields)...)
	for k, i := range members {
		own := lines[i].Items[slices.IndexFunc(lines[i].Items, func(it EntryItem) bool { return it.Account == s.Account })]
		amount, currency, inCurrency := own.Amount, "", ""
		switch {
		case s.Currency != 0:
			amount = own.AmountCurrency
		case own.Currency != 0:
			currency, inCurrency = id(own.Currency), own.AmountCurrency.String()
		}
		record := odoo.LoadRecord{ExternalID: lines[i].ExternalID}
		for n, row := range items.Records[k].Rows {
			first := make([]string, 6, 6+len(row))
			if n == 0 {
				first = []string{id(statement), own.Name, id(own.Partner), amount.String(), currency, inCurrency}
			}
			record.Rows = append(record.Rows, append(first, cells(row)...))
		}
		batch.Records = append(batch.Records, record)
	}
	return batch
}

// entriesOf replaces the ids of statement lines by those of their journal entries.
func (s ClearingStatement) entriesOf(ctx context.Context, client *odoo.Client, results []odoo.LoadResult) error {
	at := map[int64]int{}
	var ids []int64
	for i, result := range results {
		if result.Err == nil {
			at[result.ID] = i
			ids = append(ids, result.ID)
		}
	}
	for some := range slices.Chunk(ids, 1000) {
		rows, err := odoo.Read[statementLineRow](ctx, client, some...)
		if err != nil {
			return err
		}
		for _, row := range rows {
			results[at[row.ID]].ID = row.Move.ID
		}
	}
	return nil
}

// postClearingStatement posts a statement with its lines, before Odoo 16. It is true if another process was first.
func postClearingStatement(ctx context.Context, client *odoo.Client, statement int64) (others bool, err error) {
	rows, err := odoo.Read[statementRow](ctx, client, statement)
	if err != nil || rows[0].State != "open" {
		return true, err
	}
	return false, postStatement(ctx, client, statement)
}

type draftLine struct {
	ID        int64         `odoo:"id"`
	Statement odoo.Many2One `odoo:"statement_id"`
	Move      odoo.Many2One `odoo:"move_id"`
}

// OdooModel names the model.
func (draftLine) OdooModel() string { return "account.bank.statement.line" }

// PostClearingStatements posts the statements to whose lines journal entries belong, before Odoo 16: what a process inserted that
// then died. It returns the entries that are of no such statement. It is safe to repeat.
func PostClearingStatements(ctx context.Context, client *odoo.Client, entries []int64) (others []int64, err error) {
	if client.Version().AtLeast(16) || len(entries) == 0 {
		return entries, nil
	}
	lines, err := odoo.Find[draftLine](ctx, client, odoo.In("move_id", entries))
	if err != nil || len(lines) == 0 {
		return entries, err
	}
	posted, of := map[int64]bool{}, map[int64]bool{}
	for _, line := range lines {
		of[line.Move.ID] = true
		if !posted[line.Statement.ID] {
			posted[line.Statement.ID] = true
			if _, err := postClearingStatement(ctx, client, line.Statement.ID); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(entries), func(entry int64) bool { return of[entry] }), nil
}

type statementBalance struct {
	ID      int64           `odoo:"id"`
	Journal odoo.Many2One   `odoo:"journal_id"`
	First   string          `odoo:"first_line_index"`
	Start   decimal.Decimal `odoo:"balance_start,always"`
	End     decimal.Decimal `odoo:"balance_end"`
	EndReal decimal.Decimal `odoo:"balance_end_real,always"`
}

// OdooModel names the model.
func (statementBalance) OdooModel() string { return "account.bank.statement" }

type statementBalances struct {
	Start   decimal.Decimal `odoo:"balance_start,always"`
	EndReal decimal.Decimal `odoo:"balance_end_real,always"`
}

// OdooModel names the model.
func (statementBalances) OdooModel() string { return "account.bank.statement" }

// Balance states what the statement starts and ends with: it starts where the statement before it ended, and ends with the sum of its
// lines if these are whole, else where it started, so that Odoo shows it as not complete. Before Odoo 16 it does nothing: what a
// statement ends with is stated when it is posted. It reports whether it changed anything and is safe to repeat.
func (s ClearingStatement) Balance(ctx context.Context, client *odoo.Client, whole bool) (changed bool, err error) {
	if !client.Version().AtLeast(16) {
		return false, nil
	}
	of := odoo.Eq("journal_id", s.Journal)
	statement, found, err := odoo.First[statementBalance](ctx, client, odoo.And(of, odoo.Eq("reference", s.Reference)), odoo.OrderBy("id"))
	if err != nil || !found {
		return false, err
	}
	before, found, err := odoo.First[statementBalance](ctx, client, odoo.And(
		of, odoo.Ne("id", statement.ID), odoo.Lt("first_line_index", statement.First)), odoo.OrderBy("first_line_index desc"))
	if err != nil {
		return false, err
	}
	start := decimal.Zero
	if found {
		start = before.EndReal
	}
	end := start
	if whole {
		if end, err = statement.End.Sub(statement.Start); err == nil {
			end, err = end.Add(start)
		}
		if err != nil {
			return false, err
		}
	}
	if statement.Start.Equal(start) && statement.EndReal.Equal(end) {
		return false, nil
	}
	return true, odoo.Write(ctx, client, []int64{statement.ID}, statementBalances{Start: start, EndReal: end})
}
