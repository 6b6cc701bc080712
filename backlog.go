package retailsync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

// owed is a level that the next run takes up.
type owed struct {
	// Product is 0 where it is not known, as of safe levels.
	Product  int64  `json:"p"`
	SKU      string `json:"sku"`
	Location string `json:"at,omitempty"`
	// Shown is what the channel had lowered its level to by itself, when a run waited because of that, and Since when
	// a run first saw it.
	Shown *decimal.Decimal `json:"shown,omitempty"`
	Since time.Time        `json:"since,omitzero"`
	// Ticket is what the channel calls the level that it is working on; Level is that, and Key that of the change.
	Ticket string           `json:"ticket,omitempty"`
	Level  *decimal.Decimal `json:"level,omitempty"`
	Key    string           `json:"key,omitempty"`
	// Offered and Sold are those of a safe level that the channel is working on.
	Offered *decimal.Decimal `json:"offered,omitempty"`
	Sold    bool             `json:"sold,omitempty"`
	// Sent says that a level was sent to a channel that carries out later, and not what it answered.
	Sent bool `json:"sent,omitempty"`
	// Unsure says that Level was sent by a run that did not come to remember it.
	Unsure bool `json:"unsure,omitempty"`
}

func (o owed) item() marketplace.StockItem {
	return marketplace.StockItem{SKU: o.SKU, Location: o.Location}
}

// backlog is what the runs of a channel owe it, as it is stored.
type backlog struct {
	// Everything says that more is owed than is listed: the next run compares all.
	Everything bool   `json:"everything,omitempty"`
	Items      []owed `json:"items,omitempty"`
	// Pages more are in cursors of their own, numbered from 1. The two sets of them take turns, so that a crash
	// while one is written leaves the other, with the backlog that names it.
	Set   int `json:"set,omitempty"`
	Pages int `json:"pages,omitempty"`
}

const (
	// mostOwed bounds what is listed; beyond it a comparison of all is no dearer. Tickets are always listed.
	mostOwed = 2000
	// backlogPage is how many bytes of items are stored together; stores take 64 KiB.
	backlogPage = 60_000
)

func (r *stockRun) backlogName() string { return r.scope() + "/backlog" }

func (r *stockRun) backlogPageName(set, page int) string {
	return fmt.Sprintf("%s/%d/%d", r.backlogName(), set, page)
}

// loadBacklog reads what earlier runs owe.
func (r *stockRun) loadBacklog(ctx context.Context) error {
	read := func(name string, into *backlog) error {
		text, err := r.cursors.Cursor(ctx, name)
		if err != nil {
			return fmt.Errorf("read cursor %s: %w", name, err)
		}
		if text == "" {
			return nil
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return fmt.Errorf("cursor %s is damaged: %w: delete it and reconcile the stock", name, err)
		}
		return nil
	}
	if err := read(r.backlogName(), &r.stored); err != nil {
		return err
	}
	items := r.stored.Items
	for n := range r.stored.Pages {
		var page backlog
		if err := read(r.backlogPageName(r.stored.Set, n+1), &page); err != nil {
			return err
		}
		items = append(items, page.Items...)
	}
	for _, o := range items {
		r.owed[o.item()] = o
		if o.Unsure {
			r.unsure[o.item()] = true
		}
		if o.Sent && !r.safe {
			r.superseded[o.item()] = true
		}
	}
	return nil
}

// saveBacklog stores what the next run takes up. It writes nothing if that is what is stored.
func (r *stockRun) saveBacklog(ctx context.Context, everything bool, owes map[marketplace.StockItem]owed) error {
	items := slices.SortedFunc(maps.Values(owes), func(a, b owed) int { return cmpItems(a.item(), b.item()) })
	loose := func(o owed) bool { return o.Ticket == "" }
	untold := 0
	for _, o := range items {
		if loose(o) {
			untold++
		}
	}
	if untold > mostOwed {
		everything = true
		items = slices.DeleteFunc(items, loose)
	}
	next := backlog{Everything: everything, Set: 1 - r.stored.Set}
	pages, err := paged(items)
	if err != nil {
		return err
	}
	write := func(name string, b backlog) error {
		text, err := json.Marshal(b)
		if err != nil {
			return err
		}
		if err := r.cursors.PutCursor(ctx, name, string(text)); err != nil {
			return fmt.Errorf("store cursor %s: %w", name, err)
		}
		return nil
	}
	for n, page := range pages {
		if n == 0 {
			next.Items = page
			continue
		}
		if err := write(r.backlogPageName(next.Set, n), backlog{Items: page}); err != nil {
			return err
		}
		next.Pages = n
	}
	if next.Pages == 0 && r.stored.Pages == 0 && next.Everything == r.stored.Everything && slices.EqualFunc(next.Items, r.stored.Items, sameOwed) {
		return nil
	}
	if err := write(r.backlogName(), next); err != nil {
		return err
	}
	r.stored = next
	return nil
}

// paged parts items so that each part fits a cursor.
func paged(items []owed) ([][]owed, error) {
	var pages [][]owed
	size := 0
	for _, o := range items {
		text, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		if size += len(text) + 1; len(pages) == 0 || size > backlogPage {
			pages, size = append(pages, nil), len(text)+1
		}
		last := &pages[len(pages)-1]
		*last = append(*last, o)
	}
	return pages, nil
}

func sameOwed(a, b owed) bool {
	same := func(a, b *decimal.Decimal) bool { return a == b || a != nil && b != nil && a.Equal(*b) }
	return a.Product == b.Product && a.item() == b.item() && a.Ticket == b.Ticket && a.Key == b.Key && a.Since.Equal(b.Since) && same(a.Shown, b.Shown) && same(a.Level, b.Level) && same(a.Offered, b.Offered) && a.Sold == b.Sold && a.Sent == b.Sent && a.Unsure == b.Unsure
}

func cmpItems(a, b marketplace.StockItem) int {
	return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.Location, b.Location))
}

// owe leaves a level to the next run.
func (r *stockRun) owe(l level, reason owed) {
	reason.Product, reason.SKU, reason.Location = l.product, l.item.SKU, l.item.Location
	r.owes[l.item] = reason
}

// checkpoint stores the tickets while the run goes on, beside all that earlier runs owe, and the levels that are about to be sent: a
// process that dies now sends none of those with a ticket again, and the next one looks at the others whatever is remembered of them.
func (r *stockRun) checkpoint(ctx context.Context, sending ...offer) error {
	all := maps.Clone(r.owed)
	maps.Copy(all, r.owes)
	_, later := r.target.(marketplace.StockFollower)
	for _, o := range sending {
		level := o.quantity
		all[o.item] = owed{Product: o.product, SKU: o.item.SKU, Location: o.item.Location, Level: &level, Sent: later, Unsure: true}
	}
	for item, p := range r.pending {
		all[item] = p.owed()
	}
	return r.saveBacklog(ctx, r.stored.Everything, all)
}
