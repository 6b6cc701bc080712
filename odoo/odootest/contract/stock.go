package contract

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stockCase is a script of a yard and what real servers made of it: the answers that are not just ok, and the state
// at the end.
type stockCase struct {
	name   string
	script []string
	want14 string
	want19 string
}

func (s *suite) stock(t *testing.T) {
	for _, c := range slices.Concat(reservations(), deliveries(), edits(), shipments(), returns(), loadedBack()) {
		s.run(t, "stock/"+c.name, func(t *testing.T) {
			want := c.want19
			if s.target.Series < 19 {
				want = c.want14
			}
			if d := cmp.Diff(strings.TrimSpace(want), s.transcript(t, c)); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", strings.Join(c.script, "\n"), d)
			}
		})
	}
}

// transcript runs a case.
func (s *suite) transcript(t *testing.T, c stockCase) string {
	t.Helper()
	y := s.newYard(t)
	var lines []string
	for n, command := range c.script {
		if answer := y.do(command); answer != "ok" && answer != "none" {
			lines = append(lines, strings.ReplaceAll(command+" = "+answer, "\n", " / "))
		}
		if n == len(c.script)-1 {
			lines = append(lines, y.state())
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
