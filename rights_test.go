package retailsync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// The groups of docs/odoo-rights.md.
const (
	groupSales    = "sales_team.group_sale_salesman_all_leads"
	groupOwnSales = "sales_team.group_sale_salesman"
	groupContacts = "base.group_partner_manager"
	groupAccounts = "account.group_account_readonly"
)

// documented are the groups of the connector's user by version, as the page has them for orders; being a user at all is left out.
func documented(series int) []string {
	groups, err := docs.Groups(series, string(mapping.WorkflowOrders))
	if err != nil {
		return nil // no test passes without rights
	}
	return slices.DeleteFunc(groups, func(group string) bool { return group == "base.group_user" })
}

// user makes an Odoo user with these groups and no others, and returns the database as that user sees it.
func (l *life) user(groups ...string) *database {
	l.Helper()
	seen := *l.db
	seen.apiKey = ""
	seen.login, seen.secret = "connector-"+tag(), "secret-"+tag()
	if l.db.server != nil {
		l.db.server.AddUser(seen.login, seen.secret, groups...)
		return &seen
	}
	warehouse.NewUser(l, l.erp, seen.login, seen.secret, append([]string{"base.group_user"}, groups...)...)
	return &seen
}

// as lets a user with these groups run the flow; people's part is still an administrator's.
func (l *life) as(groups ...string) *life {
	l.Helper()
	l.asUnder(func(*mapping.ChannelRules) {}, groups...)
	return l
}

func (l *life) asUnder(change func(*mapping.ChannelRules), groups ...string) {
	l.Helper()
	l.connector = retailsync.New(l.user(groups...).dial(l), rulesWith(l.db, change), retailsync.WithJournal(l.journal))
}

// A user with the documented rights, and no others, does all that the flow does.
func TestDocumentedRights(t *testing.T) {
	eachLife(t, func(l *life) {
		known := l.create("res.partner", map[string]any{"name": "Ada Byron", "email": l.id + "@example.com"})
		buyer := func(o *canonical.Order) {
			o.Buyer = canonical.Party{ID: "c-" + l.id, Name: "Ada Byron", Email: l.id + "@example.com", Phone: "+46 8 3"}
		}
		named := l.named()
		l.asUnder(func(c *mapping.ChannelRules) {
			named(c)
			c.Ownership = mapping.Ownership{mapping.FieldPartnerPhone: mapping.OwnerChannel}
		}, documented(l.db.series)...)

		l.put(Item("SKU-1", 5, 1999), Item("SKU-2", 2, 500))
		l.edit(buyer)
		l.edit(func(o *canonical.Order) { o.Status = canonical.StatusOnHold })
		l.want(retailsync.Held)
		if got := l.contact(known).Phone; got != "+46 8 3" {
			l.Errorf("the customer's phone is %q", got)
		}
		// An order that a person has taken over is the connector's still.
		l.write("sale.order", l.orderID, map[string]any{"user_id": l.administrator()})
		l.put(Item("SKU-1", 5, 1999), Item("SKU-2", 2, 500))
		l.edit(buyer)
		l.want(retailsync.Confirmed)
		l.deliver("L2", "1")
		l.put(Item("SKU-1", 8, 1999), Item("SKU-2", 2, 500), Item("SKU-3", 1, 700))
		l.edit(buyer)
		l.want(retailsync.Updated)
		l.wantDeliveries()
		l.put(Item("SKU-1", 2, 1999), Item("SKU-2", 2, 500), Cancelled(2), Item("SKU-3", 1, 700))
		l.edit(buyer)
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 2, L4 1")
		l.wantTotal()
		l.wantDeliveries()
		l.want(retailsync.Unchanged, retailsync.Recheck())
		l.want(retailsync.Unchanged, retailsync.DryRun(), retailsync.Recheck())

		rest := newLife(l.T, l.db, l.db.rules)
		rest.connector = l.connector
		rest.put(Item("SKU-1", 5, 1999))
		rest.want(retailsync.Created)
		rest.deliver("L2", "2")
		rest.put(Item("SKU-1", 5, 1999), Cancelled(3))
		rest.want(retailsync.Updated)
		rest.wantDeliveries()
		if states := rest.pickings(); states["done"] != 1 || states["assigned"]+states["confirmed"]+states["waiting"] != 0 {
			l.Errorf("deliveries %v", states)
		}

		other := newLife(l.T, l.db, l.db.rules)
		other.connector = l.connector
		other.put(Item("SKU-1", 1, 1999))
		other.want(retailsync.Created)
		other.write("sale.order", other.orderID, map[string]any{"origin": "by hand " + other.id})
		other.cancelAtChannel()
		other.want(retailsync.Cancelled)
		if states := other.pickings(); len(states) != 1 || states["cancel"] == 0 {
			l.Errorf("deliveries %v", states)
		}
	})
}

