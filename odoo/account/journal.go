package account

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/odoo"
)

// Journal is where money of one kind is booked: a bank account, or the clearing account of a payment provider.
type Journal struct {
	ID   int64  `odoo:"id"`
	Name string `odoo:"name"`
	Code string `odoo:"code"`
	// Type is "bank" or "cash" for those that take payments.
	Type    string        `odoo:"type"`
	Company odoo.Many2One `odoo:"company_id"`
}

// OdooModel names the model.
func (Journal) OdooModel() string { return "account.journal" }

// MoneyJournal returns the journal of a company that takes payments and has the code, or else the name. It only reads.
//
// Errors: an [*odoo.Error] with [odoo.CodeMissingRecord] if there is none, with [odoo.CodeValidation] if several have the name.
func MoneyJournal(ctx context.Context, client *odoo.Client, company int64, name string) (Journal, error) {
	for _, field := range []string{"code", "name"} {
		found, err := odoo.Find[Journal](ctx, client, odoo.And(
			odoo.Eq(field, name), odoo.Eq("company_id", company), odoo.In("type", []string{"bank", "cash"})), odoo.Limit(2))
		switch {
		case err != nil:
			return Journal{}, err
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return Journal{}, &odoo.Error{
				Code: odoo.CodeValidation, Model: "account.journal", Field: field, Message: fmt.Sprintf("several have %q", name),
				Hint: "use the code of the journal, or its id",
			}
		}
	}
	return Journal{}, &odoo.Error{
		Code: odoo.CodeMissingRecord, Model: "account.journal", Field: "name", Message: fmt.Sprintf("no bank or cash journal is called %q", name),
		Hint: "use its code or name as it stands in Odoo, and see that it is of the company and not archived",
	}
}
