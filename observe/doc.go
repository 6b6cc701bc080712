// Package observe tells an operator what the flows do: spans and metrics over the OpenTelemetry API, and logs without personal data.
//
// Only the API is used, so that nothing is exported, and nothing of an SDK is linked in, until the program that uses it brings its own
// providers:
//
//	telemetry, err := observe.New(tracerProvider, meterProvider)
//
// Give it to the parts: [Telemetry.Odoo] to [odoo.WithObserver], [Telemetry.Transport] to the transport option of an adapter, the
// telemetry itself to the worker and to the connector. [Metrics] is the catalogue of all metrics with their units and attributes.
//
// The technical metrics tell how the machinery runs. The business metrics tell whether the shop and Odoo agree: a survey reads both
// and its [Reading] is what the gauges show; see [Telemetry.Record].
//
// No attribute holds a secret, personal data or anything else of unbounded number, such as the number of an order.
package observe
