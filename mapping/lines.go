package mapping

import (
	"slices"

	"github.com/retailsync/retailsync/canonical"
)

// chargeKinds are the kinds of lines that are no goods and so need a product by rule.
func chargeKinds() []canonical.LineKind {
	return []canonical.LineKind{
		canonical.LineShipping, canonical.LineHandling, canonical.LineGiftWrap, canonical.LineFee, canonical.LineCOD,
		canonical.LineTip, canonical.LineDuty, canonical.LineDonation, canonical.LineDiscount, canonical.LineRounding,
		canonical.LineGiftCard, canonical.LineDeposit, canonical.LineOther,
	}
}

// IsGoods reports whether lines of this kind are found by SKU rather than by a rule.
func IsGoods(kind canonical.LineKind) bool { return !slices.Contains(chargeKinds(), kind) }

func (t TotalsRules) check(ps *problems, path string) {
	if t.Tolerance != 0 {
		ps.add(join(path, "tolerance"), "totals are always exact", "write 0 or remove the key; totals.rounding allows a rounding line")
	}
	inner := join(path, "rounding")
	checkRef(ps, join(inner, "product"), t.Rounding.Product)
	if n := t.Rounding.MaxMinorUnits; n < 0 || n > LimitMaxRounding {
		ps.add(join(inner, "max_minor_units"), "out of range", "write 1 to 100 minor units (cents)")
	}
}
