package retailsync_test

import (
	"context"
	"io"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/orderfile"
)

// byHand imports a file of a shop's orders.
func byHand(ctx context.Context, connector *retailsync.Connector, shop marketplace.Adapter, from io.Reader) (*retailsync.Report, error) {
	file, err := orderfile.Read(from, shop.Channel())
	if err != nil {
		return nil, err
	}
	return connector.ImportOrders(ctx, file, time.Time{})
}

// exportByHand imports a shop's export in columns.
func exportByHand(ctx context.Context, connector *retailsync.Connector, shop marketplace.Adapter, from io.ReadSeeker, rules orderfile.Rules) (*retailsync.Report, error) {
	table, err := orderfile.ReadTable(from, shop.Channel(), rules)
	if err != nil {
		return nil, err
	}
	return connector.ImportOrders(ctx, table, time.Time{}, retailsync.DryRun()) // then without
}
