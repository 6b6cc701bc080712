package main

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/examples/hub/web"
	"github.com/retailsync/retailsync/worker/cloudevents"
	"github.com/retailsync/retailsync/worker/river"
)

// titles are what people call the channels by their names.
var titles = map[string]string{
	"woocommerce": "WooCommerce shop", "medusa": "Medusa shop", "desk": "Returns platform", "bank": "Payment provider", "stripe": "Stripe", "cloudevents": "Events for other systems",
}

// pages is the handler of the operations pages.
func (h *hub) pages(token string, links []web.Link) (http.Handler, error) {
	config := web.Config{
		Token: token, Worker: h.worker, State: h.state, Timeline: h.connector.Timeline, Case: h.connector.ReturnCase, Inspect: h.inspect, RunNow: h.RunNow, OpenItems: h.openItems,
		Links: links, Started: time.Now(), Log: h.log,
	}
	for _, channel := range h.channels() {
		view := web.Channel{Key: channel, Title: or(titles[channel.Name], channel.String())}
		for _, f := range h.flows {
			if f.channel != channel {
				continue
			}
			spec, err := river.ParseSpec(f.when)
			if err != nil {
				return nil, err
			}
			view.Flows = append(view.Flows, web.Flow{Name: f.name, Title: f.title, When: f.when, Next: spec.Next})
		}
		config.Channels = append(config.Channels, view)
	}
	if h.events != nil {
		config.Channels = append(config.Channels, web.Channel{
			Key: eventsChannel, Title: titles[eventsChannel.Name], About: h.eventsAbout(),
			Flows: []web.Flow{{Name: sendEvents, Title: "Events out", When: "as things happen", Kind: cloudevents.Kind}},
		})
	}
	return web.New(config)
}

// openItems are what is open with the payment provider by Odoo's books.
func (h *hub) openItems(ctx context.Context) ([]retailsync.OpenSettlementItem, error) {
	if h.bank == nil {
		return nil, nil
	}
	return h.connector.OpenSettlementItems(ctx, h.bank.Channel())
}
