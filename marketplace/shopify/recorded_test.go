package shopify_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/sample"
	"github.com/retailsync/retailsync/marketplace/shopify"
)

// The recorded orders decode and validate.
func TestRecordedOrders(t *testing.T) {
	t.Parallel()
	folder := sample.Folder(t, "shopify")
	var recorded struct {
		Orders []json.RawMessage `json:"orders"`
	}
	if err := json.Unmarshal(sample.Read(t, filepath.Join(folder, "orders.json")), &recorded); err != nil {
		t.Fatal(err)
	}
	for _, body := range recorded.Orders {
		order, err := shopify.DecodeRESTOrder(channel, body)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := order.Validate(); err != nil {
			t.Error(err)
		}
		if order.Status != canonical.StatusCancelled || !order.Flags.Test || order.StatusReason != "customer" {
			t.Errorf("got %s (%s), test %v", order.Status, order.StatusReason, order.Flags.Test)
		}
	}
	if len(recorded.Orders) == 0 {
		t.Error("no orders in the file")
	}
}
