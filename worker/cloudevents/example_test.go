package cloudevents_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
)

// A help desk is told what becomes of returns. The process that publishes and the one that delivers may be different ones.
func Example() {
	desk := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		message, err := cehttp.NewEventFromHTTPRequest(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(message.Type(), message.Source(), message.Subject())
		fmt.Println(string(message.Data()))
	}))
	defer desk.Close()
	key, err := cloudevents.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		fmt.Println(err)
		return
	}
	publisher, err := cloudevents.New([]cloudevents.Subscription{
		{Name: "helpdesk", URL: desk.URL, Events: []string{"return.*"}, Keys: cloudevents.FixedKeys(key)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := worker.New(worker.NewMemory(), worker.NewMemoryEngine(), publisher.Channels())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Handle(cloudevents.Kind, publisher.Deliver, worker.Policy{}); err != nil {
		fmt.Println(err)
		return
	}
	// The flows append to the journal; here we do.
	shop := canonical.Channel{Name: "woocommerce", Account: "main"}
	returned := canonical.Event{
		ID: "9f2c", Type: canonical.EventReturnRefunded, At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		Subject: canonical.Key{Channel: shop, ID: "7"}, Order: canonical.Key{Channel: shop, ID: "1001"}, Record: "account.move,42",
	}
	ctx := context.Background()
	journal := publisher.Journal(w, &retailsync.MemoryJournal{})
	for range 2 { // a repeated run says it again
		if err := journal.Append(ctx, returned); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Any engine can call Perform; here we are the engine.
	fmt.Println("performed:", w.Perform(ctx, worker.Task{Seq: 1, Channel: "cloudevents/helpdesk", Key: "order/woocommerce/main/1001", Class: worker.Orders}))
	// Output:
	// dev.retailsync.return.refunded /retailsync/woocommerce/main return/7
	// {"kind":"return","subject":{"channel":{"name":"woocommerce","account":"main"},"id":"7"},"order":{"channel":{"name":"woocommerce","account":"main"},"id":"1001"},"record":"account.move,42"}
	// performed: <nil>
}

// subscriptions are those of docs/cloudevents.md.
func subscriptions(current, previous cloudevents.Key) []cloudevents.Subscription {
	return []cloudevents.Subscription{
		{
			Name: "helpdesk", URL: "https://helpdesk.example.com/hooks/retail",
			Events: []string{"return.*", "order.cancelled", "shipment.*"},
			Keys:   cloudevents.FixedKeys(current, previous),
		},
		{
			Name: "mailing", URL: "https://mailing.example.com/events",
			Events: []string{"shipment.delivered"}, Channels: []string{"woocommerce/*"},
			Keys: cloudevents.FixedKeys(current),
		},
	}
}

// compose is the worker of docs/cloudevents.md.
func compose(ledger worker.Ledger, engine worker.Engine, channels []worker.Channel, wanted []cloudevents.Subscription, file retailsync.Journal) (*worker.Worker, *cloudevents.Journal, error) {
	publisher, err := cloudevents.New(wanted, cloudevents.WithSource("https://hub.example.com/production"))
	if err != nil {
		return nil, nil, err
	}
	w, err := worker.New(ledger, engine, append(channels, publisher.Channels()...))
	if err != nil {
		return nil, nil, err
	}
	if err := w.Handle(cloudevents.Kind, publisher.Deliver, worker.Policy{}); err != nil {
		return nil, nil, err
	}
	journal := publisher.Journal(w, file)
	return w, journal, nil
}

// catchUp is what docs/cloudevents.md does when a process starts.
func catchUp(ctx context.Context, journal *cloudevents.Journal, path string, sealKey []byte, since time.Time) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = retailsync.VerifyJournal(file, sealKey, func(event canonical.Event) error {
		if event.At.Before(since) {
			return nil
		}
		return journal.Publish(ctx, event)
	})
	return err
}

var _, _, _ = subscriptions, compose, catchUp // run by users
