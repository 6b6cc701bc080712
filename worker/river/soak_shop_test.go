package river_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/worker"
)

// fate is what becomes of an order in the shop.
type fate string

const (
	kept      fate = "kept"
	edited    fate = "edited"
	cancelled fate = "cancelled"
	changed   fate = "edited and cancelled"
	refunded  fate = "refunded"
)

// fates come one after the other in the beginning, so that each is there, and are drawn from then on; some come more often.
var fates = []fate{edited, refunded, changed, kept, cancelled, edited, refunded, edited, kept}

// placed is an order of the shop.
type placed struct {
	peer.MedusaOrder
	fate    fate
	units   []int             // of each line
	refunds []decimal.Decimal // what the desk has asked for
}

// shoppers place orders in the real shop and change their minds, and a desk that gives money back.
type shoppers struct {
	tally
	t        *testing.T
	dice     *dice
	hub      hub
	medusa   peer.Medusa
	direct   *medusa.Adapter
	desk     *worker.Worker
	variants []string

	mu     sync.Mutex
	orders []*placed
	asked  []string // ids of the refunds' events
}

// shop places orders until the time has come, at least one of each fate, and returns when all of their stories have ended. It pauses between them.
func (s *shoppers) shop(until time.Time, pause time.Duration) {
	var group sync.WaitGroup
	crowd := make(chan struct{}, 8)
	for n := 0; n < 5 || time.Now().Before(until); n++ {
		crowd <- struct{}{}
		at := n
		if n >= len(fates) {
			at = s.dice.below(len(fates))
		}
		order := &placed{fate: fates[at], units: []int{2 + s.dice.below(8), 2 + s.dice.below(8)}}
		order.MedusaOrder = s.medusa.Place(s.t, s.variants, order.units...)
		s.mu.Lock()
		s.orders = append(s.orders, order)
		s.mu.Unlock()
		s.add("orders " + string(order.fate))
		group.Go(func() {
			defer func() { <-crowd }()
			s.live(order)
		})
		time.Sleep(pause)
	}
	group.Wait()
}

// live lets an order's fate take its course.
func (s *shoppers) live(order *placed) {
	pause := func() { time.Sleep(s.dice.between(0, 3*time.Second)) }
	pause()
	if order.fate != kept && order.fate != cancelled {
		s.medusa.Capture(s.t, order.PaymentID)
		pause()
	}
	switch order.fate {
	case edited:
		s.lower(order)
		pause()
		s.lower(order)
	case cancelled:
		s.cancel(order)
	case changed:
		s.lower(order)
		pause()
		s.cancel(order)
	case refunded:
		s.giveBack(order)
	}
}

// lower takes some units off an order. With more, it would be one that is not paid. The shop may be writing to it for the workers: then the
// edit is dropped.
func (s *shoppers) lower(order *placed) {
	path := "/admin/order-edits/" + order.ID
	err := s.ask("POST", "/admin/order-edits", map[string]any{"order_id": order.ID}, nil)
	units := slices.Clone(order.units)
	for i, line := range order.Lines {
		if units[i] = max(1, units[i]-s.dice.below(3)); err == nil && units[i] != order.units[i] {
			err = s.ask("POST", path+"/items/item/"+line, map[string]any{"quantity": units[i]}, nil)
		}
	}
	if slices.Equal(units, order.units) {
		_ = s.ask("DELETE", path, nil, nil)
		return
	}
	for _, step := range []string{"/request", "/confirm"} {
		if err == nil {
			err = s.ask("POST", path+step, nil, nil)
		}
	}
	if err != nil {
		s.t.Logf("an edit of order %s: %v", order.ID, err)
		_ = s.ask("DELETE", path, nil, nil)
		s.add("edits refused")
		return
	}
	order.units = units
	s.add("edits")
}

func (s *shoppers) cancel(order *placed) {
	if err := s.ask("POST", "/admin/orders/"+order.ID+"/cancel", nil, nil); err != nil {
		s.t.Logf("a cancellation of order %s: %v", order.ID, err)
		s.add("cancellations refused")
		return
	}
	s.add("cancellations")
}

// giveBack hands in commands to refund parts of what was paid, each as often as an impatient desk does.
func (s *shoppers) giveBack(order *placed) {
	payment, err := s.direct.GetPayment(s.t.Context(), order.PaymentID)
	if err != nil {
		s.t.Error(err)
		return
	}
	for n := range 1 + s.dice.below(2) {
		command := refundCommand{Order: order.ID, Payment: order.PaymentID, Captured: payment.Captured, Amount: decimal.MustNew(int64(100+s.dice.below(900)), 2)}
		payload, err := json.Marshal(command)
		if err != nil {
			s.t.Error(err)
			return
		}
		event := worker.Event{
			Source: "desk", ID: fmt.Sprintf("refund/%s/%d", order.ID, n), Channel: s.hub.channel().String(), Kind: "refund",
			Key: "refund/" + order.ID, Class: worker.Money, Payload: payload,
		}
		for range 1 + s.dice.below(3) {
			if _, err := s.desk.Ingest(s.t.Context(), event); err != nil {
				s.t.Error(err)
				return
			}
			s.add("refunds handed in")
		}
		s.mu.Lock()
		order.refunds = append(order.refunds, command.Amount)
		s.asked = append(s.asked, event.ID)
		s.mu.Unlock()
		s.add("refunds")
	}
}

// ask makes a call of the Admin API which the shop may refuse.
func (s *shoppers) ask(method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.medusa.URL+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	if body == nil {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(s.medusa.SecretKey, "")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, answer)
	case into == nil:
		return nil
	}
	return json.Unmarshal(answer, into)
}

// reference is what the shop shows of Odoo's order.
func (s *shoppers) reference(id string) string {
	s.t.Helper()
	var answer struct {
		Order struct {
			Metadata map[string]any `json:"metadata"`
		} `json:"order"`
	}
	if err := s.ask("GET", "/admin/orders/"+id+"?fields=metadata", nil, &answer); err != nil {
		s.t.Error(err)
	}
	reference, _ := answer.Order.Metadata["retailsync_reference"].(string)
	return reference
}

// shown is how many of the counted article the shop shows.
func (s *shoppers) shown() (int, error) {
	var answer struct {
		Items []struct {
			Levels []struct {
				Location  string `json:"location_id"`
				Available int    `json:"available_quantity"`
			} `json:"location_levels"`
		} `json:"inventory_items"`
	}
	if err := s.ask("GET", "/admin/inventory-items?sku[]="+url.QueryEscape(s.hub.sku("COUNTED"))+"&fields=id,sku,*location_levels", nil, &answer); err != nil {
		return 0, err
	}
	for _, item := range answer.Items {
		for _, level := range item.Levels {
			if level.Location == s.hub.Place {
				return level.Available, nil
			}
		}
	}
	return 0, fmt.Errorf("the shop has no %s at %s", s.hub.sku("COUNTED"), s.hub.Place)
}
