package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// operation is a document with values for its variables.
type operation struct {
	document  string
	variables map[string]any
}

// operations are all that the adapter sends.
func operations() map[string]operation {
	id := map[string]any{"id": "gid://shopify/Order/1"}
	changes, values := changeDocument("SetAll", []productChange{
		{product: "1", fields: map[string]any{"title": "t", "descriptionHtml": "d", "status": "ACTIVE"}},
		{product: "2", variants: []map[string]any{{"id": "3", "price": "1.00", "compareAtPrice": nil, "barcode": nil, "inventoryItem": map[string]any{
			"harmonizedSystemCode": "610910", "countryCodeOfOrigin": "SE", "measurement": map[string]any{"weight": map[string]any{"value": json.Number("0.125"), "unit": "KILOGRAMS"}},
		}}}},
	})
	for name, value := range values { // as they are on the wire
		if list, ok := value.([]map[string]any); ok {
			values[name] = []any{list[0]}
		}
	}
	stock := stockSearch("", map[string]place{"a": {alias: "at0", id: "1"}, "b": {alias: "at1", id: "2"}})
	stock.variables["first"], stock.variables["query"] = json.Number("100"), "sku:"+searchValue("A")
	found := map[string]any{"first": json.Number("100"), "after": "x"}
	return map[string]operation{
		"stock of":      {stock.document(), stock.variables},
		"prices of":     {variantSearch{name: "PricesOf", more: shopCurrency, fragments: pricedFragment}.document(), found},
		"listings of":   {variantSearch{name: "ListingsOf", fragments: saidFragment}.document(), found},
		"change":        {changes, values},
		"list prices":   {listPricesQuery, map[string]any{"id": "1", "query": "variant_id:2"}},
		"set list":      {setListMutation, map[string]any{"list": "1", "prices": []any{map[string]any{"variantId": "2", "price": moneyInput("1.00", marketplace.PriceItem{Currency: "EUR"}), "compareAtPrice": moneyInput("2.00", marketplace.PriceItem{Currency: "EUR"})}}}},
		"list listings": {variantSearch{name: "ListListings", fragments: listListingsFragment}.document(), map[string]any{"first": json.Number("50")}},
		"list returns":  {listReturnsQuery, map[string]any{"first": json.Number("5"), "after": "x", "query": changedSince(time.Unix(1, 0))}},
		"more returns":  {moreReturnsQuery, map[string]any{"id": "1", "after": "x"}},
		"get return":    {getReturnQuery, id},
		"approve":       {approveReturnMutation, map[string]any{"input": map[string]any{"id": "1"}}},
		"decline":       {declineReturnMutation, map[string]any{"input": map[string]any{"id": "1", "declineReason": "OTHER", "declineNote": "n"}}},
		"close return":  {closeReturnMutation, id},
		"dispose": {disposeMutation, map[string]any{"inputs": []any{
			map[string]any{"reverseFulfillmentOrderLineItemId": "1", "dispositionType": "RESTOCKED", "quantity": json.Number("1"), "locationId": "2"},
		}}},
		"list":         {listOrdersQuery, map[string]any{"first": json.Number("10"), "after": "x", "query": changedSince(time.Unix(1, 0))}},
		"get":          {getOrderQuery, id},
		"items":        {itemsQuery, id},
		"parcel lines": {parcelLinesQuery, id},
		"refund lines": {refundLinesQuery, id},
		"reference":    {referenceQuery, map[string]any{"id": "1", "namespace": "n", "key": "k"}},
		"set":          {setReferenceMutation, map[string]any{"metafields": []any{map[string]any{"ownerId": "1", "key": "k", "value": "v", "type": "t", "namespace": "n", "compareDigest": "d"}}}},
		"run bulk":     {runBulkMutation, map[string]any{"query": bulkOrdersQuery("")}},
		"bulk state":   {bulkStateQuery, id},
		"one location": {onlyLocationQuery, nil},
		"list stock":   {variantSearch{name: "ListStock", fragments: listStockFragment}.document(), map[string]any{"first": json.Number("50"), "query": "id:>1"}},
		"levels":       {levelsQuery, id},
		"set stock": {setStockMutation, map[string]any{"key": "k", "input": map[string]any{"name": "available", "reason": "correction", "quantities": []any{
			map[string]any{"inventoryItemId": "1", "locationId": "2", "quantity": json.Number("3"), "changeFromQuantity": json.Number("4")},
		}}}},
		"dispatch":   {dispatchQuery, map[string]any{"id": "1", "namespace": "n", "key": "k"}},
		"tasks":      {tasksQuery, id},
		"task lines": {taskLinesQuery, id},
		"location":   {locationQuery, id},
		"create parcel": {createParcelMutation, map[string]any{"fulfillment": map[string]any{
			"lineItemsByFulfillmentOrder": []any{map[string]any{"fulfillmentOrderId": "1", "fulfillmentOrderLineItems": []any{map[string]any{"id": "2", "quantity": json.Number("1")}}}},
			"notifyCustomer":              true, "trackingInfo": map[string]any{"company": "c", "numbers": []any{"n"}, "urls": []any{"https://u"}},
		}}},
		"track parcel": {trackParcelMutation, map[string]any{"id": "1", "tracking": map[string]any{"company": "c", "numbers": []any{"n"}, "urls": []any{"https://u"}}, "notify": false}},
		"delivered":    {deliveredMutation, map[string]any{"event": map[string]any{"fulfillmentId": "1", "status": "DELIVERED", "happenedAt": "2026-03-01T12:00:00Z"}}},
		"cancel state": {cancelStateQuery, id},
		"cancel":       {cancelOrderMutation, map[string]any{"id": "1", "reason": "OTHER", "notify": true, "note": "n"}},
		"follow":       {followCancelQuery, map[string]any{"id": "1", "job": "2"}},
		"begin edit":   {beginEditMutation, id},
		"edited lines": {editedLinesQuery, id},
		"set line":     {setQuantityMutation, map[string]any{"id": "1", "line": "2", "quantity": json.Number("0")}},
		"commit edit":  {commitEditMutation, map[string]any{"id": "1", "notify": false, "note": "n"}},
		"paid order":   {paidOrderQuery, id},
		"refund": {createRefundMutation, map[string]any{"key": "k", "input": map[string]any{
			"orderId": "1", "currency": "EUR", "note": "n", "refundLineItems": []any{map[string]any{"lineItemId": "2", "quantity": json.Number("1"), "restockType": "NO_RESTOCK"}},
			"transactions": []any{map[string]any{"orderId": "1", "parentId": "3", "kind": "REFUND", "gateway": "g", "amount": "1.00"}},
		}}},
		"list balance": {listBalanceQuery, map[string]any{"first": json.Number("5"), "after": "x", "query": "processed_at:>='2026-03-01T12:00:00Z'"}},
		"sources":      {sourcesQuery, map[string]any{"ids": []any{"1"}}},
		"list payouts": {listPayoutsQuery, map[string]any{"first": json.Number("5"), "after": "x", "query": "issued_at:>='2026-03-01T12:00:00Z'"}},
		"payout":       {payoutQuery, map[string]any{"id": "1", "first": json.Number("5"), "after": "x", "query": "payments_transfer_id:1"}},
		"stock at":     {activateMutation, map[string]any{"item": "1", "location": "2", "available": json.Number("3"), "key": "k"}},
	}
}

