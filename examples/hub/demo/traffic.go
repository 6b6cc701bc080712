package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// Hub is the hub as the world around it sees it.
type Hub interface {
	// Deliver posts a webhook to the receiver of the channel.
	Deliver(ctx context.Context, channel canonical.Channel, header http.Header, body []byte) error
	// Run runs a flow of a channel once and returns when it is done.
	Run(ctx context.Context, channel canonical.Channel, flow string) error
	// Tell tells a return what the warehouse has found.
	Tell(ctx context.Context, back canonical.Key, events ...returns.Event) error
	// Case is what the hub knows of a return.
	Case(ctx context.Context, back canonical.Key) (returns.Case, error)
}

// World is all that is around the hub.
type World struct {
	Odoo  *Odoo
	Shops *Shops
	Desk  *fake.Platform
	Bank  *Bank
}

// patience is how long a step may take to reach Odoo.
const patience = 3 * time.Minute

// Play has people do what they do in a week: they buy in both shops, one of them an article that nobody told Odoo of; the warehouse packs
// two of the orders; a buyer sends a mug back, and swaps another for a dearer T-shirt; a mug of another buyer arrives and waits for somebody to look at it; the bank pays out, with a payment among it that belongs to no order; and somebody at a
// shop types a level of stock over. In the end both sides are asked whether they agree.
func (w *World) Play(ctx context.Context, hub Hub) error {
	woo, medusa := w.Shops.Woo.Channel(), w.Shops.Medusa.Channel()
	for _, shop := range []canonical.Channel{woo, medusa} {
		// The first poll is over before anybody buys: one that met the unknown article together with its webhook would leave two dead letters.
		if err := errors.Join(hub.Run(ctx, shop, "publish-stock"), hub.Run(ctx, shop, "poll-orders")); err != nil {
			return err
		}
	}
	now, run := time.Now(), w.Odoo.Run
	mugs := w.Shops.buyInWoo(run+"01", "HUB-MUG", "Mug", now.Add(-50*time.Hour))
	shirts := w.Shops.buyInMedusa(run+"02", now.Add(-26*time.Hour))
	posters := w.Shops.buyInWoo(run+"03", "HUB-POSTER", "Poster", now.Add(-3*time.Hour))
	waiting := w.Shops.buyInMedusa(run+"04", now.Add(-20*time.Minute))
	regretted := w.Shops.buyInWoo(run+"05", "HUB-MUG", "Mug", now.Add(-49*time.Hour))
	for _, sold := range []purchase{mugs, shirts, posters, waiting, regretted} {
		header, body := sold.delivery()
		if err := hub.Deliver(ctx, sold.order.Channel, header, body); err != nil {
			return err
		}
	}
	if err := w.pack(ctx, hub, mugs, map[string]int{"HUB-MUG": 2}); err != nil {
		return err
	}
	if err := w.pack(ctx, hub, regretted, map[string]int{"HUB-MUG": 2}); err != nil {
		return err
	}
	if err := w.pack(ctx, hub, shirts, map[string]int{"HUB-TEE": 3, "HUB-CAP": 1}); err != nil {
		return err
	}
	if _, err := w.arrived(ctx, waiting); err != nil {
		return err
	}
	return errors.Join(w.settle(ctx, hub, shirts), w.sendBack(ctx, hub, mugs), w.swap(ctx, hub, mugs), w.regret(ctx, hub, regretted), w.mistype(ctx, hub), w.compare(ctx, hub))
}

// compare asks both sides whether they agree.
func (w *World) compare(ctx context.Context, hub Hub) error {
	var errs []error
	for _, shop := range []canonical.Channel{w.Shops.Woo.Channel(), w.Shops.Medusa.Channel()} {
		errs = append(errs, hub.Run(ctx, shop, "survey-orders"), hub.Run(ctx, shop, "survey-stock"))
	}
	return errors.Join(append(errs, hub.Run(ctx, w.Desk.Channel(), "survey-returns"), hub.Run(ctx, w.Bank.Channel(), "survey-settlements"))...)
}

// arrived waits until an order is in Odoo.
func (w *World) arrived(ctx context.Context, sold purchase) (id int64, err error) {
	err = until(ctx, "order "+sold.order.String()+" in Odoo", func(ctx context.Context) (there bool, err error) {
		id, there, err = w.Odoo.Has(ctx, sold.order)
		return there, err
	})
	return id, err
}

// pack delivers an order in full.
func (w *World) pack(ctx context.Context, hub Hub, sold purchase, units map[string]int) error {
	order, err := w.arrived(ctx, sold)
	if err != nil {
		return err
	}
	if err := w.ship(ctx, order, sold.number, units); err != nil {
		return err
	}
	return errors.Join(hub.Run(ctx, sold.order.Channel, "publish-shipments"), hub.Run(ctx, sold.order.Channel, "publish-stock"))
}

// ship has the warehouse pack what Odoo knows under an id. What was just confirmed may be held for a moment by the run that confirms it.
func (w *World) ship(ctx context.Context, order int64, number string, units map[string]int) error {
	var failed error
	if err := until(ctx, "the delivery of "+number, func(ctx context.Context) (bool, error) {
		failed = w.Odoo.Ship(ctx, order, "TRACK-"+number, units)
		return failed == nil, nil
	}); err != nil {
		return errors.Join(err, failed)
	}
	return nil
}

