package newadapter

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// order is Acme's JSON. Amounts are whole cents, prices exclude tax.
type order struct {
	ID      string    `json:"id"`
	State   string    `json:"state"`
	Placed  time.Time `json:"placed"`
	Changed time.Time `json:"changed"`
	Email   string    `json:"email"`
	Name    string    `json:"name"`
	Lines   []struct {
		ID       string `json:"id"`
		SKU      string `json:"sku"`
		Title    string `json:"title"`
		Quantity int64  `json:"quantity"`
		Price    int64  `json:"price"` // of one unit
		Tax      int64  `json:"tax"`   // of the line
	} `json:"lines"`
	Total int64 `json:"total"` // tax included
	Tax   int64 `json:"tax"`
}

// decode is pure: bytes in, an order or an error out, no panic on any input. Even if it fails, the key is set
// as far as it could be read.
func decode(channel canonical.Channel, body []byte) (canonical.Order, error) {
	key := canonical.Key{Channel: channel}
	var head struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(body, &head) == nil {
		key.ID = head.ID
	}
	var source order
	if err := json.Unmarshal(body, &source); err != nil {
		return canonical.Order{Key: key}, fmt.Errorf("order %s does not have the expected form", key.ID)
	}
	result := canonical.Order{
		Key: key, Number: source.ID, PlacedAt: source.Placed.UTC(),
		Revision: canonical.Revision{UpdatedAt: source.Changed.UTC()},
		Status:   status(source.State), RawStatus: source.State,
		Currency: "EUR",
		Buyer:    canonical.Party{Name: source.Name, Email: source.Email},
		Totals: canonical.Totals{
			Net: cents(source.Total - source.Tax), Tax: cents(source.Tax), Grand: cents(source.Total),
		},
	}
	for _, line := range source.Lines {
		result.Lines = append(result.Lines, canonical.Line{
			ID: line.ID, Kind: canonical.LineProduct, SKU: line.SKU, Title: line.Title,
			Qty:       canonical.LineQty{Ordered: decimal.MustNew(line.Quantity, 0)},
			UnitPrice: cents(line.Price),
			Subtotal:  cents(line.Price * line.Quantity),
			Total:     cents(line.Price * line.Quantity),
			Taxes:     []canonical.Tax{{Code: "VAT", Amount: cents(line.Tax), Collector: canonical.CollectorSeller}},
		})
	}
	result.Revision.Digest = result.Digest()
	return result, nil
}

// cents turns minor units into an exact decimal, never through a float.
func cents(amount int64) canonical.Amount { return canonical.Shop(decimal.MustNew(amount, 2)) }

// status translates Acme's words; one that is not known is kept in RawStatus.
func status(word string) canonical.Status {
	switch word {
	case "new":
		return canonical.StatusPending
	case "paid":
		return canonical.StatusConfirmed
	case "cancelled":
		return canonical.StatusCancelled
	default:
		return canonical.StatusOther
	}
}
