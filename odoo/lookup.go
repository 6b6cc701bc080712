package odoo

import (
	"context"
	"strconv"
)

// lookupSize is how many ids are asked for at once.
const lookupSize = 2000

// Lookup returns the External IDs of records by id. Records without one, or that do not exist, are left out. A
// record with several has the oldest. It only reads, and works for users without access to ir.model.data.
func (c *Client) Lookup(ctx context.Context, model string, ids []int64) (map[int64]ExternalID, error) {
	found := make(map[int64]ExternalID, len(ids))
	for len(ids) > 0 {
		part := ids[:min(len(ids), lookupSize)]
		ids = ids[len(part):]
		call := Call{Model: model, Method: "get_external_id", IDs: part, Effect: EffectRead}
		reply, err := c.call(ctx, call)
		if err != nil {
			return nil, err
		}
		_, err = eachMember(reply, 0, 0, func(key, value []byte) error {
			id, err := strconv.ParseInt(string(key[1:len(key)-1]), 10, 64)
			if err != nil {
				return errJSON
			}
			if isAbsent(value) {
				return nil
			}
			name, err := text(value)
			if err != nil {
				return err
			}
			if external, ok := ParseExternalID(name); ok {
				found[id] = external
			}
			return nil
		})
		if err != nil {
			return nil, decodeError(call, err)
		}
	}
	return found, nil
}
