package odoo

import (
	"context"
	"iter"
	"reflect"
)

// SearchOption changes a search.
type SearchOption func(*searchSettings)

type searchSettings struct {
	limit, page int
	order       string
	context     Context
}

// Limit bounds the number of records.
func Limit(n int) SearchOption { return func(s *searchSettings) { s.limit = n } }

// PageSize is how many records are read per call; 500 by default. It bounds the memory of [Search].
func PageSize(n int) SearchOption { return func(s *searchSettings) { s.page = n } }

// OrderBy orders by fields, such as "date_order desc, id". It needs [Limit], and all records come in one call:
// only the order by id, the default, can be paged without losing or doubling records.
func OrderBy(order string) SearchOption { return func(s *searchSettings) { s.order = order } }

// InContext adds Odoo context keys to the search.
func InContext(with Context) SearchOption { return func(s *searchSettings) { s.context = with } }

// Archived also finds archived records (active_test).
func Archived() SearchOption { return InContext(Context{"active_test": false}) }

// Search streams the records that fit, by ascending id, page by page. Records that are created, changed or
// deleted meanwhile make it neither lose nor repeat others. The first error ends it. T must have a field
// for "id".
func Search[T Model](ctx context.Context, c *Client, domain Domain, options ...SearchOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		s := newSearch(options)
		p, err := s.plan(ctx, c, reflect.TypeFor[T]())
		if err != nil {
			yield(zero, err)
			return
		}
		var last int64
		var page []T
		for left := s.limit; s.limit == 0 || left > 0; {
			size := s.page
			if s.limit > 0 {
				size = min(size, left)
			}
			if page, err = readPage(ctx, c, p, s, domain, last, size, page[:0]); err != nil {
				yield(zero, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if len(page) < size || s.order != "" {
				return
			}
			left -= len(page)
			reached := p.idOf(reflect.ValueOf(&page[len(page)-1]).Elem())
			if reached <= last {
				yield(zero, &Error{Code: CodeDecode, Model: p.model, Method: "search_read", Message: "the server did not order the records by id"})
				return
			}
			last = reached
		}
	}
}

func newSearch(options []SearchOption) searchSettings {
	var s searchSettings
	for _, option := range options {
		option(&s)
	}
	s.limit = max(0, s.limit)
	if s.page <= 0 {
		s.page = 500
	}
	if s.order != "" && s.limit > 0 {
		s.page = s.limit
	}
	return s
}

func (s searchSettings) plan(ctx context.Context, c *Client, t reflect.Type) (*plan, error) {
	p, err := c.planOf(ctx, t)
	if err != nil {
		return nil, err
	}
	if s.order != "" && s.limit == 0 {
		return nil, &Error{Code: CodeBadArguments, Model: p.model, Method: "search_read", Message: "an order of its own needs a limit", Hint: "add odoo.Limit, or leave the order out to stream by id"}
	}
	if s.order == "" && p.id == nil && (s.limit == 0 || s.limit > s.page) {
		return nil, &Error{Code: CodeBadArguments, Model: p.model, Field: "id", Message: t.String() + " has no field for the id, by which records are paged", Hint: `add a field with the tag odoo:"id"`}
	}
	return p, nil
}

func readPage[T Model](ctx context.Context, c *Client, p *plan, s searchSettings, domain Domain, last int64, size int, into []T) ([]T, error) {
	domain = c.translate(p.model, domain)
	order := s.order
	if order == "" {
		order = "id asc"
		if last > 0 {
			domain = And(Gt("id", last), domain)
		}
	}
	call := Call{
		Model: p.model, Method: "search_read", Context: s.context, Effect: EffectRead,
		Args: Args{"domain": domain, "fields": p.names, "limit": size, "order": order},
	}
	reply, err := c.call(ctx, call)
	if err != nil {
		return nil, err
	}
	if into, err = records(p, reply, into); err != nil {
		return nil, decodeError(call, err)
	}
	return into, nil
}

// translate writes a domain with the names that the fields have in this version.
func (c *Client) translate(model string, domain Domain) Domain {
	return domain.renamed(func(field string) string {
		if name, ok := c.FieldName(model, field); ok {
			return name
		}
		return field
	})
}

// Find returns the records that fit, by ascending id. Use [Search] where there may be many.
func Find[T Model](ctx context.Context, c *Client, domain Domain, options ...SearchOption) ([]T, error) {
	var all []T
	for record, err := range Search[T](ctx, c, domain, options...) {
		if err != nil {
			return nil, err
		}
		all = append(all, record)
	}
	return all, nil
}

// First returns the first record that fits, by id or by [OrderBy], and whether there is one.
func First[T Model](ctx context.Context, c *Client, domain Domain, options ...SearchOption) (T, bool, error) {
	for record, err := range Search[T](ctx, c, domain, append(options[:len(options):len(options)], Limit(1))...) {
		return record, err == nil, err
	}
	return *new(T), false, nil
}

// Count returns how many records fit.
func Count[T Model](ctx context.Context, c *Client, domain Domain, options ...SearchOption) (int, error) {
	s := newSearch(options)
	model := (*new(T)).OdooModel()
	return Invoke[int](ctx, c, Call{
		Model: model, Method: "search_count", Args: Args{"domain": c.translate(model, domain)}, Context: s.context, Effect: EffectRead,
	})
}
