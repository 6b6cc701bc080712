package warehouse

import (
	"testing"

	"github.com/retailsync/retailsync/internal/peer"
)

// EachReal runs the test on the real servers alone, of Odoo 19 and of 14: for what the in-process one does not do.
func EachReal(t *testing.T, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	inReal(t, []int{19, 14}, check)
}

// EitherReal is EachReal for what one of the real servers is enough for: see [peer.Either].
func EitherReal(t *testing.T, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	inReal(t, peer.Either(t), check)
}

func inReal(t *testing.T, real []int, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	peer.OnReal(t, real, func(t *testing.T, series int) { check(t, open(t, peer.OdooServer(t, series), nil)) })
}
