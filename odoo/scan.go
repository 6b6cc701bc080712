package odoo

import "errors"

// This is the reader of replies: it finds values in JSON without building them, because most of a large reply
// goes straight into the fields of structs.

var (
	errJSON  = errors.New("not valid JSON")
	errDepth = errors.New("JSON is nested too deeply")
)

// maxDepth bounds nesting, as encoding/json does.
const maxDepth = 1000

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the index after the value that starts at i.
func skipValue(b []byte, i, depth int) (int, error) {
	if i >= len(b) {
		return i, errJSON
	}
	if depth > maxDepth {
		return i, errDepth
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i)
	case c == '{':
		return eachMember(b, i, depth, nil)
	case c == '[':
		return eachElement(b, i, depth, nil)
	case c == 't':
		return skipWord(b, i, "true")
	case c == 'f':
		return skipWord(b, i, "false")
	case c == 'n':
		return skipWord(b, i, "null")
	case c == '-' || c >= '0' && c <= '9':
		return skipNumber(b, i)
	}
	return i, errJSON
}

func skipWord(b []byte, i int, word string) (int, error) {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return i, errJSON
	}
	return i + len(word), nil
}

func skipString(b []byte, i int) (int, error) {
	for i++; i < len(b); i++ {
		c := b[i]
		if c > '\\' || c < '\\' && c > '"' || c == '!' || c == ' ' {
			continue // by far the most
		}
		switch {
		case c == '"':
			return i + 1, nil
		case c < ' ':
			return i, errJSON
		case c == '\\':
			i++
			if i >= len(b) {
				return i, errJSON
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(b)-i < 5 {
					return i, errJSON
				}
				for _, h := range b[i+1 : i+5] {
					if !(h >= '0' && h <= '9' || h >= 'a' && h <= 'f' || h >= 'A' && h <= 'F') {
						return i, errJSON
					}
				}
				i += 4
			default:
				return i, errJSON
			}
		}
	}
	return i, errJSON
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

func skipNumber(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(b, i); i == start || i-start > 1 && b[start] == '0' {
		return i, errJSON
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = skipDigits(b, start); i == start {
			return i, errJSON
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(b, i); i == start {
			return i, errJSON
		}
	}
	return i, nil
}

// eachElement walks the array at i and returns the index after it.
func eachElement(b []byte, i, depth int, visit func(value []byte) error) (int, error) {
	if i >= len(b) || b[i] != '[' {
		return i, errJSON
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		end, err := skipValue(b, i, depth+1)
		if err != nil {
			return end, err
		}
		if visit != nil {
			if err := visit(b[i:end]); err != nil {
				return end, err
			}
		}
		i = skipSpace(b, end)
		if i >= len(b) {
			return i, errJSON
		}
		if b[i] == ']' {
			return i + 1, nil
		}
		if b[i] != ',' {
			return i, errJSON
		}
		i = skipSpace(b, i+1)
	}
}

// eachMember walks the object at i and returns the index after it. The key has its quotes.
func eachMember(b []byte, i, depth int, visit func(key, value []byte) error) (int, error) {
	if i >= len(b) || b[i] != '{' {
		return i, errJSON
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return i, errJSON
		}
		keyEnd, err := skipString(b, i)
		if err != nil {
			return keyEnd, err
		}
		key := b[i:keyEnd]
		i = skipSpace(b, keyEnd)
		if i >= len(b) || b[i] != ':' {
			return i, errJSON
		}
		i = skipSpace(b, i+1)
		end, err := skipValue(b, i, depth+1)
		if err != nil {
			return end, err
		}
		if visit != nil {
			if err := visit(key, b[i:end]); err != nil {
				return end, err
			}
		}
		i = skipSpace(b, end)
		if i >= len(b) {
			return i, errJSON
		}
		if b[i] == '}' {
			return i + 1, nil
		}
		if b[i] != ',' {
			return i, errJSON
		}
		i = skipSpace(b, i+1)
	}
}

// single returns the one value of a document.
func single(b []byte) ([]byte, error) {
	start := skipSpace(b, 0)
	end, err := skipValue(b, start, 0)
	if err != nil {
		return nil, err
	}
	if skipSpace(b, end) != len(b) {
		return nil, errJSON
	}
	return b[start:end], nil
}

// keyIs compares a key, with its quotes, to a plain name.
func keyIs(key []byte, name string) bool {
	return len(key) == len(name)+2 && string(key[1:len(key)-1]) == name
}

func isNull(raw []byte) bool { return len(raw) == 0 || string(raw) == "null" }

// isAbsent reports whether a value is one of Odoo's ways to say "empty".
func isAbsent(raw []byte) bool { return isNull(raw) || string(raw) == "false" }
