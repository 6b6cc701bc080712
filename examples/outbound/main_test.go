package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestOutbound(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	var out bytes.Buffer
	if err := run(t.Context(), newScreen(&out, false)); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	output := strings.Join(strings.Fields(out.String()), " ")
	for _, fact := range []string{
		// Buffers of 2 and 1 and at most 12; WooCommerce has no poster.
		"OB-TEE 10 8 9 OB-MUG 7 5 6 OB-CAP 5 3 4 OB-POSTER 20 - 12",
		"woocommerce/outbound: 4 levels: 3 published, 1 unlisted medusa/outbound: 4 levels: 4 published",
		"unlisted OB-POSTER", "aliases: {SKU-OF-THE-SHOP: OB-POSTER}",
		"OB-TEE Old name of OB-TEE Organic T-shirt",
		// The sale first, which is in one shop only, and then the cycle.
		"OB-TEE 10 8 6 OB-MUG 7 3 6 OB-CAP 5 3 3 OB-POSTER 20 - 12",
		"woocommerce/outbound: 3 levels: 2 published, 1 unchanged medusa/outbound: 3 levels: 1 published, 2 unchanged",
		"OB-TEE 7 5 6 OB-MUG 5 3 4 OB-CAP 4 2 3 OB-POSTER 20 - 12",
		"medusa order 1: 2 x OB-TEE, shipped, DHL-1001 woocommerce order 7001: completed dhl-de DHL-1002",
		"medusa order 1: 2 x OB-TEE, shipped, DHL-1001 1 x OB-TEE, 1 x OB-CAP, packed woocommerce",
		"medusa order 1: 2 x OB-TEE, shipped, DHL-1001 1 x OB-TEE, 1 x OB-CAP, shipped, PN-2001 woocommerce",
		// Again: with the store and without.
		"woocommerce/outbound: 0 shipments medusa/outbound: 0 shipments Nothing was sent",
		"medusa/outbound: 2 shipments: 2 published (the shop has 2 already) Nothing was sent",
	} {
		if !strings.Contains(output, fact) {
			t.Errorf("missing %q in\n%s", fact, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("colours where there is no terminal")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the store was left behind: %v %v", left, err)
	}
}

// What a second run sends is noticed: here, because a person at the shop has changed a level.
func TestSomethingIsSent(t *testing.T) {
	t.Parallel()
	erp, err := openOdoo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erp.close)
	shops := openShops()
	t.Cleanup(shops.close)
	s, err := newService(t.Context(), erp, shops, newScreen(&bytes.Buffer{}, true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	for _, step := range []func(context.Context) error{s.showStock, s.showListings, s.again} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	shops.woo.SetStock("OB-TEE", 99)
	if err := s.again(t.Context()); err == nil || !strings.Contains(err.Error(), "there must be none") {
		t.Errorf("a level was sent, and the check says %v", err)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, newScreen(&bytes.Buffer{}, false)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want an interrupt", err)
	}
}
