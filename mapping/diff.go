package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Digest returns a hash of what the rules say ("sha256:…"). It is the same for rules that say the same,
// whatever the order, spelling and comments of their file, so that a report can tell which
// rules an order was mapped by.
func (r Rules) Digest() string {
	h := sha256.New()
	flat := r.flatten()
	for _, path := range slices.Sorted(maps.Keys(flat)) {
		_, _ = fmt.Fprintf(h, "%q=%q\n", path, flat[path]) // a hash never fails
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Change is one difference between two versions of the rules.
type Change struct {
	// Path is the place; rules of a list stand at their conditions
	// ("channels.shop/main.taxes[country=SE,rate=25,collector=seller].tax").
	Path string
	// Old and New are the values as YAML; empty where there is none.
	Old, New string
}

// String is the change in one line, marked "+", "-" or "~".
func (c Change) String() string {
	switch {
	case c.Old == "":
		return "+ " + c.Path + ": " + c.New
	case c.New == "":
		return "- " + c.Path + ": " + c.Old
	default:
		return "~ " + c.Path + ": " + c.Old + " -> " + c.New
	}
}

// Diff lists what differs between two versions of the rules, by path. It is empty exactly if their digests
// are equal.
func Diff(from, to Rules) []Change { return Compare(from.flatten(), to.flatten()) }

// Compare lists what differs between two sets of values by their paths, in order of the paths. A value that is empty is none.
func Compare(before, after map[string]string) []Change {
	paths := map[string]bool{}
	for path := range before {
		paths[path] = true
	}
	for path := range after {
		paths[path] = true
	}
	var changes []Change
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if before[path] != after[path] {
			changes = append(changes, Change{Path: path, Old: before[path], New: after[path]})
		}
	}
	return changes
}
