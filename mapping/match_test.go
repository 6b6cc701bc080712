package mapping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func se25() mapping.TaxQuery {
	return mapping.TaxQuery{Country: "SE", Rate: decimal.MustParse("25.0"), RateKnown: true}
}

func TestTax(t *testing.T) {
	t.Parallel()
	rules := channelRules(t, "taxes:",
		"  - {rate: 25, tax: any25}",
		"  - {rate: 25, country: SE, tax: se25}",
		"  - {rate: 25, country: SE, included: true, tax: se25incl}",
		"  - {code: SE-BOOKS, tax: books}",
		"  - {jurisdiction: \"US-CA*\", tax: california}",
		"  - {jurisdiction: US-CA-LA, tax: la}",
		"  - {rate: 0, tax: none}",
		"  - {collector: channel, treatment: omit}",
		"  - {collector: channel, country: US, treatment: line, product: MKT}",
	)
	tests := []struct {
		name   string
		query  func(q *mapping.TaxQuery)
		want   string // tax, treatment or part of the rule to add
		failed bool
	}{
		{"country and rate", func(*mapping.TaxQuery) {}, "se25", false},
		{"rate alone", func(q *mapping.TaxQuery) { q.Country = "DK" }, "any25", false},
		{"included", func(q *mapping.TaxQuery) { q.Included = true }, "se25incl", false},
		{"code first", func(q *mapping.TaxQuery) { q.Code, q.Included = " se-books ", true }, "books", false},
		{"code without a rate", func(q *mapping.TaxQuery) { q.Code, q.RateKnown = "SE-BOOKS", false }, "books", false},
		{"jurisdiction", func(q *mapping.TaxQuery) { q.Jurisdiction, q.RateKnown = "US-CA-SF", false }, "california", false},
		{"narrower jurisdiction", func(q *mapping.TaxQuery) { q.Jurisdiction = "us-ca-la" }, "la", false},
		{"zero", func(q *mapping.TaxQuery) { q.Rate = decimal.Zero }, "none", false},
		{"channel", func(q *mapping.TaxQuery) { q.Collector = canonical.CollectorChannel }, "omit", false},
		{"channel by country", func(q *mapping.TaxQuery) { q.Collector, q.Country = canonical.CollectorChannel, "US" }, "line", false},
		{"unknown rate", func(q *mapping.TaxQuery) { q.RateKnown = false }, `- {country: SE, jurisdiction: "*", tax: <name of the Odoo tax>}`, true},
		{"other rate", func(q *mapping.TaxQuery) { q.Rate = decimal.MustParse("12.50") }, "- {rate: 12.5, country: SE, tax: <name of the Odoo tax>}", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			query := se25()
			tt.query(&query)
			rule, err := rules.Tax(query)
			var missing *mapping.UnmappedError
			switch {
			case errors.As(err, &missing):
				if !tt.failed || missing.Rule != tt.want {
					t.Errorf("rule to add = %s, want %s", missing.Rule, tt.want)
				}
			case err != nil || tt.failed:
				t.Errorf("rule = %+v, err = %v", rule, err)
			case rule.Tax.Name != tt.want && string(rule.Treatment) != tt.want:
				t.Errorf("rule = %+v, want %s", rule, tt.want)
			}
		})
	}
}

// TestTaxIgnoresOrder draws rules and taxes: any order of the rules gives the same answer.
func TestTaxIgnoresOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		taxes := rapid.SliceOfN(rapid.Custom(drawTax), 1, 8).Draw(t, "taxes")
		rules := mapping.Rules{Version: 1, Channels: map[canonical.Channel]mapping.ChannelRules{shop: {Taxes: taxes}}}
		complete, err := rules.For(shop)
		if err != nil {
			t.Skip("contradictory")
		}
		shuffled := complete
		shuffled.Taxes = rapid.Permutation(complete.Taxes).Draw(t, "shuffled")
		query := mapping.TaxQuery{
			Country:      rapid.SampledFrom([]string{"", "SE", "DE", "NO", "US"}).Draw(t, "to"),
			Code:         rapid.SampledFrom([]string{"", "a", "B", "C"}).Draw(t, "with code"),
			Jurisdiction: rapid.SampledFrom([]string{"", "US-CA", "US-CA-LA", "US-NY", "XX-CA"}).Draw(t, "in"),
			Rate:         decimal.MustNew(rapid.Int64Range(0, 4).Draw(t, "at")*625, 2),
			RateKnown:    rapid.Bool().Draw(t, "known"),
			Included:     rapid.Bool().Draw(t, "with tax"),
		}
		one, errOne := complete.Tax(query)
		two, errTwo := shuffled.Tax(query)
		if diff := cmp.Diff(one, two, compareBy); diff != "" || (errOne == nil) != (errTwo == nil) {
			t.Fatalf("order matters: %s %v %v", diff, errOne, errTwo)
		}
	})
}

