package account

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// OpenItem is a journal item that is not fully reconciled.
type OpenItem struct {
	ID      int64         `odoo:"id"`
	Move    odoo.Many2One `odoo:"move_id"`
	Account odoo.Many2One `odoo:"account_id"`
	Partner odoo.Many2One `odoo:"partner_id"`
	Name    string        `odoo:"name"`
	Ref     string        `odoo:"ref"`
	Date    odoo.Date     `odoo:"date"`
	// Balance and Residual are in the company's currency, negative for credits.
	Balance  decimal.Decimal `odoo:"balance"`
	Residual decimal.Decimal `odoo:"amount_residual"`
}

// OdooModel names the model.
func (OpenItem) OdooModel() string { return "account.move.line" }

// OpenItems returns the posted items of an account that allows reconciliation and that are still open, by id. It only reads.
func OpenItems(ctx context.Context, client *odoo.Client, account int64) ([]OpenItem, error) {
	return odoo.Find[OpenItem](ctx, client, odoo.And(
		odoo.Eq("account_id", account), odoo.Eq("reconciled", false), odoo.Eq("parent_state", StatePosted)))
}

// Reconcile matches posted journal items of one account with each other, as far as their amounts go. Items that are matched
// in full already are left out; it is safe to repeat.
func Reconcile(ctx context.Context, client *odoo.Client, items []int64) error {
	items = slices.Sorted(slices.Values(items))
	items = slices.Compact(items)
	open, err := unmatched(ctx, client, items)
	if err != nil || len(open) < 2 {
		return err
	}
	err = client.Call(ctx, odoo.Call{Model: "account.move.line", Method: "reconcile", IDs: open}, nil)
	if err == nil || ctx.Err() != nil {
		return err
	}
	left, readErr := unmatched(ctx, client, items) // the reply was lost, or somebody was first
	if readErr == nil && len(left) < 2 {
		return nil
	}
	return err
}

// sideItems is how many items of each side one call of [ReconcileSides] matches.
const sideItems = 250

// ReconcileSides matches posted debits and credits of one account with each other, as far as their amounts go, like [Reconcile], but some
// hundreds to a call: Odoo takes long for thousands. It is safe to repeat.
func ReconcileSides(ctx context.Context, client *odoo.Client, debits, credits []int64) error {
	if len(debits) <= sideItems && len(credits) <= sideItems {
		return Reconcile(ctx, client, slices.Concat(debits, credits))
	}
	for len(debits) > 0 && len(credits) > 0 {
		some, others := debits[:min(sideItems, len(debits))], credits[:min(sideItems, len(credits))]
		if err := Reconcile(ctx, client, slices.Concat(some, others)); err != nil {
			return err
		}
		// All of one side are matched now.
		open, err := unmatched(ctx, client, slices.Concat(some, others))
		if err != nil {
			return err
		}
		left := func(all, tried []int64) []int64 {
			still := slices.DeleteFunc(slices.Clone(tried), func(id int64) bool { return !slices.Contains(open, id) })
			return append(still, all[len(tried):]...)
		}
		before := len(debits) + len(credits)
		if debits, credits = left(debits, some), left(credits, others); len(debits)+len(credits) == before {
			return nil // Odoo matches no further
		}
	}
	return nil
}

// unmatched returns the items that are open. Odoo refuses to reconcile others.
func unmatched(ctx context.Context, client *odoo.Client, items []int64) ([]int64, error) {
	rows, err := odoo.Read[payItem](ctx, client, items...)
	if err != nil {
		return nil, err
	}
	return openOf(rows), nil
}

// groupRow is a journal item that is matched in a group.
type groupRow struct {
	ID         int64           `odoo:"id"`
	Account    odoo.Many2One   `odoo:"account_id"`
	Partner    odoo.Many2One   `odoo:"partner_id"`
	Currency   odoo.Many2One   `odoo:"currency_id"`
	Home       odoo.Many2One   `odoo:"company_currency_id"`
	Reconciled bool            `odoo:"reconciled"`
	Residual   decimal.Decimal `odoo:"amount_residual_currency"`
	Maturity   odoo.Date       `odoo:"date_maturity"`
	Date       odoo.Date       `odoo:"date"`
}

// OdooModel names the model.
func (groupRow) OdooModel() string { return "account.move.line" }

