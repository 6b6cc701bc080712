package retailsync_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// shippedByChannel says that the channel ships the goods itself and has shipped so many units of them.
func (l *life) shippedByChannel(units int64) {
	l.Helper()
	l.edit(func(o *canonical.Order) {
		for i := range o.Lines {
			if !mapping.IsGoods(o.Lines[i].Kind) {
				continue
			}
			o.Lines[i].FulfilledBy, o.Lines[i].Qty.Shipped = canonical.FulfilledByChannel, decimal.MustNew(units, 0)
		}
		if o.Status = canonical.StatusPartiallyShipped; units == 0 {
			o.Status = canonical.StatusConfirmed
		}
	})
}

// deafChannel is a channel that must not hear of any shipment of an order.
type deafChannel struct {
	*life
	*listed
}

func (d deafChannel) PublishShipment(_ context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	if shipment.OrderID != d.life.id { // other tests have orders of this channel too
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}, nil
	}
	d.life.Errorf("the channel hears of its own shipment %+v", shipment)
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}, nil
}

// What the channel ships itself leaves its own warehouse in Odoo, as far as it has shipped, once; and is not told back.
func TestChannelShipsItself(t *testing.T) {
	t.Parallel()
	warehouse.EitherReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		sku := "CH-" + tag()
		product := w.Product(map[string]any{"default_code": sku})
		w.Count(product, w.Place, 10)
		there := func() string {
			rows := warehouse.Call[[]struct {
				Quantity decimal.Decimal `json:"quantity"`
			}](w, "stock.quant", "search_read", nil, odoo.Args{"domain": odoo.And(odoo.Eq("product_id", product), odoo.Eq("location_id", w.Place)), "fields": []string{"quantity"}}, nil)
			sum := decimal.Zero
			for _, row := range rows {
				var err error
				if sum, err = sum.Add(row.Quantity); err != nil {
					t.Fatal(err)
				}
			}
			return sum.Trim(0).String()
		}
		wantThere := func(what, want string) {
			t.Helper()
			if got := there(); got != want {
				t.Errorf("%s: %s units in the channel's warehouse, want %s", what, got, want)
			}
		}
		change := func(c *mapping.ChannelRules) { c.ChannelWarehouse = mapping.Name(w.Name) }
		l := newLife(t, realOdoo(t, w.Series), nil)
		l.asUnder(change, documented(w.Series)...)

		l.put(Item(sku, 5, 1999))
		l.shippedByChannel(0)
		l.want(retailsync.Created)
		wantThere("nothing has left", "10")
		l.shippedByChannel(2)
		l.want(retailsync.Updated)
		wantThere("a part has left", "8")
		l.want(retailsync.Unchanged, retailsync.Recheck())
		wantThere("a repeat", "8")
		l.shippedByChannel(5)
		l.want(retailsync.Updated)
		wantThere("all has left", "5")
		l.want(retailsync.Unchanged, retailsync.Recheck())

		report, err := l.connector.PublishShipments(t.Context(), deafChannel{l, l.source}, retailsync.ShipmentRun{Since: time.Now().Add(-5 * time.Minute), OnResult: func(r retailsync.ShipmentResult) {
			if r.Order.ID == l.id && (r.Outcome != retailsync.ShipmentSkipped || r.Note == "") {
				t.Errorf("%s, %q", r.Outcome, r.Note)
			}
		}})
		if err != nil || report.Count(retailsync.ShipmentSkipped) < 2 {
			t.Errorf("%s, %v", report, err)
		}

		whole := newLife(t, l.db, nil)
		whole.connector = l.connector
		whole.put(Item(sku, 1, 1999))
		whole.shippedByChannel(1)
		whole.want(retailsync.Created)
		wantThere("an order that enters as shipped", "4")

		mixed := newLife(t, l.db, nil)
		mixed.connector = l.connector
		mixed.put(Item(sku, 1, 1999), Item(sku, 1, 1999))
		mixed.edit(func(o *canonical.Order) {
			goods := slices.IndexFunc(o.Lines, func(line canonical.Line) bool { return mapping.IsGoods(line.Kind) })
			o.Lines[goods].FulfilledBy = canonical.FulfilledByChannel
		})
		result := mixed.want(retailsync.Failed)
		wantOrderError[*mapping.UnmappedError](t, result.Err, retailsync.StageMap, "from one warehouse")
		wantThere("a mixed order", "4")
	})
}

// Whatever reply of delivering is lost, a rerun delivers what has left, once.
func TestChannelShipsOnce(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		sku := "CH-" + tag()
		product := w.Product(map[string]any{"default_code": sku})
		w.Count(product, w.Place, 100)
		rules := rulesWith(realOdoo(t, w.Series), func(c *mapping.ChannelRules) { c.ChannelWarehouse = mapping.Name(w.Name) })
		var calls []string
		run := func(f fault) (*life, *points) {
			l := newLife(t, realOdoo(t, w.Series), nil)
			l.put(Item(sku, 3, 1999))
			l.shippedByChannel(2)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			at := newPoints(f, cancel)
			erp := l.db.dial(t, odoo.WithHTTPClient(&http.Client{Transport: faultyTransport{at, http.DefaultTransport}}), odoo.WithRetry(odoo.Retry{First: 10 * time.Millisecond}))
			_, _ = retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory())).ImportOrders(ctx, l.source, time.Time{})
			return l, at
		}
		_, undisturbed := run(fault{})
		calls = undisturbed.made()
		struck := 0
		for n, call := range calls {
			if !strings.HasPrefix(call, "stock.") || onlyReads(call) || peer.Spares(w.Series, n) {
				continue
			}
			for _, kind := range []faultKind{replyLost, cutOff, refused} {
				struck++
				l, _ := run(fault{kind, n + 1})
				l.connector = retailsync.New(l.db.dial(t), rules)
				if got := l.run(); got.Err != nil {
					t.Errorf("rerun after %s at %s: %v", kind, call, got.Err)
				}
				for name, line := range l.lines() {
					if line.ProductID.ID == product && !line.Delivered.Equal(decimal.MustNew(2, 0)) {
						t.Errorf("after %s at %s: %s of %s delivered, want 2", kind, call, line.Delivered, name)
					}
				}
			}
		}
		if struck == 0 {
			t.Errorf("nothing was struck in %v", calls)
		}
	})
}
