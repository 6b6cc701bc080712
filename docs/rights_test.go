package docs_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/mapping"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	want := []string{
		string(mapping.WorkflowOrders), string(mapping.WorkflowStock), string(mapping.WorkflowPrices), string(mapping.WorkflowListings), string(mapping.WorkflowShipments),
		string(mapping.WorkflowCancellations), string(mapping.WorkflowReturns), string(mapping.WorkflowSettlements), string(mapping.WorkflowPayments),
	}
	if diff := cmp.Diff(want, docs.Workflows()); diff != "" {
		t.Errorf("the page's workflows are not those of the rules: %s", diff)
	}
	for _, workflow := range want {
		for _, series := range []int{14, 19} {
			groups, err := docs.Groups(series, workflow)
			if err != nil || !slices.Contains(groups, "base.group_user") || slices.Contains(groups, "base.group_system") {
				t.Errorf("%s on %d: %v, %v", workflow, series, groups, err)
			}
		}
	}
	both, err := docs.Groups(19, "listings", "orders", "stock")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"account.group_account_readonly", "base.group_partner_manager", "base.group_user", "sales_team.group_sale_salesman_all_leads"}, both); diff != "" {
		t.Error(diff)
	}
	if _, err := docs.Groups(19, "all"); err == nil {
		t.Error("an unknown workflow has rights")
	}
}
