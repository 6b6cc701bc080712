package wootest

import (
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// Refunded is a part of a refund: units of a line of the order, or money alone.
type Refunded struct {
	// LineID is the line of the order; Shipping and Fee say that it is none of goods.
	LineID        int
	Shipping, Fee bool
	Units         int
	// Total and Tax are positive decimals, as in "19.99".
	Total, Tax string
	// Restock puts the units back to stock, which the order's line remembers.
	Restock bool
}

// Refund refunds an amount of an order at the shop's present time, as a person does in the shop, and returns the refund's id. The
// order changes.
func (s *Server) Refund(orderID, amount, reason string, parts ...Refunded) int {
	id := s.freshID()
	lists := map[string][]string{}
	for i, part := range parts {
		list := "line_items"
		switch {
		case part.Shipping:
			list = "shipping_lines"
		case part.Fee:
			list = "fee_lines"
		}
		lists[list] = append(lists[list], fmt.Sprintf(`{"id":%d,"quantity":%d,"total":"-%s","total_tax":"-%s","meta_data":[{"id":1,"key":"_refunded_item_id","value":"%d"}]}`,
			10*id+i, -part.Units, part.Total, part.Tax, part.LineID))
		if part.Restock {
			s.rememberRestock(orderID, part)
		}
	}
	s.PutRefund(orderID, fmt.Sprintf(`{"id":%d,"date_created_gmt":%q,"amount":%q,"reason":%q,"line_items":[%s],"shipping_lines":[%s],"fee_lines":[%s]}`,
		id, s.shop.Now().Format(naive), amount, reason,
		strings.Join(lists["line_items"], ","), strings.Join(lists["shipping_lines"], ","), strings.Join(lists["fee_lines"], ",")))
	return id
}

// rememberRestock counts the units in the line's meta data.
func (s *Server) rememberRestock(orderID string, part Refunded) {
	s.Change(orderID, func(order map[string]any) {
		items, _ := order["line_items"].([]any)
		for _, one := range items {
			item, ok := one.(map[string]any)
			if !ok || fakeshop.Text(item, "id") != fmt.Sprint(part.LineID) {
				continue
			}
			count, rest := part.Units, []any{}
			entries, _ := item["meta_data"].([]any)
			for _, entry := range entries {
				object, ok := entry.(map[string]any)
				if ok && object["key"] == "_restock_refunded_items" {
					count += number(fmt.Sprint(object["value"]))
					continue
				}
				rest = append(rest, entry)
			}
			item["meta_data"] = append(rest, map[string]any{"id": 77, "key": "_restock_refunded_items", "value": fmt.Sprint(count)})
		}
	})
}
