package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// slowShop is a channel that cannot be read and takes prices over later: each ticket is open for a while.
type slowShop struct {
	mu      sync.Mutex
	prices  map[string]string
	batches []int
	keys    []string
	tickets map[string]marketplace.Price
	// patience is how often a ticket is asked after before it is done; refuse are the SKUs that are refused then.
	patience int
	refuse   map[string]error
	err      error
}

func (s *slowShop) Channel() canonical.Channel {
	return canonical.Channel{Name: "slow", Account: "main"}
}
func (s *slowShop) PriceBatch() int { return 2 }

func (s *slowShop) PublishPrices(_ context.Context, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	s.batches = append(s.batches, len(prices))
	results := make([]marketplace.PriceResult, len(prices))
	for i, price := range prices {
		ticket := fmt.Sprint(len(s.tickets))
		s.tickets[ticket] = price
		s.keys = append(s.keys, price.Key)
		results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PricePending, Ticket: ticket}
	}
	return results, nil
}

func (s *slowShop) FollowPrices(_ context.Context, tickets []string) ([]marketplace.PriceResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patience--
	results := make([]marketplace.PriceResult, len(tickets))
	for i, ticket := range tickets {
		price := s.tickets[ticket]
		results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PricePending, Ticket: ticket}
		if s.patience > 0 {
			continue
		}
		if err := s.refuse[price.SKU]; err != nil {
			results[i].Outcome, results[i].Err = marketplace.PriceRejected, err
			continue
		}
		results[i].Outcome = marketplace.PriceAccepted
		s.prices[price.SKU] = price.Amount.String()
	}
	return results, nil
}

// slowRun publishes from an Odoo in process and returns what became of each SKU.
func slowRun(t *testing.T, connector *retailsync.Connector, shop *slowShop, follow time.Duration) map[string]retailsync.PublishOutcome {
	t.Helper()
	outcomes := map[string]retailsync.PublishOutcome{}
	_, err := connector.ReconcilePrices(context.Background(), shop, retailsync.PriceRun{FollowFor: follow, OnResult: func(r retailsync.PriceResult) {
		outcomes[r.Item.SKU] = r.Outcome
	}})
	if err != nil && shop.err == nil {
		t.Fatal(err)
	}
	return outcomes
}

func slowConnector(t *testing.T, store idempotency.Store) (*retailsync.Connector, *odootest.Server) {
	t.Helper()
	server := odootest.New()
	t.Cleanup(server.Close)
	for i := range 3 {
		if _, err := server.SeedProduct(odootest.Product{SKU: fmt.Sprint("A", i), Name: "A", Price: "7.25"}); err != nil {
			t.Fatal(err)
		}
	}
	erp, err := odoo.Dial(t.Context(), server.Start(), odoo.APIKey(server.APIKey()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erp.Close)
	rules, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  slow/main:\n    prices: [{currency: USD, pricelist: Default}]\n"), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return retailsync.New(erp, rules, retailsync.WithStore(store)), server
}

// What the channel accepts is followed until it is carried out; what takes too long is owed, and what is refused in the
// end holds up nothing.
func TestPricesAreFollowed(t *testing.T) {
	t.Parallel()
	shop := &slowShop{prices: map[string]string{}, tickets: map[string]marketplace.Price{}, patience: 1000}
	connector, _ := slowConnector(t, idempotency.NewMemory())
	want := func(got map[string]retailsync.PublishOutcome, outcomes ...retailsync.PublishOutcome) {
		t.Helper()
		if diff := cmp.Diff(map[string]retailsync.PublishOutcome{"A0": outcomes[0], "A1": outcomes[1], "A2": outcomes[2]}, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	}
	want(slowRun(t, connector, shop, time.Millisecond), retailsync.OutWaiting, retailsync.OutWaiting, retailsync.OutWaiting)
	if !slices.Equal(shop.batches, []int{2, 1}) {
		t.Errorf("batches of %v", shop.batches)
	}
	shop.patience = 2
	shop.refuse = map[string]error{"A1": &marketplace.Error{Code: marketplace.CodeInvalid, Path: "amount"}, "A2": &marketplace.Error{Code: marketplace.CodeUnavailable}}
	want(slowRun(t, connector, shop, time.Minute), retailsync.OutPublished, retailsync.OutFailed, retailsync.OutFailed)
	shop.patience, shop.refuse = 1, nil
	before := len(shop.keys)
	outcomes := map[string]retailsync.PublishOutcome{}
	if _, err := connector.PublishPrices(context.Background(), shop, retailsync.PriceRun{OnResult: func(r retailsync.PriceResult) { outcomes[r.Item.SKU] = r.Outcome }}); err != nil {
		t.Fatal(err)
	}
	want(outcomes, retailsync.OutPublished, retailsync.OutPublished, retailsync.OutPublished) // the first cycle compares all, and nobody can look
	if shop.prices["A2"] != "7.25" || len(shop.keys) != before+3 {
		t.Errorf("prices %v after %d sends", shop.prices, len(shop.keys)-before)
	}
	if shop.keys[1] != shop.keys[before+1] || shop.keys[0] == shop.keys[1] {
		t.Errorf("keys %v: equal for repeats of a change and for nothing else", shop.keys)
	}
}

// A cycle of a channel that cannot be read sends what was not sent before, and nothing twice.
func TestPricesOfAChannelThatCannotBeRead(t *testing.T) {
	t.Parallel()
	shop := &slowShop{prices: map[string]string{}, tickets: map[string]marketplace.Price{}}
	connector, server := slowConnector(t, idempotency.NewMemory())
	cycle := func() string {
		t.Helper()
		report, err := connector.PublishPrices(context.Background(), shop, retailsync.PriceRun{})
		if err != nil && shop.err == nil {
			t.Fatal(err)
		}
		return report.String()
	}
	if got := cycle(); got != "3 prices: 3 published" {
		t.Error(got)
	}
	if _, err := server.SeedProduct(odootest.Product{SKU: "B", Name: "B", Price: "1"}); err != nil {
		t.Fatal(err)
	}
	// The others were written within the last seconds, so they are looked at again.
	if got := cycle(); !strings.Contains(got, "1 published") || strings.Contains(got, "failed") {
		t.Error(got)
	}
	if shop.prices["B"] != "1.00" {
		t.Errorf("prices %v", shop.prices)
	}
	if _, err := server.SeedProduct(odootest.Product{SKU: "C", Name: "C", Price: "2"}); err != nil {
		t.Fatal(err)
	}
	for _, code := range []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeUnauthenticated, marketplace.CodeUnknown} {
		shop.err = &marketplace.Error{Code: code, Channel: shop.Channel(), Op: "publish prices"}
		if got := cycle(); !strings.Contains(got, "1 failed") {
			t.Errorf("%s: %s", code, got)
		}
	}
	shop.err = nil
	if got := cycle(); !strings.Contains(got, "1 published") || shop.prices["C"] != "2.00" {
		t.Errorf("%s, %v", got, shop.prices)
	}
}

// stubborn is a store that keeps no cursors.
type stubborn struct{ idempotency.Store }

// A store without cursors is refused by name.
func TestPublishingNeedsCursors(t *testing.T) {
	t.Parallel()
	connector, _ := slowConnector(t, stubborn{idempotency.NewMemory()})
	shop := &slowShop{prices: map[string]string{}, tickets: map[string]marketplace.Price{}}
	if _, err := connector.PublishPrices(context.Background(), shop, retailsync.PriceRun{}); err == nil || !strings.Contains(err.Error(), "CursorStore") {
		t.Error(err)
	}
	// More than a backlog holds is owed as everything.
	many, server := slowConnector(t, idempotency.NewMemory())
	for i := range 1500 {
		if _, err := server.SeedProduct(odootest.Product{SKU: fmt.Sprint("M", i), Name: "M", Price: "1"}); err != nil {
			t.Fatal(err)
		}
	}
	shop.err = &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: shop.Channel(), Op: "publish prices"}
	if _, err := many.PublishPrices(context.Background(), shop, retailsync.PriceRun{}); !errors.Is(err, shop.err) {
		t.Error(err)
	}
	shop.err = nil
	report, err := many.PublishPrices(context.Background(), shop, retailsync.PriceRun{})
	if err != nil || report.Count(retailsync.OutPublished) != 1503 {
		t.Errorf("%s, %v", report, err)
	}
}

