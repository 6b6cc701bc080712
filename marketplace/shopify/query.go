package shopify

// The operations that are sent. All are checked against Shopify's published schema: see doc.go.

// moneyFields are both sides of an amount; the currencies stand once on the order.
const moneyFields = `
fragment Money on MoneyBag { shopMoney { amount } presentmentMoney { amount } }`

// chargeFields are what items, shipping, duties and fees share.
const chargeFields = `
fragment Tax on TaxLine { title rate channelLiable priceSet { ...Money } }
fragment Share on DiscountAllocation {
  allocatedAmountSet { ...Money }
  discountApplication {
    index
    ... on DiscountCodeApplication { code }
    ... on AutomaticDiscountApplication { title }
    ... on ManualDiscountApplication { title }
    ... on ScriptDiscountApplication { title }
  }
}`

const itemFields = `
fragment Item on LineItem {
  id name title sku quantity currentQuantity unfulfilledQuantity isGiftCard requiresShipping
  variant { id barcode } product { id }
  originalUnitPriceSet { ...Money }
  discountAllocations { ...Share }
  taxLines { ...Tax }
  duties { id price { ...Money } taxLines { ...Tax } }
  customAttributes { key value }
}`

const parcelLineFields = `
fragment ParcelLine on FulfillmentLineItem { quantity lineItem { id } }`

const refundLineFields = `
fragment RefundLine on RefundLineItem {
  quantity restockType subtotalSet { ...Money } totalTaxSet { ...Money } lineItem { id }
}`

const shippingFields = `
fragment Shipping on ShippingLine {
  id title code originalPriceSet { ...Money } discountAllocations { ...Share } taxLines { ...Tax }
}`

// headFields are those of an order that lead to no connection.
const headFields = `
fragment Postal on MailingAddress {
  firstName lastName name company address1 address2 city zip province provinceCode countryCodeV2 phone
}
fragment OrderHead on Order {
  id name createdAt processedAt updatedAt cancelledAt closedAt cancelReason
  displayFinancialStatus displayFulfillmentStatus
  currencyCode presentmentCurrencyCode taxesIncluded dutiesIncluded test
  email phone customerLocale note poNumber sourceName tags
  customAttributes { key value }
  customer { id firstName lastName }
  purchasingEntity { __typename }
  billingAddress { ...Postal } shippingAddress { ...Postal }
  risk { recommendation assessments { riskLevel } }
  additionalFees { id name price { ...Money } taxLines { ...Tax } }
  transactions {
    id kind status gateway createdAt processedAt amountSet { ...Money } amountRoundingSet { ...Money }
    parentTransaction { id }
  }
  totalPriceSet { ...Money } totalTaxSet { ...Money }
  currentTotalPriceSet { ...Money } currentTotalTaxSet { ...Money }
  totalTipReceivedSet { ...Money }
  totalCashRoundingAdjustment { paymentSet { ...Money } }
}`

// orderFields is what is read of an order. Lists without pages are read whole.
const orderFields = moneyFields + chargeFields + itemFields + shippingFields + parcelLineFields + refundLineFields + headFields + `
fragment Order on Order {
  ...OrderHead
  lineItems(first: 50) { nodes { ...Item } pageInfo { hasNextPage endCursor } }
  shippingLines(first: 20) { nodes { ...Shipping } pageInfo { hasNextPage endCursor } }
  fulfillments {
    id status displayStatus createdAt deliveredAt trackingInfo { company number url }
    fulfillmentLineItems(first: 50) { nodes { ...ParcelLine } pageInfo { hasNextPage endCursor } }
  }
  refunds {
    id createdAt processedAt note totalRefundedSet { ...Money }
    refundLineItems(first: 50) { nodes { ...RefundLine } pageInfo { hasNextPage endCursor } }
    refundShippingLines(first: 10) {
      nodes { shippingLine { id } subtotalAmountSet { ...Money } taxAmountSet { ...Money } }
      pageInfo { hasNextPage endCursor }
    }
    orderAdjustments(first: 10) { nodes { reason } pageInfo { hasNextPage endCursor } }
    duties { amountSet { ...Money } originalDuty { id } }
  }
}`

const listOrdersQuery = `query ListOrders($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...Order } pageInfo { hasNextPage endCursor }
  }
}` + orderFields

// bulkOrdersQuery is run by Shopify itself, which writes each order and each line as a line of a file. Connections
// inside of lists are not allowed there, so an order that has parcels or refunds is fetched by itself.
func bulkOrdersQuery(search string) string {
	if search != "" {
		search = "(query: \"" + search + "\")"
	}
	return `{
  orders` + search + ` {
    edges { node {
      ...OrderHead
      fulfillments { id } refunds { id }
      lineItems { edges { node { __typename ...Item } } }
      shippingLines { edges { node { __typename ...Shipping } } }
    } }
  }
}` + moneyFields + chargeFields + itemFields + shippingFields + headFields
}

const runBulkMutation = `mutation RunBulk($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id } userErrors { field message code }
  }
}`

const bulkStateQuery = `query BulkState($id: ID!) { bulkOperation(id: $id) { status errorCode createdAt url } }`

const getOrderQuery = `query GetOrder($id: ID!) { order(id: $id) { ...Order } }` + orderFields

// The rests of an order's lists.

const itemsQuery = `query OrderItems($id: ID!, $after: String) {
  order(id: $id) { lineItems(first: 50, after: $after) { nodes { ...Item } pageInfo { hasNextPage endCursor } } }
}` + moneyFields + chargeFields + itemFields

const parcelLinesQuery = `query ParcelLines($id: ID!, $after: String) {
  fulfillment(id: $id) { fulfillmentLineItems(first: 50, after: $after) { nodes { ...ParcelLine } pageInfo { hasNextPage endCursor } } }
}` + parcelLineFields

const refundLinesQuery = `query RefundLines($id: ID!, $after: String) {
  refund(id: $id) { refundLineItems(first: 50, after: $after) { nodes { ...RefundLine } pageInfo { hasNextPage endCursor } } }
}` + moneyFields + refundLineFields

const referenceQuery = `query OrderReference($id: ID!, $namespace: String!, $key: String!) {
  order(id: $id) { id metafield(namespace: $namespace, key: $key) { value compareDigest } }
}`

const setReferenceMutation = `mutation SetReference($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { metafields { value compareDigest } userErrors { field message code } }
}`
