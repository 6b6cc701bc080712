package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// screen writes for people, with colours on a terminal.
type screen struct {
	w        io.Writer
	coloured bool
}

func newScreen(w io.Writer, coloured bool) *screen { return &screen{w: w, coloured: coloured} }

// The ANSI codes in use.
const (
	bold  = "1"
	red   = "31"
	green = "32"
)

func (s *screen) paint(code, text string) string {
	if !s.coloured {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) title(text string) { fmt.Fprintf(s.w, "\n%s\n", s.paint(bold, text)) }

// line writes one line below a title.
func (s *screen) line(format string, args ...any) { fmt.Fprintf(s.w, "  "+format+"\n", args...) }

func (s *screen) gap() { fmt.Fprintln(s.w) }

// table aligns columns; the first row is their heads.
func (s *screen) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for n, cell := range row {
			widths[n] = max(widths[n], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for column, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)+2))
		}
		text := strings.TrimRight(line.String(), " ")
		if n == 0 {
			text = s.paint(bold, text)
		}
		s.line("%s", text)
	}
}
