package retailsync_test

import (
	"strings"
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// contact is what is read of a customer.
type contact struct {
	ID      int64         `odoo:"id"`
	Name    string        `odoo:"name"`
	Email   string        `odoo:"email"`
	Phone   string        `odoo:"phone"`
	City    string        `odoo:"city"`
	Type    string        `odoo:"type"`
	Company bool          `odoo:"is_company"`
	Parent  odoo.Many2One `odoo:"parent_id"`
}

func (contact) OdooModel() string { return "res.partner" }

// parties are the contacts of an order.
type parties struct {
	ID       int64         `odoo:"id"`
	Customer odoo.Many2One `odoo:"partner_id"`
	Invoice  odoo.Many2One `odoo:"partner_invoice_id"`
	Delivery odoo.Many2One `odoo:"partner_shipping_id"`
}

func (parties) OdooModel() string { return "sale.order" }

func read[T odoo.Model](l *life, id int64) T {
	l.Helper()
	records, err := odoo.Read[T](l.Context(), l.erp, id)
	if err != nil {
		l.Fatal(err)
	}
	return records[0]
}

func (l *life) parties() parties { l.Helper(); return read[parties](l, l.orderID) }

func (l *life) contact(id int64) contact { l.Helper(); return read[contact](l, id) }

// buyer is a new order of a buyer; what is not set is as in canonicaltest.
func (l *life) buyer(change func(*canonical.Order)) *life {
	l.Helper()
	next := newLife(l.T, l.db, l.db.rules)
	next.connector = l.connector
	next.put(Item("SKU-1", 1, 1999))
	next.edit(change)
	next.want(retailsync.Created)
	return next
}

func TestGuestsOfOneMailbox(t *testing.T) {
	eitherLife(t, func(l *life) {
		guest := func(email, name string) func(*canonical.Order) {
			return func(o *canonical.Order) {
				o.Buyer = canonical.Party{Name: name, Email: email}
				o.BillTo.Name, o.ShipTo.Name = name, name
			}
		}
		mail := l.id + "@example.com"
		first := l.buyer(guest(mail, "Ada Byron")).parties()
		again := l.buyer(guest(" "+strings.ToUpper(mail), "Ada Byron")).parties()
		if first != (parties{ID: first.ID, Customer: again.Customer, Invoice: again.Invoice, Delivery: again.Delivery}) {
			l.Errorf("one guest has %+v and %+v", first, again)
		}
		other := l.buyer(guest("other."+mail, "Ada Byron")).parties()
		if other.Customer.ID == first.Customer.ID {
			l.Error("guests of two mailboxes are one partner")
		}
	})
}

func TestKnownCustomerIsRecognised(t *testing.T) {
	eitherLife(t, func(l *life) {
		mail := l.id + "@example.com"
		known := l.create("res.partner", map[string]any{"name": "Ada  Byron", "email": strings.ToUpper(mail), "phone": "+46 8 1"})
		order := l.buyer(func(o *canonical.Order) {
			o.Buyer = canonical.Party{ID: "c-" + l.id, Name: "ada byron", Email: mail, Phone: "+46 8 2"}
		})
		if got := order.parties().Customer.ID; got != known {
			l.Errorf("customer %d, want %d", got, known)
		}
		// What Odoo had is left as it was.
		if got := l.contact(known); got.Phone != "+46 8 1" || got.Email != strings.ToUpper(mail) {
			l.Errorf("the known customer is now %+v", got)
		}
		// Another name at the same mailbox is somebody else.
		order = l.buyer(func(o *canonical.Order) { o.Buyer = canonical.Party{ID: "d-" + l.id, Name: "Ben Byron", Email: mail} })
		if got := order.parties().Customer.ID; got == known {
			l.Error("two names at one mailbox are one partner")
		}
	})
}

// Nobody is recognised by what is empty.
func TestNamelessBuyers(t *testing.T) {
	eitherLife(t, func(l *life) {
		nameless := func(o *canonical.Order) {
			o.Buyer = canonical.Party{}
			o.BillTo, o.ShipTo = nil, nil
		}
		first, second := l.buyer(nameless).parties(), l.buyer(nameless).parties()
		if first.Customer.ID == second.Customer.ID {
			l.Error("two buyers without name and e-mail are one partner")
		}
		if got := l.contact(first.Customer.ID); got.Name == "" {
			l.Errorf("customer %+v", got)
		}
	})
}

func TestSharedPartnerOfGuests(t *testing.T) {
	eitherLife(t, func(l *life) {
		name := "Guests " + l.id
		shared := l.create("res.partner", map[string]any{"name": name})
		l.connector = retailsync.New(l.db.dial(l), rulesWith(l.db, func(c *mapping.ChannelRules) {
			c.Customers.Guest, c.Customers.SharedPartner = mapping.GuestShared, mapping.Name(name)
		}))
		guest := func(o *canonical.Order) { o.Buyer = canonical.Party{Name: "Ada Byron", Email: l.id + "@example.com"} }
		order := l.buyer(guest).parties()
		if order.Customer.ID != shared || l.contact(order.Delivery.ID).Parent.ID != shared {
			l.Errorf("order of %+v, want %d", order, shared)
		}
		// A buyer with an account is no guest.
		account := l.buyer(func(o *canonical.Order) { o.Buyer.ID = "c-" + l.id }).parties()
		if account.Customer.ID == shared {
			l.Error("a buyer with an account is on the guests' partner")
		}
	})
}

func TestCompanyAsParent(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.connector = retailsync.New(l.db.dial(l), rulesWith(l.db, func(c *mapping.ChannelRules) {
			c.Customers.CompanyAsParent = mapping.Bool(true)
		}))
		company := "Byron & Co " + l.id
		order := l.buyer(func(o *canonical.Order) { o.Buyer.Company = company }).parties()
		buyer := l.contact(order.Customer.ID)
		parent := l.contact(buyer.Parent.ID)
		if parent.Name != company || !parent.Company || buyer.Company {
			l.Errorf("buyer %+v of company %+v", buyer, parent)
		}
	})
}

