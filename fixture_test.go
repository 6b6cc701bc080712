package retailsync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// database is one Odoo that the flow is held against.
type database struct {
	name          string
	series        int
	url, database string
	login, secret string
	apiKey        string // JSON-2 is spoken with it where there is one
	real          bool
	server        *odootest.Server // of the in-process one
	rules         *mapping.Rules
}

// dial connects; WithHTTPClient and the like come in through options.
func (d *database) dial(t testing.TB, options ...odoo.Option) *odoo.Client {
	t.Helper()
	options = append([]odoo.Option{odoo.WithDatabase(d.database), odoo.WithInFlight(2)}, options...)
	credential := odoo.Password(d.login, d.secret)
	if d.apiKey != "" {
		credential = odoo.APIKey(d.apiKey)
	}
	client, err := odoo.Dial(t.Context(), d.url, credential, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// eachOdoo runs a test on the in-process Odoo of both versions and on both real ones.
func eachOdoo(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	inOdoos(t, []int{19, 14}, test)
}

// eitherOdoo is eachOdoo for what one of the real ones is enough for.
func eitherOdoo(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	inOdoos(t, peer.Either(t), test)
}

// eachInProcess runs a test on the in-process Odoo of both versions, in subtests that `make test-real` leaves to `make test`.
func eachInProcess(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("in-process %d", series), func(t *testing.T) {
			t.Parallel()
			test(t, inProcess(t, series))
		})
	}
}

func inOdoos(t *testing.T, real []int, test func(t *testing.T, db *database)) {
	t.Helper()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("in-process %d", series), func(t *testing.T) { test(t, inProcess(t, series)) })
		if slices.Contains(real, series) {
			t.Run(fmt.Sprintf("real %d", series), func(t *testing.T) { test(t, realOdoo(t, series)) })
		}
	}
}

func inProcess(t testing.TB, series int, options ...odootest.Option) *database {
	t.Helper()
	server := odootest.New(append(options, odootest.Version(series))...)
	url := server.Start()
	t.Cleanup(server.Close)
	db := &database{
		name: fmt.Sprintf("in-process %d", series), series: series, url: url, database: server.DB(),
		login: server.Login(), secret: server.Password(), server: server,
	}
	if series >= 19 {
		db.apiKey = server.APIKey()
	}
	db.rules = prepare(t, db.dial(t), series)
	return db
}

// prepared remembers the real databases that have their products and taxes.
var prepared sync.Map

func realOdoo(t testing.TB, series int) *database {
	t.Helper()
	p := peer.OdooServer(t, series)
	db := &database{
		name: fmt.Sprintf("real %d", series), series: series, url: p.URL, database: p.Database,
		login: p.Login, secret: p.Password, apiKey: p.APIKey, real: true,
	}
	db.rules = preparedRules(t, db.dial(t), series)
	return db
}

// preparedRules makes once what the rules name, and returns them.
func preparedRules(t testing.TB, erp *odoo.Client, series int) *mapping.Rules {
	t.Helper()
	once, _ := prepared.LoadOrStore(erp.Address()+" "+erp.Database(), &sync.Once{})
	once.(*sync.Once).Do(func() { prepare(t, erp, series) })
	return rulesOf(series)
}

var rates = []string{"5.5", "6", "7.125", "7.5", "8.25", "10", "20", "21", "25"}

// prepare makes the products, taxes and pricelists that the tests' orders need, as an administrator would, and
// returns the rules that name them. It finds what an earlier run made.
func prepare(t testing.TB, erp *odoo.Client, series int) *mapping.Rules {
	t.Helper()
	ensure := func(model, field, value string, values map[string]any) int64 {
		t.Helper()
		domain := odoo.And(odoo.Eq(field, value))
		ids, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: model, Method: "search", Args: odoo.Args{"domain": domain, "limit": 1}})
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) > 0 {
			return ids[0]
		}
		values[field] = value
		created, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
		if err != nil {
			t.Fatal(err)
		}
		return created[0]
	}
	for _, rate := range rates {
		ensure("account.tax", "name", "RS "+rate+"%", map[string]any{"amount": decimal.MustParse(rate), "type_tax_use": "sale"})
	}
	ensure("account.tax", "name", "RS cent", map[string]any{"amount": decimal.MustParse("0.01"), "amount_type": "fixed", "type_tax_use": "sale"})
	skus := []string{"KIT-1"}
	for n := 1; n <= 12; n++ {
		skus = append(skus, fmt.Sprintf("SKU-%d", n))
	}
	for _, sku := range skus {
		ensure("product.product", "default_code", sku, map[string]any{"name": "Product " + sku, "type": "consu"})
	}
	for _, kind := range chargeKinds {
		ensure("product.product", "default_code", chargeSKU(kind), map[string]any{"name": "Charge " + string(kind), "type": "service"})
	}
	ensure("product.product", "default_code", "RS-MARKETTAX", map[string]any{"name": "Tax collected by the channel", "type": "service"})
	for _, code := range []string{"EUR", "USD", "SEK", "GBP", "JPY", "KWD"} {
		ids, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{
			Model: "res.currency", Method: "search", Args: odoo.Args{"domain": odoo.Eq("name", code)}, Context: odoo.Context{"active_test": false},
		})
		if err != nil || len(ids) != 1 {
			t.Fatal(code, ids, err)
		}
		if err := erp.Call(t.Context(), odoo.Call{Model: "res.currency", Method: "write", IDs: ids, Args: odoo.Args{"vals": map[string]any{"active": true}}}, nil); err != nil {
			t.Fatal(err)
		}
		ensure("product.pricelist", "name", "RS "+code, map[string]any{"currency_id": ids[0]})
	}
	return rulesOf(series)
}

