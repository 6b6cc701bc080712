package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// environment is what the variables say.
type environment struct {
	get func(string) string
	// listen is a loopback address.
	listen string
	// token is the password of the pages; generated says that nobody set it.
	token     string
	generated bool
	// rules is the file of rules, folder where the SQLite files are, postgres the address of a database instead of them, and schema what the names of
	// its schemas begin with.
	rules, folder, postgres, schema string
	// reach is how far back the very first poll of a shop goes.
	reach time.Duration
	// eventsURL is the address of a receiver of events, eventsSecret what they are signed with, eventsTypes the types that it wants, and eventsSource what
	// the source of each begins with.
	eventsURL, eventsSecret, eventsSource string
	eventsTypes                           []string
	// paidPage is where Stripe sends buyers who have paid; without it nobody is asked to pay.
	paidPage string
}

// minToken is the shortest password that is accepted, in bytes.
const minToken = 20

// newEnvironment reads the variables.
func newEnvironment(get func(string) string) (environment, error) {
	e := environment{
		get: get, listen: or(get("HUB_LISTEN"), "127.0.0.1:8080"), token: get("HUB_TOKEN"), rules: get("HUB_RULES"),
		folder: get("HUB_FOLDER"), postgres: get("HUB_POSTGRES"), schema: or(get("HUB_SCHEMA"), "retailsync"),
		eventsURL: get("HUB_EVENTS_URL"), eventsSecret: get("HUB_EVENTS_SECRET"), eventsSource: or(get("HUB_EVENTS_SOURCE"), "/retailsync"),
		paidPage:    get("STRIPE_PAID_PAGE"),
		eventsTypes: strings.FieldsFunc(get("HUB_EVENTS_TYPES"), func(r rune) bool { return r == ',' || r == ' ' }),
	}
	if e.token == "" {
		e.token, e.generated = rand.Text(), true
	}
	if len(e.token) < minToken {
		return e, fmt.Errorf("HUB_TOKEN has %d characters, it must have at least %d: it is the password of all who operate the hub", len(e.token), minToken)
	}
	reach, err := time.ParseDuration(or(get("HUB_FIRST_POLL"), "24h"))
	if err != nil || reach < 0 {
		return e, fmt.Errorf("HUB_FIRST_POLL is %q: write how far back the first poll of a shop goes, such as 24h or 30m", get("HUB_FIRST_POLL"))
	}
	e.reach = reach
	host, _, err := net.SplitHostPort(e.listen)
	if err != nil {
		return e, fmt.Errorf("HUB_LISTEN: %w: write 127.0.0.1:8080", err)
	}
	if address := net.ParseIP(host); host != "localhost" && (address == nil || !address.IsLoopback()) {
		return e, errors.New("HUB_LISTEN must be a loopback address such as 127.0.0.1:8080: the hub speaks plain HTTP, so put what ends TLS before it, on the same machine")
	}
	if page, err := url.Parse(e.paidPage); e.paidPage != "" && (err != nil || page.Scheme != "https" || page.Host == "") {
		return e, errors.New("STRIPE_PAID_PAGE is no https address: write the page that buyers see when they have paid, such as https://shop.example.com/thanks")
	}
	if e.demo() {
		return e, nil
	}
	if e.rules == "" {
		return e, errors.New("HUB_RULES is not set: name the rules file of your shops, see docs/rules.md")
	}
	if get("ODOO_URL") == "" {
		return e, errors.New("ODOO_URL is not set: real shops need a real Odoo")
	}
	e.folder = or(e.folder, "hub-state")
	return e, nil
}

// demo says whether the shops are those of the demonstration.
func (e environment) demo() bool { return e.get("WOO_URL") == "" && e.get("MEDUSA_URL") == "" }

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
