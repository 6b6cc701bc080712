package payments_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/payments"
)

// page reads docs/payments.md.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/payments.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// linesWith are the lines of the page that begin with a text.
func linesWith(page, begin string) []string {
	var found []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, begin) {
			found = append(found, strings.TrimRight(line, "\n"))
		}
	}
	return found
}

// What the page says of each provider is what its type can do.
func TestProvidersAreDocumented(t *testing.T) {
	t.Parallel()
	text := page(t)
	for _, provider := range []struct {
		name string
		payments.RefundCreator
	}{
		{"Medusa", medusa.New("https://shop.example.com", medusa.SecretKey("k"))},
		{"Shopify", shopify.New("shop", shopify.AccessToken("t"))},
		{"WooCommerce", woocommerce.New("https://shop.example.com", woocommerce.Keys("k", "s"))},
	} {
		can := payments.CapabilitiesOf(provider.RefundCreator)
		key := "none"
		if window := provider.RefundKeyWindow(); window > 0 {
			key = fmt.Sprintf("%d h", window/time.Hour)
		}
		want := "| " + provider.name + " | " + key
		for _, able := range []bool{
			can.CreateRefunds, can.FindRefunds, can.GetRefunds, can.GetPayments, can.Capture, can.Void, can.ListBalance, can.ListPayouts, can.GetSettlements, can.Webhooks,
		} {
			want += " | " + map[bool]string{true: "yes", false: ""}[able]
		}
		want = strings.ReplaceAll(want+" |", "|  |", "| |")
		want = strings.ReplaceAll(want, "|  |", "| |")
		if diff := cmp.Diff([]string{want}, linesWith(text, "| "+provider.name+" |")); diff != "" {
			t.Errorf("docs/payments.md (-want +got):\n%s", diff)
		}
	}
}

// The picture of a refund's life has the steps of the table, and no others.
func TestRefundStatesAreDocumented(t *testing.T) {
	t.Parallel()
	named := func(status canonical.RefundStatus) string {
		if status == "" {
			return "[*]"
		}
		return string(status)
	}
	var want []string
	events := map[string][]string{}
	for _, row := range payments.RefundTransitions() {
		if row.From == row.To {
			continue // late or doubled
		}
		step := "    " + named(row.From) + " --> " + named(row.To)
		if !slices.Contains(want, step) {
			want = append(want, step)
		}
		event := string(row.Event)
		if row.Guard.Name != "" {
			event += " if " + row.Guard.Name
		}
		events[step] = append(events[step], event)
	}
	var steps, table []string
	for _, step := range want {
		from, to, _ := strings.Cut(strings.TrimSpace(step), " --> ")
		steps = append(steps, step)
		table = append(table, fmt.Sprintf("| `%s` | `%s` | %s |", strings.Replace(from, "[*]", "nothing", 1), to, strings.Join(events[step], "; ")))
	}
	text, _, _ := strings.Cut(page(t), "\n## Asking for money\n")
	var pictured []string
	for _, line := range linesWith(text, "    ") {
		if strings.Contains(line, " --> ") {
			pictured = append(pictured, line)
		}
	}
	if diff := cmp.Diff(steps, pictured); diff != "" {
		t.Errorf("docs/payments.md, the picture (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(table, linesWith(text, "| `")); diff != "" {
		t.Errorf("docs/payments.md, the steps (-want +got):\n%s", diff)
	}
	for _, reason := range []payments.ReviewReason{
		payments.ReviewOutcomeUnknown, payments.ReviewFailed, payments.ReviewReversed, payments.ReviewMovedTwice, payments.ReviewKeyConflict, payments.ReviewOtherAmount,
	} {
		if !strings.Contains(text, "\n- `"+string(reason)+"`: ") {
			t.Errorf("docs/payments.md does not say what to do about %s", reason)
		}
	}
}

// The steps of a charge's life on the page are those of the table.
func TestChargeStatesAreDocumented(t *testing.T) {
	t.Parallel()
	var steps []string
	events := map[string][]string{}
	for _, row := range payments.ChargeTransitions() {
		if row.From == row.To {
			continue // late or doubled
		}
		from := string(row.From)
		if from == "" {
			from = "nothing"
		}
		step := fmt.Sprintf("| `%s` | `%s` |", from, row.To)
		if !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
		event := string(row.Event)
		if row.Guard.Name != "" {
			event += " if " + row.Guard.Name
		}
		events[step] = append(events[step], event)
	}
	var want []string
	for _, step := range steps {
		want = append(want, step+" "+strings.Join(events[step], "; ")+" |")
	}
	_, text, _ := strings.Cut(page(t), "\n## Asking for money\n")
	if diff := cmp.Diff(want, linesWith(text, "| `")); diff != "" {
		t.Errorf("docs/payments.md, the steps of a charge (-want +got):\n%s", diff)
	}
	for _, reason := range []payments.ReviewReason{payments.ReviewExpired, payments.ReviewPaidTwice} {
		if !strings.Contains(text, "- `"+string(reason)+"`") {
			t.Errorf("docs/payments.md does not say what to do about %s", reason)
		}
	}
}
