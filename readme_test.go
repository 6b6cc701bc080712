package retailsync_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentationIsCode holds the Go and YAML blocks of the documentation against files that are compiled, run or
// loaded by tests, so that a reader who copies one gets what works.
func TestDocumentationIsCode(t *testing.T) {
	t.Parallel()
	sources := map[string]string{}
	for kind, patterns := range map[string][]string{
		"go":   {"*example_test.go", "*/*example*_test.go", "*/*/*example*_test.go", "examples/*/*.go"},
		"yaml": {"testdata/*.yaml", "examples/*/*.yaml", "*/*/testdata/*.yaml"},
	} {
		for _, pattern := range patterns {
			files, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				sources[kind] += words(textOf(t, file)) + "\n"
			}
		}
	}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```(go|yaml)\n(.*?)^```")
	for _, page := range append(pages, "README.md") {
		for _, match := range block.FindAllStringSubmatch(textOf(t, page), -1) {
			if page == filepath.Join("docs", "rules.md") && match[1] == "yaml" {
				continue // package mapping loads it
			}
			if !strings.Contains(sources[match[1]], words(match[2])) {
				t.Errorf("%s shows what no example has:\n%s", page, match[2])
			}
		}
	}
}

// words is text with each run of white space as one space: blocks are indented otherwise than the code.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func textOf(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
