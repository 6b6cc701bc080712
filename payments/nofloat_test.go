package payments_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// moneyPath are the directories through which money goes from a channel or provider into Odoo, with all below them.
var moneyPath = []string{"../canonical", "../payments", "../mapping", "../returns", "../internal/exact", "../marketplace"}

// callRates are the files in which a rate of calls is no money.
var callRates = []string{"option.go", "config.go"}

// No binary floating point is anywhere in the money path: not as a type, a literal, or a way to read and write one.
func TestNoFloatInTheMoneyPath(t *testing.T) {
	t.Parallel()
	files := 0
	for _, root := range moneyPath {
		before := files
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			adapter := strings.HasPrefix(path, "../marketplace/") || strings.HasPrefix(path, "../returns/loop/") || strings.HasPrefix(path, "../returns/generic/")
			rate := adapter && (strings.Contains(path, "/internal/fakeshop/") || strings.HasSuffix(path, callRates[0]) || strings.HasSuffix(path, callRates[1]))
			files++
			if !rate {
				for _, found := range floats(t, path, nil) {
					t.Error(found)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if files == before {
			t.Errorf("%s has no files: the money path has moved", root)
		}
	}
	t.Logf("%d files", files)
}

// floats returns where a file uses floating point.
func floats(t *testing.T, path string, source any) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		word := ""
		switch n := node.(type) {
		case *ast.Ident:
			switch n.Name {
			case "float32", "float64", "complex64", "complex128", "ParseFloat", "FormatFloat", "AppendFloat", "Float64", "NewFromFloat64":
				word = n.Name
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT {
				word = n.Value
			}
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "big" && strings.Contains(n.Sel.Name, "Float") {
				word = "big." + n.Sel.Name
			}
		}
		if word != "" {
			found = append(found, set.Position(node.Pos()).String()+": "+word+": money is a decimal, never floating point")
		}
		return true
	})
	return found
}

// The test sees each way to use one.
func TestNoFloatSees(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"var x float64", "func f(float32) {}", "var x = 0.1", "var x, _ = strconv.ParseFloat(s, 64)", "var x = big.NewFloat(y)", "var x = d.Float64()", "var x []map[string]float64",
	} {
		if found := floats(t, "x.go", "package x\n"+line); len(found) == 0 {
			t.Errorf("%s is not seen", line)
		}
	}
}
