package woocommerce_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/sample"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
)

// Every recorded order decodes and validates.
func TestRecordedOrders(t *testing.T) {
	t.Parallel()
	folder := sample.Folder(t, "woocommerce")
	var refunds []json.RawMessage
	if err := json.Unmarshal(sample.Read(t, filepath.Join(folder, "refund_02.json")), &refunds); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "order_*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no orders in the folder: %v", err)
	}
	channel := canonical.Channel{Name: woocommerce.Name, Account: "main"}
	for _, file := range files {
		content := sample.Read(t, file)
		orders := []json.RawMessage{content}
		if bytes.HasPrefix(bytes.TrimSpace(content), []byte("[")) {
			if err := json.Unmarshal(content, &orders); err != nil {
				t.Fatal(err)
			}
		}
		for _, body := range orders {
			var with []json.RawMessage
			if bytes.Contains(body, []byte(`"id": 726`)) {
				with = refunds
			}
			order, err := woocommerce.DecodeOrder(channel, body, with...)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			if err := order.Validate(); err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
			}
			if testing.Verbose() {
				text, _ := json.MarshalIndent(order, "", " ")
				t.Logf("%s", text)
			}
		}
	}
}
