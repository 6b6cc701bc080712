package mapping

import (
	"maps"
	"slices"
)

// Workflow is one of the flows of a channel, for [ChannelRules.Workflows].
type Workflow string

// The workflows.
const (
	WorkflowOrders        Workflow = "orders"
	WorkflowStock         Workflow = "stock"
	WorkflowPrices        Workflow = "prices"
	WorkflowListings      Workflow = "listings"
	WorkflowShipments     Workflow = "shipments"
	WorkflowCancellations Workflow = "cancellations"
	WorkflowReturns       Workflow = "returns"
	WorkflowSettlements   Workflow = "settlements"
	WorkflowPayments      Workflow = "payments" // the registered payments of orders meet their invoices
)

// Runs reports whether a workflow of the channel writes. One that does not only shows what it would do.
func (c Channel) Runs(workflow Workflow) bool {
	runs, said := c.Workflows[workflow]
	return runs || !said
}

func checkWorkflows(ps *problems, path string, workflows map[Workflow]bool) {
	for _, workflow := range slices.Sorted(maps.Keys(workflows)) {
		knownKey(ps, join(path, string(workflow)), workflow, WorkflowOrders, WorkflowStock, WorkflowPrices, WorkflowListings, WorkflowShipments,
			WorkflowCancellations, WorkflowReturns, WorkflowSettlements, WorkflowPayments)
	}
}
