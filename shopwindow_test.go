package retailsync

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

func TestListingTexts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value      product.Value
		text, html string
	}{
		{product.Value{}, "", ""},
		{product.Value{Text: " Tee & more \n"}, "Tee & more", "Tee &amp; more"},
		{product.Value{Text: "a\nb <c>"}, "a\nb <c>", "a<br>b &lt;c&gt;"},
		{product.Value{Text: "<p>Soft &amp; <b>warm</b></p><p>Really</p>\n", HTML: true}, "Soft & warm\nReally", "<p>Soft &amp; <b>warm</b></p><p>Really</p>"},
		{product.Value{Text: "one<br/>two<ul><li>three</li></ul>", HTML: true}, "one\ntwo\nthree", "one<br/>two<ul><li>three</li></ul>"},
		{product.Value{Text: "5 < 6 and 7", HTML: true}, "5 < 6 and 7", "5 < 6 and 7"},
		{product.Value{Text: "false", Bool: true}, "false", "false"},
	} {
		if got := asText(test.value); got != test.text {
			t.Errorf("%q as text is %q, want %q", test.value.Text, got, test.text)
		}
		if got := asHTML(test.value); got != test.html {
			t.Errorf("%q as HTML is %q, want %q", test.value.Text, got, test.html)
		}
	}
}

func TestListingSays(t *testing.T) {
	t.Parallel()
	pound := decimal.MustParse("0.45359237")
	w := &shopWindow{kilograms: pound, listing: mapping.ListingRules{
		Fields: map[string]string{"title": "name", "weight": "weight", "origin": "country_of_origin.code", "hs_code": "hs_code"},
		Status: mapping.ListingStatusRules{Otherwise: "active", When: []mapping.ListingStatusRule{{Field: "x_web", Is: "false", Status: "draft"}}},
	}}
	for _, test := range []struct {
		weight, web, says, status string
	}{
		{"", "live", "", marketplace.ListingActive},
		{"0", "", "", marketplace.ListingDraft},
		{"1.25", "live", "0.56699", marketplace.ListingActive},
		{"heavy", "live", "refused", ""},
	} {
		said, err := w.says(product.Described{SKU: "A", Values: map[string]product.Value{
			"name": {Text: "Tee"}, "weight": {Text: test.weight}, "country_of_origin.code": {Text: "pt"}, "x_web": {Text: test.web},
		}})
		if test.says == "refused" {
			if err == nil {
				t.Errorf("%q passed as %v", test.weight, said)
			}
			continue
		}
		want := listingFields{
			marketplace.ListingTitle: "Tee", marketplace.ListingOrigin: "PT", marketplace.ListingHSCode: "",
			marketplace.ListingWeight: test.says, marketplace.ListingStatus: test.status,
		}
		if diff := cmp.Diff(want, said); diff != "" || err != nil {
			t.Errorf("%+v (-want +got):\n%s %v", test, diff, err)
		}
	}
}
