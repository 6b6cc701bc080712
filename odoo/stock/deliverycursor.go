package stock

import (
	"strconv"
	"time"

	"github.com/retailsync/retailsync/internal/lookback"
	"github.com/retailsync/retailsync/odoo"
)

// DeliveryCursor is a position in the changes of deliveries. It is text that can be stored; only this package reads it.
type DeliveryCursor string

func parseDeliveryCursor(cursor DeliveryCursor) (lookback.Position, error) {
	p, ok := lookback.Parse(string(cursor))
	if !ok {
		return p, &odoo.Error{
			Code: odoo.CodeBadArguments, Model: "stock.picking", Message: "not a cursor of deliveries of odoo/stock",
			Hint: "begin with an empty cursor; what was published before is recognised",
		}
	}
	return p, nil
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

func (d changedDelivery) look() string {
	return lookback.Look(d.Written, strconv.FormatInt(d.Done.Unix(), 36), strconv.FormatInt(d.Carrier.ID, 36), d.Tracking)
}