// The same change of another day has a key of its own: a channel that recognises repeats would not carry it out.
func TestPricesThereAndBack(t *testing.T) {
	t.Parallel()
	shop := &slowShop{prices: map[string]string{}, tickets: map[string]marketplace.Price{}}
	connector, server := slowConnector(t, idempotency.NewMemory())
	product, err := server.SeedProduct(odootest.Product{SKU: "B", Name: "B", Price: "1"})
	if err != nil {
		t.Fatal(err)
	}
	erp, err := odoo.Dial(t.Context(), server.Start(), odoo.APIKey(server.APIKey()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erp.Close)
	seen := map[string]bool{}
	for _, price := range []int{2, 1, 2, 1} {
		if _, err := odoo.Invoke[any](t.Context(), erp, odoo.Call{Model: "product.product", Method: "write", IDs: []int64{product}, Args: odoo.Args{"vals": map[string]any{"list_price": price}}}); err != nil {
			t.Fatal(err)
		}
		before := len(shop.keys)
		if _, err := connector.PublishPrices(context.Background(), shop, retailsync.PriceRun{}); err != nil {
			t.Fatal(err)
		}
		for _, key := range shop.keys[before:] {
			if seen[key] {
				t.Errorf("the key of another change was sent again for a price of %d", price)
			}
			seen[key] = true
		}
	}
}

// What the channel works on is asked after by the next run and not sent again; a ticket that the channel has lost is.
func TestPricesOnTheirWayAreNotSentAgain(t *testing.T) {
	t.Parallel()
	shop := &slowShop{prices: map[string]string{}, tickets: map[string]marketplace.Price{}, patience: 1000}
	connector, _ := slowConnector(t, idempotency.NewMemory())
	run := func(published, waiting, sent int) {
		t.Helper()
		before := len(shop.keys)
		report, err := connector.PublishPrices(context.Background(), shop, retailsync.PriceRun{FollowFor: time.Millisecond})
		if err != nil || report.Count(retailsync.OutPublished) != published || report.Count(retailsync.OutWaiting) != waiting || len(shop.keys)-before != sent {
			t.Errorf("%s with %d sent, %v; want %d published, %d waiting, %d sent", report, len(shop.keys)-before, err, published, waiting, sent)
		}
	}
	run(0, 3, 3)
	run(0, 3, 0)
	shop.refuse = map[string]error{"A1": &marketplace.Error{Code: marketplace.CodeNotFound, Path: "ticket"}}
	shop.patience = 1
	run(2, 1, 0)
	shop.refuse = nil
	run(1, 0, 1)
	run(0, 0, 0)
}
