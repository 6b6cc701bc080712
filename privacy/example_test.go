package privacy_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/privacy"
)

func forget(ctx context.Context, stores privacy.Stores, orders []canonical.Key, dry bool) (privacy.Report, error) {
	return privacy.Erase(ctx, stores, privacy.Request{
		Orders: orders,                       // all of the buyer's: everything that was said about them goes
		Texts:  []string{"jane@example.com"}, // and this, wherever it stands
		By:     "dora", Reason: "request 7",
	}, dry)
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

// TestDocumentation holds the page to the code: its snippet is the one above, and its limits can be read.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/governance.md")
	must(t, err)
	source, err := os.ReadFile("example_test.go")
	must(t, err)
	_, section, _ := strings.Cut(string(page), "\n## Personal data\n")
	_, snippet, _ := strings.Cut(section, "```go\n")
	snippet, _, _ = strings.Cut(snippet, "```")
	if plain := strings.ReplaceAll(string(source), "\n\t", "\n"); snippet == "" || !strings.Contains(plain, snippet) {
		t.Errorf("the snippet is not part of example_test.go:\n%s", snippet)
	}
	_, limits, _ := strings.Cut(section, "```yaml\n")
	limits, _, _ = strings.Cut(limits, "```")
	retention, err := privacy.LoadRetention(strings.NewReader(limits))
	if err != nil || len(retention) != 5 {
		t.Error(retention, err)
	}
	_, err = privacy.Sweep(t.Context(), privacy.Stores{}, retention, time.Now(), "test", true)
	must(t, err)
}
