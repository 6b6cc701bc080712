// Package product finds Odoo's products (product.product) by SKU, barcode or id.
package product

import (
	"context"

	"github.com/retailsync/retailsync/odoo"
)

// Product is what the flow reads of a product variant.
type Product struct {
	ID      int64         `odoo:"id"`
	SKU     string        `odoo:"default_code"`
	Barcode string        `odoo:"barcode"`
	Name    string        `odoo:"name"`
	UoM     odoo.Many2One `odoo:"uom_id"`
}

// OdooModel names the model.
func (Product) OdooModel() string { return "product.product" }

// Find returns the active products that have one of the SKUs (default_code), barcodes or ids and are sold
// by the company (0: by any), ordered by id. Odoo keeps barcodes unique but not SKUs: more than one product of a
// SKU is for the caller to refuse. It only reads.
func Find(ctx context.Context, client *odoo.Client, company int64, skus, barcodes []string, ids []int64) ([]Product, error) {
	var any []odoo.Domain
	if len(skus) > 0 {
		any = append(any, odoo.In("default_code", skus))
	}
	if len(barcodes) > 0 {
		any = append(any, odoo.In("barcode", barcodes))
	}
	if len(ids) > 0 {
		any = append(any, odoo.In("id", ids))
	}
	if len(any) == 0 {
		return nil, nil
	}
	domain := odoo.Or(any...)
	if company != 0 {
		domain = odoo.And(domain, odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", company)))
	}
	return odoo.Find[Product](ctx, client, domain)
}
