package account

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Moves returns the invoices and credit notes of sale orders, by id, whoever made them: drafts, posted and cancelled ones.
// They are found by the sale lines that they name and by the invoices that they take back. It only reads.
func Moves(ctx context.Context, client *odoo.Client, orders []int64) ([]Move, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	lines, err := odoo.Find[owner](ctx, client, odoo.And(
		odoo.In("sale_line_ids.order_id", orders), odoo.In("move_id.move_type", []Kind{KindInvoice, KindCreditNote})))
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	ids := make([]int64, len(lines))
	for i, line := range lines {
		ids[i] = line.Move.ID
	}
	rows, err := odoo.Find[moveRow](ctx, client, odoo.Or(
		odoo.In("id", ids), odoo.And(odoo.In("reversed_entry_id", ids), odoo.Eq("move_type", KindCreditNote))))
	if err != nil {
		return nil, err
	}
	return assemble(ctx, client, rows)
}

// ReadMoves returns moves by id, in this order. One that does not exist is an error of [odoo.CodeMissingRecord]. It only reads.
func ReadMoves(ctx context.Context, client *odoo.Client, ids []int64) ([]Move, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := odoo.Read[moveRow](ctx, client, ids...)
	if err != nil {
		return nil, err
	}
	return assemble(ctx, client, rows)
}

// readMove reads one.
func readMove(ctx context.Context, client *odoo.Client, id int64) (Move, error) {
	moves, err := ReadMoves(ctx, client, []int64{id})
	if err != nil {
		return Move{}, err
	}
	return moves[0], nil
}

// refresh reads again what posting and matching change of a move: all but its lines.
func refresh(ctx context.Context, client *odoo.Client, move Move) (Move, error) {
	rows, err := odoo.Read[moveRow](ctx, client, move.ID)
	if err != nil {
		return Move{}, err
	}
	now := rows[0].move()
	now.Orders, now.Lines, now.ExternalID = move.Orders, move.Lines, move.ExternalID
	return now, nil
}

// owner tells the move of a line.
type owner struct {
	ID   int64         `odoo:"id"`
	Move odoo.Many2One `odoo:"move_id"`
}

// OdooModel names the model.
func (owner) OdooModel() string { return "account.move.line" }

type moveRow struct {
	ID           int64           `odoo:"id"`
	Name         string          `odoo:"name"`
	Kind         Kind            `odoo:"move_type"`
	State        State           `odoo:"state"`
	PaymentState PaymentState    `odoo:"payment_state"`
	Ref          string          `odoo:"ref"`
	PaymentRef   string          `odoo:"payment_reference"`
	Origin       string          `odoo:"invoice_origin"`
	Currency     odoo.Many2One   `odoo:"currency_id"`
	Partner      odoo.Many2One   `odoo:"partner_id"`
	Journal      odoo.Many2One   `odoo:"journal_id"`
	Untaxed      decimal.Decimal `odoo:"amount_untaxed"`
	Tax          decimal.Decimal `odoo:"amount_tax"`
	Total        decimal.Decimal `odoo:"amount_total"`
	Residual     decimal.Decimal `odoo:"amount_residual"`
	Date         odoo.Date       `odoo:"invoice_date"`
	Reversed     odoo.Many2One   `odoo:"reversed_entry_id"`
	CreatedBy    odoo.Many2One   `odoo:"create_uid"`
}

// OdooModel names the model.
func (moveRow) OdooModel() string { return "account.move" }

// move is a move without what others tell of it.
func (r moveRow) move() Move {
	return Move{
		ID: r.ID, Name: r.Name, Kind: r.Kind, State: r.State, PaymentState: r.PaymentState, Ref: r.Ref, PaymentRef: r.PaymentRef,
		Origin: r.Origin, Currency: r.Currency, Partner: r.Partner, Journal: r.Journal, Untaxed: r.Untaxed, Tax: r.Tax, Total: r.Total,
		Residual: r.Residual, Date: r.Date, ReversedEntry: r.Reversed.ID, CreatedBy: r.CreatedBy.ID,
	}
}

type lineRow struct {
	ID        int64           `odoo:"id"`
	Move      odoo.Many2One   `odoo:"move_id"`
	SaleLines []int64         `odoo:"sale_line_ids"`
	Product   odoo.Many2One   `odoo:"product_id"`
	Account   odoo.Many2One   `odoo:"account_id"`
	Name      string          `odoo:"name"`
	Quantity  decimal.Decimal `odoo:"quantity"`
	Unit      odoo.Many2One   `odoo:"product_uom_id"`
	Price     decimal.Decimal `odoo:"price_unit"`
	Discount  decimal.Decimal `odoo:"discount"`
	Taxes     []int64         `odoo:"tax_ids"`
	Untaxed   decimal.Decimal `odoo:"price_subtotal"`
	Total     decimal.Decimal `odoo:"price_total"`
}

