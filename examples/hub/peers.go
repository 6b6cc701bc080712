package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"

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

// platform is what the hub needs of a returns platform's adapter.
type platform interface {
	returns.Lister
	returns.Getter
}

// desk is where goods come back: a platform of its own, or a shop that is its own.
type desk struct {
	// platform may do more than its interface says, so the flows are given it and not the desk.
	platform platform
	// orders is the shop whose orders come back there.
	orders shop
}

// Channel is the platform's.
func (d desk) Channel() canonical.Channel { return d.platform.Channel() }

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
	desks []desk
	// bank is nil if there is none.
	bank bank
	// charger is the bank where it asks buyers for money; nil if nobody does.
	charger payments.ChargeCreator
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
	p.shops, p.bank = []shop{p.world.Shops.Woo, p.world.Shops.Medusa}, p.world.Bank
	p.charger = p.world.Bank
	p.desks = []desk{{p.world.Desk, p.world.Shops.Woo}}
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
	if err := p.openShops(e); err != nil {
		return err
	}
	p.openBank(e)
	return errors.Join(p.openDesk(e), p.ownDesks())
}

// openBank opens the account with Stripe. It asks buyers for money where there is a page for those who have paid.
func (p *peers) openBank(e environment) {
	key := e.get("STRIPE_KEY")
	if key == "" {
		return
	}
	account := stripe.New(stripe.Key(key), stripe.WithWebhookSecrets(e.get("STRIPE_WEBHOOK_SECRET")), stripe.WithPaidPage(e.paidPage),
		stripe.WithTransport(p.transport(canonical.Channel{Name: "stripe", Account: "main"})))
	p.bank = account
	if e.paidPage != "" {
		p.charger = account
	}
}

// openShops opens the shops that the environment names.
func (p *peers) openShops(e environment) error {
	for _, one := range []struct {
		variables, name string
		open            func(address, secret string, channel canonical.Channel) shop
	}{
		{"WOO", woocommerce.Name, func(address, secret string, channel canonical.Channel) shop {
			return woocommerce.New(address, woocommerce.Keys(e.get("WOO_KEY"), e.get("WOO_SECRET")), woocommerce.WithAccount(channel.Account),
				woocommerce.WithWebhookSecret(secret), woocommerce.WithTransport(p.transport(channel)))
		}},
		{"MEDUSA", medusa.Name, func(address, secret string, channel canonical.Channel) shop {
			options := []medusa.Option{medusa.WithAccount(channel.Account), medusa.WithWebhookSecret(secret), medusa.WithTransport(p.transport(channel))}
			if place := e.get("MEDUSA_RETURN_LOCATION"); place != "" {
				options = append(options, medusa.WithReturnLocation(place))
			}
			if rules, err := p.rules.For(channel); err == nil && !rules.Returns.Inspection.IsZero() {
				options = append(options, medusa.WithReceiptsAtInspection()) // what nobody has looked at yet is not to be sold
			}
			return medusa.New(address, medusa.SecretKey(e.get("MEDUSA_KEY")), options...)
		}},
	} {
		address, secret := e.get(one.variables+"_URL"), e.get(one.variables+"_WEBHOOK_SECRET")
		if address == "" {
			continue
		}
		if secret == "" {
			return fmt.Errorf("%s_WEBHOOK_SECRET is not set: without it every webhook would be refused", one.variables)
		}
		p.shops = append(p.shops, one.open(address, secret, canonical.Channel{Name: one.name, Account: or(e.get(one.variables+"_ACCOUNT"), "main")}))
	}
	return nil
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
	opened, err := generic.New(config, generic.Secrets{
		Token: e.get("RETURNS_TOKEN"), User: e.get("RETURNS_USER"), Password: e.get("RETURNS_PASSWORD"), Webhook: e.get("RETURNS_WEBHOOK_SECRET"),
	}, generic.WithTransport(p.transport(canonical.Channel{Name: config.Name, Account: config.Account})))
	if err != nil {
		return err
	}
	lists, ok := opened.(platform)
	if !ok {
		return errors.New("the returns platform cannot list returns")
	}
	orders := canonical.Channel{Name: config.Orders.Name, Account: config.Orders.Account}
	for _, one := range p.shops {
		if one.Channel() == orders {
			p.desks = append(p.desks, desk{lists, one})
			return nil
		}
	}
	return fmt.Errorf("%s: orders names the channel %q, which is none of the shops here", file, orders)
}

// ownDesks has the shops that take returns themselves do so, where the rules say what becomes of returns and no platform has them.
func (p *peers) ownDesks() error {
	for _, one := range p.shops {
		rules, err := p.rules.For(one.Channel())
		if err != nil {
			return err
		}
		lists, ok := one.(platform)
		if !ok || reflect.ValueOf(rules.Returns).IsZero() || slices.ContainsFunc(p.desks, func(d desk) bool { return d.orders == one }) {
			continue
		}
		p.desks = append(p.desks, desk{lists, one})
	}
	return nil
}

// closeAll closes what was opened, the last first.
func (p *peers) closeAll() {
	for i := len(p.close) - 1; i >= 0; i-- {
		p.close[i]()
	}
}
