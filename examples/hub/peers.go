package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/demo"
	"github.com/retailsync/retailsync/examples/internal/backbone"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/generic"
)

// shop is what the hub needs of a shop's adapter.
type shop interface {
	marketplace.OrderLister
	marketplace.OrderGetter
	marketplace.StockPublisher
	marketplace.PricePublisher
	marketplace.ListingPublisher
	marketplace.ShipmentPublisher
	marketplace.CancellationPublisher
	marketplace.WebhookReceiver
}

// desk is what the hub needs of a returns platform's adapter.
type desk interface {
	returns.Lister
	returns.Getter
}

// bank is what the hub needs of a payment provider's adapter.
type bank interface {
	payments.RefundCreator
	payments.RefundGetter
	payments.PayoutLister
	marketplace.WebhookReceiver
}

// peers are the servers that the hub connects.
type peers struct {
	erp   *odoo.Client
	rules *mapping.Rules
	// where says which Odoo it is, for people.
	where string
	shops []shop
	// desk and bank are nil if there is none; returned is the shop whose orders come back at the desk.
	desk     desk
	returned shop
	bank     bank
	// world is set in a demonstration.
	world   *demo.World
	metrics metrics
	close   []func()
}

// openPeers opens the peers of the environment.
func openPeers(ctx context.Context, e environment, told metrics) (*peers, error) {
	p := &peers{metrics: told}
	open := p.openReal
	if e.demo() {
		open = p.openDemo
	}
	if err := open(ctx, e); err != nil {
		p.closeAll()
		return nil, err
	}
	return p, nil
}

func (p *peers) openDemo(ctx context.Context, e environment) error {
	erp, err := demo.OpenOdoo(ctx, e.get, e.postgres == "" && e.folder == "", odoo.WithObserver(p.metrics.Odoo(or(e.get("ODOO_DB"), "odoo"))))
	if err != nil {
		return err
	}
	p.close = append(p.close, erp.Close)
	if p.rules, err = demo.Rules(); err != nil {
		return err
	}
	p.world = &demo.World{Odoo: erp, Shops: demo.OpenShops(p.transport), Desk: demo.OpenDesk(), Bank: demo.OpenBank()}
	p.close = append(p.close, p.world.Shops.Close)
	p.erp, p.where = erp.Client, erp.Where
	p.shops, p.desk, p.bank = []shop{p.world.Shops.Woo, p.world.Shops.Medusa}, p.world.Desk, p.world.Bank
	p.returned = p.world.Shops.Woo
	return nil
}

func (p *peers) openReal(ctx context.Context, e environment) error {
	options := []odoo.Option{odoo.WithObserver(p.metrics.Odoo(or(e.get("ODOO_DB"), "odoo")))}
	if uuid := e.get("ODOO_UUID"); uuid != "" {
		options = append(options, odoo.WithIdentity(odoo.Identity{UUID: uuid}, nil))
	}
	erp, err := backbone.Open(ctx, e.get, options...)
	if err != nil {
		return err
	}
	p.close = append(p.close, erp.Close)
	p.erp, p.where = erp.Client, erp.Where
	if p.rules, err = mapping.LoadFile(e.rules); err != nil {
		return err
	}
	for _, one := range []struct {
		name string
		open func(address, secret string) shop
	}{
		{"WOO", func(address, secret string) shop {
			return woocommerce.New(address, woocommerce.Keys(e.get("WOO_KEY"), e.get("WOO_SECRET")), woocommerce.WithWebhookSecret(secret),
				woocommerce.WithTransport(p.transport(canonical.Channel{Name: woocommerce.Name, Account: "main"})))
		}},
		{"MEDUSA", func(address, secret string) shop {
			return medusa.New(address, medusa.SecretKey(e.get("MEDUSA_KEY")), medusa.WithWebhookSecret(secret),
				medusa.WithTransport(p.transport(canonical.Channel{Name: medusa.Name, Account: "main"})))
		}},
	} {
		address, secret := e.get(one.name+"_URL"), e.get(one.name+"_WEBHOOK_SECRET")
		if address == "" {
			continue
		}
		if secret == "" {
			return fmt.Errorf("%s_WEBHOOK_SECRET is not set: without it every webhook would be refused", one.name)
		}
		p.shops = append(p.shops, one.open(address, secret))
	}
	if key := e.get("STRIPE_KEY"); key != "" {
		p.bank = stripe.New(stripe.Key(key), stripe.WithWebhookSecrets(e.get("STRIPE_WEBHOOK_SECRET")),
			stripe.WithTransport(p.transport(canonical.Channel{Name: "stripe", Account: "main"})))
	}
	return p.openDesk(e)
}

// transport carries the calls to a channel and measures them.
func (p *peers) transport(channel canonical.Channel) http.RoundTripper {
	return p.metrics.Transport(channel, nil)
}

// openDesk opens the returns platform that a file of configuration describes.
func (p *peers) openDesk(e environment) error {
	file := e.get("RETURNS_CONFIG")
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	config, err := generic.Parse(text)
	if err != nil {
		return err
	}
	platform, err := generic.New(config, generic.Secrets{
		Token: e.get("RETURNS_TOKEN"), User: e.get("RETURNS_USER"), Password: e.get("RETURNS_PASSWORD"), Webhook: e.get("RETURNS_WEBHOOK_SECRET"),
	}, generic.WithTransport(p.transport(canonical.Channel{Name: config.Name, Account: config.Account})))
	if err != nil {
		return err
	}
	var ok bool
	if p.desk, ok = platform.(desk); !ok {
		return errors.New("the returns platform cannot list returns")
	}
	orders := canonical.Channel{Name: config.Orders.Name, Account: config.Orders.Account}
	for _, one := range p.shops {
		if one.Channel() == orders {
			p.returned = one
			return nil
		}
	}
	return fmt.Errorf("%s: orders names the channel %q, which is none of the shops here", file, orders)
}

// closeAll closes what was opened, the last first.
func (p *peers) closeAll() {
	for i := len(p.close) - 1; i >= 0; i-- {
		p.close[i]()
	}
}
