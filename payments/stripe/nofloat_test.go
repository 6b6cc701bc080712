package stripe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// The only floating-point numbers of the official client that this package meets are exchange rates, which it never reads. That it
// has none of its own is a test of package payments, which covers its directory.
func TestNoExchangeRate(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if field, ok := node.(*ast.SelectorExpr); ok && field.Sel.Name == "ExchangeRate" {
				t.Errorf("%s reads an exchange rate, which is a floating-point number", set.Position(field.Pos()))
			}
			return true
		})
	}
}
