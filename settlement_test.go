package retailsync_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// payDesk is where a provider's settlements are booked: a clearing journal, accounts and rules of a test's own, and a channel whose
// orders it settles.
type payDesk struct {
	*testing.T
	db        *database
	erp       *odoo.Client // an administrator's
	books     *odoo.Client // of a user with the rights that the flow needs and no others
	tag       string
	provider  canonical.Channel
	shop      canonical.Channel
	home      canonical.Currency
	journal   int64
	bank      int64
	product   int64
	accounts  map[string]int64
	tax       int64
	rules     *mapping.Rules
	store     idempotency.Store
	journalOf *retailsync.MemoryJournal
	invoices  map[string]int64 // by order
}

const foreign = canonical.Currency("SEK")

// eachPayDesk opens a desk in every Odoo that keeps books of settlements, eitherPayDesk in one of the real ones.
func eachPayDesk(t *testing.T, test func(c *payDesk)) {
	t.Helper()
	inPayDesks(t, []int{19, 14}, test)
}

func eitherPayDesk(t *testing.T, test func(c *payDesk)) {
	t.Helper()
	inPayDesks(t, peer.Either(t), test)
}

func inPayDesks(t *testing.T, real []int, test func(c *payDesk)) {
	t.Helper()
	t.Parallel()
	t.Run("in-process 19", func(t *testing.T) {
		t.Parallel()
		test(newPayDesk(t, inProcess(t, 19)))
	})
	inRealPayDesks(t, real, test)
}

// inRealPayDesks opens a desk in real ones: those have statement lines, payments and other currencies.
func inRealPayDesks(t *testing.T, real []int, test func(c *payDesk)) {
	t.Helper()
	for _, series := range real {
		t.Run(fmt.Sprintf("real %d", series), func(t *testing.T) {
			t.Parallel()
			test(newPayDesk(t, realOdoo(t, series)))
		})
	}
}

// eachBooking opens a desk in every Odoo that keeps books of settlements, for each form in which they are booked. The in-process
// Odoo has no statements. With eitherBooking each form is in one of the real ones.
func eachBooking(t *testing.T, test func(c *payDesk)) {
	t.Helper()
	eachPayDesk(t, test)
	t.Run("statement", func(t *testing.T) {
		t.Parallel()
		inRealPayDesks(t, []int{19, 14}, byStatement(test))
	})
}

func eitherBooking(t *testing.T, test func(c *payDesk)) {
	t.Helper()
	eitherPayDesk(t, test)
	t.Run("statement", func(t *testing.T) {
		t.Parallel()
		inRealPayDesks(t, peer.Either(t), byStatement(test))
	})
}

// byStatement is the test of a desk whose settlements are booked as statements.
func byStatement(test func(c *payDesk)) func(c *payDesk) {
	return func(c *payDesk) {
		c.change(func(r *mapping.SettlementRules) { r.Book = mapping.BookStatement })
		test(c)
	}
}

