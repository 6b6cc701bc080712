package odootest

import "slices"

// externalID is one row of ir.model.data.
type externalID struct {
	id       int64
	model    string
	res      int64
	noupdate bool
}

// target is the record that an External ID names.
type target struct {
	model string
	res   int64
}

// store holds all records of a database.
type store struct {
	tables map[string]*table
	xids   map[string]*externalID
	names  map[target][]string // the External IDs of a record, oldest first
	xidSeq int64
	order  int64 // the order number last given out
	// pickings are the numbers last given out, by operation type.
	pickings map[int64]int64
}

func newStore() *store {
	return &store{tables: map[string]*table{}, xids: map[string]*externalID{}, names: map[target][]string{}, pickings: map[int64]int64{}}
}

// bind sets or, with nil, forgets an External ID.
func (s *store) bind(name string, id *externalID) {
	if old := s.xids[name]; old != nil {
		at := target{old.model, old.res}
		left := slices.DeleteFunc(s.names[at], func(n string) bool { return n == name })
		if len(left) == 0 {
			delete(s.names, at)
		} else {
			s.names[at] = left
		}
	}
	if id == nil {
		delete(s.xids, name)
		return
	}
	s.xids[name] = id
	at := target{id.model, id.res}
	s.names[at] = append(s.names[at], name)
}
