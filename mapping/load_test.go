package mapping_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/mapping"
)

// problemsOf loads rules that must be refused.
func problemsOf(t *testing.T, text string) []mapping.Problem {
	t.Helper()
	_, err := mapping.LoadBytes([]byte(text), "rules.yaml")
	var refused *mapping.RulesError
	if !errors.As(err, &refused) {
		t.Fatalf("err = %v, want a *RulesError", err)
	}
	return refused.Problems
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nchannels:\n  shop/main:\n"
	tests := []struct {
		name string
		text string
		want []string // line:column: path: message
	}{
		{"empty", "", []string{"the file holds no rules"}},
		{"comment only", "# nothing\n", []string{"the file holds no rules"}},
		{"syntax", "version: 1\nchannels: [a\n", []string{"2:11: not valid YAML: sequence end token ']' not found"}},
		{"two documents", "version: 1\n---\nversion: 1\n", []string{"2:1: the file holds more than one document"}},
		{"no mapping", "- 1\n", []string{
			"1:1: a mapping of keys to values is wanted, not a list",
		}},
		{"unknown key", head + "    taxs: []\n", []string{"4:5: channels.shop/main.taxs: unknown key"}},
		{"unknown key in a rule", head + "    taxes:\n      - {rate: 25, tax: A}\n      - rate: 12\n        taks: B\n", []string{
			"6:9: channels.shop/main.taxes[1].tax: tax is missing",
			"7:9: channels.shop/main.taxes[1].taks: unknown key",
		}},
		{"duplicate key", head + "    bundles: parent\n    bundles: members\n", []string{
			"5:5: channels.shop/main.bundles: the key is here twice",
		}},
		{"duplicate channel", head + "    bundles: parent\n  shop/main:\n    bundles: members\n", []string{
			"5:3: channels.shop/main: the key is here twice",
		}},
		{"wrong types", head + "    company: one\n    taxes: {rate: 25}\n    team: [1]\n    warehouse: true\n    customers: {create_addresses: \"yes\"}\n", []string{
			`4:14: channels.shop/main.company: a whole number is wanted, not the text "one"`,
			"5:12: channels.shop/main.taxes: a list is wanted, not a mapping",
			"6:11: channels.shop/main.team: a single value is wanted, not a list",
			"7:16: channels.shop/main.warehouse: a database id or a name is wanted, not true",
			`8:35: channels.shop/main.customers.create_addresses: true or false is wanted, not the text "yes"`,
		}},
		{"no value", head + "    taxes:\n    bundles: parent\n", []string{"4:11: channels.shop/main.taxes: no value"}},
		{"anchor", head + "    warehouse: &w Main\n    team: *w\n", []string{
			"4:16: channels.shop/main.warehouse: anchors and aliases are not supported",
			"5:11: channels.shop/main.team: anchors and aliases are not supported",
		}},
		{"merge key", head + "    <<: {bundles: parent}\n", []string{"4:5: channels.shop/main: this key is not plain text"}},
		{"tag", head + "    warehouse: !!str 1\n", []string{"4:16: channels.shop/main.warehouse: tags are not supported"}},
		{"channel without account", "version: 1\nchannels:\n  shop:\n    bundles: parent\n", []string{
			`3:3: channels.shop: a channel is named "name/account"`,
		}},
		{"version", "version: 2\nchannels:\n  shop/main: {bundles: parent}\n", []string{"1:10: version: version 2 is not known"}},
		{"no version", "channels:\n  shop/main: {bundles: parent}\n", []string{"version: the version is missing"}},
		{"id with a zero", head + "    warehouse: 007\n    team: 1.5\n    salesperson: -2\n", []string{
			"4:16: channels.shop/main.warehouse: 007 is not a database id",
			"5:11: channels.shop/main.team: 1.5 is not a database id",
			"6:18: channels.shop/main.salesperson: -2 is not a database id",
		}},
		{"rates", head + "    taxes:\n      - {rate: -1, tax: A}\n      - {rate: 101, tax: A}\n      - {rate: .inf, tax: A}\n      - {rate: 1e1, tax: A}\n", []string{
			"5:16: channels.shop/main.taxes[0].rate: -1 is not a tax rate",
			"6:16: channels.shop/main.taxes[1].rate: 101 is not a tax rate",
			"7:16: channels.shop/main.taxes[2].rate: a single value is wanted, not this",
			"8:16: channels.shop/main.taxes[3].rate: a decimal number is wanted, not the text \"1e1\"",
		}},
		{"country and currency", head + "    taxes: [{rate: 25, country: se, tax: A}]\n    pricelist: {EURO: A, eur: B}\n    fiscal_positions: [{country: ZZ, position: A}]\n", []string{
			`4:33: channels.shop/main.taxes[0].country: "se" is not a country`,
			"5:17: channels.shop/main.pricelist.EURO: not a currency",
			"5:26: channels.shop/main.pricelist.eur: not a currency",
			`6:34: channels.shop/main.fiscal_positions[0].country: "ZZ" is not a country`,
		}},
		{"overlap", head + "    taxes:\n      - {rate: 25, country: SE, tax: A}\n      - {rate: 25.0, country: SE, tax: B}\n      - {jurisdiction: \"US-*A\", tax: A}\n      - {jurisdiction: \"*US-A\", tax: B}\n", []string{
			"6:9: channels.shop/main.taxes[1]: the same conditions as taxes[0]",
			"8:9: channels.shop/main.taxes[3]: can hold for the same values as taxes[2], is as specific and says otherwise",
		}},
		{"overlap with the defaults", "version: 1\ndefaults:\n  shipping_methods: [{method: \"*ab\", carrier: A}]\nchannels:\n  shop/main:\n    shipping_methods:\n      - method: \"ab*\"\n        carrier: B\n", []string{
			`7:9: channels.shop/main.shipping_methods[0]: can hold for the same values as defaults (*ab), is as specific and says otherwise`,
		}},
		{"channel tax on a seller's account", head + "    taxes:\n      - {collector: channel, tax: A}\n      - {rate: 7, collector: channel, treatment: line}\n", []string{
			"5:9: channels.shop/main.taxes[0].treatment: treatment is missing",
			"5:35: channels.shop/main.taxes[0].tax: a tax that the channel collects must not reach the seller's tax accounts",
			"6:9: channels.shop/main.taxes[1].product: treatment: line needs a product",
		}},
		{"positive rate to none", head + "    taxes: [{rate: 25, tax: none}]\n", []string{
			"4:29: channels.shop/main.taxes[0].tax: a tax of 25 % cannot map to none",
		}},
		{"what belongs together", head + "    customers: {guest: shared}\n    products: {unknown: hold}\n    gift_cards_used: {as: line}\n    totals: {tolerance: 1, rounding: {max_minor_units: 101}}\n    statuses: {import: [pending, cancelled], pending: skip, words: {A: confirmed, a: pending}}\n", []string{
			"4:5: channels.shop/main.customers.shared_partner: guest: shared needs a shared_partner",
			"5:5: channels.shop/main.products.placeholder: unknown: hold needs a placeholder",
			"6:5: channels.shop/main.gift_cards_used.product: as: line needs a product",
			"7:25: channels.shop/main.totals.tolerance: totals are always exact",
			"7:28: channels.shop/main.totals.rounding.product: max_minor_units needs a product",
			"7:56: channels.shop/main.totals.rounding.max_minor_units: out of range",
			"8:34: channels.shop/main.statuses.import[1]: a cancelled order is never imported",
			"8:55: channels.shop/main.statuses.pending: pending: skip contradicts import, which lists pending",
			`8:83: channels.shop/main.statuses.words.a: the same word as "A": letter case does not matter`,
		}},
		{"ownership", head + "    ownership: {partner.nam: odoo, order.lines: odoo, order.note: me}\n", []string{
			`4:17: channels.shop/main.ownership.partner.nam: "partner.nam" is not known here`,
			"4:49: channels.shop/main.ownership.order.lines: order.lines is needed to create the record",
			`4:67: channels.shop/main.ownership.order.note: "me" is not known here`,
		}},
		{"units", head + "    products: {units: {A: none, \"\": Dozens, C: \" Dozens\", D: -4}}\n", []string{
			"4:27: channels.shop/main.products.units.A: no unit",
			"4:33: channels.shop/main.products.units.: an empty SKU",
			"4:48: channels.shop/main.products.units.C: the name begins or ends with a space, or has a line break",
			"4:62: channels.shop/main.products.units.D: -4 is not a database id",
		}},
		{"aliases", head + "    products: {aliases: {A: B, B: C, D: D}}\n", []string{
			`4:29: channels.shop/main.products.aliases.A: "B" is itself an alias`,
			"4:41: channels.shop/main.products.aliases.D: an alias of itself",
		}},
		{"line kinds", head + "    lines: {product: {product: A}, shiping: {product: A}, tip: {}}\n", []string{
			`4:13: channels.shop/main.lines.product: "product" is not known here`,
			`4:36: channels.shop/main.lines.shiping: "shiping" is not known here`,
			"4:59: channels.shop/main.lines.tip.product: product is missing",
		}},
		{"windows line ends", strings.ReplaceAll("\ufeff"+head+"    bundles: both\n", "\n", "\r\n"), []string{
			`4:14: channels.shop/main.bundles: "both" is not known here`,
		}},
		{"too many", head + "    taxes:\n" + strings.Repeat("      - {rate: 1, tax: A}\n", 1001), []string{
			"4:5: channels.shop/main.taxes: more than 1000 rules in a list",
		}},
		{"too large", strings.Repeat("#", mapping.MaxRulesSize+1), []string{"the rules are larger than 1048576 bytes"}},
		{"too deep", "a: " + strings.Repeat("[", 5000), []string{"1:36: values nest too deep"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range problemsOf(t, tt.text) {
				if p.File != "rules.yaml" {
					t.Errorf("file = %q", p.File)
				}
				p.File, p.WayOut = "", ""
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if _, err := mapping.LoadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
	if err := os.WriteFile(path, []byte(documented(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if rules, err := mapping.LoadFile(path); err != nil || len(rules.Channels) != 2 {
		t.Errorf("rules = %v, err = %v", rules, err)
	}
}
