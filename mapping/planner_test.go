package mapping

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
)

// directory19 is a database with a 25 % tax, one pricelist and two countries.
func directory19() *Directory {
	return &Directory{
		Series: 19, StatedAmounts: true, PriceDigits: -1, DiscountDigits: 2, QuantityDigits: 2,
		CompanyID: 1, CompanyCurrency: "EUR",
		Currencies: map[canonical.Currency]CurrencyRecord{"EUR": {ID: 1, Digits: 2}, "USD": {ID: 2, Digits: 2}},
		Taxes:      []Tax{{Record: Record{ID: 7, Name: "25% G"}, Type: TaxPercent, Percent: dec("25")}},
		Pricelists: []Pricelist{{Record: Record{ID: 3, Name: "EUR"}, Currency: "EUR"}, {Record: Record{ID: 4, Name: "twice"}}, {Record: Record{ID: 5, Name: "twice"}}},
		Countries:  map[string]int64{"SE": 192},
	}
}

func someProducts() Products {
	products := Products{BySKU: map[string][]Product{}}
	for i, sku := range []string{"SKU-1", "SKU-2", "KIT-1", "SHIP", "CLEAR", "GIFT", "PLACE"} {
		products.BySKU[sku] = []Product{{ID: int64(100 + i), UoMID: 1, SKU: sku, Name: "Product " + sku}}
	}
	return products
}

func baseRules() ChannelRules {
	return ChannelRules{
		Lines: map[canonical.LineKind]LineRule{canonical.LineShipping: {Product: Name("SHIP")}},
		Taxes: []TaxRule{{Rate: Rate(dec("25")), Tax: Name("25% G")}},
	}
}

func planFor(t *testing.T, rules ChannelRules, order canonical.Order) (*Plan, error) {
	t.Helper()
	all := &Rules{Version: RulesVersion, Channels: map[canonical.Channel]ChannelRules{order.Key.Channel: rules}}
	channel, err := all.For(order.Key.Channel)
	if err != nil {
		t.Fatal(err)
	}
	planner, err := NewPlanner(channel, directory19())
	if err != nil {
		t.Fatal(err)
	}
	return planner.Plan(&order, someProducts())
}

// lines are the plan's lines in short: product, quantity, net and tax.
func lines(plan *Plan) []string {
	var all []string
	for _, l := range plan.Order.Lines {
		all = append(all, strings.Join([]string{l.Label, l.Quantity.String(), l.Net.String(), l.Tax.String()}, " "))
	}
	return all
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const seller, channel = canonical.CollectorSeller, canonical.CollectorChannel
	kit := func() canonical.Order {
		order := canonicaltest.Order("1", canonicaltest.Item("KIT-1", 1, 3000))
		order.Lines[0].Kind = canonical.LineBundle
		for n, sku := range []string{"SKU-1", "SKU-2"} {
			order.Lines = append(order.Lines, canonical.Line{
				ID: "m" + sku, Kind: canonical.LineBundleMember, ParentID: order.Lines[0].ID, SKU: sku,
				Qty: canonical.LineQty{Ordered: decimal.MustNew(int64(n+1), 0)},
			})
		}
		return order
	}
	tests := []struct {
		name   string
		rules  func(*ChannelRules)
		order  canonical.Order
		want   []string
		total  string
		target Target
	}{
		{
			name:  "goods and shipping",
			order: canonicaltest.Order("1", canonicaltest.Item("SKU-1", 2, 1000), canonicaltest.Shipping(500)),
			want:  []string{"line L1 (SKU-1) 2 20.00 5.00", "line L2 (shipping) 1 5.00 1.25"},
			total: "31.25", target: TargetConfirmed,
		},
		{
			name:  "a kit by its parent",
			order: kit(), want: []string{"line L1 (KIT-1) 1 30.00 7.50"}, total: "37.50", target: TargetConfirmed,
		},
		{
			name:  "a kit by its members, which share the price",
			rules: func(r *ChannelRules) { r.Bundles = BundleMembers },
			order: kit(), want: []string{"line mSKU-1 (SKU-1) 1 10.00 2.50", "line mSKU-2 (SKU-2) 2 20.00 5.00"},
			total: "37.50", target: TargetConfirmed,
		},
		{
			name:  "tax of the channel left out",
			rules: func(r *ChannelRules) { r.Taxes = append(r.Taxes, TaxRule{Collector: channel, Treatment: TaxOmit}) },
			order: canonicaltest.Order("1", canonicaltest.TaxedItem("SKU-1", 1, 1000, 8250, channel), canonicaltest.TaxedItem("SKU-2", 1, 1000, 25000, seller)),
			want:  []string{"line L1 (SKU-1) 1 10.00 0", "line L2 (SKU-2) 1 10.00 2.50"}, total: "22.50", target: TargetConfirmed,
		},
		{
			name: "tax of the channel on a clearing line",
			rules: func(r *ChannelRules) {
				r.Taxes = append(r.Taxes, TaxRule{Collector: channel, Treatment: TaxLine, Product: Name("CLEAR")})
			},
			order: canonicaltest.Order("1", canonicaltest.TaxedItem("SKU-1", 1, 1000, 8250, channel)),
			want:  []string{"line L1 (SKU-1) 1 10.00 0", "tax collected by the channel 1 0.83 0"}, total: "10.83", target: TargetConfirmed,
		},
		{
			name:  "a used gift card is a payment",
			order: canonicaltest.Order("1", canonicaltest.Item("SKU-1", 1, 1000), canonicaltest.GiftCard(400)),
			want:  []string{"line L1 (SKU-1) 1 10.00 2.50"}, total: "12.50", target: TargetConfirmed,
		},
		{
			name:  "a used gift card as a line",
			rules: func(r *ChannelRules) { r.GiftCardsUsed = GiftCardRule{As: GiftCardLine, Product: Name("GIFT")} },
			order: canonicaltest.Order("1", canonicaltest.Item("SKU-1", 1, 1000), canonicaltest.GiftCard(400)),
			want:  []string{"line L1 (SKU-1) 1 10.00 2.50", "gift card used 1 -5.00 0"}, total: "7.50", target: TargetConfirmed,
		},
		{
			name:  "unknown goods hold the order",
			rules: func(r *ChannelRules) { r.Products = ProductRules{Unknown: UnknownHold, Placeholder: Name("PLACE")} },
			order: canonicaltest.Order("1", canonicaltest.Item("NEW", 1, 1000)),
			want:  []string{"line L1 (NEW) 1 10.00 2.50"}, total: "12.50", target: TargetQuotation,
		},
		{
			name:  "a cancelled unit",
			order: canonicaltest.Order("1", canonicaltest.Item("SKU-1", 3, 1000), canonicaltest.Cancelled(1)),
			want:  []string{"line L1 (SKU-1) 2 20.00 5.00"}, total: "25.00", target: TargetConfirmed,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := test.order.Validate(); err != nil {
				t.Fatal(err)
			}
			rules := baseRules()
			if test.rules != nil {
				test.rules(&rules)
			}
			plan, err := planFor(t, rules, test.order)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, lines(plan)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if !plan.Total.Equal(dec(test.total)) || plan.Target != test.target {
				t.Errorf("got %s %s, want %s %s", plan.Total, plan.Target, test.total, test.target)
			}
			seen := map[string]bool{}
			for _, line := range plan.Order.Lines {
				if seen[line.ExternalID.String()] || !plan.Owns(line.ExternalID) {
					t.Errorf("External ID %s is doubled or not the plan's", line.ExternalID)
				}
				seen[line.ExternalID.String()] = true
			}
		})
	}
}

