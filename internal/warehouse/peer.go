package warehouse

import (
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// Peer says how to reach the Odoo: for clients of a test's own.
func (w *Warehouse) Peer() peer.Odoo { return w.peer }

// Server is the in-process Odoo, nil for a real one.
func (w *Warehouse) Server() *odootest.Server { return w.server }
