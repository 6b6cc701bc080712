package retailsync_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// orderState is what Odoo holds of an order, in texts that two imports have in common.
type orderState struct {
	State                       sale.State
	Currency                    string
	Untaxed, Tax, Total         string
	Customer, Invoice, Delivery contactState
	Lines                       []lineState
	// Pickings are the deliveries of the order and their moves, on real servers.
	Pickings []string
	Moves    []moveState
}

type lineState struct {
	Product                             string
	Quantity, Price, Discount, Net, Tax string
	Taxes                               int
	Named                               bool // has an External ID
}

type moveState struct{ Product, Quantity, State string }

type contactState struct{ Name, Kind, Email, Street, Parent string }

// odooState is what Odoo holds under one tag.
type odooState struct {
	// Orders by the rest of their id after the tag. An order that is there twice is in a list twice.
	Orders   map[string][]orderState
	Contacts []contactState
}

type contactRow struct {
	ID     int64         `odoo:"id"`
	Name   string        `odoo:"name"`
	Kind   string        `odoo:"type"`
	Email  string        `odoo:"email"`
	Street string        `odoo:"street"`
	Parent odoo.Many2One `odoo:"parent_id"`
}

func (contactRow) OdooModel() string { return "res.partner" }

type productRow struct {
	ID  int64  `odoo:"id"`
	SKU string `odoo:"default_code"`
}

func (productRow) OdooModel() string { return "product.product" }

type pickingRow struct {
	ID    int64         `odoo:"id"`
	State string        `odoo:"state"`
	Order odoo.Many2One `odoo:"sale_id"`
}

func (pickingRow) OdooModel() string { return "stock.picking" }

type moveRow struct {
	ID       int64           `odoo:"id"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Quantity decimal.Decimal `odoo:"product_uom_qty"`
	State    string          `odoo:"state"`
	Line     odoo.Many2One   `odoo:"sale_line_id"`
}

func (moveRow) OdooModel() string { return "stock.move" }

// readStates reads everything in Odoo whose id or name begins with one of the tags, which begin with the prefix.
func readStates(t testing.TB, db *database, prefix string, tags []string) map[string]*odooState {
	t.Helper()
	r := stateReader{t: t, erp: db.dial(t), states: map[string]*odooState{}, tags: tags}
	for _, tag := range tags {
		r.states[tag] = &odooState{Orders: map[string][]orderState{}}
	}
	r.readContacts(prefix)
	r.readOrders(prefix)
	return r.states
}

type stateReader struct {
	t        testing.TB
	erp      *odoo.Client
	tags     []string
	states   map[string]*odooState
	contacts map[int64]contactState
}

// tagOf finds the tag that a text holds.
func (r *stateReader) tagOf(text string) string {
	for _, tag := range r.tags {
		if strings.Contains(text, tag) {
			return tag
		}
	}
	r.t.Fatalf("%q has none of the tags", text)
	return ""
}

func findAll[T odoo.Model](r *stateReader, domain odoo.Domain) []T {
	r.t.Helper()
	rows, err := odoo.Find[T](r.t.Context(), r.erp, domain, odoo.Archived())
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func (r *stateReader) readContacts(prefix string) {
	rows := findAll[contactRow](r, odoo.Like("name", prefix))
	r.contacts = map[int64]contactState{}
	names := map[int64]string{}
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	for _, row := range rows {
		tag := r.tagOf(row.Name)
		untag := func(text string) string { return strings.ReplaceAll(text, tag, "TAG") }
		c := contactState{Name: untag(row.Name), Kind: row.Kind, Email: untag(row.Email), Street: row.Street, Parent: untag(names[row.Parent.ID])}
		r.contacts[row.ID] = c
		r.states[tag].Contacts = append(r.states[tag].Contacts, c)
	}
	for _, state := range r.states {
		slices.SortFunc(state.Contacts, func(a, b contactState) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Street, b.Street), cmp.Compare(a.Email, b.Email))
		})
	}
}

func (r *stateReader) readOrders(prefix string) {
	orders := findAll[sale.Order](r, odoo.Like("origin", prefix))
	ids := make([]int64, len(orders))
	for i := range orders {
		ids[i] = orders[i].ID
	}
	lines := map[int64][]sale.Line{}
	for part := range slices.Chunk(ids, 100) {
		some, err := sale.Lines(r.t.Context(), r.erp, part)
		if err != nil {
			r.t.Fatal(err)
		}
		for id, of := range some {
			lines[id] = of
		}
	}
	products := map[int64]string{}
	for _, row := range findAll[productRow](r, odoo.Or(odoo.Like("default_code", "SKU-"), odoo.Like("default_code", "RS-"), odoo.Like("default_code", "KIT-"))) {
		products[row.ID] = row.SKU
	}
	pickings, moves := map[int64][]string{}, map[int64][]moveState{}
	orderOf := map[int64]int64{}
	var lineIDs []int64
	for id, of := range lines {
		for _, line := range of {
			orderOf[line.ID] = id
			lineIDs = append(lineIDs, line.ID)
		}
	}
	for _, row := range findAll[pickingRow](r, odoo.In("sale_id", ids)) {
		pickings[row.Order.ID] = append(pickings[row.Order.ID], row.State)
	}
	for _, row := range findAll[moveRow](r, odoo.In("sale_line_id", lineIDs)) {
		id := orderOf[row.Line.ID]
		moves[id] = append(moves[id], moveState{products[row.Product.ID], row.Quantity.Trim(0).String(), row.State})
	}
	for _, row := range orders {
		tag := r.tagOf(row.Origin)
		_, id, _ := strings.Cut(row.Origin, tag)
		state := orderState{
			State: row.State, Currency: row.Currency.Name,
			Untaxed: cents(row.AmountUntaxed), Tax: cents(row.AmountTax), Total: cents(row.AmountTotal),
			Customer: r.contacts[row.Customer.ID], Invoice: r.contacts[row.InvoiceAddress.ID], Delivery: r.contacts[row.DeliveryAddress.ID],
			Pickings: pickings[row.ID], Moves: moves[row.ID],
		}
		for _, line := range lines[row.ID] {
			state.Lines = append(state.Lines, lineState{
				Product: products[line.ProductID.ID], Quantity: line.Quantity.Trim(0).String(), Price: line.Price.Trim(0).String(),
				Discount: line.Discount.Trim(0).String(), Net: cents(line.Net), Tax: cents(line.Tax),
				Taxes: len(line.TaxIDs), Named: line.ExternalID.Name != "",
			})
		}
		slices.SortFunc(state.Lines, func(a, b lineState) int {
			return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Quantity, b.Quantity), cmp.Compare(a.Price, b.Price), cmp.Compare(a.Net, b.Net))
		})
		slices.SortFunc(state.Moves, func(a, b moveState) int {
			return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Quantity, b.Quantity), cmp.Compare(a.State, b.State))
		})
		r.states[tag].Orders[id] = append(r.states[tag].Orders[id], state)
	}
}

// cents are amounts without the noise of floats.
func cents(d decimal.Decimal) string { return d.Round(4).Trim(2).Pad(2).String() }
