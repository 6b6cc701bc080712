package stock

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Measure is a unit of measure with its size (uom.uom).
type Measure struct {
	ID int64
	// Name is in the language of the client's context.
	Name string
	// ExternalID is the oldest that it has, such as uom.product_uom_dozen; zero if it has none.
	ExternalID odoo.ExternalID
	Active     bool
	// Kind is the same for units that measure the same thing, and can be turned into each other: until Odoo 18 the category, from 19
	// on the unit that all of them come from.
	Kind int64
	// More ÷ Less is how many reference units it is: a dozen is 12 ÷ 1. Both are positive.
	More, Less decimal.Decimal
}

type measureRow struct {
	unitSizeRow
	Name     string        `odoo:"name"`
	Active   bool          `odoo:"active"`
	Category odoo.Many2One `odoo:"category_id,optional"`
	Relative odoo.Many2One `odoo:"relative_uom_id,optional"`
}

// Measures reads all units of measure, archived ones as well, in two calls. Units without a size are left out. It only
// reads, and needs no more rights than an employee has; the app Inventory need not be installed.
func Measures(ctx context.Context, client *odoo.Client) ([]Measure, error) {
	rows, err := odoo.Find[measureRow](ctx, client, odoo.And(), odoo.Archived())
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, above := make([]int64, len(rows)), make(map[int64]int64, len(rows))
	for i, row := range rows {
		ids[i], above[row.ID] = row.ID, row.Relative.ID
	}
	names, err := client.Lookup(ctx, "uom.uom", ids)
	if err != nil {
		return nil, err
	}
	measures := make([]Measure, 0, len(rows))
	for _, row := range rows {
		size, ok := row.size(client.Version())
		if !ok {
			continue
		}
		m := Measure{ID: row.ID, Name: row.Name, ExternalID: names[row.ID], Active: row.Active, Kind: row.Category.ID, More: size.more, Less: size.less}
		if client.Version().AtLeast(absoluteFactors) {
			if m.Kind, err = root(row.ID, above); err != nil {
				return nil, err
			}
		}
		measures = append(measures, m)
	}
	return measures, nil
}

// root is the unit that a unit comes from.
func root(id int64, above map[int64]int64) (int64, error) {
	for range len(above) {
		next := above[id]
		if next == 0 {
			return id, nil
		}
		id = next
	}
	return 0, &odoo.Error{
		Code: odoo.CodeDecode, Model: "uom.uom", IDs: []int64{id}, Field: "relative_uom_id", Message: fmt.Sprintf("the unit of measure %d comes from itself", id),
	}
}
