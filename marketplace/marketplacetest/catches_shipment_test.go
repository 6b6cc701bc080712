package marketplacetest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/medusashop"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// brokenShipper is an adapter that breaks a promise about what goes out of an order; nil methods are those of a good one.
type brokenShipper struct {
	*medusa.Adapter
	blind *medusa.Adapter // one on the same shop that no fault of the suite reaches

	ship    func(context.Context, *brokenShipper, marketplace.Shipment) (marketplace.ShipmentResult, error)
	deliver func(context.Context, *brokenShipper, marketplace.Delivery) (marketplace.ShipmentResult, error)
	cancel  func(context.Context, *brokenShipper, marketplace.Cancellation) (marketplace.ShipmentResult, error)
	ack     func(context.Context, *brokenShipper, marketplace.Acknowledgement) error

	calls atomic.Int64
}

func (b *brokenShipper) PublishShipment(ctx context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	if b.ship == nil {
		return b.Adapter.PublishShipment(ctx, shipment)
	}
	return b.ship(ctx, b, shipment)
}

func (b *brokenShipper) PublishDelivery(ctx context.Context, delivery marketplace.Delivery) (marketplace.ShipmentResult, error) {
	if b.deliver == nil {
		return b.Adapter.PublishDelivery(ctx, delivery)
	}
	return b.deliver(ctx, b, delivery)
}

func (b *brokenShipper) PublishCancellation(ctx context.Context, c marketplace.Cancellation) (marketplace.ShipmentResult, error) {
	if b.cancel == nil {
		return b.Adapter.PublishCancellation(ctx, c)
	}
	return b.cancel(ctx, b, c)
}

func (b *brokenShipper) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) error {
	if b.ack == nil {
		return b.Adapter.AcknowledgeOrder(ctx, ack)
	}
	return b.ack(ctx, b, ack)
}

