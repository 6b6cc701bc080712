package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// SchemaVersion is the version of the JSON form of this package's models. It grows when a reader of
// the former version would misread the new one.
const SchemaVersion = 1

// envelope is an order with its schema version beside its fields.
type envelope struct {
	Schema int `json:"schema"`
	Order
}

// EncodeOrder returns the order as JSON with its schema version: {"schema":1,"key":…}.
//
// Nothing is lost: [DecodeOrder] gives the same order back, digits after the point and Ext included,
// with times in UTC. Empty and nil lists are the same, an optional amount or quantity of zero is
// left out whatever its decimals. Text must be valid UTF-8. Ext that is no JSON, or a time after the
// year 9999, is an [*EncodingError].
func EncodeOrder(o Order) ([]byte, error) {
	o = o.clone()
	o.inUTC()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // keep Ext as the channel wrote it
	if err := enc.Encode(envelope{Schema: SchemaVersion, Order: o}); err != nil {
		return nil, &EncodingError{Problem: fmt.Sprintf("order %s cannot be written: Ext must be valid JSON, times before the year 10000", o.Key)}
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// DecodeOrder reads what [EncodeOrder] wrote. Amounts, quantities and rates given as JSON numbers are read by
// their digits; one that 19 digits do not hold exactly is an [*EncodingError], never rounded.
//
// A version above [SchemaVersion] is a [*SchemaError]. A field that this version has not is an
// [*EncodingError] with its path, since dropping it would lose data; what a channel says beyond the
// model belongs in Ext. DecodeOrder does not validate: see [Order.Validate].
func DecodeOrder(data []byte) (Order, error) {
	var e envelope
	if err := openEnvelope(data, &e, "order", "EncodeOrder"); err != nil {
		return Order{}, err
	}
	e.Order.inUTC()
	return e.Order, nil
}

// openEnvelope decodes a document with a schema version into envelope. Noun and writer name what it should be and who writes such.
func openEnvelope(data []byte, envelope any, noun, writer string) error {
	shape := reflect.TypeOf(envelope).Elem()
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return decodingError(data, shape, noun, err)
	}
	switch {
	case head.Schema == nil:
		return &EncodingError{Path: "schema", Problem: "missing: this is no " + noun + " written by " + writer}
	case *head.Schema < 1 || *head.Schema > SchemaVersion:
		return &SchemaError{Schema: *head.Schema}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(envelope); err != nil {
		return decodingError(data, shape, noun, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return &EncodingError{Problem: "there is more text after the " + noun}
	}
	if mayRound(data) {
		if path, problem := misfit(data, shape); path != "" {
			return &EncodingError{Path: path, Problem: problem}
		}
	}
	return nil
}

// decodingError finds where a document does not fit; it is slow and runs only after a failure.
func decodingError(data []byte, envelope reflect.Type, noun string, err error) error {
	if path, problem := misfit(data, envelope); path != "" {
		return &EncodingError{Path: path, Problem: problem}
	}
	if problem, ok := strings.CutPrefix(err.Error(), "canonical: "); ok {
		return &EncodingError{Problem: problem}
	}
	return &EncodingError{Problem: "the document is not a JSON " + noun}
}

// inUTC moves every time to UTC.
func (o *Order) inUTC() {
	o.PlacedAt = o.PlacedAt.UTC()
	o.Revision.UpdatedAt = o.Revision.UpdatedAt.UTC()
	for i := range o.Payments {
		o.Payments[i].At = o.Payments[i].At.UTC()
	}
	for i := range o.Fulfillments {
		o.Fulfillments[i].ShippedAt = o.Fulfillments[i].ShippedAt.UTC()
		o.Fulfillments[i].DeliveredAt = o.Fulfillments[i].DeliveredAt.UTC()
	}
	for i := range o.Adjustments {
		o.Adjustments[i].At = o.Adjustments[i].At.UTC()
	}
}

// SchemaError reports a document of a schema version that this package cannot read.
type SchemaError struct{ Schema int }

// Error names the versions and the way out.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("canonical: schema version %d is not readable, versions 1 to %d are: upgrade this library to the one that wrote it",
		e.Schema, SchemaVersion)
}

// EncodingError reports a document that is not what it should be, or an object that JSON cannot hold. It never holds
// values of the document.
type EncodingError struct {
	// Path is the field at fault ("lines[2].colour"), empty if unknown.
	Path    string
	Problem string
}

// Error names the field and the problem.
func (e *EncodingError) Error() string {
	if e.Path == "" {
		return "canonical: " + e.Problem
	}
	return fmt.Sprintf("canonical: %s: %s", e.Path, e.Problem)
}
