package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func TestReturnRulesAreJoined(t *testing.T) {
	t.Parallel()
	rules, err := mapping.LoadBytes([]byte(`version: 1
defaults:
  returns:
    approve: {automatic: true}
    window: {days: 30}
    reasons: [{reason: "*", restocking: true}, {reason: defect, restocking: true}]
    refusals: {late: decline}
    dispositions: {damaged: {to: scrap}}
channels:
  shop/main:
    returns:
      approve: {automatic: false}
      reasons: [{reason: Defect, restocking: false}]
      refusals: {too_many: decline}
      dispositions: {wrong_item: {pays: 0}}
`), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shop, err := rules.For(canonical.Channel{Name: "shop", Account: "main"})
	if err != nil {
		t.Fatal(err)
	}
	r := shop.Returns
	if *r.Approve.Automatic || r.Window.Days != 30 || r.Dispositions[canonical.DispositionDamaged].To != mapping.ToScrap {
		t.Errorf("%+v", r)
	}
	if pays := r.Dispositions[canonical.DispositionWrongItem].Pays; pays == nil || !pays.IsZero() {
		t.Error("a zero that is said is not kept")
	}
	if diff := cmp.Diff(map[string]mapping.RefusedReturn{"late": "decline", "too_many": "decline"}, r.Refusals); diff != "" {
		t.Error(diff)
	}
	for word, want := range map[string]bool{"defect": false, "too small": true, "": true} {
		if rule, ok := r.Reason(word); !ok || *rule.Restocking != want {
			t.Errorf("%q: %+v, %t", word, rule, ok)
		}
	}
	if !(mapping.FinalSaleRule{SKUs: []string{"gc-*"}}).Has("GC-1", nil) || !(mapping.FinalSaleRule{Tags: []string{"final"}}).Has("A", []string{"x", "Final"}) ||
		(mapping.FinalSaleRule{SKUs: []string{"gc-*"}}).Has("A", []string{"gc-1"}) {
		t.Error("final sale")
	}
}

func TestReturnRulesRefused(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{
		"approve.below":                 "{approve: {below: -1}}",
		"approve.reasons[0]":            "{approve: {reasons: [\" x\"]}}",
		"window.days":                   "{window: {days: -1}}",
		"window.from":                   "{window: {days: 1, from: payment}}",
		"refusals.ugly":                 "{refusals: {ugly: decline}}",
		"refusals.late":                 "{refusals: {late: perhaps}}",
		"reasons[0].reason":             "{reasons: [{automatic: true}]}",
		"reasons[0].shipping_charge":    "{reasons: [{reason: a, shipping_charge: maybe}]}",
		"reasons[1]":                    "{reasons: [{reason: a, automatic: true}, {reason: A, automatic: false}]}",
		"dispositions.pending":          "{dispositions: {pending: {pays: 1}}}",
		"dispositions.damaged.to":       "{dispositions: {damaged: {to: moon}}}",
		"dispositions.damaged.pays":     "{dispositions: {damaged: {pays: 101}}}",
		"dispositions.missing.to":       "{dispositions: {missing: {to: scrap}}}",
		"dispositions.damaged.location": "{dispositions: {damaged: {to: quarantine}}}",
		"restocking.percent":            "{restocking: {percent: 101}}",
		"restocking.per_unit":           "{restocking: {per_unit: -1}}",
		"return_shipping":               "{return_shipping: -1}",
		"shipping_charge":               "{shipping_charge: half}",
		"instant_refund.after":          "{instant_refund: {below: 5}}",
		"settle":                        "{settle: later}",
		"refunds.by":                    "{refunds: {by: nobody}}",
		"refunds.split":                 "{refunds: {split: half}}",
		"refunds.first[0]":              "{refunds: {first: [cash]}}",
		"refunds.first[1]":              "{refunds: {first: [gift_card, gift_card]}}",
		"refunds.bonus":                 "{refunds: {bonus: -1}}",
		"refunds.on_failure":            "{refunds: {on_failure: cry}}",
		"exchange.after":                "{exchange: {after: birth}}",
		"exchange.dearer":               "{exchange: {dearer: yes}}",
		"returnless_below":              "{returnless_below: -1}",
	} {
		problems := problemsOf(t, "version: 1\nchannels:\n  shop/main:\n    returns: "+text+"\n")
		if len(problems) != 1 || problems[0].Path != "channels.shop/main.returns."+path {
			t.Errorf("%s: %v", path, problems)
		}
	}
}
