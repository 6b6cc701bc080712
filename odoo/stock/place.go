package stock

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/odoo"
)

// place is a warehouse or a location that stock is counted in, with all that is below it.
type place struct {
	warehouse, location int64 // the one asked for
	root                int64 // the location that holds it all
	path                string
}

// context makes Odoo's own quantities count this place. Odoo 14 reads the key warehouse, Odoo 19 warehouse_id; each
// ignores the other.
func (p place) context() odoo.Context {
	if p.warehouse != 0 {
		return odoo.Context{"warehouse": p.warehouse, "warehouse_id": p.warehouse}
	}
	return odoo.Context{"location": p.location}
}

// places says where a query counts. Fresh reads warehouses and locations anew.
func (r *Reader) places(ctx context.Context, q Query, fresh bool) ([]place, error) {
	var wanted []place
	if len(q.Locations) > 0 {
		for _, id := range q.Locations {
			wanted = append(wanted, place{location: id, root: id})
		}
	} else {
		var err error
		if wanted, err = r.warehousePlaces(ctx, q, fresh); err != nil {
			return nil, err
		}
	}
	if len(wanted) == 0 {
		return nil, &odoo.Error{
			Code: odoo.CodeMissingRecord, Model: "stock.warehouse", Method: "search_read", Message: "the company has no warehouse that the user may see",
			Hint: "give the user the company, or name warehouses of another",
		}
	}
	paths, err := r.locationPaths(ctx, wanted, fresh)
	if err != nil {
		return nil, err
	}
	for i := range wanted {
		p := &wanted[i]
		if p.path = paths[p.root]; p.path == "" {
			return nil, missingPlace("stock.location", p.root)
		}
	}
	return wanted, nil
}

func (r *Reader) warehousePlaces(ctx context.Context, q Query, fresh bool) ([]place, error) {
	r.mu.Lock()
	known := r.warehouses
	r.mu.Unlock()
	unknown := func(id int64) bool { _, ok := known[id]; return !ok }
	if fresh || len(q.Warehouses) == 0 || slices.ContainsFunc(q.Warehouses, unknown) {
		var err error
		if known, err = r.loadWarehouses(ctx); err != nil {
			return nil, err
		}
	}
	var wanted []place
	for _, id := range q.Warehouses {
		w, ok := known[id]
		if !ok {
			return nil, missingPlace("stock.warehouse", id)
		}
		wanted = append(wanted, place{warehouse: id, root: w.View.ID})
	}
	if len(q.Warehouses) > 0 {
		return wanted, nil
	}
	for _, w := range known {
		if w.Active && (q.Company == 0 || w.Company.ID == q.Company) {
			wanted = append(wanted, place{warehouse: w.ID, root: w.View.ID})
		}
	}
	slices.SortFunc(wanted, func(a, b place) int { return cmp.Compare(a.warehouse, b.warehouse) })
	return wanted, nil
}

func missingPlace(model string, id int64) error {
	return &odoo.Error{
		Code: odoo.CodeMissingRecord, Model: model, IDs: []int64{id}, Message: fmt.Sprintf("%d is not there", id),
		Hint: "it was deleted, or belongs to a company that the user may not see",
	}
}

type locationRow struct {
	ID      int64         `json:"id"`
	Path    string        `json:"parent_path"`
	Usage   text          `json:"usage"`
	Company odoo.Many2One `json:"company_id"`
}

func (l locationRow) rowID() int64 { return l.ID }

// locationPaths returns the paths of the places' locations, by location; more may be there.
func (r *Reader) locationPaths(ctx context.Context, wanted []place, fresh bool) (map[int64]string, error) {
	r.mu.Lock()
	known := r.paths
	r.mu.Unlock()
	unknown := func(p place) bool { return known[p.root] == "" }
	if !fresh && !slices.ContainsFunc(wanted, unknown) {
		return known, nil
	}
	return r.loadPaths(ctx)
}

func (r *Reader) loadPaths(ctx context.Context) (map[int64]string, error) {
	read, err := allRows[locationRow](ctx, r.client, "stock.location", odoo.And(), []string{"parent_path", "usage", "company_id"})
	if err != nil {
		return nil, err
	}
	paths := make(map[int64]string, len(read))
	for _, l := range read {
		paths[l.ID] = l.Path
	}
	r.mu.Lock()
	r.paths, r.locations = paths, read
	r.mu.Unlock()
	return paths, nil
}

// mostForeign bounds how many locations a call names as of no concern.
const mostForeign = 500

// surroundings says what cannot concern the places: the known locations that gather goods for ever, of usages that none
// of theirs has; and which companies' moves can: those of the locations, or nil for those of any. Odoo lets no
// move reserve or carry goods at a location of another company; one of no company is open to all.
func (r *Reader) surroundings(places []place) (foreign, companies []int64) {
	r.mu.Lock()
	locations := r.locations
	r.mu.Unlock()
	usages, owners := map[string]bool{}, map[int64]bool{}
	for _, l := range locations {
		if slices.ContainsFunc(places, func(p place) bool { return p.holds(l.Path) }) {
			usages[string(l.Usage)], owners[l.Company.ID] = true, true
		}
	}
	for _, l := range locations {
		switch usage := string(l.Usage); usage {
		case "customer", "inventory", "production", "supplier":
			if !usages[usage] && len(foreign) < mostForeign {
				foreign = append(foreign, l.ID)
			}
		}
	}
	if owners[0] {
		return foreign, nil
	}
	return foreign, slices.Sorted(maps.Keys(owners))
}

// holds reports whether a location lies in the place.
func (p place) holds(path string) bool { return strings.HasPrefix(path, p.path) }
