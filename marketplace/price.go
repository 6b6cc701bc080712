package marketplace

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// PricePublisher takes prices out to the channel.
type PricePublisher interface {
	Adapter
	// PriceBatch is how many prices one call of PublishPrices takes at most.
	PriceBatch() int
	// PublishPrices sets what the channel charges. There is one result per price, in order: a price that is refused
	// never holds up the others. The error is for a call that failed as a whole; nothing is known of its prices then.
	// Setting a price again is safe: prices are absolute.
	PublishPrices(ctx context.Context, prices []Price) ([]PriceResult, error)
}

// PriceReader reads the prices that the channel has now.
type PriceReader interface {
	Adapter
	// ReadPrices returns one reading per item, in order. It only reads, so it is safe to repeat.
	ReadPrices(ctx context.Context, items []PriceItem) ([]PriceReading, error)
}

// PriceFollower asks after prices that the channel accepted but has not carried out yet.
type PriceFollower interface {
	Adapter
	// FollowPrices returns one result per ticket, in order, with [PricePending] for those still under way. It only
	// reads, so it is safe to repeat.
	FollowPrices(ctx context.Context, tickets []string) ([]PriceResult, error)
}

// PriceItem is a thing that has a price in one currency on one of the channel's price lists.
type PriceItem struct {
	SKU string
	// List is the channel's own id of the price list, market or region; empty for its base price.
	List     string
	Currency canonical.Currency
}

// Price is what an item shall cost.
type Price struct {
	PriceItem
	// Amount is the regular price of one unit in whole minor units of the currency, with or without tax as the
	// channel keeps it (by rule).
	Amount decimal.Decimal
	// Sale is a lower price for a time; nil means that there is none, and that one at the channel ends.
	Sale *SalePrice
	// Key identifies this change for channels that recognise repeats; equal for repeats of it.
	Key string
}

// SalePrice is a lower price for a time.
type SalePrice struct {
	Amount decimal.Decimal
	// From and Until bound the time, UTC, Until exclusive; a zero time leaves that side open.
	From, Until time.Time
}

// PriceOutcome is what became of a price.
type PriceOutcome string

// The outcomes.
const (
	PriceAccepted PriceOutcome = "accepted"
	PricePending  PriceOutcome = "pending" // the channel works on it: see [PriceFollower]
	PriceRejected PriceOutcome = "rejected"
)

// PriceResult is the channel's answer to one price.
type PriceResult struct {
	Item    PriceItem
	Outcome PriceOutcome
	// Ticket names a pending price at the channel.
	Ticket string
	// Err says why a price was rejected, an [*Error]: with [CodeNotFound] and the Path "sku", "list" or "currency" for
	// what the channel does not have, with [CodeInvalid] for another refusal, with [CodeUnavailable] for what may work later.
	Err error
}

// PriceReading is what the channel has for an item.
type PriceReading struct {
	Item   PriceItem
	Amount decimal.Decimal
	Sale   *SalePrice
	// Err is as in [PriceResult].
	Err error
}
