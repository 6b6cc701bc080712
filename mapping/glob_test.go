package mapping

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGlob holds patterns against regular expressions, and overlaps against texts that fit both.
func TestGlob(t *testing.T) {
	t.Parallel()
	pattern, text := rapid.StringMatching(`[ab*?]{0,6}`), rapid.StringMatching(`[abAB]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		p, q, s := pattern.Draw(t, "p"), pattern.Draw(t, "q"), text.Draw(t, "s")
		translate := strings.NewReplacer("*", ".*", "?", ".")
		inP := regexp.MustCompile("(?i)^" + translate.Replace(p) + "$").MatchString(s)
		if globMatches(p, s) != inP {
			t.Fatalf("globMatches(%q, %q) = %v", p, s, !inP)
		}
		if inP && globMatches(q, s) && !globsOverlap(p, q) {
			t.Fatalf("%q fits %q and %q, which are said not to overlap", s, p, q)
		}
		if globsOverlap(p, q) != globsOverlap(q, p) {
			t.Fatalf("overlap of %q and %q depends on their order", p, q)
		}
	})
}

func TestGlobsOverlap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"a*", "*b", true}, {"a*", "b*", false}, {"a?", "a", false}, {"*", "", true}, {"", "?", false},
		{"a*c", "ab?", true}, {"a*a", "a", false}, {"US-*A", "*US-A", true}, {"A", "a", true},
	} {
		if got := globsOverlap(tt.a, tt.b); got != tt.want {
			t.Errorf("globsOverlap(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

// TestEveryKeyIsDocumented holds docs/rules.md against the types.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	example := strings.SplitN(string(page), "```", 3)[1]
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Slice, reflect.Pointer, reflect.Map:
			walk(of.Elem())
		case reflect.Struct:
			for name, i := range fieldsOf(of) {
				if !strings.Contains(example, name+":") {
					t.Errorf("docs/rules.md does not show %s", name)
				}
				walk(of.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[Rules]())
	for field := range DefaultOwnership() {
		record, name, _ := strings.Cut(string(field), ".")
		if !strings.Contains(string(page), "`"+string(field)+"`") && !(strings.Contains(string(page), "`"+record+".") && strings.Contains(string(page), "`."+name+"`")) {
			t.Errorf("docs/rules.md does not show the field %s", field)
		}
	}
}
