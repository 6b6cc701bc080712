package odoo

import (
	"context"
	"maps"
	"strings"
)

// newLoader checks a batch and translates its columns.
func (c *Client) newLoader(ctx context.Context, batch LoadBatch) (*loader, error) {
	l := &loader{
		client: c, batch: batch, fields: []string{"id"}, results: make([]LoadResult, len(batch.Records)),
		sizes: make([]int, len(batch.Records)), context: Context{"noupdate": true},
	}
	maps.Copy(l.context, batch.Context)
	switch batch.Mode {
	case InsertMissing:
		l.context["mode"] = "update"
		l.context["noupdate"] = true
	case Upsert:
		delete(l.context, "mode")
	default:
		return nil, l.refuse("", "unknown mode", "use InsertMissing or Upsert")
	}
	if len(batch.Records) == 0 {
		return l, nil
	}
	lines := make([]bool, len(batch.Fields))
	seen := map[string]bool{}
	for i, column := range batch.Fields {
		if seen[column] {
			return nil, l.refuse(column, "the column is there twice", "remove one")
		}
		seen[column] = true
		name, line, err := c.column(ctx, batch.Model, column)
		if err != nil {
			return nil, err
		}
		l.fields = append(l.fields, name)
		lines[i] = line
	}
	names := make(map[ExternalID]int, len(batch.Records))
	for i := range batch.Records {
		record := &batch.Records[i]
		if message := checkRecord(record, lines); message != "" {
			e := l.refuse("", message, "nothing was sent for this record")
			e.ExternalID = record.ExternalID
			l.results[i].Err = e
			continue
		}
		if _, twice := names[record.ExternalID]; twice {
			e := l.refuse("", "the External ID is in the batch twice", "merge the records, or load them one after the other")
			e.ExternalID = record.ExternalID
			l.results[i].Err = e
			continue
		}
		names[record.ExternalID] = i
		for _, row := range record.Rows {
			for _, cell := range row {
				l.sizes[i] += len(cell) + 3
			}
		}
	}
	return l, nil
}

func (l *loader) refuse(field, message, hint string) *Error {
	return &Error{Code: CodeBadArguments, Model: l.batch.Model, Method: "load", Field: field, Message: message, Hint: hint}
}

// column translates "order_line/tax_ids/.id" to this version, and tells whether it is a field of sub-lines.
func (c *Client) column(ctx context.Context, model, column string) (name string, line bool, err error) {
	path := strings.Split(column, "/")
	root := model
	for i, step := range path {
		if i > 0 && (step == "id" || step == ".id") && i == len(path)-1 {
			break
		}
		known, err := c.Fields(ctx, model)
		if err != nil {
			return "", false, err
		}
		resolved := ""
		if step != "id" && step != ".id" {
			resolved = c.resolve(model, step, nil, known)
		}
		field := known[resolved]
		if resolved == "" || i < len(path)-1 && field.Relation == "" {
			e := c.missingFields(model, []string{step})
			e.Method = "load"
			if step == "id" || step == ".id" {
				e.Code, e.Message, e.Hint = CodeBadArguments, "the record's own id is no column", "set LoadRecord.ExternalID"
			}
			if model != root {
				e.Field = column
			}
			return "", false, e
		}
		path[i] = resolved
		line = line || i == 0 && field.Type == "one2many"
		model = field.Relation
	}
	return strings.Join(path, "/"), line, nil
}

// checkRecord returns what is wrong with the shape of a record, or "".
func checkRecord(record *LoadRecord, lines []bool) string {
	x := record.ExternalID
	switch {
	case x.Module == "" || x.Name == "":
		return "the record has no External ID"
	case strings.Contains(x.Module, ".") || strings.Contains(x.Name, "."):
		return "the External ID holds a dot, which separates module and name; make it with NewExternalID"
	case len(record.Rows) == 0:
		return "the record has no rows"
	}
	for n, row := range record.Rows {
		if len(row) != len(lines) {
			return "a row has another number of cells than there are columns"
		}
		filled := n == 0
		for i, cell := range row {
			if n > 0 && cell != "" && !lines[i] {
				return "a further row fills a cell of the record itself; Odoo would take it for another record"
			}
			filled = filled || cell != ""
		}
		if !filled {
			return "a further row is empty"
		}
	}
	return ""
}
