package stock

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Sold returns how much of each product was delivered to customers since a time, in its own unit of measure; products
// of which nothing was delivered are left out. What came back is not taken off. It only reads.
func (r *Reader) Sold(ctx context.Context, products []int64, since time.Time) (map[int64]decimal.Decimal, error) {
	sold := map[int64]decimal.Decimal{}
	if len(products) == 0 {
		return sold, nil
	}
	domain := odoo.And(
		odoo.In("product_id", products), odoo.Eq("state", "done"), odoo.Eq("location_dest_id.usage", "customer"),
		odoo.Ge("date", since),
	)
	moves, err := allRows[soldRow](ctx, r.client, "stock.move", domain, []string{"product_id", "product_qty"})
	if err != nil {
		return nil, err
	}
	for _, move := range moves {
		sum, err := sold[move.Product.ID].Add(move.Quantity.Decimal)
		if err != nil {
			return nil, unfit(err)
		}
		sold[move.Product.ID] = sum
	}
	return sold, nil
}

// soldRow is a move that is done. product_qty is in the product's unit, whatever unit the order was in.
type soldRow struct {
	ID       int64         `json:"id"`
	Product  odoo.Many2One `json:"product_id"`
	Quantity quantity      `json:"product_qty"`
}

func (s soldRow) rowID() int64 { return s.ID }
