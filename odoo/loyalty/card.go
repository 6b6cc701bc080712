package loyalty

import (
	"context"
	"errors"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Card is a gift card or an e-wallet.
type Card struct {
	ID      int64
	Code    string
	Program odoo.Many2One
	Partner odoo.Many2One
	// Points is the balance; of gift cards and e-wallets, money in the currency of the program.
	Points decimal.Decimal
}

// CardDraft is a card to be issued.
type CardDraft struct {
	ExternalID odoo.ExternalID
	// Code is what the customer types: unique in Odoo.
	Code string
	// Program is a loyalty.program of type gift_card or ewallet; Partner owns the card.
	Program, Partner int64
	// Amount is the balance, in Currency, which must be the program's.
	Amount   decimal.Decimal
	Currency int64
}

// IssueCard inserts the card unless it exists and returns it with its present balance. It exists once by its External ID and by its code.
// It is safe to repeat and to run concurrently; a card that has been used since is not filled up again.
func IssueCard(ctx context.Context, client *odoo.Client, draft CardDraft) (Card, error) {
	panic("signature only")
}

// NotAvailable says that the database has no loyalty.
type NotAvailable struct{}

// Error implements error.
func (*NotAvailable) Error() string {
	return "this Odoo has no loyalty cards (module loyalty, Odoo 16 and later): leave the credit note open as the customer's credit, or install the module"
}

// programRow is a loyalty.program.
type programRow struct {
	ID int64 `odoo:"id"`
}

func (programRow) OdooModel() string { return "loyalty.program" }

// FindProgram returns the id of the active program with the name. None, or several, is an error; a database without loyalty is a
// [*NotAvailable].
func FindProgram(ctx context.Context, client *odoo.Client, name string) (int64, error) {
	found, err := odoo.Find[programRow](ctx, client, odoo.Eq("name", name))
	var refused *odoo.Error
	if errors.As(err, &refused) && refused.Code == odoo.CodeUnknownModel {
		return 0, &NotAvailable{}
	}
	if err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("odoo has %d loyalty programs with this name: use the database id", len(found))
	}
	return found[0].ID, nil
}
