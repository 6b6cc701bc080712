package odootest

import (
	"errors"
	"slices"
	"strings"
)

// load is the import of rows with External IDs: it creates what is missing, updates what is there (or
// with mode=update and noupdate leaves it), and answers errors in band, with nothing written.
func (e *env) load(t *table, columns []string, data []any) (any, error) {
	module := "__import__"
	if s, ok := e.ctx["module"].(string); ok {
		module = s
	}
	ctx := cloneMap(e.ctx)
	ctx["_import_current_module"] = module
	e.ctx = ctx
	paths := make([][]string, len(columns))
	for i, c := range columns {
		paths[i] = importPath(c)
	}
	rows := make([][]any, len(data))
	for i, d := range data {
		rows[i], _ = d.([]any)
	}
	extracted, err := e.extract(t, paths, rows)
	if err != nil {
		return nil, err
	}
	l := &loading{env: e, table: t, module: module, start: e.tx.savepoint(), update: e.ctx["mode"] == "update", ids: []int64{}, pending: map[string]bool{}}
	for i, x := range extracted {
		l.record(i, x)
		if l.failed != nil {
			return nil, l.failed
		}
		if l.dead {
			break
		}
	}
	if !l.dead {
		l.flush()
	}
	var ids any = l.ids
	if slices.ContainsFunc(l.messages, func(m map[string]any) bool { return m["type"] == "error" }) {
		e.tx.rollback(l.start)
		e.dirty = e.dirty[:0]
		ids = false
	}
	if l.messages == nil {
		l.messages = []map[string]any{}
	}
	return map[string]any{"ids": ids, "messages": l.messages, "nextrow": 0}, nil
}

// loadConflict is the in-band answer of the loser of two loads.
func loadConflict() any {
	return map[string]any{"ids": false, "nextrow": 0, "messages": []map[string]any{{
		"rows": map[string]any{"from": 0, "to": 0}, "record": 0, "type": "error", "message": serializeText,
	}}}
}

// importPath splits a column: "a/b", and "a.id" and "a:id" as old exports wrote them.
func importPath(column string) []string {
	if strings.HasSuffix(column, ".id") && column != ".id" && !strings.HasSuffix(column, "/.id") {
		column = strings.TrimSuffix(column, ".id") + "/.id"
	}
	if strings.HasSuffix(column, ":id") {
		column = strings.TrimSuffix(column, ":id") + "/id"
	}
	return strings.Split(column, "/")
}

// extractedRow is one record of the data: raw values by field; a relational field has the list of its
// sub-records. The key "" is a record's name.
type extractedRow struct {
	values   map[string]any
	from, to int
}

// extract groups the rows into records: rows with nothing but one2many values continue the one above.
func (e *env) extract(t *table, paths [][]string, rows [][]any) ([]extractedRow, error) {
	many := make([]bool, len(paths))
	for i, p := range paths {
		if p[0] == "" || p[0] == "id" || p[0] == ".id" {
			continue
		}
		f := t.model.field(p[0])
		if f == nil {
			if e.series < 19 {
				return nil, raise(classKey, "%s", p[0])
			}
			return nil, valueError("Invalid field name %s", quote(p[0]))
		}
		many[i] = f.Type == One2Many
	}
	continues := func(row []any) bool {
		sub := false
		for i := range paths {
			if i < len(row) && !falsy(row[i]) {
				if !many[i] {
					return false
				}
				sub = true
			}
		}
		return sub
	}
	var out []extractedRow
	for i := 0; i < len(rows); {
		span := 1
		for i+span < len(rows) && continues(rows[i+span]) {
			span++
		}
		x := extractedRow{values: map[string]any{}, from: i, to: i + span - 1}
		for c, p := range paths {
			name := p[0]
			f := t.model.field(name)
			if f == nil || !f.relational() || name == "id" {
				if c < len(rows[i]) {
					x.values[name] = rows[i][c]
				}
				continue
			}
			if _, done := x.values[name]; done {
				continue
			}
			sub, err := e.extractSub(f, name, paths, rows[i:i+span])
			if err != nil {
				return nil, err
			}
			x.values[name] = sub
		}
		out = append(out, x)
		i += span
	}
	return out, nil
}

