package table

import "strings"

// The comparisons here fold the case of ASCII letters only, as data planes do.

func equal(s, t string, fold bool) bool {
	return len(s) == len(t) && hasPrefix(s, t, fold)
}

func hasPrefix(s, prefix string, fold bool) bool {
	if !fold {
		return strings.HasPrefix(s, prefix)
	}
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != lower(prefix[i]) {
			return false
		}
	}
	return true
}

func hasSuffix(s, suffix string, fold bool) bool {
	return len(s) >= len(suffix) && equal(s[len(s)-len(suffix):], suffix, fold)
}

func contains(s, part string, fold bool) bool {
	if !fold {
		return strings.Contains(s, part)
	}
	for ; len(s) >= len(part); s = s[1:] {
		if hasPrefix(s, part, true) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// lowerText is a text with its ASCII letters in lower case.
func lowerText(s string) string {
	for i := range len(s) {
		if lower(s[i]) == s[i] {
			continue
		}
		b := []byte(s)
		for ; i < len(b); i++ {
			b[i] = lower(b[i])
		}
		return string(b)
	}
	return s
}
