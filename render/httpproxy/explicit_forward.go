package httpproxy

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// The timeouts of Contour and Envoy in milliseconds, where nothing is said.
const (
	connectTimeout    = 2_000
	idleTimeout       = 300_000
	responseTimeout   = 15_000
	connectionTimeout = 3_600_000
)

const (
	affinityCookie = "X-Contour-Session-Affinity"
	roundRobin     = "round_robin"
)

// forward makes explicit how requests are sent on.
func (x *explicitRoute) forward() {
	f := *x.Forward
	x.Forward = &f
	f.Timeouts.Connection, _ = take(x, "timeoutPolicy.idleConnection", parseTimeout)
	f.Timeouts = intent.Timeouts{
		Connect:    cmp.Or(f.Timeouts.Connect, connectTimeout),
		Idle:       cmp.Or(max(-1, f.Timeouts.Idle), idleTimeout),
		Response:   cmp.Or(max(-1, f.Timeouts.Response), responseTimeout),
		Connection: cmp.Or(f.Timeouts.Connection, connectionTimeout),
	}
	x.retry(&f)
	x.balance(&f)
	f.Cookies, _ = take(x, "cookieRewritePolicies", readCookieChanges)
	known := map[string]string{"CONTOUR_NAMESPACE": namespaceOf(f)}
	f.Request, f.Response = headers(f.Request, known), headers(f.Response, known)
	if f.Host != "" {
		text, _ := f.Host.Constant()
		f.Host = hostOf(text)
	}
	x.services(&f)
}

// parseTimeout is in milliseconds, at least one; -1 is none and 0 is the default.
func parseTimeout(text string) (int, error) {
	switch text {
	case "":
		return 0, nil
	case "infinity", "infinite":
		return -1, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fault{"TimeoutPolicyNotValid", fmt.Sprintf("%q is no duration", text)}
	}
	return int((d + time.Millisecond - 1).Milliseconds()), nil
}

func (x *explicitRoute) retry(f *intent.Forward) {
	if r, ok := take(x, "retryPolicy", readRetry); ok {
		f.Retry = r
	}
	i := x.find(projectContour + keyPerTry)
	if i < 0 || f.Retry == nil {
		return
	}
	d, err := time.ParseDuration(strings.TrimPrefix(x.Opaque[i].Value, eachTry))
	if err != nil {
		x.fail(i, err)
		return
	}
	r := *f.Retry
	r.PerTry, f.Retry, x.done[i] = max(1, int(d.Milliseconds())), &r, true
}

// readRetry reads how often a request is sent again, whatever its method. A count of -1 is
// one as well: Contour then gives Envoy no number, whose default is one.
func readRetry(p *contour.RetryPolicy) (*intent.Retry, error) {
	r := &intent.Retry{Tries: 1 + int(max(1, p.NumRetries)), NonIdempotent: true}
	for _, on := range p.RetryOn {
		r.On = append(r.On, string(on))
	}
	if len(r.On) == 0 {
		r.On = []string{"5xx"}
	}
	if d, err := time.ParseDuration(p.PerTryTimeout); err == nil && d > 0 { // else Contour leaves it out
		r.PerTry = max(1, int(d.Milliseconds()))
	}
	for _, c := range p.RetriableStatusCodes {
		r.Codes = append(r.Codes, int(c))
	}
	return r, nil
}

// balance reads the strategy. With a cookie it is Envoy that makes one for the session,
// HttpOnly and without further attributes than its path.
func (x *explicitRoute) balance(f *intent.Forward) {
	f.Balance = &intent.Balance{Strategy: roundRobin}
	b, ok := take(x, "loadBalancerPolicy", readBalance)
	switch {
	case !ok:
	case b == nil:
		f.Affinity = &intent.Affinity{Cookie: affinityCookie, Path: "/"}
	default:
		f.Balance = b
	}
}

// readBalance is nil for affinity by a cookie. Contour takes the first of two parts that
// hash the same thing, and leaves out what is no part.
func readBalance(p *contour.LoadBalancerPolicy) (*intent.Balance, error) {
	switch p.Strategy {
	case "Cookie":
		return nil, nil
	case "Random":
		return &intent.Balance{Strategy: "random"}, nil
	case "WeightedLeastRequest":
		return &intent.Balance{Strategy: "least_request"}, nil
	case "RequestHash":
	default:
		return &intent.Balance{Strategy: roundRobin}, nil
	}
	b := &intent.Balance{Strategy: "hash"}
	for _, h := range p.RequestHashPolicies {
		part := intent.HashPart{Source: h.HashSourceIP, Terminal: h.Terminal}
		n := 0
		if o := h.HeaderHashOptions; o != nil {
			part.Header, n = http.CanonicalHeaderKey(o.HeaderName), n+1
		}
		if o := h.QueryParameterHashOptions; o != nil {
			part.Query, n = strings.ToLower(o.ParameterName), n+1
		}
		if part.Source {
			n++
		}
		same := func(o intent.HashPart) bool {
			return o.Header == part.Header && o.Query == part.Query && o.Source == part.Source
		}
		if n == 1 && (part.Source || part.Header != "" || part.Query != "") && !slices.ContainsFunc(b.Hash, same) {
			b.Hash = append(b.Hash, part)
		}
	}
	if len(b.Hash) == 0 {
		b.Strategy = roundRobin
	}
	return b, nil
}

func readCookieChanges(ps []contour.CookieRewritePolicy) ([]intent.CookieChange, error) {
	var out []intent.CookieChange
	for _, p := range ps {
		c := intent.CookieChange{Name: p.Name}
		if p.PathRewrite != nil {
			c.Path = p.PathRewrite.Value
		}
		if p.DomainRewrite != nil {
			c.Domain = p.DomainRewrite.Value
		}
		if p.Secure != nil {
			c.Secure = strconv.FormatBool(*p.Secure)
		}
		if p.SameSite != nil {
			c.SameSite = *p.SameSite
		}
		out = append(out, c)
	}
	return out, nil
}

// namespaceOf is the namespace of the object that a route stands in.
func namespaceOf(f intent.Forward) string {
	if len(f.Backends) > 0 {
		return f.Backends[0].Namespace
	}
	if f.Mirror != nil {
		namespace, _, _ := strings.Cut(f.Mirror.Target, "/")
		return namespace
	}
	return ""
}
