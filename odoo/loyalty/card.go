package loyalty

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Card is a gift card or an e-wallet.
type Card struct {
	ID      int64         `odoo:"id"`
	Code    string        `odoo:"code"`
	Program odoo.Many2One `odoo:"program_id"`
	Partner odoo.Many2One `odoo:"partner_id"`
	// Currency is that of the program.
	Currency odoo.Many2One `odoo:"currency_id"`
	// Points is the balance; of gift cards and e-wallets, money in Currency.
	Points decimal.Decimal `odoo:"points"`
}

// OdooModel names the model.
func (Card) OdooModel() string { return "loyalty.card" }

// CardDraft is a card to be issued.
type CardDraft struct {
	ExternalID odoo.ExternalID
	// Code is what the customer types: unique in Odoo and hard to guess. Where an attempt is repeated, the code of the first stays.
	Code string
	// Program is a loyalty.program of type gift_card or ewallet; Partner owns the card, 0 for whoever holds it.
	Program, Partner int64
	// Amount is the balance, in Currency, which must be the program's.
	Amount   decimal.Decimal
	Currency int64
}

type program struct {
	ID       int64         `odoo:"id"`
	Kind     string        `odoo:"program_type"`
	Currency odoo.Many2One `odoo:"currency_id"`
}

// OdooModel names the model.
func (program) OdooModel() string { return "loyalty.program" }

// IssueCard inserts the card unless it exists and returns it with its present balance. It exists once by its External ID and by its code.
// It is safe to repeat and to run concurrently; a card that has been used since is not filled up again.
//
// Errors: [*NotAvailable]; [*InvalidCard]; [*CodeTaken] if another card has the code.
func IssueCard(ctx context.Context, client *odoo.Client, draft CardDraft) (Card, error) {
	if err := available(ctx, client, "loyalty.card"); err != nil {
		return Card{}, err
	}
	refuse := func(field, reason string) (Card, error) {
		return Card{}, &InvalidCard{ExternalID: draft.ExternalID, Field: field, Reason: reason}
	}
	switch {
	case draft.ExternalID.IsZero():
		return refuse("ExternalID", "is missing")
	case draft.Code == "":
		return refuse("Code", "is missing")
	case !draft.Amount.IsPos():
		return refuse("Amount", "is not above zero")
	}
	programs, err := odoo.Read[program](ctx, client, draft.Program)
	if err != nil {
		return Card{}, err
	}
	switch p := programs[0]; {
	case p.Kind != "gift_card" && p.Kind != "ewallet":
		return refuse("Program", "is of type "+p.Kind+", and its points are no money: use a gift card or an e-wallet program")
	case p.Currency.ID != draft.Currency:
		return refuse("Currency", "is not that of the program")
	}
	batch := odoo.LoadBatch{
		Model: "loyalty.card", Mode: odoo.InsertMissing, Context: odoo.Unattended(), Fields: []string{"program_id/.id", "code", "points"},
	}
	row := []string{strconv.FormatInt(draft.Program, 10), draft.Code, draft.Amount.String()}
	if draft.Partner != 0 {
		batch.Fields, row = append(batch.Fields, "partner_id/.id"), append(row, strconv.FormatInt(draft.Partner, 10))
	}
	batch.Records = []odoo.LoadRecord{{ExternalID: draft.ExternalID, Rows: [][]string{row}}}
	results, err := client.Load(ctx, batch)
	if err != nil {
		return Card{}, err
	}
	if results[0].Err != nil {
		return sameCode(ctx, client, draft, results[0].Err)
	}
	cards, err := odoo.Read[Card](ctx, client, results[0].ID)
	if err != nil {
		return Card{}, err
	}
	return cards[0], nil
}

// sameCode explains a refusal by the card that has the code: another one, or the same, inserted in the same moment.
func sameCode(ctx context.Context, client *odoo.Client, draft CardDraft, refused error) (Card, error) {
	card, found, err := odoo.First[Card](ctx, client, odoo.Eq("code", draft.Code), odoo.Archived())
	if err != nil {
		return Card{}, errors.Join(refused, err)
	}
	if !found {
		return Card{}, refused
	}
	names, err := client.Lookup(ctx, "loyalty.card", []int64{card.ID})
	if err != nil {
		return Card{}, errors.Join(refused, err)
	}
	if names[card.ID] != draft.ExternalID {
		return Card{}, &CodeTaken{Card: card.ID, ExternalID: draft.ExternalID}
	}
	return card, nil
}

