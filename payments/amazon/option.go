package amazon

import (
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/figure"
)

// Option changes how a report is read.
type Option func(*Reader)

// WithDecimalComma says that amounts have a decimal comma, WithDecimalPoint that they have a point. Without either the report's
// own amounts say so.
func WithDecimalComma() Option { return func(r *Reader) { r.mark = figure.Comma } }

// WithDecimalPoint is the other form of [WithDecimalComma].
func WithDecimalPoint() Option { return func(r *Reader) { r.mark = figure.Point } }

// WithDateLayout says how dates are written (see [time.Layout]), and in which zone where they name none. It is tried before the
// forms that are known.
func WithDateLayout(layout string, zone *time.Location) Option {
	return func(r *Reader) { r.layouts, r.zone = append([]string{layout}, r.layouts...), zone }
}

// WithLatin1 reads a report that is not in UTF-8 but in windows-1252, which contains ISO 8859-1.
func WithLatin1() Option { return func(r *Reader) { r.encoding = figure.Windows1252 } }

// WithOrderChannel says which channel an order came by, by the report's marketplace name ("Amazon.de"). Without it orders belong
// to the account's own channel.
func WithOrderChannel(channel func(marketplace string) canonical.Channel) Option {
	return func(r *Reader) { r.orderChannel = channel }
}
