package odoo

import "encoding/json"

// Command changes a one2many or many2many field of a record that is written. Commands are carried out in order.
type Command struct {
	code, id int64
	value    any
}

// Commands is the type of such fields in structs that are written; they are never read.
type Commands []Command

// CreateCmd adds a new record with these values.
func CreateCmd(values any) Command { return Command{code: 0, value: values} }

// UpdateCmd writes values to a linked record.
func UpdateCmd(id int64, values any) Command { return Command{code: 1, id: id, value: values} }

// DeleteCmd unlinks a record and deletes it.
func DeleteCmd(id int64) Command { return Command{code: 2, id: id, value: 0} }

// UnlinkCmd unlinks a record and keeps it.
func UnlinkCmd(id int64) Command { return Command{code: 3, id: id, value: 0} }

// LinkCmd links an existing record.
func LinkCmd(id int64) Command { return Command{code: 4, id: id, value: 0} }

// ClearCmd unlinks all records.
func ClearCmd() Command { return Command{code: 5, value: 0} }

// ReplaceCmd links exactly these records.
func ReplaceCmd(ids ...int64) Command {
	if ids == nil {
		ids = []int64{}
	}
	return Command{code: 6, value: ids}
}

// MarshalJSON writes the command as Odoo's triple.
func (c Command) MarshalJSON() ([]byte, error) {
	return json.Marshal([3]any{c.code, c.id, c.value})
}
