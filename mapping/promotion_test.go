package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/mapping"
)

func rulesFrom(t *testing.T, text string) *mapping.Rules {
	t.Helper()
	rules, err := mapping.LoadBytes([]byte(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

const inService = `version: 1
edition: 3
defaults:
  team: Web
  lines: {shipping: {product: SHIP}}
channels:
  shop/a: {taxes: [{rate: 20, tax: VAT 20}]}
  shop/b: {team: Other}
  shop/gone: {}
`

func TestPromote(t *testing.T) {
	t.Parallel()
	from := rulesFrom(t, inService)
	to := rulesFrom(t, strings.NewReplacer(
		"edition: 3", "edition: 4", "team: Web", "team: Online", "VAT 20}", "VAT 20 new}", "shop/gone: {}", "shop/new: {}",
	).Replace(inService))
	got, err := mapping.Promote(from, to)
	if err != nil {
		t.Fatal(err)
	}
	if got.From != 3 || got.To != 4 || got.FromDigest != from.Digest() || got.ToDigest != to.Digest() {
		t.Errorf("%+v", got)
	}
	text := got.String()
	for _, part := range []string{
		"edition 3 -> 4", "shop/a\n", "~ taxes[rate=20,collector=seller].tax: VAT 20 -> VAT 20 new", "~ team: Web -> Online",
		"shop/gone is gone: its flows stop", "shop/new is new", "+ lines.shipping.product: SHIP",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	if strings.Contains(text, "ownership") {
		t.Errorf("what nobody said shows:\n%s", text)
	}
	if strings.Contains(text, "shop/b") { // it has a team of its own: the default does not reach it
		t.Errorf("a channel that nothing changes for is named:\n%s", text)
	}
	// A default that becomes what the channel said itself changes nothing for it.
	same := rulesFrom(t, "version: 1\nedition: 9\nchannels:\n  shop/a: {team: Web, lines: {shipping: {product: SHIP}}, taxes: [{rate: 20, tax: VAT 20}]}\n"+
		"  shop/b: {team: Other, lines: {shipping: {product: SHIP}}}\n  shop/gone: {team: Web, lines: {shipping: {product: SHIP}}}\n")
	if diffs := mapping.DiffChannels(from, same); len(diffs) > 0 {
		t.Errorf("the same rules written otherwise differ: %v", diffs)
	}
	if p, err := mapping.Promote(from, same); err != nil || !strings.HasSuffix(p.String(), "nothing changes") {
		t.Error(p, err)
	}
}

func TestPromoteRefuses(t *testing.T) {
	t.Parallel()
	from := rulesFrom(t, inService)
	changed := func(edition string) *mapping.Rules {
		return rulesFrom(t, strings.NewReplacer("edition: 3", edition, "team: Web", "team: Online").Replace(inService))
	}
	for _, edition := range []string{"edition: 3", "edition: 2", "edition: 0"} {
		var refused *mapping.EditionError
		if _, err := mapping.Promote(from, changed(edition)); !errors.As(err, &refused) || refused.From != 3 {
			t.Errorf("%s: %v", edition, err)
		}
	}
	if p, err := mapping.Promote(from, from); err != nil || len(p.Channels) > 0 {
		t.Errorf("the same rules again: %v, %v", p, err)
	}
	first, err := mapping.Promote(nil, changed("edition: 0"))
	if err != nil || len(first.Channels) != 3 || !first.Channels[0].Added {
		t.Errorf("the first rules: %v, %v", first, err)
	}
	var bad *mapping.RulesError
	if _, err := mapping.Promote(from, &mapping.Rules{Version: 1, Edition: -1}); !errors.As(err, &bad) {
		t.Error(err)
	}
	if a, b := changed("edition: 5"), changed("edition: 6"); a.Digest() != b.Digest() || len(mapping.Diff(*a, *b)) > 0 {
		t.Error("the number of the edition is taken for something that the rules say")
	}
	written, err := from.MarshalYAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(from, rulesFrom(t, string(written))); diff != "" {
		t.Error(diff)
	}
}
