package woocommerce

import (
	"context"
	"net/url"
	"sync"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The shop's own settings that decide how its numbers are to be read, each in its group.
const (
	currencySetting   = "general/woocommerce_currency"
	weightUnitSetting = "products/woocommerce_weight_unit"
)

// shopSettings are what was read of the shop's settings. They hold for as long as the process lives: a shop that
// changes its currency is another channel.
type shopSettings struct {
	mu    sync.Mutex
	known map[string]string
}

// setting reads one of the shop's settings, once.
func (a *Adapter) setting(ctx context.Context, op, name string) (string, error) {
	a.settings.mu.Lock()
	defer a.settings.mu.Unlock()
	if value, ok := a.settings.known[name]; ok {
		return value, nil
	}
	reply, err := a.client.Get(ctx, op, apiPath+"/settings/"+name, url.Values{"_fields": {"id,value"}})
	if err != nil {
		return "", err
	}
	var answer struct {
		Value wire.Text `json:"value"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return "", err
	}
	value := answer.Value.String()
	if value == "" {
		return "", a.fail(marketplace.CodeInvalid, op, "value", "the shop's setting "+name+" cannot be read: is this WooCommerce 3 or newer?", nil)
	}
	if a.settings.known == nil {
		a.settings.known = map[string]string{}
	}
	a.settings.known[name] = value
	return value, nil
}
