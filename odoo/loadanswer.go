package odoo

import (
	"encoding/json"
	"slices"
	"strings"
)

// loadAnswer is what load returned. IDs is nil if nothing was written.
type loadAnswer struct {
	IDs      []int64
	Messages []loadMessage
}

// loadMessage is one message of load. Record is the position of the record that it names, −1 if it names none.
type loadMessage struct {
	kind, text, field string
	record, row       int
}

func parseLoad(reply []byte) (*loadAnswer, error) {
	answer := &loadAnswer{}
	if isNull(reply) {
		return nil, errKind("a load result", reply)
	}
	_, err := eachMember(reply, 0, 0, func(key, value []byte) (err error) {
		switch {
		case keyIs(key, "ids"):
			if !isAbsent(value) {
				answer.IDs = []int64{}
				_, err = eachElement(value, 0, 0, func(v []byte) error {
					id, err := integer(v)
					if err == nil && id <= 0 {
						err = errKind("an id", v)
					}
					answer.IDs = append(answer.IDs, id)
					return err
				})
			}
		case keyIs(key, "messages"):
			if !isAbsent(value) {
				_, err = eachElement(value, 0, 0, func(v []byte) error {
					answer.Messages = append(answer.Messages, parseMessage(v))
					return nil
				})
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if answer.IDs != nil && answer.failed() {
		answer.IDs = nil
	}
	return answer, nil
}

// parseMessage reads what it can: modules add keys and shapes of their own.
func parseMessage(raw []byte) loadMessage {
	m := loadMessage{record: -1, row: -1}
	var parts struct {
		Type, Message, Field, Record, Rows json.RawMessage
	}
	if json.Unmarshal(raw, &parts) != nil {
		return m
	}
	m.kind, _ = text(parts.Type)
	m.text, _ = text(parts.Message)
	if m.field, _ = text(parts.Field); m.field == "" {
		var path []string
		if json.Unmarshal(parts.Field, &path) == nil {
			m.field = strings.Join(path, "/")
		}
	}
	if n, err := integer(parts.Record); err == nil && !isAbsent(parts.Record) {
		m.record = int(n)
	}
	var rows struct{ From *int }
	if json.Unmarshal(parts.Rows, &rows) == nil && rows.From != nil {
		m.row = *rows.From
	}
	return m
}

func (m *loadMessage) isError() bool { return m.kind == "error" }

// transient are PostgreSQL's words for a concurrent transaction, which load gives in-band.
var transient = []string{"could not serialize access", "deadlock detected", "could not obtain lock", "ir_model_data_module_name_uniq_index"}

// obscured is what Odoo up to 15 may say instead: where another entry takes a number of the journal at the same moment, it tries a record
// once more inside load(), with values that its first try has already changed, and a line then has no account. It may be so, too.
var obscured = []string{"account_move_line_check_accountable_required_fields"}

func (a *loadAnswer) failed() bool {
	for i := range a.Messages {
		if a.Messages[i].isError() {
			return true
		}
	}
	return false
}

// says tells whether one of the errors has one of the signs.
func (a *loadAnswer) says(signs []string) bool {
	for i := range a.Messages {
		m := &a.Messages[i]
		if m.isError() && slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(m.text, sign) }) {
			return true
		}
	}
	return false
}

// first is the first error message.
func (a *loadAnswer) first() loadMessage {
	for _, m := range a.Messages {
		if m.isError() {
			return m
		}
	}
	return loadMessage{kind: "error", text: "load wrote nothing and gave no reason", record: -1, row: -1}
}
