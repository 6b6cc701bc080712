package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/sale"
)

// table prints one row per order and compares each total with the one that Odoo has.
func (i *importer) table(ctx context.Context, results []result) error {
	var ids []int64
	for _, r := range results {
		if r.OdooID != 0 {
			ids = append(ids, r.OdooID)
		}
	}
	orders, err := sale.Read(ctx, i.erp, ids)
	if err != nil {
		return err
	}
	inOdoo := make(map[int64]sale.Order, len(orders))
	for _, order := range orders {
		inOdoo[order.ID] = order
	}
	rows := [][]string{{"channel", "order", "outcome", "in Odoo", "state", "total", "same as the shop's"}}
	wrong := 0
	for _, r := range results {
		row := []string{r.Order.Channel.Name, r.Number, string(r.Outcome), "-", "-", "-", "-"}
		if order, ok := inOdoo[r.OdooID]; ok {
			source, err := r.shop.GetOrder(ctx, r.Order.ID)
			if err != nil {
				return err
			}
			verdict := "yes"
			if !source.Totals.Grand.Shop.Equal(order.AmountTotal) || string(source.Currency) != order.Currency.Name {
				verdict = "NO: " + money(source.Totals.Grand.Shop, source.Currency)
				wrong++
			}
			row[3], row[4], row[6] = order.Name, string(order.State), verdict
			row[5] = money(order.AmountTotal, canonical.Currency(order.Currency.Name))
		}
		rows = append(rows, row)
	}
	i.print(rows)
	if wrong > 0 {
		return fmt.Errorf("%d totals in Odoo are not the shop's", wrong)
	}
	return nil
}

// money writes an amount with all its minor units. Odoo sends 13982 as 13982.0.
func money(amount decimal.Decimal, currency canonical.Currency) string {
	digits, ok := currency.Exponent()
	if !ok {
		return amount.String() + " " + string(currency)
	}
	return amount.Trim(digits).Pad(digits).String() + " " + string(currency)
}

// print aligns the columns; the outcome is coloured.
func (i *importer) print(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for n, cell := range row {
			widths[n] = max(widths[n], utf8.RuneCountInString(cell))
		}
	}
	const outcome, total = 2, 5
	for n, row := range rows {
		var line strings.Builder
		for column, cell := range row {
			space := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell))
			switch {
			case n > 0 && column == total:
				cell = space + cell
			case n == 0:
				cell = i.out.paint(bold, cell) + space
			case column == outcome && cell == string(retailsync.Failed):
				cell = i.out.paint(red, cell) + space
			default:
				cell += space
			}
			line.WriteString(cell + "  ")
		}
		i.out.line("%s", strings.TrimRight(line.String(), " "))
	}
}

// failures shows the orders that failed with the way out. Exactly the one bad order must fail, for want of its SKU.
func (i *importer) failures(results []result) error {
	i.out.title("Set aside")
	var unexpected []error
	seen := false
	for _, r := range results {
		if r.Outcome != retailsync.Failed {
			continue
		}
		for _, line := range strings.Split(r.Err.Error(), "\n") {
			i.out.line("%s", line)
		}
		var missing *mapping.UnmappedError
		if r.Order.String() == badOrder && errors.As(r.Err, &missing) {
			seen = true
			i.out.gap()
			i.out.line("The other orders did not wait for it. Create a product with the internal reference %s in Odoo,", badSKU)
			i.out.line("or say in the rules which product of Odoo it is, such as the mug; then import again:")
			i.out.gap()
			i.out.line("channels:")
			i.out.line("  woocommerce/quickstart:")
			i.out.line("    products:")
			i.out.line("      aliases: {%s: QS-MUG}", badSKU)
			continue
		}
		unexpected = append(unexpected, fmt.Errorf("order %s failed", r.Order))
	}
	if !seen {
		unexpected = append(unexpected, fmt.Errorf("order %s must fail, because Odoo has no product %s", badOrder, badSKU))
	}
	return errors.Join(unexpected...)
}
