package river_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	claims "github.com/retailsync/retailsync/idempotency/postgres"
	fileclaims "github.com/retailsync/retailsync/idempotency/sqlite"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
	"github.com/retailsync/retailsync/worker/webhook"
)

// hub says what a worker of a soak connects. It is handed to its process.
type hub struct {
	Odoo, OdooDatabase, OdooLogin, OdooPassword string
	Shop, ShopKey, ShopSecret                   string
	// Account names the shop; it is in the SKUs of its articles too, in capitals.
	Account string
	// Folder has the files of SQLite, unless Schema names one of PostgreSQL.
	Folder, Schema string
	// Place is the shop's location that Warehouse serves.
	Place, Warehouse string
	Since            time.Time
	// Patience bounds a try; calls have a little less, tasks and leases are in proportion.
	Patience time.Duration
}

func (h hub) channel() canonical.Channel {
	return canonical.Channel{Name: "medusa", Account: h.Account}
}

// ours reports whether an article is one of the soak's: others may sell at the shop meanwhile.
func (h hub) ours(sku string) bool { return strings.HasPrefix(sku, h.sku("")) }

func (h hub) sku(name string) string { return strings.ToUpper(h.Account) + "-" + name }

// name is that of a record in Odoo which the rules name.
func (h hub) name(of string) string { return "Soak " + h.Account + " " + of }

func (h hub) rules() *mapping.Rules {
	rate := mapping.Rate(decimal.MustParse("25"))
	return &mapping.Rules{Version: mapping.RulesVersion, Channels: map[canonical.Channel]mapping.ChannelRules{h.channel(): {
		CurrencyView: mapping.ViewShop,
		Lines: map[canonical.LineKind]mapping.LineRule{
			canonical.LineShipping: {Product: mapping.Name(h.sku("SHIPPING"))}, canonical.LineRounding: {Product: mapping.Name(h.sku("ROUNDING"))},
		},
		Taxes:      []mapping.TaxRule{{Rate: rate, Tax: mapping.Name(h.name("25%"))}},
		Totals:     mapping.TotalsRules{Rounding: mapping.RoundingRule{Product: mapping.Name(h.sku("ROUNDING")), MaxMinorUnits: mapping.LimitMaxRounding}},
		Pricelists: map[canonical.Currency]mapping.Ref{"EUR": mapping.Name(h.name("EUR"))},
		Stock:      mapping.StockRules{Locations: []mapping.StockLocationRule{{Location: h.Place, Warehouses: []mapping.Ref{mapping.Name(h.Warehouse)}}}},
	}}}
}

// adapter is the shop's.
func (h hub) adapter() *medusa.Adapter {
	return medusa.New(h.Shop, medusa.SecretKey(h.ShopKey), medusa.WithAccount(h.Account), medusa.WithWebhookSecret(h.ShopSecret),
		medusa.WithTransport(stamped{http.DefaultTransport}), medusa.WithRateLimit(1000), medusa.WithTimeout(h.Patience*9/10))
}

// dial connects to Odoo.
func (h hub) dial(ctx context.Context) (*odoo.Client, error) {
	return odoo.Dial(ctx, h.Odoo, odoo.Password(h.OdooLogin, h.OdooPassword), odoo.WithDatabase(h.OdooDatabase),
		odoo.WithHTTPClient(&http.Client{Transport: stamped{http.DefaultTransport}}), odoo.WithTimeout(h.Patience*9/10),
		odoo.WithRetry(odoo.Retry{Attempts: 2, First: 50 * time.Millisecond, Longest: time.Second}))
}

// soakRescue lets River find jobs of dead processes as soon as it may.
var soakRescue = river.WithRescue(time.Second)

