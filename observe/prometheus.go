package observe

import "strings"

// Prometheus returns the names of the metric's series as OpenTelemetry's Prometheus exporters write them by default: the unit and "_total"
// behind the name, and three series for a histogram.
func (m Metric) Prometheus() []string {
	name := strings.ReplaceAll(m.Name, ".", "_")
	switch {
	case m.Unit == "s":
		name += "_seconds"
	case m.Unit == "1" && m.Kind == Gauge:
		name += "_ratio"
	}
	switch m.Kind {
	case Counter:
		return []string{name + "_total"}
	case Histogram:
		return []string{name + "_bucket", name + "_sum", name + "_count"}
	}
	return []string{name}
}
