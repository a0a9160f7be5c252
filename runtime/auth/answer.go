package auth

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// answer is what the service said.
type answer struct {
	status int
	header http.Header
}

// only is the answer with some of its headers.
func (a answer) only(wanted []string) answer {
	h := http.Header{}
	for _, name := range wanted {
		if values := a.header.Values(name); len(values) > 0 {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
	return answer{a.status, h}
}

// verdict is what an answer means for the request.
func (x *External) verdict(a answer) Verdict {
	if a.status >= 200 && a.status <= 299 {
		v := Verdict{Allowed: true, Upstream: x.upstream(a)}
		if cookie := joined(a.header, "Set-Cookie"); cookie != "" {
			v.Client = []HeaderEdit{{Name: "Set-Cookie", Value: cookie, Op: Append, OnSuccess: !x.always}}
		}
		return v
	}
	v := Verdict{Status: http.StatusInternalServerError, Header: http.Header{}}
	switch a.status {
	case http.StatusUnauthorized:
		v.Status = a.status
		if asked := a.header.Values("WWW-Authenticate"); len(asked) > 0 {
			v.Header["Www-Authenticate"] = asked
		}
	case http.StatusForbidden:
		v.Status = a.status
	}
	// A 401 becomes a 302 where there is a sign-in URL, and that one sets cookies.
	if x.always || v.Status == http.StatusUnauthorized && x.signIn != nil {
		if cookie := joined(a.header, "Set-Cookie"); cookie != "" {
			v.Header.Set("Set-Cookie", cookie)
		}
	}
	return v
}

// upstream puts the policy's headers of the answer in the place of the client's own.
func (x *External) upstream(a answer) []HeaderEdit {
	edits := make([]HeaderEdit, 0, len(x.headers))
	for _, name := range x.headers {
		edit := HeaderEdit{Name: name, Value: joined(a.header, name)}
		if edit.Value == "" {
			edit.Op = Remove
		}
		edits = append(edits, edit)
	}
	return edits
}

// joined are the values of a header as one, as nginx's variable $upstream_http_... has it;
// so two cookies of an answer become one broken cookie, in nginx as here.
func joined(h http.Header, name string) string {
	value := strings.Join(h.Values(name), ", ")
	if !validValue(value) {
		return ""
	}
	return value
}

func validValue(s string) bool { return httpguts.ValidHeaderFieldValue(s) }