func newPayDesk(t *testing.T, db *database) *payDesk {
	t.Helper()
	name := tag()
	c := &payDesk{
		T: t, db: db, erp: db.dial(t), tag: name, provider: canonical.Channel{Name: "payer", Account: strings.ToLower(name)},
		shop: canonical.Channel{Name: "shop", Account: strings.ToLower(name)}, accounts: map[string]int64{}, store: idempotency.NewMemory(),
		journalOf: &retailsync.MemoryJournal{}, invoices: map[string]int64{},
	}
	c.books = c.erp
	if db.real {
		c.books = c.bookkeeper()
	}
	company := call[[]struct {
		Currency odoo.Many2One `json:"currency_id"`
	}](c, "res.company", "read", []int64{1}, odoo.Args{"fields": []string{"currency_id"}}, nil)
	c.home = canonical.Currency(company[0].Currency.Name)
	journal := func(name string) int64 {
		values := map[string]any{"name": name + " " + c.tag, "code": rand.Text()[:5]}
		if !db.real {
			values["default_account_id"] = c.account(name, rand.Text()[:5], true)
		}
		return newJournal(t, c.erp, values)
	}
	c.journal, c.bank = journal("Clearing"), journal("Bank")
	for i, kind := range []string{"fee", "tax_withheld", "chargeback", "reserve", "adjustment", "transfer", "exchange", "difference"} {
		c.accounts[kind] = c.account(kind, fmt.Sprintf("%s%d", name[len(name)-7:], i), false)
	}
	c.accounts["transit"] = c.account("transit", name[len(name)-7:]+"t", true)
	c.accounts["input tax"] = c.account("input tax", name[len(name)-7:]+"v", false)
	c.tax = c.create("account.tax", map[string]any{"name": "Fees 19 " + name, "amount": 19, "type_tax_use": "purchase"})
	if !db.real { // the real ones make these by themselves
		for _, kind := range []string{"invoice", "refund"} {
			c.create("account.tax.repartition.line", map[string]any{"tax_id": c.tax, "document_type": kind, "repartition_type": "base"}, map[string]any{"tax_id": c.tax, "document_type": kind, "repartition_type": "tax"})
		}
	}
	c.product = c.create("product.product", map[string]any{"name": "Thing " + name, "type": "service", "invoice_policy": "order", "taxes_id": []any{[]any{6, 0, []int64{}}}})
	if db.real {
		c.rate(foreign, "2026-11-01", "10")
		c.rate(foreign, "2026-11-20", "10.5")
	}
	rules := mapping.SettlementRules{Journal: mapping.ID(c.journal), Orders: c.shop.String(), DifferenceAccount: mapping.ID(c.accounts["difference"])}
	rules.Payout.Account = mapping.ID(c.accounts["transit"])
	if db.real {
		rules.Payout.Banks = map[canonical.Currency]mapping.Ref{c.home: mapping.ID(c.bank)}
	}
	for _, kind := range []canonical.EntryKind{
		canonical.EntryFee, canonical.EntryTaxWithheld, canonical.EntryChargeback, canonical.EntryReserve, canonical.EntryAdjustment,
		canonical.EntryTransfer, canonical.EntryExchange,
	} {
		rule := mapping.SettlementEntryRule{Kind: kind, Account: mapping.ID(c.accounts[string(kind)])}
		if kind == canonical.EntryFee {
			rule.Tax = mapping.ID(c.tax)
		}
		rules.Entries = append(rules.Entries, rule)
	}
	rules.Tolerances = []mapping.SettlementToleranceRule{{Kind: canonical.EntrySale, Currency: c.home, Most: decimal.MustParse("0.02")}}
	c.rules = rulesWith(db, func(*mapping.ChannelRules) {})
	c.rules.Channels[c.provider] = mapping.ChannelRules{Settlements: rules}
	c.rules.Channels[c.shop] = mapping.ChannelRules{}
	return c
}

// change changes the rules of the provider.
func (c *payDesk) change(how func(*mapping.SettlementRules)) {
	rules := c.rules.Channels[c.provider]
	how(&rules.Settlements)
	c.rules.Channels[c.provider] = rules
}

// bookkeeper is a user with the rights that the flow needs and no others.
type bookkeeper struct {
	once            sync.Once
	login, password string
}

// bookkeepers remembers that of each real database. Odoo takes a second to make one, and hashes a password at length whenever it has not
// seen it since its caches were cleared.
var bookkeepers sync.Map

// bookkeeper has the desk's database be seen by its bookkeeper.
func (c *payDesk) bookkeeper() *odoo.Client {
	c.Helper()
	found, _ := bookkeepers.LoadOrStore(c.db.url+" "+c.db.database, &bookkeeper{})
	b := found.(*bookkeeper)
	b.once.Do(func() {
		login, password := "books-"+strings.ToLower(rand.Text()), rand.Text()
		warehouse.NewUser(c.T, c.erp, login, password, "sales_team.group_sale_salesman_all_leads", map[int]string{19: "account.group_account_basic", 14: "account.group_account_user"}[c.db.series])
		b.login, b.password = login, password
	})
	c.db.login, c.db.secret, c.db.apiKey = b.login, b.password, ""
	return c.db.dial(c.T)
}

func call[R any](c *payDesk, model, method string, ids []int64, args odoo.Args, in odoo.Context) R {
	c.Helper()
	result, err := odoo.Invoke[R](c.Context(), c.erp, odoo.Call{Model: model, Method: method, IDs: ids, Args: args, Context: in})
	if err != nil {
		c.Fatal(model, method, err)
	}
	return result
}

