package odootest

import "testing"

func TestRetail(t *testing.T) {
	t.Parallel()
	for _, series := range []int{14, 19} {
		s := Retail(Version(series))
		if s.Start() == "" {
			t.Fatal("no address")
		}
		s.Close()
	}
}
