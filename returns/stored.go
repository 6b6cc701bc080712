package returns

import (
	"encoding/json"

	"github.com/retailsync/retailsync/canonical"
)

// EncodeCase returns the case as JSON with its schema version.
func EncodeCase(c Case) ([]byte, error) {
	c.Schema = CaseSchema
	return json.Marshal(c)
}

// DecodeCase reads what [EncodeCase] wrote. A version above [CaseSchema] is a [*canonical.SchemaError], what is no case a
// [*canonical.EncodingError].
func DecodeCase(data []byte) (Case, error) {
	var head struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return Case{}, &canonical.EncodingError{Problem: "the document is not a JSON return case"}
	}
	switch {
	case head.Schema < 1:
		return Case{}, &canonical.EncodingError{Path: "schema", Problem: "missing: this is no case written by EncodeCase"}
	case head.Schema > CaseSchema:
		return Case{}, &canonical.SchemaError{Schema: head.Schema}
	}
	var c Case
	if err := json.Unmarshal(data, &c); err != nil {
		return Case{}, &canonical.EncodingError{Problem: "the document is not a JSON return case"}
	}
	return c, nil
}
