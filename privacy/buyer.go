package privacy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// Buyer is what Odoo has of a person. It holds neither an address nor a name.
type Buyer struct {
	// Hash stands for what the person was looked for by, where that must not be written: the beginning of a hash of it. It is no secret: whoever has
	// the address can tell that it is this one.
	Hash string
	// Orders are the person's orders at the channels, for a [Request].
	Orders []canonical.Key
	// Partners are the person's contacts in Odoo and those below them (res.partner); OtherOrders are sale orders of theirs that no channel
	// named here knows. What Odoo holds is for a person to decide about, by Odoo's own means: nothing here changes it.
	Partners, OtherOrders []int64
}

// FindBuyer is [FindPerson] by one mail address.
func FindBuyer(ctx context.Context, erp *odoo.Client, channels []canonical.Channel, mail string) (Buyer, error) {
	return FindPerson(ctx, erp, channels, Person{Mails: []string{mail}})
}

// found completes a buyer by those of the contacts that are the person's own.
func found(ctx context.Context, erp *odoo.Client, channels []canonical.Channel, buyer Buyer, own []int64) (Buyer, error) {
	if len(own) == 0 {
		return buyer, nil
	}
	var err error
	if buyer.Partners, err = ids(ctx, erp, "res.partner", odoo.Or(odoo.In("id", own), odoo.In("parent_id", own))); err != nil {
		return buyer, err
	}
	orders, err := ids(ctx, erp, "sale.order", odoo.Or(
		odoo.In("partner_id", buyer.Partners), odoo.In("partner_invoice_id", buyer.Partners), odoo.In("partner_shipping_id", buyer.Partners)))
	if err != nil {
		return buyer, err
	}
	names, err := sale.ExternalIDs(ctx, erp, orders)
	if err != nil {
		return buyer, fmt.Errorf("privacy: read the names of orders: %w", err)
	}
	for _, id := range orders {
		at := slices.IndexFunc(channels, func(channel canonical.Channel) bool {
			_, ok := mapping.OrderOf(channel, names[id])
			return ok
		})
		if at < 0 {
			buyer.OtherOrders = append(buyer.OtherOrders, id)
			continue
		}
		order, _ := mapping.OrderOf(channels[at], names[id])
		buyer.Orders = append(buyer.Orders, canonical.Key{Channel: channels[at], ID: order})
	}
	return buyer, nil
}

// ids are the records that fit, archived ones too, by id.
func ids(ctx context.Context, erp *odoo.Client, model string, domain odoo.Domain) ([]int64, error) {
	found, err := odoo.Invoke[[]int64](ctx, erp, odoo.Call{
		Model: model, Method: "search", Args: odoo.Args{"domain": domain, "order": "id"}, Context: odoo.Context{"active_test": false},
	})
	var refused *odoo.Error
	if errors.As(err, &refused) { // whatever the server quotes stays out
		return nil, fmt.Errorf("privacy: search of %s: %s: see that the user may read it", model, refused.Code)
	}
	return found, err
}
