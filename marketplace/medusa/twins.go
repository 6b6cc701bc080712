package medusa

import (
	"errors"
	"reflect"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// errTwins says that Medusa has a line twice and does not agree with itself about it.
var errTwins = errors.New("is the id of an earlier line, which differs: writes of the order that met have doubled it, and only people can say which one counts")

// twins finds the lines that an order has twice. Where writes of one order meet, Medusa keeps lines of it twice, and counts
// both in its totals. Equal twins are one line.
type twins map[string]any

// again reports whether the same line was there before; one that differs from it fails.
func (t twins) again(r *wire.Reader, path, id string, line any) bool {
	known, ok := t[id]
	if !ok {
		t[id] = line
		return false
	}
	if !reflect.DeepEqual(known, line) { //nolint:forbidigo // both as Medusa wrote them: equal is byte for byte
		r.Fail(path+".id", errTwins)
	}
	return true
}

// gross is what a line costs, not rounded.
func gross(r *wire.Reader, path string, draft tally.Draft) decimal.Decimal {
	return r.Add(path, draft.Net, r.Sum(path, draft.Taxes))
}
