package privacy_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/privacy"
)

func forget(ctx context.Context, stores privacy.Stores, orders []canonical.Key, dry bool) (privacy.Report, error) {
	return privacy.Erase(ctx, stores, privacy.Request{
		Orders: orders,                       // all of the buyer's: everything that was said about them goes
		Texts:  []string{"jane@example.com"}, // and this, wherever it stands
		By:     "dora", Reason: "request 7",
	}, dry)
}

func forgetPerson(ctx context.Context, erp *odoo.Client, stores privacy.Stores, channels []canonical.Channel, person privacy.Person, dry bool) (privacy.Report, error) {
	buyer, err := privacy.FindPerson(ctx, erp, channels, person)
	if err != nil {
		return privacy.Report{}, err
	}
	return privacy.Erase(ctx, stores, privacy.Request{
		Orders: buyer.Orders, Texts: person.Texts(), // and names, and other ways to write the number
		By: "dora", Reason: "request 7",
	}, dry)
}

// jane is a buyer by all that is known of her.
func jane(shop canonical.Channel) privacy.Person {
	person := privacy.Person{
		Mails:     []string{"jane@example.com"},
		Phones:    []string{"+49 151 2345678"},
		Customers: []canonical.Key{{Channel: shop, ID: "77"}}, // the shop's number of the customer
	}
	return person
}

// What somebody is known by is what is erased as text, too.
func ExamplePerson() {
	fmt.Println(len(jane(canonical.Channel{Name: "woocommerce", Account: "main"}).Texts()) > 0)
	// Output: true
}

// A request is looked at as a dry run, and then carried out.
func ExampleErase() {
	orders := []canonical.Key{{Channel: canonical.Channel{Name: "woocommerce", Account: "main"}, ID: "1001"}}
	report, err := forget(context.Background(), privacy.Stores{}, orders, true)
	fmt.Println(report, err)
	// Output:
	// 0 events would be erased, 0 left
	// 0 texts of the store would be erased, 0 left <nil>
}

// TestDocumentedLimits loads the limits that docs/governance.md shows.
func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../testdata/retention.yaml")
	must(t, err)
	defer file.Close()
	retention, err := privacy.LoadRetention(file)
	if err != nil || len(retention) != 5 {
		t.Error(retention, err)
	}
	_, err = privacy.Sweep(t.Context(), privacy.Stores{}, retention, time.Now(), "test", true)
	must(t, err)
}
