package retailsync_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

// TestAccountingExample holds the example of docs/accounting.md against what the in-process Odoo books.
func TestAccountingExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/accounting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## An example to the cent")
	section, _, _ = strings.Cut(section, "\n## ")
	var want []string
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "Account") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		want = append(want, fmt.Sprintf("%s: %s / %s", cells[1], cells[2], cells[3]))
	}
	c := newPayDesk(t, inProcess(t, 19))
	names := map[int64]string{c.clearingAccount(): "clearing"}
	for name, id := range c.accounts {
		names[id] = map[string]string{"tax_withheld": "tax withheld", "transit": "between provider and bank"}[name]
		if names[id] == "" {
			names[id] = name
		}
	}
	var got []string
	for _, p := range c.settle(c.every()).Postings {
		name := names[p.Account.ID]
		debit, credit := p.Debit, p.Credit
		if name == "" {
			name = "receivable"
		}
		if name == "fee" { // the tax of the in-process Odoo has no account of its own
			got = append(got, "fee: 2.00 / ", "input tax of the fee: 0.38 / ")
			if !debit.Equal(decimal.MustParse("2.38")) {
				t.Error("fee and tax:", debit)
			}
			continue
		}
		got = append(got, fmt.Sprintf("%s: %s / %s", name, sideOf(debit), sideOf(credit)))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// sideOf is an amount as the table has it: nothing for zero.
func sideOf(amount decimal.Decimal) string {
	if amount.IsZero() {
		return ""
	}
	return amount.Rescale(2).String()
}
