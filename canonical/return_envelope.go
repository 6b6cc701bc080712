package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// returnEnvelope is a return with its schema version beside its fields.
type returnEnvelope struct {
	Schema int `json:"schema"`
	Return
}

// EncodeReturn returns the return as JSON with its schema version, like [EncodeOrder] and with the same promises.
func EncodeReturn(r Return) ([]byte, error) {
	r = r.clone()
	r.inUTC()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // keep Ext as the platform wrote it
	if err := enc.Encode(returnEnvelope{Schema: SchemaVersion, Return: r}); err != nil {
		return nil, &EncodingError{Problem: fmt.Sprintf("return %s cannot be written: Ext must be valid JSON, times before the year 10000", r.Key)}
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// DecodeReturn reads what [EncodeReturn] wrote, as strictly as [DecodeOrder] and with the same errors. It does not validate:
// see [Return.Validate].
func DecodeReturn(data []byte) (Return, error) {
	var e returnEnvelope
	if err := openEnvelope(data, &e, "return", "EncodeReturn"); err != nil {
		return Return{}, err
	}
	e.inUTC()
	return e.Return, nil
}

// inUTC moves every time to UTC.
func (r *Return) inUTC() {
	r.Revision.UpdatedAt = r.Revision.UpdatedAt.UTC()
	r.RequestedAt = r.RequestedAt.UTC()
}

// clone copies the return and its lists.
func (r Return) clone() Return {
	r.Lines = slices.Clone(r.Lines)
	for i := range r.Lines {
		r.Lines[i].Received = slices.Clone(r.Lines[i].Received)
	}
	r.Exchange = slices.Clone(r.Exchange)
	for i := range r.Exchange {
		r.Exchange[i].Taxes = slices.Clone(r.Exchange[i].Taxes)
	}
	r.Parcels, r.Fees = slices.Clone(r.Parcels), slices.Clone(r.Fees)
	return r
}
