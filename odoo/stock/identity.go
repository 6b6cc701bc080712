package stock

import (
	"context"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// identityAge is how long what is remembered of products counts without a look at which of them were written.
const identityAge = 30 * time.Second

// clockStep is how far Odoo's clock may seem to go back: its replies tell whole seconds, and the client counts on from there.
const clockStep = 2 * time.Second

// identify remembers products that a query for the company has read: those that Odoo keeps stock of, and that are not
// another company's.
func (s *survey) identify(read []productRow) {
	if len(read) == 0 || !s.client.Version().AtLeast(followsSince) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.products) == 0 {
		s.products, s.looked = map[int64]map[int64]productRow{}, s.client.ServerTime()
	}
	known := s.products[s.query.Company]
	if known == nil {
		known = make(map[int64]productRow, len(read))
		s.products[s.query.Company] = known
	}
	for _, p := range read {
		known[p.ID] = p
	}
}

// identity returns what is remembered of a product.
func (s *survey) identity(id int64) (productRow, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.products[s.query.Company][id]
	return p, ok && (p.Template.ID != 0 || !s.kits.any())
}

// forgetWritten forgets the products that were written since the last look, unless that was a moment ago. Odoo writes a
// product when its template is written.
func (s *survey) forgetWritten(ctx context.Context) error {
	s.mu.Lock()
	known, looked := len(s.products), s.looked
	s.mu.Unlock()
	now := s.client.ServerTime()
	age := now.Sub(looked)
	switch {
	case known == 0, age > -clockStep && age < identityAge && !now.IsZero() && !looked.IsZero():
		return nil
	case age <= -clockStep || now.IsZero() || looked.IsZero(): // the clock was set back, or is not known
		s.mu.Lock()
		s.products = nil
		s.mu.Unlock()
		return nil
	}
	written, err := allRows[productRow](ctx, s.client, "product.product", odoo.Ge("write_date", looked.Add(-s.overlap)), []string{"default_code"})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, products := range s.products {
		for _, p := range written {
			delete(products, p.ID)
		}
	}
	s.looked = now
	return nil
}
