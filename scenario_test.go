package retailsync_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/odoo/sale"
)

// scenario is a set of orders whose import faults interrupt. All names, addresses and ids of the orders
// begin with the tag.
type scenario struct {
	name string
	// before are the orders as an undisturbed run imported them earlier; nil for none.
	before func(tag string) []canonical.Order
	// orders are the orders as they stand at the channel now.
	orders func(tag string) []canonical.Order
	// outcomes are what an undisturbed run reports, states what they come to in Odoo; by order.
	outcomes []retailsync.Outcome
	states   []sale.State
}

var scenarios = []scenario{
	{
		name:     "import",
		orders:   newOrders,
		outcomes: []retailsync.Outcome{retailsync.Created, retailsync.Created, retailsync.Held, retailsync.Created},
		states:   []sale.State{sale.StateSale, sale.StateSale, sale.StateDraft, sale.StateSale},
	},
	{
		name:     "edit and cancel",
		before:   ordersBefore,
		orders:   editedOrders,
		outcomes: []retailsync.Outcome{retailsync.Updated, retailsync.Cancelled, retailsync.Confirmed, retailsync.Updated, retailsync.Updated},
		states:   []sale.State{sale.StateSale, sale.StateCancel, sale.StateSale, sale.StateSale, sale.StateSale},
	},
}

// newOrders are a plain order with a discount, one with two lines of one SKU by the same customer, one on hold by a
// guest, and one with another delivery address and tax that the channel remits.
func newOrders(tag string) []canonical.Order {
	orders := []canonical.Order{
		canonicaltest.Order(tag+"-0", canonicaltest.Item("SKU-1", 3, 1999), canonicaltest.Item("SKU-2", 1, 500),
			canonicaltest.Discount(500), canonicaltest.Shipping(495)),
		canonicaltest.Order(tag+"-1", canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.Item("SKU-1", 1, 1799)),
		canonicaltest.Order(tag+"-2", canonicaltest.Item("SKU-3", 1, 999), canonicaltest.Status(canonical.StatusOnHold)),
		canonicaltest.Order(tag+"-3", canonicaltest.TaxedItem("SKU-4", 2, 1250, 8250, canonical.CollectorChannel),
			canonicaltest.Shipping(500)),
	}
	namePeople(tag, orders)
	orders[1].Buyer = orders[0].Buyer
	orders[1].BillTo, orders[1].ShipTo = orders[0].BillTo, orders[0].ShipTo
	orders[2].Buyer.ID = ""
	orders[3].ShipTo.Name = tag + " Neighbour"
	orders[3].ShipTo.Street = "Other Street 2"
	return orders
}

// ordersBefore are what [editedOrders] were before.
func ordersBefore(tag string) []canonical.Order {
	orders := []canonical.Order{
		canonicaltest.Order(tag+"-0", canonicaltest.Item("SKU-1", 3, 1999), canonicaltest.Item("SKU-2", 1, 500)),
		canonicaltest.Order(tag+"-1", canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.Shipping(495)),
		canonicaltest.Order(tag+"-2", canonicaltest.Item("SKU-3", 1, 999), canonicaltest.Status(canonical.StatusOnHold)),
		canonicaltest.Order(tag+"-3", canonicaltest.Item("SKU-4", 1, 1250), canonicaltest.Item("SKU-5", 4, 750)),
		canonicaltest.Order(tag+"-4", canonicaltest.Item("SKU-7", 2, 1999), canonicaltest.Shipping(495)),
	}
	namePeople(tag, orders)
	return orders
}

// editedOrders are an order with a quantity lowered and a line added, one that was cancelled, one that was released
// from its hold, one that lost a line and units of another, and one that lost all its goods.
func editedOrders(tag string) []canonical.Order {
	orders := []canonical.Order{
		canonicaltest.Order(tag+"-0", canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.Item("SKU-2", 1, 500), canonicaltest.Item("SKU-6", 1, 350)),
		canonicaltest.Order(tag+"-1", canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.Cancelled(2), canonicaltest.Shipping(495),
			canonicaltest.Cancelled(1), canonicaltest.Status(canonical.StatusCancelled)),
		canonicaltest.Order(tag+"-2", canonicaltest.Item("SKU-3", 1, 999)),
		canonicaltest.Order(tag+"-3", canonicaltest.Item("SKU-4", 1, 1250), canonicaltest.Cancelled(1), canonicaltest.Item("SKU-5", 4, 750), canonicaltest.Cancelled(1)),
		canonicaltest.Order(tag+"-4", canonicaltest.Item("SKU-7", 2, 1999), canonicaltest.Cancelled(2), canonicaltest.Shipping(495)),
	}
	namePeople(tag, orders)
	for i := range orders {
		orders[i].Revision.UpdatedAt = orders[i].Revision.UpdatedAt.Add(time.Hour)
	}
	return orders
}

// namePeople gives the people of the orders names by which they are found.
func namePeople(tag string, orders []canonical.Order) {
	for i := range orders {
		o := &orders[i]
		o.Buyer.Name = fmt.Sprintf("%s Buyer %d", tag, i)
		o.Buyer.Email = strings.ToLower(fmt.Sprintf("%s-%d@example.com", tag, i))
		o.BillTo.Name, o.ShipTo.Name = o.Buyer.Name, o.Buyer.Name
	}
}
