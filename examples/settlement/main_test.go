package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestEmbedded(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out, func(string) string { return "" }); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	output := strings.Join(strings.Fields(out.String()), " ")
	rest := output
	for _, fact := range []string{
		"inside this process", "pays out 185.46 USD: 7 entries",
		"What would be booked:", "6 entries now, 0 before", "STEX02 Tax that the provider remits 7.57 0.00", "a person must look: no_item: entries m-4 over 30.00 USD",
		"Booked:", "6 entries now, 0 before", "no_item",
		"The third order comes", "1 entries now, 6 before",
		"And once more:", "unchanged: 0 entries now, 7 before",
	} {
		_, after, ok := strings.Cut(rest, fact)
		if !ok {
			t.Errorf("missing %q in its place in\n%s", fact, out.String())
			continue
		}
		rest = after
	}
}
