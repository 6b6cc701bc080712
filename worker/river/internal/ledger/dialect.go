package ledger

import (
	"strconv"
	"strings"
)

// dialect is what differs between databases in the text of statements.
type dialect struct {
	// prefix is what the tables' names begin with: "worker_" or "schema.".
	prefix string
	// index is what the indices' names begin with.
	index string
	// now is the expression of the present time; token that of a lease's next token.
	now, token string
	// bump is run before token is used, where that needs it.
	bump string
	// forUpdate and skipLocked lock the rows of a selection; empty where all of the database is locked anyway.
	forUpdate, skipLocked string
	// numbered says that parameters are $1, $2 and so on rather than question marks.
	numbered bool
}

// fill makes a statement of this database from its text, in which {p}, {i}, {now}, {token}, {lock} and {skip} stand for the parts above.
func (d dialect) fill(text string) string {
	text = strings.NewReplacer("{p}", d.prefix, "{i}", d.index, "{now}", d.now, "{token}", d.token, "{lock}", d.forUpdate, "{skip}", d.skipLocked).Replace(text)
	return d.number(text)
}

// number replaces question marks where the database numbers its parameters. No statement holds one in a literal.
func (d dialect) number(text string) string {
	if !d.numbered {
		return text
	}
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r == '?' {
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// rows repeats a group of parameters, with commas between.
func rows(n int, group string) string {
	return strings.TrimSuffix(strings.Repeat(group+", ", n), ", ")
}
