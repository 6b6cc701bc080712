package shopify_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// object is a JSON object. The tests write orders as GraphQL has them and turn them into what REST has, so that both
// decoders are held to one table.
type object = map[string]any

type list = []any

// money is an amount of an order in one currency; a second one is the shopper's.
func money(amount string, presentment ...string) object {
	other := amount
	if len(presentment) > 0 {
		other = presentment[0]
	}
	return object{"shopMoney": object{"amount": amount}, "presentmentMoney": object{"amount": other}}
}

func gid(kind string, id any) string { return fmt.Sprintf("gid://shopify/%s/%v", kind, id) }

// line is a line item; price and everything else may be replaced.
func line(id any, units int, price object, more object) object {
	result := object{
		"id": gid("LineItem", id), "name": "T-shirt", "sku": "TS-M", "quantity": units, "currentQuantity": units,
		"unfulfilledQuantity": units, "isGiftCard": false, "requiresShipping": true, "originalUnitPriceSet": price,
		"variant": object{"id": gid("ProductVariant", 930)}, "product": object{"id": gid("Product", 93)},
	}
	for key, value := range more {
		result[key] = value
	}
	return result
}

func tax(rate string, amount object) object {
	return object{"title": "VAT", "rate": json.Number(rate), "channelLiable": false, "priceSet": amount}
}

func share(index int, amount object, application object) object {
	from := object{"index": index, "__typename": "AutomaticDiscountApplication"}
	for key, value := range application {
		from[key] = value
	}
	if from["code"] != nil {
		from["__typename"] = "DiscountCodeApplication"
	}
	return object{"allocatedAmountSet": amount, "discountApplication": from}
}

func shipping(id any, price object, more object) object {
	result := object{"id": gid("ShippingLine", id), "title": "Standard", "code": "std", "originalPriceSet": price}
	for key, value := range more {
		result[key] = value
	}
	return result
}

func nodes(items ...any) object { return object{"nodes": items} }

func parcel(id int, status string, lines ...any) object {
	return object{
		"id": gid("Fulfillment", id), "status": status, "createdAt": "2026-03-02T08:00:00Z",
		"trackingInfo":         list{object{"company": "DHL", "number": fmt.Sprint("T", id), "url": "https://dhl.example.com/" + fmt.Sprint(id)}},
		"fulfillmentLineItems": nodes(lines...),
	}
}

func sent(itemID, units int) object {
	return object{"quantity": units, "lineItem": object{"id": gid("LineItem", itemID)}}
}

func refund(id int, total object, more object, lines ...any) object {
	result := object{
		"id": gid("Refund", id), "createdAt": "2026-03-03T09:00:00Z", "note": "too small",
		"totalRefundedSet": total, "refundLineItems": nodes(lines...),
	}
	for key, value := range more {
		result[key] = value
	}
	return result
}

func back(itemID, units int, restock string, subtotal, tax object) object {
	return object{
		"quantity": units, "restockType": restock, "subtotalSet": subtotal, "totalTaxSet": tax,
		"lineItem": object{"id": gid("LineItem", itemID)},
	}
}

func transaction(id int, kind, status, gateway string, amount object) object {
	return object{
		"id": gid("OrderTransaction", id), "kind": kind, "status": status, "gateway": gateway,
		"processedAt": "2026-03-01T12:00:05Z", "amountSet": amount,
	}
}

// node is an order that was paid, with its fields replaced.
func node(fields object) object {
	result := object{
		"id": gid("Order", 450789469), "name": "#1001", "createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z",
		"displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED",
		"currencyCode": "EUR", "presentmentCurrencyCode": "EUR", "taxesIncluded": false,
		"totalTaxSet": money("0.00"),
	}
	for key, value := range fields {
		result[key] = value
	}
	if result["currentTotalPriceSet"] == nil {
		result["currentTotalPriceSet"], result["currentTotalTaxSet"] = result["totalPriceSet"], result["totalTaxSet"]
	}
	if total, ok := result["totalPriceSet"].(object); ok && result["transactions"] == nil && result["displayFinancialStatus"] == "PAID" {
		result["transactions"] = list{transaction(1, "SALE", "SUCCESS", "shopify_payments", total)}
	}
	return result
}

