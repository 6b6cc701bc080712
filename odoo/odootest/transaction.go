package odootest

// change is one step that a rollback undoes.
type change struct {
	table *table
	rec   *record
	field int // −1 inserted, −2 removed
	old   any
	name  string // of an External ID, where table is nil
	xid   *externalID
}

const (
	inserted = -1
	removed  = -2
)

// transaction is the undo log of one call.
type transaction struct {
	store *store
	log   []change
}

func (x *transaction) insert(t *table, r *record) {
	t.insert(r)
	x.log = append(x.log, change{table: t, rec: r, field: inserted})
}

func (x *transaction) remove(t *table, r *record) {
	t.remove(r)
	x.log = append(x.log, change{table: t, rec: r, field: removed})
}

func (x *transaction) set(t *table, r *record, field int, value any) {
	x.log = append(x.log, change{table: t, rec: r, field: field, old: r.v[field]})
	t.set(r, field, value)
}

// setXID binds an External ID, or with nil releases it.
func (x *transaction) setXID(name string, id *externalID) {
	x.log = append(x.log, change{name: name, xid: x.store.xids[name]})
	x.store.bind(name, id)
}

// savepoint marks a place to roll back to.
func (x *transaction) savepoint() int { return len(x.log) }

func (x *transaction) rollback(to int) {
	for i := len(x.log) - 1; i >= to; i-- {
		c := x.log[i]
		switch {
		case c.table == nil:
			x.store.bind(c.name, c.xid)
		case c.field == inserted:
			c.table.remove(c.rec)
		case c.field == removed:
			c.table.insert(c.rec)
		default:
			c.table.set(c.rec, c.field, c.old)
		}
	}
	clear(x.log[to:])
	x.log = x.log[:to]
}
