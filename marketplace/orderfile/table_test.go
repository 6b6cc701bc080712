package orderfile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/orderfile"
)

var shop = canonical.Channel{Name: "shop", Account: "de"}

// The export of a German shop, and its rules as an integrator writes them.
const german = `Export;26.11.2026;;;;;;;;;;;;;;
Bestellung;Datum;Status;Artikel;Bezeichnung;Menge;Einzelpreis;Rabatt;MwSt;Versand;Gutschein;Gesamt;Vorname;Nachname;Ort;Land
1001;25.11.2026 10:00;bezahlt;TS-M;T-Shirt Größe M;2;1.019,90;-100,00;19%;4,90;;1.954,60;Jörg;Müller;Köln;Deutschland
1001;25.11.2026 10:00;;MUG;Becher;1;9,90;;7%;;;;;;;
1002;25.07.2026 12:30;storniert;MUG;Becher;3;9,90;;7%;;5,00;24,70;Ana;"Diaz; jun.";Wien;AT
Summe;;;;;;;;;;;1.979,30;;;;
Alle Angaben ohne Gewähr
`

const germanRules = `
separator: ";"
encoding: windows-1252
header_row: 2
decimal_mark: ","
date_layout: "02.01.2006 15:04"
zone: Europe/Berlin
footer: Summe
prices_include_tax: true
shipping_tax_rate: "19"
currency: EUR
statuses: {bezahlt: confirmed, storniert: cancelled}
countries: {Deutschland: DE}
columns:
  order: Bestellung
  placed: Datum
  status: Status
  sku: Artikel
  title: Bezeichnung
  quantity: Menge
  price: Einzelpreis
  discount: Rabatt
  tax_rate: MwSt
  shipping: Versand
  order_discount: Gutschein
  total: Gesamt
  buyer: {name: [Vorname, Nachname]}
  ship_to: {name: [Vorname, Nachname], city: Ort, country: Land}
`

