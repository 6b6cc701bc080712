package odootest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/retailsync/retailsync/odoo/odootest"
)

// An Odoo 19 with a shop's products, called over JSON-2; the third call loses its reply.
func Example() {
	srv := odootest.Retail()
	defer srv.Close()
	url := srv.Start()
	srv.Fail(odootest.Fault{Method: "create", Nth: 2, Do: odootest.DropReply()})

	call := func(path, body string) (string, error) {
		req, err := http.NewRequest(http.MethodPost, url+"/json/2/"+path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		req.Header.Set("Authorization", "bearer "+srv.APIKey())
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		return string(answer), err
	}
	found, _ := call("product.product/search_count", `{"domain": [["default_code", "=", "MUG-01"]]}`)
	made, _ := call("res.partner/create", `{"vals_list": [{"name": "Ada"}]}`)
	_, lost := call("res.partner/create", `{"vals_list": [{"name": "Bob"}]}`)
	there, _ := call("res.partner/search_count", `{"domain": [["name", "=", "Bob"]]}`)
	fmt.Println(found, made, lost != nil, there)
	for _, c := range srv.Calls() {
		fmt.Printf("%d %s.%s %q\n", c.Seq, c.Model, c.Method, c.Fault)
	}
	// Output:
	// 1 [3] true 1
	// 1 product.product.search_count ""
	// 2 res.partner.create ""
	// 3 res.partner.create "drop reply"
	// 4 res.partner.search_count ""
}
