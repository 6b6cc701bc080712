package odoo

import (
	"context"
	"iter"
	"reflect"
	"time"
)

// Feed is what changed since a moment; see [Changes]. It is not safe for concurrent use.
type Feed[T Model] struct {
	client  *Client
	domain  Domain
	options []SearchOption
	since   time.Time
	overlap time.Duration
	next    time.Time
}

// Changes prepares to read the records that were created or changed since a moment. T must have a field of
// type time.Time for "write_date".
//
//	feed := odoo.Changes[Product](erp, cursor, 5*time.Minute, odoo.And())
//	for product, err := range feed.All(ctx) { ... }
//	cursor = feed.Next()
//
// write_date is when a transaction began, not when it ended, so a change can appear behind the cursor:
// choose an overlap longer than the longest transaction of the database, and expect the same records
// again. Records that were deleted do not show.
func Changes[T Model](c *Client, since time.Time, overlap time.Duration, domain Domain, options ...SearchOption) *Feed[T] {
	return &Feed[T]{client: c, domain: domain, options: options, since: since, overlap: max(0, overlap), next: since}
}

// All streams the records by ascending id, each in its present state. The first error ends it.
func (f *Feed[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p, err := f.client.planOf(ctx, reflect.TypeFor[T]())
		if err != nil {
			yield(*new(T), err)
			return
		}
		written := p.timeField("write_date")
		if written == nil {
			yield(*new(T), &Error{
				Code: CodeBadArguments, Model: p.model, Field: "write_date", Message: "the struct has no time.Time field for it",
				Hint: `add a field with the tag odoo:"write_date,readonly"`,
			})
			return
		}
		domain := f.domain
		if !f.since.IsZero() {
			domain = And(Ge("write_date", f.since.Add(-f.overlap)), domain)
		}
		latest := f.since
		for record, err := range Search[T](ctx, f.client, domain, f.options...) {
			if err != nil {
				yield(record, err)
				return
			}
			if at := reflect.ValueOf(&record).Elem().FieldByIndex(written).Interface().(time.Time); at.After(latest) {
				latest = at
			}
			if !yield(record, nil) {
				return
			}
		}
		f.next = latest
	}
}

// Next returns the cursor for the next time: the latest write_date, by Odoo's clock, once [Feed.All] has
// come to its end; before that, the old cursor.
func (f *Feed[T]) Next() time.Time { return f.next }

// timeField finds the struct field of a datetime.
func (p *plan) timeField(name string) []int {
	for i := range p.fields {
		if p.fields[i].name == name && p.fields[i].time {
			return p.fields[i].index
		}
	}
	return nil
}
