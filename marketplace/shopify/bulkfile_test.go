package shopify

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

// Whatever a file holds, reading it ends, moves on with each order, and reading on from where an order ended gives the
// rest.
func FuzzBulkFile(f *testing.F) {
	const order = `{"id":"gid://shopify/Order/1","fulfillments":[],"refunds":[]}` + "\n"
	const line = `{"__typename":"LineItem","id":"gid://shopify/LineItem/2","__parentId":"gid://shopify/Order/1"}` + "\n"
	f.Add(order + line + line + strings.ReplaceAll(order, "/1", "/3"))
	f.Add(order + `{"__typename":"ShippingLine","id":null,"__parentId":"gid://shopify/Order/1"}`)
	f.Add(line)
	f.Add("\n\n" + order + "{")
	f.Add(`{"id":7,"refunds":null}` + "\n[]\n")
	f.Fuzz(func(t *testing.T, file string) {
		var ends []int64
		whole := readFile(t, file, 0, &ends)
		for i, end := range ends {
			if i > 0 && end <= ends[i-1] || end > int64(len(file)) {
				t.Fatalf("order %d ends at %d of %d", i, end, len(file))
			}
			if rest := readFile(t, file, end, nil); len(rest) != len(whole)-i-1 {
				t.Fatalf("%d orders after the %dth, want %d", len(rest), i+1, len(whole)-i-1)
			}
		}
	})
}

func readFile(t *testing.T, file string, offset int64, ends *[]int64) []group {
	t.Helper()
	reader := &groupReader{lines: bufio.NewReaderSize(strings.NewReader(file[offset:]), 16), next: offset}
	var all []group
	for {
		found, err := reader.read()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errBulkForm) {
				t.Fatal(err)
			}
			return all
		}
		if _, ok := readGraph(found.body); !ok {
			t.Fatalf("order %d is no object: %s", len(all), found.body)
		}
		all = append(all, found)
		if ends != nil {
			*ends = append(*ends, reader.next)
		}
	}
}
