package retailsync_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
)

// observed composes the parts of docs/observability.md.
func observed(ctx context.Context, tracers trace.TracerProvider, meters metric.MeterProvider, rules *mapping.Rules, key odoo.Credential, keys woocommerce.Credential) (*retailsync.Connector, *woocommerce.Adapter, *observe.Telemetry, error) {
	telemetry, err := observe.New(tracers, meters)
	if err != nil {
		return nil, nil, nil, err
	}
	erp, err := odoo.Dial(ctx, "https://erp.example.com", key, odoo.WithObserver(telemetry.Odoo("erp")))
	if err != nil {
		return nil, nil, nil, err
	}
	main := canonical.Channel{Name: "woocommerce", Account: "main"}
	shop := woocommerce.New("https://shop.example.com", keys, woocommerce.WithTransport(telemetry.Transport(main, nil)))
	connector := retailsync.New(erp, rules, retailsync.WithTelemetry(telemetry))
	return connector, shop, telemetry, nil
}

// survey is the schedule of docs/observability.md.
func survey(ctx context.Context, connector *retailsync.Connector, shop *woocommerce.Adapter, telemetry *observe.Telemetry) error {
	orders, err := connector.SurveyOrders(ctx, shop, retailsync.SurveyRun{Since: time.Now().AddDate(0, 0, -7)})
	if err != nil {
		telemetry.SurveyFailed(ctx, retailsync.SurveyOfOrders, shop.Channel().String())
		return err
	}
	telemetry.Record(orders.Readings()...)
	return nil
}

// A logger whose lines hold neither secrets nor personal data, whoever writes them.
func ExampleConnector_observed() {
	log := slog.New(observe.Redacting(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	log.Info("answered jane.doe@example.com", "channel", "woocommerce/main", "email", "jane.doe@example.com", "event", 17)
	_, _ = observed, survey
	// Output: {"level":"INFO","msg":"answered [redacted]","channel":"woocommerce/main","email":"[redacted]","event":17}
}
