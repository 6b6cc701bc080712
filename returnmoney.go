package retailsync

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/loyalty"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/returns"
)

// creditNote books a settlement. What was never invoiced needs no credit note: the receipt has lowered what will be invoiced. If
// nothing was invoiced yet, what is to be invoiced is, so that fees and charges have an invoice to be credited against.
func (t *returnTask) creditNote(ctx context.Context, effect returns.Effect) (string, error) {
	settlement, ok := t.known.SettlementOf(effect.Settlement)
	if !ok {
		return "", fmt.Errorf("effect %s names settlement %q, which the case has not", effect.ID, effect.Settlement)
	}
	name := creditName(t.known.Key, settlement.ID)
	made := slices.ContainsFunc(t.order.moves, func(m account.Move) bool { return m.ExternalID == name })
	if !made && !slices.ContainsFunc(t.order.moves, invoicing) {
		var nothing *account.NothingToInvoice
		if _, err := account.InvoiceOrder(ctx, t.erp, t.order.record.ID, t.order.there.Number); err != nil && !errors.As(err, &nothing) {
			return "", err
		}
		if err := t.refresh(ctx, t.order); err != nil {
			return "", err
		}
	}
	draft, err := t.creditDraft(ctx, settlement, name)
	if err != nil {
		return "", err
	}
	switch {
	case len(draft.Lines) == 0:
		return "nothing of it was invoiced, or a person has credited it", nil
	case draft.Total.IsNeg():
		return "", fmt.Errorf("settlement %s of return %s comes to %s: what is kept back is more than what was invoiced: invoice the fee by hand", settlement.ID, t.known.Key, draft.Total)
	}
	move, err := account.InsertCreditNote(ctx, t.erp, draft)
	if err != nil {
		return "", err
	}
	return "account.move," + strconv.FormatInt(move.ID, 10), nil
}

// invoicing reports whether a move is an invoice that counts.
func invoicing(m account.Move) bool {
	return m.Kind == account.KindInvoice && m.State != account.StateCancel
}

// creditDraft is the credit note of a settlement.
func (t *returnTask) creditDraft(ctx context.Context, settlement returns.Settlement, name odoo.ExternalID) (account.CreditNoteDraft, error) {
	draft := account.CreditNoteDraft{ExternalID: name, Order: t.order.record.ID, Ref: t.note()}
	invoiced, err := t.invoiced(name)
	if err != nil {
		return draft, err
	}
	b := &creditBook{task: t, draft: &draft, invoiced: invoiced}
	if b.over, err = t.over(ctx, name); err != nil {
		return draft, err
	}
	if b.done, err = t.creditedByHand(settlement.ID); err != nil {
		return draft, err
	}
	byHand := len(b.done) > 0
	for _, line := range settlement.Lines {
		if err := b.goods(line); err != nil {
			return draft, err
		}
	}
	if byHand && len(draft.Lines) == 0 {
		return draft, b.c.Err() // so are fees and the shipping charge, as the person thought right
	}
	if err := b.shipping(settlement); err != nil {
		return draft, err
	}
	if len(draft.Lines) == 0 && len(settlement.Fees) == 0 && settlement.Adjustment.IsZero() {
		return draft, nil
	}
	for _, fee := range settlement.Fees {
		if err := b.fee(ctx, fee); err != nil {
			return draft, err
		}
	}
	if !settlement.Adjustment.IsZero() {
		if err := b.extra(ctx, "Adjustment", settlement.Adjustment, decimal.Zero, nil); err != nil {
			return draft, err
		}
	}
	draft.Total = b.c.Add(draft.Untaxed, draft.Tax)
	return draft, b.c.Err()
}

