package shopifytest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// account is the shop's account with Shopify Payments.
type account struct {
	movements, payouts []graphql.Object
	// transactions counts those that were made here.
	transactions int
	closed       bool
	failVoid     bool
}

// transactionFee is what a charge costs, in the currency's own units.
const transactionFee = "0.5"

// Pay adds an order of one article that a buyer paid, by Shopify Payments, in a presentment currency at a rate to the shop's, and
// returns the number of the sale. At a rate of 1 the currencies are the same.
func (s *Server) Pay(id int, currency, presentment, amount, rate string) string {
	sale := s.transact("SALE", "PAID", id, currency, presentment, amount, rate)
	s.mu.Lock()
	defer s.mu.Unlock()
	order := s.shop.Get(strconv.Itoa(id))
	s.book("CHARGE", sale, shopMoney(both(presentment, amount, currency, rate)), transactionFee, currency, order)
	return sale
}

// Authorize adds an order like Pay, of which the buyer's money is promised and not taken, and returns the number of the authorisation.
func (s *Server) Authorize(id int, currency, amount string) string {
	return s.transact("AUTHORIZATION", "AUTHORIZED", id, currency, currency, amount, "1")
}

// Voids are the voids of an order that did not fail.
func (s *Server) Voids(orderID string) int {
	voids := 0
	for _, one := range objects(s.Order(orderID), "transactions") {
		if one["kind"] == "VOID" && one["status"] == "SUCCESS" {
			voids++
		}
	}
	return voids
}

// FailNextVoid has the gateway refuse the next void.
func (s *Server) FailNextVoid() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.failVoid = true
}

// transact adds an order with one transaction.
func (s *Server) transact(kind, status string, id int, currency, presentment, amount, rate string) string {
	at := s.shop.Now().Format(time.RFC3339)
	paid := both(presentment, amount, currency, rate)
	zero := both(presentment, "0", currency, rate)
	transaction := fmt.Sprintf("gid://shopify/OrderTransaction/%d4", id)
	order := graphql.Object{
		"id": fmt.Sprintf("gid://shopify/Order/%d", id), "name": fmt.Sprintf("#%d", id), "createdAt": at, "processedAt": at, "updatedAt": at,
		"displayFinancialStatus": status, "displayFulfillmentStatus": "UNFULFILLED", "currencyCode": currency, "presentmentCurrencyCode": presentment,
		"lineItems": graphql.Object{"nodes": []any{graphql.Object{
			"id": fmt.Sprintf("gid://shopify/LineItem/%d1", id), "name": "Voucher", "title": "Voucher", "sku": "V", "quantity": 1, "currentQuantity": 1,
			"unfulfilledQuantity": 1, "originalUnitPriceSet": paid, "discountAllocations": []any{}, "taxLines": []any{}, "duties": []any{},
		}}},
		"shippingLines": graphql.Object{"nodes": []any{}}, "refunds": []any{}, "fulfillments": []any{},
		"transactions": []any{graphql.Object{
			"id": transaction, "kind": kind, "status": "SUCCESS", "gateway": "shopify_payments", "createdAt": at, "processedAt": at, "amountSet": paid,
		}},
		"totalPriceSet": paid, "totalTaxSet": zero, "currentTotalPriceSet": paid, "currentTotalTaxSet": zero, "totalTipReceivedSet": zero,
	}
	data, err := json.Marshal(order)
	if err != nil {
		return ""
	}
	s.Put(string(data))
	return number(transaction)
}

