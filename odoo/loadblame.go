package odoo

import (
	"strings"
)

// blame finds the records that failed, by position in the chunk. None if no message names one for certain.
//
// Two things in Odoo keep it from simply believing every message. Odoo 19 puts a message about the whole
// batch first and names the first record in it. And after a failed record it rolls back those before it,
// so that records which refer to them fail too, though nothing is wrong with them.
func (l *loader) blame(chunk []int, answer *loadAnswer) map[int]*Error {
	position := l.positions(chunk)
	var accused []accusation
	for _, m := range answer.Messages {
		if !m.isError() {
			continue
		}
		at := m.record
		if found, ok := position[m.row]; ok {
			at = found
		}
		if at < 0 || at >= len(chunk) || strings.Contains(m.text, "current transaction is aborted") {
			continue
		}
		accused = append(accused, accusation{at, m})
	}
	certain := true
	if doubtful, copied := aboutAll(accused); doubtful {
		accused, certain = accused[1:], copied
	}
	blamed := map[int]*Error{}
	for n, a := range accused {
		if blamed[a.at] == nil && (n == 0 && certain || !l.dependent(chunk, a.at)) {
			blamed[a.at] = l.messageError(a.message)
		}
	}
	return blamed
}

// accusation is a message and the record that it names, by position in the chunk.
type accusation struct {
	at      int
	message loadMessage
}

// aboutAll reports whether the first message may be about the whole batch rather than about the record
// that it names, and whether it is a copy of a later one, which settles that.
func aboutAll(accused []accusation) (doubtful, copied bool) {
	if len(accused) < 2 || accused[0].message.field != "" {
		return false, false
	}
	for _, a := range accused[1:] {
		if a.at == accused[0].at || a.message.field != "" {
			continue
		}
		doubtful = true
		copied = copied || a.message.text == accused[0].message.text
	}
	return doubtful, copied
}

// positions maps the first row of each record to its position.
func (l *loader) positions(chunk []int) map[int]int {
	position := make(map[int]int, len(chunk))
	row := 0
	for n, i := range chunk {
		position[row] = n
		row += len(l.batch.Records[i].Rows)
	}
	return position
}

// dependent reports whether a record refers to an earlier one of the chunk.
func (l *loader) dependent(chunk []int, at int) bool {
	earlier := make(map[string]bool, at)
	for _, i := range chunk[:at] {
		earlier[l.batch.Records[i].ExternalID.String()] = true
	}
	for _, row := range l.batch.Records[chunk[at]].Rows {
		for column, cell := range row {
			if !strings.HasSuffix(l.fields[column+1], "/id") {
				continue
			}
			for name := range strings.SplitSeq(cell, ",") {
				if earlier[strings.TrimSpace(name)] {
					return true
				}
			}
		}
	}
	return false
}

// messageError turns a message into an error. Odoo 14 writes the exception's class into the text.
func (l *loader) messageError(m loadMessage) *Error {
	call := Call{Model: l.batch.Model, Method: "load"}
	if class, ok := cutQuoted(m.text, "<class '", "'>"); ok {
		_, message, _ := strings.Cut(m.text, "'>")
		if !strings.Contains(class, ".") {
			class = "builtins." + class
		}
		e := errorOf(&call, 0, exception{Name: class, Message: strings.TrimLeft(message, ": ")})
		e.Field = orText(e.Field, m.field)
		return e
	}
	e := &Error{Code: CodeValidation, Model: call.Model, Method: call.Method, Field: m.field, Message: shorten(m.text)}
	switch {
	case strings.HasPrefix(m.text, "No matching record found"), strings.HasPrefix(m.text, "Unknown database identifier"):
		e.Code, e.Hint = CodeMissingRecord, "the record that the field refers to does not exist, or the user may not see it"
	case strings.HasPrefix(m.text, "You are not allowed to"), strings.Contains(m.text, "Access Denied"):
		e.Code = CodeAccess
		e.Hint = hintFor(e)
	case strings.HasPrefix(m.text, "Missing required value"), isIntegrity(m.text):
		e.Code, e.Hint = CodeIntegrity, "set the field, or change the value that is there already"
	}
	return e
}

func orText(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
