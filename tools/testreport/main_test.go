package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	const (
		pass    = `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}` + "\n" + `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
		fail    = `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: wrong\n"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestB"}` + "\n"
		skip    = `{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:1: no odoo19 here\n"}` + "\n" + `{"Action":"skip","Package":"p","Test":"TestC"}` + "\n"
		ok      = `{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
		failed  = `{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n"
		hanging = `{"Action":"output","Package":"p","Test":"TestD","Output":"panic: test timed out\n"}` + "\n"
	)
	for _, c := range []struct {
		name, in, forbidden, want string
		well                      bool
	}{
		{"all pass", pass + ok, "", "ok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n", true},
		{"a failure is shown", pass + fail + failed, "", "    b_test.go:1: wrong\nFAIL\tp\t0.1s\n1 passed, 1 failed, 0 skipped\n", false},
		{"a skip is told", pass + skip + ok, "", "ok  \tp\t0.1s\nskipped p TestC: c_test.go:1: no odoo19 here\n1 passed, 0 failed, 1 skipped\n", true},
		{
			"a forbidden skip fails", pass + skip + ok, "no odoo19",
			"ok  \tp\t0.1s\nskipped p TestC: c_test.go:1: no odoo19 here\nthis must not be skipped: p TestC: c_test.go:1: no odoo19 here\n1 passed, 0 failed, 1 skipped\n",
			false,
		},
		{
			"a test that never ends", pass + hanging + failed, "",
			"FAIL\tp\t0.1s\np TestD did not end:\npanic: test timed out\na package failed outside its tests\n1 passed, 0 failed, 0 skipped\n",
			false,
		},
		{"what does not build", "# p\np.go:1: bad\n" + failed, "", "# p\np.go:1: bad\nFAIL\tp\t0.1s\na package failed outside its tests\nno test ran\n0 passed, 0 failed, 0 skipped\n", false},
		{"nothing", "", "", "no test ran\n0 passed, 0 failed, 0 skipped\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			r := report{out: &out, forbidden: c.forbidden, output: map[test][]string{}}
			if err := r.read(strings.NewReader(c.in)); err != nil {
				t.Fatal(err)
			}
			if well := r.close(); well != c.well {
				t.Errorf("well = %v, want %v", well, c.well)
			}
			if out.String() != c.want {
				t.Errorf("printed\n%s\nwant\n%s", out.String(), c.want)
			}
		})
	}
}

// TestListedSkips fails for a test that was skipped and is not listed.
func TestListedSkips(t *testing.T) {
	t.Parallel()
	const in = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" +
		`{"Action":"output","Package":"p","Test":"TestC/Money","Output":"    c_test.go:1: the harness has no Money\n"}` + "\n" + `{"Action":"skip","Package":"p","Test":"TestC/Money"}` + "\n"
	for list, well := range map[string]bool{
		"# why\np TestC/Money # no amounts\n": true,
		"p TestC\nq TestC/Money\n":            false,
		"":                                    false,
	} {
		var out strings.Builder
		r := report{out: &out, output: map[test][]string{}}
		r.allow(list)
		if err := r.read(strings.NewReader(in)); err != nil {
			t.Fatal(err)
		}
		if got := r.close(); got != well {
			t.Errorf("with the list %q: %v, want %v\n%s", list, got, well, out.String())
		}
	}
}
