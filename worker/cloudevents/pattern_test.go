package cloudevents

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/canonical"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, name string
		separator     byte
		fits          bool
	}{
		{"*", "return.received", '.', true},
		{"return.*", "return.received", '.', true},
		{"return.*", "returned.received", '.', false},
		{"return.*", "return", '.', false},
		{"return.received", "return.received", '.', true},
		{"return.received", "return.received_twice", '.', false},
		{"woocommerce/*", "woocommerce/main", '/', true},
		{"woocommerce/main", "woocommerce/main2", '/', false},
		{"woocommerce/*", "medusa/main", '/', false},
	} {
		p, err := parsePattern(test.pattern, test.separator)
		if err != nil || p.fits(test.name) != test.fits {
			t.Errorf("%s on %s: %t, %v", test.pattern, test.name, p.fits(test.name), err)
		}
	}
	for _, text := range []string{"", "return", "return*", "ret*.x", "**", "*.received", "return.**", ".*", ".", "a b.c", "return.\n"} {
		if p, err := parsePattern(text, '.'); err == nil {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}

// FuzzPattern holds that a pattern fits itself, that one that is open fits what begins as it does, and nothing else.
func FuzzPattern(f *testing.F) {
	for _, text := range []string{"*", "return.*", "return.received", "a.b.*", "..", "é.*", "\xff.*"} {
		f.Add(text, "return.received")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		p, err := parsePattern(text, '.')
		if err != nil {
			if p != (pattern{}) {
				t.Errorf("%q is refused and read as %+v", text, p)
			}
			return
		}
		begin, open := strings.CutSuffix(text, "*")
		if want := name == text || open && strings.HasPrefix(name, begin); !strings.Contains(name, "*") && p.fits(name) != want {
			t.Errorf("%q on %q is %t", text, name, p.fits(name))
		}
		if !p.fits(begin) || p.fits(begin+"x") != open {
			t.Errorf("%q does not fit what it names, or more", text)
		}
	})
}

// TestAllTypesCanBeAskedFor reads the types from their source, but for the one that has no subject.
func TestAllTypesCanBeAskedFor(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../canonical/event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []canonical.EventType
	ast.Inspect(file, func(node ast.Node) bool {
		value, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(value.Names[0].Name, "Event") {
			return true
		}
		text, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if kind := canonical.EventType(text); kind != canonical.EventJournalErased {
			declared = append(declared, kind)
		}
		return true
	})
	known := slices.Sorted(slices.Values(types))
	slices.Sort(declared)
	if len(declared) < 30 || !slices.Equal(known, declared) {
		t.Errorf("known are %v, declared %v", known, declared)
	}
}
