package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// StockRules say what a channel shows as sellable of what is free in Odoo.
type StockRules struct {
	// Locations are the channel's places and the warehouses that serve them. A channel with but one place that
	// has no id needs none: [ChannelRules.Warehouse] serves it, or all warehouses of the company.
	Locations []StockLocationRule `yaml:"locations"`
	// Buffer is kept back of each product at each place, in the product's unit of measure. Default: 0.
	Buffer *decimal.Decimal `yaml:"buffer"`
	// Share is how much of what is left the channel gets, in percent. Default: 100.
	Share *decimal.Decimal `yaml:"share"`
	// Most is never exceeded at a place, in the product's unit of measure. Default: no bound.
	Most *decimal.Decimal `yaml:"most"`
	// Step is what a quantity that is shown is a whole multiple of, rounded down. Default: 1. Odoo's own units
	// allow hundredths of a piece; few channels do.
	Step *decimal.Decimal `yaml:"step"`
	// Critical are the products of which changes are published one by one. Default: all.
	Critical CriticalRules `yaml:"critical"`
}

// StockLocationRule is one place of the channel.
type StockLocationRule struct {
	// Location is the channel's own id of the place. Required.
	Location string `yaml:"location"`
	// Warehouses serve the place, by id, name or short name; what is free in them is added up. At least one.
	// Places that share a warehouse must not have more than 100 percent of it together.
	Warehouses []Ref `yaml:"warehouses"`
	// Buffer, Share and Most win over those of [StockRules].
	Buffer *decimal.Decimal `yaml:"buffer"`
	Share  *decimal.Decimal `yaml:"share"`
	Most   *decimal.Decimal `yaml:"most"`
}

func (l StockLocationRule) selector() string { return l.Location }

func (s StockRules) check(ps *problems, path string) {
	checkAllotment(ps, path, s.Buffer, s.Share, s.Most)
	if s.Step != nil && !s.Step.IsPos() {
		ps.add(join(path, "step"), s.Step.String()+" is not above 0", "for example 1, or 0.5 for what is sold by the half")
	}
	s.Critical.check(ps, join(path, "critical"))
	for i, location := range s.Locations {
		inner := index(path, "locations", i)
		if strings.TrimSpace(location.Location) == "" {
			ps.add(join(inner, "location"), "location is missing", "write the channel's id of the place")
		}
		if len(location.Warehouses) == 0 {
			ps.add(join(inner, "warehouses"), "no warehouse serves the place", "name at least one, or remove the place")
		}
		for k, warehouse := range location.Warehouses {
			required(ps, index(inner, "warehouses", k), warehouse, "name the warehouse or give its id")
			if slices.Index(location.Warehouses, warehouse) != k {
				ps.add(index(inner, "warehouses", k), "the warehouse is here twice", "keep one of them")
			}
		}
		checkAllotment(ps, inner, location.Buffer, location.Share, location.Most)
	}
}

func checkAllotment(ps *problems, path string, buffer, share, most *decimal.Decimal) {
	for _, bound := range []struct {
		key   string
		value *decimal.Decimal
	}{{"buffer", buffer}, {"most", most}} {
		if bound.value != nil && bound.value.IsNeg() {
			ps.add(join(path, bound.key), bound.value.String()+" is negative", "write a quantity, or remove the key")
		}
	}
	if share != nil && (!share.IsPos() || share.Cmp(decimal.Hundred) > 0) {
		ps.add(join(path, "share"), share.String()+" is no percentage above 0 and up to 100", "for example 50")
	}
}

// checkComplete refuses to show the same units at two places.
func (s StockRules) checkComplete(ps *problems, path string) {
	shown := map[Ref]decimal.Decimal{}
	for i, location := range s.Locations {
		share := firstOf(location.Share, s.Share, &decimal.Hundred)
		for k, warehouse := range location.Warehouses {
			sum, err := shown[warehouse].Add(*share)
			if err != nil {
				continue // a share that checkAllotment has refused
			}
			if shown[warehouse] = sum; sum.Cmp(decimal.Hundred) > 0 {
				ps.add(index(join(path, fmt.Sprintf("locations[%d]", i)), "warehouses", k),
					fmt.Sprintf("%s serves several places with %s percent in all: the same units would be sold twice", warehouse, sum.Trim(0)),
					"give the places a share, 100 together at most")
			}
		}
	}
}

// firstOf returns the first that was said.
func firstOf(values ...*decimal.Decimal) *decimal.Decimal {
	for _, value := range values {
		if value != nil {
			return value
		}
	}
	return nil
}
