package retailsync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// medusaShop is a real shop, or one in the process.
type medusaShop struct {
	url, key string
	fake     *medusatest.Server
	real     peer.Medusa
	variants map[string]string
	location string
	other    string // the SKU of the second line of every order
	dearer   string
	cheaper  string
}

// openMedusaShop opens a shop with articles of its own: one per story at 19.99, and those that they are exchanged for.
func openMedusaShop(t *testing.T, real bool, tag string, skus []string) *medusaShop {
	t.Helper()
	if !real {
		fake := medusatest.NewServer()
		t.Cleanup(fake.Close)
		return &medusaShop{url: fake.URL, key: fake.SecretKey, fake: fake, location: "sloc_main", other: "TS-S", dearer: tag + "-DEAR", cheaper: tag + "-CHEAP"}
	}
	s := &medusaShop{real: peer.MedusaServer(t), other: tag + "-OTHER", dearer: tag + "-DEAR", cheaper: tag + "-CHEAP"}
	s.url, s.key = s.real.URL, s.real.SecretKey
	all, prices := append(slices.Clone(skus), s.other, s.dearer, s.cheaper), []string{}
	for range skus {
		prices = append(prices, "19.99")
	}
	s.variants = s.real.NewPricedArticles(t, tag, all, append(prices, "20", "22.5", "10"))
	var found struct {
		Locations []struct{ ID string } `json:"stock_locations"`
	}
	s.real.Admin(t, "GET", "/admin/stock-locations?limit=1&order=created_at", nil, &found)
	s.location = found.Locations[0].ID
	return s
}

// place sells three units of the sale's article, and one of another.
func (s *medusaShop) place(t *testing.T, sale *medusaSale, number int) {
	t.Helper()
	if s.fake == nil {
		sale.peer = s.real.Place(t, []string{s.variants[sale.sku], s.variants[s.other]}, 3, 1)
		s.real.Capture(t, sale.peer.PaymentID)
		sale.id, sale.lines = sale.peer.ID, sale.peer.Lines
		return
	}
	sale.id = fmt.Sprintf("order_%s_%d", strings.ToLower(sale.sku), number)
	sale.lines = []string{sale.id + "_i1", sale.id + "_i2"}
	s.fake.Put(medusatest.SampleOrder(sale.id, number, 3, sale.sku, time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
}

// ask asks for the return of the sale's story.
func (s *medusaShop) ask(t *testing.T, sale *medusaSale) {
	t.Helper()
	units := map[string]int{sale.lines[0]: sale.units}
	instead, price := s.dearer, "22.5"
	if sale.exchange == "cheaper" {
		instead, price = s.cheaper, "10"
	}
	switch {
	case s.fake == nil && sale.claim:
		sale.back = s.real.Claim(t, sale.peer, sale.units)
	case s.fake == nil && sale.exchange != "":
		_, sale.back, _ = s.real.Exchange(t, sale.peer, sale.units, s.variants[instead], 0)
	case s.fake == nil:
		sale.back = s.real.AskReturn(t, sale.peer, sale.units)
	case sale.claim:
		sale.back = s.fake.Claim(sale.id, units)
	case sale.exchange != "":
		_, sale.back, _ = s.fake.Exchange(sale.id, units, instead, price, sale.units, "0")
	default:
		sale.back = s.fake.AskReturn(sale.id, units)
	}
}

// only is a shop of which only the orders of one test are seen.
type only struct {
	*medusa.Adapter
	orders map[string]bool
}

func (o only) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	page, err := o.Adapter.ListOrders(ctx, query)
	page.Orders = slices.DeleteFunc(page.Orders, func(f marketplace.Fetched) bool { return !o.orders[f.Key.ID] })
	return page, err
}

func (o only) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	page, err := o.Adapter.ListReturns(ctx, query)
	page.Returns = slices.DeleteFunc(page.Returns, func(f returns.Fetched) bool { return !o.orders[f.Return.Order.ID] })
	return page, err
}

// mortalShop passes the writes to a shop through the points of the process that lives now; reads are made as long as it lives.
type mortalShop struct{ *mortalTransport }

