package table

import (
	"bytes"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// normalizedView reads a target as Envoy does with normalize_path and merge_slashes, as
// Contour configures it: everything behind, routes and upstream alike, sees the normalised
// path. A fragment is answered 400 (http_reject_path_with_fragment), and so is a byte
// outside of ASCII.
func normalizedView(uri string) view {
	v := view{uri: uri}
	raw := uri
	if i := strings.IndexByte(uri, '?'); i >= 0 {
		raw, v.tail = uri[:i], uri[i:]
	}
	path, ok := normalizePath(raw)
	v.path, v.reject = path, !ok || strings.ContainsFunc(uri, func(r rune) bool { return r == '#' || r > '~' })
	if path != raw {
		v.uri = path + v.tail
	}
	return v
}

// normalizePath resolves dot segments, "%2e" counting as a dot and ".." at the root
// staying there, decodes escapes of unreserved characters, keeps all others as they are,
// escapes what may not stand in a path, reads "\" as "/", and then merges slashes. It is
// false for %00.
func normalizePath(raw string) (string, bool) {
	if isPlain(raw) {
		return raw, true
	}
	out := make([]byte, 0, len(raw)+8)
	stray := -3 // where in out the last "%" stands that began no escape
	for i := 0; i < len(raw); {
		if n, up := dotSegment(raw[i:], out); n > 0 {
			if up {
				out = parent(out)
			}
			i += n
			continue
		}
		c := raw[i]
		b, isEscape := unhex(raw[i:])
		switch {
		case isEscape && b == 0:
			return "", false
		case isEscape && isUnreserved(b):
			out = append(out, b)
			i += 3
		case isEscape:
			out = append(out, raw[i:i+3]...)
			i += 3
		case c == '%':
			stray = len(out)
			out = append(out, c)
			i++
		case c == '\\':
			out = append(out, '/')
			i++
		case intent.NeedsEscape(c):
			out = intent.AppendEscape(out, c)
			i++
		default:
			out = append(out, c)
			i++
		}
		out = settle(out, stray)
	}
	return string(mergeSlashes(out)), true
}

// settle keeps decoding from making a new escape behind a stray "%": that is escaped then.
func settle(out []byte, stray int) []byte {
	if len(out) == stray+3 && isHex(out[stray+1]) && isHex(out[stray+2]) {
		a, b := out[stray+1], out[stray+2]
		return append(out[:stray], '%', '2', '5', a, b)
	}
	return out
}

// dotSegment says how many bytes a dot segment at the start of raw takes, with the slash
// behind it; 0 if none is there or out does not end in "/". up is set for "..".
func dotSegment(raw string, out []byte) (n int, up bool) {
	if len(out) == 0 || out[len(out)-1] != '/' {
		return 0, false
	}
	first := dot(raw)
	if first == 0 {
		return 0, false
	}
	for _, n := range []int{first, first + dot(raw[first:])} {
		if n == len(raw) {
			return n, n > first
		}
		if raw[n] == '/' || raw[n] == '\\' {
			return n + 1, n > first
		}
	}
	return 0, false
}

// dot is the length of the dot, plain or escaped, that s starts with, or 0.
func dot(s string) int {
	if strings.HasPrefix(s, ".") {
		return 1
	}
	if hasPrefix(s, "%2e", true) {
		return 3
	}
	return 0
}

// parent cuts the last segment off a path that ends in "/"; the root stays.
func parent(out []byte) []byte {
	return out[:max(bytes.LastIndexByte(out[:len(out)-1], '/'), 0)+1]
}

func isUnreserved(c byte) bool {
	return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func mergeSlashes(path []byte) []byte {
	out, many := path[:0], len(path) > 1
	for _, c := range path {
		if c != '/' || len(out) == 0 || out[len(out)-1] != '/' {
			out = append(out, c)
		}
	}
	if len(out) == 1 && many { // the slash at the start, and the one at the end
		return append(out, '/')
	}
	return out
}
