package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func percent(amount string, included bool) mapping.PriceTax {
	return mapping.PriceTax{Name: amount + "%", Type: "percent", Amount: decimal.MustParse(amount), Included: included, AffectedByBase: true}
}

func TestConvertTaxes(t *testing.T) {
	t.Parallel()
	fixed := mapping.PriceTax{Name: "Eco", Type: "fixed", Amount: decimal.MustParse("0.5"), AffectsBase: true}
	fixedIn := fixed
	fixedIn.Included = true
	division := mapping.PriceTax{Name: "Division", Type: "division", Amount: decimal.MustParse("20")}
	divisionIn := division
	divisionIn.Included = true
	code := mapping.PriceTax{Name: "Python", Type: "code"}
	type taxes = []mapping.PriceTax
	for _, test := range []struct {
		name        string
		price       string
		mode        mapping.PriceTaxes
		own, market taxes
		want        string
	}{
		{"as it is", "119", mapping.PricesAsPriced, taxes{percent("19", true)}, nil, "119"},
		{"with tax already", "119", mapping.PricesIncluded, taxes{percent("19", true)}, taxes{percent("19", true)}, "119"},
		{"without tax already", "100", mapping.PricesExcluded, taxes{percent("19", false)}, taxes{percent("19", false)}, "100"},
		{"no taxes", "100", mapping.PricesIncluded, nil, nil, "100"},
		{"added", "100", mapping.PricesIncluded, taxes{percent("19", false)}, taxes{percent("19", false)}, "119"},
		{"not rounded before", "8.4034", mapping.PricesIncluded, taxes{percent("19", false)}, taxes{percent("19", false)}, "10.000046"},
		{"taken out", "119", mapping.PricesExcluded, taxes{percent("19", true)}, taxes{percent("19", true)}, "100"},
		{"another market", "119", mapping.PricesIncluded, taxes{percent("19", true)}, taxes{percent("20", false)}, "120"},
		{"no tax there", "119", mapping.PricesIncluded, taxes{percent("19", true)}, nil, "100"},
		{"two on the price", "100", mapping.PricesIncluded, taxes{percent("5", false), percent("7", false)}, taxes{percent("5", false), percent("7", false)}, "112"},
		{"tax on a fixed tax", "100", mapping.PricesIncluded, taxes{fixed, percent("10", false)}, taxes{fixed, percent("10", false)}, "110.55"},
		{"a fixed tax taken out", "110.55", mapping.PricesExcluded, taxes{fixedIn, percent("10", true)}, taxes{fixedIn, percent("10", true)}, "100"},
		{"one in, one added", "110", mapping.PricesIncluded, taxes{percent("10", true), percent("5", false)}, taxes{percent("10", true), percent("5", false)}, "115"},
		{"division added", "80", mapping.PricesIncluded, taxes{division}, taxes{division}, "100"},
		{"division taken out", "100", mapping.PricesExcluded, taxes{divisionIn}, taxes{divisionIn}, "80"},
		{"only Odoo knows", "100", mapping.PricesIncluded, taxes{code}, taxes{code}, "refused"},
	} {
		got, err := mapping.ConvertTaxes(decimal.MustParse(test.price), test.mode, test.own, test.market)
		text := got.Trim(0).String()
		var refused *mapping.TaxTypeError
		if errors.As(err, &refused) {
			text = "refused"
		} else if err != nil {
			t.Fatal(test.name, err)
		}
		if text != test.want {
			t.Errorf("%s: %s, want %s", test.name, text, test.want)
		}
	}
}

// Taking the tax out and adding it again gives the same cents.
func TestConvertTaxesBackAndForth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := decimal.MustNew(rapid.Int64Range(0, 10_000_000).Draw(t, "cents"), 2)
		rate := decimal.MustNew(rapid.Int64Range(0, 3000).Draw(t, "rate"), 2).String()
		in, out := []mapping.PriceTax{percent(rate, true)}, []mapping.PriceTax{percent(rate, false)}
		net, err := mapping.ConvertTaxes(price, mapping.PricesExcluded, in, in)
		if err != nil {
			t.Fatal(err)
		}
		gross, err := mapping.ConvertTaxes(net, mapping.PricesIncluded, out, out)
		if err != nil {
			t.Fatal(err)
		}
		if rounded, err := canonical.Currency("EUR").Round(gross); err != nil || !rounded.Equal(price) {
			t.Errorf("%s became %s by %s%%: %v", price, rounded, rate, err)
		}
	})
}

