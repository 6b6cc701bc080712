package medusa_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/sample"
	"github.com/retailsync/retailsync/marketplace/medusa"
)

// Every recorded state of an order decodes and validates.
func TestRecordedOrders(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(sample.Folder(t, "medusa"), "order[0-9_]*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no orders in the folder: %v", err)
	}
	channel := canonical.Channel{Name: medusa.Name, Account: "main"}
	count := 0
	for _, file := range files {
		var head struct {
			Order    json.RawMessage `json:"order"`
			Currency string          `json:"currency_code"`
			Created  string          `json:"created_at"`
		}
		body := json.RawMessage(sample.Read(t, file))
		if err := json.Unmarshal(body, &head); err != nil {
			continue // a list
		}
		if head.Order != nil {
			body = head.Order
			if err := json.Unmarshal(body, &head); err != nil {
				t.Fatal(err)
			}
		}
		if head.Currency == "" || head.Created == "" {
			continue // a preview, or the answer with Medusa's default fields
		}
		count++
		order, err := medusa.DecodeOrder(channel, body)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if err := order.Validate(); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		t.Logf("%s: %s, net %s + tax %s = %s", filepath.Base(file), order.Status,
			order.Totals.Net.Shop, order.Totals.Tax.Shop, order.Totals.Grand.Shop)
	}
	if count < 15 {
		t.Errorf("only %d of the recorded states were orders", count)
	}
}
