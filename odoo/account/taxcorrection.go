package account

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Odoo rounds percent taxes by line or over the whole document, channels round as they like. Where they part, the tax lines of the
// draft are set to the stated amounts, as a person may do in the list of journal items: the tax stays on its accounts
// and in its report lines, and no cent is booked beside it.

// item is a journal item of a draft.
type item struct {
	ID      int64           `odoo:"id"`
	Tax     odoo.Many2One   `odoo:"tax_line_id"`
	Amount  decimal.Decimal `odoo:"amount_currency"`
	Balance decimal.Decimal `odoo:"balance"`
	// Due is set on the customer's item.
	Due     odoo.Date     `odoo:"date_maturity"`
	Company odoo.Many2One `odoo:"company_currency_id"`
}

// OdooModel names the model.
func (item) OdooModel() string { return "account.move.line" }

// correctTaxes sets the tax lines of a draft to the drafted amounts, if rounding explains the difference. It is safe to repeat.
func correctTaxes(ctx context.Context, client *odoo.Client, draft CreditNoteDraft, move Move) error {
	if !move.Untaxed.Equal(draft.Untaxed) {
		return draft.mismatch(move, "the prices of the lines do not come to the untaxed amount: use taxes that are not included in the price, or post the draft by hand")
	}
	items, err := odoo.Find[item](ctx, client, odoo.Eq("move_id", move.ID))
	if err != nil {
		return err
	}
	currencies, err := odoo.Read[currency](ctx, client, move.Currency.ID, items[0].Company.ID)
	if err != nil {
		return err
	}
	changes, err := draft.taxChanges(items, currencies[0].Digits, currencies[1].Digits)
	if err != nil || len(changes) == 0 {
		return draft.mismatch(move, "the difference is more than rounding: check the taxes of the lines, then post the draft by hand or delete it")
	}
	var commands []odoo.Command
	for _, change := range changes {
		values := map[string]any{"amount_currency": number(change.Amount)}
		if !client.Version().AtLeast(16) { // later ones derive the rest, the customer's item too
			debit, credit := change.Balance, decimal.Zero
			if debit.IsNeg() {
				debit, credit = decimal.Zero, debit.Neg()
			}
			values["debit"], values["credit"] = number(debit), number(credit)
		} else if change.Tax.IsZero() {
			continue
		}
		commands = append(commands, odoo.UpdateCmd(change.ID, values))
	}
	return client.Call(ctx, odoo.Call{
		Model: "account.move", Method: "write", IDs: []int64{move.ID}, Effect: odoo.EffectIdempotent,
		Args: odoo.Args{"vals": map[string]any{"line_ids": commands}},
	}, nil)
}

// taxChanges returns the items that change, the customer's last, with their new amounts; none if rounding does not explain it.
func (d *CreditNoteDraft) taxChanges(items []item, digits, companyDigits int) ([]item, error) {
	var c exact.Calc
	want, bound := map[int64]decimal.Decimal{}, map[int64]decimal.Decimal{}
	minor, err := decimal.New(1, digits)
	if err != nil {
		return nil, err
	}
	for _, line := range d.Lines {
		for _, t := range line.Taxes {
			want[t.Tax] = c.Add(want[t.Tax], t.Amount)
			bound[t.Tax] = c.Add(bound[t.Tax], c.Mul(minor, c.Add(line.Quantity.Ceil(0), decimal.One)))
		}
	}
	largest := map[int64]int{}
	customer := -1
	for i, it := range items {
		switch {
		case !it.Tax.IsZero():
			want[it.Tax.ID] = c.Sub(want[it.Tax.ID], it.Amount)
			if n, ok := largest[it.Tax.ID]; !ok || it.Amount.CmpAbs(items[n].Amount) > 0 {
				largest[it.Tax.ID] = i
			}
		case !it.Due.IsZero() && customer < 0:
			customer = i
		}
	}
	if customer < 0 {
		return nil, c.Err()
	}
	var changes []item
	due := items[customer]
	for i, it := range items { // in their order
		if n, ok := largest[it.Tax.ID]; it.Tax.IsZero() || !ok || n != i {
			continue
		}
		missing := want[it.Tax.ID]
		delete(want, it.Tax.ID)
		if missing.IsZero() {
			continue
		}
		if missing.CmpAbs(bound[it.Tax.ID]) > 0 || it.Amount.IsZero() {
			return nil, c.Err()
		}
		balance := exact.HalfUp(c.Mul(c.Quo(it.Balance, it.Amount), c.Add(it.Amount, missing)), companyDigits)
		due.Amount, due.Balance = c.Sub(due.Amount, missing), c.Sub(due.Balance, c.Sub(balance, it.Balance))
		it.Amount, it.Balance = c.Add(it.Amount, missing), balance
		changes = append(changes, it)
	}
	for _, missing := range want {
		if !missing.IsZero() { // a tax that Odoo has no item of
			return nil, c.Err()
		}
	}
	return append(changes, due), c.Err()
}
