package retailsync_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestThreatsAreProven reads the table of threats in docs/security.md. Each has a defence, and each test that proves one exists.
func TestThreatsAreProven(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Threats\n")
	section, _, _ = strings.Cut(section, "\n## ")
	names := regexp.MustCompile("`([^`]+)`")
	rows, seen := 0, map[string]bool{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || strings.HasPrefix(strings.TrimSpace(cells[0]), "---") || strings.TrimSpace(cells[0]) == "threat" {
			continue
		}
		rows++
		threat := strings.TrimSpace(cells[0])
		if threat == "" || strings.TrimSpace(cells[1]) == "" || seen[threat] {
			t.Errorf("%q has no defence, or stands twice", threat)
		}
		seen[threat] = true
		proofs := names.FindAllStringSubmatch(cells[2], -1)
		if len(proofs) == 0 {
			t.Errorf("%q: no test proves its defence", threat)
		}
		for _, proof := range proofs {
			if !provesSomething(t, proof[1]) {
				t.Errorf("%q: there is no test %s", threat, proof[1])
			}
		}
	}
	if rows == 0 {
		t.Error("the page has no table of threats")
	}
	for _, missing := range []string{".TestNoSuchTest", "odoo.Test", "worker/ledgertest.Run/no such case", "nowhere.TestRotation", "odoo/TestRotation"} {
		if provesSomething(t, missing) {
			t.Errorf("%s is taken for a test", missing)
		}
	}
}

// provesSomething looks a test up: "folder.Test", or "folder.Run/case" of a conformance suite.
func provesSomething(t *testing.T, proof string) bool {
	t.Helper()
	name, subtest, isCase := strings.Cut(proof, ".Run/")
	folder, test := name, ""
	if !isCase {
		dot := strings.LastIndexByte(proof, '.')
		if dot < 0 {
			return false
		}
		folder, test = proof[:dot], proof[dot+1:]
	}
	files, err := filepath.Glob(filepath.Join(".", filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") == isCase {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				found = found || !isCase && n.Recv == nil && n.Name.Name == test
			case *ast.BasicLit:
				text, _ := strconv.Unquote(n.Value)
				found = found || isCase && n.Kind == token.STRING && text == subtest
			}
			return true
		})
	}
	return found
}

// sources hands on each Go file of the repository that is part of a program.
func sources(t *testing.T, each func(name string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "bin"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err == nil {
			each(filepath.ToSlash(name), parsed)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// called returns the name of a called function as it is written, such as "hmac.Equal".
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// TestSignaturesAreComparedInConstantTime reads all code that makes HMACs: nothing that is one, or is called one, is compared in a way that ends
// at the first difference. And each package that receives webhooks compares in constant time, or leaves it to its provider's library.
func TestSignaturesAreComparedInConstantTime(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`(?i)^(sum|mac|signature|given|expected|want|digest)s?$`)
	var isSecret func(e ast.Expr) bool
	isSecret = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Ident:
			return secret.MatchString(e.Name)
		case *ast.SelectorExpr:
			return secret.MatchString(e.Sel.Name)
		case *ast.SliceExpr:
			return isSecret(e.X)
		case *ast.CallExpr: // the sum itself, or a conversion such as string(sum)
			name := called(e)
			converts := len(e.Args) == 1 && name != "len" && name != "cap"
			return strings.HasSuffix(name, "Sum") || strings.HasSuffix(name, "EncodeToString") || converts && isSecret(e.Args[0])
		}
		return false
	}
	receives, compares := map[string]bool{}, map[string]bool{}
	sources(t, func(name string, file *ast.File) {
		makes := false
		for _, imported := range file.Imports {
			makes = makes || imported.Path.Value == `"crypto/hmac"`
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "ReceiveWebhook" && n.Recv != nil && path.Dir(name) != "payments/paymentstest" { // a double that has no secret
					receives[path.Dir(name)] = true
				}
			case *ast.CallExpr:
				switch called(n) {
				case "hmac.Equal", "subtle.ConstantTimeCompare", "webhook.ValidatePayloadWithTolerance":
					compares[path.Dir(name)] = true
				case "bytes.Equal", "bytes.Compare", "reflect.DeepEqual", "strings.Compare", "strings.EqualFold", "slices.Equal":
					for _, arg := range n.Args {
						if makes && isSecret(arg) {
							t.Errorf("%s: %s compares a signature", name, called(n))
						}
					}
				}
			case *ast.BinaryExpr:
				blank := func(e ast.Expr) bool {
					literal, ok := e.(*ast.BasicLit)
					if ident, is := e.(*ast.Ident); is {
						return ident.Name == "nil"
					}
					return ok && (literal.Value == `""` || literal.Kind == token.INT)
				}
				if makes && (n.Op == token.EQL || n.Op == token.NEQ) && !blank(n.X) && !blank(n.Y) && (isSecret(n.X) || isSecret(n.Y)) {
					t.Errorf("%s: a signature is compared with %s", name, n.Op)
				}
			}
			return true
		})
	})
	if len(receives) < 6 {
		t.Errorf("only %d packages receive webhooks: is the test still looking at the right place?", len(receives))
	}
	for folder := range receives {
		if !compares[folder] {
			t.Errorf("%s receives webhooks and compares no signature in constant time", folder)
		}
	}
}

// TestNothingOfAChannelIsAPattern holds that no flow searches Odoo by pattern, in which "%" of a buyer's text would find other people's records.
func TestNothingOfAChannelIsAPattern(t *testing.T) {
	t.Parallel()
	files := 0
	sources(t, func(name string, file *ast.File) {
		if dir := path.Dir(name); dir == "odoo" || strings.HasPrefix(dir, "odoo/odootest") {
			return
		}
		files++
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if name := called(n); name == "odoo.Like" || name == "odoo.ILike" {
					t.Errorf("%s: %s", name, name)
				}
			case *ast.BasicLit:
				text, _ := strconv.Unquote(n.Value)
				digits := name == "privacy/person.go" && text == "=like" // a telephone number's digits, whatever stands between them in Odoo
				if n.Kind == token.STRING && !digits && (strings.HasSuffix(text, "like") && len(text) <= 9 || strings.HasPrefix(text, "=like") || strings.HasPrefix(text, "=ilike")) {
					t.Errorf("%s: the comparison %q", name, text)
				}
			}
			return true
		})
	})
	if files < 100 {
		t.Errorf("only %d files", files)
	}
}
