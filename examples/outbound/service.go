package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"os"
	"path/filepath"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency/sqlite"
	"github.com/retailsync/retailsync/mapping"
)

//go:embed rules.yaml
var rulesYAML []byte

// service is what a retailer would run, with a screen to show what it does.
type service struct {
	erp       *backbone
	shops     *shops
	out       *screen
	rules     *mapping.Rules
	connector *retailsync.Connector
	store     *sqlite.Store
	folder    string
	// sold are the orders in Odoo, by the name of their channel.
	sold map[string]int64
}

// newService puts the parts together. The store remembers what the shops were told; here it is a file of this run only.
func newService(ctx context.Context, erp *backbone, shops *shops, out *screen) (*service, error) {
	rules, err := mapping.Load(bytes.NewReader(rulesYAML), "rules.yaml")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "retailsync-outbound-")
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(folder, "store.db"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &service{
		erp: erp, shops: shops, out: out, rules: rules, store: store, folder: folder, sold: map[string]int64{},
		connector: retailsync.New(erp.Client, rules, retailsync.WithStore(store)),
	}, nil
}

func (s *service) close() error { return errors.Join(s.store.Close(), os.RemoveAll(s.folder)) }
