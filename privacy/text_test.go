package privacy

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEraseTexts(t *testing.T) {
	t.Parallel()
	known := newIdentifiers([]string{"jane@example.com", "Jane Doe", "+49 30 (123)"})
	for content, want := range map[string]string{
		``:                                       ``,
		`nothing`:                                `nothing`,
		`call JANE  DOE, jane@example.com!`:      `call [erased], [erased]!`,
		`{"a":1.50,"b":"x"}`:                     `{"a":1.50,"b":"x"}`,
		`{"a":1.50,"b":["of Jane Doe",true]}`:    `{"a":1.50,"b":["[erased]",true]}`,
		`{"JANE@example.com":12345678901234567}`: `{"[erased]":12345678901234567}`,
		`{"a":"\u004aane Doe","<":"&"}`:          `{"<":"&","a":"[erased]"}`,
		`{"phone":"+49 30 (123) 456"}`:           `{"phone":"[erased]"}`,
	} {
		if got := string(known.erase([]byte(content))); got != want {
			t.Errorf("%s\ngave %s\nwant %s", content, got, want)
		}
	}
	for content, want := range map[string]string{
		`Jane said so`: `[erased]`,
		`{"id":"7","decline_reason":"too old","lines":[{"notes":["a","b"],"qty":2}]}`: `{"decline_reason":"[erased]","id":"7","lines":[{"notes":["[erased]","[erased]"],"qty":2}]}`,
		`{ "id": "7" }`:           `{ "id": "7" }`,
		`{ "reason": "" }`:        `{ "reason": "" }`,
		`{"reason":"[erased]"}`:   `{"reason":"[erased]"}`,
		`{"seasons":["x"],"n":1}`: `{"seasons":["x"],"n":1}`,
	} {
		if got := string(eraseSayings([]byte(content))); got != want {
			t.Errorf("%s\ngave %s\nwant %s", content, got, want)
		}
	}
}

// FuzzErase holds that no text is left in what was erased, that JSON stays JSON, and that erasing again changes nothing.
func FuzzErase(f *testing.F) {
	f.Add([]byte(`{"a":["of Jane Doe",{"jane doe":1}],"b":12.30}`), "Jane Doe")
	f.Add([]byte(`plain jane doe`), "Jane Doe")
	f.Add([]byte(`"\ud800 \u004aane Doe"`), "jane doe")
	f.Add([]byte("\xff[[]]"), "\xff\xfe\xff\xfe\xff")
	f.Fuzz(func(t *testing.T, content []byte, text string) {
		if !utf8.ValidString(text) || len([]rune(strings.Join(strings.Fields(text), " "))) < minText || strings.Contains(strings.ToLower(erasedMark), strings.ToLower(strings.TrimSpace(text))) {
			return
		}
		known := newIdentifiers([]string{text})
		erased := known.erase(content)
		if known.named(erased) {
			t.Fatalf("%q is left in %q", text, erased)
		}
		if _, was := parse(content); was && !json.Valid(erased) {
			t.Fatalf("%q became %q", content, erased)
		}
		if again := known.erase(erased); string(again) != string(erased) {
			t.Fatalf("%q became %q", erased, again)
		}
		eraseSayings(content)
	})
}

// TestEraseLeavesTheRest puts a text somewhere into a document and expects every other value to be as it was.
func TestEraseLeavesTheRest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOf(rapid.StringMatching(`[a-z]{1,4}`), rapid.StringMatching(`[0-9a-z ]{0,8}`)).Draw(t, "values")
		document := map[string]any{"deep": []any{map[string]any{"who": rapid.String().Draw(t, "before") + "Jane Doe" + rapid.String().Draw(t, "after")}}}
		for name, value := range values {
			document[name+"_"] = value
		}
		content, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(newIdentifiers([]string{"jane doe"}).erase(content), &got); err != nil {
			t.Fatal(err)
		}
		for name, value := range values {
			if got[name+"_"] != value {
				t.Fatalf("%s became %v", value, got[name+"_"])
			}
		}
		if who := got["deep"].([]any)[0].(map[string]any)["who"]; who != erasedMark {
			t.Fatalf("%v is left", who)
		}
	})
}
