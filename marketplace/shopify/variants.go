package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	// skuBatch keeps the search for SKUs short.
	skuBatch = 50
	// variantsAtOnce is tried first, as for orders.
	variantsAtOnce = 100
)

// variantSearch asks for variants, with what the fragment Found says of each.
type variantSearch struct {
	op, name string
	// more is what else the operation asks for; parameters declare its variables.
	parameters, more, fragments string
	variables                   map[string]any
	// root takes over what else the answer says.
	root func(map[string]json.RawMessage)
}

// document is the search as GraphQL.
func (s variantSearch) document() string {
	return "query " + s.name + "($first: Int!, $after: String, $query: String" + s.parameters + ") {" + s.more + `
  productVariants(first: $first, after: $after, query: $query, sortKey: ID) {
    nodes { id sku ...Found } pageInfo { hasNextPage endCursor }
  }
}` + s.fragments
}

// variantHead is what every search reads of a variant.
type variantHead struct {
	ID  wire.Text `json:"id"`
	SKU wire.Text `json:"sku"`
}

// variantRow is one variant that was found; body is all that was asked for.
type variantRow struct {
	variantHead
	body json.RawMessage
}

// variantPage reads one page of a search. One that costs too much is tried with half as many variants.
func (a *Adapter) variantPage(ctx context.Context, s variantSearch, search, after string, first int) ([]variantRow, connection[json.RawMessage], error) {
	for {
		variables := map[string]any{"first": first}
		if search != "" {
			variables["query"] = search
		}
		if after != "" {
			variables["after"] = after
		}
		for name, value := range s.variables {
			variables[name] = value
		}
		var data map[string]json.RawMessage
		_, err := a.call(ctx, request{op: s.op, name: s.name, document: s.document(), variables: variables}, &data)
		if errors.Is(err, errTooCostly) && first > 1 {
			first /= 2
			continue
		}
		if err != nil {
			return nil, connection[json.RawMessage]{}, err
		}
		var page connection[json.RawMessage]
		_ = page.UnmarshalJSON(data["productVariants"]) // never fails
		if data["productVariants"] == nil || page.Nodes.Odd > 0 {
			return nil, page, a.fail(marketplace.CodeInvalid, s.op, "productVariants", "the answer has no list of variants", nil)
		}
		if s.root != nil {
			s.root(data)
		}
		rows := make([]variantRow, len(page.Nodes.Items))
		for i, body := range page.Nodes.Items {
			rows[i].body = body
			if json.Unmarshal(body, &rows[i].variantHead) != nil || tail(rows[i].ID) == "" {
				return nil, page, a.fail(marketplace.CodeInvalid, s.op, fmt.Sprintf("productVariants.nodes[%d]", i), "a variant cannot be read", nil)
			}
		}
		return rows, page, nil
	}
}

// findVariants finds variants by their SKUs. Shopify's search is not exact, so what it finds beside them is left out.
func (a *Adapter) findVariants(ctx context.Context, s variantSearch, skus []string) (map[string][]variantRow, error) {
	wanted := make([]string, 0, len(skus))
	for _, sku := range skus {
		if sku != "" && !slices.Contains(wanted, sku) {
			wanted = append(wanted, sku)
		}
	}
	found := map[string][]variantRow{}
	for part := range slices.Chunk(wanted, skuBatch) {
		terms := make([]string, len(part))
		for i, sku := range part {
			terms[i] = "sku:" + searchValue(sku)
		}
		for after := ""; ; {
			rows, page, err := a.variantPage(ctx, s, strings.Join(terms, " OR "), after, variantsAtOnce)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				if sku := row.SKU.String(); slices.Contains(part, sku) {
					found[sku] = append(found[sku], row)
				}
			}
			if !page.PageInfo.HasNext.IsTrue() {
				break
			}
			end := page.PageInfo.End.String()
			if end == "" || end == after {
				return nil, a.fail(marketplace.CodeInvalid, s.op, "productVariants.pageInfo.endCursor", "there are more variants, but nothing says where", nil)
			}
			after = end
		}
	}
	return found, nil
}

// searchValue quotes a text for Shopify's search.
func searchValue(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// single picks the one variant of a SKU.
func (a *Adapter) single(op, sku string, rows []variantRow) (variantRow, error) {
	switch len(rows) {
	case 0:
		return variantRow{}, a.fail(marketplace.CodeNotFound, op, "sku", fmt.Sprintf("the shop has no variant %q: create it there, or add an alias to the rules", sku), nil)
	case 1:
		return rows[0], nil
	default:
		return variantRow{}, a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("the shop has %d variants %q: give each a SKU of its own", len(rows), sku), nil)
	}
}

// listVariants reads a page of all variants in the order of their ids, and returns the cursor after it, empty after the
// last. It pages by the id: Shopify's own cursors end after 25,000 variants.
func (a *Adapter) listVariants(ctx context.Context, s variantSearch, cursor marketplace.Cursor, first int) ([]variantRow, marketplace.Cursor, error) {
	search := ""
	var before uint64
	if cursor != "" {
		id, ok := strings.CutPrefix(string(cursor), variantCursor)
		if before, _ = strconv.ParseUint(id, 10, 64); !ok || !isID(id) {
			return nil, "", a.fail(marketplace.CodeInvalid, s.op, "", "not a cursor of this adapter: start again without one", nil)
		}
		search = "id:>" + id
	}
	rows, page, err := a.variantPage(ctx, s, search, "", first)
	if err != nil || !page.PageInfo.HasNext.IsTrue() {
		return rows, "", err
	}
	last := before
	for _, row := range rows {
		if id, err := strconv.ParseUint(tail(row.ID), 10, 64); err == nil {
			last = max(last, id)
		}
	}
	if last == before {
		return nil, "", a.fail(marketplace.CodeInvalid, s.op, "productVariants.nodes", "there are more variants, but none that tells where", nil)
	}
	return rows, marketplace.Cursor(variantCursor + strconv.FormatUint(last, 10)), nil
}

// variantCursor begins the cursors of lists of variants.
const variantCursor = "variant-"