func (r groupRow) due() string {
	if r.Maturity.IsZero() {
		return r.Date.String()
	}
	return r.Maturity.String()
}

// groupItems is how many items one call matches: enough to be fast, few enough that a matching number stays readable.
const groupItems = 300

// groupsAtOnce is how many groups that need a call of their own are matched at once.
const groupsAtOnce = 2

// ReconcileGroups matches the items of each group with each other, as [Reconcile] does, many groups to a call: Odoo goes through
// the items by their maturity and then in the order in which they are given, so that groups in which each is settled to zero, of one
// maturity, do not mix. What it is not certain of for that (groups that do not come to zero, other currencies before 19, Odoo 15 to
// 18) is matched group by group. There is one error per group, in order. It is safe to repeat.
func ReconcileGroups(ctx context.Context, client *odoo.Client, groups [][]int64) ([]error, error) {
	failures := make([]error, len(groups))
	rows, err := groupRows(ctx, client, groups)
	if err != nil {
		return failures, err
	}
	batches := map[int64][]int{} // groups by account
	var single []int
	for i, group := range groups {
		open := openIn(rows, group)
		switch {
		case len(open) < 2:
		case client.Version().Major != 14 && !client.Version().AtLeast(19) || !plain(open, client.Version().AtLeast(19)):
			single = append(single, i)
		default:
			batches[open[0].Account.ID] = append(batches[open[0].Account.ID], i)
		}
	}
	var running errgroup.Group
	running.SetLimit(groupsAtOnce)
	for _, i := range single {
		running.Go(func() error {
			failures[i] = Reconcile(ctx, client, groups[i])
			return ctx.Err()
		})
	}
	if err := running.Wait(); err != nil {
		return failures, err
	}
	for _, account := range slices.Sorted(maps.Keys(batches)) {
		members := batches[account]
		slices.SortStableFunc(members, func(a, b int) int {
			return strings.Compare(openIn(rows, groups[a])[0].due(), openIn(rows, groups[b])[0].due())
		})
		for len(members) > 0 {
			var part []int
			var ids []int64
			for len(members) > 0 && (len(part) == 0 || len(ids)+len(groups[members[0]]) <= groupItems) {
				for _, row := range openIn(rows, groups[members[0]]) {
					ids = append(ids, row.ID)
				}
				part, members = append(part, members[0]), members[1:]
			}
			err := client.Call(ctx, odoo.Call{
				Model: "account.move.line", Method: "reconcile", IDs: ids, Context: odoo.Context{"reduced_line_sorting": true},
			}, nil)
			if ctx.Err() != nil {
				return failures, ctx.Err()
			}
			if err == nil {
				continue
			}
			for _, i := range part { // one of them is to blame, somebody was first, or the reply was lost
				if failures[i] = Reconcile(ctx, client, groups[i]); ctx.Err() != nil {
					return failures, ctx.Err()
				}
			}
		}
	}
	return failures, nil
}

func groupRows(ctx context.Context, client *odoo.Client, groups [][]int64) (map[int64]groupRow, error) {
	rows := map[int64]groupRow{}
	all := slices.Concat(groups...)
	for part := range slices.Chunk(all, 1000) {
		read, err := odoo.Read[groupRow](ctx, client, part...)
		if err != nil {
			return nil, err
		}
		for _, row := range read {
			rows[row.ID] = row
		}
	}
	return rows, nil
}

func openIn(rows map[int64]groupRow, group []int64) []groupRow {
	var open []groupRow
	for _, id := range group {
		if row, ok := rows[id]; ok && !row.Reconciled {
			open = append(open, row)
		}
	}
	return open
}

// plain reports whether items settle each other to zero, and have account, partner, maturity and currency in common. Before 19 Odoo
// carries what exchange rates leave over from one group to the next, so that the currency must be the company's.
func plain(items []groupRow, anyCurrency bool) bool {
	var c exact.Calc
	first := items[0]
	sum := decimal.Zero
	for _, it := range items {
		if it.Account.ID != first.Account.ID || it.Partner.ID != first.Partner.ID || it.Currency.ID != first.Currency.ID || !anyCurrency && it.Currency.ID != it.Home.ID || it.due() != first.due() {
			return false
		}
		sum = c.Add(sum, it.Residual)
	}
	return c.Err() == nil && sum.IsZero()
}
