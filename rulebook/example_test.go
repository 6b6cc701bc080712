package rulebook_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/retailsync/retailsync/rulebook"
)

func show(book *rulebook.Book, next []byte) error {
	promotion, err := book.Promote(next, rulebook.Decision{By: "ann", Reason: "new VAT"}, true) // dry
	if err != nil {
		return err // a mistake in the rules, or not newer than those in service
	}
	fmt.Println(promotion)
	return nil
}

// Rules are looked at before they come into service.
func ExampleBook_Promote() {
	folder, err := os.MkdirTemp("", "rules")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	book, err := rulebook.Open(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	inService := "version: 1\nedition: 3\ndefaults: {team: Web}\nchannels:\n  woocommerce/main: {}\n  medusa/main: {team: Medusa}\n"
	if _, err := book.Promote([]byte(inService), rulebook.Decision{By: "ann", Reason: "first"}, false); err != nil {
		fmt.Println(err)
		return
	}
	if err := show(book, []byte(strings.NewReplacer("edition: 3", "edition: 4", "Web", "Online").Replace(inService))); err != nil {
		fmt.Println(err)
	}
	// Output:
	// edition 3 -> 4
	// woocommerce/main
	//   ~ team: Web -> Online
}
