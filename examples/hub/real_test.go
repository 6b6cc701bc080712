package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/peer"
)

// odooVariables are the variables that name a real Odoo.
func odooVariables(o peer.Odoo) map[string]string {
	env := map[string]string{"ODOO_URL": o.URL, "ODOO_DB": o.Database, "ODOO_API_KEY": o.APIKey}
	if o.APIKey == "" {
		env["ODOO_LOGIN"], env["ODOO_PASSWORD"] = o.Login, o.Password
	}
	return env
}

// The demonstration on real Odoos: what people see is what they see of the one in the process.
func TestRealOdoo(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprint(series), func(t *testing.T) {
			t.Parallel()
			start(t, odooVariables(peer.OdooServer(t, series))).all(t)
		})
	}
}

// mine is a real Medusa of which only the orders of one test are seen: others sell there at the same time.
type mine struct {
	peer.Medusa
	// URL is where the hub finds it.
	URL string

	mu     sync.Mutex
	orders []string
	// place is where the hub receives its webhooks; empty before it does.
	place string
}

// openMine opens the shop, and receives what it sends.
func openMine(t *testing.T) *mine {
	t.Helper()
	m := &mine{Medusa: peer.MedusaServer(t)}
	address, err := url.Parse(m.Medusa.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(address)
		r.Out.Header.Del("Accept-Encoding")
	}, ModifyResponse: m.leaveOut}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	m.URL = server.URL
	peer.ReceiveMedusa(t, 2*time.Minute, http.HandlerFunc(m.pass))
	return m
}

// knows says whether the order is one of the test's.
func (m *mine) knows(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.orders, id)
}

// leaveOut takes the orders of others out of a list.
func (m *mine) leaveOut(response *http.Response) error {
	if response.Request.URL.Path != "/admin/orders" || response.StatusCode != http.StatusOK {
		return nil
	}
	var list map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return err
	}
	var orders []json.RawMessage
	if err := json.Unmarshal(list["orders"], &orders); err != nil {
		return err
	}
	orders = slices.DeleteFunc(orders, func(order json.RawMessage) bool {
		var head struct{ ID string }
		return json.Unmarshal(order, &head) != nil || !m.knows(head.ID)
	})
	var err error
	if list["orders"], err = json.Marshal(append([]json.RawMessage{}, orders...)); err != nil {
		return err
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Set("Content-Length", fmt.Sprint(len(body)))
	return nil
}

// pass stands before the hub: it passes on what the shop sends about the test's orders. One of an order that was placed just now waits until the test knows its number.
func (m *mine) pass(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var event struct {
		Data struct {
			Order string `json:"order_id"`
		}
	}
	_ = json.Unmarshal(body, &event) // what is not readable is nobody's
	for range 60 {
		if m.knows(event.Data.Order) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	m.mu.Lock()
	place := m.place
	m.mu.Unlock()
	if place == "" || !m.knows(event.Data.Order) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, place, bytes.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
}

// receivedAt names the hub's receiver.
func (m *mine) receivedAt(place string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.place = place
}

// buy has somebody buy units of a variant, and pay.
func (m *mine) buy(t *testing.T, variant string, units int) peer.MedusaOrder {
	t.Helper()
	sold := m.Place(t, []string{variant}, units)
	m.mu.Lock()
	m.orders = append(m.orders, sold.ID)
	m.mu.Unlock()
	m.Capture(t, sold.PaymentID)
	return sold
}
