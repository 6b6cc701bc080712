package main

import (
	"context"
	"time"

	"github.com/retailsync/retailsync"
)

const (
	pollEvery = 5 * time.Minute
	// firstReach is how far back the very first poll goes.
	firstReach = 24 * time.Hour
)

// poll reads what changed since its last run, again and again until ctx is done. Webhooks get lost, and WooCommerce
// switches one off after five failures in a row: polling finds what they did not say, and tries failed orders again.
func (h *receiver) poll(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		h.pollOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *receiver) pollOnce(ctx context.Context) {
	channel := h.shop.Channel().String()
	report, err := h.connector.ResumeOrders(ctx, h.shop, time.Now().Add(-firstReach),
		retailsync.OnResult(func(r retailsync.OrderResult) {
			if r.Err != nil {
				h.log.Warn("order set aside", "order", r.Order.String(), "error", r.Err)
			}
		}))
	if err != nil {
		h.log.Error("poll", "channel", channel, "error", err)
		return
	}
	h.log.Info("polled", "channel", channel, "report", report.String())
}
