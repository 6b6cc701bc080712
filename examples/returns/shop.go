package main

import (
	"context"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// shop is a channel with one order. A real one is an adapter, such as marketplace/medusa.
type shop struct{ order canonical.Order }

func amount(text string) canonical.Amount { return canonical.Shop(decimal.MustParse(text)) }

// newShop is a shop whose order has the number.
func newShop(number string) *shop {
	placed := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	key := canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: number}
	return &shop{canonical.Order{
		Key: key, Number: number, Revision: canonical.Revision{UpdatedAt: placed}, PlacedAt: placed, Status: canonical.StatusConfirmed, Currency: "EUR",
		Buyer: canonical.Party{Name: "Example Buyer", Email: "buyer@example.com"},
		Lines: []canonical.Line{{
			ID: "a", Kind: canonical.LineProduct, SKU: "RT-MUG", Title: "Mug", Qty: canonical.LineQty{Ordered: decimal.MustNew(3, 0)},
			UnitPrice: amount("19.99"), Subtotal: amount("59.97"), Total: amount("59.97"),
			Taxes: []canonical.Tax{{Rate: decimal.MustNew(25, 0), RateKnown: true, Amount: amount("14.99"), Collector: canonical.CollectorSeller}},
		}},
		Payments: []canonical.Payment{{ID: "pay_" + number, Gateway: "card", Kind: canonical.PaymentSale, Status: canonical.PaymentSucceeded, Amount: amount("74.96"), At: placed}},
		Totals:   canonical.Totals{Net: amount("59.97"), Tax: amount("14.99"), Grand: amount("74.96"), Paid: amount("74.96")},
	}}
}

// Channel implements marketplace.Adapter.
func (s *shop) Channel() canonical.Channel { return s.order.Key.Channel }

// GetOrder implements marketplace.OrderGetter.
func (s *shop) GetOrder(_ context.Context, id string) (canonical.Order, error) {
	if id != s.order.Key.ID {
		return canonical.Order{}, &marketplace.Error{Code: marketplace.CodeNotFound, Channel: s.Channel(), Op: "get order"}
	}
	return s.order, nil
}

// newPlatform is a returns platform in memory. A real one is an adapter, such as returns/loop or returns/generic.
func newPlatform() *fake.Platform {
	return fake.New(canonical.Channel{Name: "desk", Account: "main"})
}

// request is what the buyer of an order asks for.
func request(order canonical.Order) canonical.Return {
	return canonical.Return{
		Key: canonical.Key{Channel: canonical.Channel{Name: "desk", Account: "main"}, ID: "r" + order.Number}, Number: "RMA-" + order.Number,
		Order:       order.Key,
		RequestedAt: time.Date(2026, 11, 9, 9, 0, 0, 0, time.UTC), Approval: canonical.ReturnRequested, Logistics: canonical.ReturnUnsent, Currency: "EUR",
		Lines: []canonical.ReturnLine{{ID: "1", OrderLineID: "a", SKU: "RT-MUG", Qty: decimal.Two, Reason: "changed_mind", Resolution: canonical.ResolutionRefund}},
	}
}

// till is a payment provider that moves money once per reference.
type till struct {
	mu    sync.Mutex
	moved map[string]canonical.Refund
}

// Refund implements retailsync.Refunder.
func (t *till) Refund(_ context.Context, refund canonical.Refund, _ canonical.Payment) (canonical.Refund, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.moved == nil {
		t.moved = map[string]canonical.Refund{}
	}
	if known, ok := t.moved[refund.Reference]; ok {
		return known, nil
	}
	refund.Key.ID, refund.Status = "re_"+refund.Order.ID, canonical.RefundSucceeded
	t.moved[refund.Reference] = refund
	return refund, nil
}

// Charge implements retailsync.Refunder. Nothing here costs more than what came back.
func (t *till) Charge(_ context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error) {
	return payments.ChargeProgress{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: plan.Order.Channel, Op: "charge", Message: "this till only gives money back"}
}

// paid is what went to the buyer.
func (t *till) paid() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := "nothing"
	for _, refund := range t.moved {
		text = refund.Amount.String() + " " + string(refund.Currency)
	}
	return text
}