// The suite fails an adapter that breaks a promise about shipments, deliveries or cancellations, as in [TestCatches].
func TestCatchesShipments(t *testing.T) {
	t.Parallel()
	confirmed := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, ID: "ful"}
	for _, test := range []struct {
		name  string
		by    string // the suite's test that must fail; "" for none
		adapt func(*brokenShipper)
	}{
		{name: "a good shipper", adapt: func(*brokenShipper) {}},
		{"another reference at each attempt", "Shipment", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				s.Reference += fmt.Sprint(b.calls.Add(1))
				return b.Adapter.PublishShipment(ctx, s)
			}
		}},
		{"a repeat that does not say so", "Shipment", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishShipment(ctx, s)
				result.Already = false
				return result, err
			}
		}},
		{"the first parcel only", "Shipment", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				s.Packages = s.Packages[:min(1, len(s.Packages))]
				return b.Adapter.PublishShipment(ctx, s)
			}
		}},
		{"lines by SKU", "ShipmentOfTwins", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				s.Lines = slices.Clone(s.Lines)
				for i := range s.Lines {
					s.Lines[i].LineID = strings.Replace(s.Lines[i].LineID, "_l1", "_l0", 1)
				}
				return b.Adapter.PublishShipment(ctx, s)
			}
		}},
		{"tracking at once or never", "ShipmentLateTracking", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				if len(s.Packages) == 0 {
					s.Carrier = ""
				}
				return b.Adapter.PublishShipment(ctx, s)
			}
		}},
		{"a lost reply that is taken for a failure", "ShipmentIsNotDoubledByALostReply", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				if n := b.calls.Add(1); n%4 == 0 {
					s.Reference += "again"
					for i := range s.Lines {
						s.Lines[i].Quantity = s.Lines[i].Quantity.Trim(0)
					}
				}
				result, err := b.Adapter.PublishShipment(ctx, s)
				if marketplace.CodeOf(err) == marketplace.CodeUnknown {
					return marketplace.ShipmentResult{Outcome: marketplace.ShipmentRejected, Err: err}, nil
				}
				return result, err
			}
		}},
		{"a look that failed is taken for none", "ShipmentNeedsItsLook", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishShipment(ctx, s)
				if marketplace.CodeOf(err) == marketplace.CodeUnavailable {
					s.Reference += "again"
					s.Packages = nil
					return b.blind.PublishShipment(ctx, s)
				}
				return result, err
			}
		}},
		{"cancelled once more after a look that failed", "CancelNeedsItsLook", func(b *brokenShipper) {
			b.cancel = func(ctx context.Context, b *brokenShipper, c marketplace.Cancellation) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishCancellation(ctx, c)
				if marketplace.CodeOf(err) == marketplace.CodeUnavailable {
					c.Lines = slices.Clone(c.Lines)
					c.Lines[0].Quantity = decimal.Two
					return b.blind.PublishCancellation(ctx, c)
				}
				return result, err
			}
		}},
		{"no look before it acts", "ShipmentByHand", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishShipment(ctx, s)
				if err == nil && result.ID != "" && len(s.Packages) == 0 && s.Lines[0].Quantity.String() == "2" {
					return marketplace.ShipmentResult{Outcome: marketplace.ShipmentRejected, Err: &marketplace.Error{
						Code: marketplace.CodeConflict, Channel: b.Channel(), Op: "publish shipment", Message: "already shipped",
					}}, nil
				}
				return result, err
			}
		}},
		{"a refusal that is hidden", "ShipmentRefused", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishShipment(ctx, s)
				if result.Outcome == marketplace.ShipmentRejected {
					return confirmed, nil
				}
				return result, err
			}
		}},
		{"a refusal that ends the run", "ShipmentRefused", func(b *brokenShipper) {
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishShipment(ctx, s)
				if result.Outcome == marketplace.ShipmentRejected {
					return marketplace.ShipmentResult{}, result.Err
				}
				return result, err
			}
		}},
		{"one order for another", "ShipmentsOfDifferentOrders", func(b *brokenShipper) {
			var first atomic.Pointer[marketplace.Shipment]
			b.ship = func(ctx context.Context, b *brokenShipper, s marketplace.Shipment) (marketplace.ShipmentResult, error) {
				if first.CompareAndSwap(nil, &s); len(first.Load().Lines) > 0 {
					s = *first.Load()
				}
				return b.Adapter.PublishShipment(ctx, s)
			}
		}},
		{"any parcel arrives", "Delivery", func(b *brokenShipper) {
			b.deliver = func(ctx context.Context, b *brokenShipper, d marketplace.Delivery) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishDelivery(ctx, d)
				if marketplace.CodeOf(result.Err) == marketplace.CodeNotFound {
					return confirmed, nil
				}
				return result, err
			}
		}},
		{"nothing arrives", "Delivery", func(b *brokenShipper) {
			b.deliver = func(_ context.Context, b *brokenShipper, _ marketplace.Delivery) (marketplace.ShipmentResult, error) {
				result := confirmed
				result.Already = b.calls.Add(1) > 1
				return result, nil
			}
		}},
		{"nothing is cancelled", "CancelWhole", func(b *brokenShipper) {
			b.cancel = func(context.Context, *brokenShipper, marketplace.Cancellation) (marketplace.ShipmentResult, error) {
				return confirmed, nil
			}
		}},
		{"all is cancelled", "CancelPart", func(b *brokenShipper) {
			b.cancel = func(ctx context.Context, b *brokenShipper, c marketplace.Cancellation) (marketplace.ShipmentResult, error) {
				c.Whole = true
				return b.Adapter.PublishCancellation(ctx, c)
			}
		}},
		{"each time some more", "CancelPart", func(b *brokenShipper) {
			b.cancel = func(ctx context.Context, b *brokenShipper, c marketplace.Cancellation) (marketplace.ShipmentResult, error) {
				c.Reference += fmt.Sprint(b.calls.Add(1))
				return b.Adapter.PublishCancellation(ctx, c)
			}
		}},
		{"what has left is cancelled", "CancelRefused", func(b *brokenShipper) {
			b.cancel = func(ctx context.Context, b *brokenShipper, c marketplace.Cancellation) (marketplace.ShipmentResult, error) {
				result, err := b.Adapter.PublishCancellation(ctx, c)
				if marketplace.CodeOf(result.Err) == marketplace.CodeConflict {
					return confirmed, nil
				}
				return result, err
			}
		}},
		{"a cancelled order that a person must look at", "AcknowledgeOfACancelledOrder", func(b *brokenShipper) {
			b.ack = func(ctx context.Context, b *brokenShipper, ack marketplace.Acknowledgement) error {
				err := b.Adapter.AcknowledgeOrder(ctx, ack)
				if marketplace.CodeOf(err) == marketplace.CodeConflict {
					return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: b.Channel(), Op: "acknowledge order", Message: "refused"}
				}
				return err
			}
		}},
		{"a mark that is tried again", "AcknowledgeOfACancelledOrder", func(b *brokenShipper) {
			b.ack = func(ctx context.Context, b *brokenShipper, ack marketplace.Acknowledgement) error {
				order, err := b.GetOrder(ctx, ack.OrderID)
				if err == nil && order.Status == canonical.StatusCancelled {
					return &marketplace.Error{Code: marketplace.CodeConflict, Channel: b.Channel(), Op: "acknowledge order", Message: "cancelled"}
				}
				return b.Adapter.AcknowledgeOrder(ctx, ack)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if os.Getenv(caseVariable) == test.name {
				marketplacetest.Run(t, shipperHarness(test.adapt))
				return
			}
			// A name that is the beginning of another's must not run that one's test too.
			pattern := "^TestCatchesShipments$/^" + strings.ReplaceAll(test.name, " ", "_") + "$"
			if test.by != "" {
				pattern += "/^" + test.by + "$"
			}
			child := exec.Command(os.Args[0], "-test.run="+pattern, "-test.timeout=2m")
			child.Env = append(os.Environ(), caseVariable+"="+test.name)
			output, err := child.CombinedOutput()
			switch {
			case test.by == "" && err != nil:
				t.Errorf("the suite fails a good adapter: %v\n%s", err, output)
			case test.by != "" && !strings.Contains(string(output), "/"+test.by):
				t.Errorf("the suite does not catch it: %v\n%s", err, output)
			case test.by != "" && err == nil:
				t.Errorf("the suite passes it:\n%s", output)
			}
		})
	}
}

func shipperHarness(adapt func(*brokenShipper)) marketplacetest.Harness {
	return marketplacetest.Harness{Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
		server := medusatest.NewServer()
		t.Cleanup(server.Close)
		blind := medusa.New(server.URL, medusa.SecretKey(server.SecretKey))
		adapter := &brokenShipper{blind: blind, Adapter: medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithTransport(transport),
			medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))}
		adapt(adapter)
		var last atomic.Int64
		return marketplacetest.Shop{Adapter: adapter, Shipments: medusashop.Shipments(server), Seed: func(_ *testing.T, n int) []string {
			ids := make([]string, n)
			for i := range ids {
				number := int(last.Add(1))
				ids[i] = fmt.Sprintf("order_%05d", number)
				server.Put(medusatest.SampleOrder(ids[i], number, 1, "TS-M", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
			}
			return ids
		}}
	}}
}
