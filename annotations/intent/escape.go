package intent

// NeedsEscape says whether a byte stands in the path of a URL only as an escape (RFC 3986,
// section 3.3; "[" and "]" are let through, as data planes do).
func NeedsEscape(c byte) bool {
	switch c {
	case '"', '#', '%', '<', '>', '?', '\\', '^', '`', '{', '|', '}':
		return true
	}
	return c <= ' ' || c >= 0x7f
}

// EscapePath writes a path that was percent-decoded in the canonical form: what needs an
// escape has one, with upper-case digits, and nothing else.
func EscapePath(path string) string {
	n := 0
	for i := range len(path) {
		if NeedsEscape(path[i]) {
			n++
		}
	}
	if n == 0 {
		return path
	}
	out := make([]byte, 0, len(path)+2*n)
	for i := range len(path) {
		if NeedsEscape(path[i]) {
			out = AppendEscape(out, path[i])
		} else {
			out = append(out, path[i])
		}
	}
	return string(out)
}

// EscapeCapture writes what a rewrite of nginx has captured of a decoded path into a
// Location: with escapes if the client wrote any, or a "+". They are those of an argument, of
// which the Location loses all above "%" up to its first "?" (NGX_ESCAPE_ARGS and
// NGX_UNESCAPE_REDIRECT in ngx_string.c).
func EscapeCapture(text string, escaped bool) string {
	if !escaped {
		return text
	}
	out, query := make([]byte, 0, len(text)), false
	for i := range len(text) {
		c := text[i]
		if c <= '%' && NeedsEscape(c) || c >= 0x7f || query && (NeedsEscape(c) || c == '&' || c == '+' || c == ';') {
			out = AppendEscape(out, c)
			continue
		}
		out, query = append(out, c), query || c == '?'
	}
	return string(out)
}

// AppendEscape appends "%" and two upper-case hex digits.
func AppendEscape(out []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(out, '%', digits[c>>4], digits[c&15])
}
