package worker

import "github.com/retailsync/retailsync/internal/redact"

// Redact shows a payload without secrets and personal data. Of JSON the structure stays, and of the values those that are harmless by
// their kind: truth values, short numbers, and texts under names such as id, sku or status. Anything else is only counted.
func Redact(payload []byte) string { return redact.Payload(payload) }

// Scrub makes an error's text one line of at most 2000 bytes without what looks like a credential, a mail address, a telephone, card or
// bank account number. Errors of this module hold none anyway; those of others may.
func Scrub(text string) string { return redact.Text(text) }
