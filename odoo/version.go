package odoo

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is the series of an Odoo server, such as 19.0 or saas-18.3. Versions are comparable.
type Version struct {
	// Major and Minor are 19 and 0 for "19.0", 18 and 3 for "saas-18.3".
	Major, Minor int
	// Raw is the text that the server gave.
	Raw string
}

// AtLeast reports whether the server is of this major version or newer. The "saas" releases count by
// their own number: saas-18.3 is at least 18 and not yet 19.
func (v Version) AtLeast(major int) bool { return v.Major >= major }

// String returns the series, such as "19.0".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// parseVersion reads texts such as "14.0", "19.0+e", "saas~18.3" and "saas-18.3-20250101".
func parseVersion(raw string) (Version, bool) {
	text := strings.TrimLeft(raw, "saetfinl~- ")
	major, rest, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	if err != nil || n < 1 || n > 1000 {
		return Version{}, false
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	minor := 0
	if end > 0 {
		if minor, err = strconv.Atoi(rest[:end]); err != nil {
			return Version{}, false
		}
	}
	return Version{Major: n, Minor: minor, Raw: raw}, true
}

// Protocol is a way to call Odoo.
type Protocol string

// The protocols. XML-RPC is left out on purpose: it answers a fault after committing when a method
// returns nothing, which makes a success look like a failure.
const (
	// JSON2 is /json/2/<model>/<method> with a bearer API key; Odoo 19 and newer.
	JSON2 Protocol = "json2"
	// JSONRPC is /jsonrpc; Odoo 14 to 21.
	JSONRPC Protocol = "jsonrpc"
)
