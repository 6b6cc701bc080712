package retailsync_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

const allListings = `    listings:
      fields: {title: name, description: description_sale, barcode: barcode, weight: weight, origin: categ_id.name}
      status:
        when: [{field: active, is: "false", status: archived}, {field: sale_ok, is: "false", status: draft}]
        otherwise: active
`

// describe runs once and returns what became of the SKUs, as "outcome" or "outcome drifted".
func (s *stall) describe(work func(context.Context, marketplace.ListingPublisher, retailsync.ListingRun) (*retailsync.ListingReport, error), skus ...string) map[string]string {
	s.t.Helper()
	found := map[string]string{}
	_, err := work(context.Background(), s.adapter, retailsync.ListingRun{OnResult: func(r retailsync.ListingResult) {
		if slices.Contains(skus, r.SKU) {
			if found[r.SKU] = string(r.Outcome); r.Drifted {
				found[r.SKU] += " drifted"
			}
		}
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func (s *stall) says(sku string, want map[string]any) {
	s.t.Helper()
	says := s.shop.Says(sku)
	got := map[string]any{}
	for name := range want {
		got[name] = says[name]
		if number, ok := got[name].(interface{ String() string }); ok {
			got[name] = number.String()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", sku, diff)
	}
}

// Listings say what the rules take from Odoo, and leave alone what the channel owns.
func TestReconcileListings(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, allListings)
		country := w.Create("product.category", map[string]any{"name": "pt"}, nil)
		barcode := "9" + rand.Text()
		_, sku := s.article(map[string]any{
			"name": "Tee & more", "description_sale": "Soft\n& warm", "barcode": barcode, "weight": 1.25, "categ_id": country,
		})
		archived, archivedSKU := s.article(map[string]any{"categ_id": country})
		s.write("product.product", archived, map[string]any{"active": false})
		unlisted := "PR-" + rand.Text()
		w.Product(map[string]any{"default_code": unlisted})
		forgotten := "PR-" + rand.Text()
		w.Product(map[string]any{"default_code": forgotten, "active": false})
		_, twin := s.article(nil)
		w.Product(map[string]any{"default_code": twin})
		s.shop.AddProduct("Only here", "ONLY-HERE")
		all := []string{sku, archivedSKU, unlisted, forgotten, twin, "ONLY-HERE"}
		s.want("first", s.describe(s.sync.ReconcileListings, all...), map[string]string{
			sku: "published", archivedSKU: "published", unlisted: "unlisted", twin: "failed", "ONLY-HERE": "unknown",
		})
		says := map[string]any{"title": "Tee & more", "description": "Soft<br>&amp; warm", "barcode": barcode, "weight": "1250", "origin_country": "pt", "status": "published", "hs_code": nil}
		if lb := s.pounds(); lb {
			says["weight"] = "566.990463"
		}
		s.says(sku, says)
		s.says(archivedSKU, map[string]any{"status": "draft"})
		before := s.writes
		s.want("again", s.describe(s.sync.ReconcileListings, sku, archivedSKU), map[string]string{sku: "unchanged", archivedSKU: "unchanged"})
		if s.writes != before {
			t.Errorf("%d writes for nothing", s.writes-before)
		}
		s.shop.Describe(sku, "title", "Changed at the shop")
		s.shop.Describe(sku, "subtitle", "The shop's own")
		s.want("drift", s.describe(s.sync.ReconcileListings, sku, archivedSKU), map[string]string{sku: "published drifted", archivedSKU: "unchanged"})
		says["subtitle"] = "The shop's own"
		s.says(sku, says)
		if events := s.journal.Events(); len(events) != 3 || events[2].Type != canonical.EventListingPublished || events[2].Summary != "says [title]" {
			t.Errorf("events %+v", events)
		}
	})
}

// pounds says whether the database keeps weights in pounds.
func (s *stall) pounds() bool {
	s.t.Helper()
	rows := warehouse.Call[[]struct {
		Unit string `json:"weight_uom_name"`
	}](s.odoo, "product.product", "search_read", nil, odoo.Args{"domain": odoo.And(), "fields": []string{"weight_uom_name"}, "limit": 1}, nil)
	return strings.HasPrefix(rows[0].Unit, "lb")
}

// A cycle sends the fields that changed, and loses nothing while the channel is away.
func TestPublishListings(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, strings.ReplaceAll(allListings, ", origin: categ_id.name", ""))
		product, sku := s.article(map[string]any{"name": "One"})
		_, other := s.article(nil)
		s.want("the first run", s.describe(s.sync.PublishListings, sku, other), map[string]string{sku: "published", other: "published"})
		time.Sleep(3 * time.Second) // rows that were just written are looked at again
		s.describe(s.sync.PublishListings)
		s.want("nothing changed", s.describe(s.sync.PublishListings, sku, other), map[string]string{})
		s.shop.Describe(sku, "description", "The shop's, until Odoo's changes")
		s.write("product.product", product, map[string]any{"name": "Two"})
		s.want("a new name", s.describe(s.sync.PublishListings, sku, other), map[string]string{sku: "published"})
		s.says(sku, map[string]any{"title": "Two", "description": "The shop's, until Odoo's changes"})
		s.write("product.product", product, map[string]any{"sale_ok": false})
		s.lost = true
		if _, err := s.sync.PublishListings(context.Background(), s.adapter, retailsync.ListingRun{}); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			t.Errorf("the channel is down: %v", err)
		}
		s.lost = false
		s.want("the channel is back", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})
		s.says(sku, map[string]any{"status": "draft"})
		s.write("product.product", product, map[string]any{"active": false})
		s.want("archived", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})
		s.says(sku, map[string]any{"status": "draft", "metadata": map[string]any{"retailsync_status": "archived"}})
		report, err := s.sync.ReconcileListings(context.Background(), s.adapter, retailsync.ListingRun{DryRun: true})
		if err != nil || !strings.Contains(report.String(), "dry run") || report.Count(retailsync.OutFailed) != len(report.Failed()) {
			t.Errorf("%s, %v", report, err)
		}
	})
}

