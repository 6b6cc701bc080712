// Package state keeps what the hub's pages show and nobody else keeps: when each flow last ran, the journal by order, stock
// that had drifted, and exceptions of settlements. It is a handful of tables in SQLite or PostgreSQL. Nothing in Odoo or at a channel depends on
// it: were it lost, the flows would go on as before. It holds no secrets and no personal data.
package state
