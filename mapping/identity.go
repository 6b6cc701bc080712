package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/retailsync/retailsync/canonical"
)

// Identity is the deterministic name of a record: the last parts of its External ID after channel and
// account. The zero Identity is no record. It holds no readable personal data: addresses of both kinds are hashed.
type Identity struct{ Kind, ID string }

// IsZero reports whether there is no record.
func (i Identity) IsZero() bool { return i == Identity{} }

// The kinds of identities.
const (
	IdentityCustomer      = "customer"       // the channel's customer id
	IdentityGuest         = "guest"          // a hash of the e-mail address
	IdentityOrderCustomer = "order_customer" // the order's id: a buyer who cannot be recognised
	IdentityShared        = "shared"         // the one partner of all guests
	IdentityCompany       = "company"        // a hash of the company's tax number, or of buyer and name
	IdentityAddress       = "address"        // a hash of the partner and the address
)

// CustomerMatch is one way to recognise a partner that is in Odoo. Its values are personal data.
type CustomerMatch struct {
	By CustomerKey
	// Value is never empty: the channel's customer id, the normalised e-mail address or the
	// normalised tax number.
	Value string
	// Name goes with an e-mail address and is never empty then: a match by e-mail alone joins people who
	// share a mailbox, so the flow may ask for both.
	Name string
}

// CustomerIdentity is who an order is for, before Odoo is asked.
type CustomerIdentity struct {
	// Shared is the one partner of all guests; if it is set, nothing is matched and no partner is made.
	Shared Ref
	// Match are the ways to recognise an existing partner, in order. It is empty if nothing identifies
	// the buyer.
	Match []CustomerMatch
	// Partner names the buyer; Company the buyer's company where the rules want it as parent.
	Partner, Company Identity
	// Invoice and Delivery name the contacts for bill-to and ship-to. They are equal for equal
	// addresses, and zero where the order has none or the rules want none.
	Invoice, Delivery Identity
}

// Customer returns who an order is for. It is a pure function: the same buyer and address have the
// same identities in every order. A relay address, an empty or malformed e-mail and an empty name identify nobody.
func (c Channel) Customer(order *canonical.Order) CustomerIdentity {
	buyer := order.Buyer
	email, usable := c.usableEmail(buyer.Email)
	id := strings.TrimSpace(buyer.ID)
	var who CustomerIdentity
	switch {
	case id != "":
		who.Partner = Identity{IdentityCustomer, id}
	case c.Customers.Guest == GuestShared:
		who.Shared = c.Customers.SharedPartner
		who.Partner = Identity{IdentityShared, c.Customers.SharedPartner.String()}
	case c.Customers.Guest != GuestPerOrder && usable:
		who.Partner = Identity{IdentityGuest, digest("email", email)}
	default:
		who.Partner = Identity{IdentityOrderCustomer, order.Key.ID}
	}
	if who.Shared.IsZero() {
		who.Match = c.matches(order, id, email, usable)
	}
	if c.Customers.CompanyAsParent != nil && *c.Customers.CompanyAsParent && who.Shared.IsZero() {
		who.Company = companyIdentity(buyer, who.Partner)
	}
	if c.Customers.CreateAddresses == nil || *c.Customers.CreateAddresses {
		who.Invoice = addressIdentity(who.Partner, order.BillTo)
		if order.BillTo != nil && order.ShipTo != nil && *order.BillTo == *order.ShipTo {
			who.Delivery = who.Invoice
		} else {
			who.Delivery = addressIdentity(who.Partner, order.ShipTo)
		}
	}
	return who
}

// matches are the keys of a buyer in the order of the rules. A guest who is to be one partner per order
// is recognised by nothing.
func (c Channel) matches(order *canonical.Order, id, email string, usable bool) []CustomerMatch {
	if id == "" && c.Customers.Guest == GuestPerOrder {
		return nil
	}
	name := nameOfBuyer(order)
	var matches []CustomerMatch
	for _, by := range c.Customers.Match {
		switch vat := NormalizeVAT(order.Buyer.VAT); {
		case by == CustomerByChannelID && id != "":
			matches = append(matches, CustomerMatch{By: by, Value: id})
		case by == CustomerByEmail && usable && name != "":
			matches = append(matches, CustomerMatch{By: by, Value: email, Name: name})
		case by == CustomerByVAT && vat != "":
			matches = append(matches, CustomerMatch{By: by, Value: vat})
		}
	}
	return matches
}

// nameOfBuyer is the best name that the order gives, empty if none.
func nameOfBuyer(order *canonical.Order) string {
	names := []string{order.Buyer.Name, order.Buyer.Company}
	if order.BillTo != nil {
		names = append(names, order.BillTo.Name, order.BillTo.Company)
	}
	for _, name := range names {
		if name = spaced(name); name != "" {
			return name
		}
	}
	return ""
}

// usableEmail is the normalised address, if it identifies somebody.
func (c Channel) usableEmail(address string) (string, bool) {
	email := NormalizeEmail(address)
	if email == "" {
		return "", false
	}
	for _, relay := range c.Customers.RelayEmails {
		if globMatches(relay, email) {
			return "", false
		}
	}
	return email, true
}

// NormalizeEmail returns an e-mail address as it is compared: trimmed and in lower case. It is
// empty for what is no address: one "@", text on both sides, no space and no list.
func NormalizeEmail(address string) string {
	email := fold(address)
	local, domain, ok := strings.Cut(email, "@")
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>,;", r)
	}
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") || strings.ContainsFunc(email, bad) {
		return ""
	}
	return email
}

// NormalizeVAT returns a tax number as it is compared: letters and digits in upper case. It is empty for
// what has no digit ("n/a").
func NormalizeVAT(number string) string {
	digits := false
	vat := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			digits = true
			return r
		case unicode.IsLetter(r):
			return unicode.ToUpper(r)
		default:
			return -1
		}
	}, number)
	if !digits {
		return ""
	}
	return vat
}

// companyIdentity is by tax number, the only thing that two buyers of one company surely share;
// otherwise the company is the buyer's own.
func companyIdentity(buyer canonical.Party, partner Identity) Identity {
	name := spaced(buyer.Company)
	switch vat := NormalizeVAT(buyer.VAT); {
	case name == "":
		return Identity{}
	case vat != "":
		return Identity{IdentityCompany, digest("vat", vat)}
	default:
		return Identity{IdentityCompany, digest("name", partner.Kind, partner.ID, fold(name))}
	}
}

// addressIdentity is by content, so that the same address is one contact of a partner, however it is
// spaced and capitalised, and a changed one is a new contact: old orders keep theirs.
func addressIdentity(partner Identity, a *canonical.Address) Identity {
	if a == nil || *a == (canonical.Address{}) {
		return Identity{}
	}
	parts := []string{partner.Kind, partner.ID}
	for _, part := range []string{a.Name, a.Company, a.Street, a.Street2, a.City, a.Zip, a.State, a.Country, a.Phone, a.Email} {
		parts = append(parts, fold(spaced(part)))
	}
	return Identity{IdentityAddress, digest(parts...)}
}

// spaced is text with single spaces.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// digest is 128 bits of SHA-256 over the parts, in hex. A length before each part keeps apart what
// would read the same when joined.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		var size [8]byte
		for i, n := 0, len(part); i < len(size); i, n = i+1, n>>8 {
			size[i] = byte(n)
		}
		_, _ = h.Write(size[:]) // a hash never fails
		_, _ = h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
