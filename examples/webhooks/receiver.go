package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/marketplace"
)

const (
	// maxBody bounds what is read of a delivery. WooCommerce sends the whole order.
	maxBody = 1 << 20
	// patience bounds one import. WooCommerce waits for 60 seconds.
	patience = 45 * time.Second
	// retryAfter is when to send again what may work later.
	retryAfter = 30 * time.Second
)

// channel is what the receiver needs of a shop.
type channel interface {
	marketplace.OrderLister
	marketplace.OrderGetter
	marketplace.WebhookReceiver
}

// receiver answers the webhooks of one shop.
//
// It answers 2xx only when the orders are in Odoo as the shop has them now, or when there is nothing to do. Whatever else
// it answers makes the shop send again, which is safe: a notice carries no state, and an import may be repeated.
//
//	204  imported, or nothing that concerns orders
//	400  the body cannot be read
//	401  the signature is wrong
//	413  the body is larger than 1 MiB
//	500  the order was set aside: somebody must repair it or the rules
//	503  Odoo or the shop is out of reach: later it may work
type receiver struct {
	connector *retailsync.Connector
	shop      channel
	log       *slog.Logger
}

// ServeHTTP implements [http.Handler].
func (h *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > maxBody {
		h.refuse(w, http.StatusRequestEntityTooLarge, nil)
		return
	}
	// The limit stands before the signature: anybody can send a large body. The signature is over the raw bytes.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		h.refuse(w, http.StatusRequestEntityTooLarge, nil)
		return
	}
	if err != nil {
		h.refuse(w, http.StatusBadRequest, err)
		return
	}
	notices, err := h.shop.ReceiveWebhook(r.Context(), r.Header, body)
	switch marketplace.CodeOf(err) {
	case marketplace.CodeUnauthenticated:
		h.refuse(w, http.StatusUnauthorized, err)
		return
	case marketplace.CodeInvalid:
		h.refuse(w, http.StatusBadRequest, err)
		return
	}
	if err != nil {
		h.refuse(w, http.StatusInternalServerError, err)
		return
	}
	ids := orders(notices)
	if len(ids) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	// A shop that hangs up does not stop an import that has begun.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	report, err := h.connector.ImportOrder(ctx, h.shop, ids)
	if err != nil {
		h.later(w, err)
		return
	}
	h.answer(w, report)
}

// answer says what came of the orders.
func (h *receiver) answer(w http.ResponseWriter, report *retailsync.Report) {
	var lasting, passing error
	for _, failed := range report.Failed() {
		var failure *retailsync.OrderError
		switch {
		case marketplace.CodeOf(failed.Err) == marketplace.CodeNotFound:
			// Deleted for good in the shop: sending again brings it back as little as waiting does.
			h.log.Warn("the order does not exist in the shop any more", "order", failed.Order.String())
		case errors.As(failed.Err, &failure) && failure.Retryable():
			passing = errors.Join(passing, failed.Err)
		default:
			lasting = errors.Join(lasting, failed.Err)
		}
	}
	switch {
	case lasting != nil:
		h.refuse(w, http.StatusInternalServerError, errors.Join(lasting, passing))
	case passing != nil:
		h.later(w, passing)
	default:
		h.log.Info("imported", "channel", h.shop.Channel().String(), "report", report.String())
		w.WriteHeader(http.StatusNoContent)
	}
}

func (h *receiver) later(w http.ResponseWriter, err error) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	h.refuse(w, http.StatusServiceUnavailable, err)
}

// refuse logs why and answers the status alone: the reason is not for who sent the request.
func (h *receiver) refuse(w http.ResponseWriter, status int, err error) {
	h.log.Warn("webhook refused", "channel", h.shop.Channel().String(), "status", status, "error", err)
	http.Error(w, http.StatusText(status), status)
}

// orders returns the ids of the orders that the notices are about, each once.
func orders(notices []marketplace.Notice) []string {
	var ids []string
	seen := map[string]bool{}
	for _, notice := range notices {
		if notice.Kind == marketplace.NoticeOrder && !seen[notice.Key.ID] {
			seen[notice.Key.ID] = true
			ids = append(ids, notice.Key.ID)
		}
	}
	return ids
}
