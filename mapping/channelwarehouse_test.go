package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/mapping"
)

func TestChannelWarehouseRule(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nchannels:\n  shop/main:\n    channel_warehouse: "
	rules, err := mapping.LoadBytes([]byte(head+"FBA\n"), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range rules.Channels {
		if diff := cmp.Diff(mapping.Name("FBA"), channel.ChannelWarehouse); diff != "" {
			t.Error(diff)
		}
	}
	if problems := problemsOf(t, head+"\" FBA\"\n"); len(problems) != 1 || problems[0].Path != "channels.shop/main.channel_warehouse" {
		t.Errorf("%v", problems)
	}
}
