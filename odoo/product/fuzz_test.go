package product

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// No text makes the reader of cursors panic, and one that it takes survives being written.
func FuzzCursor(f *testing.F) {
	f.Add(`{"v":1,"at":"2026-11-25T12:00:00Z","dates":"2026-11-25T12:00:00Z","rules":3,"rule":9,"seen":{"p7":"2026-11-25 12:00:00"}}`)
	f.Add(`{"v":2,"at":"2026-11-25T12:00:00Z","dates":"2026-11-25T12:00:00Z"}`)
	f.Add(`{"v":1,"at":"0001-01-01T00:00:00Z"}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseCursor(Cursor(text))
		if err != nil {
			if odoo.CodeOf(err) != odoo.CodeBadArguments {
				t.Errorf("%v", err)
			}
			return
		}
		p.note("p", 1, p.At.Add(time.Hour), p.At.Add(2*time.Hour))
		p.trim(p.At.Add(-time.Minute))
		again, err := p.cursor()
		if err != nil {
			return // a year that JSON cannot write
		}
		if _, err := parseCursor(again); err != nil {
			t.Errorf("%q became %q: %v", text, again, err)
		}
	})
}

// No line of a quotation makes the reader panic, and its price is one with 19 digits or an error.
func FuzzQuotedLine(f *testing.F) {
	f.Add([]byte(`[0,7,{"price_unit":9.128571428571428,"discount":0.0,"product_type":"consu"}]`))
	f.Add([]byte(`[0,"virtual_1",{"price_unit":false,"discount":12.5,"product_type":false}]`))
	f.Add([]byte(`[5,0,0]`))
	f.Add([]byte(`[0,7,{"price_unit":1e300}]`))
	f.Add([]byte(`[0,7,{"price_unit":7.7700000000000005,"discount":33.33}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var line quotedLine
		if json.Unmarshal(data, &line) != nil {
			return
		}
		if price, err := line.price(); err == nil && price.Prec() > 19 {
			t.Errorf("%s", price)
		}
	})
}

func TestNumbersLoseTheNoiseOfFloatingPoint(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"7.7700000000000005": "7.77", "9.128571428571428": "9.12857142857143", "0.1": "0.1", "false": "0", "1e-05": "0.00001",
		"123456789012.34568": "123456789012.346", "20": "20", "-0.30000000000000004": "-0.3", "1.9991666666666668": "1.99916666666667",
	} {
		var n number
		if err := json.Unmarshal([]byte(raw), &n); err != nil || n.String() != want {
			t.Errorf("%s is %s, want %s: %v", raw, n, want, err)
		}
	}
}
