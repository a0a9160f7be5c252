package auth

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// credentials are the user and password of a request (RFC 7617), read as leniently as nginx
// reads them: the scheme in any case, any number of blanks after it, base64 with or without
// padding. A user must not be empty. More than one Authorization header is none.
func credentials(r *http.Request) (user, password string, ok bool) {
	sent := r.Header["Authorization"]
	if len(sent) != 1 {
		return "", "", false
	}
	const scheme = "basic "
	if len(sent[0]) < len(scheme) || !strings.EqualFold(sent[0][:len(scheme)], scheme) {
		return "", "", false
	}
	encoded, _, _ := strings.Cut(strings.TrimLeft(sent[0][len(scheme):], " "), "=")
	decoded, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	user, password, ok = strings.Cut(string(decoded), ":")
	if user == "" || !ok {
		return "", "", false
	}
	return user, password, true
}
