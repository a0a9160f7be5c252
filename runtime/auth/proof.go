package auth

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strings"
)

// proof is what a client sends for a digest (RFC 7616, 3.4).
type proof struct {
	user, realm, nonce, uri, cnonce, nc, given string
}

// readProof reads a complete one; anything else is none.
func readProof(r *http.Request) (p proof, ok bool) {
	sent := r.Header["Authorization"]
	const scheme = "digest "
	if len(sent) != 1 || len(sent[0]) < len(scheme) || !strings.EqualFold(sent[0][:len(scheme)], scheme) {
		return p, false
	}
	m, ok := parameters(sent[0][len(scheme):])
	if !ok || m["qop"] != "auth" || m["algorithm"] != "" && !strings.EqualFold(m["algorithm"], "MD5") {
		return p, false
	}
	p = proof{m["username"], m["realm"], m["nonce"], m["uri"], m["cnonce"], m["nc"], m["response"]}
	for _, part := range []string{p.user, p.realm, p.nonce, p.uri, p.cnonce, p.nc, p.given} {
		if part == "" {
			return p, false
		}
	}
	return p, true
}

// response is the MD5 that proves the password; without a method it is the server's own
// proof.
func (p proof) response(method, ha1 string) string {
	return md5hex(ha1, p.nonce, p.nc, p.cnonce, "auth", md5hex(method, p.uri))
}

func md5hex(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(sum[:])
}

// parameters reads name=value, separated by commas; values are tokens or quoted strings
// (RFC 9110, 11.2). A name that stands there twice makes all of them worthless.
func parameters(s string) (map[string]string, bool) {
	all := map[string]string{}
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return all, true
		}
		name, rest, ok := strings.Cut(s, "=")
		if name = strings.ToLower(strings.TrimRight(name, " \t")); !ok || !token(name) {
			return nil, false
		}
		value, rest, ok := parameterValue(strings.TrimLeft(rest, " \t"))
		if _, twice := all[name]; !ok || twice {
			return nil, false
		}
		all[name] = value
		if s = strings.TrimLeft(rest, " \t"); s != "" && s[0] != ',' {
			return nil, false
		}
	}
}

// parameterValue reads a token or a quoted string off the start of s.
func parameterValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s+",", ", \t")
		return s[:end], s[end:], token(s[:end])
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		case s[i] < ' ' || s[i] == 0x7f:
			return "", "", false
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// token says whether s is one (RFC 9110, 5.6.2).
func token(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
