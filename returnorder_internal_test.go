package retailsync

import (
	"testing"

	"github.com/retailsync/retailsync/returns"
)

// TestWhatPeopleWriteOfAReturn is its number as the flow writes it, and nothing that only looks like it.
func TestWhatPeopleWriteOfAReturn(t *testing.T) {
	t.Parallel()
	known := returns.Case{Number: "RMA-1"}
	for text, want := range map[string]bool{
		"Return RMA-1": true,
		"Reversal of: INV/2026/00001, Return RMA-1":     true,
		"Return of WH/OUT/00001, Return RMA-1 (broken)": true,
		"Return RMA-12, Return RMA-1":                   true,
		"":                                              false,
		"RMA-1":                                         false,
		"Return of WH/OUT/00001":                        false,
		"Return RMA-12":                                 false,
		"Return RMA-1-B":                                false,
	} {
		if got := says(text, known); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