// extractSub takes the columns of one relational field and extracts its sub-records.
func (e *env) extractSub(f *Field, name string, paths [][]string, rows [][]any) ([]map[string]any, error) {
	var columns []int
	var subPaths [][]string
	for i, p := range paths {
		if p[0] == name {
			columns = append(columns, i)
			if len(p) == 1 {
				subPaths = append(subPaths, []string{""})
			} else {
				subPaths = append(subPaths, p[1:])
			}
		}
	}
	var subRows [][]any
	for _, row := range rows {
		cells := make([]any, len(columns))
		some := false
		for i, c := range columns {
			if c < len(row) {
				cells[i] = row[c]
				some = some || !falsy(row[c])
			}
		}
		if some {
			subRows = append(subRows, cells)
		}
	}
	other := e.table(f.Relation)
	if other == nil {
		return nil, raise(classKey, "'%s'", f.Relation)
	}
	extracted, err := e.extract(other, subPaths, subRows)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]any, len(extracted))
	for i := range extracted {
		out[i] = extracted[i].values
	}
	return out, nil
}

// loading is one load under way.
type loading struct {
	*env
	table    *table
	module   string
	start    int
	update   bool
	ids      []int64
	messages []map[string]any
	batch    []loadRecord
	pending  map[string]bool // External IDs of the batch
	dead     bool            // the transaction is broken: nothing more runs
	failed   error           // an exception that load does not catch
}

// loadRecord is a converted record that waits for the flush.
type loadRecord struct {
	xid  string
	id   int64
	vals map[string]any
	info map[string]any
}

// record converts one record and puts it into the batch.
func (l *loading) record(index int, x extractedRow) {
	info := func() map[string]any {
		return map[string]any{"rows": map[string]any{"from": x.from, "to": x.to}, "record": index}
	}
	r := loadRecord{}
	if !falsy(x.values[".id"]) {
		id, err := parseID(x.values[".id"])
		if err != nil || l.table.rows[id] == nil {
			m := info()
			m["type"], m["field"], m["message"] = "error", ".id", "Unknown database identifier '"+text(x.values[".id"])+"'"
			l.messages = append(l.messages, m)
		} else {
			r.id = id
		}
	}
	r.vals = l.convertAll(l.table, x.values, func(f *Field, err error) {
		m := info()
		m["type"], m["field"] = "error", f.Name
		if x := (*exception)(nil); errors.As(err, &x) {
			l.failed = x // no conversion error: the call itself fails
			return
		}
		var c *conversion
		if errors.As(err, &c) {
			m["message"] = strings.ReplaceAll(c.text, fieldMark, c.path(f.Label))
			if c.more != nil {
				m["moreinfo"] = c.more
			}
			if l.series >= 19 && c.explained {
				m["field_name"] = f.Label
			}
			l.dead = l.dead || (c.broken && l.series < 19)
		} else {
			m["message"] = err.Error()
		}
		l.messages = append(l.messages, m)
	})
	if xid, _ := x.values["id"].(string); xid != "" {
		r.xid = qualify(xid, l.module)
		r.id = 0
		l.pending[r.xid] = true
	}
	r.info = info()
	l.batch = append(l.batch, r)
}

func parseID(v any) (int64, error) {
	if n, ok := integer(v); ok {
		return n, nil
	}
	d, err := parseNumber(text(v))
	if err != nil || !d.IsInt() {
		return 0, errors.New("no id")
	}
	n, _, _ := d.Int64(0)
	return n, nil
}

