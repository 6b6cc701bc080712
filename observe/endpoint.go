package observe

import "go.opentelemetry.io/otel/attribute"

// endpoint is a server that is called: an Odoo database, a connected account.
type endpoint struct{ system, name string }

func (e endpoint) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String(KeySystem, e.system), attribute.String(KeyEndpoint, e.name)}
}

// reached notes whether the last attempt was answered.
func (t *Telemetry) reached(at endpoint, up bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.endpoints[at] = up
}
