package shopifytest

import (
	_ "embed" // the schema
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

//go:embed schema.graphql
var schemaText string

// schema is read once. A test holds the file to being right.
var schema = sync.OnceValues(func() (*graphql.Schema, error) { return graphql.ParseSchema(schemaText) })

// failure is an error of GraphQL with Shopify's word for it.
type failure struct{ code, message string }

// Error implements error.
func (f *failure) Error() string { return f.message }

func (f *failure) answer() map[string]any {
	entry := map[string]any{"message": f.message}
	if f.code != "" {
		entry["extensions"] = map[string]any{"code": f.code}
	}
	return map[string]any{"errors": []any{entry}}
}

func (s *Server) graphql(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(r) {
		refuse(w, http.StatusUnauthorized, "[API] Invalid API key or access token (unrecognized login or wrong password)")
		return
	}
	if r.PathValue("version") != shopify.Version {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.UseNumber()
	var body struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if decoder.Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	extensions, throttled := s.cost()
	answer := (&failure{"THROTTLED", "Throttled"}).answer()
	if !throttled {
		answer = s.answer(body.Query, body.Variables)
	}
	answer["extensions"] = extensions
	write(w, answer)
}

// answer checks an operation and carries it out.
func (s *Server) answer(query string, variables map[string]any) map[string]any {
	offered, err := schema()
	if err != nil {
		return (&failure{"INTERNAL_SERVER_ERROR", "the schema cannot be read: " + err.Error()}).answer()
	}
	document, err := graphql.ParseDocument(query)
	if err != nil {
		return (&failure{"", "syntax error: " + err.Error()}).answer()
	}
	if problems := offered.Check(document, variables); len(problems) > 0 {
		return (&failure{"undefinedField", strings.Join(problems, "; ")}).answer()
	}
	s.work()
	data, err := offered.Answer(document, variables, s.resolvers())
	var refused *failure
	switch {
	case errors.As(err, &refused):
		return refused.answer()
	case err != nil:
		return (&failure{"INTERNAL_SERVER_ERROR", "Internal error: " + err.Error()}).answer()
	}
	return map[string]any{"data": data}
}

// resolvers are what the shop does itself; all else is read from its objects.
func (s *Server) resolvers() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"QueryRoot.bulkOperation":                    s.bulkState,
		"QueryRoot.fulfillment":                      s.part("fulfillments"),
		"QueryRoot.fulfillmentOrder":                 s.fulfillmentOrder,
		"QueryRoot.inventoryItem":                    s.inventoryItem,
		"QueryRoot.job":                              s.job,
		"QueryRoot.location":                         s.location,
		"QueryRoot.locations":                        s.activeLocations,
		"QueryRoot.node":                             s.node,
		"QueryRoot.nodes":                            s.nodes,
		"QueryRoot.order":                            s.order,
		"QueryRoot.orders":                           s.orders,
		"QueryRoot.priceList":                        s.priceList,
		"QueryRoot.productVariants":                  s.productVariants,
		"QueryRoot.refund":                           s.part("refunds"),
		"QueryRoot.return":                           s.returnByID,
		"QueryRoot.shop":                             shopNode,
		"QueryRoot.shopifyPaymentsAccount":           s.paymentsAccount,
		"ShopifyPaymentsAccount.balanceTransactions": s.accountList(func() []graphql.Object { return s.account.movements }, "transactionDate", "processed_at"),
		"ShopifyPaymentsAccount.payouts":             s.accountList(func() []graphql.Object { return s.account.payouts }, "issuedAt", "issued_at"),
		"Return.order":                               s.returningOrder,
		"Mutation.returnApproveRequest":              s.approveReturn,
		"Mutation.returnClose":                       s.closeReturn,
		"Mutation.returnDeclineRequest":              s.declineReturn,
		"Mutation.reverseFulfillmentOrderDispose":    s.dispose,
		"InventoryItem.inventoryLevel":               s.inventoryLevel,
		"InventoryLevel.quantities":                  quantities,
		"Order.fulfillmentOrders":                    s.fulfillmentOrders,
		"Order.metafield":                            s.metafield,
		"PriceList.prices":                           s.pricesOfList,
		"Mutation.bulkOperationRunQuery":             s.runBulk,
		"Mutation.fulfillmentCreate":                 s.createFulfillment,
		"Mutation.fulfillmentEventCreate":            s.addEvent,
		"Mutation.fulfillmentTrackingInfoUpdate":     s.trackFulfillment,
		"Mutation.inventoryActivate":                 s.idempotent("inventoryActivate", s.activate),
		"Mutation.inventorySetQuantities":            s.idempotent("inventorySetQuantities", s.setQuantities),
		"Mutation.metafieldsSet":                     s.setMetafields,
		"Mutation.orderCancel":                       s.cancelOrder,
		"Mutation.orderEditBegin":                    s.beginEdit,
		"Mutation.orderEditCommit":                   s.commitEdit,
		"Mutation.orderEditSetQuantity":              s.editQuantity,
		"Mutation.refundCreate":                      s.refundOnce(s.idempotent("refundCreate", s.createRefund)),
		"Mutation.transactionVoid":                   s.void,
		"Mutation.priceListFixedPricesAdd":           s.addFixedPrices,
		"Mutation.productUpdate":                     s.updateProduct,
		"Mutation.productVariantsBulkUpdate":         s.updateVariants,
	}
}