func TestAddressesAreReusedByContent(t *testing.T) {
	eitherLife(t, func(l *life) {
		buyer := canonical.Party{ID: "c-" + l.id, Name: "Ada Byron", Email: l.id + "@example.com"}
		home := canonical.Address{Name: "Ada Byron", Street: "Storgatan 1", City: "Stockholm", Zip: "11122", Country: "SE"}
		to := func(bill, ship canonical.Address) parties {
			return l.buyer(func(o *canonical.Order) { o.Buyer, o.BillTo, o.ShipTo = buyer, &bill, &ship }).parties()
		}
		spaced, office := home, home
		spaced.Street, office.City = "storgatan  1 ", "Uppsala"
		first, second, third := to(home, home), to(home, spaced), to(home, office)
		if first.Invoice != first.Delivery || second.Customer != first.Customer || second.Delivery != first.Delivery || third.Invoice != first.Invoice {
			l.Errorf("%+v, %+v and %+v", first, second, third)
		}
		if got := l.contact(third.Delivery.ID); third.Delivery == first.Delivery || got.City != "Uppsala" || got.Type != "delivery" || got.Parent.ID != first.Customer.ID {
			l.Errorf("delivery address %+v", got)
		}
		if got := l.contact(first.Delivery.ID); got.City != "Stockholm" {
			l.Errorf("the first order's address became %+v", got)
		}
	})
}

func TestFieldOwnership(t *testing.T) {
	eitherLife(t, func(l *life) {
		journal := &retailsync.MemoryJournal{}
		l.connector = retailsync.New(l.db.dial(l), rulesWith(l.db, func(c *mapping.ChannelRules) {
			c.Ownership = mapping.Ownership{mapping.FieldPartnerPhone: mapping.OwnerChannel, mapping.FieldPartnerEmail: mapping.OwnerOdoo}
		}), retailsync.WithJournal(journal))
		order := func(name, phone string) contact {
			p := l.buyer(func(o *canonical.Order) {
				o.Buyer = canonical.Party{ID: "c-" + l.id, Name: name, Email: l.id + "@example.com", Phone: phone}
			}).parties()
			return l.contact(p.Customer.ID)
		}
		first := order("Ada Byron", "+46 8 111")
		if first.Phone != "+46 8 111" || first.Email != "" {
			l.Errorf("created as %+v: the e-mail is Odoo's", first)
		}
		second := order("Ada Lovelace", "+46 8 222")
		if second.ID != first.ID || second.Phone != "+46 8 222" || second.Name != "Ada Byron" {
			l.Errorf("now %+v: the phone is the channel's, the name Odoo's since it was created", second)
		}
		updates := 0
		for _, event := range journal.Events() {
			if event.Type == canonical.EventCustomerUpdated {
				updates++
			}
		}
		if updates != 1 {
			l.Errorf("%d customer updates in the journal, want 1", updates)
		}
	})
}
