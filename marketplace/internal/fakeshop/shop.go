// Package fakeshop keeps the orders of the fake shops that tests and examples use: JSON objects that
// change over time, and a clock that never stands still between two changes.
package fakeshop

import (
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"time"
)

// Object is a JSON object.
type Object = map[string]any

// Shop holds orders by id. It may be used from several goroutines.
type Shop struct {
	mu      sync.Mutex
	orders  map[string]Object
	changed map[string]time.Time
	created map[string]time.Time
	last    time.Time
	step    time.Duration
	// stamp writes a time of change into an order.
	stamp func(order Object, changed time.Time)
}

// New returns an empty shop whose clock moves in steps of at least step.
func New(step time.Duration, stamp func(Object, time.Time)) *Shop {
	return &Shop{
		orders: map[string]Object{}, changed: map[string]time.Time{}, created: map[string]time.Time{},
		step: step, stamp: stamp,
	}
}

// Put adds or replaces an order as it is, with the times that it has.
func (s *Shop) Put(id string, order Object, created, changed time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[id], s.created[id], s.changed[id] = order, created, changed
	if changed.After(s.last) {
		s.last = changed
	}
}

// Now is the shop's clock: the real time, or the last change if that is later.
func (s *Shop) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Shop) now() time.Time {
	now := time.Now().UTC().Truncate(s.step)
	if now.Before(s.last) {
		return s.last
	}
	return now
}

// Change lets edit change an order, whose time of change moves; false if there is no such order.
func (s *Shop) Change(id string, edit func(Object)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, ok := s.orders[id]
	if !ok {
		return false
	}
	copied := clone(order)
	edit(copied)
	at := s.now()
	if !at.After(s.last) {
		at = s.last.Add(s.step)
	}
	s.last, s.changed[id] = at, at
	s.stamp(copied, at)
	s.orders[id] = copied
	return true
}

// Get returns an order, or nil.
func (s *Shop) Get(id string) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[id]
}

// Row is an order with its times.
type Row struct {
	ID               string
	Order            Object
	Created, Changed time.Time
}

// Rows returns the orders that keep accepts, sorted by less.
func (s *Shop) Rows(keep func(Row) bool, less func(a, b Row) bool) []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []Row
	for id, order := range s.orders {
		row := Row{ID: id, Order: order, Created: s.created[id], Changed: s.changed[id]}
		if keep(row) {
			rows = append(rows, row)
		}
	}
	sort.Slice(rows, func(i, j int) bool { return less(rows[i], rows[j]) })
	return rows
}

func clone(order Object) Object {
	data, err := json.Marshal(order)
	if err != nil {
		return order
	}
	var copied Object
	if json.Unmarshal(data, &copied) != nil {
		return order
	}
	return copied
}

// Text reads a field as text; "" if it is absent or null.
func Text(object Object, field string) string {
	switch value := object[field].(type) {
	case nil:
		return ""
	case string:
		return value
	case float64:
		return fmt.Sprintf("%.0f", value)
	default:
		return fmt.Sprint(value)
	}
}
