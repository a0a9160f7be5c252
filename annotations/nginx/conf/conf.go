// Package conf reads the syntax of nginx's configuration: directives that end with ";" or
// hold a block, words in quotes, comments, and the blocks of Lua that OpenResty lets stand
// between them. What directives mean is not its business.
package conf

import (
	"fmt"
	"slices"
	"strings"
)

// Directive is one directive with its place in the text.
type Directive struct {
	Name  string      // the first word
	Args  []string    // the others, without quotes and escapes
	Block []Directive // what stands in its braces; nil: it ends with ";"
	// Lua is the text between the braces of a directive named *_by_lua_block, whose Block is
	// empty and not nil then.
	Lua    string
	Line   int // of the first word, from 1
	Column int // of the first word, in bytes from 1
}

// Error is where a text is no configuration, and why.
type Error struct {
	Line    int // from 1
	Message string
}

// Error is "line N: " and the message.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Equal says whether two lists are the same but for the places of the directives.
func Equal(a, b []Directive) bool {
	return slices.EqualFunc(a, b, func(x, y Directive) bool {
		return x.Name == y.Name && slices.Equal(x.Args, y.Args) && x.Lua == y.Lua &&
			(x.Block == nil) == (y.Block == nil) && Equal(x.Block, y.Block)
	})
}

// String prints directives, one a line, blocks indented by tabs. Parse reads them back.
func String(all []Directive) string {
	var b strings.Builder
	write(&b, all, 0)
	return b.String()
}

func write(b *strings.Builder, all []Directive, depth int) {
	indent := strings.Repeat("\t", depth)
	for _, d := range all {
		b.WriteString(indent + quote(d.Name))
		for _, a := range d.Args {
			b.WriteString(" " + quote(a))
		}
		switch {
		case d.Block == nil:
			b.WriteString(";\n")
		case isLua(d.Name):
			b.WriteString(" {" + d.Lua + "}\n")
		default:
			b.WriteString(" {\n")
			write(b, d.Block, depth+1)
			b.WriteString(indent + "}\n")
		}
	}
}

// quote writes a word so that it is read as it is.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\r\n;{}\"'\\#") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// isLua says whether the block of a directive holds Lua.
func isLua(name string) bool { return strings.HasSuffix(name, "_by_lua_block") }
