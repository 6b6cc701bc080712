package mapping

import (
	"slices"
	"strings"
)

// CustomerRules say how the buyers of a channel become Odoo partners.
type CustomerRules struct {
	// Match is by what an existing partner is recognised, in order. Default: channel_id, email.
	Match []CustomerKey `yaml:"match"`
	// Guest says what a buyer without a customer account becomes. Default: [GuestPerEmail].
	Guest GuestPolicy `yaml:"guest"`
	// SharedPartner is the one partner of all guests; with [GuestShared] only.
	SharedPartner Ref `yaml:"shared_partner"`
	// CreateAddresses is whether bill-to and ship-to become child contacts. Default: true.
	CreateAddresses *bool `yaml:"create_addresses"`
	// CompanyAsParent is whether a buyer's company becomes a company partner with the buyer as its
	// contact. Default: false: the company's name is only noted on the buyer.
	CompanyAsParent *bool `yaml:"company_as_parent"`
	// RelayEmails are patterns of addresses that a marketplace made up for one order or one buyer;
	// they identify nobody and are never matched. Default: [DefaultRelayEmails].
	RelayEmails []string `yaml:"relay_emails"`
}

// CustomerKey is what partners are recognised by.
type CustomerKey string

// The keys of customers.
const (
	CustomerByChannelID CustomerKey = "channel_id" // the channel's customer id, by External ID
	CustomerByEmail     CustomerKey = "email"      // the normalised e-mail address
	CustomerByVAT       CustomerKey = "vat"        // the tax number
)

// GuestPolicy is what a buyer without a customer account becomes.
type GuestPolicy string

// The guest policies.
const (
	// GuestPerEmail makes one partner per e-mail address; without a usable one, per order.
	GuestPerEmail GuestPolicy = "per_email"
	// GuestPerOrder makes one partner per order.
	GuestPerOrder GuestPolicy = "per_order"
	// GuestShared puts all guests on one partner; their addresses become its contacts.
	GuestShared GuestPolicy = "shared"
)

// DefaultRelayEmails are the relay addresses that are known to identify nobody.
func DefaultRelayEmails() []string {
	return []string{"*@marketplace.amazon.*", "*@members.ebay.com"}
}

func (c CustomerRules) check(ps *problems, path string) {
	for i, by := range c.Match {
		inner := index(path, "match", i)
		if by == "" {
			ps.add(inner, "an empty key", "write channel_id, email or vat")
		}
		oneOf(ps, inner, by, CustomerByChannelID, CustomerByEmail, CustomerByVAT)
		if slices.Index(c.Match, by) != i {
			ps.add(inner, "the key is here twice", "keep one of them")
		}
	}
	oneOf(ps, join(path, "guest"), c.Guest, GuestPerEmail, GuestPerOrder, GuestShared)
	checkRef(ps, join(path, "shared_partner"), c.SharedPartner)
	for i, pattern := range c.RelayEmails {
		inner := index(path, "relay_emails", i)
		checkPattern(ps, inner, pattern)
		if !strings.Contains(pattern, "@") {
			ps.add(inner, "not a pattern of e-mail addresses", "write it as *@relay.example.com")
		}
	}
}