// invoiced are the units by order line in Odoo that are invoiced and not credited by others than the credit note.
func (t *returnTask) invoiced(own odoo.ExternalID) (map[int64]decimal.Decimal, error) {
	var c exact.Calc
	units := map[int64]decimal.Decimal{}
	others := slices.DeleteFunc(slices.Clone(t.order.moves), func(m account.Move) bool { return m.State == account.StateCancel || m.ExternalID == own })
	for _, move := range others {
		if move.Kind != account.KindInvoice {
			continue
		}
		for _, line := range move.Lines {
			for _, id := range line.SaleLines {
				units[id] = c.Add(units[id], line.Quantity)
			}
		}
	}
	credits, err := account.Credited(others, t.order.byProduct)
	if err != nil {
		return nil, err
	}
	for id, credit := range credits {
		units[id] = c.Sub(units[id], credit.Quantity)
	}
	return units, c.Err()
}

// over is how many units more are invoiced than were delivered, by those order lines in Odoo that are invoiced as they are delivered: the
// credit note aside. Units that came back before they were invoiced are not among them, and have nothing to be credited.
func (t *returnTask) over(ctx context.Context, own odoo.ExternalID) (map[int64]decimal.Decimal, error) {
	lines, err := sale.Lines(ctx, t.erp, []int64{t.order.record.ID})
	if err != nil {
		return nil, err
	}
	as, err := sale.InvoicedAsDelivered(ctx, t.erp, slices.Sorted(maps.Keys(t.order.byProduct)))
	if err != nil {
		return nil, err
	}
	var c exact.Calc
	over := map[int64]decimal.Decimal{}
	for _, line := range lines[t.order.record.ID] {
		if as[line.ProductID.ID] {
			over[line.ID] = c.Sub(line.Invoiced, line.Delivered)
		}
	}
	add := func(line int64, units decimal.Decimal) {
		if more, ok := over[line]; ok {
			over[line] = c.Add(more, units)
		}
	}
	for _, move := range t.order.moves {
		if move.ExternalID != own || move.State == account.StateCancel {
			continue
		}
		for _, line := range move.Lines {
			for _, id := range line.SaleLines {
				add(id, line.Quantity)
			}
		}
	}
	for _, back := range t.order.returns {
		for _, move := range back.Moves { // what came back and counts as delivered all the same
			if _, own := ownReturn(t.known, back); own && move.State == "done" && !move.Out && !move.ToRefund {
				add(move.SaleLine, c.Sub(move.Done, t.sentBack(&c, move)))
			}
		}
	}
	return over, c.Err()
}

// creditedByHand are the units that people have credited for the return, by the order line in Odoo, as far as no settlement before this one
// is for them.
func (t *returnTask) creditedByHand(settlement string) (map[int64]decimal.Decimal, error) {
	hand := slices.DeleteFunc(slices.Clone(t.order.moves), func(m account.Move) bool { return !byHand(t.known, m) })
	if len(hand) == 0 {
		return nil, nil
	}
	before := map[odoo.ExternalID]bool{}
	settled := map[string]decimal.Decimal{}
	var c exact.Calc
	for _, s := range t.known.Settlements {
		if s.ID == settlement {
			break
		}
		before[creditName(t.known.Key, s.ID)] = true
		for _, line := range s.Lines {
			settled[line.OrderLine] = c.Add(settled[line.OrderLine], line.Qty)
		}
	}
	credits, err := account.Credited(hand, t.order.byProduct)
	if err != nil {
		return nil, err
	}
	own, err := account.Credited(slices.DeleteFunc(slices.Clone(t.order.moves), func(m account.Move) bool { return !before[m.ExternalID] }), t.order.byProduct)
	if err != nil {
		return nil, err
	}
	units := map[int64]decimal.Decimal{}
	for name, lines := range t.order.lines {
		used := settled[name]
		for _, line := range lines {
			used = c.Sub(used, own[line.ID].Quantity)
		}
		for _, line := range lines {
			part := used.Min(credits[line.ID].Quantity).Max(decimal.Zero)
			used = c.Sub(used, part)
			if left := c.Sub(credits[line.ID].Quantity, part); left.IsPos() {
				units[line.ID] = left
			}
		}
	}
	return units, c.Err()
}

