package mapping_test

import (
	"strings"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func TestWorkflows(t *testing.T) {
	t.Parallel()
	rules, err := mapping.Load(strings.NewReader(`version: 1
defaults:
  workflows: {stock: false, returns: false}
channels:
  shop/a: {workflows: {stock: true}}
  shop/b: {}
`), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for account, want := range map[string]map[mapping.Workflow]bool{
		"a": {mapping.WorkflowStock: true, mapping.WorkflowReturns: false, mapping.WorkflowOrders: true},
		"b": {mapping.WorkflowStock: false, mapping.WorkflowReturns: false, mapping.WorkflowOrders: true},
	} {
		channel, err := rules.For(canonical.Channel{Name: "shop", Account: account})
		if err != nil {
			t.Fatal(err)
		}
		for workflow, runs := range want {
			if channel.Runs(workflow) != runs {
				t.Errorf("%s: %s runs: %t, want %t", account, workflow, !runs, runs)
			}
		}
	}
	_, err = mapping.Load(strings.NewReader("version: 1\nchannels:\n  shop/a: {workflows: {refunds: false}}\n"), "rules.yaml")
	if err == nil || !strings.Contains(err.Error(), "workflows.refunds") {
		t.Errorf("an unknown workflow: %v", err)
	}
}
