package retailsync

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

// shopWindow is a channel as far as listings go: its rules without what the channel owns.
type shopWindow struct {
	listing mapping.ListingRules
	company int64
	names   channelNames
	// kilograms are in the database's unit of weight.
	kilograms decimal.Decimal
}

// shopWindow reads the listing rules of a channel and sees that the channel can follow them.
func (c *Connector) shopWindow(ctx context.Context, target marketplace.ListingPublisher) (*shopWindow, error) {
	rules, err := c.rules.For(target.Channel())
	if err != nil {
		return nil, err
	}
	w := &shopWindow{listing: rules.OwnedListing(), company: rules.Company, names: namesOf(rules)}
	if w.listing.IsZero() {
		return nil, fmt.Errorf("rules of %s: listings: none that Odoo owns: name the fields that listings take from it", target.Channel())
	}
	able := target.ListingFields()
	for _, field := range w.fields() {
		if !slices.Contains(able, field) {
			return nil, fmt.Errorf("rules of %s: listings: the channel's adapter cannot write %q: remove it, or give it to the channel under ownership (it writes %v)", target.Channel(), field, able)
		}
	}
	if w.company == 0 {
		if w.company, err = ownCompany(ctx, c.erp); err != nil {
			return nil, err
		}
	}
	w.kilograms = decimal.One
	if w.listing.Fields[string(marketplace.ListingWeight)] != "" {
		if w.kilograms, err = c.articles.WeightUnit(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// callsIt returns the names that the channel has for a SKU of Odoo.
func (w *shopWindow) callsIt(sku string) []string { return w.names.of(sku) }

// fields are those of a listing that Odoo owns.
func (w *shopWindow) fields() []marketplace.ListingField {
	var fields []marketplace.ListingField
	for name := range w.listing.Fields {
		fields = append(fields, marketplace.ListingField(name))
	}
	if !w.listing.Status.IsZero() {
		fields = append(fields, marketplace.ListingStatus)
	}
	slices.Sort(fields)
	return fields
}

// says returns what the listing of a product shall say.
func (w *shopWindow) says(of product.Described) (listingFields, error) {
	said := listingFields{}
	for name, from := range w.listing.Fields {
		field, value := marketplace.ListingField(name), of.Values[from]
		switch field {
		case marketplace.ListingDescription:
			said[field] = asHTML(value)
		case marketplace.ListingWeight:
			weight, err := w.weight(value.Text)
			if err != nil {
				return nil, fmt.Errorf("the weight of %q in %s is %q: %w", of.SKU, from, value.Text, err)
			}
			said[field] = weight
		case marketplace.ListingOrigin:
			said[field] = strings.ToUpper(strings.TrimSpace(asText(value)))
		default:
			said[field] = asText(value)
		}
	}
	if !w.listing.Status.IsZero() {
		said[marketplace.ListingStatus] = w.listing.Status.Of(func(field string) string {
			if text := asText(of.Values[field]); text != "" {
				return text
			}
			return "false" // an empty field
		})
	}
	return said, nil
}

// weight is a weight in kilograms; Odoo's 0 is none.
func (w *shopWindow) weight(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	weight, err := decimal.Parse(text)
	if err != nil {
		return "", err
	}
	if weight, err = weight.Mul(w.kilograms); err != nil || weight.IsZero() {
		return "", err
	}
	// To the milligram: beyond it are traces of the conversion.
	return weight.Round(6).Trim(0).String(), nil
}

// asHTML is a value as HTML.
func asHTML(value product.Value) string {
	if value.HTML {
		return strings.TrimSpace(value.Text)
	}
	return strings.ReplaceAll(html.EscapeString(strings.TrimSpace(value.Text)), "\n", "<br>")
}

// asText is a value as plain text: HTML without its tags, with lines where blocks end.
func asText(value product.Value) string {
	if !value.HTML {
		return strings.TrimSpace(value.Text)
	}
	var text strings.Builder
	for rest := value.Text; rest != ""; {
		before, after, tagged := strings.Cut(rest, "<")
		text.WriteString(before)
		if !tagged {
			break
		}
		tag, behind, closed := strings.Cut(after, ">")
		if !closed {
			text.WriteString("<" + after)
			break
		}
		switch strings.ToLower(strings.Trim(tag, "/ ")) {
		case "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6":
			text.WriteByte('\n')
		}
		rest = behind
	}
	lines := strings.Split(html.UnescapeString(text.String()), "\n")
	var full []string
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			full = append(full, line)
		}
	}
	return strings.Join(full, "\n")
}
