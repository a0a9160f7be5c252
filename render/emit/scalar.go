package emit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// appendScalar writes a string in one line: plain where that is safe, in single quotes
// where double ones would need backslashes for what can be read as it is, else in double
// quotes.
func appendScalar(b []byte, s string) []byte {
	switch {
	case isPlain(s):
		return append(b, s...)
	case strings.ContainsAny(s, `"\`) && printable(s):
		b = append(b, '\'')
		b = append(b, strings.ReplaceAll(s, "'", "''")...)
		return append(b, '\'')
	default:
		return appendQuoted(b, s)
	}
}

// isPlain says whether the string without quotes reads back as the same string, in YAML
// 1.1 and 1.2, as a key and as a value in block style. It errs on the side of quotes.
func isPlain(s string) bool {
	if s == "" || strings.IndexByte(" -?:,[]{}#&*!|>'\"%@`", s[0]) >= 0 {
		return false
	}
	if last := s[len(s)-1]; last == ' ' || last == ':' {
		return false
	}
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f:
			return false
		case c == ' ' && (s[i+1] == '#' || s[i-1] == ':'):
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return (ascii || printable(s)) && !resolves(s)
}

// printable says whether every character can be seen and is one that YAML lets stand.
func printable(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// resolves says whether a YAML reader may take the plain string for something else than a
// string: the types of YAML 1.1 (yaml.org/type) and the core schema of YAML 1.2, in any
// case of letters.
func resolves(s string) bool {
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '+', c == '.':
		return numeric(s)
	case c == '~' || c == '=':
		return len(s) == 1
	case c == '<':
		return s == "<<"
	}
	if len(s) > len("false") {
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}

// numeric says whether a string that starts like a number consists of nothing but what
// numbers, dates and times are made of; "_" may stand anywhere in them. (YAML 1.1 even takes 10.0.0.1 for a float.)
func numeric(s string) bool {
	s = strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(s, "+")), "_", "")
	if s == ".nan" || s == ".inf" || strings.HasPrefix(s, "...") {
		return true
	}
	if len(s) > 2 && s[0] == '0' && strings.IndexByte("xob", s[1]) >= 0 {
		return only(s[2:], "0123456789abcdef")
	}
	return only(s, "0123456789.:+-et z")
}

func only(s, set string) bool {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) < 0 {
			return false
		}
	}
	return true
}

// fitsBlock says whether a text of several lines can stand as a literal block and read
// back the same: nothing to escape, no spaces that can't be seen, no indentation on the
// first line, and at most one line break at the end.
func fitsBlock(s string) bool {
	if strings.IndexByte(s, '\n') <= 0 || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	if strings.Contains(s, " \n") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	return printable(strings.ReplaceAll(s, "\n", ""))
}

// appendQuoted writes a string in double quotes so that both JSON and YAML read it:
// what can't be seen is escaped, but for characters above U+FFFF, which YAML wants as
// they are. Bytes that are not UTF-8 become U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r > 0xffff || unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
	}
	return append(b, '"')
}
