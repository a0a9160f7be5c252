package auth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// signIn is where clients are sent instead of a 401.
type signIn struct {
	url intent.Template
	arg string // the parameter that tells where to return to; empty: url has it already
}

// newSignIn reads the sign-in URL of a policy; nil: there is none.
func newSignIn(e *intent.ExternalAuth) (*signIn, error) {
	if e.SignIn == "" {
		return nil, nil
	}
	t := intent.Template(e.SignIn)
	u, err := url.Parse(t.Expand(func(string) string { return "v" }))
	if err != nil {
		return nil, fmt.Errorf("sign-in URL %q: it cannot be read; write an absolute URL", e.SignIn)
	}
	arg := e.SignInArg
	switch q := u.Query(); {
	case arg == "":
		return &signIn{url: t}, nil
	case len(q) == 0:
		return &signIn{t, "?" + arg + "="}, nil
	case q.Get(arg) == "":
		return &signIn{t, "&" + arg + "="}, nil
	}
	return &signIn{url: t}, nil
}

// location is the sign-in URL for a request, with the way back to it.
func (s *signIn) location(q Question) string {
	to := s.url.Expand(q.lookup)
	if s.arg != "" {
		to += s.arg + q.access() + "://" + q.Host + Escape(q.URI)
	}
	return to
}

// SignIn makes of a refusal with 401 the redirect to the sign-in URL, if the policy has one.
// Other verdicts stay as they are. nginx does so with every 401 of its own on the route: a
// data plane asks for it with the verdict of a Basic, too.
func (x *External) SignIn(v Verdict, q Question) Verdict {
	if x.signIn == nil || v.Allowed || v.Status != http.StatusUnauthorized {
		return v
	}
	location := x.signIn.location(q)
	if !validValue(location) {
		return Verdict{Status: http.StatusInternalServerError, Err: fmt.Errorf("sign-in URL of %s: the request makes it no header value", q.Host)}
	}
	if v.Header = v.Header.Clone(); v.Header == nil {
		v.Header = http.Header{}
	}
	v.Header.Set("Location", location)
	v.Status, v.Body = http.StatusFound, nil
	return v
}

// Escape is a text as the set_escape_uri of ingress-nginx's image escapes it: everything but
// letters, digits and !$'()*,-.@_`|~ becomes %XX.
func Escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + len(s)/2)
	for _, c := range []byte(s) {
		if unescaped(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func unescaped(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!$'()*,-.@_`|~", c) >= 0
}
