package retailsync_test

import (
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/returns"
)

// documentedAdapters are the adapters by the heads of their columns in docs/channels.md.
var documentedAdapters = map[string]marketplace.Adapter{
	"Medusa":      medusa.New("https://shop.example.com", medusa.SecretKey("sk_test")),
	"WooCommerce": woocommerce.New("https://shop.example.com", woocommerce.Keys("ck_test", "cs_test")),
	"Shopify":     shopify.New("demo.myshopify.com", shopify.AccessToken("test")),
}

// tableOf returns a table of docs/channels.md by the head of its first column: row, column, cell. A row is known by its
// code, if it has some, or else by its text.
func tableOf(t *testing.T, head string) map[string]map[string]string {
	t.Helper()
	var heads []string
	table, code := map[string]map[string]string{}, regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(textOf(t, "docs/channels.md")) {
		line = strings.TrimSpace(line)
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			heads = nil
		case heads == nil:
			heads = cells
		case heads[0] != head || strings.HasPrefix(cells[0], "---"):
		case len(cells) != len(heads):
			t.Errorf("%q has %d cells, the table has %d columns", line, len(cells), len(heads))
		default:
			row := cells[0]
			if found := code.FindStringSubmatch(row); found != nil {
				row = found[1]
			}
			if table[row] != nil {
				t.Errorf("%q stands twice", row)
			}
			table[row] = map[string]string{}
			for i, cell := range cells[1:] {
				table[row][heads[i+1]] = cell
			}
		}
	}
	if len(table) == 0 {
		t.Fatalf("docs/channels.md has no table %q", head)
	}
	return table
}

// answers keeps only the yes or no that the cells begin with.
func answers(t *testing.T, table map[string]map[string]string) map[string]map[string]string {
	t.Helper()
	for _, cells := range table {
		for name, cell := range cells {
			word := strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" ,:", r) })
			if len(word) == 0 || word[0] != "yes" && word[0] != "no" {
				t.Errorf("%q says neither yes nor no", cell)
				continue
			}
			cells[name] = word[0]
		}
	}
	return table
}

func yes(can bool) string {
	if can {
		return "yes"
	}
	return "no"
}

// wantPackages holds that each package of an adapter has a column.
func wantPackages(t *testing.T) {
	t.Helper()
	var want, got []string
	for name := range documentedAdapters {
		want = append(want, strings.ToLower(name))
	}
	files, err := filepath.Glob("marketplace/*/adapter.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		got = append(got, filepath.Base(filepath.Dir(file)))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("adapters (-documented +packages):\n%s", diff)
	}
}

// TestChannelsAreDocumented holds the tables of docs/channels.md to what the adapters can do.
func TestChannelsAreDocumented(t *testing.T) {
	t.Parallel()
	capabilities, calls, fields := map[string]map[string]string{}, map[string]map[string]string{}, map[string]map[string]string{}
	back := map[string]map[string]string{}
	set := func(table map[string]map[string]string, row, name, cell string) {
		if table[row] == nil {
			table[row] = map[string]string{}
		}
		table[row][name] = cell
	}
	wantPackages(t)
	for name, adapter := range documentedAdapters {
		can := reflect.ValueOf(marketplace.CapabilitiesOf(adapter))
		for i := range can.NumField() {
			set(capabilities, can.Type().Field(i).Name, name, yes(can.Field(i).Bool()))
		}
		takes := reflect.ValueOf(returns.CapabilitiesOf(adapter))
		for i := range takes.NumField() {
			set(back, takes.Type().Field(i).Name, name, yes(takes.Field(i).Bool()))
		}
		stock, prices, listings := "-", "-", "-"
		var writes []marketplace.ListingField
		if p, ok := adapter.(marketplace.StockPublisher); ok {
			stock = strconv.Itoa(p.StockBatch())
		}
		if p, ok := adapter.(marketplace.PricePublisher); ok {
			prices = strconv.Itoa(p.PriceBatch())
		}
		if p, ok := adapter.(marketplace.ListingPublisher); ok {
			listings, writes = strconv.Itoa(p.ListingBatch()), p.ListingFields()
		}
		set(calls, "levels of stock", name, stock)
		set(calls, "prices", name, prices)
		set(calls, "listings", name, listings)
		for _, field := range []marketplace.ListingField{
			marketplace.ListingTitle, marketplace.ListingDescription, marketplace.ListingBarcode, marketplace.ListingWeight,
			marketplace.ListingStatus, marketplace.ListingHSCode, marketplace.ListingOrigin,
		} {
			set(fields, string(field), name, yes(slices.Contains(writes, field)))
		}
	}
	for head, want := range map[string]map[string]map[string]string{"capability": capabilities, "returns": back, "fields of a listing": fields} {
		if diff := cmp.Diff(want, answers(t, tableOf(t, head))); diff != "" {
			t.Errorf("docs/channels.md, %s (-code +page):\n%s", head, diff)
		}
	}
	if diff := cmp.Diff(calls, tableOf(t, "in one call, at most")); diff != "" {
		t.Errorf("docs/channels.md, in one call, at most (-code +page):\n%s", diff)
	}
}