// stores open the ledger and the claims.
func (h hub) stores(ctx context.Context, t *testing.T) (*river.Store, idempotency.Store) {
	t.Helper()
	if h.Schema == "" {
		book, err := fileclaims.Open(ctx, filepath.Join(h.Folder, "claims.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = book.Close() })
		return openSQLite(t, filepath.Join(h.Folder, "worker.db"), soakRescue), book
	}
	pool := newPool(t, 6)
	return openPostgres(t, pool, h.Schema, soakRescue), h.claims(ctx, t, pool)
}

func (h hub) claims(ctx context.Context, t *testing.T, pool *pgxpool.Pool) idempotency.Store {
	t.Helper()
	book, err := claims.New(pool, claims.WithSchema(h.Schema+"_claims"))
	if err == nil {
		err = book.Migrate(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// accepting is a worker that hands in events and handles none.
func (h hub) accepting(t *testing.T, store *river.Store, options ...worker.Option) *worker.Worker {
	t.Helper()
	options = append(options, worker.WithLease(5*time.Second), worker.WithTaskTime(h.Patience*10/9+time.Second), worker.WithSweep(2*time.Second, 6*time.Second),
		worker.WithDatabase("erp", 6), worker.WithBreaker(worker.Breaker{Open: 2 * time.Second}))
	w, err := worker.New(store.Ledger(), store.Engine(), []worker.Channel{{Name: h.channel().String(), Database: "erp"}}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// compose is a worker that does all that the hub connects: orders by notice and by poll, refunds, stock.
func (h hub) compose(ctx context.Context, t *testing.T) *worker.Worker {
	t.Helper()
	store, book := h.stores(ctx, t)
	shop := &ourShop{Adapter: h.adapter(), hub: h}
	schedules, err := river.Schedules([]river.Rule{
		{Workflow: "poll-orders", Channel: h.channel().String(), When: "every 5s", Class: worker.Orders},
		{Workflow: "publish-stock", Channel: h.channel().String(), When: "every 3s", Class: worker.Stock},
	})
	if err != nil {
		t.Fatal(err)
	}
	level := slog.LevelError
	if os.Getenv(soakVerbose) != "" {
		level = slog.LevelWarn
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	w := h.accepting(t, store, worker.WithSchedules(schedules...), worker.WithLogger(log))
	do := &doer{hub: h, shop: shop, book: book, log: log, refunder: payments.NewRefunder(shop, book, payments.WithLease(5*time.Second))}
	quick := worker.Policy{FirstDelay: 200 * time.Millisecond, MaxDelay: 3 * time.Second, Timeout: h.Patience, OnDead: worker.SkipEvent}
	command := quick
	command.OnDead = worker.BlockKey
	for kind, handler := range map[string]worker.Handler{"order": do.order, "poll-orders": do.poll, "publish-stock": do.stock} {
		err = errors.Join(err, w.Handle(kind, stamp(handler), quick))
	}
	if err := errors.Join(err, w.Handle("refund", stamp(do.refund), command)); err != nil {
		t.Fatal(err)
	}
	return w
}

// doer has the handlers.
type doer struct {
	hub
	shop     *ourShop
	book     idempotency.Store
	refunder *payments.Refunder
	log      *slog.Logger

	connecting sync.Mutex
	connected  *retailsync.Connector
}

// connector connects to Odoo when it is first needed: a process must start, and accept, while Odoo is down.
func (d *doer) connector(ctx context.Context) (*retailsync.Connector, error) {
	d.connecting.Lock()
	defer d.connecting.Unlock()
	if d.connected != nil {
		return d.connected, nil
	}
	erp, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	d.connected = retailsync.New(erp, d.rules(), retailsync.WithStore(d.book), retailsync.WithLease(5*time.Second))
	return d.connected, nil
}

func (d *doer) order(ctx context.Context, delivery worker.Delivery) error {
	notice, err := webhook.NoticeOf(delivery.Event)
	if err != nil {
		return err
	}
	found, err := d.shop.GetOrder(ctx, notice.Key.ID)
	if err != nil || !d.shop.sold(found) {
		return err
	}
	connector, err := d.connector(ctx)
	if err != nil {
		return err
	}
	report, err := connector.ImportOrder(ctx, d.shop, []string{notice.Key.ID})
	if err != nil {
		return err
	}
	for _, failed := range report.Failed() {
		err = errors.Join(err, failed.Err)
	}
	return err
}

func (d *doer) poll(ctx context.Context, _ worker.Delivery) error {
	connector, err := d.connector(ctx)
	if err != nil {
		return err
	}
	report, err := connector.ResumeOrders(ctx, d.shop, d.Since)
	for _, failed := range report.Failed() {
		d.log.WarnContext(ctx, "the next poll tries it again", "order", failed.Order.ID, "error", failed.Err)
	}
	return err
}

func (d *doer) stock(ctx context.Context, _ worker.Delivery) error {
	connector, err := d.connector(ctx)
	if err != nil {
		return err
	}
	report, err := connector.PublishStock(ctx, d.shop, retailsync.StockRun{})
	if err != nil {
		return err
	}
	for _, failed := range report.Failed() {
		if d.shop.counted(failed.Item) {
			err = errors.Join(err, failed.Err)
		}
	}
	return err
}

// refundCommand is the payload of a refund's event.
type refundCommand struct {
	Order, Payment   string
	Captured, Amount decimal.Decimal
}

func (d *doer) refund(ctx context.Context, delivery worker.Delivery) error {
	var command refundCommand
	if err := json.Unmarshal(delivery.Event.Payload, &command); err != nil {
		return worker.GiveUp(err)
	}
	progress, err := d.refunder.Refund(ctx, payments.RefundPlan{
		Reference: delivery.Event.ID, Order: canonical.Key{Channel: d.channel(), ID: command.Order}, Payment: command.Payment,
		Currency: "EUR", Captured: command.Captured, Amount: command.Amount, Approved: true,
	})
	switch {
	case err != nil:
		return err
	case progress.Status == canonical.RefundReview:
		return worker.AskPerson(fmt.Errorf("refund %s: a person must decide: %s", delivery.Event.ID, progress.Review), worker.RunbookUnknown)
	case !progress.Final():
		return worker.WaitFor(fmt.Errorf("refund %s is %s", delivery.Event.ID, progress.Status), time.Second)
	}
	return nil
}

// ourShop is the shop as far as it is the soak's: others may sell there too.
type ourShop struct {
	*medusa.Adapter
	hub
}

// sold reports whether all of the order's articles are the soak's.
func (s *ourShop) sold(order canonical.Order) bool {
	return !slices.ContainsFunc(order.Lines, func(line canonical.Line) bool { return line.Kind == canonical.LineProduct && !s.ours(line.SKU) })
}

// ListOrders implements [marketplace.OrderLister].
func (s *ourShop) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	page, err := s.Adapter.ListOrders(ctx, query)
	page.Orders = slices.DeleteFunc(page.Orders, func(f marketplace.Fetched) bool { return f.Err != nil || !s.sold(f.Order) })
	return page, err
}

// ListStock implements [marketplace.StockLister].
func (s *ourShop) ListStock(ctx context.Context, cursor marketplace.Cursor) (marketplace.StockPage, error) {
	page, err := s.Adapter.ListStock(ctx, cursor)
	page.Readings = slices.DeleteFunc(page.Readings, func(r marketplace.StockReading) bool { return !s.counted(r.Item) })
	return page, err
}

// counted reports whether the soak counts the article in Odoo.
func (s *ourShop) counted(item marketplace.StockItem) bool { return item.SKU == s.sku("COUNTED") }

// ReadStock implements [marketplace.StockReader].
func (s *ourShop) ReadStock(ctx context.Context, items []marketplace.StockItem) ([]marketplace.StockReading, error) {
	readings, err := s.Adapter.ReadStock(ctx, items)
	for i := range readings {
		if !s.counted(readings[i].Item) {
			readings[i].Err = &marketplace.Error{Code: marketplace.CodeNotFound, Channel: s.Channel(), Op: "read stock", Path: "sku"}
		}
	}
	return readings, err
}

// PublishStock implements [marketplace.StockPublisher].
func (s *ourShop) PublishStock(ctx context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	results := make([]marketplace.StockResult, len(levels))
	for i, level := range levels {
		results[i] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockRejected, Err: &marketplace.Error{
			Code: marketplace.CodeNotFound, Channel: s.Channel(), Op: "publish stock", Path: "sku",
		}}
		if !s.counted(level.StockItem) {
			continue
		}
		one, err := s.Adapter.PublishStock(ctx, levels[i:i+1])
		if err != nil {
			return nil, err
		}
		results[i] = one[0]
	}
	return results, nil
}

type deliveryKey struct{}

// stamp lets the requests of a handler say for which try they are made.
func stamp(handler worker.Handler) worker.Handler {
	return func(ctx context.Context, d worker.Delivery) error {
		return handler(context.WithValue(ctx, deliveryKey{}, d), d)
	}
}

// stamped writes it into the headers, for the wire.
type stamped struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (s stamped) RoundTrip(request *http.Request) (*http.Response, error) {
	if d, ok := request.Context().Value(deliveryKey{}).(worker.Delivery); ok {
		request = request.Clone(request.Context())
		request.Header.Set(soakKey, d.Event.Key)
		request.Header.Set(soakToken, strconv.FormatInt(d.Token, 10))
	}
	return s.next.RoundTrip(request)
}

// soakProcess is a process of its own: it receives webhooks and handles events until it is killed, or its standard input ends.
func soakProcess(t *testing.T, text string) {
	var h hub
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // the parent has ended
	}()
	w := h.compose(t.Context(), t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%shttp://%s/\n", soakReady, listener.Addr())
	server := &http.Server{Handler: webhook.New(w, h.adapter(), ordersOnly), ReadHeaderTimeout: 5 * time.Second}
	t.Fatal(server.Serve(listener))
}