type history struct {
	ID          int64         `odoo:"id"`
	Card        odoo.Many2One `odoo:"card_id"`
	Description string        `odoo:"description"`
}

// OdooModel names the model.
func (history) OdooModel() string { return "loyalty.history" }

type balanceWizard struct {
	Card        odoo.Many2One   `odoo:"card_id"`
	Balance     decimal.Decimal `odoo:"new_balance"`
	Description string          `odoo:"description"`
}

// OdooModel names the model.
func (balanceWizard) OdooModel() string { return "loyalty.card.update.balance" }

// TopUp adds an amount to a card once per reference, and returns the card. The reference is the description in the
// card's history, by which it is found again. Odoo sets balances and does not add to them: of a purchase with the card in the very
// moment of the call, one of the two changes would be lost. It is safe to repeat.
func TopUp(ctx context.Context, client *odoo.Client, card int64, amount decimal.Decimal, reference string) (Card, error) {
	if err := available(ctx, client, "loyalty.history"); err != nil {
		return Card{}, err
	}
	if reference == "" || !amount.IsPos() {
		return Card{}, &InvalidCard{Field: "reference or amount", Reason: "is missing or not above zero"}
	}
	cards, err := odoo.Read[Card](ctx, client, card)
	if err != nil {
		return Card{}, err
	}
	done, err := toppedUp(ctx, client, card, reference)
	if err != nil || done {
		return cards[0], err
	}
	balance, err := cards[0].Points.Add(amount)
	if err != nil {
		return Card{}, err
	}
	wizard, err := odoo.Create(ctx, client, balanceWizard{Card: odoo.Many2One{ID: card}, Balance: balance, Description: reference})
	if err != nil {
		return Card{}, err
	}
	err = client.Call(ctx, odoo.Call{Model: "loyalty.card.update.balance", Method: "action_update_card_point", IDs: wizard}, nil)
	if err != nil {
		if ctx.Err() != nil {
			return Card{}, err
		}
		if done, lookErr := toppedUp(ctx, client, card, reference); lookErr != nil || !done {
			return Card{}, errors.Join(err, lookErr)
		}
	}
	if cards, err = odoo.Read[Card](ctx, client, card); err != nil {
		return Card{}, err
	}
	return cards[0], nil
}

func toppedUp(ctx context.Context, client *odoo.Client, card int64, reference string) (bool, error) {
	_, found, err := odoo.First[history](ctx, client, odoo.And(odoo.Eq("card_id", card), odoo.Eq("description", reference)))
	return found, err
}

// available reports by an error that the database lacks a model.
func available(ctx context.Context, client *odoo.Client, model string) error {
	_, err := client.Fields(ctx, model)
	if odoo.CodeOf(err) == odoo.CodeUnknownModel {
		return &NotAvailable{Model: model}
	}
	return err
}

// NotAvailable says that the database has no loyalty cards, or no history of them.
type NotAvailable struct{ Model string }

// Error implements error.
func (e *NotAvailable) Error() string {
	return fmt.Sprintf("this Odoo has no %s (module loyalty: cards from Odoo 16, their history from 18 on): leave the credit note open as the customer's credit, or install the module", e.Model)
}

// InvalidCard says that a draft cannot be carried out. Nothing was sent.
type InvalidCard struct {
	ExternalID    odoo.ExternalID
	Field, Reason string
}

// Error implements error.
func (e *InvalidCard) Error() string {
	return fmt.Sprintf("card %s: %s %s", e.ExternalID, e.Field, e.Reason)
}

// CodeTaken says that another card has the code. The code itself is money and is not told.
type CodeTaken struct {
	Card       int64
	ExternalID odoo.ExternalID
}

// Error implements error.
func (e *CodeTaken) Error() string {
	return fmt.Sprintf("card %s: the card %d has the same code already: choose another code for a new card", e.ExternalID, e.Card)
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
