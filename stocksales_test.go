package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// stand is a rack that also takes orders: a sale lowers what it shows at once.
type stand struct {
	*rack
	account string
	orders  []canonical.Order
	// lowered is called, with the rack locked, for every level that the channel is given.
	lowered func(sku string)
}

func (s *stand) Channel() canonical.Channel {
	return canonical.Channel{Name: "stand", Account: s.account}
}

func (s *stand) PublishStock(ctx context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	results, err := s.rack.PublishStock(ctx, levels)
	for _, result := range results {
		if result.Outcome == marketplace.StockAccepted && s.lowered != nil {
			s.lowered(result.Item.SKU)
		}
	}
	return results, err
}

func (s *stand) ListOrders(_ context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := 0
	if query.Cursor != "" {
		var err error
		if start, err = strconv.Atoi(string(query.Cursor)); err != nil {
			return marketplace.OrderPage{}, err
		}
	}
	page := marketplace.OrderPage{Cursor: marketplace.Cursor(strconv.Itoa(len(s.orders)))}
	for _, order := range s.orders[start:] {
		page.Orders = append(page.Orders, marketplace.Fetched{Key: order.Key, Order: order})
	}
	return page, nil
}

func (s *stand) GetOrder(_ context.Context, id string) (canonical.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, order := range s.orders {
		if order.Key.ID == id {
			return order, nil
		}
	}
	return canonical.Order{}, &marketplace.Error{Code: marketplace.CodeNotFound, Channel: s.Channel(), Op: "get order"}
}

// buy is a customer who takes one unit, if one is shown.
func (s *stand) buy(item marketplace.StockItem) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.levels[item].IsPos() {
		return false
	}
	s.sell(item, 1)
	id := fmt.Sprintf("%s-%s-%d", item.SKU, s.account, len(s.orders))
	s.orders = append(s.orders, Order(id, Channel(s.Channel()), Item(item.SKU, 1, 1999)))
	return true
}

// market is two stalls that sell what lies in one warehouse.
type market struct {
	*testing.T
	odoo   *warehouse.Warehouse
	stalls [2]*stand
	sync   *retailsync.Connector
	items  []marketplace.StockItem
	ids    []int64
}

func newMarket(t *testing.T, w *warehouse.Warehouse, units ...int) *market {
	t.Helper()
	m := &market{T: t, odoo: w}
	prefix := tag()
	rules := preparedRules(t, w.Client, w.Series)
	place := mapping.StockLocationRule{Location: "here", Warehouses: []mapping.Ref{mapping.ID(w.ID)}}
	for i, account := range []string{"one", "two"} {
		m.stalls[i] = &stand{rack: newRack(), account: account}
		rules.Channels[m.stalls[i].Channel()] = mapping.ChannelRules{
			Warehouse: mapping.ID(w.ID),
			Stock:     mapping.StockRules{Locations: []mapping.StockLocationRule{place}, Critical: mapping.CriticalRules{SKUs: []string{prefix + "-*"}}},
		}
	}
	m.sync = retailsync.New(w.Client, rules, retailsync.WithStore(idempotency.NewMemory()))
	for n, there := range units {
		item := marketplace.StockItem{SKU: fmt.Sprintf("%s-%d", prefix, n), Location: "here"}
		id := w.Product(map[string]any{"default_code": item.SKU})
		w.Count(id, w.Place, float64(there))
		m.items, m.ids = append(m.items, item), append(m.ids, id)
		for _, stand := range m.stalls {
			stand.levels[item] = decimal.Zero
		}
	}
	m.cycle(nil) // the first one compares all
	return m
}

// cycle imports the orders of both stalls and then tells both what changed.
func (m *market) cycle(imported func(retailsync.OrderResult)) {
	m.Helper()
	each := func(work func(*stand) error) {
		m.Helper()
		var group errgroup.Group
		for _, stand := range m.stalls {
			group.Go(func() error { return work(stand) })
		}
		if err := group.Wait(); err != nil {
			m.Fatal(err)
		}
	}
	each(func(s *stand) error {
		report, err := m.sync.ResumeOrders(m.Context(), s, time.Time{}, retailsync.OnResult(func(r retailsync.OrderResult) {
			if r.Err != nil {
				m.Error(r.Err)
			} else if imported != nil {
				imported(r)
			}
		}))
		if err != nil {
			return fmt.Errorf("%s: %w", report, err)
		}
		return nil
	})
	each(func(s *stand) error {
		report, err := m.sync.PublishStock(m.Context(), s, retailsync.StockRun{})
		if err != nil {
			return fmt.Errorf("%s: %w", report, err)
		}
		return nil
	})
}

func (m *market) shown(stand *stand, item marketplace.StockItem) decimal.Decimal {
	stand.mu.Lock()
	defer stand.mu.Unlock()
	return stand.levels[item]
}

// The last unit that one channel sells is gone at the other after one cycle.
func TestRealLastUnit(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		m := newMarket(t, w, 1)
		if got := m.shown(m.stalls[1], m.items[0]); got.String() != "1" {
			t.Fatalf("the other channel shows %s", got)
		}
		if !m.stalls[0].buy(m.items[0]) {
			t.Fatal("nothing to buy")
		}
		started := time.Now()
		m.cycle(nil)
		t.Logf("the cycle took %d ms", time.Since(started).Milliseconds())
		for _, stand := range m.stalls {
			if got := m.shown(stand, m.items[0]); !got.IsZero() {
				t.Errorf("channel %s shows %s", stand.account, got)
			}
		}
	})
}

