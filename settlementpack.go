package retailsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// packItems is how many items a journal entry of a settlement has at most: what people can still read, and Odoo posts in seconds.
const packItems = 400

// pack joins the bookings of one day and currency into journal entries, each with one item on the clearing account. Bookings
// without items are left out.
func (t *settlementTask) pack(ctx context.Context, bookings []booking) ([]account.Entry, error) {
	bookings = slices.DeleteFunc(slices.Clone(bookings), func(b booking) bool { return len(b.items) == 0 })
	days := map[canonical.Currency][]odoo.Date{}
	for _, b := range bookings {
		days[b.currency] = append(days[b.currency], b.date)
	}
	rates, err := t.readRates(ctx, days)
	if err != nil {
		return nil, err
	}
	var moves []account.Entry
	for len(bookings) > 0 {
		first, n, size := bookings[0], 0, 0
		for _, b := range bookings {
			if b.date != first.date || b.currency != first.currency || n > 0 && size+len(b.items) > packItems {
				break
			}
			n, size = n+1, size+len(b.items)
		}
		var items []bookedItem
		for _, b := range bookings[:n] {
			items = append(items, b.items...)
		}
		bookings = bookings[n:]
		// A journal entry is named after what is in it: who books the same at the same time comes to the same.
		sum := sha256.New()
		for _, item := range items {
			sum.Write([]byte(item.ExternalID.Name + "\n"))
		}
		tag := hex.EncodeToString(sum.Sum(nil)[:12])
		move, err := t.journalEntry(rates, items, t.books.name("settlement", t.s.Key.ID, tag, "clearing"), first.date, first.currency)
		if err != nil {
			return nil, err
		}
		move.ExternalID = t.books.name("settlement", t.s.Key.ID, tag)
		moves = append(moves, move)
	}
	return moves, nil
}

// journalEntry is a journal entry of the items and of one on the clearing account that takes what they come to.
func (t *settlementTask) journalEntry(rates exchangeRates, items []bookedItem, clearing odoo.ExternalID, day odoo.Date, currency canonical.Currency) (account.Entry, error) {
	var c exact.Calc
	move := account.Entry{Journal: t.books.journal, Date: day, Ref: t.s.Key.ID}
	var rest, restHome decimal.Decimal
	largest := 0
	for n, item := range items {
		entry := item.EntryItem
		home, err := t.convert(rates, item.amount, currency, day)
		if err != nil {
			return account.Entry{}, err
		}
		entry.Amount = home
		if currency != t.books.home {
			entry.Currency, entry.AmountCurrency = t.books.currencies[currency].ID, item.amount
		}
		rest, restHome = c.Sub(rest, item.amount), c.Sub(restHome, home)
		move.Items = append(move.Items, entry)
		if home.CmpAbs(move.Items[largest].Amount) > 0 {
			largest = n
		}
	}
	own := account.EntryItem{ExternalID: clearing, Account: t.books.account, Name: t.s.Key.ID, Amount: restHome}
	if currency != t.books.home {
		own.Currency, own.AmountCurrency = t.books.currencies[currency].ID, rest
		if rest.Sign()*restHome.Sign() <= 0 && !restHome.IsZero() {
			// Rounding must not turn a sum around: Odoo refuses amounts of two signs. The largest item takes it.
			move.Items[largest].Amount = c.Add(move.Items[largest].Amount, restHome)
			own.Amount = decimal.Zero
		}
	}
	if !rest.IsZero() || len(move.Items) < 2 {
		move.Items = append(move.Items, own)
	}
	return move, c.Err()
}

// exchangeRates are the rates of currencies by day, the newest last: how many units of the currency one of the database's base is.
type exchangeRates struct {
	home canonical.Currency
	of   map[canonical.Currency][]exchangeRate
}

type exchangeRate struct {
	Day      odoo.Date       `odoo:"name"`
	Currency odoo.Many2One   `odoo:"currency_id"`
	Rate     decimal.Decimal `odoo:"rate"`
}

func (exchangeRate) OdooModel() string { return "res.currency.rate" }

// readRates reads the rates of the days.
func (t *settlementTask) readRates(ctx context.Context, days map[canonical.Currency][]odoo.Date) (exchangeRates, error) {
	rates := exchangeRates{home: t.books.home, of: map[canonical.Currency][]exchangeRate{}}
	var all []odoo.Date
	for currency, of := range days {
		if currency != t.books.home {
			all = append(all, of...)
		}
	}
	if len(all) == 0 {
		return rates, nil
	}
	early := func(a, b odoo.Date) int { return strings.Compare(a.String(), b.String()) }
	first, last := slices.MinFunc(all, early), slices.MaxFunc(all, early)
	wanted := map[canonical.Currency]bool{t.books.home: true}
	for currency := range days {
		wanted[currency] = true
	}
	company := odoo.Or(odoo.Eq("company_id", false), odoo.Eq("company_id", t.books.company))
	for _, currency := range slices.Sorted(maps.Keys(wanted)) {
		of := odoo.And(odoo.Eq("currency_id", t.books.currencies[currency].ID), company)
		before, found, err := odoo.First[exchangeRate](ctx, t.erp, odoo.And(of, odoo.Le("name", first)), odoo.OrderBy("name desc, id desc"))
		if err != nil {
			return rates, err
		}
		if found {
			rates.of[currency] = append(rates.of[currency], before)
		}
		within, err := odoo.Find[exchangeRate](ctx, t.erp, odoo.And(of, odoo.Gt("name", first), odoo.Le("name", last)), odoo.OrderBy("name, id"), odoo.Limit(2000))
		if err != nil {
			return rates, err
		}
		rates.of[currency] = append(rates.of[currency], within...)
	}
	return rates, nil
}

// convert is an amount in the company's currency, rounded to digits.
func (r exchangeRates) convert(amount decimal.Decimal, currency canonical.Currency, day odoo.Date, digits int) (decimal.Decimal, error) {
	foreign, ok := r.on(currency, day)
	if !ok {
		return decimal.Zero, fmt.Errorf("there is no rate of %s in Odoo on %s or before: add one (Accounting, Currencies)", currency, day)
	}
	home, ok := r.on(r.home, day)
	if !ok {
		home = decimal.One // the base
	}
	var c exact.Calc
	converted := exact.HalfUp(c.Quo(c.Mul(amount, home), foreign), digits)
	return converted, c.Err()
}

// on is the rate of a day: the last one before it.
func (r exchangeRates) on(currency canonical.Currency, day odoo.Date) (rate decimal.Decimal, found bool) {
	for _, known := range r.of[currency] {
		if known.Day.String() <= day.String() && known.Rate.IsPos() {
			rate, found = known.Rate, true
		}
	}
	return rate, found
}
