package retailsync

import (
	"slices"

	"github.com/retailsync/retailsync/mapping"
)

// channelNames are what a channel calls Odoo's SKUs.
type channelNames struct {
	// others are its other names of a SKU. A name that is another product's by the rules is taken: whatever has it as its SKU
	// in Odoo is not sold under it.
	others map[string][]string
	taken  map[string]bool
}

func namesOf(rules mapping.Channel) channelNames {
	n := channelNames{others: map[string][]string{}, taken: map[string]bool{}}
	for alias, sku := range rules.Products.Aliases {
		if alias != sku {
			n.others[sku], n.taken[alias] = append(n.others[sku], alias), true
		}
	}
	for _, list := range n.others {
		slices.Sort(list)
	}
	return n
}

// of returns the names of a SKU.
func (n channelNames) of(sku string) []string {
	if n.taken[sku] {
		return n.others[sku]
	}
	return append([]string{sku}, n.others[sku]...)
}