// purchase is one unit that a channel sold.
type purchase struct {
	stand, item int
	at          time.Time
	order       string
	imported    bool
	// known is when the other channel was told.
	known time.Time
}

// Two hundred sales (70 unless thorough) over two channels while cycles run: nothing is sold that was not there beyond what both sold within
// a cycle, and everything is equal afterwards.
func TestRealSales(t *testing.T) {
	t.Parallel()
	sales, skus := 200, 20
	if !peer.Thorough() {
		sales, skus = 70, 8
	}
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		units := make([]int, skus)
		total := 0
		for n := range units {
			units[n] = 6 + n%10 // 210 in all, or 76
			total += units[n]
		}
		m := newMarket(t, w, units...)
		var mu sync.Mutex
		var sold []*purchase
		index := map[string]int{}
		for n, item := range m.items {
			index[item.SKU] = n
		}
		for n, stand := range m.stalls {
			stand.lowered = func(sku string) {
				mu.Lock()
				defer mu.Unlock()
				for _, s := range sold {
					if s.item == index[sku] && s.stand != n && s.imported && s.known.IsZero() {
						s.known = time.Now()
					}
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		customers := make(chan error, 1)
		go func() {
			random := rand.New(rand.NewPCG(1, uint64(w.Series)))
			for n := 0; n < sales; {
				select {
				case <-ctx.Done():
					customers <- ctx.Err()
					return
				case <-time.After(150 * time.Millisecond):
				}
				s := &purchase{stand: random.IntN(2), item: random.IntN(skus), at: time.Now()}
				mu.Lock()
				if stand := m.stalls[s.stand]; stand.buy(m.items[s.item]) {
					s.order = stand.last()
					sold = append(sold, s)
					n++
				} else if m.soldOut() {
					mu.Unlock()
					customers <- errors.New("sold out before time")
					return
				}
				mu.Unlock()
			}
			customers <- nil
		}()
		type span struct{ from, to time.Time }
		var cycles []span
		running := true
		for running {
			select {
			case err := <-customers:
				if err != nil {
					t.Fatal(err)
				}
				running = false
			default:
			}
			from := time.Now()
			m.cycle(func(r retailsync.OrderResult) {
				mu.Lock()
				defer mu.Unlock()
				for _, s := range sold {
					if s.order == r.Order.ID {
						s.imported = true
					}
				}
			})
			cycles = append(cycles, span{from, time.Now()})
		}
		m.cycle(nil) // for what the last one waited for

		// Odoo and both channels agree.
		left := map[int]int{}
		bySKU := map[int][]*purchase{}
		for n := range units {
			left[n] = units[n]
		}
		for _, s := range sold {
			left[s.item]--
			bySKU[s.item] = append(bySKU[s.item], s)
		}
		rows := warehouse.Call[[]struct {
			ID       int64           `json:"id"`
			Free     decimal.Decimal `json:"free_qty"`
			Forecast decimal.Decimal `json:"virtual_available"`
		}](w, "product.product", "read", m.ids, odoo.Args{"fields": []string{"free_qty", "virtual_available"}}, odoo.Context{"warehouse": w.ID, "warehouse_id": w.ID})
		for _, row := range rows {
			n := slices.Index(m.ids, row.ID)
			if !row.Forecast.Equal(decimal.MustNew(int64(left[n]), 0)) {
				t.Errorf("Odoo will have %s of %s, want %d", row.Forecast, m.items[n].SKU, left[n])
			}
			for _, stand := range m.stalls {
				if got := m.shown(stand, m.items[n]); !got.Equal(row.Free.Max(decimal.Zero)) {
					t.Errorf("channel %s shows %s of %s, Odoo has %s free", stand.account, got, m.items[n].SKU, row.Free)
				}
			}
		}
		// Whoever bought what was not there did so before the end of the first cycle that began after the last unit was sold.
		oversold := 0
		for n, all := range bySKU {
			for _, s := range all[min(len(all), units[n]):] {
				oversold++
				last := all[units[n]-1].at
				k := slices.IndexFunc(cycles, func(c span) bool { return !c.from.Before(last) })
				if k < 0 || s.at.After(cycles[k].to) {
					t.Errorf("%s was sold %s after its last unit", m.items[n].SKU, s.at.Sub(last))
				}
			}
		}
		var delays, took []time.Duration
		for _, s := range sold {
			if !s.known.IsZero() {
				delays = append(delays, s.known.Sub(s.at))
			}
		}
		for _, c := range cycles {
			took = append(took, c.to.Sub(c.from))
		}
		slices.Sort(delays)
		slices.Sort(took)
		if len(sold) != sales || len(delays) == 0 {
			t.Fatalf("%d sales, %d of them were told to the other channel", len(sold), len(delays))
		}
		at := func(all []time.Duration, percent int) int64 { return all[(len(all)-1)*percent/100].Milliseconds() }
		t.Logf("%d sales of %d units in %d cycles; a cycle took %d ms (median), %d ms (most); the other channel knew of a sale after %d ms (median), %d ms (95 %%), %d ms (most); %d oversold",
			len(sold), total, len(cycles), at(took, 50), at(took, 100), at(delays, 50), at(delays, 95), at(delays, 100), oversold)
	})
}

func (s *stand) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[len(s.orders)-1].Key.ID
}

// soldOut reports whether no channel shows anything any more.
func (m *market) soldOut() bool {
	for _, stand := range m.stalls {
		stand.mu.Lock()
		shown := slices.ContainsFunc(m.items, func(item marketplace.StockItem) bool { return stand.levels[item].IsPos() })
		stand.mu.Unlock()
		if shown {
			return false
		}
	}
	return true
}
