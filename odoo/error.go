package odoo

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Error is every error of this package. Its text names the call, what went wrong and the way out. It
// holds no secrets and no tracebacks; the message is Odoo's own, meant for people, and may name records.
type Error struct {
	Code Code
	// Model and Method name the call, if there was one; Field the field that is to blame.
	Model, Method, Field string
	// IDs are the records concerned where that is known, such as those that vanished.
	IDs []int64
	// ExternalID is the record of a [Client.Load] that is to blame.
	ExternalID ExternalID
	// Message is what Odoo or the network said, shortened to one line; Hint is what to do.
	Message, Hint string
	// Name is Odoo's exception class, such as "odoo.exceptions.UserError".
	Name string
	// HTTPStatus is 0 if there was no reply.
	HTTPStatus int
	// RetryAfter is how long the server asked to wait; 0 if it did not.
	RetryAfter time.Duration
	// Wizard is the model of the dialogue that was opened (CodeWizard).
	Wizard string

	debug string
	cause error
}

// Error says what happened and what to do about it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("odoo: ")
	if e.Model != "" {
		b.WriteString(e.Model)
		if e.Method != "" {
			b.WriteByte('.')
			b.WriteString(e.Method)
		}
		b.WriteString(": ")
	}
	b.WriteString(strings.ReplaceAll(string(e.Code), "_", " "))
	if e.ExternalID != (ExternalID{}) {
		b.WriteString(": record ")
		b.WriteString(e.ExternalID.String())
	}
	if e.Field != "" {
		b.WriteString(": field ")
		b.WriteString(e.Field)
	}
	if len(e.IDs) > 0 {
		b.WriteString(": ids ")
		for i, id := range e.IDs {
			if i == 10 {
				b.WriteString(" and ")
				b.WriteString(strconv.Itoa(len(e.IDs) - i))
				b.WriteString(" more")
				break
			}
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(strconv.FormatInt(id, 10))
		}
	}
	for _, text := range []string{e.Message, e.Hint} {
		if text != "" {
			b.WriteString(": ")
			b.WriteString(text)
		}
	}
	if e.RetryAfter > 0 {
		b.WriteString(" (retry after ")
		b.WriteString(e.RetryAfter.String())
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap returns the cause: a network error, a context error, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Debug returns the server's traceback, or "". It is sensitive: it can hold data and paths of the server.
// Do not log it by default.
func (e *Error) Debug() string { return e.debug }

// CodeOf returns the code of the first [Error] in the chain. For others it is [CodeTimeout] or
// [CodeCanceled] for the context's errors, and "" for the rest and for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	}
	return ""
}

// Retryable reports whether the same call may simply be sent again later: nothing was done, and the
// cause passes by itself. See [Error.RetryAfter] for how long to wait at least.
func Retryable(err error) bool {
	switch CodeOf(err) {
	case CodeUnreachable, CodeLock, CodeConcurrency, CodeRateLimited, CodeTimeout:
		return true
	}
	return false
}

// Ambiguous reports whether the call may or may not have been carried out: the request was sent and the
// reply was lost. Look the effect up before repeating it; a [Client.Load] may be repeated as it is.
func Ambiguous(err error) bool { return CodeOf(err) == CodeAmbiguous }

// Isolatable reports whether the error may be the fault of one record of a batch, so that the others can
// go on without it: try them in halves.
func Isolatable(err error) bool {
	switch CodeOf(err) {
	case CodeUserError, CodeValidation, CodeIntegrity, CodeMissingRecord, CodeAccess, CodeRedirectWarning,
		CodeWizard, CodeLock, CodeConcurrency, CodeServer:
		return true
	}
	return false
}

// RetryAfter returns how long the server asked to wait, or 0.
func RetryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// maxMessage bounds the server's texts in errors.
const maxMessage = 600

// shorten makes a server's text fit into one line of an error.
func shorten(text string) string {
	if i := strings.Index(text, "Traceback (most recent call last)"); i >= 0 {
		text = text[:i]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}
