package sale

import (
	"context"
	"errors"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// State is the state of a sale order (sale.order.state).
type State string

// The states of a sale order. Before Odoo 17 a locked order has the state "done"; [Order.Locked] hides that.
const (
	StateDraft  State = "draft"
	StateSent   State = "sent"
	StateSale   State = "sale"
	StateDone   State = "done"
	StateCancel State = "cancel"
)

// Order is what the flow reads of a sale order.
type Order struct {
	ID            int64           `odoo:"id"`
	Name          string          `odoo:"name"`
	State         State           `odoo:"state"`
	Origin        string          `odoo:"origin"`
	AmountUntaxed decimal.Decimal `odoo:"amount_untaxed"`
	AmountTax     decimal.Decimal `odoo:"amount_tax"`
	AmountTotal   decimal.Decimal `odoo:"amount_total"`
	Currency      odoo.Many2One   `odoo:"currency_id"`
	// Customer, InvoiceAddress and DeliveryAddress are the partners of the order.
	Customer        odoo.Many2One `odoo:"partner_id"`
	InvoiceAddress  odoo.Many2One `odoo:"partner_invoice_id"`
	DeliveryAddress odoo.Many2One `odoo:"partner_shipping_id"`
	// Locked is set on locked orders from Odoo 17 on; ask [Order.IsLocked].
	Locked bool `odoo:"locked,optional"`
}

// OdooModel names the model.
func (Order) OdooModel() string { return "sale.order" }

// Quotation reports whether the order is not confirmed yet.
func (o Order) Quotation() bool { return o.State == StateDraft || o.State == StateSent }

// Open reports whether the order is confirmed.
func (o Order) Open() bool { return o.State == StateSale || o.State == StateDone }

// IsLocked reports whether the order is locked: before Odoo 17 that is the state "done".
func (o Order) IsLocked() bool { return o.Locked || o.State == StateDone }

// ExternalIDs returns the External IDs of the orders by id; orders that have none are left out.
func ExternalIDs(ctx context.Context, client *odoo.Client, ids []int64) (map[int64]odoo.ExternalID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return client.Lookup(ctx, "sale.order", ids)
}

// FindByOrigin returns the orders whose source document is one of the origins, oldest first. An origin that
// people typed twice is returned twice; External IDs tell which is ours (see [odoo.Client.Lookup]).
func FindByOrigin(ctx context.Context, client *odoo.Client, origins []string) ([]Order, error) {
	if len(origins) == 0 {
		return nil, nil
	}
	return odoo.Find[Order](ctx, client, odoo.In("origin", origins))
}

// FindByReference returns the orders with the customer's reference (client_order_ref), oldest first. It need not be unique.
func FindByReference(ctx context.Context, client *odoo.Client, reference string) ([]Order, error) {
	return odoo.Find[Order](ctx, client, odoo.Eq("client_order_ref", reference))
}

// FindByExternalID returns the orders that have one of the External IDs, by External ID. It creates nothing and
// needs no access to ir.model.data: Odoo is asked to insert orders without a customer, which it refuses for all but those
// that exist, and leaves those untouched. Use [FindByOrigin] where the origin is certain: it costs one call.
func FindByExternalID(ctx context.Context, client *odoo.Client, names []odoo.ExternalID) (map[odoo.ExternalID]Order, error) {
	if len(names) == 0 {
		return nil, nil
	}
	batch := odoo.LoadBatch{Model: "sale.order", Mode: odoo.InsertMissing}
	for _, name := range names {
		batch.Records = append(batch.Records, odoo.LoadRecord{ExternalID: name, Rows: [][]string{nil}})
	}
	results, err := client.Load(ctx, batch)
	if err != nil {
		return nil, err
	}
	var ids []int64
	byID := map[int64]odoo.ExternalID{}
	for n, result := range results {
		var refused *odoo.Error
		switch {
		case result.Err == nil:
			ids = append(ids, result.ID)
			byID[result.ID] = names[n]
		case !errors.As(result.Err, &refused) || refused.Field != "partner_id":
			return nil, result.Err
		}
	}
	orders, err := Read(ctx, client, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[odoo.ExternalID]Order, len(orders))
	for _, order := range orders {
		found[byID[order.ID]] = order
	}
	return found, nil
}

// Read returns the orders with the ids, by id. Those that do not exist any more, or that the user may not
// see, are left out, so that one of them does not hold up the others.
func Read(ctx context.Context, client *odoo.Client, ids []int64) ([]Order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return odoo.Find[Order](ctx, client, odoo.In("id", ids))
}

// Line is what the flow reads of a sale order line.
type Line struct {
	ID        int64           `odoo:"id"`
	OrderID   odoo.Many2One   `odoo:"order_id"`
	ProductID odoo.Many2One   `odoo:"product_id"`
	Name      string          `odoo:"name"`
	Quantity  decimal.Decimal `odoo:"product_uom_qty"`
	Delivered decimal.Decimal `odoo:"qty_delivered"`
	Invoiced  decimal.Decimal `odoo:"qty_invoiced"`
	UoM       odoo.Many2One   `odoo:"product_uom_id"`
	Price     decimal.Decimal `odoo:"price_unit"`
	Discount  decimal.Decimal `odoo:"discount"`
	TaxIDs    []int64         `odoo:"tax_ids"`
	Net       decimal.Decimal `odoo:"price_subtotal"`
	Tax       decimal.Decimal `odoo:"price_tax"`

	// ExternalID is filled by [Lines]; empty for lines that people added.
	ExternalID odoo.ExternalID `odoo:"-"`
}

// OdooModel names the model.
func (Line) OdooModel() string { return "sale.order.line" }

// policyRow is a product.product with when it is invoiced.
type policyRow struct {
	ID     int64  `odoo:"id"`
	Policy string `odoo:"invoice_policy"`
}

func (policyRow) OdooModel() string { return "product.product" }

// InvoicedAsDelivered returns those of the products of which Odoo invoices what was delivered, not what was ordered. It only reads.
func InvoicedAsDelivered(ctx context.Context, client *odoo.Client, products []int64) (map[int64]bool, error) {
	if len(products) == 0 {
		return nil, nil
	}
	rows, err := odoo.Find[policyRow](ctx, client, odoo.In("id", products))
	if err != nil {
		return nil, err
	}
	as := map[int64]bool{}
	for _, row := range rows {
		as[row.ID] = row.Policy == "delivery"
	}
	return as, nil
}

// Lines returns the lines of the orders by order id, with their External IDs.
func Lines(ctx context.Context, client *odoo.Client, orderIDs []int64) (map[int64][]Line, error) {
	if len(orderIDs) == 0 {
		return nil, nil
	}
	lines, err := odoo.Find[Line](ctx, client, odoo.In("order_id", orderIDs))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(lines))
	for i, line := range lines {
		ids[i] = line.ID
	}
	names, err := client.Lookup(ctx, "sale.order.line", ids)
	if err != nil {
		return nil, err
	}
	byOrder := make(map[int64][]Line, len(orderIDs))
	for _, line := range lines {
		line.ExternalID = names[line.ID]
		byOrder[line.OrderID.ID] = append(byOrder[line.OrderID.ID], line)
	}
	return byOrder, nil
}
