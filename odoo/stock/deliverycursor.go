package stock

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// DeliveryCursor is a position in the changes of deliveries. It is text that can be stored; only this package reads it.
type DeliveryCursor string

// deliveryPosition is what a cursor holds.
type deliveryPosition struct {
	Version int `json:"v"`
	// At is the latest write_date that was seen, by Odoo's clock, in Unix seconds.
	At int64 `json:"at"`
	// Back is when all of the long overlap was read last, by the connector's clock, in Unix seconds.
	Back int64 `json:"back"`
	// Seen are the deliveries of the short overlap before At, with what they looked like.
	Seen map[string]string `json:"seen,omitempty"`
}

const (
	deliveryCursorVersion = 1
	// mostSeenDeliveries bounds a cursor to what stores take, about 30 bytes each. Those beyond it are named again, which
	// costs time but loses nothing.
	mostSeenDeliveries = 1500
)

func (p deliveryPosition) cursor() (DeliveryCursor, error) {
	p.Version = deliveryCursorVersion
	data, err := json.Marshal(p)
	return DeliveryCursor(data), err
}

func parseDeliveryCursor(cursor DeliveryCursor) (deliveryPosition, error) {
	var p deliveryPosition
	if err := json.Unmarshal([]byte(cursor), &p); err != nil || p.Version != deliveryCursorVersion || p.At <= 0 {
		return deliveryPosition{}, &odoo.Error{
			Code: odoo.CodeBadArguments, Model: "stock.picking", Message: "not a cursor of deliveries of odoo/stock",
			Hint: "begin with an empty cursor; what was published before is recognised",
		}
	}
	return p, nil
}

// note takes a delivery in and reports whether it is new or looks different.
func (p *deliveryPosition) note(row changedDelivery) bool {
	p.At = max(p.At, row.Written.Unix())
	key, look := strconv.FormatInt(row.ID, 36), row.look()
	if p.Seen[key] == look {
		return false
	}
	if p.Seen == nil {
		p.Seen = map[string]string{}
	}
	p.Seen[key] = look
	return true
}

// trim forgets the deliveries that were written before from and, beyond the bound, the oldest.
func (p *deliveryPosition) trim(from int64) {
	at := func(look string) int64 {
		stamp, _, _ := strings.Cut(look, "-")
		seconds, _ := strconv.ParseInt(stamp, 36, 64) // a look that cannot be read is the oldest
		return seconds
	}
	maps.DeleteFunc(p.Seen, func(_, look string) bool { return at(look) < from })
	if len(p.Seen) <= mostSeenDeliveries {
		return
	}
	keys := slices.SortedFunc(maps.Keys(p.Seen), func(a, b string) int {
		return cmp.Or(cmp.Compare(at(p.Seen[b]), at(p.Seen[a])), strings.Compare(a, b))
	})
	for _, key := range keys[mostSeenDeliveries:] {
		delete(p.Seen, key)
	}
}

// changedDelivery is a delivery as far as changes of it are noticed by.
type changedDelivery struct {
	ID       int64         `odoo:"id"`
	Written  time.Time     `odoo:"write_date,readonly"`
	Done     time.Time     `odoo:"date_done"`
	Carrier  odoo.Many2One `odoo:"carrier_id,optional"`
	Tracking string        `odoo:"carrier_tracking_ref,optional"`
}

func (changedDelivery) OdooModel() string { return "stock.picking" }

// look is what the delivery looks like. It begins with its time; the rest tells two changes within one second apart,
// since Odoo cuts times to seconds.
func (d changedDelivery) look() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strconv.FormatInt(d.Done.Unix(), 36) + "/" + strconv.FormatInt(d.Carrier.ID, 36) + "/" + d.Tracking)) // never fails
	return strconv.FormatInt(d.Written.Unix(), 36) + "-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}
