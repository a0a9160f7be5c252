package manifest

import (
	"net/netip"
	"strings"
)

// isSubdomain checks RFC 1123: lower-case labels with dots between, at most 253 bytes.
func isSubdomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabelText(label) {
			return false
		}
	}
	return true
}

// isLabel checks RFC 1123: lower-case letters, digits and inner dashes, at most 63 bytes.
func isLabel(s string) bool { return len(s) <= 63 && isLabelText(s) }

func isLabelText(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLower(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// hostFault says what the API server has against a host of a rule or of tls, and what to
// do; it returns "" for a valid one. It wants a subdomain or *.subdomain, and no address.
func hostFault(host string) (what, action string) {
	name := strings.TrimPrefix(host, "*.")
	switch {
	case isAddress(host):
		return "a host name but an IP address", "give the DNS name, or leave the host out"
	case isSubdomain(name):
		return "", ""
	case isSubdomain(strings.ToLower(name)):
		return "in lower case", "write the host as " + strings.ToLower(host)
	case strings.Contains(name, "*"):
		return "a valid host name", "a wildcard is only the first label: *.example.com"
	}
	return "a valid host name", "write a DNS name such as app.example.com or *.example.com"
}

func isAddress(host string) bool {
	if host == "" || !isDigit(host[len(host)-1]) && !strings.Contains(host, ":") {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// isPortName checks an IANA service name: at most 15 of lower-case letters, digits and
// single inner dashes, at least one a letter.
func isPortName(s string) bool {
	return len(s) <= 15 && isLabelText(s) && !strings.Contains(s, "--") && strings.ContainsFunc(s, func(r rune) bool {
		return 'a' <= r && r <= 'z'
	})
}

// isQualifiedName checks the key of a label or an annotation: [subdomain/]name.
func isQualifiedName(s string) bool {
	prefix, name, ok := strings.Cut(s, "/")
	if !ok {
		prefix, name = "", s
	} else if !isSubdomain(prefix) {
		return false
	}
	return name != "" && isLabelValue(name)
}

// isLabelValue checks a label's value: empty, or at most 63 letters, digits, '-', '_' and
// '.', the first and the last a letter or digit.
func isLabelValue(s string) bool {
	if len(s) > 63 {
		return false
	}
	for i := range len(s) {
		inner := i > 0 && i < len(s)-1
		if c := s[i]; !isLower(c) && !isUpper(c) && !isDigit(c) && (!inner || c != '-' && c != '_' && c != '.') {
			return false
		}
	}
	return true
}

// pathFault says what the API server has against the path of a rule; "" is nothing.
func pathFault(path, pathType string) string {
	if pathType == "Exact" || pathType == "Prefix" {
		if !strings.HasPrefix(path, "/") {
			return "must begin with /"
		}
		for _, part := range []string{"//", "/./", "/../", "%2f", "%2F"} {
			if strings.Contains(path, part) {
				return "must not contain " + part
			}
		}
		for _, end := range []string{"/..", "/."} {
			if strings.HasSuffix(path, end) {
				return "must not end with " + end
			}
		}
		return ""
	}
	if path != "" && !strings.HasPrefix(path, "/") {
		return "must begin with /"
	}
	return ""
}