// void lets an authorisation go of which nothing was captured.
func (s *Server) void(_, arguments graphql.Object) (any, error) {
	s.refunding.Lock()
	defer s.refunding.Unlock()
	order, parent := s.transaction(ownID("OrderTransaction", arguments["parentTransactionId"]))
	if parent == nil {
		return userErrors("TRANSACTION_NOT_FOUND", "Transaction does not exist", "parentTransactionId"), nil
	}
	for _, one := range objects(order, "transactions") {
		if of, _ := one["parentTransaction"].(graphql.Object); of["id"] == parent["id"] && one["status"] == "SUCCESS" {
			return userErrors("AUTH_NOT_VOIDABLE", "Parent transaction is not voidable", "parentTransactionId"), nil
		}
	}
	switch {
	case parent["kind"] != "AUTHORIZATION":
		return userErrors("AUTH_NOT_VOIDABLE", "Parent transaction is not voidable", "parentTransactionId"), nil
	case parent["status"] != "SUCCESS":
		return userErrors("AUTH_NOT_SUCCESSFUL", "Parent transaction did not succeed", "parentTransactionId"), nil
	}
	s.mu.Lock()
	s.account.transactions++
	serial, fails := s.account.transactions, s.account.failVoid
	s.account.failVoid = false
	s.mu.Unlock()
	now := s.shop.Now().Format(time.RFC3339)
	made := graphql.Object{
		"id": fmt.Sprintf("gid://shopify/OrderTransaction/%d", 600_000+serial), "kind": "VOID", "status": "SUCCESS", "gateway": parent["gateway"],
		"createdAt": now, "processedAt": now, "amountSet": parent["amountSet"], "parentTransaction": graphql.Object{"id": parent["id"]},
	}
	if fails {
		made["status"], made["errorCode"] = "FAILURE", "GENERIC_ERROR"
	}
	s.Change(number(fmt.Sprint(order["id"])), func(order map[string]any) {
		order["transactions"] = append(order["transactions"].([]any), made)
		if !fails {
			order["displayFinancialStatus"] = "VOIDED"
		}
	})
	return graphql.Object{"transaction": made, "userErrors": []any{}}, nil
}

// both is an amount in two currencies.
func both(presentment, amount, currency, rate string) graphql.Object {
	converted := rounded(currency, calculated(decimal.MustParse(amount).Mul(decimal.MustParse(rate))))
	return graphql.Object{
		"shopMoney":        graphql.Object{"amount": converted, "currencyCode": currency},
		"presentmentMoney": graphql.Object{"amount": amount, "currencyCode": presentment},
	}
}

func calculated(value decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		return decimal.Zero
	}
	return value
}

func rounded(currency string, amount decimal.Decimal) string {
	exact, err := canonical.Currency(currency).Round(amount)
	if err != nil {
		return "0"
	}
	return exact.String()
}

func shopMoney(set graphql.Object) decimal.Decimal { return moneyOf(set, "shopMoney") }

// moneyOf is one side of an amount.
func moneyOf(set graphql.Object, side string) decimal.Decimal {
	money, _ := set[side].(graphql.Object)
	return calculated(decimal.Parse(fmt.Sprint(money["amount"])))
}

// book adds a movement to the balance; the caller holds the lock.
func (s *Server) book(word, transaction string, amount decimal.Decimal, fee, currency string, order graphql.Object) {
	price := func(amount decimal.Decimal) graphql.Object {
		return graphql.Object{"amount": amount.String(), "currencyCode": currency}
	}
	charged := decimal.MustParse(rounded(currency, decimal.MustParse(fee)))
	movement := graphql.Object{
		"__typename": "ShopifyPaymentsBalanceTransaction", "id": fmt.Sprintf("gid://shopify/ShopifyPaymentsBalanceTransaction/%d", len(s.account.movements)+9001),
		"type": word, "test": false, "transactionDate": s.shop.Now().Format(time.RFC3339), "amount": price(amount), "fee": price(charged),
		"net": price(calculated(amount.Sub(charged))), "sourceType": strings.SplitN(word, "_", 2)[0], "associatedPayout": graphql.Object{},
	}
	if transaction != "" {
		movement["sourceOrderTransactionId"] = json.Number(transaction)
	}
	if order != nil {
		movement["associatedOrder"] = graphql.Object{"id": order["id"], "name": order["name"]}
	}
	s.account.movements = append(s.account.movements, movement)
}