// TestRuleToAdd adds what each error shows, filled in, and asks again.
func TestRuleToAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ -~\n\t\x00å€😀]{0,10}`).Draw(t, "word")
		query := mapping.TaxQuery{
			Code: word, Jurisdiction: word,
			Country:   rapid.SampledFrom([]string{"", "SE", "se"}).Draw(t, "country"),
			Rate:      decimal.MustNew(rapid.Int64Range(0, 10000).Draw(t, "rate"), 2),
			RateKnown: rapid.Bool().Draw(t, "known"),
		}
		if rapid.Bool().Draw(t, "no words") {
			query.Code, query.Jurisdiction = "", ""
		}
		if rapid.Bool().Draw(t, "by channel") {
			query.Collector = canonical.CollectorChannel
		}
		printable := !strings.ContainsAny(word, "\n\t\x00") && strings.TrimSpace(word) != ""
		other := "defaults:\n  shipping_methods: [{method: zzzzzzzzzzz, carrier: none}]\n  payment_methods: [{gateway: zzzzzzzzzzz, journal: none}]\n" +
			"  warehouses: [{location: zzzzzzzzzzz, warehouse: W}]\n  pricelist: {CHF: A}\n"
		asks := map[string]func(mapping.Channel) error{
			"tax":      func(c mapping.Channel) error { _, err := c.Tax(query); return err },
			"shipping": func(c mapping.Channel) error { _, err := c.ShippingMethod(word); return err },
			"payment":  func(c mapping.Channel) error { _, err := c.PaymentMethod(word); return err },
			"location": func(c mapping.Channel) error { _, err := c.WarehouseAt(word); return err },
			"list":     func(c mapping.Channel) error { _, err := c.Pricelist("EUR"); return err },
			"line":     func(c mapping.Channel) error { _, err := c.LineProduct(canonical.LineTip); return err },
			"status": func(c mapping.Channel) error {
				_, err := c.Status(&canonical.Order{Status: canonical.StatusOther, RawStatus: word})
				return err
			},
		}
		if !printable { // such a word is no word of a channel; it must only not break anything
			delete(asks, "status")
			if query.Code != "" {
				delete(asks, "tax")
			}
			if strings.TrimSpace(word) != "" {
				delete(asks, "shipping")
				delete(asks, "payment")
				delete(asks, "location")
			}
		}
		base := "version: 1\n" + other + "channels:\n  shop/main:\n    bundles: parent\n"
		rules, err := mapping.LoadBytes([]byte(base), "base")
		if err != nil {
			t.Fatal(err)
		}
		before, err := rules.For(shop)
		if err != nil {
			t.Fatal(err)
		}
		for name, ask := range asks {
			var missing *mapping.UnmappedError
			if err := ask(before); err == nil {
				continue // an empty location needs no rule
			} else if !errors.As(err, &missing) {
				t.Fatalf("%s: err = %v", name, err)
			}
			text := base
			indent := "    "
			for _, key := range strings.Split(strings.TrimPrefix(missing.Under, "channels.shop/main."), ".") {
				text += indent + key + ":\n"
				indent += "  "
			}
			text += indent + filled(missing.Rule) + "\n"
			added, err := mapping.LoadBytes([]byte(text), "added")
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
			after, err := added.For(shop)
			if err != nil {
				t.Fatal(err)
			}
			if err := ask(after); err != nil {
				t.Fatalf("%s: the rule does not help: %v\n%s", name, err, text)
			}
		}
	})
}

// filled fills in what a person must: a name, or a state.
func filled(rule string) string {
	start, end := strings.LastIndex(rule, "<"), strings.LastIndex(rule, ">")
	if start < 0 || end < start {
		return rule
	}
	if strings.Contains(rule[start:], "confirmed") {
		return rule[:start] + "confirmed" + rule[end+1:]
	}
	return rule[:start] + "Something" + rule[end+1:]
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	rules := channelRules(t,
		"shipping_methods: [{method: \"*\", carrier: none}, {method: \"flat*\", carrier: Post}, {method: \"flat_rate:?\", carrier: Two}, {method: \"flat_rate:3\", product: SHIP3}]",
		"warehouse: Main", "warehouses: [{location: \"store-*\", warehouse: Store}]",
	)
	for method, want := range map[string]string{
		"": "none", "pickup": "none", "flat": "Post", "FLAT_RATE:12": "Post", " flat_rate:4 ": "Two", "flat_rate:3": "",
	} {
		rule, err := rules.ShippingMethod(method)
		if err != nil || rule.Carrier.Name != want {
			t.Errorf("%q -> %+v, %v; want %q", method, rule, err, want)
		}
	}
	for location, want := range map[string]string{"": "Main", "Store-7": "Store", "attic": ""} {
		house, err := rules.WarehouseAt(location)
		if house.Name != want || (err != nil) != (want == "") {
			t.Errorf("%q -> %v, %v; want %q", location, house, err, want)
		}
	}
}

func TestFiscalPosition(t *testing.T) {
	t.Parallel()
	rules := channelRules(t, "fiscal_positions:",
		"  - {business: true, position: B2B}", "  - {country: DE, position: DE}", "  - {country: DE, business: true, position: DE B2B}",
		"  - {country: US, state: CA, position: California}", "  - {country: SE, position: none}")
	tests := []struct {
		country, state string
		business       bool
		want           mapping.Ref
	}{
		{"DE", "", false, mapping.Name("DE")},
		{"DE", "BY", true, mapping.Name("DE B2B")},
		{"US", "ca", true, mapping.Name("California")},
		{"US", "NY", true, mapping.Name("B2B")},
		{"SE", "", false, mapping.Name("none")},
		{"", "", false, mapping.Ref{}},
	}
	for _, tt := range tests {
		if got := rules.FiscalPosition(tt.country, tt.state, tt.business); got != tt.want {
			t.Errorf("%+v -> %v", tt, got)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rules  string
		status canonical.Status
		raw    string
		want   mapping.Intake
	}{
		{"order_prefix: W", canonical.StatusConfirmed, "", mapping.IntakeConfirm},
		{"order_prefix: W", canonical.StatusPending, "", mapping.IntakeSkip},
		{"order_prefix: W", canonical.StatusOnHold, "", mapping.IntakeDraft},
		{"order_prefix: W", canonical.StatusConflict, "", mapping.IntakeDraft},
		{"order_prefix: W", canonical.StatusCancelled, "", mapping.IntakeSkip},
		{"statuses: {hold: skip, pending: draft}", canonical.StatusPending, "", mapping.IntakeDraft},
		{"statuses: {hold: skip, pending: draft}", canonical.StatusOnHold, "", mapping.IntakeSkip},
		{"statuses: {import: [confirmed]}", canonical.StatusOnHold, "", mapping.IntakeSkip},
		{"statuses: {import: [confirmed]}", canonical.StatusShipped, "", mapping.IntakeSkip},
		{"statuses: {import: [confirmed, pending]}", canonical.StatusPending, "", mapping.IntakeDraft},
		{"statuses: {words: {Ready: confirmed}}", canonical.StatusOther, " READY ", mapping.IntakeConfirm},
		{"statuses: {words: {processing: pending}}", canonical.StatusConfirmed, "processing", mapping.IntakeSkip},
	}
	for _, tt := range tests {
		rules := channelRules(t, tt.rules)
		status, err := rules.Status(&canonical.Order{Status: tt.status, RawStatus: tt.raw})
		if got := rules.Statuses.Intake(status); err != nil || got != tt.want {
			t.Errorf("%+v -> %s, %v", tt, got, err)
		}
	}
}

func TestUnmapped(t *testing.T) {
	t.Parallel()
	rules := channelRules(t, "order_prefix: W")
	_, tax := rules.Tax(se25())
	_, line := rules.LineProduct(canonical.LineTip)
	joined := errors.Join(fmt.Errorf("lines[0]: %w", tax), errors.New("other"), errors.Join(line, rules.MissingSKU("X-1")))
	var got []string
	for _, e := range mapping.Unmapped(fmt.Errorf("order: %w", joined)) {
		got = append(got, e.Error())
	}
	want := []string{
		"mapping: shop/main has no rule for the tax rate 25, country SE, included false, collector seller: add under channels.shop/main.taxes: - {rate: 25, country: SE, tax: <name of the Odoo tax>}",
		"mapping: shop/main has no rule for the line kind tip: add under channels.shop/main.lines: tip: {product: <SKU of the product>}",
		`mapping: shop/main has no rule for the SKU "X-1": create the product in Odoo, set products.unknown, or add under channels.shop/main.products.aliases: "X-1": <SKU in Odoo>`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestForUnknownChannel(t *testing.T) {
	t.Parallel()
	rules := load(t, "version: 1\nchannels:\n  shop/main: {bundles: parent}\n")
	_, err := rules.For(canonical.Channel{Name: "shop", Account: "de"})
	var unknown *mapping.UnknownChannelError
	if !errors.As(err, &unknown) || !strings.Contains(unknown.Rule, "shop/de:") {
		t.Errorf("err = %v", err)
	}
}

// TestForOnlyItsOwnMistakes shows that a mistake in one channel does not hold up another.
func TestForOnlyItsOwnMistakes(t *testing.T) {
	t.Parallel()
	bad := canonical.Channel{Name: "bad", Account: "one"}
	rules := mapping.Rules{Version: 1, Channels: map[canonical.Channel]mapping.ChannelRules{
		shop: {}, bad: {Bundles: "both"},
	}}
	if _, err := rules.For(shop); err != nil {
		t.Error(err)
	}
	var refused *mapping.RulesError
	if _, err := rules.For(bad); !errors.As(err, &refused) {
		t.Errorf("err = %v", err)
	}
	if err := rules.Validate(); !errors.As(err, &refused) || refused.Problems[0].Path != "channels.bad/one.bundles" {
		t.Errorf("err = %v", err)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	rules := load(t, `
