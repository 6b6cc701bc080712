package graphql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

const bulkSchema = schema + `
type Shelf { id: ID! boxes(first: Int): BoxConnection! lists: [Box!]! }
type ShelfConnection { nodes: [Shelf!]! edges: [ShelfEdge!]! pageInfo: PageInfo! }
type ShelfEdge { node: Shelf! }
type Store { shelves(first: Int): ShelfConnection! }
schema { query: Store mutation: Change }
`

func TestCheckBulk(t *testing.T) {
	t.Parallel()
	s, err := graphql.ParseSchema(bulkSchema)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ document, want string }{
		{`{ shelves { edges { node { id ...S } } } } fragment S on Shelf { boxes { edges { node { id } } } }`, ""},
		{`{ shelves { nodes { id } } }`, "selected by 'edges'"},
		{`{ shelves { edges { node { id lists { boxes { edges { node { id } } } } } } } }`, "within a list"},
		{`{ shelves { edges { node { id boxes { edges { node { id boxes { edges { node { id boxes { edges { node { id } } } } } } } } } } } } }`, "deeper than 2"},
		{`{ shelves { edges { node { colour } } } }`, "no field colour"},
		{`mutation { put(boxes: []) { id } }`, "only query"},
		{`{ __typename }`, "at least one connection"},
		{`{ a: shelves { edges { node { id } } } b: shelves { edges { node { id } } } c: shelves { edges { node { id } } } d: shelves { edges { node { id } } } e: shelves { edges { node { id } } } f: shelves { edges { node { id } } } }`, "more than 5"},
	} {
		got := strings.Join(s.CheckBulk(parse(t, test.document)), "; ")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.document, got, test.want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	answer := values(t, `{"shelves":{"edges":[{"node":{"id":"1","owner":{"name":"Ada"},"boxes":{"edges":[{"node":{"id":"11"}},{"node":{"id":"12"}}]}}},{"node":{"id":"2"}}]}}`)
	want := []graphql.Object{
		{"id": "1", "owner": graphql.Object{"name": "Ada"}},
		{"id": "11", "__parentId": "1"}, {"id": "12", "__parentId": "1"},
		{"id": "2"},
	}
	if diff := cmp.Diff(want, graphql.Lines(answer)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