// sendBack has the buyer send one unit back, and the warehouse find it good.
func (w *World) sendBack(ctx context.Context, hub Hub, sold purchase) error {
	if err := w.paid(ctx, sold); err != nil {
		return err
	}
	return w.back(ctx, hub, request(sold, sold.number+"1", "HUB-MUG"), returns.Received{Line: "1", Qty: decimal.One, By: returns.FromPerson}, good)
}

// regret has a buyer send one unit back, at which nobody has looked yet: the pages have a form for it.
func (w *World) regret(ctx context.Context, hub Hub, sold purchase) error {
	if err := w.paid(ctx, sold); err != nil {
		return err
	}
	return w.back(ctx, hub, request(sold, sold.number+"1", "HUB-MUG"), returns.Received{Line: "1", Qty: decimal.One, By: returns.FromPerson})
}

// paid has the bank hold what was paid for an order, and an accountant invoice it.
func (w *World) paid(ctx context.Context, sold purchase) error {
	order, _, err := w.Odoo.Has(ctx, sold.order)
	if err != nil {
		return err
	}
	w.Bank.take(sold.payment, sold.number, sold.amount, decimal.MustParse("1.09"))
	return w.Odoo.Invoice(ctx, order, sold.number)
}

// swap has the buyer send another unit back for something dearer, and pay what it costs more; then it is packed, and the return is done.
func (w *World) swap(ctx context.Context, hub Hub, sold purchase) error {
	asked := exchange(sold, sold.number+"1", "HUB-MUG", "HUB-TEE")
	if err := w.back(ctx, hub, asked, returns.Received{Line: "1", Qty: decimal.One, By: returns.FromPerson}, good); err != nil {
		return err
	}
	var charge string
	if err := until(ctx, "what the buyer of order "+sold.number+" has to pay", func(context.Context) (asked bool, err error) {
		charge, asked = w.Bank.payFor(sold.order)
		return asked, nil
	}); err != nil {
		return err
	}
	header, body, err := w.Bank.delivery(marketplace.NoticeCharge, charge)
	if err != nil {
		return err
	}
	if err := hub.Deliver(ctx, w.Bank.Channel(), header, body); err != nil {
		return err
	}
	var order int64
	if err := until(ctx, "the order of what goes out for return "+asked.Number, func(ctx context.Context) (bool, error) {
		known, err := hub.Case(ctx, asked.Key)
		order = placed(known)
		return order > 0, err
	}); err != nil {
		return err
	}
	if err := w.ship(ctx, order, asked.Number, map[string]int{"HUB-TEE": 1}); err != nil {
		return err
	}
	if err := hub.Run(ctx, asked.Key.Channel, "process-returns"); err != nil {
		return err
	}
	return until(ctx, "the end of return "+asked.Number, func(ctx context.Context) (bool, error) {
		known, err := hub.Case(ctx, asked.Key)
		return known.Status == returns.CaseClosed, err
	})
}

// placed is the order in Odoo of what goes out for a return; 0 while there is none.
func placed(known returns.Case) (order int64) {
	for _, effect := range known.Effects {
		if id, ok := strings.CutPrefix(effect.Reference, "sale.order,"); ok && effect.Kind == returns.EffectExchange && effect.Status == returns.EffectDone {
			order, _ = strconv.ParseInt(id, 10, 64)
		}
	}
	return order
}

// good is what the warehouse finds in the unit that comes back.
var good = returns.Inspected{Line: "1", By: returns.FromPerson, Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}}

// back has a return come: it is asked for and approved, and the warehouse says what it has found.
func (w *World) back(ctx context.Context, hub Hub, wanted canonical.Return, found ...returns.Event) error {
	asked := w.Desk.Put(wanted)
	header, body := w.Desk.Delivery(asked.Key.ID)
	if err := hub.Deliver(ctx, w.Desk.Channel(), header, body); err != nil {
		return err
	}
	if err := until(ctx, "approval of return "+asked.Number, func(context.Context) (bool, error) {
		state, ok := w.Desk.Return(asked.Key.ID)
		return ok && state.Approval == canonical.ReturnApproved, nil
	}); err != nil {
		return err
	}
	// A run that looks at the return just then holds it for a moment; telling the same again changes nothing.
	var failed error
	err := until(ctx, "what the warehouse found of return "+asked.Number, func(ctx context.Context) (bool, error) {
		failed = hub.Tell(ctx, asked.Key, found...)
		return failed == nil, nil
	})
	if err != nil {
		return errors.Join(err, failed)
	}
	return nil
}

// settle has the bank pay out what it holds.
func (w *World) settle(ctx context.Context, hub Hub, sold purchase) error {
	w.Bank.take(sold.payment, sold.number, sold.amount, decimal.MustParse("2.90"))
	w.Bank.take("pay_stranger", w.Odoo.Run+"99", decimal.MustParse("59.00"), decimal.MustParse("1.71"))
	if err := w.Bank.payOut(w.Odoo.Run); err != nil {
		return err
	}
	header, body, err := w.Bank.delivery(marketplace.NoticePayout, "latest")
	if err != nil {
		return err
	}
	return errors.Join(hub.Deliver(ctx, w.Bank.Channel(), header, body), hub.Run(ctx, w.Bank.Channel(), "import-settlements"))
}

// mistype has somebody at the shop type a level of stock over, which the nightly comparison finds.
func (w *World) mistype(ctx context.Context, hub Hub) error {
	w.Shops.meddle("HUB-CAP", 99)
	return hub.Run(ctx, w.Shops.Woo.Channel(), "reconcile-stock")
}

// until asks again and again until it is so.
func until(ctx context.Context, what string, so func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := so(ctx)
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}
