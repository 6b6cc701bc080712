package marketplace

import (
	"context"

	"github.com/govalues/decimal"
)

// StockPublisher takes stock levels out to the channel.
type StockPublisher interface {
	Adapter
	// StockBatch is how many levels one call of PublishStock takes at most.
	StockBatch() int
	// PublishStock sets what the channel shows as sellable. There is one result per level, in order: a level that is
	// refused never holds up the others. The error is for a call that failed as a whole; nothing is known of its
	// levels then. Setting a level again is safe: levels are absolute.
	PublishStock(ctx context.Context, levels []StockLevel) ([]StockResult, error)
}

// StockReader reads the levels that the channel shows now.
type StockReader interface {
	Adapter
	// ReadStock returns one reading per item, in order. It only reads, so it is safe to repeat.
	ReadStock(ctx context.Context, items []StockItem) ([]StockReading, error)
}

// StockLister lists what the channel counts, so that a comparison also finds what only the channel has.
type StockLister interface {
	Adapter
	// ListStock returns one page of what the channel shows, at all of its locations. Things without a SKU are left
	// out: nothing can be said of them. It only reads, so it is safe to repeat; what changes place between two pages
	// may be missing or come twice.
	ListStock(ctx context.Context, cursor Cursor) (StockPage, error)
}

// StockFollower asks after levels that the channel accepted but has not carried out yet.
type StockFollower interface {
	Adapter
	// FollowStock returns one result per ticket, in order, with [StockPending] for those still under way. A ticket that
	// the channel does not know any more is rejected with [CodeNotFound] and the path "ticket", and the level is set
	// again. A level that is given while an older one of its item is under way must come after that one. It only
	// reads, so it is safe to repeat, also by another process.
	FollowStock(ctx context.Context, tickets []string) ([]StockResult, error)
}

// StockItem is a thing that the channel counts at one of its locations.
type StockItem struct {
	SKU string
	// Location is the channel's own id of the place; empty for channels that have but one.
	Location string
}

// StockLevel is what an item's level shall be.
type StockLevel struct {
	StockItem
	// Quantity is in the channel's unit of sale, never negative.
	Quantity decimal.Decimal
	// Expected is what the channel shows as far as is known, nil if nothing is known. A channel that can compare
	// refuses the level with [StockConflict] if it shows another.
	Expected *decimal.Decimal
	// Key identifies this change for channels that recognise repeats; equal for repeats of it.
	Key string
}

// StockOutcome is what became of a level.
type StockOutcome string

// The outcomes.
const (
	StockAccepted StockOutcome = "accepted"
	StockPending  StockOutcome = "pending"  // the channel works on it: see [StockFollower]
	StockConflict StockOutcome = "conflict" // the channel shows something else than was expected
	StockRejected StockOutcome = "rejected"
)

// StockResult is the channel's answer to one level.
type StockResult struct {
	Item    StockItem
	Outcome StockOutcome
	// Ticket names a pending level at the channel, in 1,000 bytes at most.
	Ticket string
	// Shows is what the channel shows, where the answer to a conflict says so.
	Shows *decimal.Decimal
	// Err says why a level was rejected: an [*Error] with [CodeNotFound] for an item or location that the channel does
	// not have, with the Path "sku" or "location", with [CodeInvalid] for another refusal, with [CodeUnavailable] for what may work later.
	Err error
}

// StockPage is a part of what the channel shows.
type StockPage struct {
	Readings []StockReading
	// Cursor is the position after this page; it is empty after the last.
	Cursor Cursor
}

// StockReading is what the channel shows for an item.
type StockReading struct {
	Item     StockItem
	Quantity decimal.Decimal
	// Err is as in [StockResult].
	Err error
}
