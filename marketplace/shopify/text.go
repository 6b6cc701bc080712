package shopify

import (
	"errors"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// errIncomplete is the failure of an order of which a list was not read to its end.
var errIncomplete = errors.New("says that there is more: fetch the rest of the list first")

// isID tells whether a text is a number of Shopify's: 64 bits, never through a float.
func isID(id string) bool {
	number, err := strconv.ParseUint(id, 10, 64)
	return err == nil && number > 0 && id == strconv.FormatUint(number, 10)
}

// tail is the number of a global id ("gid://shopify/Order/123") or the number itself; empty for anything else.
func tail(text wire.Text) string {
	id := text.String()
	if rest, global := strings.CutPrefix(id, "gid://shopify/"); global {
		id = rest[strings.LastIndexByte(rest, '/')+1:]
		id, _, _ = strings.Cut(id, "?")
	}
	if !isID(id) {
		return ""
	}
	return id
}

// identifier reads the id of an object that must have one.
func identifier(r *wire.Reader, path string, text wire.Text) string {
	id := tail(text)
	if id == "" {
		r.Fail(path, wire.ErrNoID)
	}
	return id
}

// optional reads the id of an object that may have none.
func optional(r *wire.Reader, path string, text wire.Text) string {
	if text.IsEmpty() {
		return ""
	}
	return identifier(r, path, text)
}

// first returns the first text that is not empty.
func first(texts ...wire.Text) wire.Text {
	for _, text := range texts {
		if !text.IsEmpty() {
			return text
		}
	}
	return wire.Text{}
}

// word reads an enum value: GraphQL writes them in capitals, REST does not.
func word(text wire.Text) string { return strings.ToLower(text.String()) }

func currency(text wire.Text) canonical.Currency {
	return canonical.Currency(strings.ToUpper(text.String()))
}

func fullName(given, family wire.Text) string {
	return strings.TrimSpace(given.String() + " " + family.String())
}

// postal is an address before it is read.
type postal struct {
	first, last, name, company, street, street2, city, zip, province, provinceCode, country, phone wire.Text
}

func (p postal) canonical() *canonical.Address {
	result := canonical.Address{
		Name:    fullName(p.first, p.last),
		Company: p.company.String(),
		Street:  p.street.String(),
		Street2: p.street2.String(),
		City:    p.city.String(),
		Zip:     p.zip.String(),
		State:   first(p.provinceCode, p.province).String(),
		Country: strings.ToUpper(p.country.String()),
		Phone:   p.phone.String(),
	}
	if result.Name == "" {
		result.Name = p.name.String()
	}
	// Some countries' codes are given as ISO 3166-2, with the country in front ("JP-13").
	if rest, ok := strings.CutPrefix(result.State, result.Country+"-"); ok && result.Country != "" {
		result.State = rest
	}
	if result == (canonical.Address{Country: result.Country}) {
		return nil
	}
	return &result
}
