package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// Problem is one mistake in the rules.
type Problem struct {
	// File is the name that the rules were loaded under; empty for rules written as Go values.
	File string
	// Line and Column are where it is, from 1, columns counted in characters; 0 for Go values.
	Line, Column int
	// Path is the place in the rules ("channels.woocommerce/main.taxes[0].rate").
	Path string
	// Message says what is wrong, WayOut what to do.
	Message, WayOut string
}

// String is the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
	}
	if p.Line > 0 {
		b.WriteString(strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) + ":")
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.WayOut != "" {
		b.WriteString(": " + p.WayOut)
	}
	return b.String()
}

// RulesError refuses rules. It lists every problem that was found, in the order of the file.
type RulesError struct{ Problems []Problem }

// Error implements error: one problem per line.
func (e *RulesError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	if len(lines) == 1 {
		return "mapping: " + lines[0]
	}
	return fmt.Sprintf("mapping: %d problems in the rules:\n%s", len(lines), strings.Join(lines, "\n"))
}

// finding is a problem with what a file needs to place it.
type finding struct {
	Problem
	// atKey tells that the key is wrong, not its value.
	atKey bool
}

// problems collects what is wrong.
type problems []finding

func (ps *problems) add(path, message, wayOut string) {
	*ps = append(*ps, finding{Problem: Problem{Path: path, Message: message, WayOut: wayOut}})
}

func (ps *problems) addKey(path, message, wayOut string) {
	ps.add(path, message, wayOut)
	(*ps)[len(*ps)-1].atKey = true
}

// err returns the problems as an error, each once, sorted by place, or nil.
func (ps problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	e := &RulesError{}
	seen := map[Problem]bool{}
	for _, f := range ps {
		if !seen[f.Problem] {
			seen[f.Problem] = true
			e.Problems = append(e.Problems, f.Problem)
		}
	}
	slices.SortStableFunc(e.Problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Path, b.Path))
	})
	return e
}

// UnknownChannelError says that the rules do not know a channel.
type UnknownChannelError struct {
	Channel canonical.Channel
	// Rule is the YAML to add under channels.
	Rule string
}

// Error implements error.
func (e *UnknownChannelError) Error() string {
	return fmt.Sprintf("mapping: the rules have no channel %s: add under channels:\n%s", e.Channel, e.Rule)
}
