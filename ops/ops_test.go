// Package ops_test holds dashboards, alerts and runbooks against what the program has.
package ops_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/retailsync/retailsync/observe"
)

const runbooks = "../docs/runbooks"

// expression is a PromQL expression and where it stands.
type expression struct{ where, text string }

// alert is a rule of Prometheus.
type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string  `yaml:"name"`
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.UnmarshalWithOptions(read(t, "prometheus/alerts.yaml"), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	var all []alert
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	if len(all) == 0 {
		t.Fatal("there are no alerts")
	}
	return all
}

// expressions are those of the dashboards, variables included, and of the alerts.
func expressions(t *testing.T) []expression {
	t.Helper()
	var all []expression
	for _, each := range alerts(t) {
		all = append(all, expression{each.Alert, each.Expr})
	}
	files, err := filepath.Glob("grafana/*.json")
	if err != nil || len(files) != 2 {
		t.Fatal("the dashboards are ", files, err)
	}
	for _, file := range files {
		var dashboard any
		if err := json.Unmarshal(read(t, file), &dashboard); err != nil {
			t.Fatal(err)
		}
		before := len(all)
		all = append(all, within(file, dashboard)...)
		if len(all)-before < 10 {
			t.Errorf("%s has %d expressions", file, len(all)-before)
		}
	}
	return all
}

// within finds expressions anywhere in a dashboard.
func within(where string, value any) []expression {
	var found []expression
	switch v := value.(type) {
	case map[string]any:
		for key, each := range v {
			if text, ok := each.(string); ok && (key == "expr" || key == "definition") {
				found = append(found, expression{where, text})
				continue
			}
			found = append(found, within(where, each)...)
		}
	case []any:
		for _, each := range v {
			found = append(found, within(where, each)...)
		}
	}
	return found
}

var (
	ourName  = regexp.MustCompile(`\bretailsync_\w+`)
	selector = regexp.MustCompile(`\b(retailsync_\w+)\{([^}]*)\}`)
	label    = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
	grouping = regexp.MustCompile(`\bby\s*\(([^)]*)\)`)
)

// catalogue is the series of all metrics with their labels.
func catalogue() map[string][]string {
	series := map[string][]string{}
	for _, metric := range observe.Metrics() {
		labels := []string{"le"}
		for _, attribute := range metric.Attributes {
			labels = append(labels, strings.ReplaceAll(attribute, ".", "_"))
		}
		for _, name := range metric.Prometheus() {
			series[name] = labels
		}
	}
	return series
}

// unknown are the names in an expression that no metric and no attribute has.
func unknown(text string) []string {
	series := catalogue()
	labels := map[string]bool{}
	for _, of := range series {
		for _, each := range of {
			labels[each] = true
		}
	}
	var wrong []string
	for _, match := range selector.FindAllStringSubmatch(text, -1) {
		for _, of := range label.FindAllStringSubmatch(match[2], -1) {
			if !slices.Contains(series[match[1]], of[1]) {
				wrong = append(wrong, match[1]+" by "+of[1])
			}
		}
	}
	for _, match := range grouping.FindAllStringSubmatch(text, -1) {
		for _, each := range strings.Split(match[1], ",") {
			if each = strings.TrimSpace(each); !labels[each] {
				wrong = append(wrong, "by "+each)
			}
		}
	}
	for _, name := range ourName.FindAllString(text, -1) {
		if _, ok := series[name]; !ok && !labels[name] {
			wrong = append(wrong, name)
		}
	}
	return wrong
}

// TestMetricsExist finds every name in dashboards and alerts among the metrics.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, each := range expressions(t) {
		if wrong := unknown(each.text); len(wrong) > 0 {
			t.Errorf("%s: %s has %v, which no metric has", each.where, each.text, wrong)
		}
		for _, name := range ourName.FindAllString(each.text, -1) {
			shown[name] = true
		}
	}
	for _, metric := range observe.Metrics() {
		if !slices.ContainsFunc(metric.Prometheus(), func(name string) bool { return shown[name] }) {
			t.Errorf("no dashboard and no alert shows %s", metric.Name)
		}
	}
}

// TestUnknownNamesAreFound shows that the test above can fail.
func TestUnknownNamesAreFound(t *testing.T) {
	t.Parallel()
	for text, bad := range map[string]bool{
		`max by (retailsync_channel) (retailsync_queue_depth{retailsync_class="money"}) > 0`: false,
		`retailsync_queue_depths > 0`:                                     true,
		`retailsync_call_duration_seconds > 0`:                            true, // a histogram has no such series
		`retailsync_call_retries > 0`:                                     true, // a counter ends in _total
		`retailsync_queue_depth{retailsync_flow="ImportOrders"}`:          true,
		`sum by (channel) (retailsync_queue_depth)`:                       true,
		`sum by (le) (rate(retailsync_call_duration_seconds_bucket[5m]))`: false,
	} {
		if wrong := unknown(text); (len(wrong) > 0) != bad {
			t.Errorf("%s: %v", text, wrong)
		}
	}
}

// TestRunbooksExist finds a page for each alert and each runbook that a dead letter names, and no page that nothing names.
func TestRunbooksExist(t *testing.T) {
	t.Parallel()
	wanted := map[string]string{}
	for _, each := range alerts(t) {
		url := each.Annotations["runbook_url"]
		if each.Alert == "" || each.For == "" || each.Annotations["summary"] == "" || each.Labels["severity"] == "" ||
			!strings.HasPrefix(url, "https://github.com/retailsync/retailsync/blob/main/docs/runbooks/") || !strings.HasSuffix(url, ".md") {
			t.Errorf("%+v lacks something", each)
		}
		wanted[strings.TrimSuffix(filepath.Base(url), ".md")] = each.Alert
	}
	constants := deadLetterRunbooks(t)
	if len(constants) < 10 {
		t.Errorf("only %v", constants)
	}
	for _, name := range constants {
		wanted[name] = "worker.Judge"
	}
	for name, by := range wanted {
		text := string(read(t, filepath.Join(runbooks, name+".md")))
		for _, part := range []string{"# ", "\n## Look\n", "\n## Do\n", "\n## It is over when\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("the runbook %s of %s has no %q", name, by, strings.TrimSpace(part))
			}
		}
	}
	pages, err := filepath.Glob(runbooks + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#]+)`)
	for _, page := range pages {
		if name := strings.TrimSuffix(filepath.Base(page), ".md"); wanted[name] == "" {
			t.Errorf("nothing names the runbook %s", name)
		}
		for _, match := range link.FindAllStringSubmatch(string(read(t, page)), -1) {
			if _, err := os.Stat(filepath.Join(runbooks, match[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			}
		}
	}
}

// deadLetterRunbooks are the values of the constants Runbook… of package worker.
func deadLetterRunbooks(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../worker/verdict.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Runbook") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Error(err)
		}
		names = append(names, value)
		return true
	})
	return names
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