// Book adds a movement of a kind that no order is behind, with Shopify's word for it, in major units.
func (s *Server) Book(word, amount, fee, currency string, test bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book(word, "", decimal.MustParse(amount), fee, currency, nil)
	last := s.account.movements[len(s.account.movements)-1]
	last["test"] = test
	switch {
	case strings.HasPrefix(word, "DISPUTE"):
		last["sourceType"], last["sourceId"] = "DISPUTE", json.Number("7001")
	case strings.HasPrefix(word, "TRANSFER"): // of the first payout
		last["sourceType"], last["sourceId"] = "TRANSFER", json.Number("501")
	}
}

// PayOut puts what is on the balance into a payout that is paid, and returns its number.
func (s *Server) PayOut(currency string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("gid://shopify/ShopifyPaymentsPayout/%d", len(s.account.payouts)+501)
	sum := decimal.Zero
	for _, movement := range s.account.movements {
		payout, _ := movement["associatedPayout"].(graphql.Object)
		if net, _ := movement["net"].(graphql.Object); payout["id"] == nil && net["currencyCode"] == currency && movement["test"] != true {
			movement["associatedPayout"] = graphql.Object{"id": id}
			sum = calculated(sum.Add(decimal.MustParse(fmt.Sprint(net["amount"]))))
		}
	}
	s.book("TRANSFER", "", sum.Neg(), "0", currency, nil)
	s.account.movements[len(s.account.movements)-1]["associatedPayout"] = graphql.Object{"id": id}
	s.account.payouts = append(s.account.payouts, graphql.Object{
		"__typename": "ShopifyPaymentsPayout", "id": id, "issuedAt": s.shop.Now().Format(time.RFC3339), "status": "PAID", "externalTraceId": "TRACE-" + number(id),
		"net": graphql.Object{"amount": sum.String(), "currencyCode": currency},
	})
	return number(id)
}

// SetPayout gives a payout another status ("SCHEDULED", "FAILED").
func (s *Server) SetPayout(id, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, payout := range s.account.payouts {
		if number(fmt.Sprint(payout["id"])) == id {
			payout["status"] = status
		}
	}
}

// CloseAccount makes the shop one without Shopify Payments.
func (s *Server) CloseAccount() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.closed = true
}

// FailRefund makes a refund fail that had worked, which brings its money back to the balance.
func (s *Server) FailRefund(transaction string) {
	order, failed := s.transaction(transaction)
	s.Change(number(fmt.Sprint(order["id"])), func(order map[string]any) {
		for _, one := range objects(order, "transactions") {
			if one["id"] == failed["id"] {
				one["status"], one["errorCode"] = "FAILURE", "EXPIRED_CARD"
			}
		}
	})
	set, _ := failed["amountSet"].(graphql.Object)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book("REFUND_FAILURE", transaction, shopMoney(set), "0", fmt.Sprint(order["currencyCode"]), order)
}

// Refunds are the amounts of an order's refunds that did not fail, in the buyer's currency.
func (s *Server) Refunds(orderID string) []string {
	var amounts []string
	for _, one := range objects(s.Order(orderID), "transactions") {
		set, _ := one["amountSet"].(graphql.Object)
		if one["kind"] == "REFUND" && one["status"] != "FAILURE" {
			amounts = append(amounts, moneyOf(set, "presentmentMoney").String())
		}
	}
	return amounts
}

// transaction finds a transaction and its order.
func (s *Server) transaction(id string) (order, transaction graphql.Object) {
	for _, row := range s.shop.Rows(func(fakeshop.Row) bool { return true }, less) {
		for _, one := range objects(row.Order, "transactions") {
			if number(fmt.Sprint(one["id"])) == id {
				return row.Order, one
			}
		}
	}
	return nil, nil
}

