package odoo

import (
	"testing"

	"github.com/retailsync/retailsync/internal/peer"
)

// TestRealDrift checks each row of the table of version differences against real servers at both ends of it.
func TestRealDrift(t *testing.T) {
	t.Parallel()
	for _, series := range []int{14, 19} {
		p := peer.OdooServer(t, series)
		c, err := Dial(t.Context(), p.URL, Password(p.Login, p.Password), WithDatabase(p.Database))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range drifts {
			fields, err := c.Fields(t.Context(), d.model)
			if CodeOf(err) == CodeUnknownModel {
				continue // its module is not installed there
			}
			if err != nil {
				t.Fatal(err)
			}
			name, named := c.FieldName(d.model, d.field)
			if _, there := fields[name]; there != named {
				t.Errorf("%d: %s.%s is %q in the table; in the database: %v", series, d.model, d.field, name, there)
			}
		}
		for _, d := range newModels {
			if _, err := c.Fields(t.Context(), c.ModelName(d.model)); err != nil && CodeOf(err) != CodeUnknownModel {
				t.Error(err)
			}
		}
		c.Close()
	}
}
