package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/marketplace"
)

// listingFlow is ReconcileListings or PublishListings.
type listingFlow func(context.Context, marketplace.ListingPublisher, retailsync.ListingRun) (*retailsync.ListingReport, error)

// listings runs a flow for both shops, and names what a shop does not have: listings are never created.
func (s *service) listings(ctx context.Context, flow listingFlow) error {
	for _, shop := range s.shops.all {
		var missing []string
		report, err := flow(ctx, shop.adapter, retailsync.ListingRun{OnResult: func(r retailsync.ListingResult) {
			if r.Outcome == retailsync.OutUnlisted {
				missing = append(missing, r.SKU)
			}
		}})
		if err != nil {
			return err
		}
		s.out.line("%s: %s (%s)", shop.adapter.Channel(), report, strings.Join(missing, ", "))
		for _, failed := range report.Failed() {
			return fmt.Errorf("%s: %s: %w", shop.adapter.Channel(), failed.SKU, failed.Err)
		}
	}
	return nil
}

// showListings brings the products' names to both shops.
func (s *service) showListings(ctx context.Context) error {
	s.out.title("Listings: the products' names in Odoo become the shops'")
	was := map[string]string{}
	for _, a := range articles {
		_, was[a.sku] = s.shops.inMedusa(a.sku)
	}
	if err := s.listings(ctx, s.connector.ReconcileListings); err != nil {
		return err
	}
	rows := [][]string{{"SKU", "was", "is"}}
	for _, a := range articles {
		for _, shop := range s.shops.all {
			if _, title := shop.shows(a.sku); title != a.name && title != "" {
				return fmt.Errorf("%s calls %s %q, it must be %q", shop.adapter.Channel(), a.sku, title, a.name)
			}
		}
		rows = append(rows, []string{a.sku, was[a.sku], a.name})
	}
	s.out.table(rows)
	return s.listings(ctx, s.connector.PublishListings)
}
