package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func TestCustomer(t *testing.T) {
	t.Parallel()
	order := canonical.Order{Key: canonical.Key{Channel: shop, ID: "77"}}
	party := canonical.Party{Name: "Ada  L", Email: " Ada@Example.COM ", VAT: "SE 55-6677"}
	byEmail := mapping.CustomerMatch{By: mapping.CustomerByEmail, Value: "ada@example.com", Name: "Ada L"}
	tests := []struct {
		name   string
		rules  []string
		change func(*canonical.Order)
		kind   string
		match  []mapping.CustomerMatch
	}{
		{"customer", nil, func(o *canonical.Order) { o.Buyer.ID = "5" }, mapping.IdentityCustomer,
			[]mapping.CustomerMatch{{By: mapping.CustomerByChannelID, Value: "5"}, byEmail}},
		{"guest", nil, func(*canonical.Order) {}, mapping.IdentityGuest, []mapping.CustomerMatch{byEmail}},
		{"order of the keys", []string{"customers: {match: [vat, email]}"}, func(*canonical.Order) {}, mapping.IdentityGuest,
			[]mapping.CustomerMatch{{By: mapping.CustomerByVAT, Value: "SE556677"}, byEmail}},
		{"relay", nil, func(o *canonical.Order) { o.Buyer.Email = "x1@marketplace.amazon.de" }, mapping.IdentityOrderCustomer, nil},
		{"no e-mail", nil, func(o *canonical.Order) { o.Buyer.Email = "  " }, mapping.IdentityOrderCustomer, nil},
		{"no name", nil, func(o *canonical.Order) { o.Buyer.Name = " " }, mapping.IdentityGuest, nil},
		{"name of the bill", nil, func(o *canonical.Order) { o.Buyer.Name, o.BillTo = "", &canonical.Address{Name: "Ada L"} }, mapping.IdentityGuest, []mapping.CustomerMatch{byEmail}},
		{"malformed e-mail", nil, func(o *canonical.Order) { o.Buyer.Email = "a@b@c" }, mapping.IdentityOrderCustomer, nil},
		{"per order", []string{"customers: {guest: per_order}"}, func(*canonical.Order) {}, mapping.IdentityOrderCustomer, nil},
		{"shared", []string{"customers: {guest: shared, shared_partner: Guests}"}, func(*canonical.Order) {}, mapping.IdentityShared, nil},
		{"customers are not shared", []string{"customers: {guest: shared, shared_partner: Guests}"}, func(o *canonical.Order) { o.Buyer.ID = "5" },
			mapping.IdentityCustomer, []mapping.CustomerMatch{{By: mapping.CustomerByChannelID, Value: "5"}, byEmail}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			order := order
			order.Buyer = party
			tt.change(&order)
			who := channelRules(t, tt.rules...).Customer(&order)
			if who.Partner.Kind != tt.kind || who.Partner.ID == "" || who.Shared.IsZero() != (tt.kind != mapping.IdentityShared) {
				t.Errorf("partner = %+v", who)
			}
			if diff := cmp.Diff(tt.match, who.Match); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(who.Partner.ID, "@") {
				t.Error("the identity shows an e-mail address")
			}
		})
	}
}

func TestAddressIdentity(t *testing.T) {
	t.Parallel()
	address := canonical.Address{Name: "Ada", Street: "Main St 1", City: "Lund", Country: "SE"}
	respelt := canonical.Address{Name: " ada ", Street: "MAIN  ST 1", City: "Lund", Country: "SE"}
	moved := canonical.Address{Name: "Ada", Street: "Main St 1", Street2: "Lund", Country: "SE"}
	order := canonical.Order{Buyer: canonical.Party{ID: "1", Company: "ACME", VAT: "SE1"}, BillTo: &address, ShipTo: &respelt}
	rules := channelRules(t, "customers: {company_as_parent: true}")
	who := rules.Customer(&order)
	if who.Invoice.IsZero() || who.Invoice != who.Delivery {
		t.Errorf("one address, two identities: %+v", who)
	}
	order.ShipTo = &moved
	if got := rules.Customer(&order); got.Delivery == who.Delivery {
		t.Error("two addresses, one identity")
	}
	order.Buyer.ID = "2"
	other := rules.Customer(&order)
	if other.Invoice == who.Invoice {
		t.Error("two partners share a contact")
	}
	if other.Company != who.Company || who.Company.IsZero() {
		t.Errorf("one tax number, two companies: %v %v", who.Company, other.Company)
	}
	order.Buyer.VAT = "n/a"
	if got := rules.Customer(&order); got.Company == who.Company || got.Company.IsZero() {
		t.Errorf("company without a tax number: %v", got.Company)
	}
	order.ShipTo = &canonical.Address{}
	if got := channelRules(t).Customer(&order); !got.Delivery.IsZero() || !got.Company.IsZero() {
		t.Errorf("got %+v", got)
	}
	if got := channelRules(t, "customers: {create_addresses: false}").Customer(&order); !got.Invoice.IsZero() {
		t.Errorf("got %+v", got)
	}
}

// TestCustomerNeverMatchesNothing draws buyers: a match has a value, and an e-mail match a name.
func TestCustomerNeverMatchesNothing(t *testing.T) {
	t.Parallel()
	rules := channelRules(t, "customers: {match: [channel_id, email, vat]}")
	text := rapid.StringMatching(`[ \ta@.<,1]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		order := canonical.Order{Key: canonical.Key{ID: "1"}, Buyer: canonical.Party{
			ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), Email: text.Draw(t, "email"), VAT: text.Draw(t, "vat"),
		}}
		who := rules.Customer(&order)
		for _, match := range who.Match {
			if strings.TrimSpace(match.Value) == "" || match.By == mapping.CustomerByEmail && strings.TrimSpace(match.Name) == "" {
				t.Fatalf("match = %+v", match)
			}
		}
		if who.Partner.ID == "" {
			t.Fatal("no identity")
		}
		if diff := cmp.Diff(who, rules.Customer(&order)); diff != "" {
			t.Fatal(diff)
		}
	})
}
