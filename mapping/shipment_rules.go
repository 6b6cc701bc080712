package mapping

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
)

// ShipmentRules say what a channel hears of deliveries that are done in Odoo.
type ShipmentRules struct {
	// Carriers are the channel's words for Odoo's carriers. If there are any rules, each carrier of a delivery must match
	// one; without any the word is the carrier's name in Odoo.
	Carriers []CarrierRule `yaml:"carriers"`
	// Notify asks the channel to tell the customer. Default: false.
	Notify *bool `yaml:"notify"`
	// Delivered says how Odoo knows that a delivery has reached the customer. Default: nothing is said of it.
	Delivered DeliveredRule `yaml:"delivered"`
}

// CarrierRule is the channel's word for a carrier.
type CarrierRule struct {
	// Carrier is the delivery method in Odoo: its id, or a pattern of its name ("DHL*"). Required. An id wins over a
	// name; of several patterns that match, the one with the most literal characters wins.
	Carrier Ref `yaml:"carrier"`
	// Word is the channel's word. Required.
	Word string `yaml:"word"`
	// URL is where a person follows a parcel, with {number} for the tracking number. Default: Odoo's own link, where it
	// has one for the parcel.
	URL string `yaml:"url"`
}

// DeliveredRule names what says in Odoo that a delivery has arrived. Odoo itself does not know; carriers' modules and
// people do.
type DeliveredRule struct {
	// Field is a field of stock.picking: a date or datetime, which is when it arrived, or with Value another kind.
	Field string `yaml:"field"`
	// Value is what a selection, a text or a checkbox ("true") says when the delivery has arrived. The time of arrival is
	// then that of the last change of the delivery.
	Value string `yaml:"value"`
}

// CancellationRules say what a channel hears of what is cancelled in Odoo.
type CancellationRules struct {
	// Publish turns it on. Default: false, since some channels give the money back with it.
	Publish *bool `yaml:"publish"`
	// Reason is the channel's word for why. Reasons, by what ReasonField of the sale order says, win over it.
	Reason  string            `yaml:"reason"`
	Reasons map[string]string `yaml:"reasons"`
	// ReasonField is a field of sale.order: a selection, a text, or a link whose name counts.
	ReasonField string `yaml:"reason_field"`
	// Notify asks the channel to tell the customer. Default: false.
	Notify *bool `yaml:"notify"`
}

// trackingPlace is where the number stands in [CarrierRule.URL].
const trackingPlace = "{number}"

func (c CarrierRule) selector() string {
	if c.Carrier.ID != 0 {
		return fmt.Sprintf("id %d", c.Carrier.ID)
	}
	return fold(c.Carrier.Name)
}

func (s ShipmentRules) check(ps *problems, path string) {
	for i, rule := range s.Carriers {
		inner := index(path, "carriers", i)
		required(ps, join(inner, "carrier"), rule.Carrier, "name the delivery method, or give a pattern or its id")
		checkPattern(ps, join(inner, "carrier"), rule.Carrier.Name)
		if strings.TrimSpace(rule.Word) == "" {
			ps.add(join(inner, "word"), "word is missing", "write the channel's word for the carrier")
		}
		checkTrackingURL(ps, join(inner, "url"), rule.URL)
	}
	checkField(ps, join(path, "delivered.field"), s.Delivered.Field)
}

// checkComplete checks what belongs together, after joining with the defaults.
func (s ShipmentRules) checkComplete(ps *problems, path string) {
	if s.Delivered.Field == "" && s.Delivered.Value != "" {
		ps.add(join(path, "delivered.field"), "value needs a field", "name the field of stock.picking that says it")
	}
}

func checkTrackingURL(ps *problems, path, text string) {
	if text == "" {
		return
	}
	address, err := url.Parse(strings.ReplaceAll(text, trackingPlace, "1"))
	if err != nil || address.Scheme != "https" && address.Scheme != "http" || address.Host == "" || !strings.Contains(text, trackingPlace) {
		ps.add(path, "not an address with a place for the tracking number", "for example https://track.example.com/?id={number}")
	}
}

var fieldName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

func checkField(ps *problems, path, field string) {
	if field != "" && !fieldName.MatchString(field) {
		ps.add(path, fmt.Sprintf("%q is no field", shorten(field)), "write its technical name, for example x_delivered_on")
	}
}

