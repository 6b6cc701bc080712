package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// settlementEnvelope is a settlement with its schema version beside its fields.
type settlementEnvelope struct {
	Schema int `json:"schema"`
	Settlement
}

// EncodeSettlement returns the settlement as JSON with its schema version, as [EncodeOrder] does with an order. Ext that is no
// JSON, or a time after the year 9999, is an [*EncodingError].
func EncodeSettlement(s Settlement) ([]byte, error) {
	s.Payouts, s.Entries = slices.Clone(s.Payouts), slices.Clone(s.Entries)
	s.inUTC()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(settlementEnvelope{Schema: SchemaVersion, Settlement: s}); err != nil {
		return nil, &EncodingError{Problem: fmt.Sprintf("settlement %s cannot be written: Ext must be valid JSON, times before the year 10000", s.Key)}
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// DecodeSettlement reads what [EncodeSettlement] wrote, with the rules and errors of [DecodeOrder]. It does not validate: see
// [Settlement.Validate].
func DecodeSettlement(data []byte) (Settlement, error) {
	var e settlementEnvelope
	if err := openEnvelope(data, &e, "settlement", "EncodeSettlement"); err != nil {
		return Settlement{}, err
	}
	e.Settlement.inUTC()
	return e.Settlement, nil
}

// inUTC moves every time to UTC.
func (s *Settlement) inUTC() {
	s.From, s.To = s.From.UTC(), s.To.UTC()
	for i := range s.Payouts {
		s.Payouts[i].At = s.Payouts[i].At.UTC()
	}
	for i := range s.Entries {
		s.Entries[i].At = s.Entries[i].At.UTC()
	}
}
