package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxRulesSize is the largest rules file that is read, in bytes.
const MaxRulesSize = 1 << 20

// LoadFile loads and checks the rules of a YAML file. See [Load]; an error that is no
// [*RulesError] comes from reading the file.
func LoadFile(path string) (*Rules, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("mapping: open the rules: %w", err)
	}
	defer func() { _ = file.Close() }() // only read: nothing to lose
	return Load(file, path)
}

// Load reads rules as YAML and checks them. The name stands for the file in messages.
//
// Everything that is not understood is refused, so that a slip of the pen never means "default":
// unknown and duplicate keys, wrong types, empty values, contradictory rules. The [*RulesError] lists
// all problems with line and column. Anchors, aliases, tags and several documents are refused too;
// what channels share stands under defaults. A number where text is wanted is taken as it is written
// ("0123" keeps its zero).
func Load(r io.Reader, name string) (*Rules, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxRulesSize+1))
	if err != nil {
		return nil, fmt.Errorf("mapping: read the rules: %w", err)
	}
	rules, found := parse(data)
	for i := range found {
		found[i].File = name
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return rules, nil
}

// LoadBytes is [Load] of rules in memory.
func LoadBytes(data []byte, name string) (*Rules, error) {
	return Load(bytes.NewReader(data), name)
}

func parse(data []byte) (*Rules, problems) {
	var ps problems
	if len(data) > MaxRulesSize {
		ps.add("", fmt.Sprintf("the rules are larger than %d bytes", MaxRulesSize), "is this the right file?")
		return nil, ps
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	body, ps := parseYAML(data)
	if len(ps) > 0 {
		return nil, ps
	}
	var rules Rules
	d := decoder{places: map[string]place{}, keys: map[string]place{}}
	d.decode(body, &rules)
	// What could not be decoded is missing from the value: do not report it a second time.
	for _, p := range rules.problems() {
		if !d.explained(p.Path) {
			at := d.placeOf(p)
			p.Line, p.Column = at.line, at.column
			d.problems = append(d.problems, p)
		}
	}
	return &rules, d.problems
}

// maxNesting bounds how deep brackets and dashes nest. Rules need six; the parser takes quadratic
// time in it.
const maxNesting = 32

// parseYAML returns the one document's root.
func parseYAML(data []byte) (body ast.Node, ps problems) {
	defer func() {
		// The rules may come from anywhere; the parser is not ours. Its panic must not be the user's.
		if recovered := recover(); recovered != nil {
			body, ps = nil, nil
			ps.add("", "this is not YAML that can be read", "check it with a YAML linter")
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if deep := tooDeep(tokens); deep != nil {
		return nil, problems{at(deep, "", "values nest too deep", "rules are a few levels of keys and lists")}
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, problems{syntaxProblem(err)}
	}
	var documents []*ast.DocumentNode
	for _, document := range file.Docs {
		if document.Body != nil {
			documents = append(documents, document)
		}
	}
	switch {
	case len(documents) == 0:
		ps.add("", "the file holds no rules", "start with \"version: 1\"; docs/rules.md has an example")
	case len(documents) > 1 || len(file.Docs) > 1:
		second := file.Docs[len(file.Docs)-1]
		start := second.Start
		if start == nil {
			start = documents[len(documents)-1].Body.GetToken()
		}
		ps = append(ps, at(start, "", "the file holds more than one document", "keep one; remove \"---\""))
	default:
		return documents[0].Body, nil
	}
	return nil, ps
}

func tooDeep(tokens token.Tokens) *token.Token {
	flow, dashes, line := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			if t.Position.Line != line {
				dashes, line = 0, t.Position.Line
			}
			dashes++
		}
		if flow > maxNesting || dashes > maxNesting {
			return t
		}
	}
	return nil
}

func syntaxProblem(err error) finding {
	var syntax yaml.Error
	if errors.As(err, &syntax) && syntax.GetToken() != nil {
		return at(syntax.GetToken(), "", "not valid YAML: "+syntax.GetMessage(), "correct the syntax here or just before")
	}
	return at(nil, "", "not valid YAML", "check it with a YAML linter")
}

func at(t *token.Token, path, message, wayOut string) finding {
	p := finding{Problem: Problem{Path: path, Message: message, WayOut: wayOut}}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}