func (c *payDesk) create(model string, values ...map[string]any) int64 {
	c.Helper()
	return call[[]int64](c, model, "create", nil, odoo.Args{"vals_list": values}, nil)[0]
}

func (c *payDesk) account(name, code string, reconcile bool) int64 {
	c.Helper()
	values := map[string]any{"name": name + " " + c.tag, "code": code, "reconcile": reconcile}
	if c.db.series >= 16 {
		values["account_type"] = map[bool]string{true: "asset_current", false: "expense"}[reconcile]
	} else {
		kind := map[bool]string{true: "Current Assets", false: "Expenses"}[reconcile]
		values["user_type_id"] = call[[]int64](c, "account.account.type", "search", nil, odoo.Args{"domain": odoo.Eq("name", kind)}, nil)[0]
	}
	return c.create("account.account", values)
}

// rate sees to it that a currency has a rate on a day. All tests have the same.
func (c *payDesk) rate(currency canonical.Currency, day, rate string) {
	c.Helper()
	id := call[[]int64](c, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", currency)}, nil)[0]
	domain := odoo.And(odoo.Eq("currency_id", id), odoo.Eq("name", day))
	if len(call[[]int64](c, "res.currency.rate", "search", nil, odoo.Args{"domain": domain}, nil)) > 0 {
		return
	}
	values := map[string]any{"currency_id": id, "name": day, "rate": decimal.MustParse(rate), "company_id": 1}
	_, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "res.currency.rate", Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	if err != nil && len(call[[]int64](c, "res.currency.rate", "search", nil, odoo.Args{"domain": domain}, nil)) == 0 {
		c.Fatal(err)
	}
}

// soldOrder is an order that is sold and invoiced.
type soldOrder struct {
	id       string
	currency canonical.Currency
	amount   string
}

func (c *payDesk) orderName(kind, id string) odoo.ExternalID {
	return odoo.NewExternalID(mapping.Module, c.shop.Name, c.shop.Account, kind, id)
}

// sell puts confirmed orders of the shop into Odoo, as the order flow names them, and invoices them.
func (c *payDesk) sell(sales ...soldOrder) {
	c.Helper()
	orders := c.order(sales...)
	in := odoo.Context{"active_ids": orders, "active_id": orders[0], "active_model": "sale.order"}
	wizard := call[[]int64](c, "sale.advance.payment.inv", "create", nil, odoo.Args{"vals_list": []any{map[string]any{"advance_payment_method": "delivered"}}}, in)
	call[any](c, "sale.advance.payment.inv", "create_invoices", wizard, nil, in)
	type order struct {
		ID    int64   `json:"id"`
		Bills []int64 `json:"invoice_ids"`
	}
	var bills []int64
	for _, o := range call[[]order](c, "sale.order", "read", orders, odoo.Args{"fields": []string{"invoice_ids"}}, nil) {
		c.invoices[sales[slices.Index(orders, o.ID)].id] = o.Bills[0]
		bills = append(bills, o.Bills...)
	}
	call[any](c, "account.move", "write", bills, odoo.Args{"vals": map[string]any{"invoice_date": "2026-11-02"}}, nil)
	if err := c.erp.Do(c.Context(), odoo.Call{Model: "account.move", Method: "action_post", IDs: bills}); err != nil {
		c.Fatal(err)
	}
}

// order is sell without invoices.
func (c *payDesk) order(sales ...soldOrder) []int64 {
	c.Helper()
	var people []any
	for _, s := range sales {
		people = append(people, map[string]any{"name": "Buyer " + s.id})
	}
	partners := call[[]int64](c, "res.partner", "create", nil, odoo.Args{"vals_list": people}, nil)
	lists := map[canonical.Currency]int64{}
	batch := odoo.LoadBatch{Model: "sale.order", Fields: []string{
		"partner_id/.id", "pricelist_id/.id", "client_order_ref", "order_line/id", "order_line/product_id/.id", "order_line/product_uom_qty", "order_line/price_unit",
	}}
	for i, s := range sales {
		if lists[s.currency] == 0 {
			lists[s.currency] = call[[]int64](c, "product.pricelist", "search", nil, odoo.Args{"domain": odoo.Eq("name", "RS "+string(s.currency))}, nil)[0]
		}
		batch.Records = append(batch.Records, odoo.LoadRecord{ExternalID: c.orderName("order", s.id), Rows: [][]string{{
			fmt.Sprint(partners[i]), fmt.Sprint(lists[s.currency]), "N" + s.id, c.orderName("line", s.id).String(), fmt.Sprint(c.product), "1", s.amount,
		}}})
	}
	results, err := c.erp.Load(c.Context(), batch)
	if err != nil {
		c.Fatal(err)
	}
	ids := make([]int64, len(results))
	for i, r := range results {
		if ids[i] = r.ID; r.Err != nil {
			c.Fatal(r.Err)
		}
	}
	call[any](c, "sale.order", "action_confirm", ids, nil, nil)
	return ids
}

// credit posts a credit note of a part of an order's invoice.
func (c *payDesk) credit(order, amount string) int64 {
	c.Helper()
	type bill struct {
		Partner  odoo.Many2One `json:"partner_id"`
		Currency odoo.Many2One `json:"currency_id"`
	}
	of := call[[]bill](c, "account.move", "read", []int64{c.invoices[order]}, odoo.Args{"fields": []string{"partner_id", "currency_id"}}, nil)[0]
	note := c.create("account.move", map[string]any{
		"move_type": "out_refund", "partner_id": of.Partner.ID, "currency_id": of.Currency.ID, "reversed_entry_id": c.invoices[order], "invoice_date": "2026-11-05",
		"invoice_line_ids": []any{[]any{0, 0, map[string]any{"product_id": c.product, "quantity": 1, "price_unit": decimal.MustParse(amount), "tax_ids": []any{[]any{6, 0, []int64{}}}}}},
	})
	if err := c.erp.Do(c.Context(), odoo.Call{Model: "account.move", Method: "action_post", IDs: []int64{note}}); err != nil {
		c.Fatal(err)
	}
	return note
}

var settledAt = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func (c *payDesk) entry(id string, kind canonical.EntryKind, currency canonical.Currency, amount string, change ...func(*canonical.SettlementEntry)) canonical.SettlementEntry {
	e := canonical.SettlementEntry{ID: id, Kind: kind, Currency: currency, Amount: decimal.MustParse(amount), At: settledAt}
	for _, f := range change {
		f(&e)
	}
	return e
}

// of says which order an entry is for.
func (c *payDesk) of(order string) func(*canonical.SettlementEntry) {
	return func(e *canonical.SettlementEntry) { e.Order = canonical.Key{Channel: c.shop, ID: order} }
}

// settlement is one of the entries, which pays out what they come to.
func (c *payDesk) settlement(id string, entries ...canonical.SettlementEntry) canonical.Settlement {
	c.Helper()
	s := canonical.Settlement{Key: canonical.Key{Channel: c.provider, ID: id + "-" + c.tag}, From: settledAt.AddDate(0, 0, -7), To: settledAt, Entries: entries}
	sums, err := s.Sums()
	if err != nil {
		c.Fatal(err)
	}
	for _, currency := range []canonical.Currency{c.home, foreign} {
		if sum, ok := sums[currency]; ok {
			s.Payouts = append(s.Payouts, canonical.Payout{Currency: currency, Amount: sum, At: settledAt.AddDate(0, 0, 1), Reference: "PAYOUT " + s.Key.ID})
		}
	}
	return s
}

func (c *payDesk) connector() *retailsync.Connector {
	return retailsync.New(c.books, c.rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journalOf))
}

