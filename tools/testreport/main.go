// Command testreport reads `go test -json` on standard input and prints what a person wants of it: a line per package,
// the output of what failed, the tests that were skipped with their reasons, and the totals as the last line.
//
//	go test -json ./... | testreport [-forbid-skip TEXT] [-skips FILE]
//
// It ends with status 1 when anything failed, when no test ran, when a test was skipped with a reason that
// contains TEXT: the way to prove that the tests which need a real server had one; or when one was skipped that FILE does not
// list, by package and name in a line: so that a suite whose harness lost a hook does not pass unseen.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	forbidden := flag.String("forbid-skip", "", "fail when a test was skipped with a reason that contains this `text`")
	listed := flag.String("skips", "", "fail when a test was skipped that this `file` does not list")
	flag.Parse()
	r := report{out: os.Stdout, forbidden: *forbidden, output: map[test][]string{}}
	if *listed != "" {
		text, err := os.ReadFile(*listed)
		if err != nil {
			fmt.Fprintln(os.Stderr, "testreport:", err)
			os.Exit(1)
		}
		r.allow(string(text))
	}
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !r.close() {
		os.Exit(1)
	}
}

// test names one test, or a whole package where name is empty.
type test struct{ pkg, name string }

// event is a line of test2json, whose format `go doc test2json` describes. Build failures come with ImportPath in
// place of Package.
type event struct {
	Action, Package, ImportPath, Test, Output string
}

type report struct {
	out       io.Writer
	forbidden string
	allowed   map[test]bool     // nil: any test may be skipped
	output    map[test][]string // of the tests that still run

	passed, failed  int
	skipped, refuse []string
	broken          bool // a package failed as a whole: its build, its TestMain, a race
}

// allow reads which tests may be skipped: a package and a name in each line, # begins a comment.
func (r *report) allow(list string) {
	r.allowed = map[test]bool{}
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) == 2 {
			r.allowed[test{words[0], words[1]}] = true
		}
	}
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil {
				r.event(e)
			} else {
				fmt.Fprint(r.out, line) // what the go command itself says
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) event(e event) {
	t := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") {
			r.output[t] = append(r.output[t], e.Output)
		}
	case "pass", "skip", "fail":
		if e.Test == "" {
			r.endPackage(t, e.Action)
		} else {
			r.endTest(t, e.Action)
		}
		delete(r.output, t)
	}
}

func (r *report) endTest(t test, action string) {
	output := strings.Join(r.output[t], "")
	switch action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		fmt.Fprint(r.out, output)
	case "skip":
		line := t.pkg + " " + t.name + ": " + strings.Join(strings.Fields(output), " ")
		r.skipped = append(r.skipped, line)
		if r.forbidden != "" && strings.Contains(output, r.forbidden) || r.allowed != nil && !r.allowed[t] {
			r.refuse = append(r.refuse, line)
		}
	}
}

// endPackage prints the package's own line, and on failure all that it printed outside its tests, such as a panic.
func (r *report) endPackage(t test, action string) {
	output := r.output[t]
	if action == "fail" {
		r.broken = true
		fmt.Fprint(r.out, strings.Join(output, ""))
		return
	}
	for _, line := range output {
		if strings.HasPrefix(line, "ok ") {
			fmt.Fprint(r.out, line)
		}
	}
}

// close prints the totals and tells whether all is well.
func (r *report) close() bool {
	// A test that never ended took its package with it; what it printed says why.
	for t, output := range r.output {
		if r.broken && t.name != "" {
			fmt.Fprintf(r.out, "%s %s did not end:\n%s", t.pkg, t.name, strings.Join(output, ""))
		}
	}
	slices.Sort(r.skipped)
	for _, line := range r.skipped {
		fmt.Fprintln(r.out, "skipped", line)
	}
	for _, line := range r.refuse {
		fmt.Fprintln(r.out, "this must not be skipped:", line)
	}
	if r.broken && r.failed == 0 {
		fmt.Fprintln(r.out, "a package failed outside its tests")
	}
	if r.passed+r.failed == 0 {
		fmt.Fprintln(r.out, "no test ran")
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skipped))
	return r.failed == 0 && !r.broken && len(r.refuse) == 0 && r.passed > 0
}