func (c CancellationRules) check(ps *problems, path string) {
	checkField(ps, join(path, "reason_field"), c.ReasonField)
	for value, word := range c.Reasons {
		if strings.TrimSpace(word) == "" {
			ps.add(join(join(path, "reasons"), value), "the word is empty", "write the channel's word, or remove the key")
		}
	}
}

func (c CancellationRules) checkComplete(ps *problems, path string) {
	if len(c.Reasons) > 0 && c.ReasonField == "" {
		ps.add(join(path, "reason_field"), "reasons need a reason_field", "name the field of sale.order that says why")
	}
}

// ReasonOf is the channel's word for a reason in Odoo; empty if there is none.
func (c CancellationRules) ReasonOf(value string) string {
	for known, word := range c.Reasons {
		if fold(known) == fold(value) {
			return word
		}
	}
	return c.Reason
}

// Carrier returns the channel's word for a carrier of Odoo and the template of its tracking links (see
// [TrackingURL]). Without a carrier both are empty. With rules, a carrier that none fits is an [*UnmappedError].
func (c Channel) Carrier(id int64, name string) (word, template string, err error) {
	rules := c.Shipments.Carriers
	if id == 0 {
		return "", "", nil
	}
	if len(rules) == 0 {
		return name, "", nil
	}
	for _, rule := range rules {
		if rule.Carrier.ID == id {
			return rule.Word, rule.URL, nil
		}
	}
	named := slices.DeleteFunc(slices.Clone(rules), func(r CarrierRule) bool { return r.Carrier.Name == "" })
	rule, ok := narrowest(named, func(r CarrierRule) string { return r.Carrier.Name }, name)
	if !ok {
		return "", "", c.unmapped(UnmappedCarrier, "shipments.carriers",
			fmt.Sprintf("- {carrier: %s, word: <the channel's word>}", wordOr(name, "*")), Detail{"carrier", quoted(name)})
	}
	return rule.Word, rule.URL, nil
}

// TrackingURL is a template with a tracking number; empty without a template.
func TrackingURL(template, number string) string {
	return strings.ReplaceAll(template, trackingPlace, url.QueryEscape(number))
}

// TrackingNumbers are the numbers in a tracking reference of Odoo, which has one text for all parcels of a delivery:
// apart by commas, semicolons, bars, plus signs or line breaks, each once.
func TrackingNumbers(reference string) []string {
	var numbers []string
	for _, part := range strings.FieldsFunc(reference, func(r rune) bool { return strings.ContainsRune(",;|+", r) || unicode.IsControl(r) }) {
		if number := spaced(part); number != "" && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// LocationOf is the channel's id of the place that a warehouse serves, by [StockRules.Locations]: empty if it serves
// none or several, so that the channel decides. Resolve tells the warehouse that a reference names.
func (c Channel) LocationOf(warehouse int64, resolve func(Ref) int64) string {
	found := ""
	if warehouse == 0 {
		return ""
	}
	for _, location := range c.Stock.Locations {
		if !slices.ContainsFunc(location.Warehouses, func(ref Ref) bool { return resolve(ref) == warehouse }) {
			continue
		}
		if found != "" {
			return ""
		}
		found = location.Location
	}
	return found
}

// OrderLine is what the External ID of a sale order line says: the channel's ids of order and line. It is false for lines
// that people added, for those of other channels, for what is no line of the channel, and for names so long that
// they were cut.
func OrderLine(channel canonical.Channel, id odoo.ExternalID) (order, line string, ok bool) {
	if id.Module != Module {
		return "", "", false
	}
	parts, ok := id.Parts()
	if !ok || len(parts) < 5 || parts[0] != channel.Name || parts[1] != channel.Account || parts[2] != "line" {
		return "", "", false
	}
	return parts[3], parts[4], true
}

// OrderOf is the channel's id of the order that the External ID of a sale order names. It is false for those that [OrderLine] is
// false for.
func OrderOf(channel canonical.Channel, id odoo.ExternalID) (order string, ok bool) {
	if id.Module != Module {
		return "", false
	}
	parts, ok := id.Parts()
	if !ok || len(parts) < 4 || parts[0] != channel.Name || parts[1] != channel.Account || parts[2] != "order" {
		return "", false
	}
	return parts[3], true
}
