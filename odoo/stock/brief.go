package stock

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// thoroughAge is how long brief looks do: what they cannot see is seen so much later. Those are transactions that began
	// before brieflyBack and were committed late, and quants that Odoo deleted, which it seldom does in the moment that
	// changes the stock.
	thoroughAge = 10 * time.Second
	// brieflyBack is how far a brief look goes behind the look before it: longer than most transactions last, and than two
	// tellings of Odoo's clock differ.
	brieflyBack = 5 * time.Second
)

// brief looks at what was written since the last look, unless a thorough look is due. It adds to what was seen and leaves
// the position where it is, so that the next thorough look sees all that one without brief looks before it would.
func (s *survey) brief(ctx context.Context, p position) (done Followed, ok bool, err error) {
	near, among := s.near()
	now := s.client.ServerTime()
	since := inSeconds(p.Looked.Add(-brieflyBack))
	if age := now.Sub(p.Thorough); p.Apart || p.Among != among || p.Old == nil || !p.Seen.whole() || now.IsZero() || age <= -clockStep || max(age, 0) >= s.briefly || since.Before(p.From) {
		return Followed{}, false, nil
	}
	g := glance{since: since, products: map[int64]*sight{}}
	var quants []sightedRow
	group, calls := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		quants, g.parted, err = s.sighted(calls, near, since)
		return err
	})
	group.Go(func() error { return s.forgetWritten(calls) })
	if err := group.Wait(); err != nil {
		return Followed{}, false, err
	}
	if s.client.ServerTime().Before(now.Add(-clockStep)) {
		return Followed{}, false, nil // the clock was set back
	}
	if err := s.take(ctx, &g, quants); err != nil {
		return Followed{}, false, err
	}
	products := p.Seen.news(g.rows, p.From)
	p.Seen = p.Seen.with(g.rows)
	if len(p.Seen.bytes()) > mostSeen {
		return Followed{}, false, nil
	}
	done, read, err := s.sort(ctx, g, products, nil)
	if err != nil || len(done.Unread) > 0 { // what is to be read apart takes the moves as well
		return Followed{}, false, err
	}
	p.Looked = now
	if done.Stock, err = s.countSeen(ctx, g, read); err != nil {
		return Followed{}, false, err
	}
	done.Cursor, err = p.cursor()
	return done, true, err
}
