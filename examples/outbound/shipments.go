package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync"
)

// shipments tells both shops what has left, and counts what they knew already.
func (s *service) shipments(ctx context.Context) error {
	for _, shop := range s.shops.all {
		known := 0
		report, err := s.connector.PublishShipments(ctx, shop.adapter, retailsync.ShipmentRun{OnResult: func(r retailsync.ShipmentResult) {
			if r.Already {
				known++
			}
		}})
		if err != nil {
			return err
		}
		text := report.String()
		if known > 0 {
			text += fmt.Sprintf(" (the shop has %d already)", known)
		}
		s.out.line("%s: %s", shop.adapter.Channel(), text)
		for _, failed := range report.Failed() {
			return fmt.Errorf("%s: %s: %w", failed.Order, failed.OdooName, failed.Err)
		}
	}
	return nil
}

// showDelivery delivers the Medusa shop's order in two parts, with the second number late, and the other shop's at once.
func (s *service) showDelivery(ctx context.Context) error {
	parts, whole := s.sold["medusa"], s.sold["woocommerce"]
	s.out.title("2 of 3 T-shirts leave with DHL, and the mugs")
	if _, err := s.erp.ship(ctx, parts, s.erp.dhl, "DHL-1001", map[string]int{"OB-TEE": 2}); err != nil {
		return err
	}
	if _, err := s.erp.ship(ctx, whole, s.erp.dhl, "DHL-1002", map[string]int{"OB-MUG": 2}); err != nil {
		return err
	}
	if err := s.told(ctx, "2 x OB-TEE, shipped, DHL-1001"); err != nil {
		return err
	}
	s.out.title("The rest leaves with PostNord, whose number is not known yet")
	rest, err := s.erp.ship(ctx, parts, s.erp.postnord, "", map[string]int{"OB-TEE": 1, "OB-CAP": 1})
	if err != nil {
		return err
	}
	if err := s.told(ctx, "2 x OB-TEE, shipped, DHL-1001", "1 x OB-TEE, 1 x OB-CAP, packed"); err != nil {
		return err
	}
	s.out.title("The number comes")
	if err := s.erp.track(ctx, rest.ID, "PN-2001"); err != nil {
		return err
	}
	return s.told(ctx, "2 x OB-TEE, shipped, DHL-1001", "1 x OB-TEE, 1 x OB-CAP, shipped, PN-2001")
}

// told tells the shops, shows what they say of their orders, and holds it against what is wanted of the order in parts.
func (s *service) told(ctx context.Context, want ...string) error {
	if err := s.shipments(ctx); err != nil {
		return err
	}
	got := s.fulfilments()
	s.out.line("medusa order 1:")
	for _, one := range got {
		s.out.line("  %s", one)
	}
	order := s.shops.woo.Order("7001")
	s.out.line("woocommerce order 7001: %v", order["status"])
	for _, parcel := range s.shops.woo.Tracking("7001") {
		s.out.line("  %v %v", parcel["tracking_provider"], parcel["tracking_number"])
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		return fmt.Errorf("the fulfilments of the order are %q, they must be %q", got, want)
	}
	if order["status"] != "completed" || len(s.shops.woo.Tracking("7001")) != 1 {
		return fmt.Errorf("the WooCommerce order is %v with %d parcels, it must be completed with one", order["status"], len(s.shops.woo.Tracking("7001")))
	}
	return nil
}

// fulfilments are what the Medusa shop shows of its order: one text each, in the order in which they were made.
func (s *service) fulfilments() []string {
	order := s.shops.medusa.Order(medusaOrderID)
	skus := map[string]string{}
	for _, item := range objects(order["items"]) {
		skus[text(item["id"])] = text(item["variant_sku"])
	}
	var all []string
	for _, one := range objects(order["fulfillments"]) {
		var parts []string
		for _, item := range objects(one["items"]) {
			parts = append(parts, text(item["quantity"])+" x "+skus[text(item["line_item_id"])])
		}
		if one["shipped_at"] == nil {
			parts = append(parts, "packed")
		} else {
			parts = append(parts, "shipped")
		}
		for _, label := range objects(one["labels"]) {
			parts = append(parts, text(label["tracking_number"]))
		}
		all = append(all, strings.Join(parts, ", "))
	}
	return all
}
