package odoo_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// The server's time is what its last reply told, and runs on from there.
func TestServerTime(t *testing.T) {
	t.Parallel()
	told := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	date := told.Format(http.TimeFormat)
	both(t, func(request) response {
		return response{result: []any{}, header: map[string]string{"Date": date}}
	}, func(t *testing.T, _ *stub, c *odoo.Client) {
		if got := c.ServerTime(); got.IsZero() || got.Year() == told.Year() {
			t.Errorf("after dialling: %s", got)
		}
		if err := c.Call(context.Background(), odoo.Call{Model: "stock.move", Method: "search_read"}, nil); err != nil {
			t.Fatal(err)
		}
		if got := c.ServerTime(); got.Before(told) || got.Sub(told) > time.Hour {
			t.Errorf("%s, want %s or a little later", got, told)
		}
	})
}