// settle imports a settlement and returns what became of it.
func (c *payDesk) settle(s canonical.Settlement, options ...func(*retailsync.SettlementRun)) retailsync.SettlementResult {
	c.Helper()
	var run retailsync.SettlementRun
	for _, option := range options {
		option(&run)
	}
	report, err := c.connector().ImportSettlement(c.Context(), s, run)
	if err != nil {
		c.Fatal(err)
	}
	result := report.Results()[0]
	if result.Err != nil {
		c.Fatal(result.Err)
	}
	return result
}

// balance is what an account comes to in the company's currency.
func (c *payDesk) balance(account int64) string {
	c.Helper()
	type line struct {
		Balance decimal.Decimal `json:"balance"`
	}
	sum := decimal.Zero
	for _, l := range call[[]line](c, "account.move.line", "search_read", nil, odoo.Args{
		"domain": odoo.And(odoo.Eq("account_id", account), odoo.Eq("parent_state", "posted")), "fields": []string{"balance"},
	}, nil) {
		var err error
		if sum, err = sum.Add(l.Balance); err != nil {
			c.Fatal(err)
		}
	}
	return sum.Trim(0).String()
}

// clearingAccount is the account of the clearing journal.
func (c *payDesk) clearingAccount() int64 {
	c.Helper()
	return call[[]struct {
		Account odoo.Many2One `json:"default_account_id"`
	}](c, "account.journal", "read", []int64{c.journal}, odoo.Args{"fields": []string{"default_account_id"}}, nil)[0].Account.ID
}