// creditBook writes the lines of a credit note.
type creditBook struct {
	task     *returnTask
	draft    *account.CreditNoteDraft
	invoiced map[int64]decimal.Decimal
	over     map[int64]decimal.Decimal // see returnTask.over
	done     map[int64]decimal.Decimal // see returnTask.creditedByHand
	c        exact.Calc
	// net and gross are the amounts of the goods so far, taxes those of their last line: fees are taxed alike.
	net, gross decimal.Decimal
	taxes      []int64
}

// goods credits units of a line of the order, from the lines that stand for it in Odoo.
func (b *creditBook) goods(line returns.SettledLine) error {
	rest, net, tax := line.Qty, line.Net, line.Tax
	kept := b.task.lineWith(line.Line).Keep
	back := b.back(line)
	for _, sold := range b.task.order.lines[line.OrderLine] {
		part := rest.Min(b.done[sold.ID])
		if !part.IsPos() {
			continue
		}
		partNet, err := b.share(net, part, rest)
		if err != nil {
			return err
		}
		partTax, err := b.share(tax, part, rest)
		if err != nil {
			return err
		}
		b.done[sold.ID] = b.c.Sub(b.done[sold.ID], part)
		rest, net, tax = b.c.Sub(rest, part), b.c.Sub(net, partNet), b.c.Sub(tax, partTax)
	}
	for _, sold := range b.task.order.lines[line.OrderLine] {
		units := rest.Min(b.invoiced[sold.ID])
		if over, limited := b.over[sold.ID]; limited && back {
			units = units.Min(over)
		}
		if !units.IsPos() {
			continue
		}
		partNet, err := b.share(net, units, rest)
		if err != nil {
			return err
		}
		partTax, err := b.share(tax, units, rest)
		if err != nil {
			return err
		}
		b.invoiced[sold.ID] = b.c.Sub(b.invoiced[sold.ID], units)
		if over, limited := b.over[sold.ID]; limited && back {
			b.over[sold.ID] = b.c.Sub(over, units)
		}
		rest, net, tax = b.c.Sub(rest, units), b.c.Sub(net, partNet), b.c.Sub(tax, partTax)
		taxes, err := b.split(partTax, sold.TaxIDs)
		if err != nil {
			return err
		}
		b.add(account.CreditLine{SaleLine: sold.ID, Kept: kept, Quantity: units, Untaxed: partNet, Taxes: taxes}, partTax)
		b.net, b.gross, b.taxes = b.c.Add(b.net, partNet), b.c.Add(b.gross, b.c.Add(partNet, partTax)), sold.TaxIDs
		if rest.IsZero() {
			break
		}
	}
	return b.c.Err()
}

// back reports whether the units are no longer delivered: not those that the buyer keeps, or that are refunded before they arrive.
func (b *creditBook) back(line returns.SettledLine) bool {
	known := b.task.lineWith(line.Line)
	if line.Disposition != canonical.DispositionPending {
		return !known.Keep
	}
	settled := decimal.Zero
	for _, units := range known.Settled {
		settled = b.c.Add(settled, units)
	}
	return known.SeenInOdoo.Cmp(settled) >= 0
}

// share is the part of an amount that some of the units have.
func (b *creditBook) share(amount, units, of decimal.Decimal) (decimal.Decimal, error) {
	if units.Equal(of) {
		return amount, nil
	}
	return b.task.order.there.Currency.Round(b.c.Quo(b.c.Mul(amount, units), of))
}

