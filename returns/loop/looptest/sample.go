package looptest

import "strconv"

// Sample is an open return of two units, the first refunded, the second exchanged for another article. Its lines have the ids
// id*10+1 and id*10+2.
func Sample(id int) Object {
	return Object{
		"id": strconv.Itoa(id), "state": "open", "outcome": "exchange", "order_id": "301", "order_name": "#1001",
		"provider_order_id": "5012345678", "customer": "ada.lovelace@example.com", "currency": "USD",
		"customer_detail": Object{"first_name": "Ada", "last_name": "Lovelace"},
		"address":         Object{"name": "Ada Lovelace", "address1": "12 St James's Square"},
		"return_total":    "164.58", "exchange_total": "53.00", "gift_card": "0.00", "handling_fee": "5.00", "refund": "77.29", "upsell": "0.00",
		"line_items": []any{
			Object{"line_item_id": id*10 + 1, "provider_line_item_id": "1100000000", "variant_id": "234982", "sku": "SHIRT-S", "title": "Shirt S",
				"price": "78.00", "discount": "0.00", "tax": "4.29", "refund": "82.29", "exchange_variant": "", "return_reason": "Too small", "outcome": "default"},
			Object{"line_item_id": id*10 + 2, "provider_line_item_id": "1100000001", "variant_id": "234983", "sku": "SHIRT-M", "title": "Shirt M",
				"price": "50.00", "discount": "0.00", "tax": "3.00", "refund": "0.00", "exchange_variant": "998877", "return_reason": "Other colour", "outcome": "exchange"},
		},
		"exchanges": []any{
			Object{"exchange_id": "77", "exchange_order_id": "5012345999", "sku": "SHIRT-M-BLUE", "title": "Shirt M blue", "price": "50.00", "discount": "0.00", "tax": "3.00", "total": "53.00"},
		},
		"labels": []any{Object{"status": "in_transit", "carrier": "USPS", "tracking_number": "9400100000000000000001", "url": "https://labels.example.com/1"}},
	}
}
