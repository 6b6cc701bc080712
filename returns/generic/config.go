package generic

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

// Config describes a platform. It holds no secrets.
type Config struct {
	// Name and Account name the platform in every External ID in Odoo, so they must stay the same for ever.
	Name    string `yaml:"name"`
	Account string `yaml:"account"`
	// Orders is the channel whose orders are returned; the platform itself if empty.
	Orders Channel `yaml:"orders,omitempty"`
	// BaseURL is the address under which all paths lie.
	BaseURL string `yaml:"base_url"`
	Auth    Auth   `yaml:"auth"`
	// Headers are sent with every request.
	Headers map[string]string `yaml:"headers,omitempty"`
	// PerMinute is how many calls the platform gets; 300 if zero.
	PerMinute int `yaml:"per_minute,omitempty"`
	// Times says how times are written; ISO 8601, and UTC where no zone is given, if empty.
	Times Times `yaml:"times,omitempty"`
	// Money is "major" (19.99), which is meant if empty, or "minor" (1999).
	Money string `yaml:"money,omitempty"`
	// Refusal is the path of the sentence in an error's body.
	Refusal string `yaml:"refusal,omitempty"`
	List    List   `yaml:"list"`
	Get     Get    `yaml:"get"`
	Return  Fields `yaml:"return"`
	Words   Words  `yaml:"words"`
	// Webhook and Actions say what else the platform can do.
	Webhook *Webhook `yaml:"webhook,omitempty"`
	Actions Actions  `yaml:"actions,omitempty"`
}

// Channel names a channel.
type Channel struct {
	Name    string `yaml:"name"`
	Account string `yaml:"account"`
}

// Auth says how requests are authenticated.
type Auth struct {
	// Kind is "none", "header", "bearer", "basic" or "hmac".
	Kind string `yaml:"kind"`
	// Header and Prefix are for the kinds header and hmac: the token or the signature goes there.
	Header string `yaml:"header,omitempty"`
	Prefix string `yaml:"prefix,omitempty"`
	// Signature is for the kind hmac. Its payload is made of {method}, {path}, {query}, {timestamp} and {body}.
	Signature Signature `yaml:"signature,omitempty"`
	// KeyHeader and TimestampHeader get the user's name and the time in seconds, for the kind hmac.
	KeyHeader       string `yaml:"key_header,omitempty"`
	TimestampHeader string `yaml:"timestamp_header,omitempty"`
}

// Signature is an HMAC.
type Signature struct {
	// Algorithm is "sha256" (if empty) or "sha512", Encoding "hex" (if empty) or "base64".
	Algorithm string `yaml:"algorithm,omitempty"`
	Encoding  string `yaml:"encoding,omitempty"`
	// Payload is what is signed; "{body}" if empty.
	Payload string `yaml:"payload,omitempty"`
}

// Times says how times are written.
type Times struct {
	// Layouts are those of package time, "unix" (seconds) or "unixms" (milliseconds).
	Layouts []string `yaml:"layouts,omitempty"`
	// Zone is where times without a zone are, such as "Europe/Berlin".
	Zone string `yaml:"zone,omitempty"`
}

// List is the call that lists returns.
type List struct {
	Path string `yaml:"path"`
	// Query has {since}, {limit}, and of {cursor}, {page} and {offset} what the pages need. A parameter whose placeholder is empty is
	// left out.
	Query map[string]string `yaml:"query,omitempty"`
	// Items is the path of the list of returns in the answer; "@" if the answer is the list. A field that is null is an empty list.
	Items string `yaml:"items"`
	// Pages is "none", "cursor", "page", "offset" or "link" (the Link header).
	Pages string `yaml:"pages"`
	// Next is the path of the next page's cursor, for cursor.
	Next string `yaml:"next,omitempty"`
	// First is the number of the first page, for page.
	First int `yaml:"first,omitempty"`
	// Limit is the largest page; 100 if zero.
	Limit int `yaml:"limit,omitempty"`
	// Order is "updated" for a list that begins with the oldest change, "other" for any other. For page and offset it must be given:
	// in a list by change, rows move up while it is read.
	Order string `yaml:"order,omitempty"`
	// SinceLayout is how {since} is written; RFC 3339 if empty. The platform must list what changed at that time or later;
	// Exclusive says that it lists only what changed later.
	SinceLayout string `yaml:"since_layout,omitempty"`
	Exclusive   bool   `yaml:"exclusive,omitempty"`
	// Overlap is how far a new run reaches back; "2m" if empty. With a zone of times it is an hour more, for the night in which clocks
	// go back.
	Overlap string `yaml:"overlap,omitempty"`
	// Detail: the list has summaries, so each return is fetched by itself.
	Detail bool `yaml:"detail,omitempty"`
}

