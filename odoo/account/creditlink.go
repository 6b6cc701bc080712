package account

import (
	"context"
	"slices"

	"github.com/retailsync/retailsync/odoo"
)

// linkLines links the lines of a credit note whose units have come back since it was inserted, and reports whether there
// were any. It is safe to repeat.
func linkLines(ctx context.Context, client *odoo.Client, draft CreditNoteDraft, move Move) (bool, error) {
	if !slices.ContainsFunc(draft.Lines, func(l CreditLine) bool { return l.SaleLine != 0 && !l.Kept }) {
		return false, nil
	}
	sold, err := soldLines(ctx, client, draft)
	if err != nil {
		return false, err
	}
	lines, linked := draft.written(sold, move)
	now, err := draft.link(sold, linked)
	if err != nil {
		return false, err
	}
	changed := false
	for i := range draft.Lines {
		if !now[i] || linked[i] || len(lines[i]) == 0 {
			continue
		}
		if err := odoo.Write(ctx, client, lines[i], saleLink{Lines: odoo.Commands{odoo.LinkCmd(draft.Lines[i].SaleLine)}}); err != nil {
			return changed, err
		}
		changed = true
	}
	return changed, nil
}

// written finds the move's lines of each line of the draft, and which of these are linked: by product and quantity, in their
// order, since Odoo 14 drops the External IDs of invoice lines.
func (d *CreditNoteDraft) written(sold map[int64]soldLine, move Move) (lines [][]int64, linked []bool) {
	lines, linked = make([][]int64, len(d.Lines)), make([]bool, len(d.Lines))
	taken := map[int64]bool{}
	for i, drafted := range d.Lines {
		product, left := drafted.Product, drafted.Quantity
		if product == 0 {
			product = sold[drafted.SaleLine].Product.ID
		}
		for _, line := range move.Lines {
			if taken[line.ID] || line.Product.ID != product || !line.Quantity.IsPos() || line.Quantity.Cmp(left) > 0 || !left.IsPos() {
				continue
			}
			rest, err := left.Sub(line.Quantity)
			if err != nil {
				break
			}
			left, taken[line.ID] = rest, true
			lines[i] = append(lines[i], line.ID)
			linked[i] = linked[i] || len(line.SaleLines) > 0
		}
	}
	return lines, linked
}

type saleLink struct {
	Lines odoo.Commands `odoo:"sale_line_ids"`
}

// OdooModel names the model.
func (saleLink) OdooModel() string { return "account.move.line" }
