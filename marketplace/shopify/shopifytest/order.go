package shopifytest

import "fmt"

// SampleOrder returns the JSON of a paid order as the GraphQL Admin API shows it: so many units of one article at 19.99
// net with the code FIVE for 5.00 off, shipping of 4.95, and 7.5 % tax rounded per line, placed and updated at the
// time (UTC, "2026-03-01T12:00:00Z").
func SampleOrder(id, units int, sku, changed string) string {
	subtotal := 1999 * units
	discounted := subtotal - 500
	tax, shippingTax := (discounted*75+500)/1000, 37
	total := discounted + 495 + tax + shippingTax
	return fmt.Sprintf(`{"id":"gid://shopify/Order/%[1]d","name":"#%[1]d","createdAt":%[2]q,"processedAt":%[2]q,"updatedAt":%[2]q,
"cancelledAt":null,"closedAt":null,"cancelReason":null,"displayFinancialStatus":"PAID","displayFulfillmentStatus":"UNFULFILLED",
"currencyCode":"EUR","presentmentCurrencyCode":"EUR","taxesIncluded":false,"dutiesIncluded":false,"test":false,
"email":"ada.%[1]d@example.com","phone":null,"customerLocale":"sv-SE","note":null,"poNumber":null,"sourceName":"web","tags":[],"customAttributes":[],
"customer":{"id":"gid://shopify/Customer/%[1]d3","firstName":"Ada","lastName":"Byron"},"purchasingEntity":null,
"billingAddress":{"firstName":"Ada","lastName":"Byron","name":"Ada Byron","company":null,"address1":"Storgatan %[1]d","address2":null,"city":"Stockholm","zip":"111 22","province":null,"provinceCode":null,"countryCodeV2":"SE","phone":"+46700000000"},
"shippingAddress":{"firstName":"Ada","lastName":"Byron","name":"Ada Byron","company":null,"address1":"Storgatan %[1]d","address2":null,"city":"Stockholm","zip":"111 22","province":null,"provinceCode":null,"countryCodeV2":"SE","phone":"+46700000000"},
"risk":{"recommendation":"ACCEPT","assessments":[{"riskLevel":"LOW"}]},
"lineItems":{"nodes":[{"id":"gid://shopify/LineItem/%[1]d1","name":"T-shirt - M","title":"T-shirt","sku":%[3]q,"quantity":%[4]d,"currentQuantity":%[4]d,"unfulfilledQuantity":%[4]d,"isGiftCard":false,"requiresShipping":true,
 "variant":{"id":"gid://shopify/ProductVariant/930","barcode":"4006381333931"},"product":{"id":"gid://shopify/Product/93"},"originalUnitPriceSet":%[5]s,
 "discountAllocations":[{"allocatedAmountSet":%[6]s,"discountApplication":{"__typename":"DiscountCodeApplication","index":0,"code":"FIVE"}}],
 "taxLines":[{"title":"Moms","rate":0.075,"channelLiable":false,"priceSet":%[7]s}],"duties":[],"customAttributes":[]}]},
"shippingLines":{"nodes":[{"id":"gid://shopify/ShippingLine/%[1]d2","title":"Standard","code":"standard","originalPriceSet":%[8]s,"discountAllocations":[],"taxLines":[{"title":"Moms","rate":0.075,"channelLiable":false,"priceSet":%[9]s}]}]},
"additionalFees":[],"fulfillments":[],"refunds":[],
"transactions":[{"id":"gid://shopify/OrderTransaction/%[1]d4","kind":"SALE","status":"SUCCESS","gateway":"shopify_payments","createdAt":%[2]q,"processedAt":%[2]q,"amountSet":%[10]s,"amountRoundingSet":null,"parentTransaction":null}],
"totalPriceSet":%[10]s,"totalTaxSet":%[11]s,"currentTotalPriceSet":%[10]s,"currentTotalTaxSet":%[11]s,"totalTipReceivedSet":%[12]s,
"totalCashRoundingAdjustment":{"paymentSet":%[12]s,"refundSet":%[12]s}}`,
		id, changed, sku, units, bag(1999), bag(500), bag(tax), bag(495), bag(shippingTax), bag(total), bag(tax+shippingTax), bag(0))
}

func bag(cents int) string {
	return fmt.Sprintf(`{"shopMoney":{"amount":"%[1]d.%02[2]d","currencyCode":"EUR"},"presentmentMoney":{"amount":"%[1]d.%02[2]d","currencyCode":"EUR"}}`,
		cents/100, cents%100)
}
