package warehouse

import (
	"testing"

	"github.com/retailsync/retailsync/odoo"
)

// Dial connects to the warehouse's server once more.
func (w *Warehouse) Dial(t *testing.T, options ...odoo.Option) *odoo.Client {
	t.Helper()
	return dial(t, w.peer, credential(w.peer), options...)
}
