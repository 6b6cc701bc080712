package shopify

import (
	"context"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const setListMutation = `mutation SetListPrices($list: ID!, $prices: [PriceListPriceInput!]!) {
  priceListFixedPricesAdd(priceListId: $list, prices: $prices) { userErrors { field message code } }
}`

// publishList sets fixed prices on a price list. A call is carried out whole or not at all, so what is refused is left out of
// the next one.
func (a *Adapter) publishList(ctx context.Context, list string, places []int, found []pricedVariant, charges []charged, results []marketplace.PriceResult) error {
	id := tail(wire.NewText(list))
	var open []int
	for _, i := range places {
		if results[i].Err = found[i].err; results[i].Err == nil && id == "" {
			results[i].Err = a.noList(opPublishPrices, list)
		}
		if results[i].Err == nil {
			open = append(open, i)
		}
	}
	for len(open) > 0 {
		inputs := make([]any, len(open))
		for k, i := range open {
			input := map[string]any{"variantId": globalID("ProductVariant", found[i].id), "price": moneyInput(charges[i].price.String(), results[i].Item)}
			if charges[i].compare != nil {
				input["compareAtPrice"] = moneyInput(charges[i].compare.String(), results[i].Item)
			}
			inputs[k] = input
		}
		var data struct {
			Add wire.Object[struct {
				Errors wire.List[userError] `json:"userErrors"`
			}] `json:"priceListFixedPricesAdd"`
		}
		write := request{op: opPublishPrices, name: "SetListPrices", document: setListMutation, writes: true,
			variables: map[string]any{"list": globalID("PriceList", id), "prices": inputs}}
		if _, err := a.call(ctx, write, &data); err != nil {
			return err
		}
		if !data.Add.Present {
			return a.fail(marketplace.CodeUnknown, opPublishPrices, "priceListFixedPricesAdd", "the answer does not say whether it was done: look before repeating", nil)
		}
		open = a.listRefusals(list, open, data.Add.Value.Errors.Items, results)
	}
	return nil
}

// listRefusals notes the results of a call and returns what is to be sent again without those that were refused.
func (a *Adapter) listRefusals(list string, open []int, refusals []userError, results []marketplace.PriceResult) []int {
	if len(refusals) == 0 {
		for _, i := range open {
			results[i].Outcome = marketplace.PriceAccepted
		}
		return nil
	}
	for _, one := range refusals {
		at := one.index("prices", len(open))
		for k, i := range open {
			if results[i].Err == nil && (at < 0 || at == k) {
				results[i].Err = a.listRefusal(list, results[i].Item, one)
			}
		}
	}
	var next []int
	for _, i := range open {
		if results[i].Err == nil {
			next = append(next, i)
		}
	}
	return next
}

func (a *Adapter) listRefusal(list string, item marketplace.PriceItem, one userError) error {
	switch one.Code.String() {
	case "PRICE_LIST_NOT_FOUND":
		return a.noList(opPublishPrices, list)
	case "VARIANT_NOT_FOUND":
		return a.fail(marketplace.CodeNotFound, opPublishPrices, "sku", fmt.Sprintf("the variant %q was deleted meanwhile", item.SKU), nil)
	case "PRICE_LIST_CURRENCY_MISMATCH":
		return a.fail(marketplace.CodeNotFound, opPublishPrices, "currency", fmt.Sprintf("the price list %q is not in %s", list, item.Currency), nil)
	}
	return a.changeRefusal(opPublishPrices, one)
}

func (a *Adapter) noList(op, list string) error {
	return a.fail(marketplace.CodeNotFound, op, "list", fmt.Sprintf("the shop has no price list %q: correct it in the rules", list), nil)
}

func moneyInput(amount string, item marketplace.PriceItem) map[string]any {
	return map[string]any{"amount": amount, "currencyCode": string(item.Currency)}
}

const listPricesQuery = `query ListPrices($id: ID!, $after: String, $query: String!) {
  priceList(id: $id) {
    currency
    prices(first: 100, after: $after, query: $query) {
      nodes { price { amount } compareAtPrice { amount } variant { id } } pageInfo { hasNextPage endCursor }
    }
  }
}`

// listPrice is what a price list has for a variant.
type listPrice struct {
	Price   wire.Object[graphMoney] `json:"price"`
	Compare wire.Object[graphMoney] `json:"compareAtPrice"`
	Variant graphID                 `json:"variant"`
}

// readList reads prices of a price list.
func (a *Adapter) readList(ctx context.Context, list string, places []int, found []pricedVariant, readings []marketplace.PriceReading) error {
	id := tail(wire.NewText(list))
	terms := make([]string, len(places))
	for k, i := range places {
		terms[k] = "variant_id:" + found[i].id
		readings[i].Err = a.fail(marketplace.CodeNotFound, opReadPrices, "sku", fmt.Sprintf("%q has no price on the price list %q", readings[i].Item.SKU, list), nil)
	}
	for after := ""; id != ""; {
		variables := map[string]any{"id": globalID("PriceList", id), "query": strings.Join(terms, " OR ")}
		if after != "" {
			variables["after"] = after
		}
		var data struct {
			List wire.Object[struct {
				Currency wire.Text             `json:"currency"`
				Prices   connection[listPrice] `json:"prices"`
			}] `json:"priceList"`
		}
		if _, err := a.call(ctx, request{op: opReadPrices, name: "ListPrices", document: listPricesQuery, variables: variables}, &data); err != nil {
			return err
		}
		if !data.List.Present {
			break
		}
		for _, i := range places {
			if item := readings[i].Item; string(item.Currency) != data.List.Value.Currency.String() {
				readings[i].Err = a.fail(marketplace.CodeNotFound, opReadPrices, "currency", fmt.Sprintf("the price list %q is not in %s", list, item.Currency), nil)
				continue
			}
			for _, entry := range data.List.Value.Prices.Nodes.Items {
				if tail(entry.Variant.text()) != found[i].id {
					continue
				}
				there, err := a.readCharged(opReadPrices, entry.Price.Value.Amount, entry.Compare.Value.Amount)
				if readings[i].Err = err; err == nil {
					readings[i].Amount, readings[i].Sale = there.reading()
				}
			}
		}
		end := data.List.Value.Prices.PageInfo.End.String()
		if !data.List.Value.Prices.PageInfo.HasNext.IsTrue() || end == "" || end == after {
			return nil
		}
		after = end
	}
	for _, i := range places {
		readings[i].Err = a.noList(opReadPrices, list)
	}
	return nil
}
