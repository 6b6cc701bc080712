package retailsync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/orderfile"
	"github.com/retailsync/retailsync/odoo/sale"
)

// TestOrderFile imports a file by hand twice and by another process, and then the channel tells of the same orders itself: each exists once.
func TestOrderFile(t *testing.T) {
	t.Parallel()
	eachInProcess(t, func(t *testing.T, db *database) {
		orders := numbered(tag(), 4)
		var text strings.Builder
		for _, order := range orders {
			line, err := canonical.EncodeOrder(order)
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(string(line) + "\n")
		}
		text.WriteString("no order\n")
		source := &listed{orders: orders}
		if _, err := byHand(t.Context(), retailsync.New(db.dial(t), db.rules), source, strings.NewReader(text.String())); err == nil || !strings.Contains(err.Error(), "line 5") {
			t.Errorf("a file with a fault was taken: %v", err)
		}
		for _, want := range []retailsync.Outcome{retailsync.Created, retailsync.Unchanged} {
			file, err := orderfile.Read(strings.NewReader(text.String()), source.Channel(), orderfile.SkipBroken())
			if err != nil {
				t.Fatal(err)
			}
			report, err := retailsync.New(db.dial(t), db.rules).ImportOrders(t.Context(), file, time.Time{})
			if err != nil || report.Count(want) != 4 || len(report.Failed()) != 1 || !strings.Contains(report.Failed()[0].Err.Error(), "line 5") {
				t.Errorf("%s, %v, %v", report, report.Failed(), err)
			}
		}
		report, err := retailsync.New(db.dial(t), db.rules).ImportOrders(t.Context(), source, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Unchanged: 4})
	})
}

// exportRules are those of the export of TestOrderTable: prices with tax, a voucher, shipping, and rows of two kinds.
var exportRules = orderfile.Rules{
	Separator: ";", DecimalMark: ",", DateLayout: "02.01.2006 15:04", Zone: "Europe/Stockholm", PricesIncludeTax: true, ShippingTaxRate: "25", Currency: "EUR",
	Columns: orderfile.Columns{
		Order: "Id", Line: "Row", Placed: "Date", Kind: "Kind", SKU: "SKU", Quantity: "Qty", Price: "Price", Discount: "Off", TaxRate: "VAT",
		Shipping: "Freight", OrderDiscount: "Voucher", Total: "Total", Paid: "Paid",
		Buyer:  orderfile.Buyer{Name: orderfile.Names{"First", "Last"}, Email: "Mail"},
		ShipTo: orderfile.Address{Name: orderfile.Names{"First", "Last"}, City: "City", Country: "Country"},
	},
}

// TestOrderTable imports an export in columns, twice and by another process: the orders are there once, to the cent, and a correction of the file is an edit.
// Nothing comes of a file that has a fault.
func TestOrderTable(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) {
		id := tag()
		const header = "Id;Row;Date;Kind;SKU;Qty;Price;Off;VAT;Freight;Voucher;Total;Paid;First;Last;Mail;City;Country\n"
		text := header + strings.ReplaceAll(
			"#-1;1;25.11.2026 10:00;;SKU-1;3;19,99;;25;4,95;5,00;83,91;83,91;Alex;Example;alex-#@example.com;Exampleton;SE\n"+
				"#-1;2;25.11.2026 10:00;;SKU-2;1;24,99;2,00;25;;;;;;;;;\n"+
				"#-1;3;;fee;;;1,00;;25;;;;;;;;;\n"+
				"#-2;1;25.11.2026 11:00;;SKU-2;2;0,99;;10;;;1,98;;Bo;Example;bo-#@example.com;Exampleton;SE\n", "#", id)
		source := &listed{}
		run := func(text string, options ...retailsync.RunOption) *retailsync.Report {
			t.Helper()
			table, err := orderfile.ReadTable(strings.NewReader(text), source.Channel(), exportRules)
			if err != nil {
				t.Fatal(err)
			}
			report, err := retailsync.New(db.dial(t), db.rules).ImportOrders(t.Context(), table, time.Time{}, append(options, retailsync.WithPageSize(1))...)
			if err != nil {
				t.Fatal(err)
			}
			for _, failed := range report.Failed() {
				t.Error(failed.Err)
			}
			return report
		}
		broken := strings.Replace(text, "0,99", "0.99.9", 1)
		if _, err := exportByHand(t.Context(), retailsync.New(db.dial(t), db.rules), source, strings.NewReader(broken), exportRules); err == nil || !strings.Contains(err.Error(), `line 5 column "Price"`) {
			t.Fatalf("a file with a fault was taken: %v", err)
		}
		report, err := exportByHand(t.Context(), retailsync.New(db.dial(t), db.rules), source, strings.NewReader(text), exportRules)
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Created: 2})
		origins := []string{fmt.Sprintf("%s/%s-1", source.Channel(), id), fmt.Sprintf("%s/%s-2", source.Channel(), id)}
		there := func() map[string]sale.Order {
			found, err := sale.FindByOrigin(t.Context(), db.dial(t), origins)
			if err != nil {
				t.Fatal(err)
			}
			byOrigin := map[string]sale.Order{}
			for _, order := range found {
				byOrigin[order.Origin] = order
			}
			if len(byOrigin) != len(found) {
				t.Errorf("%d orders of %d", len(found), len(byOrigin))
			}
			return byOrigin
		}
		if found := there(); len(found) != 0 {
			t.Fatalf("a dry run or a broken file made %v", found)
		}
		wantCounts(t, run(text), map[retailsync.Outcome]int{retailsync.Created: 2})
		want := func(n int, total string) {
			t.Helper()
			order := there()[origins[n]]
			if order.AmountTotal.Trim(2).String() != total || order.State != sale.StateSale {
				t.Errorf("order %d is %s of %s, want %s", n+1, order.State, order.AmountTotal, total)
			}
		}
		want(0, "83.91")
		want(1, "1.98")
		before := there()
		wantCounts(t, run(text), map[retailsync.Outcome]int{retailsync.Unchanged: 2})
		wantCounts(t, run(text, retailsync.Recheck()), map[retailsync.Outcome]int{retailsync.Unchanged: 2})
		if after := there(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the same file changed orders: %v, before %v", after, before)
		}
		wantCounts(t, run(strings.Replace(text, ";2;0,99;;10;;;1,98", ";3;0,99;;10;;;2,97", 1)), map[retailsync.Outcome]int{retailsync.Unchanged: 1, retailsync.Updated: 1})
		want(1, "2.97")
	})
}