// Get is the call that fetches one return.
type Get struct {
	// Path has {id}.
	Path string `yaml:"path"`
	// Item is the path of the return in the answer; "@" if empty.
	Item string `yaml:"item,omitempty"`
}

// Fields are paths to the fields of a return, from the return itself. In lines, exchange, parcels and fees they begin at the element;
// "$." leads back to the return. A quantity or an amount with several values is their sum.
//
//	a.b          a field of a field        a[0]        the first element
//	a[*].b       of all elements           a[k=v].b    of the elements whose k is v
//	'a.b'        a name with dots          @           the element itself
//	a | b        the first that is not empty           =text    always the same
type Fields struct {
	ID            string `yaml:"id"`
	Number        string `yaml:"number,omitempty"`
	UpdatedAt     string `yaml:"updated_at"`
	RequestedAt   string `yaml:"requested_at,omitempty"`
	OrderID       string `yaml:"order_id,omitempty"`
	OrderNumber   string `yaml:"order_number,omitempty"`
	Approval      string `yaml:"approval"`
	Logistics     string `yaml:"logistics,omitempty"`
	DeclineReason string `yaml:"decline_reason,omitempty"`
	// Closed is true, or a word that Words.Closed lists; the approval's word if empty.
	Closed              string `yaml:"closed,omitempty"`
	Currency            string `yaml:"currency"`
	PresentmentCurrency string `yaml:"presentment_currency,omitempty"`
	Refund              Amount `yaml:"refund,omitempty"`
	ShippingRefund      Amount `yaml:"shipping_refund,omitempty"`

	Lines    string         `yaml:"lines"`
	Line     LineFields     `yaml:"line"`
	Exchange string         `yaml:"exchange,omitempty"`
	Swap     ExchangeFields `yaml:"exchange_line,omitempty"`
	Parcels  string         `yaml:"parcels,omitempty"`
	Parcel   ParcelFields   `yaml:"parcel,omitempty"`
	Fees     []FeeFields    `yaml:"fees,omitempty"`
	// Ext are fields that are kept as they are, by name. Personal data must not be among them.
	Ext map[string]string `yaml:"ext,omitempty"`
}

