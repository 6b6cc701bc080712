package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/odootest"
)

//go:embed rules.yaml
var rulesYAML []byte

// backbone is the Odoo inside this process.
type backbone struct {
	*odoo.Client
	order int64
	close func()
}

// openOdoo starts the Odoo and makes what a retailer has there. Against a real one only the address and the key differ.
func openOdoo(ctx context.Context) (*backbone, error) {
	server := odootest.New()
	if err := furnish(server); err != nil {
		server.Close()
		return nil, err
	}
	client, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()), odoo.WithDatabase(server.DB()))
	if err != nil {
		server.Close()
		return nil, err
	}
	return &backbone{Client: client, close: func() { client.Close(); server.Close() }}, nil
}

// furnish makes the mug with stock, what fees are booked on, a tax, a pricelist, and the places where returned goods go.
func furnish(server *odootest.Server) error {
	var failures []error
	note := func(_ int64, err error) { failures = append(failures, err) }
	note(server.SeedProduct(odootest.Product{SKU: "RT-MUG", Name: "Mug", Stock: "10"}))
	note(server.SeedProduct(odootest.Product{SKU: "RT-FEE", Name: "Fee", Service: true}))
	note(server.SeedTax(odootest.Tax{Name: "Returns 25%", Amount: "25"}))
	note(server.SeedPricelist("Returns EUR", "EUR"))
	for _, name := range []string{"Inspection", "Quarantine"} { // outside of the warehouse, so that what is there is not sold
		note(server.Seed("stock.location", map[string]any{"name": name, "usage": "internal"}))
	}
	return errors.Join(failures...)
}

func (b *backbone) rules() (*mapping.Rules, error) {
	return mapping.Load(bytes.NewReader(rulesYAML), "rules.yaml")
}

// openMove is what a delivery still has to take.
type openMove struct {
	ID      int64         `odoo:"id"`
	Picking odoo.Many2One `odoo:"picking_id"`
}

// OdooModel names the model.
func (openMove) OdooModel() string { return "stock.move" }

// sell brings the shop's order to Odoo, delivers it as a person in the warehouse does, and invoices it.
func (b *backbone) sell(ctx context.Context, connector *retailsync.Connector, shop *shop) error {
	var sold retailsync.OrderResult
	if _, err := connector.ImportOrder(ctx, shop, []string{shop.order.Key.ID}, retailsync.OnResult(func(r retailsync.OrderResult) { sold = r })); err != nil {
		return err
	}
	if sold.Err != nil {
		return sold.Err
	}
	b.order = sold.OdooID
	moves, err := odoo.Find[openMove](ctx, b.Client, odoo.Eq("picking_id.sale_id", b.order))
	if err != nil {
		return err
	}
	if len(moves) != 1 {
		return fmt.Errorf("order %s has %d deliveries", sold.OdooName, len(moves))
	}
	write := odoo.Call{Model: "stock.move", Method: "write", IDs: []int64{moves[0].ID}, Args: odoo.Args{"vals": map[string]any{"quantity": 3, "picked": true}}}
	if err := b.Do(ctx, write); err != nil {
		return err
	}
	if err := b.Do(ctx, odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{moves[0].Picking.ID}}); err != nil {
		return err
	}
	_, err = account.InvoiceOrder(ctx, b.Client, b.order, shop.order.Number)
	return err
}