// paid is the payment state of an order's invoice.
func (c *payDesk) paid(move int64) string {
	c.Helper()
	type bill struct {
		State    string          `json:"payment_state"`
		Residual decimal.Decimal `json:"amount_residual"`
	}
	of := call[[]bill](c, "account.move", "read", []int64{move}, odoo.Args{"fields": []string{"payment_state", "amount_residual"}}, nil)[0]
	return of.State + " " + of.Residual.Trim(0).String()
}

// moves is how many journal entries the clearing journal has.
func (c *payDesk) moves() int {
	c.Helper()
	return call[int](c, "account.move", "search_count", nil, odoo.Args{"domain": odoo.Eq("journal_id", c.journal)}, nil)
}

// every is a settlement with each kind of entry: a fee with its tax, a refund whose credit note Odoo 19 has matched with the invoice,
// two currencies of which one is exchanged in part and paid out for the rest, a difference within the tolerance, one order of two entries.
func (c *payDesk) every() canonical.Settlement {
	c.Helper()
	c.sell(soldOrder{"1", c.home, "119.00"}, soldOrder{"2", c.home, "50.00"}, soldOrder{"4", c.home, "30.00"})
	if c.db.real {
		c.sell(soldOrder{"3", foreign, "1050.00"})
	}
	c.credit("2", "19.00")
	entries := []canonical.SettlementEntry{
		c.entry("1", canonical.EntrySale, c.home, "119.00", c.of("1")),
		c.entry("2", canonical.EntryFee, c.home, "-2.38", func(e *canonical.SettlementEntry) { e.Tax = decimal.MustParse("-0.38") }),
		c.entry("3", canonical.EntrySale, c.home, "60.00", func(e *canonical.SettlementEntry) { e.OrderNumber = "N2" }),
		c.entry("3a", canonical.EntrySale, c.home, "-10.00", func(e *canonical.SettlementEntry) { e.OrderNumber = "N2" }),
		c.entry("4", canonical.EntryRefund, c.home, "-19.00", c.of("2")),
		c.entry("5", canonical.EntryTaxWithheld, c.home, "-7.57", c.of("1")),
		c.entry("6", canonical.EntryChargeback, c.home, "-45.00"),
		c.entry("7", canonical.EntryReserve, foreign, "-50.00"),
		c.entry("8", canonical.EntryAdjustment, c.home, "0.50"),
		c.entry("9", canonical.EntryTransfer, c.home, "-5.50"),
		c.entry("10", canonical.EntrySale, foreign, "1050.00", c.of("3")),
		c.entry("11", canonical.EntryExchange, foreign, "-900.00", func(e *canonical.SettlementEntry) { e.Exchange = "x" }),
		c.entry("12", canonical.EntryExchange, c.home, "86.00", func(e *canonical.SettlementEntry) { e.Exchange = "x" }),
		c.entry("13", canonical.EntrySale, c.home, "29.99", c.of("4")),
		c.entry("14", canonical.EntryFee, c.home, "0.00"),
	}
	if !c.db.real {
		entries = slices.DeleteFunc(entries, func(e canonical.SettlementEntry) bool { return e.Currency == foreign || e.Exchange != "" })
	}
	return c.settlement("every", entries...)
}