// Amount is the paths of an amount: in YAML one path, or shop and presentment.
type Amount struct {
	Shop        string `yaml:"shop"`
	Presentment string `yaml:"presentment,omitempty"`
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (a *Amount) UnmarshalYAML(unmarshal func(any) error) error {
	var path string
	if unmarshal(&path) == nil {
		*a = Amount{Shop: path}
		return nil
	}
	type plain Amount
	return unmarshal((*plain)(a))
}

// LineFields are paths to the fields of a line.
type LineFields struct {
	ID          string `yaml:"id"`
	OrderLineID string `yaml:"order_line_id,omitempty"`
	SKU         string `yaml:"sku,omitempty"`
	// Qty is "=1" for platforms whose lines are units.
	Qty        string `yaml:"qty"`
	Reason     string `yaml:"reason,omitempty"`
	Resolution string `yaml:"resolution,omitempty"`
	KeepItem   string `yaml:"keep_item,omitempty"`
	Refund     Amount `yaml:"refund,omitempty"`
	// ReceivedQty is how many units have arrived in all. What of them is not in Received was not looked at yet.
	ReceivedQty string `yaml:"received_qty,omitempty"`
	// Received are units by condition, with the fields of Unit.
	Received string     `yaml:"received,omitempty"`
	Unit     UnitFields `yaml:"unit,omitempty"`
}

// UnitFields are paths to the fields of units in one condition.
type UnitFields struct {
	Qty         string `yaml:"qty"`
	Disposition string `yaml:"disposition"`
	Lot         string `yaml:"lot,omitempty"`
	Location    string `yaml:"location,omitempty"`
}

// ExchangeFields are paths to the fields of goods that the buyer gets instead.
type ExchangeFields struct {
	ID      string `yaml:"id"`
	LineID  string `yaml:"line_id,omitempty"`
	SKU     string `yaml:"sku,omitempty"`
	Title   string `yaml:"title,omitempty"`
	Qty     string `yaml:"qty"`
	Net     Amount `yaml:"net,omitempty"`
	Tax     Amount `yaml:"tax,omitempty"`
	OrderID string `yaml:"order_id,omitempty"`
}

// ParcelFields are paths to the fields of a parcel on its way back.
type ParcelFields struct {
	ID             string `yaml:"id,omitempty"`
	Carrier        string `yaml:"carrier,omitempty"`
	TrackingNumber string `yaml:"tracking_number,omitempty"`
	TrackingURL    string `yaml:"tracking_url,omitempty"`
}

// FeeFields are a kind of fee: "restocking", "shipping" or "handling".
type FeeFields struct {
	Kind string `yaml:"kind"`
	// Each is the list that has such fees; empty if the return has one.
	Each   string `yaml:"each,omitempty"`
	LineID string `yaml:"line_id,omitempty"`
	Amount Amount `yaml:"amount"`
}

// Words say what the platform's words mean in those of package canonical. Case does not count.
type Words struct {
	Approval    map[string]string `yaml:"approval"`
	Logistics   map[string]string `yaml:"logistics,omitempty"`
	Resolution  map[string]string `yaml:"resolution,omitempty"`
	Disposition map[string]string `yaml:"disposition,omitempty"`
	Closed      []string          `yaml:"closed,omitempty"`
}

// Webhook says how deliveries are signed and what they are about.
type Webhook struct {
	// Header has the signature, after Prefix. The signed payload is made of {body} and {timestamp}.
	Header    string    `yaml:"header"`
	Prefix    string    `yaml:"prefix,omitempty"`
	Signature Signature `yaml:"signature,omitempty"`
	// TimestampHeader has the time of signing in seconds; it must be signed. Deliveries that differ from the clock by more than
	// Tolerance ("5m" if empty) are refused.
	TimestampHeader string `yaml:"timestamp_header,omitempty"`
	Tolerance       string `yaml:"tolerance,omitempty"`
	// ReturnID is the path of the return's id. Event is that of the event's name; of those in Events only are notices made, of all if
	// there are none. A name may end in *.
	ReturnID string   `yaml:"return_id"`
	Event    string   `yaml:"event,omitempty"`
	Events   []string `yaml:"events,omitempty"`
	// EventID tells events apart and is the same for a repeat; if empty it is made of the body.
	EventID string `yaml:"event_id,omitempty"`
	At      string `yaml:"at,omitempty"`
}

// Actions are the calls that change something. Those that are nil cannot be done. Approve and Decline are for each other.
type Actions struct {
	Approve *Action `yaml:"approve,omitempty"`
	Decline *Action `yaml:"decline,omitempty"`
	Label   *Action `yaml:"label,omitempty"`
	Receive *Action `yaml:"receive,omitempty"`
	Inspect *Action `yaml:"inspect,omitempty"`
	Close   *Action `yaml:"close,omitempty"`
}

// Action is a call that changes something.
//
// Templates know {id}, {reference}, {location} and {time}, a decision also {reason} and {note}. For each line there are {line},
// {order_line}, {sku}, {qty} and, in an inspection, {disposition} and {lot}; an inspection has a line for each condition. A text that
// is {qty} alone becomes a number in JSON; {qty:text} stays text.
type Action struct {
	Method string `yaml:"method"`
	Path   string `yaml:"path"`
	// Body is JSON written as YAML. An object with the fields each (which is "lines") and item becomes a list with an item for each
	// line. A field whose name ends in ? is left out where its text is empty.
	Body any `yaml:"body,omitempty"`
	// PerLine: the call is made once for each line.
	PerLine bool `yaml:"per_line,omitempty"`
	// Quantities is "total" (if empty): as many units as there are in all; or "difference": those that the platform does not have yet.
	Quantities string `yaml:"quantities,omitempty"`
	// IdempotencyHeader gets a key that is equal for repeats.
	IdempotencyHeader string `yaml:"idempotency_header,omitempty"`
	// Dispositions are the platform's words for what was found, by ours.
	Dispositions map[string]string `yaml:"dispositions,omitempty"`
	// Success is the path of a field that must be SuccessValue, for platforms that answer 200 also where they refuse.
	Success      string `yaml:"success,omitempty"`
	SuccessValue string `yaml:"success_value,omitempty"`
}

// ConfigError is a field of a configuration that cannot work.
type ConfigError struct {
	// Field is where it stands, such as "return.line.qty".
	Field string
	// Problem says what is wrong and what to write.
	Problem string
}

// Error names the field and the way out.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("generic: configuration: %s: %s", e.Field, e.Problem)
}

// Parse reads a configuration from YAML. Fields that do not exist are an error. It is checked by [New].
func Parse(text []byte) (Config, error) {
	var config Config
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := decoder.Decode(&config); err != nil {
		return Config{}, errors.Join(&ConfigError{Field: "yaml", Problem: "cannot be read"}, err)
	}
	return config, nil
}
