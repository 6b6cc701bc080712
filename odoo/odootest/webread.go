package odootest

import (
	"maps"
	"slices"
)

// webSearchRead answers web_search_read as it is since 17: the fields of the specification, links as plain ids, and for
// a many2one that names fields of its own a record. What is asked of lines is not known here.
func (e *env) webSearchRead(t *table, a map[string]any) (any, error) {
	if err := e.allow(t, 'r'); err != nil {
		return nil, err
	}
	ids, err := e.search(t, a["domain"], orderArg(a), intOf(a["offset"]), intOf(a["limit"]))
	if err != nil {
		return nil, err
	}
	specification, _ := a["specification"].(map[string]any)
	records, err := e.webRead(t, ids, specification)
	length := intOf(a["offset"]) + len(records)
	if limit := intOf(a["limit"]); err == nil && limit > 0 && len(records) == limit {
		var all []int64
		all, err = e.search(t, a["domain"], "", 0, intOf(a["count_limit"]))
		length = len(all)
	}
	return map[string]any{"length": length, "records": records}, err
}

func (e *env) webRead(t *table, ids []int64, specification map[string]any) ([]any, error) {
	records, err := e.read(t, ids, append(slices.Sorted(maps.Keys(specification)), "id"), true)
	if err != nil {
		return nil, err
	}
	for name, of := range specification {
		f := t.model.field(name)
		more, _ := of.(map[string]any)
		fields, deeper := more["fields"].(map[string]any)
		if f.Type != Many2One || !deeper {
			continue
		}
		other := e.table(f.Relation)
		for _, raw := range records {
			record, _ := raw.(map[string]any)
			id, ok := record[name].(int64)
			if !ok {
				continue
			}
			if err := e.allow(other, 'r'); err != nil {
				return nil, err
			}
			linked, err := e.webRead(other, []int64{id}, fields)
			if err != nil {
				return nil, err
			}
			if len(linked) > 0 {
				record[name] = linked[0]
			}
		}
	}
	return records, nil
}
