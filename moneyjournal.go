package retailsync

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// journalRecord is a journal that takes payments.
type journalRecord struct {
	ID       int64         `odoo:"id"`
	Name     string        `odoo:"name"`
	Code     string        `odoo:"code"`
	Type     string        `odoo:"type"`
	Account  odoo.Many2One `odoo:"default_account_id"`
	Currency odoo.Many2One `odoo:"currency_id"`
}

func (journalRecord) OdooModel() string { return "account.journal" }

// moneyJournal is the journal of type bank or cash that a rule names, by id, code or name. Its error goes on from the name of the rule.
func moneyJournal(ctx context.Context, erp *odoo.Client, company int64, ref mapping.Ref) (journalRecord, error) {
	named := odoo.Eq("id", ref.ID)
	if ref.ID == 0 {
		named = odoo.Or(odoo.Eq("code", ref.Name), odoo.Eq("name", ref.Name))
	}
	found, err := odoo.Find[journalRecord](ctx, erp, odoo.And(odoo.Eq("company_id", company), named))
	switch {
	case err != nil:
		return journalRecord{}, err
	case len(found) != 1:
		return journalRecord{}, fmt.Errorf("there are %d journals %s in company %d of Odoo: correct the rule, or name the journal by its id", len(found), ref, company)
	case found[0].Type != "bank" && found[0].Type != "cash":
		return journalRecord{}, fmt.Errorf("journal %s is of type %s: name one of type bank or cash", ref, found[0].Type)
	}
	return found[0], nil
}