// Everything that is missing is said at once.
func TestPlanNamesAllThatIsMissing(t *testing.T) {
	t.Parallel()
	order := canonicaltest.Order("1", canonicaltest.Item("NEW-1", 1, 1000), canonicaltest.TaxedItem("NEW-2", 1, 1000, 10000, canonical.CollectorSeller),
		canonicaltest.Charge(canonical.LineTip, 100, 0), canonicaltest.Country("NO"))
	_, err := planFor(t, baseRules(), order)
	var got []string
	for _, missing := range Unmapped(err) {
		got = append(got, string(missing.Kind))
	}
	want := []string{"sku", "sku", "tax", "line_kind", "country"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("missing (-want +got):\n%s\n%v", diff, err)
	}
}

// What Odoo would round is refused, with the line and the way out: it would deliver something else than was sold.
func TestPlanRefusesQuantitiesThatOdooRounds(t *testing.T) {
	t.Parallel()
	for qty, wanted := range map[string]string{"0.25": "", "2.500": "", "0.3333": "lines[0].qty: ", "0.123456789": "lines[0].qty: "} {
		order := canonicaltest.Order("1", canonicaltest.Item("SKU-1", 1, 1000))
		order.Lines[0].Qty.Ordered = dec(qty)
		plan, err := planFor(t, baseRules(), order)
		if wanted == "" {
			if err != nil || !plan.Order.Lines[0].Quantity.Equal(dec(qty)) {
				t.Errorf("%s: %v", qty, err)
			}
			continue
		}
		missing := Unmapped(err)
		if len(missing) != 1 || missing[0].Kind != UnmappedQuantity || !strings.Contains(err.Error(), qty) ||
			!strings.HasPrefix(err.Error(), wanted) || !strings.Contains(err.Error(), "keeps 2 decimals") {
			t.Errorf("%s: %v", qty, err)
		}
	}
}

// An alias of no SKU is refused by the rules, so nobody is told to write one.
func TestMissingSKUOfNothing(t *testing.T) {
	t.Parallel()
	order := canonicaltest.Order("1", canonicaltest.Item("", 1, 1000))
	_, err := planFor(t, baseRules(), order)
	if err == nil || strings.Contains(err.Error(), "aliases") || !strings.Contains(err.Error(), "give the article a SKU at the channel") {
		t.Error(err)
	}
}

func TestNewPlannerRefusesUnknownRecords(t *testing.T) {
	t.Parallel()
	channel := canonical.Channel{Name: "shop", Account: "main"}
	rules := baseRules()
	rules.Taxes[0].Tax = Name("26% G")
	rules.Pricelists = map[canonical.Currency]Ref{"EUR": Name("twice")}
	rules.Team = Name("Nobody")
	complete, err := (&Rules{Version: RulesVersion, Channels: map[canonical.Channel]ChannelRules{channel: rules}}).For(channel)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewPlanner(complete, directory19())
	var unknown *UnknownRecordError
	if !errors.As(err, &unknown) {
		t.Fatalf("got %v", err)
	}
	for _, name := range []string{"taxes[0].tax", "26% G", "2 records of product.pricelist", "Nobody"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %q: %v", name, err)
		}
	}
}
