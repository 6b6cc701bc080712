package river_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
	"github.com/retailsync/retailsync/worker/webhook"
)

// A worker on one file: what was accepted is done, whatever happens to the process.
func ExampleOpenSQLite() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	store, err := river.OpenSQLite(ctx, filepath.Join(folder, "worker.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	w, err := worker.New(store.Ledger(), store.Engine(), []worker.Channel{{Name: "shop/main"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan string)
	if err := w.Handle("order", func(_ context.Context, d worker.Delivery) error {
		done <- d.Event.Key
		return nil
	}, worker.Policy{}); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := w.Ingest(ctx, worker.Event{Source: "example", ID: "1", Channel: "shop/main", Kind: "order", Key: "order/1001", Class: worker.Orders}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(<-done)
	if err := w.Stop(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// order/1001
}

// channel is what the worker of docs/worker.md needs of a shop.
type channel interface {
	marketplace.OrderLister
	marketplace.OrderGetter
	marketplace.WebhookReceiver
}

// orderHandler is the handler of docs/worker.md for notices of orders.
func orderHandler(connector *retailsync.Connector, shop channel) worker.Handler {
	return func(ctx context.Context, d worker.Delivery) error {
		notice, err := webhook.NoticeOf(d.Event)
		if err != nil {
			return err
		}
		report, err := connector.ImportOrder(ctx, shop, []string{notice.Key.ID})
		if err != nil {
			return err
		}
		for _, failed := range report.Failed() {
			err = errors.Join(err, failed.Err)
		}
		return err
	}
}

// pollHandler reads what no webhook told of. Orders that fail are found again by the next poll, which tries them.
func pollHandler(connector *retailsync.Connector, shop channel) worker.Handler {
	return func(ctx context.Context, _ worker.Delivery) error {
		_, err := connector.ResumeOrders(ctx, shop, time.Now().Add(-24*time.Hour))
		return err
	}
}

// compose is the worker of docs/worker.md.
func compose(ctx context.Context, connector *retailsync.Connector, shop channel) (*worker.Worker, *river.Store, error) {
	store, err := river.OpenSQLite(ctx, "worker.db")
	if err != nil {
		return nil, nil, err
	}
	name := shop.Channel().String()
	schedules, err := river.Schedules([]river.Rule{
		{Workflow: "poll-orders", Channel: name, When: "every 5m"},
	})
	if err != nil {
		return nil, store, err
	}
	w, err := worker.New(store.Ledger(), store.Engine(),
		[]worker.Channel{{Name: name, Database: "erp"}},
		worker.WithDatabase("erp", 8), worker.WithSchedules(schedules...))
	if err != nil {
		return nil, store, err
	}
	return w, store, errors.Join(
		w.Handle("order", orderHandler(connector, shop), worker.Policy{OnDead: worker.SkipEvent}),
		w.Handle("poll-orders", pollHandler(connector, shop), worker.Policy{OnDead: worker.SkipEvent}),
	)
}

// serve runs the worker of docs/worker.md until ctx ends.
func serve(ctx context.Context, w *worker.Worker, shop channel) error {
	if err := w.Start(ctx); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/webhooks/shop", webhook.New(w, shop))
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.WithoutCancel(ctx))
	}()
	err := server.ListenAndServe()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return errors.Join(err, w.Stop(stopping))
}

var _, _ = compose, serve // run by users