func rulesOf(t testing.TB, text string) orderfile.Rules {
	t.Helper()
	var r orderfile.Rules
	if err := yaml.UnmarshalWithOptions([]byte(text), &r, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return r
}

// latin writes a text in windows-1252, as far as the tests need it.
func latin(text string) []byte {
	return []byte(strings.NewReplacer("ä", "\xe4", "ö", "\xf6", "ü", "\xfc", "ß", "\xdf").Replace(text))
}

// all lists a table in pages of a size.
func all(t testing.TB, table *orderfile.Table, size int) []marketplace.Fetched {
	t.Helper()
	var found []marketplace.Fetched
	query := marketplace.OrderQuery{Limit: size}
	for {
		page, err := table.ListOrders(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, page.Orders...)
		if query.Cursor = page.Cursor; !page.More {
			return found
		}
	}
}

// said is what counts of an order, in a few words.
func said(f marketplace.Fetched) string {
	if f.Err != nil {
		return f.Key.ID + " broken"
	}
	o := f.Order
	text := fmt.Sprintf("%s %s %s", o.Key.ID, o.Status, o.Totals.Grand.Shop)
	for _, l := range o.Lines {
		text += fmt.Sprintf("; %s %s %s %s", l.ID, l.SKU, l.Qty.Ordered, l.Total.Shop)
		for _, tax := range l.Taxes {
			text += fmt.Sprintf(" + %s (%s)", tax.Amount.Shop, tax.Rate)
		}
		for _, share := range l.Discounts {
			text += fmt.Sprintf(" after %s %s", share.DiscountID, share.Amount.Shop)
		}
	}
	return text
}

func TestGermanTable(t *testing.T) {
	t.Parallel()
	table, err := orderfile.ReadTable(bytes.NewReader(latin(german)), shop, rulesOf(t, germanRules))
	if err != nil {
		t.Fatal(err)
	}
	orders := all(t, table, 1)
	var got []string
	for _, fetched := range orders {
		got = append(got, said(fetched))
		if fetched.Key != fetched.Order.Key || fetched.Order.Revision.Digest != fetched.Order.Digest() {
			t.Errorf("key %v, order %+v", fetched.Key, fetched.Order.Revision)
		}
	}
	want := []string{
		// 2039.80 − 100.00 = 1939.80 with 19 %; 9.90 with 7 %; shipping 4.90 with 19 %.
		"1001 confirmed 1954.6; 1 TS-M 2 1630.08 + 309.72 (19) after line 84.03; 2 MUG 1 9.25 + 0.65 (7); shipping  1 4.12 + 0.78 (19)",
		"1002 cancelled 24.7; 1 MUG 3 23.08 + 1.62 (7) after order 4.67",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	first, second := orders[0].Order, orders[1].Order
	if diff := cmp.Diff(&canonical.Address{Name: "Jörg Müller", City: "Köln", Country: "DE"}, first.ShipTo); diff != "" || first.Buyer.Name != "Jörg Müller" {
		t.Error(diff, first.Buyer)
	}
	if second.Buyer.Name != "Ana Diaz; jun." || second.ShipTo.Country != "AT" || first.Lines[0].Title != "T-Shirt Größe M" {
		t.Error(second.Buyer, second.ShipTo, first.Lines[0].Title)
	}
	// Winter and summer in Berlin.
	if winter, summer := first.PlacedAt, second.PlacedAt; !winter.Equal(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)) || !summer.Equal(time.Date(2026, 7, 25, 10, 30, 0, 0, time.UTC)) {
		t.Error(winter, summer)
	}
	// Pages of any size are the same; a position can be taken up again, and one order be read.
	for _, size := range []int{0, 2, 3} {
		var again []string
		for _, fetched := range all(t, table, size) {
			again = append(again, said(fetched))
		}
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("pages of %d: %s", size, diff)
		}
	}
	page, err := table.ListOrders(t.Context(), marketplace.OrderQuery{Cursor: "1", Limit: 5})
	if err != nil || len(page.Orders) != 1 || page.More || said(page.Orders[0]) != want[1] {
		t.Error(page, err)
	}
	order, err := table.GetOrder(t.Context(), "1002")
	if err != nil || order.Digest() != second.Digest() {
		t.Error(err)
	}
	if _, err := table.GetOrder(t.Context(), "1003"); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Error(err)
	}
	for _, cursor := range []marketplace.Cursor{"x", "-1", "3"} {
		if _, err := table.ListOrders(t.Context(), marketplace.OrderQuery{Cursor: cursor}); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.ListOrders(ctx, marketplace.OrderQuery{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// net is a table of prices without tax; each case adds columns, rules and rows to it.
const net = `
decimal_mark: "."
date_layout: "2006-01-02"
currency: EUR
columns: {order: id, placed: date, sku: sku, quantity: qty, price: price, amount: amount, discount: off, tax_rate: rate, tax: tax, tax_code: code,
  line: line, kind: kind, order_discount: minus, discount_code: voucher, total: total, total_tax: total_tax, paid: paid, gateway: gateway, shipping: ship}
shipping_tax_rate: "20"
`

const netHeader = "id,date,line,kind,sku,qty,price,amount,off,rate,tax,code,minus,voucher,total,total_tax,paid,gateway,ship\n"

func TestAmounts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ rows, want string }{
		"price":                   {"1,2026-11-26,a,,X,3,9.99,,,20,,,,,,,,,", "1 confirmed 35.96; a X 3 29.97 + 5.99 (20)"},
		"amount":                  {"1,2026-11-26,a,,X,3,,30.00,,20,,,,,,,,,", "1 confirmed 36; a X 3 30 + 6 (20)"},
		"price less amount":       {"1,2026-11-26,a,,X,3,10.00,27.00,,20,,,,,,,,,", "1 confirmed 32.4; a X 3 27 + 5.4 (20) after line 3"},
		"price less discount":     {"1,2026-11-26,a,,X,3,10.00,,3.00,20,,,,,,,,,", "1 confirmed 32.4; a X 3 27 + 5.4 (20) after line 3"},
		"all three":               {"1,2026-11-26,a,,X,3,10.00,27.00,3.00,20,,,,,,,,,", "1 confirmed 32.4; a X 3 27 + 5.4 (20) after line 3"},
		"a price that is rounded": {"1,2026-11-26,a,,X,3,3.33,10.00,,0,,,,,,,,,", "1 confirmed 10; a X 3 10 + 0 (0)"},
		"part of a unit":          {"1,2026-11-26,a,,X,0.5,9.00,,,20,,,,,,,,,", "1 confirmed 5.4; a X 0.5 4.5 + 0.9 (20)"},
		"stated tax":              {"1,2026-11-26,a,,X,1,10.00,,,,1.99,VAT,,,,,,,", "1 confirmed 11.99; a X 1 10 + 1.99 (0)"},
		"shipping and total":      {"1,2026-11-26,a,,X,1,10.00,,,20,,,,,18.00,3.00,18.00,card,5.00", "1 confirmed 18; a X 1 10 + 2 (20); shipping  1 5 + 1 (20)"},
		"voucher on two lines": {"1,2026-11-26,a,,X,1,10.00,,,20,,,5.00,HELLO,,,,,\n1,2026-11-26,b,,Y,2,5.00,,,10,,,,,,,,,",
			"1 confirmed 17.25; a X 1 7.5 + 1.5 (20) after order 2.5; b Y 2 7.5 + 0.75 (10) after order 2.5"},
		"lines that are no products": {"1,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,\n1,,s,shipping,,,,4.00,,20,,,,,,,,,\n1,,d,discount,,,,-1.00,,20,,,,,,,,,",
			"1 confirmed 15.6; a X 1 10 + 2 (20); s  1 4 + 0.8 (20); d  1 -1 + -0.2 (20)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, err := orderfile.ReadTable(strings.NewReader(netHeader+test.rows+"\n"), shop, rulesOf(t, net))
			if err != nil {
				t.Fatal(err)
			}
			orders := all(t, table, 10)
			if len(orders) != 1 {
				t.Fatal(orders)
			}
			if diff := cmp.Diff(test.want, said(orders[0])); diff != "" {
				t.Error(diff)
			}
			if o := orders[0].Order; name == "shipping and total" && (o.Totals.Paid.Shop.String() != "18.00" || o.Payments[0].Gateway != "card") {
				t.Errorf("%+v", o.Payments)
			}
		})
	}
}