var chargeKinds = []canonical.LineKind{
	canonical.LineShipping, canonical.LineHandling, canonical.LineGiftWrap, canonical.LineFee, canonical.LineCOD,
	canonical.LineTip, canonical.LineDuty, canonical.LineDonation, canonical.LineDiscount, canonical.LineRounding,
	canonical.LineGiftCard, canonical.LineDeposit, canonical.LineOther,
}

func chargeSKU(kind canonical.LineKind) string { return "RS-" + strings.ToUpper(string(kind)) }

// testChannel is the channel of canonicaltest's orders.
var testChannel = canonical.Channel{Name: "test", Account: "main"}

func rulesOf(series int) *mapping.Rules {
	rules := mapping.ChannelRules{
		Lines:      map[canonical.LineKind]mapping.LineRule{},
		Pricelists: map[canonical.Currency]mapping.Ref{},
		Totals: mapping.TotalsRules{Rounding: mapping.RoundingRule{
			Product: mapping.Name(chargeSKU(canonical.LineRounding)), MaxMinorUnits: mapping.LimitMaxRounding,
		}},
		Taxes: []mapping.TaxRule{
			{Collector: canonical.CollectorChannel, Treatment: mapping.TaxLine, Product: mapping.Name("RS-MARKETTAX")},
			{Rate: mapping.Rate(decimal.Zero), Tax: mapping.Name(mapping.RefNone)},
		},
	}
	if series < 19 {
		rules.Bundles = mapping.BundleMembers // whose components may be taxed differently
	}
	for _, kind := range chargeKinds {
		rules.Lines[kind] = mapping.LineRule{Product: mapping.Name(chargeSKU(kind))}
	}
	for _, code := range []canonical.Currency{"EUR", "USD", "SEK", "GBP", "JPY", "KWD"} {
		rules.Pricelists[code] = mapping.Name("RS " + string(code))
	}
	for _, rate := range rates {
		rules.Taxes = append(rules.Taxes, mapping.TaxRule{
			Rate: mapping.Rate(decimal.MustParse(rate)), Tax: mapping.Name("RS " + rate + "%"), CentTax: mapping.Name("RS cent"),
		})
	}
	return &mapping.Rules{
		Version:  mapping.RulesVersion,
		Defaults: rules,
		Channels: map[canonical.Channel]mapping.ChannelRules{testChannel: {}},
	}
}

// listed is a channel that lists given orders, in pages.
type listed struct {
	orders []canonical.Order
	page   int

	mu           sync.Mutex
	acknowledged map[string]string
}

func (l *listed) Channel() canonical.Channel { return testChannel }

func (l *listed) ListOrders(_ context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	size := l.page
	if size == 0 {
		size = 100
	}
	start := 0
	if query.Cursor != "" {
		fmt.Sscan(string(query.Cursor), &start)
	}
	end := min(start+size, len(l.orders))
	page := marketplace.OrderPage{Cursor: marketplace.Cursor(fmt.Sprint(end)), More: end < len(l.orders)}
	for _, order := range l.orders[start:end] {
		page.Orders = append(page.Orders, marketplace.Fetched{Key: order.Key, Order: order})
	}
	return page, nil
}

func (l *listed) GetOrder(_ context.Context, id string) (canonical.Order, error) {
	for _, order := range l.orders {
		if order.Key.ID == id {
			return order, nil
		}
	}
	return canonical.Order{}, &marketplace.Error{Code: marketplace.CodeNotFound, Channel: testChannel, Op: "get order"}
}

func (l *listed) AcknowledgeOrder(_ context.Context, ack marketplace.Acknowledgement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.acknowledged == nil {
		l.acknowledged = map[string]string{}
	}
	l.acknowledged[ack.OrderID] = ack.Reference
	return nil
}

// newJournal makes a journal of type bank.
func newJournal(t testing.TB, erp *odoo.Client, values map[string]any) int64 {
	t.Helper()
	create := odoo.Call{Model: "account.journal", Method: "create", Args: odoo.Args{"vals_list": []any{values}}}
	values["type"] = "bank"
	for attempt := 1; ; attempt++ {
		made, err := odoo.Invoke[[]int64](context.Background(), erp, create)
		if err == nil {
			return made[0]
		}
		// Odoo chooses the code of the journal's account, and may choose the same for two tests at once.
		if odoo.CodeOf(err) != odoo.CodeIntegrity || attempt == 10 {
			t.Fatal(err)
		}
	}
}

// tag is a prefix of ids that no other run has.
func tag() string { return fmt.Sprintf("T%x", time.Now().UnixNano()) }
