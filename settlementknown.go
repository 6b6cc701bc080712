package retailsync

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/payments/settlement"
)

// settledBooks is what Odoo has of a settlement: its journal items by name. The name of an item is that of the provider's entry, and
// Odoo refuses a journal entry with an item that it has elsewhere. So no two processes book the same entry of a provider, even
// without a common store.
type settledBooks struct {
	lines map[odoo.ExternalID]settledLine
	// mains are the names of the entries' items by those that these have as counterparts of statement lines.
	mains map[odoo.ExternalID]odoo.ExternalID
	// drafts are journal entries that a process inserted which then died.
	drafts []int64
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
	known := &settledBooks{lines: map[odoo.ExternalID]settledLine{}, mains: map[odoo.ExternalID]odoo.ExternalID{}}
	for i := range t.s.Entries {
		main := t.books.entryName(&t.s, &t.s.Entries[i])
		known.mains[t.books.entryName(&t.s, &t.s.Entries[i], lineItem)] = main
	}
	moves, err := odoo.Find[settledMove](ctx, t.erp, odoo.And(odoo.Eq("journal_id", t.books.journal), odoo.Eq("ref", t.s.Key.ID)))
	if err != nil || len(moves) == 0 {
		return known, err
	}
	ids := make([]int64, len(moves))
	for i, move := range moves {
		ids[i] = move.ID
	}
	if err := known.add(ctx, t.erp, ids...); err != nil {
		return nil, err
	}
	own := map[int64]bool{}
	for _, line := range known.lines {
		own[line.Move.ID] = true
	}
	for _, move := range moves {
		if own[move.ID] && move.State == "draft" {
			known.drafts = append(known.drafts, move.ID)
		}
	}
	return known, nil
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
		if name := names[line.ID]; name.Module == mapping.Module {
			k.lines[k.main(name)] = line
		}
	}
	return nil
}

// main is the name by which an item is known, whichever form its settlement is booked in.
func (k *settledBooks) main(name odoo.ExternalID) odoo.ExternalID {
	if main, ok := k.mains[name]; ok {
		return main
	}
	if parts, ok := name.Parts(); ok && len(parts) == 7 && parts[2] == "settled" && parts[6] == lineItem { // of an entry that changed or is gone
		return odoo.NewExternalID(name.Module, parts[:6]...)
	}
	return name
}

// hasNew reports whether items of a journal entry are there that were not before.
func (k *settledBooks) hasNew(move account.Entry, before *settledBooks) bool {
	return slices.ContainsFunc(move.Items, func(it account.EntryItem) bool {
		return k.lines[it.ExternalID].ID != 0 && before.lines[it.ExternalID].ID == 0
	})
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
