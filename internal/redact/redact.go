// Package redact takes secrets and personal data out of what is shown to people and written to logs.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Payload shows a payload without secrets and personal data. Of JSON the structure stays, and of the values those that are harmless by
// their kind: truth values, short numbers, and texts under names such as id, sku or status. Anything else is only counted.
func Payload(payload []byte) string {
	if len(payload) == 0 {
		return ""
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return fmt.Sprintf("[%d bytes]", len(payload))
	}
	shown, err := json.Marshal(redacted("", value))
	if err != nil {
		return fmt.Sprintf("[%d bytes]", len(payload))
	}
	return string(shown)
}

// harmless are the words that a name must consist of for its text to be shown.
var harmless = []string{
	"id", "ids", "sku", "status", "state", "kind", "type", "currency", "number", "reference", "channel", "account", "key", "event", "source",
	"order", "line", "lines", "item", "items", "product", "variant", "refund", "return", "payment", "payout", "shipment", "location", "warehouse",
	"at", "date", "time", "created", "updated", "modified", "received", "from", "until", "since", "cursor", "topic", "action", "reason", "class",
	"quantity", "qty", "amount", "total", "tax", "price", "version",
}

// sensitive are words whose values are hidden whatever they are.
var sensitive = []string{
	"email", "mail", "phone", "mobile", "name", "address", "street", "city", "zip", "postcode", "vat", "iban", "bic", "card", "cvc", "token",
	"secret", "password", "pass", "auth", "authorization", "signature", "credential", "api", "birth", "birthday", "ip", "note", "message", "customer", "buyer",
}

// Sensitive says whether the value under a name is hidden whatever it is ("email", "billingAddress", "api_key").
func Sensitive(name string) bool {
	return slices.ContainsFunc(wordsOf(name), func(word string) bool { return slices.Contains(sensitive, word) })
}

func redacted(name string, value any) any {
	words, hidden := wordsOf(name), Sensitive(name)
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, each := range v {
			// A name can be a value of its own ("jane@example.com": true).
			shown := key
			if !plainName.MatchString(key) {
				shown = fmt.Sprintf("[name of %d characters]", utf8.RuneCountInString(key))
			}
			if hidden {
				key = name // a sensitive object hides all of its texts
			}
			out[shown] = redacted(key, each)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			out[i] = redacted(name, each)
		}
		return out
	case string:
		open := len(words) > 0 && !hidden && !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(harmless, word) })
		if open && len(v) <= 100 && Text(v) == v {
			return v
		}
		return fmt.Sprintf("[%d characters]", utf8.RuneCountInString(v))
	case json.Number:
		if hidden || len(v) > 12 && !slices.Contains(words, "id") {
			return "[number]"
		}
		return v
	}
	return value // true, false, null
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_\-.]{0,60}$`)

var wordBreak = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z]+`)

// wordsOf splits "billingAddress", "billing_address" and "billing-address" alike.
func wordsOf(name string) []string {
	words := wordBreak.FindAllString(name, -1)
	for i := range words {
		words[i] = strings.ToLower(words[i])
	}
	return words
}

var leaks = []*regexp.Regexp{
	regexp.MustCompile(`[\w.+\-]+(?:@|%40)[\w\-]+(\.[\w\-]+)+`),                           // mail addresses
	regexp.MustCompile(`(?i)\bauthorization["']?\s*[=:]\s*["']?(?:[a-z]+\s+)?[^\s"',;]+`), // credentials
	regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w\-.~+/=]{6,}`),
	// The keys of those whom we call, by their form: Stripe, Shopify, WooCommerce and Odoo, signing secrets and tokens.
	regexp.MustCompile(`\b(?:(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{8,}|whsec_[0-9A-Za-z+/=]{16,}|shp[a-z]{2}_[0-9A-Za-z]{16,}|c[ks]_[0-9a-f]{40}|[0-9a-f]{40})\b`),
	regexp.MustCompile(`\beyJ[\w\-]{8,}\.[\w\-]{8,}\.[\w\-]*`),
	regexp.MustCompile(`(?i)\b[\w\-]*(token|secret|password|passwd|passphrase|pwd|signature|(?:api|private|access|consumer)[_\-]?key|session(?:[_\-]?id)?|cookie)["']?\s*[=:]\s*(?:"[^"]*"?|'[^']*'?|[^\s"'&,;]+)`), // name=value
	regexp.MustCompile(`://[^\s/@:]+:[^\s@]+@`), // user and password of a URL
	regexp.MustCompile(`://[^\s/@]+@`),
	regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b`), // IBANs
	regexp.MustCompile(`\b[a-z]{2}\d{2}[a-z0-9]{4}\d{7,18}\b`),
	regexp.MustCompile(`(?:\+|\b00[1-9])\d[\d\s()\-]{7,}\d`), // telephone numbers
	regexp.MustCompile(`(?i)\b(?:tele)?(?:phone|fon|mobile|tel|fax)\b[.:]*\s*\(?\d[\d\s()\-/]{6,}\d`),
}

var longNumber = regexp.MustCompile(`\b\d(?:[ \-]?\d){14,18}\b`)

// card hides a long number that has the check digit of a payment card; ids of 15 digits and more without it stay.
func card(number string) string {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		digit := int(number[i] - '0')
		if digit < 0 || digit > 9 {
			continue
		}
		if double {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum, double = sum+digit, !double
	}
	if sum%10 == 0 {
		return "[redacted]"
	}
	return number
}

// maxText bounds the text of a problem.
const maxText = 2000

// Text makes an error's text one line of at most 2000 bytes without what looks like a credential, a mail address, a telephone, card or
// bank account number. Errors of this module hold none anyway; those of others may.
func Text(text string) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")), " ")
	for _, leak := range leaks {
		text = leak.ReplaceAllString(text, "[redacted]")
	}
	text = longNumber.ReplaceAllStringFunc(text, card)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}
