package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"
)

// screen writes for people: with colours and a moving bar on a terminal, in plain lines elsewhere.
type screen struct {
	w                  io.Writer
	terminal, coloured bool
}

func newScreen(w io.Writer, terminal, coloured bool) *screen {
	return &screen{w: w, terminal: terminal, coloured: terminal && coloured}
}

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

// progress returns how to show that so many of all orders are done, and how to end it.
func (s *screen) progress(name string, all int) (show func(done int), end func()) {
	if !s.terminal {
		return func(int) {}, func() {}
	}
	bar := progressbar.NewOptions(all,
		progressbar.OptionSetWriter(s.w), progressbar.OptionSetDescription("  "+name), progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionEnableColorCodes(false))
	// A bar that cannot be drawn is no reason to stop.
	return func(done int) { _ = bar.Set(min(done, all)) }, func() { _ = bar.Finish(); fmt.Fprintln(s.w) }
}
