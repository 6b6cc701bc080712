package mapping_test

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func ExampleLoadBytes() {
	_, err := mapping.LoadBytes([]byte(`
version: 1
channels:
  woocommerce/main:
    warehous: Main
    taxes:
      - {rate: 250, country: SE, tax: 25% G}
`), "rules.yaml")
	fmt.Println(err)
	// Output:
	// mapping: 2 problems in the rules:
	// rules.yaml:5:5: channels.woocommerce/main.warehous: unknown key: did you mean "warehouse"?
	// rules.yaml:7:16: channels.woocommerce/main.taxes[0].rate: 250 is not a tax rate: write percent, from 0 to 100: 25 means 25 %
}

func ExampleChannel_Tax() {
	channel := canonical.Channel{Name: "woocommerce", Account: "main"}
	rules := mapping.Rules{
		Version: mapping.RulesVersion,
		Channels: map[canonical.Channel]mapping.ChannelRules{channel: {
			Taxes: []mapping.TaxRule{
				{Rate: mapping.Rate(decimal.MustParse("25")), Tax: mapping.Name("25%")},
				{Rate: mapping.Rate(decimal.MustParse("25")), Country: "SE", Tax: mapping.Name("25% G")},
			},
		}},
	}
	woo, err := rules.For(channel)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, rate := range []string{"25.00", "12"} {
		rule, err := woo.Tax(mapping.TaxQuery{Country: "SE", Rate: decimal.MustParse(rate), RateKnown: true})
		fmt.Println(rule.Tax, err)
	}
	// Output:
	// 25% G <nil>
	//  mapping: woocommerce/main has no rule for the tax rate 12, country SE, included false, collector seller: add under channels.woocommerce/main.taxes: - {rate: 12, country: SE, tax: <name of the Odoo tax>}
}

func ExampleDiff() {
	load := func(text string) mapping.Rules {
		rules, err := mapping.LoadBytes([]byte(text), "rules.yaml")
		if err != nil {
			fmt.Println(err)
			return mapping.Rules{}
		}
		return *rules
	}
	old := load("version: 1\nchannels:\n  shop/main: {warehouse: Main}\n")
	changed := load("version: 1\nchannels:\n  shop/main: {warehouse: North, team: Web}\n")
	for _, change := range mapping.Diff(old, changed) {
		fmt.Println(change)
	}
	// Output:
	// + channels.shop/main.team: Web
	// ~ channels.shop/main.warehouse: Main -> North
}
