package medusa

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	listsPath = "/admin/price-lists"
	// saleTitle begins the titles of the price lists that are ours.
	saleTitle = "retailsync sale"
	salePage  = 500
)

// saleList is a price list of ours: the sale prices of one time.
type saleList struct {
	id          string
	from, until time.Time
	prices      []salePrice
}

type salePrice struct {
	id, variant, region, currency string
	amount                        decimal.Decimal
}

func (p salePrice) of(variant string, item marketplace.PriceItem) bool {
	return p.variant == variant && p.region == item.List && strings.EqualFold(p.currency, string(item.Currency))
}

// sale is the sale price of an item, of several the one that begins first and is not over; nil if there is none.
func (s *priceShelf) sale(item marketplace.PriceItem) *marketplace.SalePrice {
	id, now := s.variants[item.SKU].ID.String(), time.Now()
	var found *marketplace.SalePrice
	for _, list := range s.lists {
		if list.over(now) {
			continue
		}
		for _, price := range list.prices {
			if price.of(id, item) && (found == nil || list.from.Before(found.From)) {
				found = &marketplace.SalePrice{Amount: price.amount, From: list.from, Until: list.until}
			}
		}
	}
	return found
}

func (l saleList) over(now time.Time) bool { return !l.until.IsZero() && l.until.Before(now) }

// saleLists reads our price lists with their prices, by id.
func (a *Adapter) saleLists(ctx context.Context, op string) ([]saleList, error) {
	var lists []saleList
	for offset := 0; ; offset += salePage {
		reply, err := a.client.Get(ctx, op, listsPath, url.Values{
			"q": {saleTitle}, "fields": {"id,title,type,starts_at,ends_at"}, "limit": {strconv.Itoa(salePage)}, "offset": {strconv.Itoa(offset)},
		})
		if err != nil {
			return nil, err
		}
		var answer struct {
			Lists []struct {
				ID    wire.Text `json:"id"`
				Title wire.Text `json:"title"`
				Type  wire.Text `json:"type"`
				From  wire.Text `json:"starts_at"`
				Until wire.Text `json:"ends_at"`
			} `json:"price_lists"`
		}
		if err := a.client.Decode(op, reply, &answer); err != nil {
			return nil, err
		}
		for i, list := range answer.Lists {
			if list.Type.String() != "sale" || !strings.HasPrefix(list.Title.String(), saleTitle) {
				continue
			}
			var r wire.Reader
			path := fmt.Sprintf("price_lists[%d]", i)
			one := saleList{id: list.ID.String(), from: r.Time(path+".starts_at", list.From), until: r.Time(path+".ends_at", list.Until)}
			if at, err := r.Failure(); err != nil {
				return nil, a.fail(marketplace.CodeInvalid, op, at, "the time of a price list cannot be read", err)
			}
			if one.prices, err = a.salePrices(ctx, op, one.id); err != nil {
				return nil, err
			}
			lists = append(lists, one)
		}
		if len(answer.Lists) < salePage {
			break
		}
	}
	slices.SortFunc(lists, func(a, b saleList) int { return cmp.Compare(a.id, b.id) })
	return lists, nil
}

func (a *Adapter) salePrices(ctx context.Context, op, list string) ([]salePrice, error) {
	var prices []salePrice
	for offset := 0; ; offset += salePage {
		reply, err := a.client.Get(ctx, op, listsPath+"/"+url.PathEscape(list)+"/prices", url.Values{"limit": {strconv.Itoa(salePage)}, "offset": {strconv.Itoa(offset)}})
		if marketplace.CodeOf(err) == marketplace.CodeNotFound {
			return nil, nil // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		var answer struct {
			Prices []struct {
				ID       wire.Text `json:"id"`
				Currency wire.Text `json:"currency_code"`
				Amount   wire.Text `json:"amount"`
				Set      struct {
					Variant wire.Object[struct {
						ID wire.Text `json:"id"`
					}] `json:"variant"`
				} `json:"price_set"`
				Rules wire.List[struct {
					Attribute wire.Text `json:"attribute"`
					Value     wire.Text `json:"value"`
				}] `json:"price_rules"`
			} `json:"prices"`
		}
		if err := a.client.Decode(op, reply, &answer); err != nil {
			return nil, err
		}
		for i, price := range answer.Prices {
			var r wire.Reader
			one := salePrice{
				id: price.ID.String(), variant: price.Set.Variant.Value.ID.String(), currency: price.Currency.String(),
				amount: r.Amount(fmt.Sprintf("prices[%d].amount", i), price.Amount).Trim(0),
			}
			if at, err := r.Failure(); err != nil {
				return nil, a.fail(marketplace.CodeInvalid, op, at, "a sale price cannot be read", err)
			}
			for _, rule := range price.Rules.Items {
				if rule.Attribute.String() == "region_id" {
					one.region = rule.Value.String()
				}
			}
			prices = append(prices, one)
		}
		if len(answer.Prices) < salePage {
			return prices, nil
		}
	}
}