// administrator is the id of the user that people's part is done by.
func (l *life) administrator() int64 {
	l.Helper()
	id, err := l.erp.UserID(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return id
}

// named are rules that name a record of every kind that rules can name, which the connector's user must be able
// to read.
func (l *life) named() func(*mapping.ChannelRules) {
	l.Helper()
	if !l.db.real {
		return func(*mapping.ChannelRules) {}
	}
	first := func(model string) mapping.Ref {
		l.Helper()
		ids := l.search(model, odoo.And())
		if len(ids) == 0 {
			l.Fatalf("no %s", model)
		}
		return mapping.ID(slices.Min(ids))
	}
	warehouse, team, term, carrier := first("stock.warehouse"), first("crm.team"), first("account.payment.term"), first("delivery.carrier")
	label := mapping.ID(l.create("crm.tag", map[string]any{"name": "Web " + l.id}))
	position := mapping.ID(l.create("account.fiscal.position", map[string]any{"name": "Abroad " + l.id}))
	return func(c *mapping.ChannelRules) {
		c.Warehouse, c.Team, c.Tags = warehouse, team, []mapping.Ref{label}
		c.Salesperson = mapping.ID(l.administrator())
		c.FiscalPositions = []mapping.FiscalPositionRule{{Country: "SE", Position: position}}
		c.PaymentMethods = []mapping.PaymentRule{{Gateway: "*", Term: term, Journal: mapping.Name(mapping.RefNone)}}
		c.ShippingMethods = []mapping.ShippingRule{{Method: "*", Carrier: carrier}}
	}
}

// refused imports the channel and expects that Odoo refuses it, be it the order or the run.
func (l *life) refused(reasons ...string) {
	l.Helper()
	report, err := l.connector.ImportOrders(l.Context(), l.source, time.Time{})
	if err == nil && len(report.Failed()) == 1 {
		err = report.Failed()[0].Err
	}
	if err == nil {
		l.Fatalf("%v, want that it is refused", report)
	}
	for _, reason := range reasons {
		if strings.Contains(err.Error(), reason) {
			return
		}
	}
	l.Errorf("%v, want one of %q", err, reasons)
}

// Each documented group is needed: without it a step of the flow fails with an error that says so.
func TestEachRightIsNeeded(t *testing.T) {
	t.Parallel()
	without := func(series int, group string) []string {
		return slices.DeleteFunc(documented(series), func(g string) bool { return g == group })
	}
	eitherOdoo(t, func(t *testing.T, db *database) {
		t.Run("sales", func(t *testing.T) {
			l := newLife(t, db, db.rules).as(without(db.series, groupSales)...)
			l.put(Item("SKU-1", 1, 1999))
			l.refused("access_denied", "not allowed")
		})
		t.Run("contacts", func(t *testing.T) {
			l := newLife(t, db, db.rules).as(without(db.series, groupContacts)...)
			l.put(Item("SKU-1", 1, 1999))
			l.refused("access_denied", "not allowed")
		})
		if !db.real {
			return // the in-process Odoo has no record rules and closes no field of a customer
		}
		t.Run("all sales", func(t *testing.T) {
			l := newLife(t, db, db.rules).as(append(without(db.series, groupSales), groupOwnSales)...)
			l.put(Item("SKU-1", 1, 1999))
			l.want(retailsync.Created)
			l.write("sale.order", l.orderID, map[string]any{"user_id": l.administrator()})
			l.put(Item("SKU-1", 2, 1999))
			l.refused("odoo-rights.md")
		})
		if db.series == 14 {
			return // the credit limit is open to everybody
		}
		t.Run("accounts", func(t *testing.T) {
			l := newLife(t, db, db.rules).as(without(db.series, groupAccounts)...)
			l.put(Item("SKU-1", 5, 1999))
			l.refused("credit_limit") // read for an address below a customer
			l.asUnder(func(c *mapping.ChannelRules) { c.Customers.CreateAddresses = mapping.Bool(false) }, without(db.series, groupAccounts)...)
			l.want(retailsync.Created) // without such addresses the group is not needed
		})
	})
}
