package odootest

import "fmt"

// Retail returns a server that a shop's orders fit into: six products, a shipping product with a
// carrier, sales taxes (8 %, 8.25 %, 19 % included and not, 7 % included, a fixed deposit) and
// pricelists in USD, EUR, GBP, JPY and KWD.
func Retail(options ...Option) *Server {
	s := New(options...)
	must := func(id int64, err error) int64 {
		if err != nil {
			panic(fmt.Sprintf("odootest: the retail preset does not hold: %v", err)) // a mistake in this package
		}
		return id
	}
	for _, t := range []Tax{
		{Name: "Sales tax 8%", Amount: "8"}, {Name: "Sales tax 8.25%", Amount: "8.25"}, {Name: "VAT 19%", Amount: "19"},
		{Name: "VAT 19% included", Amount: "19", Included: true}, {Name: "VAT 7% included", Amount: "7", Included: true}, {Name: "Deposit 0.25", Amount: "0.25", Fixed: true},
	} {
		must(s.SeedTax(t))
	}
	for _, p := range []Product{
		{SKU: "TEE-BLACK-M", Name: "T-shirt black M", Price: "19.99"}, {SKU: "TEE-WHITE-L", Name: "T-shirt white L", Price: "19.99"}, {SKU: "MUG-01", Name: "Mug", Price: "12.50", Barcode: "4006381333931"},
		{SKU: "HOODIE-GREY", Name: "Hoodie grey", Price: "49.00"}, {SKU: "CAP-RED", Name: "Cap red", Price: "15.00"}, {SKU: "GIFT-CARD", Name: "Gift card", Price: "25.00", Service: true},
	} {
		must(s.SeedProduct(p))
	}
	shipping := must(s.SeedProduct(Product{SKU: "SHIPPING", Name: "Shipping", Price: "0", Service: true}))
	must(s.Seed("delivery.carrier", map[string]any{"name": "Standard delivery", "product_id": shipping}))
	for _, c := range []string{"EUR", "GBP", "JPY", "KWD"} {
		must(s.SeedPricelist("Shop "+c, c))
	}
	return s
}
