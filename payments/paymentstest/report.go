package paymentstest

import (
	"bytes"
	"fmt"
	"io"
)

// AmazonReport returns a right Amazon settlement report (flat file V2, European form) with that many rows below its header row. It
// is written while it is read, so that it takes no memory itself.
func AmazonReport(rows int) io.Reader {
	return &amazonReport{rows: rows}
}

type amazonReport struct {
	buffer bytes.Buffer
	rows   int
	next   int
	begun  bool
}

// The amounts of an order's rows, in cents; a report that ends within an order is as right as any other.
var amazonRows = []struct {
	kind, description string
	cents             int
}{
	{"ItemPrice", "Principal", 2999}, {"ItemPrice", "Tax", 570}, {"ItemPrice", "Shipping", 499}, {"ItemFees", "Commission", -450},
	{"ItemFees", "FBAPerUnitFulfillmentFee", -312}, {"ItemWithheldTax", "MarketplaceFacilitatorVAT-Principal", -570}, {"Promotion", "Shipping", -499},
}

func (r *amazonReport) Read(p []byte) (int, error) {
	for r.buffer.Len() < len(p) && r.write() {
	}
	return r.buffer.Read(p)
}

// write writes the next row; false at the end.
func (r *amazonReport) write() bool {
	if !r.begun {
		r.begun = true
		r.buffer.WriteString("settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\tmarketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\tposted-date-time\torder-item-code\tmerchant-order-item-id\tmerchant-adjustment-item-id\tsku\tquantity-purchased\tpromotion-id\n")
		total := 0
		for i := range r.rows % len(amazonRows) {
			total += amazonRows[i].cents
		}
		each := 0
		for _, row := range amazonRows {
			each += row.cents
		}
		total += r.rows / len(amazonRows) * each
		fmt.Fprintf(&r.buffer, "26047991462\t18.10.2026 06:12:44 UTC\t01.11.2026 06:12:44 UTC\t03.11.2026 06:12:44 UTC\t%s\tEUR\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n", comma(total))
		return true
	}
	if r.next == r.rows {
		return false
	}
	order, row := r.next/len(amazonRows), amazonRows[r.next%len(amazonRows)]
	r.next++
	fmt.Fprintf(&r.buffer, "26047991462\t\t\t\t\t\tOrder\t305-%07d-%07d\t\t\tDk%07d\tAmazon.de\t%s\t%s\t%s\tAFN\t%02d.10.2026\t%02d.10.2026 11:22:%02d UTC\t%014d\t\t\tSKU-%04d\t1\t\n",
		order/10_000_000, order%10_000_000, order%10_000_000, row.kind, row.description, comma(row.cents),
		18+order%12, 18+order%12, order%60, 60_000_000_000+order, order%5000)
	return true
}

// comma writes cents with a decimal comma.
func comma(cents int) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d,%02d", sign, cents/100, cents%100)
}
