package marketplace

import (
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// Code says what kind of failure an adapter met and thereby what may be done about it.
type Code string

// The codes of adapter errors.
const (
	CodeUnavailable     Code = "unavailable"     // the channel is down or unreachable: retry later
	CodeRateLimited     Code = "rate_limited"    // too many calls: wait RetryAfter
	CodeUnauthenticated Code = "unauthenticated" // wrong or expired credential or signature: fix it
	CodePermission      Code = "permission"      // the credential lacks a right: grant it
	CodeNotFound        Code = "not_found"       // the object does not exist
	CodeInvalid         Code = "invalid"         // the channel refused the request or sent what cannot be decoded
	CodeConflict        Code = "conflict"        // the object changed meanwhile: fetch and decide again
	CodeUnknown         Code = "unknown"         // a write whose outcome is not known: look before repeating
)

// Error is a failure of a channel. Its text names the channel, the operation and the way out,
// and holds no credential and no personal data.
type Error struct {
	Code    Code
	Channel canonical.Channel
	// Op is what was tried, such as "list orders".
	Op string
	// Path names the field of a payload that could not be decoded ("line_items[2].total").
	Path string
	// Message says what is wrong and what to do.
	Message string
	// RetryAfter is how long the channel asks to wait; set with [CodeRateLimited].
	RetryAfter time.Duration
	// Err is the cause, if there is one.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s: %s", e.Channel, e.Op, e.Code)
	if e.Path != "" {
		text += " at " + e.Path
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [*Error] in err's chain, or the empty code.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Retryable reports whether the same call may succeed later without anybody changing anything.
func Retryable(err error) bool {
	switch CodeOf(err) {
	case CodeUnavailable, CodeRateLimited:
		return true
	default:
		return false
	}
}
