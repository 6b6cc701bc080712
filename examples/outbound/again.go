package main

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
)

// showNothing does everything again, with what the store remembers and without, and holds that nothing reaches a shop.
func (s *service) showNothing(ctx context.Context) error {
	s.out.title("All of it again")
	if err := s.again(ctx); err != nil {
		return err
	}
	s.out.title("And again with an empty store, as after the loss of a disk")
	s.connector = retailsync.New(s.erp.Client, s.rules, retailsync.WithStore(idempotency.NewMemory()))
	return s.again(ctx)
}

// again runs every flow once more.
func (s *service) again(ctx context.Context) error {
	before := s.fulfilments()
	s.shops.writes.lap()
	orders, err := s.importOrders(ctx)
	if err != nil {
		return err
	}
	for _, order := range orders {
		if order.Outcome != retailsync.Unchanged {
			return fmt.Errorf("order %s is %s, it must be unchanged", order.Order, order.Outcome)
		}
	}
	for _, flow := range []stockFlow{s.connector.PublishStock, s.connector.ReconcileStock} {
		if _, err := s.stock(ctx, flow); err != nil {
			return err
		}
	}
	for _, flow := range []listingFlow{s.connector.PublishListings, s.connector.ReconcileListings} {
		if err := s.listings(ctx, flow); err != nil {
			return err
		}
	}
	if err := s.shipments(ctx); err != nil {
		return err
	}
	if n := s.shops.writes.lap(); n > 0 {
		return fmt.Errorf("%d requests that may change something reached the shops, there must be none", n)
	}
	if after := s.fulfilments(); len(after) != len(before) {
		return fmt.Errorf("the order has %d fulfilments, it must still have %d", len(after), len(before))
	}
	s.out.line("%s: the shops were only read", s.out.paint(green, "Nothing was sent"))
	return nil
}
