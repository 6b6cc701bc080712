package mapping

import (
	"cmp"
	"fmt"
	"strings"
)

// FiscalPositionRule chooses Odoo's fiscal position. All conditions that are given must hold; the
// rule with the more conditions wins, state before business before country.
type FiscalPositionRule struct {
	// Country is where the goods go, ISO 3166-1 alpha-2.
	Country string `yaml:"country"`
	// State is the code of its subdivision ("CA"), with Country only.
	State string `yaml:"state"`
	// Business is whether the sale is to a company. Nil: either.
	Business *bool `yaml:"business"`
	// Position is the fiscal position, or none. Required.
	Position Ref `yaml:"position"`
}

func (f FiscalPositionRule) selector() string {
	text := "country=" + f.Country + ",state=" + fold(f.State)
	if f.Business != nil {
		text += fmt.Sprintf(",business=%t", *f.Business)
	}
	return text
}

func compareFiscalRules(a, b FiscalPositionRule) int {
	return cmp.Or(
		given(b.State != "")-given(a.State != ""),
		given(b.Country != "")-given(a.Country != ""),
		given(b.Business != nil)-given(a.Business != nil),
	)
}

func (f FiscalPositionRule) check(ps *problems, path string) {
	checkCountry(ps, join(path, "country"), f.Country)
	required(ps, join(path, "position"), f.Position, "name the fiscal position or give its id, or write none")
	if f.State != "" && f.Country == "" {
		ps.add(join(path, "state"), "a state without its country", "add the country")
	}
	if f.State != strings.TrimSpace(f.State) || len(f.State) > 10 {
		ps.add(join(path, "state"), "not the code of a state", "write the code without the country, for example CA")
	}
	if f.Country == "" && f.Business == nil {
		ps.add(path, "the rule has no condition", "give a country, or business")
	}
}
