package retailsync_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/sale"
)

// under runs the life by other rules.
func (l *life) under(change func(*mapping.ChannelRules)) {
	l.Helper()
	l.connector = retailsync.New(l.db.dial(l), rulesWith(l.db, change), retailsync.WithJournal(l.journal))
}

func TestUnknownGoods(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("NOWHERE", 2, 1999))
		result := l.want(retailsync.Failed)
		wantOrderError[*mapping.UnmappedError](l, result.Err, retailsync.StageMap, `"NOWHERE"`)

		l.under(func(c *mapping.ChannelRules) {
			c.Products.Unknown, c.Products.Placeholder = mapping.UnknownHold, mapping.Name("SKU-12")
		})
		l.want(retailsync.Held)
		l.wantState(sale.StateDraft)
		l.wantLines("L1 1, L2 2")

		l.under(func(c *mapping.ChannelRules) {
			c.Products.Unknown, c.Products.Placeholder = mapping.UnknownPlaceholder, mapping.Name("SKU-12")
		})
		l.want(retailsync.Confirmed)
		l.wantState(sale.StateSale)
		l.wantTotal()
	})
}

func TestAliasNamesTheProduct(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.under(func(c *mapping.ChannelRules) { c.Products.Aliases = map[string]string{"web-" + l.id: "SKU-3"} })
		l.put(Item("web-"+l.id, 2, 1999))
		l.want(retailsync.Created)
		if got := l.search("product.product", skuOf("SKU-3")); l.lines()["L2"].ProductID.ID != got[0] {
			l.Errorf("product %v, want %v", l.lines()["L2"].ProductID, got)
		}
	})
}

func TestAmbiguousSKU(t *testing.T) {
	eitherLife(t, func(l *life) {
		sku := "TWICE-" + l.id
		for range 2 {
			l.create("product.product", map[string]any{"name": "Twin", "default_code": sku, "type": "consu"})
		}
		l.put(Item(sku, 1, 1999))
		result := l.want(retailsync.Failed)
		wantOrderError[*mapping.AmbiguousSKUError](l, result.Err, retailsync.StageMap, "give each its own")
	})
}

// Every order that cannot be mapped says which rule is missing, and nothing of it reaches Odoo.
func TestMissingRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		order []Option
		rules func(*mapping.ChannelRules)
		kind  mapping.UnmappedKind
		text  string
	}{
		{"a currency that is not active in Odoo", []Option{Currency("XPF")}, nil, mapping.UnmappedCurrency, "activate it in Odoo"},
		{
			"no pricelist in the currency",
			[]Option{Currency("SEK")},
			func(c *mapping.ChannelRules) { delete(c.Pricelists, "SEK") },
			mapping.UnmappedPricelist, "add under channels.test/main.pricelist",
		},
		{
			"a pricelist in another currency",
			[]Option{Currency("SEK")},
			func(c *mapping.ChannelRules) { c.Pricelists["SEK"] = mapping.Name("RS EUR") },
			mapping.UnmappedPricelist, "in SEK, not in EUR",
		},
		{"no rule for a tax", []Option{TaxedItem("SKU-1", 1, 1000, 17000, canonical.CollectorSeller)}, nil, mapping.UnmappedTax, "rate: 17"},
		{
			"no product for a kind of line",
			[]Option{Charge(canonical.LineTip, 100, 0)},
			func(c *mapping.ChannelRules) { delete(c.Lines, canonical.LineTip) },
			mapping.UnmappedLineKind, "tip: {product:",
		},
		{"a word for a status", nil, nil, mapping.UnmappedStatus, "statuses.words"},
	}
	eitherOdoo(t, func(t *testing.T, db *database) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				l := newLife(t, db, db.rules)
				if test.rules != nil {
					l.under(test.rules)
				}
				l.put(append([]Option{Item("SKU-1", 1, 1999)}, test.order...)...)
				if test.kind == mapping.UnmappedStatus {
					l.edit(func(o *canonical.Order) { o.Status, o.RawStatus = canonical.StatusOther, "on the moon" })
				}
				result := l.want(retailsync.Failed)
				wantOrderError[*mapping.UnmappedError](t, result.Err, retailsync.StageMap, test.text)
				found := false
				for _, unmapped := range mapping.Unmapped(result.Err) {
					found = found || unmapped.Kind == test.kind
				}
				if !found {
					t.Errorf("no %s in %v", test.kind, result.Err)
				}
				if strings.Contains(result.Err.Error(), "@example.com") {
					t.Errorf("personal data in %v", result.Err)
				}
				if ids := l.search("sale.order", originOf(l.id)); len(ids) != 0 {
					t.Errorf("orders %v in Odoo", ids)
				}
			})
		}
	})
}

// Rules that name what the database does not have end a run before it begins.
func TestRulesThatNameNothing(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.under(func(c *mapping.ChannelRules) { c.Pricelists["EUR"] = mapping.Name("no such list") })
		l.put(Item("SKU-1", 1, 1999))
		report, err := l.connector.ImportOrders(l.Context(), l.source, time.Time{})
		var unknown *mapping.UnknownRecordError
		if !errors.As(err, &unknown) || unknown.Rule != "pricelist.EUR" || report.Orders() != 0 {
			l.Errorf("%v, %v", report, err)
		}
		l.under(func(c *mapping.ChannelRules) { c.Company = 99_999_999 })
		_, err = l.connector.ImportOrders(l.Context(), l.source, time.Time{})
		if !errors.As(err, &unknown) || unknown.Rule != "company" {
			l.Errorf("a company that is not there: %v", err)
		}
	})
}

// A quotation whose amounts a person changed is not confirmed, and the error says which amounts differ.
func TestTotalsThatDifferAreNotConfirmed(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusOnHold))
		l.want(retailsync.Held)
		product := l.search("product.product", skuOf("SKU-7"))
		l.create("sale.order.line", map[string]any{"order_id": l.orderID, "product_id": product[0], "product_uom_qty": 1, "price_unit": 1})
		l.put(Item("SKU-1", 2, 1999))
		result := l.want(retailsync.Failed)
		wantOrderError[*retailsync.TotalMismatch](l, result.Err, retailsync.StageTotals, "stays a quotation")
		l.wantState(sale.StateDraft)
		// The way out: the person takes the line away again.
		l.write("sale.order.line", l.lines()["by hand"].ID, map[string]any{"product_uom_qty": 0})
		l.want(retailsync.Confirmed)
		l.wantTotal()
	})
}