func encode(t testing.TB, value any) json.RawMessage {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// restNames are the names that differ by more than their case.
var restNames = map[string]string{
	"displayFinancialStatus": "financial_status", "currencyCode": "currency", "presentmentCurrencyCode": "presentment_currency",
	"originalUnitPriceSet": "price_set", "originalPriceSet": "price_set", "allocatedAmountSet": "amount_set",
	"unfulfilledQuantity": "fulfillable_quantity", "isGiftCard": "gift_card", "displayStatus": "shipment_status",
	"provinceCode": "province_code", "countryCodeV2": "country_code", "customAttributes": "properties",
}

// toREST turns a GraphQL node into the payload of a webhook: names in snake case, words in lower case, numbers as ids,
// lists instead of connections, and what REST puts elsewhere put there.
func toREST(t testing.TB, node object) object {
	t.Helper()
	result, _ := restValue(node).(object)
	var applications list
	for _, name := range []string{"line_items", "shipping_lines"} {
		for _, entry := range items(result[name]) {
			flattenLine(entry, &applications)
		}
	}
	result["discount_applications"] = applications
	result["note_attributes"] = result["properties"]
	if tags, ok := result["tags"].(list); ok {
		var words []string
		for _, tag := range tags {
			words = append(words, fmt.Sprint(tag))
		}
		result["tags"] = strings.Join(words, ", ")
	}
	if rounding, ok := result["total_cash_rounding_adjustment"].(object); ok {
		result["total_cash_rounding_payment_adjustment_set"] = rounding["payment_set"]
	}
	if entity, ok := result["purchasing_entity"].(object); ok && entity["__typename"] == "PurchasingCompany" {
		result["company"] = object{"id": 1}
	}
	for _, fee := range items(result["additional_fees"]) {
		fee["price_set"], fee["price"] = fee["price"], nil
	}
	for _, parcel := range items(result["fulfillments"]) {
		for _, tracking := range items(parcel["tracking_info"]) {
			parcel["tracking_company"], parcel["tracking_number"], parcel["tracking_url"] = tracking["company"], tracking["number"], tracking["url"]
		}
		var lines list
		for _, entry := range items(parcel["fulfillment_line_items"]) {
			lines = append(lines, object{"id": entry["line_item"].(object)["id"], "quantity": entry["quantity"]})
		}
		parcel["line_items"] = lines
	}
	for _, entry := range items(result["transactions"]) {
		if parent, ok := entry["parent_transaction"].(object); ok {
			entry["parent_id"] = parent["id"]
		}
	}
	for i, refund := range items(result["refunds"]) {
		for _, entry := range items(refund["refund_line_items"]) {
			entry["line_item_id"] = entry["line_item"].(object)["id"]
		}
		for _, entry := range items(refund["duties"]) {
			entry["duty_id"] = entry["original_duty"].(object)["id"]
		}
		refund["transactions"] = refundTransactions(result, refund, i)
	}
	return result
}

// refundTransactions gives a refund the transactions that make up its total.
func refundTransactions(order, refund object, number int) list {
	total, ok := refund["total_refunded_set"].(object)
	if !ok {
		return nil
	}
	seen := 0
	for _, entry := range items(order["transactions"]) {
		if entry["kind"] == "refund" {
			if seen == number {
				return list{entry}
			}
			seen++
		}
	}
	if total["shop_money"].(object)["amount"] == "0.00" {
		return nil
	}
	return list{object{"id": 900 + number, "kind": "refund", "status": "success", "amount_set": total}}
}

func flattenLine(entry object, applications *list) {
	for name, inner := range map[string]string{"variant_id": "variant", "product_id": "product"} {
		if from, ok := entry[inner].(object); ok {
			entry[name] = from["id"]
		}
	}
	for _, share := range items(entry["discount_allocations"]) {
		from, _ := share["discount_application"].(object)
		index := from["index"].(int)
		for len(*applications) <= index {
			*applications = append(*applications, object{})
		}
		(*applications)[index] = from
		share["discount_application_index"] = index
	}
	for _, duty := range items(entry["duties"]) {
		duty["price_set"], duty["price"] = duty["price"], nil
	}
	var properties list
	for _, attribute := range items(entry["properties"]) {
		properties = append(properties, object{"name": attribute["key"], "value": attribute["value"]})
	}
	entry["properties"] = properties
}

// items returns the objects of a list or of a connection.
func items(value any) []object {
	if connection, ok := value.(object); ok {
		value = connection["nodes"]
	}
	entries, _ := value.(list)
	var found []object
	for _, entry := range entries {
		if one, ok := entry.(object); ok {
			found = append(found, one)
		}
	}
	return found
}

func restValue(value any) any {
	switch value := value.(type) {
	case object:
		result := object{}
		for key, inner := range value {
			result[restName(key)] = restWord(key, restValue(inner))
		}
		if inner, ok := result["nodes"]; ok && len(result) == 1 {
			return inner
		}
		return result
	case list:
		result := list{}
		for _, inner := range value {
			result = append(result, restValue(inner))
		}
		return result
	default:
		return value
	}
}

func restName(key string) string {
	if name, ok := restNames[key]; ok {
		return name
	}
	var name strings.Builder
	for _, r := range key {
		if r >= 'A' && r <= 'Z' {
			name.WriteByte('_')
			r += 'a' - 'A'
		}
		name.WriteRune(r)
	}
	return name.String()
}

// restWord writes enum values in lower case and global ids as numbers.
func restWord(key string, value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	switch key {
	case "displayFinancialStatus", "status", "displayStatus", "kind", "restockType", "cancelReason":
		return strings.ToLower(text)
	case "id":
		return json.Number(text[strings.LastIndexByte(text, '/')+1:])
	default:
		return value
	}
}