func TestSettlementClosesToTheCent(t *testing.T) {
	eachBooking(t, func(c *payDesk) {
		s := c.every()
		before := c.moves()
		dry := c.settle(s, func(r *retailsync.SettlementRun) { r.DryRun = true })
		if c.moves() != before {
			c.Fatal("a dry run wrote")
		}
		if dry.Outcome != retailsync.SettlementPosted || dry.Booked != c.nonZero(s) || len(dry.Exceptions) != 0 {
			c.Errorf("dry run: %+v", dry)
		}
		result := c.settle(s)
		if result.Outcome != retailsync.SettlementPosted || result.Booked != c.nonZero(s) || len(result.Exceptions) != 0 {
			c.Errorf("%s %+v", result.Outcome, result)
		}
		if diff := cmp.Diff(dry.Postings, result.Postings, cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })); diff != "" {
			c.Error("the dry run said otherwise:", diff)
		}
		c.wantEvery("215.56")
		again := c.settle(s)
		if again.Outcome != retailsync.SettlementUnchanged || again.Booked != 0 || again.Known != c.nonZero(s) {
			c.Errorf("imported again: %+v", again)
		}
		c.wantEvery("215.56")
	})
}

// wantEvery checks what [payDesk.every] comes to, with so much that the bank does not have.
func (c *payDesk) wantEvery(transit string) {
	c.Helper()
	got := map[string]string{"clearing": c.balance(c.clearingAccount())}
	for name, id := range c.accounts {
		got[name] = c.balance(id)
	}
	for order := range c.invoices {
		got["order "+order] = strings.Replace(c.paid(c.invoices[order]), "in_payment", "paid", 1)
	}
	want := map[string]string{
		"clearing": "0", "fee": "2.38", "tax_withheld": "7.57", "chargeback": "45", "reserve": "4.76", "adjustment": "-0.5", "transfer": "5.5",
		"exchange": "-0.29", "difference": "0.01", "transit": transit, "input tax": "0",
		"order 1": "paid 0", "order 2": "paid 0", "order 3": "paid 0", "order 4": "paid 0",
	}
	if !c.db.real {
		want["exchange"], want["reserve"] = "0", "0"
		want["transit"] = "120.04"
		delete(want, "order 3")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		c.Error(diff)
	}
}

// nonZero is how many entries of a settlement move something.
func (c *payDesk) nonZero(s canonical.Settlement) int {
	n := 0
	for _, e := range s.Entries {
		if !e.Amount.IsZero() {
			n++
		}
	}
	return n
}

// wantPaid checks that every invoice is paid.
func (c *payDesk) wantPaid() {
	c.Helper()
	var ids []int64
	for _, id := range c.invoices {
		ids = append(ids, id)
	}
	type bill struct {
		Name  string `json:"name"`
		State string `json:"payment_state"`
	}
	for _, b := range call[[]bill](c, "account.move", "read", ids, odoo.Args{"fields": []string{"name", "payment_state"}}, nil) {
		if b.State != "paid" && b.State != "in_payment" {
			c.Errorf("invoice %s is %s", b.Name, b.State)
		}
	}
}

// wantOwnMatches checks that what customers owe is matched with items of the same customer alone.
func (c *payDesk) wantOwnMatches() {
	c.Helper()
	type item struct {
		ID      int64         `json:"id"`
		Partner odoo.Many2One `json:"partner_id"`
	}
	type pair struct {
		Debit  odoo.Many2One `json:"debit_move_id"`
		Credit odoo.Many2One `json:"credit_move_id"`
	}
	var bills []int64
	for _, id := range c.invoices {
		bills = append(bills, id)
	}
	pairs := call[[]pair](c, "account.partial.reconcile", "search_read", nil, odoo.Args{
		"domain": odoo.In("debit_move_id.move_id", bills), "fields": []string{"debit_move_id", "credit_move_id"},
	}, nil)
	var ids []int64
	for _, p := range pairs {
		ids = append(ids, p.Debit.ID, p.Credit.ID)
	}
	partner := map[int64]int64{}
	for _, it := range call[[]item](c, "account.move.line", "read", ids, odoo.Args{"fields": []string{"partner_id"}}, nil) {
		partner[it.ID] = it.Partner.ID
	}
	for _, p := range pairs {
		if partner[p.Debit.ID] != partner[p.Credit.ID] {
			c.Errorf("items %d and %d are of two customers", p.Debit.ID, p.Credit.ID)
		}
	}
	if len(pairs) < len(bills) {
		c.Errorf("%d matches of %d invoices", len(pairs), len(bills))
	}
}
