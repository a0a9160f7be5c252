package policy

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Affinity keeps clients on endpoints by a cookie. How the key of a client leads to an
// endpoint is the caller's: in the persistent mode of ingress-nginx it is the endpoint whose
// EndpointKey it is, and a fresh client gets that of the endpoint that the balancer took; in
// all others it is the one that HashText of the key leads to on the caller's ring.
type Affinity struct {
	nginx      bool
	name       string
	before     string // attributes before the time, "; " first
	after      string // attributes behind the path and Secure
	sameSite   string // nginx: the last attribute, "; " first
	someNone   bool   // nginx: SameSite=None is not said to browsers that misread it
	problem    error
	expires    time.Duration
	secure     bool
	persistent bool
	tag        string // nginx: the upstream that the key is for
	now        func() time.Time
}

// NewAffinity compiles the cookie for a data plane. A nil affinity gives a nil Affinity.
// Without a name the cookie is named as the controller names it; without a path, "/".
func NewAffinity(a *intent.Affinity, plane intent.PathForm) *Affinity {
	if a == nil {
		return nil
	}
	out := &Affinity{nginx: plane == intent.Decoded, now: time.Now, secure: a.Secure}
	if !out.nginx {
		out.name = or(a.Cookie, "X-Contour-Session-Affinity")
		if a.MaxAge != "" && a.MaxAge != "0" {
			out.before = "; Max-Age=" + a.MaxAge
		}
		out.before += "; Path=" + or(a.Path, "/")
		out.after = "; HttpOnly"
		out.problem = unsaid(a)
		return out
	}
	out.name = or(a.Cookie, "INGRESSCOOKIE")
	out.persistent, out.someNone = a.Mode == "persistent", a.ConditionalNone
	if a.Mode != "" && a.Mode != "balanced" && !out.persistent {
		out.problem = fmt.Errorf("affinity: there is no mode %q: clients are balanced", a.Mode)
	}
	if n, err := strconv.ParseInt(a.Expires, 10, 32); err == nil { // others are no number of seconds, and not sent
		out.expires = time.Duration(n) * time.Second
	}
	if a.MaxAge != "" {
		out.before = "; Max-Age=" + a.MaxAge
	}
	if a.Domain != "" {
		out.before += "; Domain=" + a.Domain
	}
	out.before += "; Path=" + or(a.Path, "/")
	out.after = "; HttpOnly"
	switch a.SameSite { // ingress-nginx sends it in these letters only
	case "Strict", "Lax", "None":
		out.sameSite = "; SameSite=" + a.SameSite
	}
	out.tag = upstreamTag(out.name)
	return out
}

// unsaid is an error if there is something that Envoy's cookie does not say.
func unsaid(a *intent.Affinity) error {
	if a.Mode != "" || a.Domain != "" || a.Expires != "" || a.SameSite != "" || a.ConditionalNone || a.Secure || a.ChangeOnFailure {
		return errors.New("affinity: Envoy's cookie says no more than its name, its path and its age: the rest is left out")
	}
	return nil
}

// Problem says what of the affinity is not honoured; nil: all of it is.
func (a *Affinity) Problem() error {
	if a == nil {
		return nil
	}
	return a.problem
}

// For is the same affinity for one Service of several, as a canary's: the cookie of
// ingress-nginx says which it leads to, see Group.
func (a *Affinity) For(namespace, service, port string) *Affinity {
	out := *a
	out.tag = Group(namespace, service, port)
	return &out
}

// Group is what a cookie of ingress-nginx says of the Service that it leads to.
func Group(namespace, service, port string) string {
	return upstreamTag(namespace + "-" + service + "-" + port)
}

// upstreamTag is ingress-nginx's digest of the name of an upstream; it hides nothing.
func upstreamTag(name string) string {
	inner := md5.Sum([]byte(name))
	outer := md5.Sum([]byte(hex.EncodeToString(inner[:]) + name))
	return hex.EncodeToString(outer[:])
}

// EndpointKey is the key of an endpoint ("address:port") in persistent mode.
func EndpointKey(endpoint string) string {
	sum := md5.Sum([]byte(endpoint))
	return hex.EncodeToString(sum[:])
}

// Persistent says whether keys are those of endpoints.
func (a *Affinity) Persistent() bool { return a.persistent }

// Key is the key of the client. One that sends no cookie of that name, or an empty one, gets
// a new key and is fresh: its response must have the cookie (Set). In persistent mode the
// key of a fresh client is empty.
func (a *Affinity) Key(r *http.Request) (key string, fresh bool) {
	if key, _ = a.parts(r); key != "" {
		return key, false
	}
	if a.persistent {
		return "", true
	}
	return a.NewKey(), true
}

// Group is what the client's cookie says of the Service, or nothing; only ingress-nginx's
// says something.
func (a *Affinity) Group(r *http.Request) string {
	_, group := a.parts(r)
	return group
}

// parts are the key and, for ingress-nginx, the group behind its "|"; a value with more of
// these says nothing.
func (a *Affinity) parts(r *http.Request) (key, group string) {
	value := a.value(r)
	if !a.nginx {
		return value, ""
	}
	key, group, _ = strings.Cut(value, "|")
	if strings.Contains(group, "|") {
		return "", ""
	}
	return key, group
}

// value is that of the first cookie of that name, without quotes around it.
func (a *Affinity) value(r *http.Request) string {
	for _, line := range r.Header["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			name, value, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
			if name != a.name {
				continue
			}
			if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
				value = value[1 : n-1]
			}
			return value
		}
	}
	return ""
}

// NewKey is a key that no client has: 16 hex digits as Envoy's, or a time and two numbers as ingress-nginx's.
func (a *Affinity) NewKey() string {
	if !a.nginx {
		var digits [16]byte
		hexInto(digits[:], rand.Uint64())
		return string(digits[:])
	}
	key := strconv.AppendFloat(nil, float64(a.now().UnixMilli())/1000, 'f', -1, 64)
	key = strconv.AppendUint(append(key, '.'), uint64(rand.Uint32N(100_000)), 10)
	key = strconv.AppendUint(append(key, '.'), uint64(rand.Uint32N(1_000_000)), 10)
	return string(key)
}

// Set adds the cookie to the response to r; secure is whether the client came by https.
func (a *Affinity) Set(h http.Header, r *http.Request, key string, secure bool) {
	var b strings.Builder
	b.WriteString(a.name)
	if !a.nginx {
		b.WriteString(`="` + key + `"` + a.before + a.after)
		h["Set-Cookie"] = append(h["Set-Cookie"], b.String())
		return
	}
	b.WriteString("=" + key + "|" + a.tag)
	if a.expires != 0 {
		b.WriteString("; Expires=" + a.now().Add(a.expires).UTC().Format("Mon, 02-Jan-06 15:04:05 GMT"))
	}
	b.WriteString(a.before)
	if a.secure || secure {
		b.WriteString("; Secure")
	}
	b.WriteString(a.after)
	if a.sameSite != "; SameSite=None" || !a.someNone || readsNone(r.UserAgent()) {
		b.WriteString(a.sameSite)
	}
	h["Set-Cookie"] = append(h["Set-Cookie"], b.String())
}
