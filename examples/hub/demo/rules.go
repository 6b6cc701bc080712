package demo

import (
	_ "embed"
	"strings"

	"github.com/retailsync/retailsync/mapping"
)

//go:embed rules.yaml
var rulesYAML string

// Rules are the rules of the demonstration.
func Rules() (*mapping.Rules, error) {
	return mapping.Load(strings.NewReader(rulesYAML), "rules.yaml")
}
