package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Ownership says who owns a field once its record exists in Odoo, by field. Fields that it does
// not list have the owner of [DefaultOwnership].
type Ownership map[Field]Owner

// Owner is who may write a field.
type Owner string

// The owners of a field.
const (
	// OwnerOdoo: the channel never writes the field, not even when the record is created.
	OwnerOdoo Owner = "odoo"
	// OwnerChannel: the channel writes the field whenever it changes.
	OwnerChannel Owner = "channel"
	// OwnerCreateOnly: the channel fills the field when the record is created; then it is Odoo's.
	OwnerCreateOnly Owner = "create_only"
)

// Field is a field of an Odoo record in the words of the rules, as "record.field".
type Field string

// The fields that have an owner.
const (
	FieldPartnerName     Field = "partner.name"
	FieldPartnerEmail    Field = "partner.email"
	FieldPartnerPhone    Field = "partner.phone"
	FieldPartnerCompany  Field = "partner.company"
	FieldPartnerVAT      Field = "partner.vat"
	FieldPartnerLanguage Field = "partner.language"
	FieldPartnerAddress  Field = "partner.address"

	FieldAddressName   Field = "address.name"
	FieldAddressPhone  Field = "address.phone"
	FieldAddressEmail  Field = "address.email"
	FieldAddressPostal Field = "address.postal"

	FieldOrderReference      Field = "order.reference"
	FieldOrderDate           Field = "order.date"
	FieldOrderPartner        Field = "order.partner"
	FieldOrderAddresses      Field = "order.addresses"
	FieldOrderLines          Field = "order.lines"
	FieldOrderNote           Field = "order.note"
	FieldOrderPricelist      Field = "order.pricelist"
	FieldOrderFiscalPosition Field = "order.fiscal_position"
	FieldOrderWarehouse      Field = "order.warehouse"
	FieldOrderTeam           Field = "order.team"
	FieldOrderSalesperson    Field = "order.salesperson"
	FieldOrderCarrier        Field = "order.carrier"
	FieldOrderPaymentTerm    Field = "order.payment_term"
	FieldOrderTags           Field = "order.tags"
)

// DefaultOwnership is the owner of every field where the rules say nothing: what was ordered, for
// whom and where to stays the channel's as long as Odoo can still change it; all else is Odoo's once created. What
// the rules fill a listing from is Odoo's too.
func DefaultOwnership() Ownership {
	return Ownership{
		FieldListing("title"): OwnerOdoo, FieldListing("description"): OwnerOdoo, FieldListing("barcode"): OwnerOdoo,
		FieldListing("weight"): OwnerOdoo, FieldListing("hs_code"): OwnerOdoo, FieldListing("origin"): OwnerOdoo,
		FieldListing(listingStatus): OwnerOdoo,
		FieldPartnerName:            OwnerCreateOnly, FieldPartnerEmail: OwnerCreateOnly, FieldPartnerPhone: OwnerCreateOnly,
		FieldPartnerCompany: OwnerCreateOnly, FieldPartnerVAT: OwnerCreateOnly,
		FieldPartnerLanguage: OwnerCreateOnly, FieldPartnerAddress: OwnerCreateOnly,
		FieldAddressName: OwnerCreateOnly, FieldAddressPhone: OwnerCreateOnly,
		FieldAddressEmail: OwnerCreateOnly, FieldAddressPostal: OwnerCreateOnly,
		FieldOrderReference: OwnerCreateOnly, FieldOrderDate: OwnerCreateOnly, FieldOrderPartner: OwnerCreateOnly,
		FieldOrderAddresses: OwnerChannel, FieldOrderLines: OwnerChannel,
		FieldOrderNote: OwnerCreateOnly, FieldOrderPricelist: OwnerCreateOnly, FieldOrderFiscalPosition: OwnerCreateOnly,
		FieldOrderWarehouse: OwnerCreateOnly, FieldOrderTeam: OwnerCreateOnly, FieldOrderSalesperson: OwnerCreateOnly,
		FieldOrderCarrier: OwnerCreateOnly, FieldOrderPaymentTerm: OwnerCreateOnly, FieldOrderTags: OwnerCreateOnly,
	}
}

// Owner returns the owner of a field. A field without any rule is [OwnerCreateOnly].
func (o Ownership) Owner(field Field) Owner {
	if owner, ok := o[field]; ok && owner != "" {
		return owner
	}
	if owner, ok := DefaultOwnership()[field]; ok {
		return owner
	}
	return OwnerCreateOnly
}

// MayWrite reports whether the channel may write the field of a record that exists already, or is
// about to be created.
func (o Ownership) MayWrite(field Field, exists bool) bool {
	switch o.Owner(field) {
	case OwnerChannel:
		return true
	case OwnerCreateOnly:
		return !exists
	default:
		return false
	}
}

// needed are the fields without which a record cannot be created, or that tell two orders apart.
func needed() []Field {
	return []Field{FieldPartnerName, FieldAddressName, FieldOrderReference, FieldOrderPartner, FieldOrderLines}
}

func (o Ownership) check(ps *problems, path string) {
	var known []Field
	for field := range DefaultOwnership() {
		known = append(known, field)
	}
	slices.Sort(known)
	for _, field := range slices.Sorted(maps.Keys(o)) {
		inner := join(path, string(field))
		if !knownKey(ps, inner, field, known...) {
			continue
		}
		if o[field] == "" {
			ps.add(inner, "no owner", "write odoo, channel or create_only")
		}
		oneOf(ps, inner, o[field], OwnerOdoo, OwnerChannel, OwnerCreateOnly)
		if o[field] == OwnerCreateOnly && strings.HasPrefix(string(field), "listing.") {
			ps.add(inner, "listings are not created from here", "write odoo, or channel to leave the field alone")
		}
		if o[field] == OwnerOdoo && slices.Contains(needed(), field) {
			ps.add(inner, fmt.Sprintf("%s is needed to create the record", field), "write create_only: it is Odoo's once created")
		}
	}
}
