package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/observe"
)

// rare are series that there are none of before something of the kind has happened, with what that is.
var rare = map[string]string{
	"retailsync_call_retries_total":        "a call was repeated",
	"retailsync_call_rate_limited_total":   "a server's rate limit was reached",
	"retailsync_event_replayed_total":      "a person had an event replayed",
	"retailsync_survey_failures_total":     "a survey failed",
	"retailsync_collection_failures_total": "the ledger could not be read for the metrics",
	"retailsync_channel_paused":            "a channel was paused",
}

// shownSeries are the series that the dashboards and alerts show.
func shownSeries(t *testing.T) []string {
	t.Helper()
	known := map[string]bool{}
	for _, metric := range observe.Metrics() {
		for _, series := range metric.Prometheus() {
			known[series] = true
		}
	}
	var shown []string
	for _, pattern := range []string{"../../ops/grafana/*.json", "../../ops/prometheus/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range regexp.MustCompile(`\bretailsync_\w+`).FindAllString(string(text), -1) {
				if known[name] && !slices.Contains(shown, name) { // else it is a label
					shown = append(shown, name)
				}
			}
		}
	}
	return shown
}

// gives looks for all that the dashboards and alerts show in what Prometheus gets.
func (r running) gives(t *testing.T) {
	t.Helper()
	_, text := r.get(t, "/metrics")
	has := func(series string) bool {
		return strings.Contains(text, "\n"+series+"{") || strings.Contains(text, "\n"+series+" ")
	}
	shown := shownSeries(t)
	if len(shown) < 30 {
		t.Errorf("dashboards and alerts show only %q", shown)
	}
	for _, series := range shown {
		if rare[series] == "" && !has(series) {
			t.Errorf("/metrics has no %s", series)
		}
	}
}
