package shopify

import "encoding/json"

// words keeps Shopify's words that the model has no place for or that are not known, by what they are about and the
// object's id.
type words map[string]map[string]string

func (w words) keep(about, id, word string) {
	if w[about] == nil {
		w[about] = map[string]string{}
	}
	w[about][id] = word
}

// into puts the words among what the model has no field for.
func (w words) into(ext map[string]json.RawMessage) {
	for about, found := range w {
		keep(ext, about, found)
	}
}

// keep stores a value; what cannot be written as JSON is not kept.
func keep(ext map[string]json.RawMessage, name string, value any) {
	if data, err := json.Marshal(value); err == nil {
		ext[name] = data
	}
}
