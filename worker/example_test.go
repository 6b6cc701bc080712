package worker_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/worker"
)

// An event that only a person can help becomes a dead letter, which says what to do, and is replayed afterwards.
func Example() {
	ctx := context.Background()
	w, err := worker.New(worker.NewMemory(), worker.NewMemoryEngine(), []worker.Channel{{Name: "woocommerce/main"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ruleThere := false
	err = w.Handle("order", func(_ context.Context, d worker.Delivery) error {
		if !ruleThere {
			return worker.AskPerson(errors.New("no rule for tax 7.7%"), worker.RunbookRules)
		}
		return nil
	}, worker.Policy{})
	if err != nil {
		fmt.Println(err)
		return
	}
	event := worker.Event{Source: "woocommerce/main/webhook", ID: "d-17", Channel: "woocommerce/main", Kind: "order", Key: "order/1001", Class: worker.Orders}
	for range 2 { // the shop sends it again
		receipts, err := w.Ingest(ctx, event)
		fmt.Println(receipts, err)
	}
	// Any engine can call Perform; here we are the engine.
	task := worker.Task{Seq: 1, Channel: event.Channel, Key: event.Key, Class: event.Class}
	fmt.Println("performed:", w.Perform(ctx, task))

	why, err := w.Explain(ctx, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(why.Record.State, "-", why.Record.Problem.Text, "-", why.WayOut)

	ruleThere = true
	decision := worker.Decision{By: "ann", Reason: "added the rule"}
	all := worker.Filter{Channel: "woocommerce/main"}
	would, err := w.Replay(ctx, all, decision, true)
	fmt.Println("would replay", len(would), err)
	if _, err := w.Replay(ctx, all, decision, false); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("performed:", w.Perform(ctx, task))
	trail, err := w.Audit(ctx, worker.AuditFilter{Seq: 1})
	for _, entry := range trail {
		fmt.Printf("%s %q\n", entry.Action, entry.Reason)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// [{1 false}] <nil>
	// [{1 true}] <nil>
	// performed: <nil>
	// dead - no rule for tax 7.7% - Add the rule that the error shows. Then replay it.
	// would replay 1 <nil>
	// performed: <nil>
	// accepted ""
	// died "no rule for tax 7.7%"
	// replayed "added the rule"
	// done ""
}
