package privacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// Buyer is what Odoo has of the person with a mail address. It holds neither the address nor a name.
type Buyer struct {
	// Hash stands for the address where it must not be written: the beginning of a hash of it. It is no secret: whoever has the address can tell that
	// it is this one.
	Hash string
	// Orders are the person's orders at the channels, for a [Request].
	Orders []canonical.Key
	// Partners are the contacts in Odoo with the address and those below them (res.partner); OtherOrders are sale orders of theirs that no channel
	// named here knows. What Odoo holds is for a person to decide about, by Odoo's own means: nothing here changes it.
	Partners, OtherOrders []int64
}

// FindBuyer finds the orders of the person with a mail address, by the contacts that Odoo has of it, archived ones too: those that name one of the
// contacts as customer, for the invoice or for the delivery, and that the order flow imported from one of the channels. It compares
// addresses as Odoo normalises them, whatever their case and the name beside them. What a channel has that Odoo has not is not found.
//
// It only reads, so that it is safe to repeat. Errors do not hold the address.
func FindBuyer(ctx context.Context, erp *odoo.Client, channels []canonical.Channel, mail string) (Buyer, error) {
	address := strings.ToLower(strings.TrimSpace(mail))
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(address, " \t\r\n,;<>\"") || strings.Contains(domain, "@") {
		return Buyer{}, errors.New("privacy: the mail address is none: write it alone, without a name")
	}
	sum := sha256.Sum256([]byte(address))
	buyer := Buyer{Hash: hex.EncodeToString(sum[:8])}
	own, err := ids(ctx, erp, "res.partner", odoo.Eq("email_normalized", address))
	if err != nil || len(own) == 0 {
		return buyer, err
	}
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
