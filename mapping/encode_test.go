package mapping_test

import (
	"os"
	"strings"
	"testing"

	yaml "github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

var (
	shop      = canonical.Channel{Name: "shop", Account: "main"}
	compareBy = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(decimal.Decimal.Equal)}
)

// documented is the example of docs/rules.md.
func documented(t testing.TB) string {
	t.Helper()
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/rules.md has no YAML example")
	}
	return example
}

func load(t testing.TB, text string) *mapping.Rules {
	t.Helper()
	rules, err := mapping.LoadBytes([]byte(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// channelRules are the complete rules of shop/main with these lines.
func channelRules(t testing.TB, lines ...string) mapping.Channel {
	t.Helper()
	text := "version: 1\nchannels:\n  shop/main:\n    bundles: parent\n"
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	rules, err := load(t, text).For(shop)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	rules := load(t, documented(t))
	for channel := range rules.Channels {
		if _, err := rules.For(channel); err != nil {
			t.Errorf("For(%s): %v", channel, err)
		}
	}
	woo, err := rules.For(canonical.Channel{Name: "woocommerce", Account: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if woo.Company != 1 || woo.Lines[canonical.LineCOD].Product != mapping.Name("COD") || woo.Salesperson != mapping.ID(7) {
		t.Errorf("the defaults or values are lost: %+v", woo)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rules := load(t, documented(t))
	text, err := yaml.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	again := load(t, string(text))
	if diff := cmp.Diff(rules, again, compareBy); diff != "" {
		t.Errorf("round trip (-before +after):\n%s\n%s", diff, text)
	}
	if changes := mapping.Diff(*rules, *again); len(changes) > 0 {
		t.Errorf("changes = %v", changes)
	}
}

// drawTax draws a valid tax rule that reads well in a file.
func drawTax(t *rapid.T) mapping.TaxRule {
	rule := mapping.TaxRule{
		Country: rapid.SampledFrom([]string{"", "SE", "DE", "NO"}).Draw(t, "country"),
		Rate:    mapping.Rate(decimal.MustNew(rapid.Int64Range(0, 4).Draw(t, "rate")*625, 2)),
	}
	if rapid.Bool().Draw(t, "has included") {
		rule.Included = mapping.Bool(rapid.Bool().Draw(t, "included"))
	}
	if rapid.Bool().Draw(t, "has code") {
		rule.Code = rapid.SampledFrom([]string{"A", "B"}).Draw(t, "code")
	}
	if rapid.Bool().Draw(t, "has jurisdiction") {
		rule.Jurisdiction = rapid.SampledFrom([]string{"*", "US-*", "US-CA*", "US-CA", "*-CA", "U?-C*"}).Draw(t, "jurisdiction")
	}
	if rapid.IntRange(0, 3).Draw(t, "collector") == 0 {
		rule.Collector, rule.Treatment = canonical.CollectorChannel, mapping.TaxOmit
		return rule
	}
	rule.Tax = mapping.ID(rapid.Int64Range(1, 50).Draw(t, "tax"))
	return rule
}

func drawName(t *rapid.T, label string) string {
	return strings.TrimSpace(rapid.StringMatching(`[ -~åßж€]{1,12}`).Draw(t, label)) + "x"
}

// drawRules draws rules; some of them contradict themselves.
func drawRules(t *rapid.T) mapping.Rules {
	own := mapping.ChannelRules{
		Company:     rapid.Int64Range(0, 3).Draw(t, "company"),
		Taxes:       rapid.SliceOfN(rapid.Custom(drawTax), 0, 6).Draw(t, "taxes"),
		OrderPrefix: rapid.StringMatching(`[ -~]{0,6}`).Draw(t, "prefix"),
		Team:        mapping.Name(drawName(t, "team")),
		Pricelists:  map[canonical.Currency]mapping.Ref{"SEK": mapping.Name(drawName(t, "list")), "NOK": mapping.ID(4)},
		Statuses:    mapping.StatusRules{Words: map[string]canonical.Status{drawName(t, "word"): canonical.StatusConfirmed}},
	}
	own.Products.Aliases = map[string]string{drawName(t, "from"): drawName(t, "to") + "Q"}
	return mapping.Rules{
		Version:  mapping.RulesVersion,
		Defaults: mapping.ChannelRules{Taxes: rapid.SliceOfN(rapid.Custom(drawTax), 0, 3).Draw(t, "default taxes")},
		Channels: map[canonical.Channel]mapping.ChannelRules{shop: own},
	}
}

func TestRoundTripOfAnyRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		if rules.Validate() != nil {
			t.Skip("contradictory")
		}
		text, err := rules.MarshalYAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := mapping.LoadBytes(text, "again")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(rules, *again, compareBy); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
		if again.Digest() != rules.Digest() {
			t.Fatal("the digest changed")
		}
	})
}

func TestDigestAndDiff(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nchannels:\n  shop/main:\n"
	old := load(t, head+"    warehouse: Main\n    taxes: [{rate: 25, tax: A}, {rate: 12.50, tax: B}]\n    tags: [a, b]\n")
	same := load(t, "# other order\n"+head+"    taxes:\n      - {tax: B, rate: 12.5}\n      - {rate: 25.0, tax: A}\n    tags: [a, b]\n    warehouse: \"Main\"\n")
	if old.Digest() != same.Digest() {
		t.Errorf("equal rules differ: %v", mapping.Diff(*old, *same))
	}
	changed := load(t, head+"    team: Web\n    taxes: [{rate: 25, tax: \"7\"}, {rate: 12.5, tax: B}]\n    tags: [b, a]\n")
	var got []string
	for _, change := range mapping.Diff(*old, *changed) {
		got = append(got, change.String())
	}
	want := []string{
		"~ channels.shop/main.tags: [a, b] -> [b, a]",
		`~ channels.shop/main.taxes[rate=25,collector=seller].tax: A -> "7"`,
		"+ channels.shop/main.team: Web",
		"- channels.shop/main.warehouse: Main",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if old.Digest() == changed.Digest() {
		t.Error("different rules have one digest")
	}
}

func TestRefYAML(t *testing.T) {
	t.Parallel()
	var got struct{ A, B, C mapping.Ref }
	if err := yaml.Unmarshal([]byte("a: 7\nb: Main\nc: \"7\"\n"), &got); err != nil {
		t.Fatal(err)
	}
	if got.A != mapping.ID(7) || got.B != mapping.Name("Main") || got.C != mapping.Name("7") {
		t.Errorf("got %+v", got)
	}
	text, err := yaml.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("a: 7\nb: Main\nc: \"7\"\n", string(text)); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"a: -1", "a: 0", "a: [1]", "a: 1.5", "a: true"} {
		if err := yaml.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if _, err := yaml.Marshal(mapping.Ref{ID: 1, Name: "x"}); err == nil {
		t.Error("a reference with id and name was written")
	}
}
