package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// receiverPath is where the webhooks of a channel are received.
func receiverPath(channel canonical.Channel) string { return "/webhooks/" + channel.String() }

// receivers adds the receiver of each channel that sends webhooks, and returns their paths.
func (h *hub) receivers(mux *http.ServeMux) []string {
	var paths []string
	add := func(peer any, kinds ...marketplace.NoticeKind) {
		receiver, ok := peer.(marketplace.WebhookReceiver)
		if !ok {
			return
		}
		path := receiverPath(receiver.Channel())
		mux.Handle(path, webhook.New(h.worker, receiver, webhook.WithLogger(h.log), webhook.WithEvents(only(kinds...))))
		paths = append(paths, path)
	}
	for _, one := range h.shops {
		kinds := []marketplace.NoticeKind{marketplace.NoticeOrder}
		if _, err := h.deskOf(one.Channel().String()); err == nil {
			kinds = append(kinds, marketplace.NoticeReturn)
		}
		add(one, kinds...)
	}
	for _, one := range h.desks {
		if one.Channel() != one.orders.Channel() {
			add(one.platform, marketplace.NoticeReturn)
		}
	}
	if h.bank != nil {
		kinds := []marketplace.NoticeKind{marketplace.NoticeRefund, marketplace.NoticePayout}
		if h.charger != nil {
			kinds = append(kinds, marketplace.NoticeCharge)
		}
		add(h.bank, kinds...)
	}
	return paths
}

// only takes notices of the kinds that the hub does something about.
func only(kinds ...marketplace.NoticeKind) func(marketplace.Notice) (worker.Event, bool) {
	return func(notice marketplace.Notice) (worker.Event, bool) {
		for _, kind := range kinds {
			if notice.Kind == kind {
				return webhook.EventOf(notice)
			}
		}
		return worker.Event{}, false
	}
}

// deliverer posts webhooks to the hub's own receivers, as the shops of the demonstration do.
type deliverer struct {
	client *http.Client
	base   string
}

// Deliver implements [demo.Hub].
func (h *hub) Deliver(ctx context.Context, channel canonical.Channel, header http.Header, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.deliver.base+receiverPath(channel), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = header.Clone()
	response, err := h.deliver.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the receiver of %s answered %s", channel, response.Status)
	}
	return nil
}