// moneyNode is a node of money: a transaction of an order, or a payout.
func (s *Server) moneyNode(id any) graphql.Object {
	if order, found := s.transaction(ownID("OrderTransaction", id)); found != nil {
		node := graphql.Object{"__typename": "OrderTransaction", "order": order}
		for name, value := range found {
			node[name] = value
		}
		return node
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, payout := range s.account.payouts {
		if payout["id"] == id {
			return payout
		}
	}
	return nil
}

func (s *Server) nodes(_, arguments graphql.Object) (any, error) {
	ids, _ := arguments["ids"].([]any)
	if len(ids) > 250 {
		return nil, &failure{"MAX_INPUT_SIZE_EXCEEDED", "The input array size is greater than the maximum allowed of 250"}
	}
	all := make([]any, len(ids))
	for i, id := range ids {
		if node := s.moneyNode(id); node != nil {
			all[i] = node
		}
	}
	return all, nil
}

func (s *Server) paymentsAccount(_, _ graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.account.closed {
		return nil, nil
	}
	return graphql.Object{"id": "gid://shopify/ShopifyPaymentsAccount/1"}, nil
}

// accountList serves a list of the account in the order of its time, by the only searches that this shop knows.
func (s *Server) accountList(list func() []graphql.Object, timeField, since string) graphql.Resolver {
	return func(_, arguments graphql.Object) (any, error) {
		first, err := strconv.Atoi(fmt.Sprint(arguments["first"]))
		if err != nil || first < 1 || first > 250 {
			return nil, &failure{"BAD_REQUEST", "first must be between 1 and 250"}
		}
		s.mu.Lock()
		rows, epoch := slices.Clone(list()), s.epoch
		s.mu.Unlock()
		query, _ := arguments["query"].(string)
		keep := func(graphql.Object) bool { return true }
		if payout, ok := strings.CutPrefix(query, "payments_transfer_id:"); ok {
			keep = func(row graphql.Object) bool {
				of, _ := row["associatedPayout"].(graphql.Object)
				return number(fmt.Sprint(of["id"])) == payout
			}
		} else if query != "" {
			text, ok := strings.CutPrefix(query, since+":>='")
			from, err := time.Parse(time.RFC3339, strings.TrimSuffix(text, "'"))
			if !ok || err != nil {
				return nil, &failure{"BAD_REQUEST", "this shop searches by " + since + ":>='…' and payments_transfer_id only"}
			}
			keep = func(row graphql.Object) bool { return !timeOf(row, timeField, time.Time{}).Before(from) }
		}
		key := func(row graphql.Object) string { return fmt.Sprint(row[timeField], "/", row["id"]) }
		slices.SortFunc(rows, func(a, b graphql.Object) int { return cmp.Compare(key(a), key(b)) })
		after := ""
		if text, ok := arguments["after"].(string); ok {
			before, rest, _ := strings.Cut(text, " ")
			if before != strconv.Itoa(epoch) {
				return nil, &failure{"BAD_REQUEST", "Invalid cursor for current pagination sort."}
			}
			after = rest
		}
		var nodes []any
		end, more := "", false
		for _, row := range rows {
			if !keep(row) || key(row) <= after && after != "" {
				continue
			}
			if more = len(nodes) == first; more {
				break
			}
			nodes, end = append(nodes, row), strconv.Itoa(epoch)+" "+key(row)
		}
		return graphql.Connection(nodes, end, more), nil
	}
}

// refundOnce makes refunds follow each other, so that two with one key are one.
func (s *Server) refundOnce(carryOut graphql.Resolver) graphql.Resolver {
	return func(parent, arguments graphql.Object) (any, error) {
		s.refunding.Lock()
		defer s.refunding.Unlock()
		return carryOut(parent, arguments)
	}
}

// createRefund gives money back, as Shopify does: by the gateway of the payment, in the buyer's currency, and no more than is left.
func (s *Server) createRefund(_, arguments graphql.Object) (any, error) {
	input, _ := arguments["input"].(graphql.Object)
	order := s.Order(ownID("Order", input["orderId"]))
	if order == nil {
		return userErrors("", "Order does not exist", "orderId"), nil
	}
	wanted := objects(input, "transactions")
	if len(wanted) != 1 {
		return nil, &failure{"BAD_REQUEST", "this shop moves one transaction at a time"}
	}
	_, parent := s.transaction(ownID("OrderTransaction", wanted[0]["parentId"]))
	amount, err := decimal.Parse(fmt.Sprint(wanted[0]["amount"]))
	presentment := fmt.Sprint(order["presentmentCurrencyCode"])
	set, _ := parent["amountSet"].(graphql.Object)
	captured := moneyOf(set, "presentmentMoney")
	left := captured
	for _, one := range objects(order, "transactions") {
		of, _ := one["parentTransaction"].(graphql.Object)
		if before, _ := one["amountSet"].(graphql.Object); of["id"] == parent["id"] && one["kind"] == "REFUND" && one["status"] != "FAILURE" {
			left = calculated(left.Sub(moneyOf(before, "presentmentMoney")))
		}
	}
	switch {
	case parent == nil || parent["kind"] != "SALE" && parent["kind"] != "CAPTURE" || wanted[0]["kind"] != "REFUND":
		return userErrors("", "Parent transaction is not refundable", "transactions", "0", "parentId"), nil
	case wanted[0]["gateway"] != parent["gateway"]:
		return userErrors("", "Gateway does not fit the parent transaction", "transactions", "0", "gateway"), nil
	case input["currency"] != presentment && (input["currency"] != nil || presentment != order["currencyCode"]):
		return userErrors("", "Currency must be the order's presentment currency", "currency"), nil
	case err != nil || !amount.IsPos() || amount.Cmp(left) > 0:
		return userErrors("", "Refund cannot be more than the refundable amount", "transactions", "0", "amount"), nil
	}
	rate := calculated(moneyOf(set, "shopMoney").Quo(captured))
	s.mu.Lock()
	s.account.transactions++
	serial := s.account.transactions
	s.mu.Unlock()
	now := s.shop.Now().Format(time.RFC3339)
	moved := graphql.Object{
		"id": fmt.Sprintf("gid://shopify/OrderTransaction/%d", 600_000+serial), "kind": "REFUND", "status": "SUCCESS", "gateway": parent["gateway"],
		"createdAt": now, "processedAt": now, "amountSet": both(presentment, amount.String(), fmt.Sprint(order["currencyCode"]), rate.String()),
		"parentTransaction": graphql.Object{"id": parent["id"]},
	}
	var lines []any
	for i, line := range objects(input, "refundLineItems") {
		if line["restockType"] != "NO_RESTOCK" || lineOf(order, line["lineItemId"]) == nil {
			return userErrors("", "Line item does not exist, or its stock shall change", "refundLineItems", strconv.Itoa(i)), nil
		}
		lines = append(lines, graphql.Object{"quantity": line["quantity"], "restockType": "NO_RESTOCK", "lineItem": graphql.Object{"id": line["lineItemId"]}})
	}
	refund := graphql.Object{
		"id": fmt.Sprintf("gid://shopify/Refund/%d", 400_000+serial), "note": input["note"], "createdAt": now, "updatedAt": now, "processedAt": now,
		"totalRefundedSet": moved["amountSet"], "refundLineItems": graphql.Object{"nodes": lines}, "transactions": graphql.Object{"nodes": []any{moved}},
	}
	s.Change(number(fmt.Sprint(order["id"])), func(order map[string]any) {
		order["transactions"] = append(order["transactions"].([]any), moved)
		order["refunds"] = append(order["refunds"].([]any), refund)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if parent["gateway"] == "shopify_payments" {
		taken, _ := moved["amountSet"].(graphql.Object)
		s.book("REFUND", number(fmt.Sprint(moved["id"])), shopMoney(taken).Neg(), "0", fmt.Sprint(order["currencyCode"]), order)
	}
	return graphql.Object{"refund": refund, "userErrors": []any{}}, nil
}

func lineOf(order graphql.Object, id any) graphql.Object {
	for _, line := range objects(order, "lineItems", "nodes") {
		if line["id"] == id {
			return line
		}
	}
	return nil
}
