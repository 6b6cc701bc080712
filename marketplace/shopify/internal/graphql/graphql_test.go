package graphql_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

const schema = `
schema { query: Root mutation: Change }
directive @once(key: String!) on FIELD
scalar Decimal
interface Node { id: ID! }
enum Size { SMALL LARGE UNKNOWN }
type Box implements Node { id: ID! size: Size! weight: Decimal! boxes(first: Int, after: String): BoxConnection! tags: [String!]! owner: Owner old: Int @deprecated }
type BoxConnection { nodes: [Box!]! edges: [BoxEdge!]! pageInfo: PageInfo! }
type BoxEdge { node: Box! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
union Owner = Person | Firm
type Person { name: String! }
type Firm { title: String! }
input BoxInput { id: ID! size: Size tags: [String!] count: Int = 1 }
type Root { box(id: ID!): Box boxes(first: Int!, size: Size): BoxConnection! }
type Change { put(boxes: [BoxInput!]!): Box }
`

func parse(t *testing.T, source string) graphql.Document {
	t.Helper()
	document, err := graphql.ParseDocument(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return document
}

// values reads variables as a server does: numbers keep their digits.
func values(t *testing.T, source string) graphql.Object {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(source)))
	decoder.UseNumber()
	var found graphql.Object
	if err := decoder.Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s, err := graphql.ParseSchema(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ document, values, want string }{
		{`{ box(id: "1") { id size tags owner { __typename ... on Person { name } ... on Firm { title } } } }`, `{}`, ""},
		{`query Q($id: ID!, $n: Int = 3) { box(id: $id) { ...B boxes(first: $n) { nodes { ...B } } } } fragment B on Box { id }`, `{"id":"1"}`, ""},
		{`mutation M($boxes: [BoxInput!]!) { put(boxes: $boxes) @once(key: "k") { id } }`, `{"boxes":[{"id":"1","size":"LARGE","tags":["a"]}]}`, ""},
		{`{ box(id: "1") { colour } }`, `{}`, "Box has no field colour"},
		{`{ box(id: "1") { old } }`, `{}`, "Box.old is deprecated"},
		{`{ box(id: "1") { size { x } } }`, `{}`, "Box.size has no fields to select"},
		{`{ box(id: "1") { owner } }`, `{}`, "Box.owner needs a selection"},
		{`{ box { id } }`, `{}`, "Root.box needs the argument id"},
		{`{ box(id: null) { id } }`, `{}`, "must not be null"},
		{`{ box(id: "1", size: SMALL) { id } }`, `{}`, "Root.box has no argument size"},
		{`{ boxes(first: 2, size: HUGE) { nodes { id } } }`, `{}`, "Root.boxes(size:) is no Size"},
		{`{ boxes(first: "2") { nodes { id } } }`, `{}`, "Root.boxes(first:) is no Int"},
		{`{ box(id: "1") { boxes { nodes { id } } } }`, `{}`, "Box.boxes needs first or last"},
		{`{ box(id: "1") { ... on Firm { title } } }`, `{}`, "Box can never be Firm"},
		{`{ box(id: "1") { ...X } }`, `{}`, "the fragment X is missing"},
		{`{ box(id: "1") { ...X } } fragment X on Box { ...X }`, `{}`, "contains itself"},
		{`{ box(id: "1") { id } } fragment X on Box { id }`, `{}`, "the fragment X is not used"},
		{`query Q($id: String!) { box(id: $id) { id } }`, `{"id":"1"}`, "$id of String!"},
		{`query Q($id: ID) { box(id: $id) { id } }`, `{"id":"1"}`, "$id of ID"},
		{`query Q($id: ID!) { box(id: $id) { id } }`, `{}`, "$id must not be null"},
		{`query Q($id: ID!) { box(id: "1") { id } }`, `{"id":"1"}`, "$id is not used"},
		{`{ box(id: $id) { id } }`, `{}`, "does not define"},
		{`{ box(id: "1") { id } }`, `{"id":"1"}`, "which the operation does not have"},
		{`mutation M($boxes: [BoxInput!]!) { put(boxes: $boxes) { id } }`, `{"boxes":[{"size":"HUGE","colour":1}]}`, "$boxes[0] has no field colour; $boxes[0] needs the field id; $boxes[0].size is no Size"},
		{`mutation { put(boxes: []) @twice { id } }`, `{}`, "@twice"},
		{`mutation { put(boxes: []) @once { id } }`, `{}`, "@once needs the argument key"},
		{`{ box(id: "1") { id } } { box(id: "2") { id } }`, `{}`, "2 operations"},
	} {
		got := strings.Join(s.Check(parse(t, test.document), values(t, test.values)), "; ")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.document, got, test.want)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	s, err := graphql.ParseSchema(schema)
	if err != nil {
		t.Fatal(err)
	}
	document := parse(t, `query Q($after: String) { box(id: "7") { small: id ...B owner { ... on Firm { title } } boxes(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }
		fragment B on Box { weight size tags }`)
	resolvers := map[string]graphql.Resolver{"Root.box": func(_, arguments graphql.Object) (any, error) {
		return values(t, `{"id":"`+arguments["id"].(string)+`","secret":1,"owner":{"__typename":"Firm","title":"Acme"},"boxes":{"nodes":[{"id":"1"},{"id":"2"},{"id":"3"}]}}`), nil
	}}
	for after, want := range map[string]string{
		`{}`:            `{"box":{"small":"7","weight":"0.0","size":"UNKNOWN","tags":[],"owner":{"title":"Acme"},"boxes":{"edges":[{"node":{"id":"1"}},{"node":{"id":"2"}}],"pageInfo":{"hasNextPage":true,"endCursor":"2"}}}}`,
		`{"after":"2"}`: `{"box":{"small":"7","weight":"0.0","size":"UNKNOWN","tags":[],"owner":{"title":"Acme"},"boxes":{"edges":[{"node":{"id":"3"}}],"pageInfo":{"hasNextPage":false,"endCursor":"3"}}}}`,
	} {
		answer, err := s.Answer(document, values(t, after), resolvers)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values(t, want), values(t, string(text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", after, diff)
		}
	}
}

func TestSyntax(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"{", "{ }", "query", `{ a(b: "x) }`, "{ a } x", "{ a(b: ) }", "{ a %% }", "fragment A on B { c } fragment A on B { c }", `{ a(b: """x) }`} {
		if _, err := graphql.ParseDocument(source); err == nil {
			t.Errorf("%q was read", source)
		}
	}
	for _, source := range []string{"type A { b: C }", "type A { b(c: D): Int }", "union A = B", "type A implements B { c: Int }", "table A", "type A {"} {
		if _, err := graphql.ParseSchema(source); err == nil {
			t.Errorf("%q was read", source)
		}
	}
}

// Nothing that a client sends makes the reader or the check panic, or go on for ever.
func FuzzDocument(f *testing.F) {
	s, err := graphql.ParseSchema(schema)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`query Q($id: ID!, $n: Int = 3) { box(id: $id) { ...B } } fragment B on Box { id }`)
	f.Add(`{ a: box(id: "\u0041") { ... on Box { id } ... @once(key: "k") { size } } }`)
	f.Add(`mutation { put(boxes: [{id: 1, tags: ["a", null], count: -1.5e3}]) { id } }`)
	f.Fuzz(func(t *testing.T, source string) {
		document, err := graphql.ParseDocument(source)
		if err != nil {
			return
		}
		if problems := s.Check(document, nil); len(problems) == 0 {
			_, _ = s.Answer(document, nil, nil) // without data it may fail, not panic
		}
	})
}
