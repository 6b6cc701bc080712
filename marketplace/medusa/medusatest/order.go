package medusatest

import "fmt"

// SampleOrder returns the JSON of a captured order: so many units of one article at 19.99 EUR net and one
// of TS-S at 20.00, 25 % tax, shipping of 5.00, placed and updated at the time (UTC,
// "2026-03-01T12:00:00.000Z"). As in a real Medusa, its total is not rounded.
func SampleOrder(id string, display, units int, sku, changed string) string {
	// In ten-thousandths, so that 25 % of 0.01 is exact.
	net := 199900*units + 200000 + 50000
	total := net + net/4
	return fmt.Sprintf(`{"id":%[1]q,"display_id":%[2]d,"status":"pending","version":1,"metadata":{"channel":"web"},
"created_at":%[5]q,"updated_at":%[5]q,"email":"ada.%[2]d@example.com","currency_code":"eur","customer_id":"cus_%[2]d",
"total":%[6]s,"credit_line_total":0,"payment_status":"captured","fulfillment_status":"not_fulfilled",
"items":[%[7]s,%[8]s],
"shipping_methods":[{"id":"%[1]s_sm","name":"Standard","shipping_option_id":"so_standard","is_tax_inclusive":false,"amount":5,"raw_amount":{"value":"5","precision":20},"created_at":%[5]q,"tax_lines":[{"code":"SE25","rate":25}],"adjustments":[],"detail":{"return_id":null}}],
"billing_address":{"first_name":"Ada","last_name":"Byron","address_1":"Storgatan %[2]d","city":"Stockholm","country_code":"se","postal_code":"11122","phone":"+46700000000"},
"shipping_address":null,"credit_lines":[],"fulfillments":[],
"payment_collections":[{"id":"%[1]s_pc","status":"completed","updated_at":%[5]q,"payments":[{"id":"%[1]s_pay","provider_id":"pp_system_default","created_at":%[5]q,"amount":%[6]s,"captures":[{"id":"%[1]s_cap","created_at":%[5]q,"amount":%[6]s}],"refunds":[]}]}]}`,
		id, display, units, sku, changed, tenThousandths(total),
		item(id+"_i1", sku, "19.99", units, changed), item(id+"_i2", "TS-S", "20", 1, changed))
}

func item(id, sku, price string, units int, created string) string {
	return fmt.Sprintf(`{"id":%q,"title":"T-shirt","product_title":"T-shirt","variant_id":"variant_%[2]s","variant_sku":%[2]q,"is_tax_inclusive":false,"unit_price":%[3]s,"raw_unit_price":{"value":%[3]q,"precision":20},"quantity":%[4]d,"created_at":%[5]q,"tax_lines":[{"code":"SE25","rate":25,"raw_rate":{"value":"25","precision":20}}],"adjustments":[],"detail":{"quantity":%[4]d,"fulfilled_quantity":0,"shipped_quantity":0},"return_received_total":0,"return_dismissed_total":0}`,
		id, sku, price, units, created)
}

func tenThousandths(amount int) string {
	return fmt.Sprintf("%d.%04d", amount/10000, amount%10000)
}
