package stock

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Arrivals says when deliveries reached the customer, as far as a field of stock.picking says so: a date or datetime, or,
// with a value, another field once it has that value (letter case does not matter; "true" for a checkbox); the time is then
// that of the delivery's last change. Deliveries of which nothing is said are left out. A field that the database does not
// have is an error of [odoo.CodeUnknownField]. It only reads.
func (r *Reader) Arrivals(ctx context.Context, deliveries []int64, field, value string) (map[int64]time.Time, error) {
	if len(deliveries) == 0 || field == "" {
		return nil, nil
	}
	if err := r.client.Require(ctx, "stock.picking", field); err != nil {
		return nil, err
	}
	rows, err := odoo.Invoke[[]map[string]json.RawMessage](ctx, r.client, odoo.Call{
		Model: "stock.picking", Method: "search_read", Effect: odoo.EffectRead,
		Args: odoo.Args{"domain": odoo.In("id", deliveries), "fields": []string{field, "write_date"}, "order": "id"},
	})
	if err != nil {
		return nil, err
	}
	arrivals := map[int64]time.Time{}
	for _, row := range rows {
		var id int64
		if err := json.Unmarshal(row["id"], &id); err != nil {
			return nil, badArrival(field, "the id of a delivery cannot be read")
		}
		at, arrived, err := arrival(row[field], row["write_date"], value)
		if err != nil {
			return nil, badArrival(field, fmt.Sprintf("of the delivery %d: %s", id, err))
		}
		if arrived {
			arrivals[id] = at
		}
	}
	return arrivals, nil
}

func badArrival(field, message string) error {
	return &odoo.Error{
		Code: odoo.CodeDecode, Model: "stock.picking", Method: "search_read", Field: field, Message: message,
		Hint: "name a date or datetime field under shipments.delivered, or give the value that says it",
	}
}

// arrival reads one value of the field.
func arrival(raw, written json.RawMessage, value string) (at time.Time, arrived bool, err error) {
	var said, changed text
	if string(raw) == "true" {
		said = "true"
	} else if err := json.Unmarshal(raw, &said); err != nil {
		var link odoo.Many2One
		if json.Unmarshal(raw, &link) != nil || value == "" {
			return time.Time{}, false, fmt.Errorf("this kind of field does not say it")
		}
		said = text(link.Name)
	}
	if said == "" || value != "" && !strings.EqualFold(strings.TrimSpace(string(said)), strings.TrimSpace(value)) {
		return time.Time{}, false, nil
	}
	moment := said
	if value != "" {
		if err := json.Unmarshal(written, &changed); err != nil {
			return time.Time{}, false, fmt.Errorf("its time of change cannot be read")
		}
		moment = changed
	}
	for _, layout := range []string{time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, string(moment)); err == nil {
			return at, true, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("this is no date")
}
