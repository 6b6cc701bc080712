package main

import (
	"context"
	"errors"

	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/odoo/stock"
)

// article is a product that is sold, with what the warehouse has of it.
type article struct{ sku, name, stock string }

// articles are in the order in which they are shown.
var articles = []article{
	{"OB-TEE", "Organic T-shirt", "10"},
	{"OB-MUG", "Mug", "7"},
	{"OB-CAP", "Cap", "5"},
	{"OB-POSTER", "Poster", "20"},
}

// backbone is the Odoo inside this process.
type backbone struct {
	*odoo.Client
	// products are the ids of the articles, by SKU.
	products map[string]int64
	// dhl and postnord are carriers.
	dhl, postnord int64
	close         func()
}

// openOdoo starts the Odoo and makes what a retailer has there. Against a real one only the address and the key differ.
func openOdoo(ctx context.Context) (*backbone, error) {
	server := odootest.New()
	b := &backbone{products: map[string]int64{}}
	if err := b.furnish(server); err != nil {
		server.Close()
		return nil, err
	}
	client, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()), odoo.WithDatabase(server.DB()))
	if err != nil {
		server.Close()
		return nil, err
	}
	b.Client, b.close = client, func() { client.Close(); server.Close() }
	return b, nil
}

// furnish makes products with stock, a tax, a pricelist and carriers.
func (b *backbone) furnish(server *odootest.Server) error {
	var failures []error
	made := func(id int64, err error) int64 {
		failures = append(failures, err)
		return id
	}
	for _, a := range articles {
		b.products[a.sku] = made(server.SeedProduct(odootest.Product{SKU: a.sku, Name: a.name, Stock: a.stock}))
	}
	shipping := made(server.SeedProduct(odootest.Product{SKU: "OB-SHIPPING", Name: "Shipping", Service: true}))
	made(server.SeedTax(odootest.Tax{Name: "Outbound 25%", Amount: "25"}))
	made(server.SeedPricelist("Outbound EUR", "EUR"))
	b.dhl = made(server.Seed("delivery.carrier", map[string]any{"name": "DHL Paket", "product_id": shipping}))
	b.postnord = made(server.Seed("delivery.carrier", map[string]any{"name": "PostNord MyPack", "product_id": shipping}))
	return errors.Join(failures...)
}

// free returns what Odoo has on hand and not reserved, by SKU.
func (b *backbone) free(ctx context.Context) (map[string]string, error) {
	free := map[string]string{}
	for there, err := range stock.NewReader(b.Client).Availability(ctx, stock.Query{}) {
		if err != nil {
			return nil, err
		}
		free[there.SKU] = there.Stock[0].Free.Trim(0).String() // there is one warehouse
	}
	return free, nil
}
