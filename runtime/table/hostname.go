package table

import "strings"

// withoutPort cuts the port off a Host header. The colons of an IPv6 literal stand in
// brackets, as RFC 3986 section 3.2.2 wants them.
func withoutPort(header string) string {
	if strings.HasPrefix(header, "[") {
		if end := strings.IndexByte(header, ']'); end >= 0 {
			return header[:end+1]
		}
		return header
	}
	host, _, _ := strings.Cut(header, ":")
	return host
}

// hostName is the name that hosts are looked up by: lower case, without one dot at the end.
func hostName(host string) string {
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// matches says whether a lower-case host name belongs to the pattern.
func (p *pattern) matches(name string) bool {
	if p.regex != nil {
		return p.regex.MatchString(name)
	}
	label, ok := strings.CutSuffix(name, p.suffix)
	return ok && isLabel(label)
}

// isLabel says whether a text is what the "*" of a wildcard stands for: one label of
// letters, digits, "_" and "-". ingress-nginx writes it as [\w-]+.
func isLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '_' && !isAlnum(c) {
			return false
		}
	}
	return s != ""
}

// labels says whether a wildcard of an HTTPProxy serves a host: Contour adds a condition
// on it to every route, which wants lower case, and a label (RFC 1123) for the asterisk.
func (p *pattern) labels(host string) bool {
	label, ok := strings.CutSuffix(host, p.suffix)
	return ok && isLowerLabel(label)
}

// isLowerLabel says whether a text is a label of RFC 1123 in lower case.
func isLowerLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && (!isAlnum(c) || 'A' <= c && c <= 'Z') {
			return false
		}
	}
	return s != "" && s[0] != '-' && s[len(s)-1] != '-'
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