func TestRoundPrices(t *testing.T) {
	t.Parallel()
	step := func(text string) *decimal.Decimal { d := decimal.MustParse(text); return &d }
	endings := func(texts ...string) (list []decimal.Decimal) {
		for _, text := range texts {
			list = append(list, decimal.MustParse(text))
		}
		return list
	}
	for _, test := range []struct {
		currency canonical.Currency
		rounding mapping.PriceRounding
		price    string
		want     string
	}{
		{"EUR", mapping.PriceRounding{}, "7.345", "7.35"},
		{"EUR", mapping.PriceRounding{}, "0", "0.00"},
		{"JPY", mapping.PriceRounding{}, "7.5", "8"},
		{"KWD", mapping.PriceRounding{}, "7.3455", "7.346"},
		{"CHF", mapping.PriceRounding{Step: step("0.05")}, "7.33", "7.35"},
		{"CHF", mapping.PriceRounding{Step: step("0.05"), Mode: mapping.RoundDown}, "7.34", "7.30"},
		{"CHF", mapping.PriceRounding{Step: step("0.05"), Mode: mapping.RoundUp}, "7.31", "7.35"},
		{"CHF", mapping.PriceRounding{Step: step("0.05"), Mode: mapping.RoundUp}, "7.35", "7.35"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99", "0.5")}, "7.30", "7.50"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.5", "0.99")}, "7.80", "7.99"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99")}, "7.20", "6.99"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99"), Mode: mapping.RoundUp}, "7.20", "7.99"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99"), Mode: mapping.RoundDown}, "7.99", "7.99"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99"), Mode: mapping.RoundDown}, "0.10", "0.99"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99")}, "0", "0.00"},
		{"EUR", mapping.PriceRounding{Step: step("10"), Endings: endings("9.99")}, "52", "49.99"},
		{"EUR", mapping.PriceRounding{Step: step("10")}, "1", "10.00"},
		{"EUR", mapping.PriceRounding{}, "0.004", "0.01"},
		{"JPY", mapping.PriceRounding{}, "0.2", "1"},
		{"EUR", mapping.PriceRounding{Endings: endings("0.99"), Mode: mapping.RoundDown}, "0.001", "0.99"},
		{"EUR", mapping.PriceRounding{}, "-1", "refused"},
		{"XXX", mapping.PriceRounding{}, "1", "refused"},
	} {
		got, err := mapping.PriceRule{Currency: test.currency, Rounding: test.rounding}.Round(decimal.MustParse(test.price))
		text := got.String()
		if err != nil {
			text = "refused"
		}
		if text != test.want {
			t.Errorf("%s %s by %+v: %s (%v), want %s", test.price, test.currency, test.rounding, text, err, test.want)
		}
	}
}

// A rounded price has the wanted form, is the nearest such one, and rounds to itself.
func TestRoundedPricesHaveTheForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.Int64Range(1, 500).Draw(t, "step")
		step, ending := decimal.MustNew(unit, 2), decimal.MustNew(rapid.Int64Range(0, unit-1).Draw(t, "ending"), 2)
		rule := mapping.PriceRule{Currency: "EUR", Rounding: mapping.PriceRounding{Step: &step, Endings: []decimal.Decimal{ending}}}
		price := decimal.MustNew(rapid.Int64Range(1, 100_000).Draw(t, "price"), 2)
		got, err := rule.Round(price)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := got.Sub(ending)
		if err != nil {
			t.Fatal(err)
		}
		if _, remainder, err := rest.QuoRem(step); err != nil || !remainder.IsZero() || !got.IsPos() {
			t.Errorf("%s became %s: not a multiple of %s and %s", price, got, step, ending)
		}
		if far, err := got.Sub(price); err != nil || far.Abs().Cmp(step) > 0 {
			t.Errorf("%s became %s, farther than a step of %s", price, got, step)
		}
		if again, err := rule.Round(got); err != nil || !again.Equal(got) {
			t.Errorf("%s rounds to %s: %v", got, again, err)
		}
	})
}

func TestPriceAndListingRulesAreChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ rules, want string }{
		"currency":           {"prices: [{currency: eur, pricelist: A}]", "is not a currency"},
		"no pricelist":       {"prices: [{currency: EUR}]", "no pricelist for EUR"},
		"twice":              {"prices: [{currency: EUR, pricelist: A}, {currency: EUR, pricelist: B}]", "the same conditions"},
		"mode":               {"prices: [{currency: EUR, pricelist: A, taxes: gross}]", "not known"},
		"sale":               {"prices: [{currency: EUR, pricelist: A, sale: always}]", "not known"},
		"no regular":         {"prices: [{currency: EUR, pricelist: A, sale: compared}]", "needs the pricelist"},
		"idle regular":       {"prices: [{currency: EUR, pricelist: A, regular: B}]", "never used"},
		"idle taxes":         {"prices: [{currency: EUR, pricelist: A, replace_taxes: {A: B}}]", "never used"},
		"step":               {"prices: [{currency: EUR, pricelist: A, rounding: {step: 0.005}}]", "is not a whole number"},
		"no step":            {"prices: [{currency: EUR, pricelist: A, rounding: {step: 0}}]", "is not a whole number"},
		"ending":             {"prices: [{currency: EUR, pricelist: A, rounding: {endings: [1.99]}}]", "does not lie within"},
		"ending twice":       {"prices: [{currency: EUR, pricelist: A, rounding: {endings: [0.99, 0.990]}}]", "here twice"},
		"rounding mode":      {"prices: [{currency: EUR, pricelist: A, rounding: {mode: even}}]", "not known"},
		"listing field":      {"listings: {fields: {colour: name}}", "not known"},
		"status as field":    {"listings: {fields: {status: state}}", "rules of its own"},
		"name of a field":    {"listings: {fields: {title: 'name; drop'}}", "no name of a field"},
		"two links":          {"listings: {fields: {title: a.b.c}}", "no name of a field"},
		"status word":        {"listings: {status: {otherwise: on}}", "not known"},
		"no otherwise":       {"listings: {status: {when: [{field: active, is: 'false', status: draft}]}}", "otherwise is missing"},
		"condition":          {"listings: {status: {when: [{field: active, status: draft}], otherwise: active}}", "the value is missing"},
		"condition twice":    {"listings: {status: {when: [{field: active, is: 'false', status: draft}, {field: active, is: 'false', status: archived}], otherwise: active}}", "the same conditions"},
		"language":           {"listings: {language: 'de DE'}", "no language"},
		"ownership":          {"ownership: {listing.title: create_only}", "listings are not created"},
		"owner of no field":  {"ownership: {listing.colour: odoo}", "not known"},
		"all is well":        {"prices: [{currency: EUR, pricelist: A}, {currency: EUR, list: de, pricelist: 3, taxes: included, rounding: {step: 1, endings: [0.95, 0.99]}}]\n    listings: {fields: {title: name}, status: {otherwise: draft}}\n    ownership: {listing.title: channel}", ""},
		"the channel's list": {"pricelist: {EUR: Web}\n    prices: [{currency: EUR}]", ""},
	} {
		_, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  shop/main:\n    "+test.rules+"\n"), "rules.yaml")
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestPriceRulesAreComplete(t *testing.T) {
	t.Parallel()
	rules, err := mapping.Load(strings.NewReader(`version: 1
defaults:
  prices: [{currency: EUR, taxes: included}, {currency: SEK, pricelist: Krona}]
  listings: {fields: {title: name, barcode: barcode}, status: {otherwise: active}}
channels:
  shop/main:
    pricelist: {EUR: Web}
    prices: [{currency: SEK, pricelist: 7, sale: dated}]
    ownership: {listing.title: channel, listing.status: channel}
`), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	channel, err := rules.For(canonical.Channel{Name: "shop", Account: "main"})
	if err != nil {
		t.Fatal(err)
	}
	nearest := mapping.PriceRounding{Mode: mapping.RoundNearest}
	want := []mapping.PriceRule{
		{Currency: "SEK", Pricelist: mapping.ID(7), Taxes: mapping.PricesAsPriced, Sale: mapping.SaleDated, Rounding: nearest},
		{Currency: "EUR", Pricelist: mapping.Name("Web"), Taxes: mapping.PricesIncluded, Sale: mapping.SaleIncluded, Rounding: nearest},
	}
	if diff := cmp.Diff(want, channel.PriceRules()); diff != "" {
		t.Errorf("prices (-want +got):\n%s", diff)
	}
	owned := channel.OwnedListing()
	if diff := cmp.Diff(map[string]string{"barcode": "barcode"}, owned.Fields); diff != "" || !owned.Status.IsZero() {
		t.Errorf("owned (-want +got):\n%s %v", diff, owned.Status)
	}
	if len(channel.Listings.Fields) != 2 {
		t.Error("the rules were changed")
	}
}

func TestListingStatus(t *testing.T) {
	t.Parallel()
	rules := mapping.ListingStatusRules{Otherwise: "active", When: []mapping.ListingStatusRule{
		{Field: "x_web", Is: "live", Status: "active"},
		{Field: "sale_ok", Is: "false", Status: "draft"},
		{Field: "active", Is: "false", Status: "archived"},
	}}
	for _, test := range []struct{ active, saleOK, web, want string }{
		{"true", "true", "live", "active"},
		{"true", "true", "false", "active"},
		{"true", "false", "live", "draft"},
		{"false", "false", "live", "archived"},
	} {
		values := map[string]string{"active": test.active, "sale_ok": test.saleOK, "x_web": test.web}
		if got := rules.Of(func(field string) string { return values[field] }); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}
