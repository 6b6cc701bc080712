// Package product reads Odoo's products (product.product): by SKU, barcode or id, what they cost on a pricelist and
// when that changes, and what changed since a moment.
package product

import (
	"context"
	"slices"

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

// Tagged returns those of the products that have one of the tags (product.tag), by name. Tags are Odoo's since 16; on
// an older one the error is of [odoo.CodeUnknownField]. It only reads.
func Tagged(ctx context.Context, client *odoo.Client, ids []int64, tags []string) ([]int64, error) {
	if len(ids) == 0 || len(tags) == 0 {
		return nil, nil
	}
	if err := canTag(client); err != nil {
		return nil, err
	}
	return odoo.Invoke[[]int64](ctx, client, odoo.Call{Model: "product.product", Method: "search", Args: odoo.Args{
		"domain": odoo.And(odoo.In("id", ids), odoo.In("all_product_tag_ids.name", tags)),
	}})
}

func canTag(client *odoo.Client) error {
	if client.Version().AtLeast(16) {
		return nil
	}
	return &odoo.Error{
		Code: odoo.CodeUnknownField, Model: "product.product", Field: "all_product_tag_ids", Message: "products have tags since Odoo 16",
		Hint: "name the products by SKU",
	}
}

// taggedRow is a product.product with the tags of its own and those of its template.
type taggedRow struct {
	ID   int64   `odoo:"id"`
	Tags []int64 `odoo:"all_product_tag_ids"`
}

func (taggedRow) OdooModel() string { return "product.product" }

type tagRow struct {
	ID   int64  `odoo:"id"`
	Name string `odoo:"name"`
}

func (tagRow) OdooModel() string { return "product.tag" }

// Tags returns the names of the tags of products by the products' ids, those without any left out. On an Odoo before 16 the error is
// that of [Tagged]. It only reads.
func Tags(ctx context.Context, client *odoo.Client, ids []int64) (map[int64][]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := canTag(client); err != nil {
		return nil, err
	}
	rows, err := odoo.Find[taggedRow](ctx, client, odoo.In("id", ids))
	if err != nil {
		return nil, err
	}
	var used []int64
	for _, row := range rows {
		used = append(used, row.Tags...)
	}
	slices.Sort(used)
	if used = slices.Compact(used); len(used) == 0 {
		return nil, nil
	}
	tags, err := odoo.Find[tagRow](ctx, client, odoo.In("id", used))
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, tag := range tags {
		names[tag.ID] = tag.Name
	}
	all := map[int64][]string{}
	for _, row := range rows {
		for _, id := range row.Tags {
			all[row.ID] = append(all[row.ID], names[id])
		}
	}
	return all, nil
}
