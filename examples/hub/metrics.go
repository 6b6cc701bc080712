package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/retailsync/retailsync/observe"
)

// metrics are what the parts tell about themselves, as Prometheus reads it.
type metrics struct {
	*observe.Telemetry
	handler http.Handler
}

// newMetrics makes the telemetry that the parts are given. Spans are not collected here: give [observe.New] a provider of traces for that.
func newMetrics() (metrics, error) {
	registry := prometheus.NewRegistry()
	for _, collector := range []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(collector); err != nil {
			return metrics{}, err
		}
	}
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return metrics{}, err
	}
	telemetry, err := observe.New(nil, metric.NewMeterProvider(metric.WithReader(reader)))
	if err != nil {
		return metrics{}, err
	}
	return metrics{telemetry, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}, nil
}
