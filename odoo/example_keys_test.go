package odoo_test

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// warn is what a schedule does daily.
func warn(ctx context.Context, erp *odoo.Client, log *slog.Logger) error {
	err := erp.CheckKeys(ctx, 14*24*time.Hour, "connector") // daily, by a schedule
	if warning := (*odoo.KeyExpiryError)(nil); errors.As(err, &warning) {
		log.Warn("renew a key of Odoo", "error", err)
	}
	return err
}
