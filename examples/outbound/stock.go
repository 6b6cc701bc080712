package main

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/marketplace"
)

// stockFlow is ReconcileStock or PublishStock.
type stockFlow func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error)

// stock runs a flow for both shops, and holds what each shop shows afterwards against what it shall show.
func (s *service) stock(ctx context.Context, flow stockFlow) (results []retailsync.StockResult, err error) {
	for _, shop := range s.shops.all {
		var of []retailsync.StockResult
		report, err := flow(ctx, shop.adapter, retailsync.StockRun{OnResult: func(r retailsync.StockResult) { of = append(of, r) }})
		if err != nil {
			return nil, err
		}
		s.out.line("%s: %s", shop.adapter.Channel(), report)
		for _, r := range of {
			switch shown, _ := shop.shows(r.Item.SKU); {
			case r.Outcome == retailsync.StockUnlisted && r.Item.SKU == unlisted:
			case r.Outcome == retailsync.StockFailed:
				return nil, r.Err
			case r.Outcome != retailsync.StockPublished && r.Outcome != retailsync.StockUnchanged:
				return nil, fmt.Errorf("%s: %s is %s, it must be published", shop.adapter.Channel(), r.Item.SKU, r.Outcome)
			case shown != r.Level.Trim(0).String():
				return nil, fmt.Errorf("%s shows %s of %s, it must show %s", shop.adapter.Channel(), shown, r.Item.SKU, r.Level)
			}
		}
		results = append(results, of...)
	}
	return results, nil
}

// showStock brings the stock to both shops, and says what one of them could not take.
func (s *service) showStock(ctx context.Context) error {
	s.out.title("Stock: what is free in Odoo, less what the rules keep back, goes to both shops")
	results, err := s.stock(ctx, s.connector.ReconcileStock)
	if err != nil {
		return err
	}
	if err := s.levels(ctx); err != nil {
		return err
	}
	s.out.title("Set aside")
	missing := 0
	for _, r := range results {
		if r.Outcome == retailsync.StockUnlisted {
			missing++
			s.out.line("%s %s: Odoo sells it and the shop does not have it.", s.out.paint(red, string(r.Outcome)), r.Item.SKU)
		}
	}
	if missing != 1 {
		return fmt.Errorf("%d articles are missing in the shops, it must be one: %s", missing, unlisted)
	}
	s.out.line("The others did not wait for it. Add it in the WooCommerce shop with this SKU: the next comparison fills its stock.")
	s.out.line("Or, if the shop has it under a SKU of its own, say so in the rules:")
	s.out.gap()
	s.out.line("channels:")
	s.out.line("  woocommerce/outbound:")
	s.out.line("    products:")
	s.out.line("      aliases: {SKU-OF-THE-SHOP: %s}", unlisted)

	s.out.title("From here on only what changes is looked at")
	_, err = s.stock(ctx, s.connector.PublishStock)
	return err
}

// levels shows what Odoo has and what the shops show.
func (s *service) levels(ctx context.Context) error {
	free, err := s.erp.free(ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"SKU", "free in Odoo"}}
	for _, shop := range s.shops.all {
		rows[0] = append(rows[0], shop.adapter.Channel().Name+" shows")
	}
	for _, a := range articles {
		row := []string{a.sku, free[a.sku]}
		for _, shop := range s.shops.all {
			units, _ := shop.shows(a.sku)
			if units == "" {
				units = "-"
			}
			row = append(row, units)
		}
		rows = append(rows, row)
	}
	s.out.table(rows)
	return nil
}
