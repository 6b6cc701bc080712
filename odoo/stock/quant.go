package stock

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// quantRow is a stock.quant: how much of a product lies in one location, per lot, package and owner.
type quantRow struct {
	ID       int64         `json:"id"`
	Product  odoo.Many2One `json:"product_id"`
	Location odoo.Many2One `json:"location_id"`
	Quantity quantity      `json:"quantity"`
	Reserved quantity      `json:"reserved_quantity"`
}

func (q quantRow) rowID() int64 { return q.ID }

// readQuants reads the quants of products in the places of the query.
func (s *survey) readQuants(ctx context.Context, ids []int64) ([]quantRow, error) {
	roots := make([]int64, len(s.places))
	for i, p := range s.places {
		roots[i] = p.root
	}
	fields := []string{"product_id", "quantity", "reserved_quantity"}
	if len(s.places) > 1 {
		fields = append(fields, "location_id")
	}
	return allRows[quantRow](ctx, s.client, "stock.quant", odoo.And(odoo.In("product_id", ids), odoo.Where("location_id", "child_of", roots)), fields)
}

// addQuants sums the quants of the products. Odoo's free_qty is this very sum, without the moves that it reads for the
// forecast beside it.
func (s *survey) addQuants(ctx context.Context, quants []quantRow, at map[int64]int, stock []Availability) error {
	s.mu.Lock()
	paths := s.paths
	s.mu.Unlock()
	var c exact.Calc
	var err error
	for _, quant := range quants {
		i, ok := at[quant.Product.ID]
		if !ok || stock[i].Kit {
			continue
		}
		path := paths[quant.Location.ID]
		if path == "" && len(s.places) > 1 { // a location made since the paths were read
			if paths, err = s.loadPaths(ctx); err != nil {
				return err
			}
			path = paths[quant.Location.ID]
		}
		for k, place := range s.places {
			if len(s.places) == 1 || place.holds(path) {
				there := &stock[i].Stock[k]
				there.OnHand = c.Add(there.OnHand, quant.Quantity.Decimal)
				there.Free = c.Add(there.Free, c.Sub(quant.Quantity.Decimal, quant.Reserved.Decimal))
			}
		}
	}
	if c.Err() != nil {
		return unfit(c.Err())
	}
	for i := range stock {
		for k := range stock[i].Stock {
			there := &stock[i].Stock[k]
			for _, q := range []*decimal.Decimal{&there.OnHand, &there.Free} {
				if *q, err = stock[i].Unit.round(*q); err != nil {
					return unfit(err)
				}
			}
		}
	}
	return nil
}

func unfit(err error) error {
	return &odoo.Error{
		Code: odoo.CodeDecode, Model: "stock.quant", Method: "search_read", Field: "quantity", Message: "a quantity is too large: " + err.Error(),
		Hint: "19 digits are held; look for a quantity that cannot be right",
	}
}

// askedRow is what Odoo itself computes for a product in one place.
type askedRow struct {
	ID       int64    `json:"id"`
	Free     quantity `json:"free_qty"`
	OnHand   quantity `json:"qty_available"`
	Incoming quantity `json:"incoming_qty"`
	Outgoing quantity `json:"outgoing_qty"`
}

// ask has Odoo compute two quantities of the products, place by place.
func (s *survey) ask(ctx context.Context, ids []int64, at map[int64]int, stock []Availability, fields ...string) error {
	for k, place := range s.places {
		answers, err := odoo.Invoke[[]askedRow](ctx, s.client, odoo.Call{
			Model: "product.product", Method: "read", IDs: ids, Context: place.context(), Args: odoo.Args{"fields": fields, "load": nil},
		})
		if err != nil {
			return err
		}
		for _, a := range answers {
			i, ok := at[a.ID]
			if !ok {
				continue
			}
			there := &stock[i].Stock[k]
			into := map[*decimal.Decimal]quantity{&there.Free: a.Free, &there.OnHand: a.OnHand}
			if fields[0] != "free_qty" {
				into = map[*decimal.Decimal]quantity{&there.Incoming: a.Incoming, &there.Outgoing: a.Outgoing}
			}
			for to, asked := range into {
				// Odoo 14 answers with the tails of its floating-point sums.
				if *to, err = stock[i].Unit.round(asked.Decimal); err != nil {
					return unfit(err)
				}
			}
		}
	}
	return nil
}
