package retailsync

import (
	"sync"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// directoryAge is how long the names of taxes, warehouses and the like are trusted.
const directoryAge = 10 * time.Minute

// perChannel remembers what the rules of each channel come to in the database, for directoryAge. The zero value is
// ready to use, by several goroutines.
type perChannel[T any] struct {
	mu    sync.Mutex
	known map[canonical.Channel]resolved[T]
}

type resolved[T any] struct {
	value T
	at    time.Time
}

// get returns what is remembered of a channel, or resolves it. Two callers may resolve at once: the last one is
// remembered.
func (p *perChannel[T]) get(channel canonical.Channel, resolve func() (T, error)) (T, error) {
	p.mu.Lock()
	known, ok := p.known[channel]
	p.mu.Unlock()
	if ok && time.Since(known.at) < directoryAge {
		return known.value, nil
	}
	value, err := resolve()
	if err != nil {
		var none T
		return none, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[canonical.Channel]resolved[T]{}
	}
	p.known[channel] = resolved[T]{value: value, at: time.Now()}
	return value, nil
}
