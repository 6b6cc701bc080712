package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestReturns(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	output := strings.Join(strings.Fields(out.String()), " ")
	for _, fact := range []string{
		"RMA-1 is advanced did: approve did: open_return",
		"waits for goods: 2 of 2 units have not arrived",
		"RMA-1 is finished",
		"invoice over 59.97 + 14.99 tax, posted",
		"credit note over 37.98 + 9.49 tax, posted",
		"RT-MUG: 8 to sell",
		"the buyer got 47.47 EUR",
		"return.requested the buyer asked for it",
		"return.closed closed at the platform",
	} {
		if !strings.Contains(output, fact) {
			t.Errorf("missing %q in\n%s", fact, out.String())
		}
	}
}
