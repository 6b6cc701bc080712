package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

func TestCarrier(t *testing.T) {
	t.Parallel()
	channel := canonical.Channel{Name: "shop", Account: "main"}
	rules, err := mapping.LoadBytes([]byte(`version: 1
defaults:
  shipments:
    carriers: [{carrier: "*express*", word: express}]
channels:
  shop/main:
    shipments:
      carriers:
        - {carrier: "DHL*", word: dhl, url: "https://track.example.com/?id={number}&x=1"}
        - {carrier: "dhl express", word: dhl-x}
        - {carrier: 7, word: seven}
  shop/plain: {currency_view: shop}
`), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shop, err := rules.For(channel)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		id       int64
		carrier  string
		word     string
		template string
	}{
		{"none", 0, "", "", ""},
		{"a pattern", 3, "DHL Paket", "dhl", "https://track.example.com/?id={number}&x=1"},
		{"the exact name wins", 4, "DHL Express", "dhl-x", ""},
		{"the id wins", 7, "DHL Express", "seven", ""},
		{"a default", 8, "UPS Express Saver", "express", ""},
	} {
		word, template, err := shop.Carrier(test.id, test.carrier)
		if err != nil || word != test.word || template != test.template {
			t.Errorf("%s: %q, %q, %v", test.name, word, template, err)
		}
	}
	_, _, err = shop.Carrier(9, "Post")
	if unmapped := mapping.Unmapped(err); len(unmapped) != 1 || unmapped[0].Kind != mapping.UnmappedCarrier || unmapped[0].Under != "channels.shop/main.shipments.carriers" {
		t.Errorf("a carrier without a rule: %v", err)
	}
	plain := mapping.Channel{Name: channel}
	if word, _, err := plain.Carrier(9, "Post"); err != nil || word != "Post" {
		t.Errorf("without rules: %q, %v", word, err)
	}
	if got := mapping.TrackingURL("https://track.example.com/?id={number}", "A/1 2&"); got != "https://track.example.com/?id=A%2F1+2%26" {
		t.Errorf("the link is %s", got)
	}
}

func TestTrackingNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"": nil, " ": nil, "NR-1": {"NR-1"}, "A, B;C": {"A", "B", "C"}, "A+B\nC\r\n": {"A", "B", "C"},
		"1Z 999  AA1": {"1Z 999 AA1"}, "A,,A, a": {"A", "a"}, "|": nil,
	} {
		if diff := cmp.Diff(want, mapping.TrackingNumbers(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestOrderLine(t *testing.T) {
	t.Parallel()
	channel := canonical.Channel{Name: "shop", Account: "main"}
	name := func(parts ...string) odoo.ExternalID { return odoo.NewExternalID(mapping.Module, parts...) }
	for _, test := range []struct {
		name        string
		id          odoo.ExternalID
		order, line string
		ok          bool
	}{
		{"a line", name("shop", "main", "line", "order_1", "li.2"), "order_1", "li.2", true},
		{"the rest of a line that was split", name("shop", "main", "line", "1", "2", "1"), "1", "2", true},
		{"another account", name("shop", "two", "line", "1", "2"), "", "", false},
		{"a rounding", name("shop", "main", "rounding", "1", "net"), "", "", false},
		{"another module", odoo.NewExternalID("other", "shop", "main", "line", "1", "2"), "", "", false},
		{"nobody's", odoo.ExternalID{}, "", "", false},
	} {
		order, line, ok := mapping.OrderLine(channel, test.id)
		if order != test.order || line != test.line || ok != test.ok {
			t.Errorf("%s: %q, %q, %t", test.name, order, line, ok)
		}
	}
}

func TestLocationOf(t *testing.T) {
	t.Parallel()
	c := mapping.Channel{ChannelRules: mapping.ChannelRules{Stock: mapping.StockRules{Locations: []mapping.StockLocationRule{
		{Location: "a", Warehouses: []mapping.Ref{mapping.ID(1), mapping.Name("TWO")}},
		{Location: "b", Warehouses: []mapping.Ref{mapping.ID(3)}},
		{Location: "c", Warehouses: []mapping.Ref{mapping.ID(1)}},
	}}}}
	resolve := func(ref mapping.Ref) int64 {
		if ref.Name == "TWO" {
			return 2
		}
		return ref.ID
	}
	for warehouse, want := range map[int64]string{0: "", 1: "", 2: "a", 3: "b", 4: ""} {
		if got := c.LocationOf(warehouse, resolve); got != want {
			t.Errorf("warehouse %d: %q, want %q", warehouse, got, want)
		}
	}
}

func TestShipmentRulesRefused(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nchannels:\n  shop/main:\n"
	for _, test := range []struct{ name, text, path string }{
		{"no carrier", "    shipments: {carriers: [{word: a}]}\n", "shipments.carriers[0].carrier"},
		{"no word", "    shipments: {carriers: [{carrier: a}]}\n", "shipments.carriers[0].word"},
		{"no place for the number", "    shipments: {carriers: [{carrier: a, word: b, url: \"https://x.example\"}]}\n", "shipments.carriers[0].url"},
		{"no address", "    shipments: {carriers: [{carrier: a, word: b, url: \"javascript:{number}\"}]}\n", "shipments.carriers[0].url"},
		{"twice", "    shipments: {carriers: [{carrier: a, word: b}, {carrier: A, word: c}]}\n", "shipments.carriers[1]"},
		{"as specific", "    shipments: {carriers: [{carrier: \"a*\", word: b}, {carrier: \"*a\", word: c}]}\n", "shipments.carriers[1]"},
		{"no field", "    shipments: {delivered: {field: \"x; drop\"}}\n", "shipments.delivered.field"},
		{"a value without a field", "    shipments: {delivered: {value: yes}}\n", "shipments.delivered.field"},
		{"reasons without a field", "    cancellations: {reasons: {a: b}}\n", "cancellations.reason_field"},
		{"no field of reasons", "    cancellations: {reason_field: \"a.b\"}\n", "cancellations.reason_field"},
	} {
		problems := problemsOf(t, head+test.text)
		if len(problems) != 1 || problems[0].Path != "channels.shop/main."+test.path {
			t.Errorf("%s: %v", test.name, problems)
		}
	}
}

func TestReasonOf(t *testing.T) {
	t.Parallel()
	rules := mapping.CancellationRules{Reason: "other", Reasons: map[string]string{"No stock": "out_of_stock"}}
	for value, want := range map[string]string{"": "other", "no stock ": "out_of_stock", "fraud": "other"} {
		if got := rules.ReasonOf(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
