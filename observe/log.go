package observe

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"

	"github.com/retailsync/retailsync/internal/redact"
)

// hidden is what a log shows in the place of a secret or of personal data.
const hidden = "[redacted]"

// Redacting returns a handler that takes secrets and personal data out of what it hands to next:
//
//   - what is under a name that tells of them ("email", "billing_address", "api_key", "token"), whatever it is, also in groups;
//   - in messages, texts and errors what looks like a mail address, a credential, a telephone, card or bank account number;
//   - of other values, such as structs and payloads, all but what is harmless by its name, as worker.Redact does.
//
// Values that implement [slog.LogValuer] choose themselves what they show, and what they show is redacted likewise; the order, return, buyer and
// address of package canonical do. Keys of the attributes stay as they are.
func Redacting(next slog.Handler) slog.Handler { return redacting{next: next} }

type redacting struct {
	next slog.Handler
	// all is set within a group whose name tells of personal data.
	all bool
}

// Enabled implements [slog.Handler].
func (r redacting) Enabled(ctx context.Context, level slog.Level) bool {
	return r.next.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (r redacting) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, redact.Text(record.Message), record.PC)
	record.Attrs(func(attr slog.Attr) bool {
		clean.AddAttrs(redactAttr(attr, r.all))
		return true
	})
	return r.next.Handle(ctx, clean)
}

// WithAttrs implements [slog.Handler].
func (r redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		clean[i] = redactAttr(attr, r.all)
	}
	return redacting{r.next.WithAttrs(clean), r.all}
}

// WithGroup implements [slog.Handler].
func (r redacting) WithGroup(name string) slog.Handler {
	return redacting{r.next.WithGroup(name), r.all || redact.Sensitive(name)}
}

func redactAttr(attr slog.Attr, all bool) slog.Attr {
	all = all || redact.Sensitive(attr.Key)
	value := attr.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		members := value.Group()
		clean := make([]slog.Attr, len(members))
		for i, member := range members {
			clean[i] = redactAttr(member, all)
		}
		return slog.Attr{Key: attr.Key, Value: slog.GroupValue(clean...)}
	case slog.KindBool:
		return slog.Attr{Key: attr.Key, Value: value}
	}
	if all {
		return slog.String(attr.Key, hidden)
	}
	switch value.Kind() {
	case slog.KindString:
		return slog.String(attr.Key, redact.Text(value.String()))
	case slog.KindAny:
		return slog.Attr{Key: attr.Key, Value: shown(value.Any())}
	}
	return slog.Attr{Key: attr.Key, Value: value} // numbers, times, durations
}

// shown is what a log shows of any value. One that panics when it is asked, such as an error that is a nil pointer, does not take down who logs it.
func shown(value any) (text slog.Value) {
	defer func() {
		if recover() != nil {
			text = slog.StringValue(fmt.Sprintf("[%T]", value))
		}
	}()
	switch v := value.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error:
		return slog.StringValue(redact.Text(v.Error()))
	case []byte:
		return slog.StringValue(redact.Payload(v))
	case json.RawMessage:
		return slog.StringValue(redact.Payload(v))
	case fmt.Stringer:
		// Of our own types and the decimals texts are names and numbers. A stranger's may be anything.
		if ours(v) {
			return slog.StringValue(redact.Text(v.String()))
		}
	}
	if of := reflect.ValueOf(value); of.Kind() == reflect.String {
		return slog.StringValue(redact.Text(of.String()))
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("[%T]", value))
	}
	return slog.StringValue(redact.Payload(encoded))
}

func ours(value any) bool {
	of := reflect.TypeOf(value)
	if of.Kind() == reflect.Pointer {
		if reflect.ValueOf(value).IsNil() {
			return false
		}
		of = of.Elem()
	}
	return strings.HasPrefix(of.PkgPath(), "github.com/retailsync/retailsync") || of.PkgPath() == "github.com/govalues/decimal"
}