// OdooModel names the model.
func (lineRow) OdooModel() string { return "account.move.line" }

type saleLineOwner struct {
	ID    int64         `odoo:"id"`
	Order odoo.Many2One `odoo:"order_id"`
}

// OdooModel names the model.
func (saleLineOwner) OdooModel() string { return "sale.order.line" }

// productLines is the domain of the lines of goods and services.
func productLines(client *odoo.Client) odoo.Domain {
	if client.Version().AtLeast(16) {
		return odoo.Eq("display_type", "product")
	}
	return odoo.And(odoo.Eq("display_type", false), odoo.Eq("exclude_from_invoice_tab", false))
}

// assemble reads what belongs to the moves.
func assemble(ctx context.Context, client *odoo.Client, rows []moveRow) ([]Move, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	lines, err := odoo.Find[lineRow](ctx, client, odoo.And(odoo.In("move_id", ids), productLines(client)))
	if err != nil {
		return nil, err
	}
	orderOf, err := ordersOf(ctx, client, lines)
	if err != nil {
		return nil, err
	}
	names, err := client.Lookup(ctx, "account.move", ids)
	if err != nil {
		return nil, err
	}
	byMove := make(map[int64][]MoveLine, len(rows))
	for _, l := range lines {
		byMove[l.Move.ID] = append(byMove[l.Move.ID], MoveLine{
			ID: l.ID, SaleLines: l.SaleLines, Product: l.Product, Account: l.Account, Name: l.Name, Quantity: l.Quantity, Unit: l.Unit,
			PriceUnit: l.Price, Discount: l.Discount, Taxes: l.Taxes, Untaxed: l.Untaxed, Total: l.Total,
		})
	}
	moves := make([]Move, len(rows))
	for i, r := range rows {
		moves[i] = r.move()
		moves[i].Lines, moves[i].ExternalID = byMove[r.ID], names[r.ID]
		for _, line := range moves[i].Lines {
			for _, id := range line.SaleLines {
				if order := orderOf[id]; order != 0 && !slices.Contains(moves[i].Orders, order) {
					moves[i].Orders = append(moves[i].Orders, order)
				}
			}
		}
	}
	for i := range moves { // what credits amounts alone names no sale line: its invoice does
		for _, invoice := range moves {
			if moves[i].ReversedEntry == invoice.ID {
				moves[i].Orders = append(moves[i].Orders, invoice.Orders...)
			}
		}
		slices.Sort(moves[i].Orders)
		moves[i].Orders = slices.Compact(moves[i].Orders)
	}
	return moves, nil
}

// ordersOf returns the orders of the sale lines that lines name.
func ordersOf(ctx context.Context, client *odoo.Client, lines []lineRow) (map[int64]int64, error) {
	var ids []int64
	for _, line := range lines {
		ids = append(ids, line.SaleLines...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	owners, err := odoo.Find[saleLineOwner](ctx, client, odoo.In("id", slices.Compact(ids)))
	if err != nil {
		return nil, err
	}
	orders := make(map[int64]int64, len(owners))
	for _, o := range owners {
		orders[o.ID] = o.Order.ID
	}
	return orders, nil
}

// Post posts a draft. One that is posted already is left alone, a cancelled one is an error. It is safe to repeat.
func Post(ctx context.Context, client *odoo.Client, id int64) error {
	rows, err := odoo.Read[moveState](ctx, client, id)
	if err != nil || rows[0].State == StatePosted {
		return err
	}
	return post(ctx, client, id)
}

// post posts a move that was seen as a draft.
func post(ctx context.Context, client *odoo.Client, id int64) error {
	err := client.Do(ctx, odoo.Call{Model: "account.move", Method: "action_post", IDs: []int64{id}})
	if err == nil || ctx.Err() != nil {
		return err
	}
	rows, readErr := odoo.Read[moveState](ctx, client, id) // somebody may have been first, or the reply was lost
	if readErr == nil && rows[0].State == StatePosted {
		return nil
	}
	return err
}

type moveState struct {
	ID    int64 `odoo:"id"`
	State State `odoo:"state"`
}

// OdooModel names the model.
func (moveState) OdooModel() string { return "account.move" }

// number writes a decimal as a JSON number.
func number(d decimal.Decimal) json.Number { return json.Number(d.String()) }