// flush writes the batch: at once, or where that fails record by record to find all that is wrong.
func (l *loading) flush() {
	batch := l.batch
	l.batch, l.pending = nil, map[string]bool{}
	if len(batch) == 0 || l.dead {
		return
	}
	save := l.tx.savepoint()
	ids, err := l.save(batch)
	if err == nil {
		l.ids = append(l.ids, ids...)
		return
	}
	l.restart(save)
	l.ids = l.ids[:len(l.ids):len(l.ids)]
	var global map[string]any
	if x := (*exception)(nil); errors.As(err, &x) && l.isUserError(x) {
		global = cloneMap(batch[0].info)
		global["type"], global["message"] = "error", x.message
	}
	failed, first := 0, len(l.messages)
	for i, r := range batch {
		ids, err := l.save([]loadRecord{r})
		if err == nil {
			l.ids = append(l.ids, ids...)
			continue
		}
		l.restart(l.start)
		failed++
		l.messages = append(l.messages, l.refusal(r, err))
		if failed >= 10 && failed*10 >= i+1 {
			l.messages = append(l.messages, map[string]any{"type": "warning",
				"message": "Found more than 10 errors and more than one error per 10 records, interrupted to avoid showing too many errors."})
			break
		}
	}
	if failed > 0 && global != nil && !slices.ContainsFunc(l.messages[first:], func(m map[string]any) bool { return m["message"] == global["message"] }) {
		l.messages = slices.Insert(l.messages, 0, global)
	}
}

func (l *loading) restart(to int) {
	l.tx.rollback(to)
	l.dirty, l.depth = l.dirty[:0], 0
}

// isUserError reports whether Odoo tells what an exception says as it is.
func (l *loading) isUserError(x *exception) bool {
	switch x.class {
	case classUser, classValidation, classAccess, classDenied:
		return true
	case classMissing:
		return l.series > 14
	}
	return false
}

// refusal is the in-band message of a record that could not be saved.
func (l *loading) refusal(r loadRecord, err error) map[string]any {
	m := r.info
	m["type"] = "error"
	var refused *integrity
	var x *exception
	switch {
	case errors.As(err, &refused):
		m["message"] = refused.inside(l.series, l.table.model, refused.table.model)
		if refused.table == l.table && refused.kind == "null" {
			m["field"] = refused.field
		}
	case errors.As(err, &x) && l.isUserError(x):
		m["message"] = x.message
	case errors.As(err, &x):
		name := strings.TrimPrefix(x.class, "builtins.")
		m["message"] = "Unknown error during import: <class '" + name + "'>: " + x.message
		m["moreinfo"] = "Resolve other errors first"
	}
	return m
}

// save creates or updates records by External ID or id.
func (l *loading) save(batch []loadRecord) ([]int64, error) {
	ids := make([]int64, 0, len(batch))
	l.depth++
	defer func() { l.depth = 0 }()
	for _, r := range batch {
		id, err := l.saveOne(r)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	l.depth--
	return ids, l.settle()
}

func (l *loading) saveOne(r loadRecord) (int64, error) {
	if r.xid == "" {
		if r.id != 0 {
			return r.id, l.write(l.table, []int64{r.id}, r.vals)
		}
		if l.update {
			if l.series < 19 {
				return 0, raise(classKey, "'record'")
			}
			return 0, raise(classValidation, "Cannot update a record without specifying its id or xml_id")
		}
		return l.insert(r)
	}
	old := l.store.xids[r.xid]
	if old != nil && old.model != l.table.model.Name && l.series >= 19 {
		return 0, raise(classValidation, "For external id %s when trying to create/update a record of model %s found record of different model %s (%d)",
			r.xid, l.table.model.Name, old.model, old.id)
	}
	if old != nil && l.table.rows[old.res] != nil {
		if l.update && old.noupdate {
			return old.res, nil
		}
		return old.res, l.write(l.table, []int64{old.res}, r.vals)
	}
	if old != nil {
		l.tx.setXID(r.xid, nil)
	}
	id, err := l.insert(r)
	if err == nil {
		l.bind(r.xid, l.table.model.Name, id)
	}
	return id, err
}

func (l *loading) insert(r loadRecord) (int64, error) {
	ids, err := l.create(l.table, []map[string]any{r.vals})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}
