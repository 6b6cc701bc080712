package mapping

import (
	"fmt"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/partner"
)

// customer plans whom the order is for: the customer, the company that it belongs to, and the addresses of the order.
func (m *mapper) customer() {
	who := m.rules.Customer(m.order)
	plan := &m.result.Customer
	plan.Match = who.Match
	if who.Partner.Kind == IdentityCustomer {
		plan.Reference = m.channel.String() + "/" + who.Partner.ID
	}
	var owner odoo.ExternalID
	if who.Shared.IsZero() {
		owner = m.identityID(who.Partner)
		plan.Contacts = append(plan.Contacts, m.buyer(who, owner)...)
	} else {
		plan.SharedID = m.records.shared
	}
	plan.Customer = owner
	plan.Invoice = m.address(who.Invoice, owner, m.order.BillTo, partner.KindInvoice)
	plan.Delivery = m.address(who.Delivery, owner, m.order.ShipTo, partner.KindDelivery)
	if who.Delivery == who.Invoice {
		plan.Delivery = plan.Invoice
	}
}

func (m *mapper) identityID(identity Identity) odoo.ExternalID {
	return m.nameOf(identity.Kind, identity.ID)
}

// buyer is the customer's contact, after the company that it belongs to if the rules want one.
func (m *mapper) buyer(who CustomerIdentity, id odoo.ExternalID) []partner.Draft {
	own := m.rules.Ownership
	party, home := m.order.Buyer, m.order.BillTo
	if home == nil {
		home = m.order.ShipTo
	}
	buyer := partner.Draft{ExternalID: id, Kind: partner.KindContact, Name: m.buyerName(), Reference: m.result.Customer.Reference}
	m.owned(buyer.Name)
	if m.rules.Company != 0 {
		buyer.CompanyID = m.directory.CompanyID
	}
	if own.MayWrite(FieldPartnerEmail, false) {
		buyer.Email = party.Email
	}
	if own.MayWrite(FieldPartnerPhone, false) {
		buyer.Phone = party.Phone
	}
	if home != nil && own.MayWrite(FieldPartnerAddress, false) {
		m.place(&buyer, home)
	}
	if who.Company.IsZero() {
		if own.MayWrite(FieldPartnerVAT, false) {
			buyer.VAT = party.VAT
		}
		if own.MayWrite(FieldPartnerCompany, false) {
			buyer.CompanyName = party.Company
		}
		return []partner.Draft{buyer}
	}
	company := partner.Draft{
		ExternalID: m.identityID(who.Company), Kind: partner.KindContact, Company: true,
		Name: spaced(party.Company), CompanyID: buyer.CompanyID,
	}
	if own.MayWrite(FieldPartnerVAT, false) {
		company.VAT = party.VAT
	}
	if home != nil && own.MayWrite(FieldPartnerAddress, false) {
		m.place(&company, home)
	}
	buyer.Parent = company.ExternalID
	return []partner.Draft{company, buyer}
}

// buyerName is never empty, which Odoo would refuse: a buyer whom the channel does not name goes by the order.
func (m *mapper) buyerName() string {
	if name := nameOfBuyer(m.order); name != "" {
		return name
	}
	if m.order.ShipTo != nil {
		if name := spaced(m.order.ShipTo.Name); name != "" {
			return name
		}
	}
	return fmt.Sprintf("Buyer of %s %s", m.channel, m.order.Key.ID)
}

// address is a contact below the customer for an address of the order, unless there is none.
func (m *mapper) address(identity Identity, owner odoo.ExternalID, a *canonical.Address, kind partner.Kind) odoo.ExternalID {
	if identity.IsZero() || a == nil {
		return odoo.ExternalID{}
	}
	own := m.rules.Ownership
	draft := partner.Draft{ExternalID: m.identityID(identity), Parent: owner, Kind: kind}
	if owner == (odoo.ExternalID{}) {
		draft.ParentID = m.records.shared
	}
	draft.Name = spaced(a.Name)
	if draft.Name == "" {
		draft.Name = m.buyerName()
	}
	if own.MayWrite(FieldAddressPhone, false) {
		draft.Phone = a.Phone
	}
	if own.MayWrite(FieldAddressEmail, false) {
		draft.Email = a.Email
	}
	if own.MayWrite(FieldAddressPostal, false) {
		m.place(&draft, a)
	}
	for _, known := range m.result.Customer.Contacts {
		if known.ExternalID == draft.ExternalID {
			return draft.ExternalID
		}
	}
	m.result.Customer.Contacts = append(m.result.Customer.Contacts, draft)
	return draft.ExternalID
}

// place writes a postal address. A country that Odoo does not have is a problem, since taxes and carriers depend
// on it; a subdivision is left out, since channels write it in many ways.
func (m *mapper) place(draft *partner.Draft, a *canonical.Address) {
	draft.Street, draft.Street2, draft.City, draft.Zip = a.Street, a.Street2, a.City, a.Zip
	if a.Country == "" {
		return
	}
	id, ok := m.directory.Countries[a.Country]
	if !ok {
		m.problem(m.rules.unmapped(UnmappedCountry, "", "", Detail{"country", a.Country}).advise("Odoo has no country with this code"))
		return
	}
	draft.CountryID = id
	draft.StateID = m.directory.States[[2]string{a.Country, a.State}]
}

// owned notes the customer's fields that the channel owns and states.
func (m *mapper) owned(name string) {
	values := partner.Values{}
	for _, field := range []struct {
		field      Field
		odoo, text string
	}{
		{FieldPartnerName, "name", name},
		{FieldPartnerEmail, "email", m.order.Buyer.Email},
		{FieldPartnerPhone, "phone", m.order.Buyer.Phone},
		{FieldPartnerVAT, "vat", m.order.Buyer.VAT},
	} {
		if field.text != "" && m.rules.Ownership.MayWrite(field.field, true) {
			values[field.odoo] = field.text
		}
	}
	m.result.Customer.Owned = values
}
