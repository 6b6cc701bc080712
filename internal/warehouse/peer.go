package warehouse

import "github.com/retailsync/retailsync/internal/peer"

// Peer says how to reach the Odoo: for clients of a test's own.
func (w *Warehouse) Peer() peer.Odoo { return w.peer }
