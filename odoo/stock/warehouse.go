package stock

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/retailsync/retailsync/odoo"
)

// Warehouse is a warehouse (stock.warehouse).
type Warehouse struct {
	ID   int64  `odoo:"id"`
	Name string `odoo:"name"`
	// Code is the short name, such as WH. Two companies may use the same.
	Code    string        `odoo:"code"`
	Company odoo.Many2One `odoo:"company_id"`
	// View holds all locations of the warehouse; Stock is where goods are put by default.
	View   odoo.Many2One `odoo:"view_location_id"`
	Stock  odoo.Many2One `odoo:"lot_stock_id"`
	Active bool          `odoo:"active"`
}

// OdooModel names the model.
func (Warehouse) OdooModel() string { return "stock.warehouse" }

// Location is a place where goods can be (stock.location).
type Location struct {
	ID   int64  `odoo:"id"`
	Name string `odoo:"name"`
	// FullName is the path of names, such as WH/Stock/Shelf 1.
	FullName string `odoo:"complete_name"`
	Barcode  string `odoo:"barcode"`
	// Usage is internal for places of one's own; customer, supplier, inventory, view, transit and others besides.
	Usage   string        `odoo:"usage"`
	Company odoo.Many2One `odoo:"company_id"`
	// Path is the ids from the top down to this location, such as 1/7/8/.
	Path string `odoo:"parent_path"`
}

// OdooModel names the model.
func (Location) OdooModel() string { return "stock.location" }

// Warehouses reads the active warehouses that the user may see, by id. Where the app Inventory is not installed the
// error is of [odoo.CodeUnknownModel].
func (r *Reader) Warehouses(ctx context.Context) ([]Warehouse, error) {
	all, err := r.loadWarehouses(ctx)
	if err != nil {
		return nil, err
	}
	active := slices.DeleteFunc(slices.Collect(maps.Values(all)), func(w Warehouse) bool { return !w.Active })
	slices.SortFunc(active, func(a, b Warehouse) int { return cmp.Compare(a.ID, b.ID) })
	return active, nil
}

// Warehouse finds the active warehouse of a company (0: of any) by its code or else its name. None or more than one
// is an error of [odoo.CodeMissingRecord] or [odoo.CodeValidation].
func (r *Reader) Warehouse(ctx context.Context, company int64, codeOrName string) (Warehouse, error) {
	all, err := r.Warehouses(ctx)
	if err != nil {
		return Warehouse{}, err
	}
	for _, key := range []func(Warehouse) string{
		func(w Warehouse) string { return w.Code }, func(w Warehouse) string { return w.Name },
	} {
		var found []Warehouse
		for _, w := range all {
			if codeOrName != "" && key(w) == codeOrName && (company == 0 || w.Company.ID == company) {
				found = append(found, w)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return Warehouse{}, severalFit("stock.warehouse", codeOrName, len(found))
		}
	}
	return Warehouse{}, noneFits("stock.warehouse", codeOrName)
}

// Location finds the active location of a company (0: of any) by its full name (WH/Stock/Shelf 1), its barcode or else
// its name. None or more than one is an error of [odoo.CodeMissingRecord] or [odoo.CodeValidation].
func (r *Reader) Location(ctx context.Context, company int64, name string) (Location, error) {
	if name == "" {
		return Location{}, noneFits("stock.location", name)
	}
	for _, field := range []string{"complete_name", "barcode", "name"} {
		domain := odoo.Eq(field, name)
		if company != 0 {
			domain = odoo.And(domain, odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", company)))
		}
		found, err := odoo.Find[Location](ctx, r.client, domain, odoo.Limit(2))
		switch {
		case err != nil:
			return Location{}, err
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return Location{}, severalFit("stock.location", name, len(found))
		}
	}
	return Location{}, noneFits("stock.location", name)
}

func noneFits(model, name string) error {
	return &odoo.Error{
		Code: odoo.CodeMissingRecord, Model: model, Field: "name", Message: fmt.Sprintf("none is called %q", name),
		Hint: "use a code or name as it stands in Odoo, and see that the user may see it and that it is not archived",
	}
}

func severalFit(model, name string, n int) error {
	return &odoo.Error{
		Code: odoo.CodeValidation, Model: model, Field: "name", Message: fmt.Sprintf("%d or more are called %q", n, name),
		Hint: "name the company as well, or give them names of their own in Odoo",
	}
}

func (r *Reader) loadWarehouses(ctx context.Context) (map[int64]Warehouse, error) {
	read, err := odoo.Find[Warehouse](ctx, r.client, odoo.And(), odoo.Archived())
	if err != nil {
		return nil, err
	}
	all := make(map[int64]Warehouse, len(read))
	for _, w := range read {
		all[w.ID] = w
	}
	r.mu.Lock()
	r.warehouses = all
	r.mu.Unlock()
	return all, nil
}
