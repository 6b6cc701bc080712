package retailsync

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/retailsync/retailsync/canonical"
)

// History is a journal that can be read back by order.
type History interface {
	Journal
	// OrderEvents returns the events of an order and of what belongs to it. Their order does not matter, repeats neither.
	OrderEvents(ctx context.Context, order canonical.Key) ([]canonical.Event, error)
}

// Timeline returns what happened to an order, its shipments, returns and refunds, oldest first: the one story that customer
// service tells. The connector's journal must be a [History]. It only reads.
func (c *Connector) Timeline(ctx context.Context, order canonical.Key) ([]canonical.Event, error) {
	if c.history == nil {
		return nil, errors.New("retailsync: the journal cannot be read: give WithJournal one that implements History (MemoryJournal does), or use Timeline on its events")
	}
	events, err := c.history.OrderEvents(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return Timeline(order, events), nil
}

// Timeline returns those of the events that tell of the order, oldest first, each once.
func Timeline(order canonical.Key, events []canonical.Event) []canonical.Event {
	known := make(map[string]bool)
	var of []canonical.Event
	for _, event := range events {
		if event.Subject != order && event.Order != order || known[event.ID] {
			continue
		}
		known[event.ID] = true
		of = append(of, event)
	}
	slices.SortStableFunc(of, func(a, b canonical.Event) int {
		return a.At.Compare(b.At)
	})
	return of
}

// OrderEvents implements [History].
func (j *MemoryJournal) OrderEvents(_ context.Context, order canonical.Key) ([]canonical.Event, error) {
	return Timeline(order, j.Events()), nil
}

// ReadJSONJournal reads what [JSONJournal] wrote. A last line that was cut off when its writer died is left out; any other line
// that is no event is an error with its number.
func ReadJSONJournal(r io.Reader) ([]canonical.Event, error) {
	var events []canonical.Event
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		whole := err == nil
		if err != nil && err != io.EOF {
			return events, fmt.Errorf("read the journal: %w", err)
		}
		if len(line) > 0 {
			var event canonical.Event
			if bad := json.Unmarshal(line, &event); bad != nil {
				if !whole {
					return events, nil
				}
				return events, fmt.Errorf("line %d of the journal is no event", number)
			}
			events = append(events, event)
		}
		if !whole {
			return events, nil
		}
	}
}
