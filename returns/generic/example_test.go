package generic_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/generic"
)

// A configuration in YAML, and what becomes of a return of its platform.
func ExampleNew() {
	text, err := os.ReadFile("testdata/aftership.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := generic.Parse(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"meta": {"code": 20000}, "data": {
			"id": "ret0001", "rma_number": "RMA0001", "approval_status": "submitted", "updated_at": "2026-03-01T12:00:00Z",
			"order": {"external_id": "5012345678", "currency": "EUR"},
			"return_items": [
				{"item_id": "1", "external_order_item_id": "1057", "return_quantity": 2, "resolution": "refund_to_original_payment", "refund": {"amount": "39.98"}},
				{"item_id": "2", "external_order_item_id": "1058", "return_quantity": 1, "resolution": "gift_wrapping"}
			]}}`)
	}))
	defer server.Close()
	config.BaseURL = server.URL

	token, secret := "from-your-vault", "from-your-vault-too"
	platform, err := generic.New(config, generic.Secrets{Token: token, Webhook: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", returns.CapabilitiesOf(platform))
	state, err := platform.GetReturn(context.Background(), "ret0001")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(state.Number, state.Approval, "for order", state.Order)
	for _, line := range state.Lines {
		fmt.Println(line.Qty, "of line", line.OrderLineID, line.Resolution, line.RawResolution, line.Refund.Shop, line.RefundKnown)
	}
	// Output:
	// {ListReturns:true GetReturn:true Webhooks:true Decide:true IssueLabels:true ReportReceived:true ReportInspected:true Close:true}
	// RMA0001 requested for order shopify/main/5012345678
	// 2 of line 1057 refund refund_to_original_payment 39.98 true
	// 1 of line 1058 other gift_wrapping 0 false
}