// Mistakes in the rules are named: no fields, fields that Odoo lacks or the channel cannot write.
func TestListingRulesAreFollowed(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		for rules, want := range map[string]string{
			"    stock: {buffer: 1}\n": "listings: none",
			"    listings: {fields: {title: name}}\n    ownership: {listing.title: channel}\n": "listings: none",
			"    listings: {fields: {title: x_nobody}}\n":                                      "x_nobody",
			"    listings: {fields: {title: name.more}}\n":                                     "no link",
		} {
			s := newStall(t, w, rules)
			if _, err := s.sync.ReconcileListings(context.Background(), s.adapter, retailsync.ListingRun{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", rules, err, want)
			}
		}
	})
}

// A field that the channel owns is left alone, also beside others of the listing that change, and is no drift.
func TestListingsOfTwoOwners(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    listings: {fields: {title: name, description: description_sale}, status: {when: [{field: sale_ok, is: \"false\", status: draft}], otherwise: active}}\n"+
			"    ownership: {listing.title: channel, listing.status: channel}\n")
		product, sku := s.article(map[string]any{"name": "Odoo's", "description_sale": "One", "sale_ok": false})
		s.shop.Describe(sku, "title", "The shop's")
		s.shop.Describe(sku, "status", "published")
		s.want("first", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})
		s.says(sku, map[string]any{"title": "The shop's", "description": "One", "status": "published"})
		s.shop.Describe(sku, "title", "The shop's own")
		s.want("its own change", s.describe(s.sync.ReconcileListings, sku), map[string]string{sku: "unchanged"})
		s.write("product.product", product, map[string]any{"name": "Odoo's own", "description_sale": "Two"})
		s.want("both changed", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})
		s.says(sku, map[string]any{"title": "The shop's own", "description": "Two", "status": "published"})
	})
}
