package main

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// account is part of every External ID in Odoo. It and the ids of the orders never change, so a second run of this
// program on the same database finds the orders of the first.
const account = "quickstart"

// badOrder is the one sample order that must fail: Odoo has no product of its SKU.
const (
	badOrder = "woocommerce/quickstart/990111"
	badSKU   = "QS-POSTER"
)

//go:embed orders/woocommerce.json
var wooOrders []byte

//go:embed orders/medusa.json
var medusaOrders []byte

// channel is what the quickstart needs of a shop.
type channel interface {
	marketplace.OrderLister
	marketplace.OrderGetter
}

// shop is a channel and how many sample orders it has.
type shop struct {
	channel
	orders int
}

type shops struct {
	all   []shop
	close func()
}

// openShops starts the two shops inside this process. Against real ones only the addresses and keys differ.
func openShops() (*shops, error) {
	fromWoo, err := split(wooOrders)
	if err != nil {
		return nil, fmt.Errorf("orders/woocommerce.json: %w", err)
	}
	fromMedusa, err := split(medusaOrders)
	if err != nil {
		return nil, fmt.Errorf("orders/medusa.json: %w", err)
	}
	const unlimited = 10_000 // calls per second: these shops are in this process
	w := wootest.NewServer(fromWoo...)
	m := medusatest.NewServer(fromMedusa...)
	return &shops{
		all: []shop{
			{woocommerce.New(w.URL, woocommerce.Keys(w.Key, w.Secret),
				woocommerce.WithAccount(account), woocommerce.WithRateLimit(unlimited)), len(fromWoo)},
			{medusa.New(m.URL, medusa.SecretKey(m.SecretKey),
				medusa.WithAccount(account), medusa.WithRateLimit(unlimited)), len(fromMedusa)},
		},
		close: func() { w.Close(); m.Close() },
	}, nil
}

// split returns the objects of a JSON list as texts.
func split(list []byte) ([]string, error) {
	var objects []json.RawMessage
	if err := json.Unmarshal(list, &objects); err != nil {
		return nil, err
	}
	texts := make([]string, len(objects))
	for i, object := range objects {
		texts[i] = string(object)
	}
	return texts, nil
}
