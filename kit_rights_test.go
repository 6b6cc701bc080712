package retailsync_test

import (
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// asOf is the Odoo as a user with the documented groups of a workflow, and no others, sees it.
func asOf(t *testing.T, w *warehouse.Warehouse, workflow mapping.Workflow) *odoo.Client {
	t.Helper()
	groups, err := docs.Groups(w.Series, string(workflow))
	if err != nil {
		t.Fatal(err)
	}
	return w.As(groups...)
}

// Bills of materials are read with the documented rights for stock and for shipments; without sales they are not.
func TestRightsOfKits(t *testing.T) {
	t.Parallel()
	warehouse.EachKits(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		a, sku := c.article(10, 10)
		kit, skuKit := c.kit(map[int64]float64{a: 2})
		both := []string{sku, skuKit}
		as := func(erp *odoo.Client) {
			c.sync = retailsync.New(erp, c.rules, retailsync.WithJournal(c.journal), retailsync.WithStore(idempotency.NewMemory()))
		}
		as(w.As("base.group_user"))
		if _, err := c.sync.ReconcileStock(t.Context(), c.adapter, retailsync.StockRun{}); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Errorf("without sales: %v", err)
		}
		as(asOf(t, w, mapping.WorkflowStock))
		c.want("the comparison", c.run(c.sync.ReconcileStock, both...), map[string]string{sku: "unchanged", skuKit: "published"})
		c.run(c.sync.PublishStock, both...)
		w.Count(a, w.Place, 6)
		c.want("counted", c.run(c.sync.PublishStock, both...), map[string]string{sku: "published", skuKit: "published"})

		p := newParcelDesk(t, w, "")
		order := p.sell(kit, 1)
		delivery := w.ShipParts(order.odoo, map[warehouse.Component]float64{{Line: order.lines[0], Product: a}: 2})
		w.Track(delivery, w.Carrier("Post "+w.Name), "NR-1")
		connector := retailsync.New(asOf(t, w, mapping.WorkflowShipments), p.rules)
		report, err := connector.PublishShipments(t.Context(), p.adapter, retailsync.ShipmentRun{Since: p.since})
		if err != nil || report.Count(retailsync.ShipmentPublished) != 1 || len(report.Failed()) > 0 {
			t.Errorf("%s, %v, %v", report, report.Failed(), err)
		}
		p.shows(order, "l0:1 [NR-1] shipped")
	})
}
