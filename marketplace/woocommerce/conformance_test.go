package woocommerce_test

import (
	"net/http"
	"testing"

	"github.com/retailsync/retailsync/marketplace/internal/wooshop"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	marketplacetest.Run(t, marketplacetest.Harness{
		Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
			server := wootest.NewServer()
			t.Cleanup(server.Close)
			return wooshop.Open(server, wooshop.Adapter(server, transport))
		},
	})
}
