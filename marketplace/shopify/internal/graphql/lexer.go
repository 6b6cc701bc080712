package graphql

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is a name, a number, a text or a punctuator.
type token struct {
	kind  tokenKind
	text  string
	place int
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenNumber
	tokenText
	tokenMark
)

// SyntaxError says where a text is no GraphQL.
type SyntaxError struct {
	Line    int
	Problem string
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

// reader reads tokens and keeps the first failure; after it there are no more tokens.
type reader struct {
	source string
	next   token
	place  int
	err    error
}

func read(source string) *reader {
	r := &reader{source: source}
	r.advance()
	return r
}

func (r *reader) fail(problem string) {
	if r.err == nil {
		r.err = &SyntaxError{Line: 1 + strings.Count(r.source[:min(r.place, len(r.source))], "\n"), Problem: problem}
	}
	r.place, r.next = len(r.source), token{}
}

func (r *reader) advance() {
	for r.place < len(r.source) {
		c := r.source[r.place]
		switch {
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			r.place++
		case c == '#':
			r.skip(func(c byte) bool { return c != '\n' })
		default:
			r.token(c)
			return
		}
	}
	r.next = token{place: r.place}
}

func (r *reader) token(c byte) {
	start := r.place
	switch {
	case letter(c):
		r.skip(func(c byte) bool { return letter(c) || digit(c) })
		r.next = token{tokenName, r.source[start:r.place], start}
	case c == '-' || digit(c):
		r.place++
		r.skip(func(c byte) bool { return digit(c) || strings.IndexByte(".eE+-", c) >= 0 })
		r.next = token{tokenNumber, r.source[start:r.place], start}
	case c == '"':
		r.text(start)
	case strings.HasPrefix(r.source[start:], "..."):
		r.place += 3
		r.next = token{tokenMark, "...", start}
	case strings.IndexByte("!$&()[]{}:=|@", c) >= 0:
		r.place++
		r.next = token{tokenMark, string(c), start}
	default:
		symbol, _ := utf8.DecodeRuneInString(r.source[start:])
		r.fail(fmt.Sprintf("%q is no part of GraphQL", symbol))
	}
}

func (r *reader) text(start int) {
	if rest, block := strings.CutPrefix(r.source[start:], `"""`); block {
		end := strings.Index(rest, `"""`)
		if end < 0 {
			r.fail("a text has no end")
			return
		}
		r.place += 6 + end
		r.next = token{tokenText, rest[:end], start}
		return
	}
	for r.place++; r.place < len(r.source); r.place++ {
		switch r.source[r.place] {
		case '\\':
			r.place++
		case '\n':
			r.fail("a text has no end")
			return
		case '"':
			r.place++
			value, err := strconv.Unquote(r.source[start:r.place])
			if err != nil {
				r.fail("a text is not well formed")
				return
			}
			r.next = token{tokenText, value, start}
			return
		}
	}
	r.fail("a text has no end")
}

func (r *reader) skip(while func(byte) bool) {
	for r.place < len(r.source) && while(r.source[r.place]) {
		r.place++
	}
}

func letter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// is tells whether the next token is a mark or a word.
func (r *reader) is(text string) bool {
	return (r.next.kind == tokenMark || r.next.kind == tokenName) && r.next.text == text
}

// take skips the next token if it is this one.
func (r *reader) take(text string) bool {
	if !r.is(text) {
		return false
	}
	r.advance()
	return true
}

func (r *reader) want(text string) {
	if !r.take(text) {
		r.fail(fmt.Sprintf("%q is expected, not %q", text, r.next.text))
	}
}

func (r *reader) name() string {
	if r.next.kind != tokenName {
		r.fail(fmt.Sprintf("a name is expected, not %q", r.next.text))
		return ""
	}
	name := r.next.text
	r.advance()
	return name
}

// list reads what stands between two marks.
func (r *reader) list(open, end string, element func()) {
	r.want(open)
	for r.err == nil && !r.is(end) {
		if r.next.kind == tokenEnd {
			r.fail(fmt.Sprintf("%q is missing", end))
			return
		}
		element()
	}
	r.want(end)
}