// split spreads a tax amount over the taxes of a line, by their rates.
func (b *creditBook) split(amount decimal.Decimal, taxes []int64) ([]account.TaxAmount, error) {
	switch len(taxes) {
	case 0:
		if !amount.IsZero() {
			return nil, fmt.Errorf("the line has no tax in Odoo and a tax of %s at the channel: credit it by hand", amount)
		}
		return nil, nil
	case 1:
		return []account.TaxAmount{{Tax: taxes[0], Amount: amount}}, nil
	}
	weights := make([]decimal.Decimal, len(taxes))
	for i, id := range taxes {
		weights[i] = decimal.One
		for _, tax := range b.task.order.taxes {
			if tax.ID == id {
				weights[i] = tax.Percent.Abs()
			}
		}
	}
	unit, _ := b.task.order.there.Currency.MinorUnit()
	shares, err := canonical.Allocate(amount, weights, unit)
	if err != nil {
		return nil, err
	}
	all := make([]account.TaxAmount, len(taxes))
	for i, id := range taxes {
		all[i] = account.TaxAmount{Tax: id, Amount: shares[i]}
	}
	return all, nil
}

// shipping gives the shipping charge back, as far as the settlement says. What Odoo counts as invoiced of it stays: the parcel was sent.
func (b *creditBook) shipping(settlement returns.Settlement) error {
	net, tax := settlement.ShippingNet, settlement.ShippingTax
	if net.IsZero() && tax.IsZero() {
		return nil
	}
	for _, line := range b.task.order.there.Lines {
		if line.Kind != canonical.LineShipping {
			continue
		}
		for _, sold := range b.task.order.lines[line.ID] {
			if !sold.Net.IsPos() && !sold.Tax.IsPos() || !b.invoiced[sold.ID].IsPos() {
				continue
			}
			partNet, partTax := net.Min(sold.Net.Trim(0)), tax.Min(sold.Tax.Trim(0))
			net, tax = b.c.Sub(net, partNet), b.c.Sub(tax, partTax)
			taxes, err := b.split(partTax, sold.TaxIDs)
			if err != nil {
				return err
			}
			b.add(account.CreditLine{SaleLine: sold.ID, Kept: true, Quantity: sold.Quantity.Trim(0), Untaxed: partNet, Taxes: taxes}, partTax)
		}
	}
	if net.IsPos() || tax.IsPos() {
		return fmt.Errorf("shipping of %s and %s tax is to be given back, and so much was not invoiced: credit it by hand", net, tax)
	}
	return b.c.Err()
}

// fee keeps an amount back, taxed as the goods are.
func (b *creditBook) fee(ctx context.Context, fee returns.SettledFee) error {
	net, tax := fee.Amount, decimal.Zero
	if b.gross.IsPos() {
		var err error
		if net, err = b.task.order.there.Currency.Round(b.c.Quo(b.c.Mul(fee.Amount, b.net), b.gross)); err != nil {
			return err
		}
		tax = b.c.Sub(fee.Amount, net)
	}
	name := map[canonical.ReturnFeeKind]string{
		canonical.FeeRestocking: "Restocking fee", canonical.FeeShipping: "Return shipping", canonical.FeeHandling: "Handling fee",
	}[fee.Kind]
	taxes, err := b.split(tax.Neg(), b.taxes)
	if err != nil {
		return err
	}
	return b.extra(ctx, name, net.Neg(), tax.Neg(), taxes)
}

// extra adds a line that no line of the order stands for.
func (b *creditBook) extra(ctx context.Context, name string, net, tax decimal.Decimal, taxes []account.TaxAmount) error {
	ref := b.task.order.rules.Lines[canonical.LineFee].Product
	if ref.IsZero() {
		return fmt.Errorf("rules of %s: lines.fee.product is missing: name the product that fees of returns are booked on", b.task.order.there.Key.Channel)
	}
	found, err := odoo.Find[product.Product](ctx, b.task.erp, productNamed(ref))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("rules of %s: lines.fee.product: Odoo has %d products %s: correct the rule or the product", b.task.order.there.Key.Channel, len(found), ref)
	}
	b.add(account.CreditLine{Product: found[0].ID, Name: name, Quantity: decimal.One, Untaxed: net, Taxes: taxes}, tax)
	return b.c.Err()
}

