package table

import (
	"bytes"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// decodedView reads a target as nginx does. Without a rewrite the upstream gets the
// target as it was sent; a query ends at "#", and an empty one is dropped by a rewrite.
func decodedView(uri string) view {
	v := view{uri: uri}
	raw := uri
	if i := strings.IndexAny(uri, "?#"); i >= 0 {
		raw = uri[:i]
		if uri[i] == '?' {
			v.tail, _, _ = strings.Cut(uri[i:], "#")
		}
	}
	if v.tail == "?" {
		v.tail = ""
	}
	path, ok := decodePath(raw)
	v.path, v.reject = path, !ok
	return v
}

// decodePath is nginx's reading of a path that starts with "/" and has no query: escapes
// are decoded once, and what they stand for counts like any other character ("%2F" is a
// slash, "%2e" a dot); slashes are merged and dot segments resolved. It is false for a
// broken escape, for %00 and for a path that climbs above the root.
func decodePath(raw string) (string, bool) {
	if isPlain(raw) {
		return raw, true
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			var isEscape bool
			if c, isEscape = unhex(raw[i:]); !isEscape || c == 0 {
				return "", false
			}
			i += 2
		}
		out = append(out, c)
	}
	out, ok := clean(out)
	return string(out), ok
}

// isPlain says whether a path is the same in every form: nothing that needs an escape,
// no escape, no double slash and no segment that starts with a dot.
func isPlain(path string) bool {
	slash := false
	for i := range len(path) {
		c := path[i]
		if slash && (c == '/' || c == '.') || c == '%' || intent.NeedsEscape(c) {
			return false
		}
		slash = c == '/'
	}
	return true
}

// clean merges slashes and resolves dot segments in place, in a path that starts with
// "/"; it is false if the path climbs above the root.
func clean(path []byte) ([]byte, bool) {
	out, rest, more := path[:1], path[1:], true
	for more {
		var segment []byte
		segment, rest, more = bytes.Cut(rest, []byte{'/'})
		switch string(segment) {
		case "", ".":
		case "..":
			if len(out) == 1 {
				return nil, false
			}
			out = out[:bytes.LastIndexByte(out[:len(out)-1], '/')+1]
		default:
			out = append(out, segment...)
			if more {
				out = append(out, '/')
			}
		}
	}
	return out, true
}

// unhex is the byte of an escape ("%4a...") at the start of s.
func unhex(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '%' || !isHex(s[1]) || !isHex(s[2]) {
		return 0, false
	}
	return hexValue(s[1])<<4 | hexValue(s[2]), true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= lower(c) && lower(c) <= 'f'
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return lower(c) - 'a' + 10
}
