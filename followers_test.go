package retailsync_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
)

type userRecord struct {
	ID      int64         `odoo:"id"`
	Partner odoo.Many2One `odoo:"partner_id"`
}

func (userRecord) OdooModel() string { return "res.users" }

// Followers and messages are no part of the in-process Odoo.
type followedOrder struct {
	ID        int64         `odoo:"id"`
	Followers []int64       `odoo:"message_partner_ids"`
	Customer  odoo.Many2One `odoo:"partner_id"`
	Pickings  []int64       `odoo:"picking_ids"`
	Messages  []int64       `odoo:"message_ids"`
}

func (followedOrder) OdooModel() string { return "sale.order" }

type trackedChange struct {
	ID int64 `odoo:"id"`
}

func (trackedChange) OdooModel() string { return "mail.tracking.value" }

type followedPartner struct {
	ID        int64   `odoo:"id"`
	Followers []int64 `odoo:"message_partner_ids"`
}

func (followedPartner) OdooModel() string { return "res.partner" }

type followedPicking struct {
	ID        int64   `odoo:"id"`
	Followers []int64 `odoo:"message_partner_ids"`
}

func (followedPicking) OdooModel() string { return "stock.picking" }

// The connector's user would be notified of every word that is said about what it follows. What people see of an order's
// history stays: that it was confirmed.
func TestUserFollowsNothing(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("real %d", series), func(t *testing.T) {
			db := realOdoo(t, series)
			l := newLife(t, db, db.rules).buyer(func(*canonical.Order) {})
			id, err := l.erp.UserID(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			me := read[userRecord](l, id).Partner.ID
			order := read[followedOrder](l, l.orderID)
			if len(order.Pickings) == 0 {
				t.Fatal("the order has no delivery")
			}
			for record, followers := range map[string][]int64{
				"order":    order.Followers,
				"customer": read[followedPartner](l, order.Customer.ID).Followers,
				"delivery": read[followedPicking](l, order.Pickings[0]).Followers,
			} {
				if slices.Contains(followers, me) {
					t.Errorf("the connector's user follows the %s", record)
				}
			}
			changes, err := odoo.Count[trackedChange](t.Context(), l.erp, odoo.In("mail_message_id", order.Messages))
			if err != nil {
				t.Fatal(err)
			}
			if len(order.Messages) != 1 || changes == 0 {
				t.Errorf("the order's history is %d messages with %d changes, want the confirmation alone", len(order.Messages), changes)
			}
		})
	}
}
