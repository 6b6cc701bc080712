package retailsync

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments/settlement"
)

// settledBooks is what Odoo has of a settlement. Its journal entries are numbered from 0: who inserts the next one must have seen
// all before it, or Odoo answers with the entry that has the number already. So no two processes book the same
// entry of a provider, even without a common store.
type settledBooks struct {
	// next is the number of the next journal entry.
	next int
	// drafts are journal entries that a process inserted which then died.
	drafts []int64
	// payouts are the journal entries of payouts by name.
	payouts map[odoo.ExternalID]int64
	lines   map[odoo.ExternalID]settledLine
}

type settledMove struct {
	ID    int64  `odoo:"id"`
	State string `odoo:"state"`
}

type settledLine struct {
	ID         int64           `odoo:"id"`
	Move       odoo.Many2One   `odoo:"move_id"`
	Account    odoo.Many2One   `odoo:"account_id"`
	Currency   odoo.Many2One   `odoo:"currency_id"`
	Date       odoo.Date       `odoo:"date"`
	Name       string          `odoo:"name"`
	Reconciled bool            `odoo:"reconciled"`
	Residual   decimal.Decimal `odoo:"amount_residual_currency"`
	Amount     decimal.Decimal `odoo:"amount_currency"`
}

func (settledMove) OdooModel() string { return "account.move" }
func (settledLine) OdooModel() string { return "account.move.line" }

// readSettled reads what Odoo has of the settlement.
func (t *settlementTask) readSettled(ctx context.Context) (*settledBooks, error) {
	known := &settledBooks{payouts: map[odoo.ExternalID]int64{}, lines: map[odoo.ExternalID]settledLine{}}
	moves, err := odoo.Find[settledMove](ctx, t.erp, odoo.And(odoo.Eq("journal_id", t.books.journal), odoo.Eq("ref", t.s.Key.ID)))
	if err != nil || len(moves) == 0 {
		return known, err
	}
	ids := make([]int64, len(moves))
	for i, move := range moves {
		ids[i] = move.ID
	}
	names, err := t.erp.Lookup(ctx, "account.move", ids)
	if err != nil {
		return nil, err
	}
	payouts := map[odoo.ExternalID]bool{}
	for i := range t.s.Payouts {
		payouts[t.books.payoutName(&t.s, i)] = true
	}
	numbers := map[odoo.ExternalID]int{}
	for n := range moves {
		numbers[t.books.name("settlement", t.s.Key.ID, strconv.Itoa(n))] = n
	}
	var own []int64
	for _, move := range moves {
		name := names[move.ID]
		number, numbered := numbers[name]
		switch {
		case payouts[name]:
			known.payouts[name] = move.ID
		case numbered:
			known.next = max(known.next, number+1)
		default:
			continue
		}
		own = append(own, move.ID)
		if move.State == "draft" {
			known.drafts = append(known.drafts, move.ID)
		}
	}
	return known, known.add(ctx, t.erp, own...)
}

// add reads the items of journal entries.
func (k *settledBooks) add(ctx context.Context, erp *odoo.Client, moves ...int64) error {
	if len(moves) == 0 {
		return nil
	}
	lines, err := odoo.Find[settledLine](ctx, erp, odoo.In("move_id", moves), odoo.PageSize(2000))
	if err != nil {
		return err
	}
	ids := make([]int64, len(lines))
	for i, line := range lines {
		ids[i] = line.ID
	}
	names, err := erp.Lookup(ctx, "account.move.line", ids)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if name, ok := names[line.ID]; ok {
			k.lines[name] = line
		}
	}
	return nil
}

// refresh reads again what matching changes of the items on an account.
func (k *settledBooks) refresh(ctx context.Context, erp *odoo.Client, account int64) error {
	moves := map[int64]bool{}
	for _, line := range k.lines {
		moves[line.Move.ID] = true
	}
	if len(moves) == 0 {
		return nil
	}
	lines, err := odoo.Find[settledLine](ctx, erp, odoo.And(odoo.In("move_id", slices.Sorted(maps.Keys(moves))), odoo.Eq("account_id", account)))
	if err != nil {
		return err
	}
	byID := make(map[int64]settledLine, len(lines))
	for _, line := range lines {
		byID[line.ID] = line
	}
	for name, line := range k.lines {
		if now, ok := byID[line.ID]; ok {
			k.lines[name] = now
		}
	}
	return nil
}

// sorted are the items by id.
func (k *settledBooks) sorted() []settledLine {
	return slices.SortedFunc(maps.Values(k.lines), func(a, b settledLine) int { return int(a.ID - b.ID) })
}

// earlier is what of the entries is booked and matched. Those that are booked and wait for their match, since a process died in
// between, are counted and left out, so that they are matched again with the same items.
func (k *settledBooks) earlier(b *clearing, s *canonical.Settlement) (earlier settlement.Earlier, waiting int) {
	earlier = settlement.Earlier{}
	own := make(map[odoo.ExternalID]bool, len(s.Entries))
	for i := range s.Entries {
		e := &s.Entries[i]
		name := b.entryName(s, e)
		own[name] = true
		line, ok := k.lines[name]
		switch {
		case !ok:
		case (e.Kind == canonical.EntrySale || e.Kind == canonical.EntryRefund) && !line.Reconciled && line.Account.ID != b.account:
			waiting++
		default:
			earlier[e.ID] = settlement.Digest(*e)
		}
	}
	// What is booked and in another form now, or gone.
	prefix := b.name("settled", s.Key.ID).Name + "_"
	for name := range k.lines {
		if own[name] || !strings.HasPrefix(name.Name, prefix) {
			continue
		}
		if parts, ok := name.Parts(); ok && len(parts) == 6 {
			if _, current := earlier[parts[4]]; !current {
				earlier[parts[4]] = parts[5]
			}
		}
	}
	return earlier, waiting
}