// Every operation fits the schema that Shopify publishes, as far as shopifytest holds it.
func TestOperationsFitTheSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("shopifytest", "schema.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := graphql.ParseSchema(string(text))
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, source string, check func(graphql.Document) []string) {
		document, err := graphql.ParseDocument(source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if diff := cmp.Diff([]string(nil), check(document)); diff != "" {
			t.Errorf("%s does not fit (-want +got):\n%s", name, diff)
		}
	}
	for name, operation := range operations() {
		check(name, operation.document, func(d graphql.Document) []string { return schema.Check(d, operation.variables) })
	}
	for _, search := range []string{"", changedSince(time.Unix(1, 0))} {
		check("bulk orders", bulkOrdersQuery(search), schema.CheckBulk)
	}
}

// clockwork is a clock that a test moves.
type clockwork struct{ at time.Time }

func (c *clockwork) now() time.Time { return c.at }

func TestTokensAreRenewedInTime(t *testing.T) {
	t.Parallel()
	watch := &clockwork{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	fetched := 0
	var failure error
	keep := newTokens(func(context.Context) (string, time.Duration, error) {
		fetched++
		return string(rune('a' + fetched - 1)), 24 * time.Hour, failure
	}, true, watch.now)
	for _, step := range []struct {
		after   time.Duration
		refuse  string
		failure error
		want    string
	}{
		{after: 0, want: "a"},
		{after: 23 * time.Hour, want: "a"},
		{after: 56 * time.Minute, want: "b"}, // four minutes before the end
		{after: 0, refuse: "a", want: "b"},   // somebody else has renewed it
		{after: 0, refuse: "b", want: "c"},
		{after: 24 * time.Hour, failure: errors.New("down"), want: ""},
		{after: 0, want: "e"},
	} {
		watch.at = watch.at.Add(step.after)
		failure = step.failure
		if step.refuse != "" && !keep.refuse(context.Background(), step.refuse) {
			t.Error("a token that was refused cannot be renewed")
		}
		token, err := keep.get(context.Background())
		if token != step.want || !errors.Is(err, step.failure) {
			t.Errorf("after %s: got %q, %v, want %q", step.after, token, err, step.want)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	<-keep.turn // somebody is renewing it
	if _, err := keep.get(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that waits for another's renewal: %v", err)
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	watch := &clockwork{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	b := newBucket(watch.now)
	said := func(requested, maximum, available, rate string) cost {
		var c cost
		c.Requested = wire.NewText(requested)
		c.Status.Value.Maximum, c.Status.Value.Available, c.Status.Value.Rate = wire.NewText(maximum), wire.NewText(available), wire.NewText(rate)
		return c
	}
	reserve := func(operation string, want time.Duration) {
		t.Helper()
		if got := b.reserve(operation); got != want {
			t.Errorf("%s waits %s, want %s", operation, got, want)
		}
	}
	reserve("list", 0) // nothing is known yet
	b.note("list", said("700", "2000.0", "1000.0", "100.0"))
	reserve("list", 0)
	reserve("list", 4*time.Second) // 300 are left, 400 are missing
	reserve("get", 0)              // what it costs is not known
	watch.at = watch.at.Add(3 * time.Second)
	reserve("list", time.Second)
	watch.at = watch.at.Add(time.Second)
	reserve("list", 0)
	watch.at = watch.at.Add(24 * time.Hour)
	reserve("list", 0) // full again, and no fuller
	reserve("list", 0)
	reserve("list", time.Second)
	b.note("list", said("9999", "2000", "2000", "100"))
	reserve("list", 0) // more than there can ever be: Shopify says what is wrong
	b.note("list", said("", "x", "", "-1"))
	if b.rate != 100 {
		t.Errorf("an answer that cannot be read changed the rate to %d", b.rate)
	}
}

func TestShopAddress(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"demo":                        "https://demo.myshopify.com",
		" demo.myshopify.com/ ":       "https://demo.myshopify.com",
		"https://Demo.myshopify.com/": "https://Demo.myshopify.com",
		"http://127.0.0.1:8080":       "http://127.0.0.1:8080",
		"":                            "",
	} {
		if got := shopAddress(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
	if got := New("https://Demo.myshopify.com", AccessToken("t")).domain; got != "demo.myshopify.com" {
		t.Errorf("webhooks are expected from %q", got)
	}
}

// Shopify pages through so many results of a search and no further.
func TestLongRunsSearchAnew(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name     string
		at, want position
	}{
		{"few", position{From: from, After: "x", Read: 100, Last: from.Add(time.Hour)}, position{From: from, After: "x", Read: 100, Last: from.Add(time.Hour)}},
		{"many", position{From: from, After: "x", Read: maxSearch, Last: from.Add(time.Hour)}, position{From: from.Add(time.Hour), Last: from.Add(time.Hour)}},
		{"many at one moment", position{From: from, After: "x", Read: maxSearch, Last: from}, position{From: from, After: "x", Read: maxSearch, Last: from}},
	} {
		if diff := cmp.Diff(test.want, test.at.searchOn()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