// Each fault names its line, its column and what to do; nothing of the file is taken.
func TestTableRefuses(t *testing.T) {
	t.Parallel()
	const good = "1,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,\n"
	for name, test := range map[string]struct{ rows, path, says string }{
		"a number of another country": {"2,2026-11-26,a,,X,1,\"10,00\",,,20,,,,,,,,,", `line 3 column "price"`, "cannot be read"},
		"no quantity":                 {"2,2026-11-26,a,,X,,10.00,,,20,,,,,,,,,", `line 3 column "qty"`, "is empty"},
		"less than nothing":           {"2,2026-11-26,a,,X,-1,10.00,,,20,,,,,,,,,", `line 3 column "qty"`, "more than zero"},
		"no price":                    {"2,2026-11-26,a,,X,1,,,,20,,,,,,,,,", `line 3 column "price"`, "is empty"},
		"a negative price":            {"2,2026-11-26,a,,X,1,-1,,,20,,,,,,,,,", `line 3 column "price"`, "must not be negative"},
		"no SKU":                      {"2,2026-11-26,a,,,1,10.00,,,20,,,,,,,,,", `line 3 column "sku"`, "kinds"},
		"an unknown kind":             {"2,2026-11-26,a,wrapping,,1,10.00,,,20,,,,,,,,,", `line 3 column "kind"`, "add it to kinds"},
		"a date of another form":      {"2,26.11.2026,a,,X,1,10.00,,,20,,,,,,,,,", `line 3 column "date"`, "date_layout"},
		"no date":                     {"2,,a,,X,1,10.00,,,20,,,,,,,,,", `line 3 column "date"`, "is empty"},
		"no tax":                      {"2,2026-11-26,a,,X,1,10.00,,,,,,,,,,,,", `line 3 column "rate"`, "tax_rate"},
		"a rate that is none":         {"2,2026-11-26,a,,X,1,10.00,,,120,,,,,,,,,", `line 3 column "rate"`, "between 0 and 100"},
		"amounts that contradict":     {"2,2026-11-26,a,,X,3,10.00,25.00,3.00,20,,,,,,,,,", `line 3 column "amount"`, "less the discount"},
		"a total that is not met":     {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,17.00,,,,", `line 3 column "total"`, "sum to (12)"},
		"a tax that is not met":       {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,,3.00,,,", `line 3 column "total_tax"`, "sum to (2)"},
		"a voucher over all":          {"2,2026-11-26,a,,X,1,10.00,,,20,,,11.00,,,,,,", `line 3 column "minus"`, "more than the products cost"},
		"half a cent off":             {"2,2026-11-26,a,,X,1,10.00,,,20,,,1.005,,,,,,", `line 3 column "minus"`, "whole multiple"},
		"two lines of one id":         {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,\n2,2026-11-26,a,,Y,1,10.00,,,20,,,,,,,,,", `line 4 column "line"`, "twice"},
		"two dates of one order":      {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,\n2,2026-11-27,b,,Y,1,10.00,,,20,,,,,,,,,", `line 4 column "date"`, "line 3"},
		"an order that goes on":       {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,\n1,2026-11-26,b,,Y,1,10.00,,,20,,,,,,,,,", `line 4 column "id"`, "sort the file"},
		"a row of no order":           {",2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,", `line 3 column "id"`, "is empty"},
		"too many columns":            {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,,,,", `line 3`, "more columns"},
		"another encoding":            {"2,2026-11-26,a,,\xfc,1,10.00,,,20,,,,,,,,,", `line 3`, "encoding"},
		"a quote in the middle":       {"2,2026-11-26,a,,X\"Y,1,10.00,,,20,,,,,,,,,", `line 3`, "cannot be read"},
		"a number too long":           {"2,2026-11-26,a,,X,99999999999,99999999999.99,,,20,,,,,,,,,", `line 3 column "price"`, "19 digits"},
		"negative money":              {"2,2026-11-26,a,,X,1,10.00,,,20,,,,,,,-1,,", `line 3 column "paid"`, "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := netHeader + good + test.rows + "\n"
			_, err := orderfile.ReadTable(strings.NewReader(text), shop, rulesOf(t, net))
			var refused *marketplace.Error
			if !errors.As(err, &refused) || refused.Code != marketplace.CodeInvalid || refused.Path != test.path || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("path %q: %v", pathOf(refused), err)
			}
			// What is good is there if the caller says so, and what is not is not.
			table, err := orderfile.ReadTable(strings.NewReader(text), shop, rulesOf(t, net), orderfile.SkipBroken())
			if err != nil {
				t.Fatal(err)
			}
			for _, fetched := range all(t, table, 2) {
				if whole := fetched.Key.ID == "1" || name == "an order that goes on" && fetched.Key.ID == "2"; fetched.Err == nil && (!whole || len(fetched.Order.Lines) != 1) {
					t.Errorf("%s", said(fetched))
				}
			}
		})
	}
}

func pathOf(e *marketplace.Error) string {
	if e == nil {
		return "-"
	}
	return e.Path
}

// A row of which it is not known whose it is leaves nobody with part of an order.
func TestUnreadableRowBetweenOrders(t *testing.T) {
	t.Parallel()
	row := func(id, line string) string { return id + ",2026-11-26," + line + ",,X,1,10.00,,,20,,,,,,,,,\n" }
	for name, test := range map[string]struct {
		rows string
		want []string
	}{
		"between two":                {row("1", "a") + row("2", "a") + "\"\"x\n" + row("3", "a") + row("4", "a"), []string{"1 ok", "2 broken", "3 broken", "4 ok"}},
		"within one":                 {row("1", "a") + row("2", "a") + "\"\"x\n" + row("2", "b") + row("3", "a"), []string{"1 ok", "2 broken", "3 ok"}},
		"at the beginning":           {"\"\"x\n" + row("1", "a") + row("2", "a"), []string{"1 broken", "2 ok"}},
		"at the end":                 {row("1", "a") + row("2", "a") + "\"\"x\n", []string{"1 ok", "2 broken"}},
		"alone":                      {"\"\"x\n", []string{"all rows broken"}},
		"none":                       {"", nil},
		"scattered":                  {row("1", "a") + row("2", "a") + row("1", "b"), []string{"1 broken", "2 ok", "1 broken"}},
		"a quote that is not closed": {row("1", "a") + row("2", "a") + "3,\"2026\n" + row("4", "a"), []string{"1 ok", "2 broken"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, err := orderfile.ReadTable(strings.NewReader(netHeader+test.rows), shop, rulesOf(t, net), orderfile.SkipBroken())
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				var got []string
				for _, fetched := range all(t, table, 1) {
					state := "ok"
					if fetched.Err != nil {
						state = "broken"
					}
					got = append(got, fetched.Key.ID+" "+state)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestTablesThatAreNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, says string }{
		"empty":           {"", "no header row"},
		"a column gone":   {strings.Replace(netHeader, "sku", "article", 1), "sku"},
		"a column twice":  {strings.Replace(netHeader, "code", "sku", 1), "twice"},
		"a row too long":  {netHeader + "1,\"" + strings.Repeat("x", 5<<20), "quote"},
		"too many orders": {netHeader + many(100_001), "split it"},
	} {
		for _, options := range [][]orderfile.Option{nil, {orderfile.SkipBroken()}} {
			if _, err := orderfile.ReadTable(strings.NewReader(test.text), shop, rulesOf(t, net), options...); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func many(n int) string {
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, "%d,2026-11-26,a,,X,1,10.00,,,20,,,,,,,,,\n", i)
	}
	return rows.String()
}

func TestOrderRulesThatCannotWork(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*orderfile.Rules){
		"separator":         func(r *orderfile.Rules) { r.Separator = ";;" },
		"encoding":          func(r *orderfile.Rules) { r.Encoding = "ebcdic" },
		"header_row":        func(r *orderfile.Rules) { r.HeaderRow = -1 },
		"decimal_mark":      func(r *orderfile.Rules) { r.DecimalMark = "" },
		"date_layout":       func(r *orderfile.Rules) { r.DateLayout = "" },
		"zone":              func(r *orderfile.Rules) { r.Zone = "Berlin" },
		"columns.order":     func(r *orderfile.Rules) { r.Columns.Order = "" },
		"columns.placed":    func(r *orderfile.Rules) { r.Columns.Placed = "" },
		"columns.sku":       func(r *orderfile.Rules) { r.Columns.SKU = "" },
		"columns.quantity":  func(r *orderfile.Rules) { r.Columns.Quantity = "" },
		"columns.price":     func(r *orderfile.Rules) { r.Columns.Price = "" },
		"columns.paid":      func(r *orderfile.Rules) { r.Columns.Gateway = "Zahlart" },
		"columns.kind":      func(r *orderfile.Rules) { r.Kinds = map[string]canonical.LineKind{"x": canonical.LineFee} },
		"tax_rate":          func(r *orderfile.Rules) { r.Columns.TaxRate = "" },
		"shipping_tax_rate": func(r *orderfile.Rules) { r.ShippingTaxRate = "nineteen" },
		"currency":          func(r *orderfile.Rules) { r.Currency = "" },
		"status":            func(r *orderfile.Rules) { r.Status = "paid" },
		"statuses.x":        func(r *orderfile.Rules) { r.Statuses = map[string]canonical.Status{"x": "paid"} },
		"kinds.x":           func(r *orderfile.Rules) { r.Kinds = map[string]canonical.LineKind{"x": "gift"} },
		"countries.x":       func(r *orderfile.Rules) { r.Countries = map[string]string{"x": "Germany"} },
	} {
		r := rulesOf(t, germanRules)
		change(&r)
		var wrong *orderfile.RulesError
		if err := r.Validate(); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("a wrong %s: %v", field, err)
		}
		if _, err := orderfile.ReadTable(strings.NewReader(german), shop, r); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// FuzzTable holds that no file makes it panic, that what is listed is valid and the same each time, and that a file that is taken whole has no
// broken order.
func FuzzTable(f *testing.F) {
	f.Add(latin(german))
	f.Add(latin(german[:200]))
	f.Add([]byte("\n\n;;\"\n"))
	rules := rulesOf(f, germanRules)
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, strict := orderfile.ReadTable(bytes.NewReader(text), shop, rules)
		table, err := orderfile.ReadTable(bytes.NewReader(text), shop, rules, orderfile.SkipBroken())
		if err != nil {
			if strict == nil {
				t.Fatalf("taken whole, and not in parts: %v", err)
			}
			return
		}
		first := all(t, table, 3)
		second := all(t, table, 100)
		if len(first) != len(second) {
			t.Fatalf("%d orders, then %d", len(first), len(second))
		}
		broken := 0
		for i, fetched := range first {
			if fetched.Err != nil {
				broken++
				continue
			}
			if err := fetched.Order.Validate(); err != nil || fetched.Order.Digest() != second[i].Order.Digest() {
				t.Fatal(fetched.Key, err)
			}
			var sum decimal.Decimal
			for _, line := range fetched.Order.Lines {
				tax, _ := line.TaxTotal()
				sum, _ = sum.Add(line.Total.Shop)
				sum, _ = sum.Add(tax.Shop)
			}
			if !sum.Equal(fetched.Order.Totals.Grand.Shop) {
				t.Fatalf("lines of %s make a total of %s", sum, fetched.Order.Totals.Grand.Shop)
			}
		}
		if (broken == 0) != (strict == nil) || strict == nil && len(all(t, whole, 7)) != len(first) {
			t.Fatalf("%d broken, %v", broken, strict)
		}
	})
}
