package odootest

import (
	"slices"
	"strings"
)

// create inserts records and computes what follows from them. External IDs given as "id" (sub-rows of
// a load) are bound to the new records.
func (e *env) create(t *table, list []map[string]any) ([]int64, error) {
	if err := e.allow(t, 'c'); err != nil {
		return nil, err
	}
	e.depth++
	ids := make([]int64, 0, len(list))
	for _, vals := range list {
		id, err := e.make(t, vals)
		if err != nil {
			e.depth--
			return nil, err
		}
		ids = append(ids, id)
	}
	e.depth--
	return ids, e.settle()
}

// make creates one record, or finds the one that stands for it.
func (e *env) make(t *table, vals map[string]any) (int64, error) {
	if hook := making[t.model.Name]; hook != nil {
		if id, made, err := hook(e, t, vals); made || err != nil {
			return id, err
		}
	}
	id, err := e.createOne(t, vals)
	if err != nil {
		return 0, err
	}
	if hook := created[t.model.Name]; hook != nil {
		hook(e, t, t.rows[id])
	}
	return id, nil
}

func (e *env) createOne(t *table, vals map[string]any) (int64, error) {
	if err := e.known(t, vals); err != nil {
		return 0, err
	}
	if hook := creating[t.model.Name]; hook != nil {
		vals = hook(e, t, vals)
	}
	t.last++
	r := &record{id: t.last, v: make([]any, len(t.model.Fields))}
	var later []pending
	for i := range t.model.Fields {
		f := &t.model.Fields[i]
		if f.Name == "id" {
			continue
		}
		raw, given := vals[f.Name]
		if !given && e.ctx["default_"+f.Name] != nil {
			raw, given = e.ctx["default_"+f.Name], true
		}
		if !f.stored() {
			if given && (f.Type == One2Many || f.inverse != nil) {
				later = append(later, pending{f, raw})
			}
			continue
		}
		if f.Type == Many2Many && given {
			later = append(later, pending{f, raw})
			continue
		}
		if !given {
			raw = f.Default
		}
		v, err := e.convert(t, f, raw)
		if err != nil {
			return 0, err
		}
		r.v[i] = v
	}
	e.stamp(t, r, "create")
	e.stamp(t, r, "write")
	if err := e.complete(t, r, vals); err != nil {
		return 0, err
	}
	if err := e.constrain(t, r, vals); err != nil {
		return 0, err
	}
	e.tx.insert(t, r)
	// Invoices before 16 make their lines anew, without the names.
	if xid, ok := vals["id"].(string); ok && xid != "" && (e.series >= 16 || t.model.Name != "account.move.line") && e.ctx["_import_current_module"] != nil {
		e.bind(qualify(xid, e.ctx["_import_current_module"].(string)), t.model.Name, r.id)
	}
	for _, p := range later {
		if err := p.put(e, t, r); err != nil {
			return 0, err
		}
	}
	e.touch(t, r)
	return r.id, nil
}

// known refuses field names that the model lacks.
func (e *env) known(t *table, vals map[string]any) error {
	for name := range vals {
		if t.model.field(name) == nil {
			if e.series < 19 {
				return valueError("Invalid field %s on model %s", quote(name), quote(t.model.Name))
			}
			return valueError("Invalid field %s in %s", quote(name), quote(t.model.Name))
		}
	}
	return nil
}

func (e *env) stamp(t *table, r *record, what string) {
	r.v[t.model.field(what+"_date").index] = e.stampTime()
	r.v[t.model.field(what+"_uid").index] = e.user.id
}

// write changes records.
func (e *env) write(t *table, ids []int64, vals map[string]any) error {
	if err := e.allow(t, 'w'); err != nil {
		return err
	}
	if err := e.known(t, vals); err != nil {
		return err
	}
	for _, id := range ids {
		if t.rows[id] == nil {
			return missing(t.model.Name, id, e.user.id)
		}
	}
	var after func() error
	if hook := writing[t.model.Name]; hook != nil {
		var err error
		if after, err = hook(e, t, ids, vals); err != nil {
			return err
		}
	}
	e.depth++
	for _, id := range ids {
		if err := e.writeOne(t, t.rows[id], vals); err != nil {
			e.depth--
			return err
		}
	}
	e.depth--
	if after != nil {
		if err := after(); err != nil {
			return err
		}
	}
	return e.settle()
}

func (e *env) writeOne(t *table, r *record, vals map[string]any) error {
	e.touch(t, r) // before, in case the line moves to another order
	var later []pending
	for i := range t.model.Fields {
		f := &t.model.Fields[i]
		raw, given := vals[f.Name]
		if !given || f.Name == "id" {
			continue
		}
		if f.Type == One2Many || f.Type == Many2Many {
			if err := e.apply(t, r, f, raw); err != nil {
				return err
			}
			continue
		}
		if f.inverse != nil {
			later = append(later, pending{f, raw})
		}
		if !f.stored() {
			continue
		}
		v, err := e.convert(t, f, raw)
		if err != nil {
			return err
		}
		e.tx.set(t, r, i, v)
	}
	e.tx.set(t, r, t.model.field("write_date").index, e.stampTime())
	e.tx.set(t, r, t.model.field("write_uid").index, e.user.id)
	if err := e.constrain(t, r, vals); err != nil {
		return err
	}
	for _, p := range later {
		if err := p.put(e, t, r); err != nil {
			return err
		}
	}
	e.touch(t, r)
	return nil
}

