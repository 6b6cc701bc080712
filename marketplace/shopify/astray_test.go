package shopify

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/marketplace"
)

// redirecting is a store of files that sends on to another address.
type redirecting struct {
	to  string
	got []string
}

func (r *redirecting) RoundTrip(request *http.Request) (*http.Response, error) {
	r.got = append(r.got, request.URL.String())
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: request}
	if r.to != "" && len(r.got) == 1 {
		response.StatusCode = http.StatusFound
		response.Header.Set("Location", r.to)
	}
	return response, nil
}

// TestFilesAreFetchedFromStoresOnly has a shop name addresses inside of the network that the connector runs in.
func TestFilesAreFetchedFromStoresOnly(t *testing.T) {
	t.Parallel()
	astray := []string{
		"http://storage.googleapis.com/f", "https://127.0.0.1/f", "https://127.1/f", "https://0x7f.1/f", "https://2130706433/f", "https://localhost/f", "https://x.localhost/f",
		"https://169.254.169.254/latest/meta-data/", "https://metadata.google.internal/f", "https://10.0.0.1/f", "https://192.168.1.1/f", "https://172.16.0.1/f",
		"https://[::1]/f", "https://[fd00::1]/f", "https://[::ffff:10.0.0.1]/f", "https://[fe80::1]/f", "https://0.0.0.0/f", "https://odoo/f", "https://localhost./f",
		"https://me:secret@storage.googleapis.com/f", "file:///etc/passwd", "ftp://storage.googleapis.com/f", "//storage.googleapis.com/f", "",
	}
	for _, address := range astray {
		store := &redirecting{}
		shop := New("demo", AccessToken("shpat_1"), WithTransport(store))
		if _, err := shop.openFile(t.Context(), address, 0); marketplace.CodeOf(err) != marketplace.CodeInvalid || len(store.got) > 0 {
			t.Errorf("%q: %v, fetched %v", address, err, store.got)
		}
		if address == "//storage.googleapis.com/f" || address == "" { // relative to where it redirects from, and no redirect
			continue
		}
		store = &redirecting{to: address}
		shop = New("demo", AccessToken("shpat_1"), WithTransport(store))
		_, err := shop.openFile(t.Context(), "https://storage.googleapis.com/signed?key=1", 0)
		if marketplace.CodeOf(err) != marketplace.CodeInvalid || len(store.got) != 1 || strings.Contains(err.Error(), "key=1") {
			t.Errorf("redirected to %q: %v, fetched %v", address, err, store.got)
		}
	}
	for _, address := range []string{"https://storage.googleapis.com/f", "https://shopify.example/f", "https://8.8.8.8/f", "https://[2001:4860:4860::8888]/f"} {
		store := &redirecting{to: "https://europe.storage.googleapis.com/f"}
		shop := New("demo", AccessToken("shpat_1"), WithTransport(store))
		file, err := shop.openFile(t.Context(), address, 0)
		if err != nil || len(store.got) != 2 {
			t.Errorf("%q: %v, fetched %v", address, err, store.got)
			continue
		}
		file.Close()
	}
	// A shop in a test is on this machine, and so are its files.
	shop := New("http://127.0.0.1:1", AccessToken("shpat_1"), WithTransport(&redirecting{}))
	if _, err := shop.openFile(t.Context(), "http://127.0.0.1:1/f", 0); err != nil {
		t.Error(err)
	}
}
