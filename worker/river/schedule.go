package river

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/retailsync/retailsync/worker"
)

// Rule is a schedule as configuration: which workflow of which channel runs when.
type Rule struct {
	// Workflow is the kind of the events that are handed in ("poll-orders").
	Workflow string `json:"workflow" yaml:"workflow"`
	// Channel is one of the worker's.
	Channel string `json:"channel" yaml:"channel"`
	// When is what [ParseSpec] reads, or "real-time" for a workflow that only events start.
	When string `json:"when" yaml:"when"`
	// Class is the queue; backfill where it is empty.
	Class worker.Class `json:"class,omitempty" yaml:"class,omitempty"`
}

// realTime is a rule's When without a schedule.
const realTime = "real-time"

// Schedules turns rules into schedules, named "workflow@channel". Two for one workflow of a channel are an error.
func Schedules(rules []Rule) ([]worker.Schedule, error) {
	var schedules []worker.Schedule
	for _, rule := range rules {
		name := rule.Workflow + "@" + rule.Channel
		if rule.Workflow == "" || rule.Channel == "" {
			return nil, &worker.InvalidError{Field: fmt.Sprintf("schedule %q", name), Reason: "needs a workflow and a channel"}
		}
		if rule.When == realTime {
			continue
		}
		spec, err := ParseSpec(rule.When)
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %w", name, err)
		}
		if slices.ContainsFunc(schedules, func(other worker.Schedule) bool { return other.Name == name }) {
			return nil, &worker.InvalidError{Field: fmt.Sprintf("schedule %q", name), Reason: "is there twice"}
		}
		class := rule.Class
		if class == "" {
			class = worker.Backfill
		}
		schedules = append(schedules, worker.Schedule{
			Name: name, Spec: spec, Event: worker.Event{Channel: rule.Channel, Kind: rule.Workflow, Class: class},
		})
	}
	return schedules, nil
}

// ParseSpec reads when something comes again:
//
//	every 5m                       an interval, at least a second; at multiples of it in UTC
//	nightly 02:30                  each day at that time, UTC
//	nightly 02:30 Europe/Berlin    or of a place
//	cron 0 6 * * 1-5               the five fields of cron, UTC
//	cron Europe/Berlin 0 6 * * 1-5
//
// A time that the clocks of a place pass over when summer begins is left out on that day: choose one before 02:00 or after 03:00.
func ParseSpec(text string) (worker.Spec, error) {
	words := strings.Fields(text)
	invalid := func(reason string) error {
		return &worker.InvalidError{Field: fmt.Sprintf("schedule %q", text), Reason: reason}
	}
	if len(words) < 2 {
		return nil, invalid(`is none of "every 5m", "nightly 02:30 Europe/Berlin", "cron 0 6 * * 1-5"`)
	}
	switch words[0] {
	case "every":
		interval, err := time.ParseDuration(words[1])
		if err != nil || interval < time.Second || len(words) > 2 {
			return nil, invalid(`needs an interval of at least a second, such as "every 5m"`)
		}
		return worker.Every(interval), nil
	case "nightly":
		at, err := time.Parse("15:04", words[1])
		if err != nil || len(words) > 3 {
			return nil, invalid(`needs a time and may have a place, such as "nightly 02:30 Europe/Berlin"`)
		}
		return parseCron(fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour()), strings.Join(words[2:], ""), invalid)
	case "cron":
		fields, place := words[1:], ""
		if len(fields) == 6 {
			fields, place = fields[1:], fields[0]
		}
		if len(fields) != 5 {
			return nil, invalid(`needs the five fields of cron and may have a place, such as "cron Europe/Berlin 0 6 * * 1-5"`)
		}
		return parseCron(strings.Join(fields, " "), place, invalid)
	}
	return nil, invalid(`begins with none of "every", "nightly" and "cron"`)
}

func parseCron(fields, place string, invalid func(string) error) (worker.Spec, error) {
	location, err := time.LoadLocation(place) // the empty one is UTC
	if err != nil || place == "Local" {
		return nil, invalid(fmt.Sprintf("names the place %q, which is not known: use a name such as Europe/Berlin", place))
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	schedule, err := parser.Parse(fields)
	if err != nil {
		return nil, invalid("is not understood: " + err.Error())
	}
	return inPlace{schedule, location}, nil
}

// inPlace is a schedule by the clocks of a place.
type inPlace struct {
	schedule cron.Schedule
	location *time.Location
}

// Next implements [worker.Spec].
func (s inPlace) Next(after time.Time) time.Time {
	next := s.schedule.Next(after.In(s.location))
	if next.IsZero() {
		return next
	}
	return next.UTC()
}