func (m mortalShop) RoundTrip(req *http.Request) (*http.Response, error) {
	if m.at == nil {
		return http.DefaultTransport.RoundTrip(req)
	}
	if m.at.isGone() {
		return nil, errGone
	}
	if req.Method == http.MethodGet {
		return http.DefaultTransport.RoundTrip(req)
	}
	var response *http.Response
	var err error
	if lost, fault := m.at.pass("shop "+req.Method+" "+req.URL.Path, func() { response, err = http.DefaultTransport.RoundTrip(req) }); lost {
		if response != nil {
			_ = response.Body.Close()
		}
		return nil, fault
	}
	return response, err
}

// mortalTill passes what it is asked through the points of the process that lives now.
type mortalTill struct {
	*mortalTransport
	moneyTill *moneyTill
}

func (m mortalTill) move(ask func() (canonical.Refund, error)) (answer canonical.Refund, err error) {
	if m.at == nil {
		return ask()
	}
	if lost, fault := m.at.pass("till", func() { answer, err = ask() }); lost {
		return canonical.Refund{}, fault
	}
	return answer, err
}

func (m mortalTill) Refund(ctx context.Context, refund canonical.Refund, payment canonical.Payment) (canonical.Refund, error) {
	return m.move(func() (canonical.Refund, error) { return m.moneyTill.Refund(ctx, refund, payment) })
}

func (m mortalTill) Charge(ctx context.Context, plan payments.ChargePlan) (progress payments.ChargeProgress, err error) {
	_, err = m.move(func() (canonical.Refund, error) {
		progress, err = m.moneyTill.Charge(ctx, plan)
		return canonical.Refund{}, err
	})
	return progress, err
}

// get reads from the shop's Admin API.
func (s *medusaShop) get(t *testing.T, path string, into any) {
	t.Helper()
	if err := (&shopTill{url: s.url, key: s.key, client: http.DefaultClient}).call(t.Context(), "GET", path, nil, into); err != nil {
		t.Fatal(err)
	}
}

// shopTill gives money back in a real Medusa, where it looks before it acts: a refund has its reference as a note.
type shopTill struct {
	url, key string
	client   *http.Client
}

func (s *shopTill) call(ctx context.Context, method, path string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(s.key, "")
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

type shopCollection struct {
	ID, Status string
	Payments   []struct {
		Refunds []struct{ ID, Note string }
	}
}

func (s *shopTill) collections(ctx context.Context, order string) ([]shopCollection, error) {
	var answer struct {
		Order struct {
			Collections []shopCollection `json:"payment_collections"`
		}
	}
	err := s.call(ctx, "GET", "/admin/orders/"+order+"?fields=id,*payment_collections,*payment_collections.payments,*payment_collections.payments.refunds", nil, &answer)
	return answer.Order.Collections, err
}

// Refund implements retailsync.Refunder.
func (s *shopTill) Refund(ctx context.Context, refund canonical.Refund, capture canonical.Payment) (canonical.Refund, error) {
	for look := range 2 {
		collections, err := s.collections(ctx, refund.Order.ID)
		if err != nil {
			return refund, err
		}
		for _, collection := range collections {
			for _, one := range collection.Payments {
				for _, made := range one.Refunds {
					if made.Note == refund.Reference {
						refund.Key.ID, refund.Status = made.ID, canonical.RefundSucceeded
						return refund, nil
					}
				}
			}
		}
		if look > 0 {
			return refund, fmt.Errorf("payment %s of order %s: not refunded", capture.ParentID, refund.Order.ID)
		}
		body := map[string]any{"amount": json.Number(refund.Amount.String()), "note": refund.Reference}
		if err := s.call(ctx, "POST", "/admin/payments/"+capture.ParentID+"/refund", body, nil); err != nil {
			return refund, err
		}
	}
	return refund, errors.New("unreachable")
}

// Charge implements retailsync.Refunder. What an exchange costs more the shop asks for itself.
func (s *shopTill) Charge(_ context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error) {
	return payments.ChargeProgress{}, fmt.Errorf("order %s: the shop charges its exchanges itself", plan.Order.ID)
}

// pay has the buyer pay what an order costs more than was paid.
func (s *medusaShop) pay(t *testing.T, sale *medusaSale) {
	t.Helper()
	if s.fake != nil {
		return
	}
	collections, err := (&shopTill{url: s.url, key: s.key, client: http.DefaultClient}).collections(t.Context(), sale.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, collection := range collections {
		if collection.Status == "not_paid" {
			s.real.Admin(t, "POST", "/admin/payment-collections/"+collection.ID+"/mark-as-paid", map[string]any{"order_id": sale.id}, nil)
		}
	}
}
