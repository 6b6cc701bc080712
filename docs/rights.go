// Package docs gives programs what the pages of the documentation say, so that it is written once.
package docs

import (
	_ "embed" // the page
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed odoo-rights.md
var rightsPage string

// Workflows are the workflows whose rights in Odoo are documented, in the page's order.
func Workflows() []string {
	var all []string
	for _, row := range rights() {
		all = append(all, row[0])
	}
	return all
}

// Groups returns the groups of Odoo, by External ID, that a user needs for workflows on a version such as 19, and no others. They are sorted.
// An unknown workflow is an error.
func Groups(series int, workflows ...string) ([]string, error) {
	column := 1
	if series > 14 {
		column = 2
	}
	var groups []string
	for _, workflow := range workflows {
		rows := rights()
		at := slices.IndexFunc(rows, func(row []string) bool { return row[0] == workflow })
		if at < 0 {
			return nil, fmt.Errorf("no rights are documented for the workflow %q: it is one of %s", workflow, strings.Join(Workflows(), ", "))
		}
		for _, group := range code.FindAllStringSubmatch(rows[at][column], -1) {
			groups = append(groups, group[1])
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups), nil
}

var code = regexp.MustCompile("`([^`]+)`")

// rights are the rows of the table by workflow.
func rights() [][]string {
	_, section, _ := strings.Cut(rightsPage, "\n## By workflow\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) == 3 && cells[0] != "workflow" && !strings.HasPrefix(cells[0], "---") {
			rows = append(rows, cells)
		}
	}
	return rows
}
