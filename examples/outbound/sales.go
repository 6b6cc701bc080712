package main

import (
	"context"
	"fmt"
	"time"

	"github.com/retailsync/retailsync"
)

// importOrders imports the orders of both shops.
func (s *service) importOrders(ctx context.Context) (results []retailsync.OrderResult, err error) {
	for _, shop := range s.shops.all {
		report, err := s.connector.ImportOrders(ctx, shop.adapter, time.Time{}, retailsync.OnResult(func(r retailsync.OrderResult) { results = append(results, r) }))
		if err != nil {
			return nil, err
		}
		s.out.line("%s: %s", shop.adapter.Channel(), report)
		for _, failed := range report.Failed() {
			return nil, failed.Err
		}
	}
	return results, nil
}

// showSales sells in both shops, and lowers in each what was sold in the other.
func (s *service) showSales(ctx context.Context) error {
	s.out.title("A customer buys 2 mugs in one shop, another 3 T-shirts and a cap in the other")
	for _, shop := range s.shops.all {
		shop.sell()
	}
	if err := s.levels(ctx); err != nil {
		return err
	}
	s.out.title("The orders come to Odoo, and one event cycle lowers what the other shop shows")
	orders, err := s.importOrders(ctx)
	if err != nil {
		return err
	}
	if len(orders) != 2 || orders[0].Outcome != retailsync.Created || orders[1].Outcome != retailsync.Created {
		return fmt.Errorf("%d orders were imported, it must be one of each shop", len(orders))
	}
	for _, order := range orders {
		s.sold[order.Order.Channel.Name] = order.OdooID
	}
	if _, err := s.stock(ctx, s.connector.PublishStock); err != nil {
		return err
	}
	return s.levels(ctx)
}