func productNamed(ref mapping.Ref) odoo.Domain {
	if ref.ID != 0 {
		return odoo.Eq("id", ref.ID)
	}
	return odoo.Eq("default_code", ref.Name)
}

func (b *creditBook) add(line account.CreditLine, tax decimal.Decimal) {
	line.ExternalID = returnName(b.task.known.Key, "credit", returns.ShortName(b.draft.ExternalID.Name), strconv.Itoa(len(b.draft.Lines)))
	b.draft.Lines = append(b.draft.Lines, line)
	b.draft.Untaxed, b.draft.Tax = b.c.Add(b.draft.Untaxed, line.Untaxed), b.c.Add(b.draft.Tax, tax)
}

// issueCard gives store credit or a gift card: a loyalty card where the rules name a program, else the credit note stays open as the
// customer's credit.
func (t *returnTask) issueCard(ctx context.Context, effect returns.Effect) (string, error) {
	rules := t.order.rules.Returns.Refunds
	program := rules.StoreCreditProgram
	if effect.Kind == returns.EffectGiftCard {
		program = rules.GiftCardProgram
	}
	const open = "the credit note is left open as the customer's credit"
	leg, _ := t.known.LegOf(effect.Leg)
	switch {
	case leg.ByChannel:
		return "by the channel", nil
	case program.IsZero():
		return open, nil
	}
	id := program.ID
	if id == 0 {
		found, err := loyalty.FindProgram(ctx, t.erp, program.Name)
		var none *loyalty.NotAvailable
		if errors.As(err, &none) {
			return open, nil
		}
		if err != nil {
			return "", fmt.Errorf("rules of %s: returns.refunds: program %s: %w", t.order.there.Key.Channel, program, err)
		}
		id = found
	}
	card, err := loyalty.IssueCard(ctx, t.erp, loyalty.CardDraft{
		ExternalID: t.stepName(effect, 0), Code: rand.Text(), Program: id, Partner: t.order.record.Customer.ID, Amount: effect.Amount,
		Currency: t.order.record.Currency.ID,
	})
	var none *loyalty.NotAvailable
	if errors.As(err, &none) {
		return open, nil
	}
	if err != nil {
		return "", err
	}
	return "loyalty.card," + strconv.FormatInt(card.ID, 10), nil
}

// askPerson asks the people of the order in Odoo. An order that Odoo does not have has none: the report shows the question.
func (t *returnTask) askPerson(ctx context.Context, effect returns.Effect) (string, error) {
	if t.order.record.ID == 0 {
		return "", nil
	}
	text := t.note() + ": "
	switch effect.Kind {
	case returns.EffectManual:
		text += "pay " + effect.Amount.String() + " " + string(t.known.Currency) + " to the buyer by hand"
	case returns.EffectRepair:
		text += "repair the units, then ship them back"
	default:
		for _, question := range t.known.Questions {
			if question.ID == effect.Question {
				text += question.Text
			}
		}
	}
	id, err := sale.AskPerson(ctx, t.erp, sale.Activity{ExternalID: returnName(t.known.Key, "activity", returns.ShortName(effect.ID)), Order: t.order.record.ID, Summary: text})
	if err != nil {
		return "", err
	}
	return "mail.activity," + strconv.FormatInt(id, 10), nil
}

// answered ends the to-do of a question that is answered, or that no longer matters.
func (t *returnTask) answered(ctx context.Context, effect returns.Effect) error {
	for _, asked := range t.known.Effects {
		record, known := strings.CutPrefix(asked.Reference, "mail.activity,")
		if asked.Kind != returns.EffectAskPerson || asked.Question != effect.Question || !known {
			continue
		}
		id, err := strconv.ParseInt(record, 10, 64)
		if err != nil {
			return fmt.Errorf("effect %s made %q, which is no activity: was the case stored by a newer version?", asked.ID, asked.Reference)
		}
		return sale.EndActivity(ctx, t.erp, id)
	}
	return nil
}