func (s *Server) order(_, arguments graphql.Object) (any, error) {
	if order := s.shop.Get(ownID("Order", arguments["id"])); order != nil {
		return order, nil
	}
	return nil, nil
}

// ownID is the number of a global id of a kind; "" for any other.
func ownID(kind string, id any) string {
	rest, ok := strings.CutPrefix(fmt.Sprint(id), "gid://shopify/"+kind+"/")
	if !ok {
		return ""
	}
	return rest
}

// part finds a refund or a parcel in any order.
func (s *Server) part(list string) graphql.Resolver {
	return func(_, arguments graphql.Object) (any, error) {
		for _, row := range s.shop.Rows(func(fakeshop.Row) bool { return true }, less) {
			parts, _ := row.Order[list].([]any)
			for _, part := range parts {
				if object, ok := part.(map[string]any); ok && object["id"] == arguments["id"] {
					return object, nil
				}
			}
		}
		return nil, nil
	}
}

// orders lists by the time of change. A cursor is the last order's time and number, whatever has become of that order
// since.
func (s *Server) orders(_, arguments graphql.Object) (any, error) {
	first, err := strconv.Atoi(fmt.Sprint(arguments["first"]))
	if err != nil || first < 1 || first > 250 {
		return nil, &failure{"BAD_REQUEST", "first must be between 1 and 250"}
	}
	s.mu.Lock()
	largest, epoch := s.maxFirst, s.epoch
	s.mu.Unlock()
	if first > largest {
		return nil, &failure{"MAX_COST_EXCEEDED", "Query cost is 1384, which exceeds the single query max cost limit (1000)."}
	}
	if arguments["sortKey"] != "UPDATED_AT" {
		return nil, &failure{"BAD_REQUEST", "this shop sorts by UPDATED_AT only"}
	}
	from, err := updatedSince(arguments["query"])
	if err != nil {
		return nil, err
	}
	after, err := readCursor(arguments["after"], epoch)
	if err != nil {
		return nil, err
	}
	rows := s.shop.Rows(func(row fakeshop.Row) bool {
		return !row.Changed.Before(from) && (after.ID == "" || less(after, row))
	}, less)
	var nodes []any
	var end string
	for _, row := range rows[:min(first, len(rows))] {
		nodes = append(nodes, row.Order)
		end = writeCursor(row, epoch)
	}
	return graphql.Connection(nodes, end, len(rows) > first), nil
}

// updatedSince reads the only search that this shop knows.
func updatedSince(query any) (time.Time, error) {
	if query == nil || query == "" {
		return time.Time{}, nil
	}
	text, ok := strings.CutPrefix(fmt.Sprint(query), "updated_at:>='")
	at, err := time.Parse(time.RFC3339, strings.TrimSuffix(text, "'"))
	if !ok || err != nil {
		return time.Time{}, &failure{"BAD_REQUEST", "this shop searches by updated_at:>='…' only"}
	}
	return at, nil
}

func writeCursor(row fakeshop.Row, epoch int) string {
	text := fmt.Sprintf("%d/%s/%s", epoch, row.ID, row.Changed.UTC().Format(time.RFC3339Nano))
	return base64.StdEncoding.EncodeToString([]byte(text))
}

func readCursor(cursor any, epoch int) (fakeshop.Row, error) {
	if cursor == nil {
		return fakeshop.Row{}, nil
	}
	text, err := base64.StdEncoding.DecodeString(fmt.Sprint(cursor))
	parts := strings.SplitN(string(text), "/", 3)
	if err != nil || len(parts) != 3 || parts[0] != strconv.Itoa(epoch) {
		return fakeshop.Row{}, &failure{"BAD_REQUEST", "Invalid cursor for current pagination sort."}
	}
	at, err := time.Parse(time.RFC3339Nano, parts[2])
	if err != nil {
		return fakeshop.Row{}, &failure{"BAD_REQUEST", "Invalid cursor for current pagination sort."}
	}
	return fakeshop.Row{ID: parts[1], Changed: at}, nil
}

// ForgetCursors makes the cursors that were given out so far invalid.
func (s *Server) ForgetCursors() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
}