version: 1
defaults:
  warehouse: Main
  taxes: [{rate: 25, tax: A}, {rate: 12, tax: B}]
  products: {aliases: {X: Y, Z: Q}}
  customers: {create_addresses: true, match: [email]}
channels:
  shop/main:
    taxes: [{rate: 25, tax: C}]
    products: {aliases: {X: W}}
    customers: {create_addresses: false}
`)
	got, err := rules.For(shop)
	if err != nil {
		t.Fatal(err)
	}
	if got.Warehouse.Name != "Main" || got.Products.Alias("X") != "W" || got.Products.Alias("Z") != "Q" || got.Products.Alias("N") != "N" ||
		*got.Customers.CreateAddresses || got.Customers.Match[0] != mapping.CustomerByEmail {
		t.Errorf("got %+v", got)
	}
	for rate, want := range map[string]string{"25": "C", "12": "B"} {
		rule, err := got.Tax(mapping.TaxQuery{Rate: decimal.MustParse(rate), RateKnown: true})
		if err != nil || rule.Tax.Name != want {
			t.Errorf("%s -> %v, %v", rate, rule.Tax, err)
		}
	}
	if rules.Channels[shop].Warehouse != (mapping.Ref{}) {
		t.Error("For changed the rules")
	}
}

func TestOwnership(t *testing.T) {
	t.Parallel()
	rules := channelRules(t, "ownership: {partner.email: odoo, partner.phone: channel}")
	for _, tt := range []struct {
		field          mapping.Field
		create, change bool
	}{
		{mapping.FieldPartnerEmail, false, false},
		{mapping.FieldPartnerPhone, true, true},
		{mapping.FieldPartnerName, true, false},
		{mapping.FieldOrderLines, true, true},
		{"product.name", true, false},
	} {
		if rules.Ownership.MayWrite(tt.field, false) != tt.create || rules.Ownership.MayWrite(tt.field, true) != tt.change {
			t.Errorf("%s is owned by %s", tt.field, rules.Ownership.Owner(tt.field))
		}
	}
}