// saleChange is what is to be done to one list.
type saleChange struct {
	Create []map[string]any `json:"create,omitempty"`
	Update []map[string]any `json:"update,omitempty"`
	Delete []string         `json:"delete,omitempty"`
	// items are the indexes of the prices concerned.
	items []int
}

// writeSales brings the sale prices of the items to their lists, and takes them off the others.
func (a *Adapter) writeSales(ctx context.Context, shelf *priceShelf, prices []marketplace.Price, results []marketplace.PriceResult, open []int) error {
	now := time.Now()
	changes := map[string]*saleChange{}
	change := func(list string, i int) *saleChange {
		if changes[list] == nil {
			changes[list] = &saleChange{}
		}
		changes[list].items = append(changes[list].items, i)
		return changes[list]
	}
	for _, i := range open {
		item, wanted := prices[i].PriceItem, prices[i].Sale
		id, placed := shelf.variants[item.SKU].ID.String(), false
		for _, list := range shelf.lists {
			for _, there := range list.prices {
				switch {
				case !there.of(id, item) || list.over(now):
				case wanted == nil || placed || !list.holds(*wanted):
					c := change(list.id, i)
					c.Delete = append(c.Delete, there.id)
				default:
					placed = true
					if !there.amount.Equal(wanted.Amount) {
						c := change(list.id, i)
						c.Update = append(c.Update, map[string]any{"id": there.id, "variant_id": id, "amount": number(wanted.Amount.Trim(0).String())})
					}
				}
			}
		}
		if wanted == nil || placed {
			continue
		}
		list, err := a.saleListFor(ctx, shelf, *wanted)
		if err != nil {
			if !ofRequest(err) {
				return err
			}
			results[i].Err = err
			continue
		}
		price := set(item, wanted.Amount)
		price["variant_id"] = id
		c := change(list, i)
		c.Create = append(c.Create, price)
	}
	for _, list := range slices.Sorted(maps.Keys(changes)) {
		_, err := a.client.Send(ctx, opPublishPrices, http.MethodPost, listsPath+"/"+url.PathEscape(list)+"/prices/batch", changes[list])
		if err != nil && !ofRequest(err) {
			return err
		}
		for _, i := range changes[list].items {
			if err != nil && results[i].Err == nil {
				results[i].Err = err
			}
		}
	}
	for _, list := range shelf.lists {
		if list.over(now.Add(-24 * time.Hour)) {
			if _, err := a.client.Send(ctx, opPublishPrices, http.MethodDelete, listsPath+"/"+url.PathEscape(list.id), nil); err != nil && !ofRequest(err) {
				return err
			}
		}
	}
	return nil
}

func (l saleList) holds(sale marketplace.SalePrice) bool {
	return l.from.Equal(sale.From) && l.until.Equal(sale.Until)
}

// saleListFor returns the list for the time of a sale, and makes it if there is none. A list that was made without the
// reply arriving is found by the next call.
func (a *Adapter) saleListFor(ctx context.Context, shelf *priceShelf, sale marketplace.SalePrice) (string, error) {
	for _, list := range shelf.lists {
		if list.holds(sale) {
			return list.id, nil
		}
	}
	bound := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC().Format(time.RFC3339)
	}
	reply, err := a.client.Send(ctx, opPublishPrices, http.MethodPost, listsPath, map[string]any{
		"title":       fmt.Sprintf("%s %s / %s", saleTitle, orAlways(sale.From), orAlways(sale.Until)),
		"description": "Sale prices of one time, written by retailsync: do not edit.",
		"type":        "sale", "status": "active", "starts_at": bound(sale.From), "ends_at": bound(sale.Until),
	})
	if err != nil {
		return "", err
	}
	var made struct {
		List struct {
			ID wire.Text `json:"id"`
		} `json:"price_list"`
	}
	if err := json.Unmarshal(reply.Body, &made); err != nil || made.List.ID.IsEmpty() {
		return "", a.fail(marketplace.CodeUnknown, opPublishPrices, "price_list.id", "the answer names no price list", err)
	}
	shelf.lists = append(shelf.lists, saleList{id: made.List.ID.String(), from: sale.From, until: sale.Until})
	return made.List.ID.String(), nil
}

func orAlways(t time.Time) string {
	if t.IsZero() {
		return "always"
	}
	return t.UTC().Format(time.RFC3339)
}
