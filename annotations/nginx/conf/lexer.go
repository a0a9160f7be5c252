package conf

import (
	"fmt"
	"strings"
)

// kind is what a token is.
type kind uint8

const (
	word kind = iota
	semicolon
	opening
	closing
	end
)

// token is a word, or what stands between words.
type token struct {
	kind         kind
	text         string // of a word: without quotes and escapes
	line, column int
}

// lexer cuts a text into tokens as nginx does (ngx_conf_read_token).
type lexer struct {
	text   string
	at     int
	line   int
	start  int  // of the line
	quoted bool // the last token was a word in quotes: something must part it from the next
}

func newLexer(text string) *lexer { return &lexer{text: text, line: 1} }

func (x *lexer) fail(format string, args ...any) *Error {
	return &Error{Line: x.line, Message: fmt.Sprintf(format, args...)}
}

// step goes one byte on.
func (x *lexer) step() byte {
	c := x.text[x.at]
	x.at++
	if c == '\n' {
		x.line, x.start = x.line+1, x.at
	}
	return c
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// skip goes over blanks and comments. A comment begins where a word could.
func (x *lexer) skip() {
	for x.at < len(x.text) {
		switch c := x.text[x.at]; {
		case isBlank(c):
			x.quoted = false
		case c == '#' && !x.quoted:
			for x.at < len(x.text) && x.text[x.at] != '\n' {
				x.step()
			}
			continue
		default:
			return
		}
		x.step()
	}
}

// next is the next token.
func (x *lexer) next() (token, *Error) {
	x.skip()
	t := token{kind: end, line: x.line, column: x.at - x.start + 1}
	if x.at == len(x.text) {
		return t, nil
	}
	c := x.text[x.at]
	if x.quoted && c != ';' && c != '{' && c != ')' {
		return t, x.fail("unexpected %q behind a quote", c)
	}
	x.quoted = false
	switch c {
	case ';':
		t.kind = semicolon
	case '{':
		t.kind = opening
	case '}':
		t.kind = closing
	case '"', '\'':
		return x.quote(t)
	default:
		return x.bare(t)
	}
	x.step()
	return t, nil
}

// quote reads a word in quotes.
func (x *lexer) quote(t token) (token, *Error) {
	mark := x.step()
	from := x.at
	for x.at < len(x.text) {
		switch c := x.step(); c {
		case '\\':
			if x.at < len(x.text) {
				x.step()
			}
		case mark:
			t.kind, t.text, x.quoted = word, unescape(x.text[from:x.at-1]), true
			return t, nil
		}
	}
	return t, &Error{Line: t.line, Message: "the quote is not closed"}
}

// bare reads a word without quotes, up to a blank, a ";" or a "{" that does not stand
// behind a "$".
func (x *lexer) bare(t token) (token, *Error) {
	from := x.at
	dollar := false
	for x.at < len(x.text) {
		c := x.text[x.at]
		if isBlank(c) || c == ';' || c == '{' && !dollar {
			break
		}
		dollar = c == '$' || dollar && c == '{'
		x.step()
		if c == '\\' && x.at < len(x.text) {
			x.step()
		}
	}
	t.kind, t.text = word, unescape(x.text[from:x.at])
	return t, nil
}

// unescape reads the escapes that nginx knows; of others the backslash stays.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			if at := strings.IndexByte(`"'\trn`, s[i+1]); at >= 0 {
				i++
				c = "\"'\\\t\r\n"[at]
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