// pending is a value that is written once the record is there: commands of an x2many, or what a computed field's
// inverse takes.
type pending struct {
	f   *Field
	raw any
}

func (p pending) put(e *env, t *table, r *record) error {
	if p.f.inverse != nil {
		return p.f.inverse(e, t, r, p.raw)
	}
	return e.apply(t, r, p.f, p.raw)
}

// unlink removes records with what hangs on them and their External IDs.
func (e *env) unlink(t *table, ids []int64) error {
	if err := e.allow(t, 'u'); err != nil {
		return err
	}
	for _, id := range ids {
		if t.rows[id] == nil {
			return missing(t.model.Name, id, e.user.id)
		}
	}
	if hook := unlinking[t.model.Name]; hook != nil {
		if err := hook(e, t, ids); err != nil {
			return err
		}
	}
	for _, id := range ids {
		e.erase(t, id)
	}
	return e.settle()
}

func (e *env) erase(t *table, id int64) {
	r := t.rows[id]
	if r == nil {
		return
	}
	e.touch(t, r)
	for i := range t.model.Fields {
		f := &t.model.Fields[i]
		if f.mirror != "" {
			e.mirror(e.table(f.Relation), f, id, t.list(r, f.Name), nil)
		}
		if f.Type == One2Many {
			if other := e.table(f.Relation); other != nil && other.model.field(f.Inverse) != nil && other.model.field(f.Inverse).Required {
				for _, child := range slices.Clone(other.by(other.model.field(f.Inverse), id)) {
					e.erase(other, child)
				}
			}
		}
	}
	for _, name := range slices.Clone(e.store.names[target{t.model.Name, id}]) {
		e.tx.setXID(name, nil)
	}
	e.tx.remove(t, r)
}

// convert turns a value as the API gives it into what a record holds.
func (e *env) convert(t *table, f *Field, raw any) (any, error) {
	switch f.Type {
	case Boolean:
		return !falsy(raw), nil
	case Integer:
		if s, ok := raw.(string); ok {
			d, err := parseNumber(s)
			if err != nil || !d.IsInt() {
				return nil, valueError("invalid literal for int() with base 10: %s", quote(s))
			}
			raw = d
		}
		n, ok := integer(raw)
		if !ok {
			return nil, raise(classType, "int() argument must be a string or a number")
		}
		return n, nil
	case Float:
		return number(raw, f.Digits)
	case Monetary:
		return number(raw, 0)
	case Many2One:
		return e.convertLink(t, f, raw)
	case Many2Many, One2Many:
		return nil, nil
	case JSON:
		if falsy(raw) {
			return nil, nil
		}
		return raw, nil
	}
	if raw == nil || raw == false {
		return nil, nil
	}
	s := text(raw)
	switch f.Type {
	case Selection:
		if !slices.ContainsFunc(f.Selection, func(o [2]string) bool { return o[0] == s }) {
			if s == "" {
				return nil, nil
			}
			return nil, valueError("Wrong value for %s.%s: %s", t.model.Name, f.Name, quote(raw))
		}
	case Date, Datetime:
		if s == "" {
			return nil, nil
		}
		return checkTime(s, f.Type == Datetime)
	}
	return s, nil
}

func (e *env) convertLink(t *table, f *Field, raw any) (any, error) {
	if pair, ok := raw.([]any); ok && len(pair) == 2 {
		raw = pair[0]
	}
	if falsy(raw) {
		return nil, nil
	}
	if s, ok := raw.(string); ok {
		return nil, aborted(s)
	}
	id, ok := integer(raw)
	if !ok {
		return nil, valueError("Wrong value for %s.%s: %s", t.model.Name, f.Name, quote(raw))
	}
	return id, nil
}

// constrain checks what the database would: values that must not be null, the models' checks, and that
// the links just written lead somewhere.
func (e *env) constrain(t *table, r *record, vals map[string]any) error {
	for i := range t.model.Fields {
		if f := &t.model.Fields[i]; f.Required && f.stored() && r.v[i] == nil {
			return &integrity{kind: "null", table: t, field: f.Name}
		}
	}
	switch t.model.Name {
	case "sale.order.line":
		if err := checkLine(t, r, e.series); err != nil {
			return err
		}
	case "res.partner":
		if t.str(r, "name") == "" && t.str(r, "type") == "contact" {
			return &integrity{kind: "check", table: t, field: "name", check: "check_name", text: "Contacts require a name"}
		}
	}
	for name := range vals {
		f := t.model.field(name)
		if f.Type != Many2One || !f.stored() || r.v[f.index] == nil {
			continue
		}
		if other := e.table(f.Relation); other != nil && other.rows[r.v[f.index].(int64)] == nil {
			return &integrity{kind: "fk", table: t, field: f.Name}
		}
	}
	return nil
}

// bind gives a record an External ID; the noupdate flag is set once, when the id is new.
func (e *env) bind(name, model string, res int64) {
	old := e.store.xids[name]
	if old != nil && old.model == model && old.res == res {
		return
	}
	e.store.xidSeq++
	id := &externalID{id: e.store.xidSeq, model: model, res: res, noupdate: e.flag("noupdate")}
	if old != nil {
		id.noupdate = old.noupdate
	}
	e.tx.setXID(name, id)
}

func qualify(xid, module string) string {
	if strings.Contains(xid, ".") {
		return xid
	}
	return module + "." + xid
}

func cloneMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}
