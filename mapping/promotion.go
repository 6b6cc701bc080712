package mapping

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// Promotion is what putting rules into service in the place of others comes to.
type Promotion struct {
	// From and To are the editions; FromDigest and ToDigest say what they say. From is zero and FromDigest empty where there were none.
	From, To             int
	FromDigest, ToDigest string
	// Channels are those for which anything changes, by name.
	Channels []ChannelDiff
}

// ChannelDiff is what changes for a channel, with the defaults taken into account: a changed default shows at each channel that it reaches, and
// not at those that say something themselves.
type ChannelDiff struct {
	Channel canonical.Channel
	// Added: the channel is new; Removed: it is gone. Changes are then what is, or was, said of it.
	Added, Removed bool
	Changes        []Change
}

// String is the change for the channel, a line each.
func (d ChannelDiff) String() string {
	var b strings.Builder
	b.WriteString(d.Channel.String())
	switch {
	case d.Added:
		b.WriteString(" is new")
	case d.Removed:
		b.WriteString(" is gone: its flows stop")
	}
	for _, change := range d.Changes {
		b.WriteString("\n  " + change.String())
	}
	return b.String()
}

// String is the promotion in words, channel by channel.
func (p Promotion) String() string {
	var parts []string
	for _, channel := range p.Channels {
		parts = append(parts, channel.String())
	}
	if len(parts) == 0 {
		parts = []string{"nothing changes"}
	}
	return fmt.Sprintf("edition %d -> %d\n%s", p.From, p.To, strings.Join(parts, "\n"))
}

// EditionError refuses rules whose edition is not above that of the rules in service.
type EditionError struct{ From, To int }

// Error names both editions and the way out.
func (e *EditionError) Error() string {
	return fmt.Sprintf("the rules are edition %d, and edition %d is in service: take over its changes, and give them a higher edition; to go back, roll back", e.To, e.From)
}

// Promote says what putting rules into service in the place of others changes, for which channel. From may be nil: none were. Rules that say the
// same may have any edition. Errors: a [*RulesError] for rules with mistakes, an [*EditionError] for others that are not newer. It is pure: it
// puts nothing into service.
func Promote(from, to *Rules) (Promotion, error) {
	if err := to.Validate(); err != nil {
		return Promotion{}, err
	}
	p := Promotion{To: to.Edition, ToDigest: to.Digest()}
	if from == nil {
		from = &Rules{}
	} else {
		p.From, p.FromDigest = from.Edition, from.Digest()
		if p.FromDigest != p.ToDigest && to.Edition <= from.Edition {
			return Promotion{}, &EditionError{From: from.Edition, To: to.Edition}
		}
	}
	p.Channels = DiffChannels(from, to)
	return p, nil
}

// DiffChannels lists what differs between two versions of the rules for each channel, as [Diff] does for the file: the rules of each are complete,
// joined with the defaults and with what applies where nothing is said.
func DiffChannels(from, to *Rules) []ChannelDiff {
	names := map[canonical.Channel]bool{}
	for name := range from.Channels {
		names[name] = true
	}
	for name := range to.Channels {
		names[name] = true
	}
	var all []ChannelDiff
	for _, name := range slices.SortedFunc(maps.Keys(names), func(a, b canonical.Channel) int { return strings.Compare(a.String(), b.String()) }) {
		_, was := from.Channels[name]
		_, is := to.Channels[name]
		diff := ChannelDiff{
			Channel: name, Added: !was, Removed: !is,
			Changes: Compare(from.completed(name), to.completed(name)),
		}
		if diff.Added || diff.Removed || len(diff.Changes) > 0 {
			all = append(all, diff)
		}
	}
	return all
}

// completed is every value of a channel's complete rules by its place. Of a channel that there is not they are those that say nothing, so that
// of a new one only what is said of it shows.
func (r *Rules) completed(name canonical.Channel) map[string]string {
	flat := map[string]string{}
	var complete ChannelRules
	if own, there := r.Channels[name]; there {
		complete = joined(r.Defaults, own)
	}
	complete.fill()
	flattenValue(flat, reflect.ValueOf(complete), "")
	return flat
}
