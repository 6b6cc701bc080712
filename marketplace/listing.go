package marketplace

import (
	"context"
)

// ListingPublisher takes descriptions of products out to listings that the channel has.
type ListingPublisher interface {
	Adapter
	// ListingBatch is how many listings one call of PublishListings takes at most.
	ListingBatch() int
	// ListingFields are the fields that the adapter can write; the others are refused by the flow.
	ListingFields() []ListingField
	// PublishListings sets the stated fields and leaves all others alone. There is one result per listing, in order: one
	// that is refused never holds up the others. The error is for a call that failed as a whole; nothing is known of
	// its listings then. Setting a field again is safe.
	PublishListings(ctx context.Context, listings []Listing) ([]ListingResult, error)
}

// ListingLister lists the SKUs that the channel has, with what it says of them, so that a comparison also finds what
// only the channel has.
type ListingLister interface {
	Adapter
	// ListListings returns one page. Variants without a SKU are left out. It only reads, so it is safe to repeat; what
	// changes place between two pages may be missing or come twice.
	ListListings(ctx context.Context, cursor Cursor) (ListingPage, error)
}

// ListingField is a field of a listing that Odoo can own.
type ListingField string

// The fields. Texts are plain unless said otherwise.
const (
	ListingTitle       ListingField = "title"
	ListingDescription ListingField = "description" // HTML
	ListingBarcode     ListingField = "barcode"     // GTIN of the variant
	ListingWeight      ListingField = "weight"      // of the variant in kilograms, decimal
	ListingStatus      ListingField = "status"      // [ListingActive], [ListingDraft] or [ListingArchived]
	ListingHSCode      ListingField = "hs_code"
	ListingOrigin      ListingField = "origin" // country of origin, ISO 3166-1 alpha-2
)

// The words of [ListingStatus].
const (
	ListingActive   = "active"   // for sale
	ListingDraft    = "draft"    // kept, not for sale
	ListingArchived = "archived" // ended
)

// Listing is what the channel shall say of a SKU. Some fields are of the product and shared by its variants.
type Listing struct {
	SKU string
	// Fields are set; an empty text clears a field.
	Fields map[ListingField]string
	// Key identifies this change for channels that recognise repeats; equal for repeats of it.
	Key string
}

// ListingResult is the channel's answer to one listing.
type ListingResult struct {
	SKU string
	// Err says why it was refused; nil if it was taken over. It is an [*Error]: with [CodeNotFound] and the Path
	// "sku" for an unknown one, with [CodeInvalid] and a field as the Path for another refusal, with [CodeUnavailable] for what
	// may work later.
	Err error
	// Shows is what the channel says now of fields that it took over in another form than they were stated, such as a
	// description without what it does not allow; nil if there are none, or where it does not tell.
	Shows map[ListingField]string
}

// ListingPage is a part of what the channel has.
type ListingPage struct {
	Listings []Listing
	// Cursor is the position after this page; it is empty after the last.
	Cursor Cursor
}
