package conf

import "strings"

// lua reads Lua up to the brace that closes its block, and goes behind that. Braces in
// strings and comments do not count (Lua 5.1 reference, section 2.1).
func (x *lexer) lua() (string, *Error) {
	from, line, open := x.at, x.line, 1
	for x.at < len(x.text) {
		rest := x.text[x.at:]
		switch {
		case rest[0] == '{':
			open++
		case rest[0] == '}':
			if open--; open == 0 {
				text := x.text[from:x.at]
				x.step()
				return text, nil
			}
		case strings.HasPrefix(rest, "--"):
			x.advance(luaComment(rest))
			continue
		case rest[0] == '[':
			x.advance(max(1, luaLong(rest)))
			continue
		case rest[0] == '"' || rest[0] == '\'':
			x.advance(luaString(rest))
			continue
		}
		x.step()
	}
	return "", &Error{Line: line, Message: "the block of Lua is not closed"}
}

// advance goes n bytes on.
func (x *lexer) advance(n int) {
	for range n {
		x.step()
	}
}

// luaString is how long the quoted string at the start of s is.
func luaString(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}

// luaComment is how long the comment at the start of s is.
func luaComment(s string) int {
	if n := luaLong(s[2:]); n > 0 {
		return 2 + n
	}
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

// luaLong is how long the text in long brackets ("[[ ]]", "[=[ ]=]") at the start of s is;
// 0 if it is none.
func luaLong(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	level := len(s[1:]) - len(strings.TrimLeft(s[1:], "="))
	if 1+level >= len(s) || s[1+level] != '[' {
		return 0
	}
	closing := "]" + strings.Repeat("=", level) + "]"
	if n := strings.Index(s, closing); n >= 0 {
		return n + len(closing)
	}
	return len(s)
}
