package shopify

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/returns"
)

const (
	opListReturns = "list returns"
	opGetReturn   = "get return"
	// returnPage is how many orders are asked for their returns at once.
	returnPage = 5
)

// returnFields is what is read of a return. A return with more than comes at once is refused: Shopify's shops have few lines in
// one.
const returnFields = moneyFields + chargeFields + itemFields + `
fragment Back on Return {
  id name status createdAt closedAt requestApprovedAt decline { reason }
  order { id name updatedAt currencyCode presentmentCurrencyCode taxesIncluded }
  returnLineItems(first: 30) {
    nodes {
      __typename id quantity returnReasonDefinition { handle }
      ... on ReturnLineItem {
        fulfillmentLineItem { id lineItem { id sku } }
        withCodeDiscountedTotalPriceSet { ...Money } restockingFee { amountSet { ...Money } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
  exchangeLineItems(first: 10) {
    nodes { id quantity title variantSku lineItems { ...Item } } pageInfo { hasNextPage endCursor }
  }
  returnShippingFees { amountSet { ...Money } }
  refunds(first: 10) { nodes { id totalRefundedSet { ...Money } } pageInfo { hasNextPage endCursor } }
  reverseFulfillmentOrders(first: 5) {
    nodes {
      id
      lineItems(first: 30) {
        nodes { id totalQuantity fulfillmentLineItem { id } dispositions { type quantity location { id } } }
        pageInfo { hasNextPage endCursor }
      }
      reverseDeliveries(first: 3) {
        nodes { id deliverable { ... on ReverseDeliveryShippingDeliverable { tracking { carrierName number url } } } }
        pageInfo { hasNextPage endCursor }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const listReturnsQuery = `query ListReturns($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id updatedAt returns(first: 10) { nodes { id } pageInfo { hasNextPage endCursor } } }
    pageInfo { hasNextPage endCursor }
  }
}`

const moreReturnsQuery = `query MoreReturns($id: ID!, $after: String) {
  order(id: $id) { returns(first: 50, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }
}`

const getReturnQuery = `query GetReturn($id: ID!) { return(id: $id) { ...Back } }` + returnFields

type returnIDs = connection[struct {
	ID wire.Text `json:"id"`
}]

type returningOrder struct {
	ID      wire.Text `json:"id"`
	Updated wire.Text `json:"updatedAt"`
	Returns returnIDs `json:"returns"`
}

// ListReturns implements [returns.Lister]: the returns of the orders that have changed, each of which costs one call more.
func (a *Adapter) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	at, err := begin(marketplace.OrderQuery(query), a.overlap)
	if err == nil && at.Bulk != "" {
		err = errCursor
	}
	if err != nil {
		return returns.Page{}, a.fail(marketplace.CodeInvalid, opListReturns, "", "", err)
	}
	orders, err := a.returningOrders(ctx, &at, query.Limit)
	if err != nil {
		return returns.Page{}, err
	}
	page := returns.Page{More: orders.PageInfo.HasNext.IsTrue()}
	for _, order := range orders.Nodes.Items {
		found, err := a.returnsOf(ctx, order)
		if err != nil {
			return returns.Page{}, err
		}
		page.Returns = append(page.Returns, found...)
		if changed, err := order.Updated.Time(); err == nil && changed.After(at.Last) {
			at.Last = changed
		}
	}
	at.Read += len(orders.Nodes.Items)
	if at.After = orders.PageInfo.End.String(); !page.More {
		at = at.end()
	} else if at.After == "" {
		return returns.Page{}, a.fail(marketplace.CodeInvalid, opListReturns, "orders.pageInfo.endCursor", "there are more orders, but nothing says where", nil)
	}
	at = at.searchOn()
	if page.Cursor, err = at.cursor(); err != nil {
		return returns.Page{}, a.fail(marketplace.CodeInvalid, opListReturns, "", "the position cannot be written", err)
	}
	return page, nil
}

// returningOrders reads one page of orders with the ids of their returns.
func (a *Adapter) returningOrders(ctx context.Context, at *position, limit int) (connection[returningOrder], error) {
	first := returnPage
	if limit > 0 {
		first = min(limit, returnPage)
	}
	for {
		variables := map[string]any{"first": first}
		if at.After != "" {
			variables["after"] = at.After
		}
		if search := changedSince(at.From); search != "" {
			variables["query"] = search
		}
		var data struct {
			Orders *connection[returningOrder] `json:"orders"`
		}
		header, err := a.call(ctx, request{op: opListReturns, name: "ListReturns", document: listReturnsQuery, variables: variables}, &data)
		switch {
		case at.After != "" && isCursorRefusal(err):
			*at = at.restart(a.overlap)
			continue
		case errors.Is(err, errTooCostly) && first > 1:
			first /= 2
			continue
		case err != nil:
			return connection[returningOrder]{}, err
		case data.Orders == nil || data.Orders.Nodes.Odd > 0:
			// An empty page would end the run as if all had been read.
			return connection[returningOrder]{}, a.fail(marketplace.CodeInvalid, opListReturns, "orders", "the answer has no list of orders", nil)
		}
		if at.Started.IsZero() {
			at.Started = clock(header)
		}
		return *data.Orders, nil
	}
}

// returnsOf fetches the returns of one order; the error is one that concerns the whole page.
func (a *Adapter) returnsOf(ctx context.Context, order returningOrder) ([]returns.Fetched, error) {
	var all []returns.Fetched
	for list := order.Returns; ; {
		for _, one := range list.Nodes.Items {
			id := tail(one.ID)
			fetched := returns.Fetched{Key: canonical.Key{Channel: a.channel, ID: id}}
			state, err := a.readReturn(ctx, opListReturns, id)
			switch marketplace.CodeOf(err) {
			case "":
				fetched.Return = state
			case marketplace.CodeInvalid, marketplace.CodeNotFound:
				fetched.Err = err
			default:
				return nil, err
			}
			all = append(all, fetched)
		}
		if !list.PageInfo.HasNext.IsTrue() {
			return all, nil
		}
		var data struct {
			Order wire.Object[returningOrder] `json:"order"`
		}
		variables := map[string]any{"id": order.ID.String(), "after": list.PageInfo.End.String()}
		if _, err := a.call(ctx, request{op: opListReturns, name: "MoreReturns", document: moreReturnsQuery, variables: variables}, &data); err != nil {
			return nil, err
		}
		list = data.Order.Value.Returns
	}
}

// GetReturn implements [returns.Getter]. The id is the number of Shopify's global id.
func (a *Adapter) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	return a.readReturn(ctx, opGetReturn, id)
}

func (a *Adapter) readReturn(ctx context.Context, op, id string) (canonical.Return, error) {
	body, err := a.returnNode(ctx, op, id)
	if err != nil {
		return canonical.Return{}, err
	}
	return a.decoder.decodeReturn(op, body)
}

func (a *Adapter) returnNode(ctx context.Context, op, id string) (json.RawMessage, error) {
	if !isID(id) {
		return nil, a.fail(marketplace.CodeNotFound, op, "return", "a return id of Shopify is a positive number", nil)
	}
	var data struct {
		Return json.RawMessage `json:"return"`
	}
	variables := map[string]any{"id": globalID("Return", id)}
	if _, err := a.call(ctx, request{op: op, name: "GetReturn", document: getReturnQuery, variables: variables}, &data); err != nil {
		return nil, err
	}
	if len(data.Return) == 0 || string(data.Return) == "null" {
		return nil, a.fail(marketplace.CodeNotFound, op, "return", "the shop has no such return, or the app lacks the scope read_returns", nil)
	}
	return data.Return, nil
}
