package privacy

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// erasedMark stands where something was erased.
const erasedMark = "[erased]"

// identifiers are the texts that a person is known by.
type identifiers struct{ pattern *regexp.Regexp }

// newIdentifiers matches texts whatever their case and white space is. They are valid UTF-8.
func newIdentifiers(texts []string) identifiers {
	if len(texts) == 0 {
		return identifiers{}
	}
	texts = slices.Clone(texts)
	slices.SortFunc(texts, func(a, b string) int { return len(b) - len(a) }) // the longest first: it may hold a shorter one
	var parts []string
	for _, text := range texts {
		var words []string
		for _, word := range strings.Fields(text) {
			words = append(words, regexp.QuoteMeta(word))
		}
		parts = append(parts, strings.Join(words, `[\s\p{Z}]+`))
	}
	return identifiers{regexp.MustCompile(`(?i)` + strings.Join(parts, "|"))}
}

func (i identifiers) in(text string) bool { return i.pattern != nil && i.pattern.MatchString(text) }

// parse reads JSON with its numbers as they are written.
func parse(content []byte) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() || !utf8.Valid(content) {
		return nil, false
	}
	return value, true
}

// named reports whether a content has one of the texts, in JSON within its strings and names.
func (i identifiers) named(content []byte) bool {
	if i.pattern == nil || len(content) == 0 {
		return false
	}
	if i.pattern.Match(content) {
		return true
	}
	value, isJSON := parse(content)
	found := false
	if isJSON {
		walk("", value, func(name, text string) { found = found || i.in(text) || i.in(name) })
	}
	return found
}

// erase takes the texts out of a content. Of JSON whole strings go, so that nothing is left around a text that tells who it was.
func (i identifiers) erase(content []byte) []byte {
	if !i.named(content) {
		return content
	}
	value, isJSON := parse(content)
	if !isJSON {
		return i.pattern.ReplaceAll(content, []byte(erasedMark))
	}
	return write(replaced("", value, func(_, text string) bool { return i.in(text) }), content)
}

// saying are names under which people's own words stand.
var saying = []string{"reason", "note", "comment", "message", "text", "failure", "summary", "question", "answer", "description", "error", "problem"}

// eraseSayings takes out what people and servers have said in their own words. A content that is no JSON is such a saying.
func eraseSayings(content []byte) []byte {
	value, isJSON := parse(content)
	if !isJSON {
		return []byte(erasedMark)
	}
	differs := false
	written := write(replaced("", value, func(name, text string) bool {
		says := text != "" && text != erasedMark && slices.ContainsFunc(words(name), func(word string) bool { return slices.Contains(saying, word) })
		differs = differs || says
		return says
	}), content)
	if !differs {
		return content
	}
	return written
}

func words(name string) []string {
	all := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == '-' || r == ' ' })
	for i := range all {
		all[i] = strings.TrimSuffix(all[i], "s")
	}
	return all
}

// replaced replaces the strings that gone names. A name of a member that is one itself goes too.
func replaced(name string, value any, gone func(name, text string) bool) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, each := range v {
			shown := key
			if gone("", key) {
				shown = erasedMark
			}
			out[shown] = replaced(key, each, gone)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			out[i] = replaced(name, each, gone)
		}
		return out
	case string:
		if gone(name, v) {
			return erasedMark
		}
	case json.Number:
		if gone(name, v.String()) {
			return nil
		}
	}
	return value
}

// write encodes what was replaced; other than the replaced parts the content means what it meant.
func write(value any, content []byte) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return content
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// walk visits every string and number with the name that it stands under.
func walk(name string, value any, visit func(name, text string)) {
	switch v := value.(type) {
	case map[string]any:
		for key, each := range v {
			visit(key, "")
			walk(key, each, visit)
		}
	case []any:
		for _, each := range v {
			walk(name, each, visit)
		}
	case string:
		visit(name, v)
	case json.Number:
		visit(name, v.String())
	}
}
