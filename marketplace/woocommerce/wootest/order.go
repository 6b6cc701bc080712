package wootest

import "fmt"

// SampleOrder returns the JSON of a paid order: so many units of one article at 19.99 net with
// a discount of 5.00, shipping of 4.95, and 7.5 % tax rounded per line, placed and changed at
// the time (UTC, "2026-03-01T12:00:00").
func SampleOrder(id, units int, sku, changed string) string {
	subtotal := 1999 * units
	total := subtotal - 500
	tax, shippingTax := (total*75+500)/1000, 37
	whole := total + 495 + tax + shippingTax
	return fmt.Sprintf(`{"id":%[1]d,"number":"%[1]d","status":"processing","currency":"EUR",
"date_created_gmt":"%[4]s","date_modified_gmt":"%[4]s","date_paid_gmt":"%[4]s","date_completed_gmt":null,
"discount_total":"5.00","shipping_total":"4.95","total":"%[8]s","total_tax":"%[9]s","prices_include_tax":false,
"customer_id":%[1]d,"customer_note":"","payment_method":"card","payment_method_title":"Card","transaction_id":"txn_%[1]d","created_via":"checkout",
"billing":{"first_name":"Ada","last_name":"Byron","company":"","address_1":"Storgatan %[1]d","address_2":"","city":"Stockholm","state":"","postcode":"11122","country":"SE","email":"ada.%[1]d@example.com","phone":"+46700000000"},
"shipping":{"first_name":"","last_name":"","address_1":"","city":"","postcode":"","country":""},
"line_items":[{"id":%[1]d1,"name":"T-shirt","product_id":93,"variation_id":0,"quantity":%[2]d,"sku":"%[3]s","price":19.99,
 "subtotal":"%[5]s","subtotal_tax":"0.00","total":"%[6]s","total_tax":"%[7]s","taxes":[{"id":75,"total":"%[7]s","subtotal":""}],"meta_data":[]}],
"shipping_lines":[{"id":%[1]d2,"method_title":"Flat rate","method_id":"flat_rate","total":"4.95","total_tax":"0.37","taxes":[{"id":75,"total":"0.37"}],"meta_data":[]}],
"tax_lines":[{"id":%[1]d3,"rate_code":"TAX-7.5","rate_id":75,"label":"Tax","compound":false,"tax_total":"%[7]s","shipping_tax_total":"0.37","rate_percent":7.5}],
"coupon_lines":[{"id":%[1]d4,"code":"five","discount":"5.00","discount_tax":"0.00"}],
"fee_lines":[],"refunds":[],"meta_data":[]}`,
		id, units, sku, changed, cents(subtotal), cents(total), cents(tax), cents(whole), cents(tax+shippingTax))
}

func cents(amount int) string { return fmt.Sprintf("%d.%02d", amount/100, amount%100) }

// Line is a line of an order that [LinesOrder] makes.
type Line struct {
	SKU   string
	Units int
	// ProductID and VariationID are those of the catalog; 0 for an article that has been deleted.
	ProductID, VariationID int
}

// LinesOrder returns the JSON of a paid order of several lines, each of 10.00 a unit without tax, placed and changed at the time
// (UTC, "2026-03-01T12:00:00"). The id of a line is the order's id followed by two digits, from 01.
func LinesOrder(id int, changed string, lines ...Line) string {
	items, total := "", 0
	for k, line := range lines {
		if k > 0 {
			items += ","
		}
		amount := cents(1000 * line.Units)
		total += 1000 * line.Units
		items += fmt.Sprintf(`{"id":%d%02d,"name":"Article","product_id":%d,"variation_id":%d,"quantity":%d,"sku":%q,"price":10,
 "subtotal":%[7]q,"subtotal_tax":"0.00","total":%[7]q,"total_tax":"0.00","taxes":[],"meta_data":[]}`, id, k+1, line.ProductID, line.VariationID, line.Units, line.SKU, amount)
	}
	return fmt.Sprintf(`{"id":%[1]d,"number":"%[1]d","status":"processing","currency":"EUR",
"date_created_gmt":"%[2]s","date_modified_gmt":"%[2]s","date_paid_gmt":"%[2]s","date_completed_gmt":null,
"discount_total":"0.00","shipping_total":"0.00","total":"%[3]s","total_tax":"0.00","prices_include_tax":false,
"customer_id":%[1]d,"customer_note":"","payment_method":"card","payment_method_title":"Card","transaction_id":"txn_%[1]d","created_via":"checkout",
"billing":{"first_name":"Ada","last_name":"Byron","company":"","address_1":"Storgatan %[1]d","address_2":"","city":"Stockholm","state":"","postcode":"11122","country":"SE","email":"ada.%[1]d@example.com","phone":"+46700000000"},
"shipping":{"first_name":"","last_name":"","address_1":"","city":"","postcode":"","country":""},
"line_items":[%[4]s],"shipping_lines":[],"tax_lines":[],"coupon_lines":[],"fee_lines":[],"refunds":[],"meta_data":[]}`,
		id, changed, cents(total), items)
}
