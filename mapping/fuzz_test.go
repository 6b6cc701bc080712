package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/mapping"
)

// FuzzLoad holds that loading never panics, refuses with placed problems, and that what it accepts
// survives being written and read again.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(documented(f)))
	f.Add([]byte("version: 1\nchannels:\n  shop/main:\n    taxes: [{rate: 25, tax: 1}]\n"))
	f.Add([]byte("version: 1\nchannels: {a/b: {team: \"7\", warehouse: 7, tags: [x, '1']}}"))
	f.Add([]byte("a: &x [*x, !!str 1]\n<<: *x\n? b\n: c\n--- \n- |\n  d\n"))
	f.Add([]byte("version: 1\nversion: 2\nchannels:\n  a/b:\n    lines:\n    taxes:\n      -\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := mapping.LoadBytes(data, "fuzz")
		if err != nil {
			var refused *mapping.RulesError
			if !errors.As(err, &refused) || len(refused.Problems) == 0 {
				t.Fatalf("err = %v", err)
			}
			return
		}
		text, err := rules.MarshalYAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := mapping.LoadBytes(text, "again")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(rules, again, compareBy); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
	})
}
