package httpproxy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

const (
	keyAuthPolicy = "authPolicy"
	keyRouteJWT   = "jwtVerificationPolicy"

	authTimeout = 200  // milliseconds, Envoy's default
	authBody    = 1024 // bytes, Contour's default
)

// authorization is what a root asks of an authorization server.
type authorization struct {
	grpc     *intent.GRPCAuth // without context; nil: it names no server
	disabled bool
	context  map[string]string
}

// authorize reads external authorization, which there is over https only. Where the route
// is served over http as well, httpToo are its policies there. A redirect is authorized
// whatever its authPolicy says, and without context, as in Contour.
func (x *explicitRoute) authorize() (httpToo *intent.Policies) {
	own, there := take(x, keyAuthPolicy, func(p *contour.AuthorizationPolicy) (contour.AuthorizationPolicy, error) { return *p, nil })
	if x.limited("http") || own.Disabled && x.Redirect == nil {
		x.drop(keyAuthorization)
		return nil
	}
	a, ok := take(x, keyAuthorization, x.readAuthorization)
	if !ok || a.grpc == nil || a.disabled && !there && x.Redirect == nil {
		return nil
	}
	g := *a.grpc
	if x.Redirect == nil {
		g.Context = contextOf(a.context, own.Context)
	}
	plain := intent.Policies{}
	if x.Policies != nil {
		plain = *x.Policies
	}
	x.policies().GRPC = &g
	if x.HTTPS == nil && !x.limited("https") {
		return &plain
	}
	return nil
}

// contextOf is a root's context with that of a route over it.
func contextOf(root, route map[string]string) []string {
	all := maps.Clone(root)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, route)
	var out []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, k+"="+all[k])
	}
	return out
}

// readAuthorization resolves the ExtensionService. One that is not there, or that Contour
// refuses, leaves the authorization opaque.
func (x *explicitHost) readAuthorization(p *contour.AuthorizationServer) (authorization, error) {
	var a authorization
	ref := p.ExtensionServiceRef
	if ref.Name == "" {
		return a, nil
	}
	if x.TLS == nil || x.TLS.Passthrough != nil {
		return a, fault{"AuthNotPermitted", "authorization needs a root that terminates TLS"}
	}
	if v := contourv1alpha1.GroupVersion.String(); cmp.Or(ref.APIVersion, v) != v {
		return a, fault{"AuthBadResourceVersion", "the version " + ref.APIVersion + " is not " + v}
	}
	key := manifest.Name{Namespace: cmp.Or(ref.Namespace, x.root.namespace), Name: ref.Name}
	own, err := parseTimeout(p.ResponseTimeout)
	if err != nil {
		return a, fault{"AuthResponseTimeoutInvalid", "responseTimeout: " + err.Error()}
	}
	g := &intent.GRPCAuth{Service: key.String(), Timeout: own}
	switch ext := x.opts.Extensions[key]; {
	case ext != nil:
		if g, err = x.extension(key, ext); err != nil {
			return a, fault{"ExtensionServiceNotFound", "ExtensionService " + key.String() + ": " + err.Error()}
		}
		g.Timeout = cmp.Or(own, g.Timeout, authTimeout)
	case !x.opts.Unseen:
		return a, fault{"ExtensionServiceNotFound", "there is no ExtensionService " + key.String()}
	}
	g.FailOpen = p.FailOpen
	if b := p.WithRequestBody; b != nil {
		g.Body, g.Partial, g.Raw = int(cmp.Or(b.MaxRequestBytes, authBody)), b.AllowPartialMessage, b.PackAsBytes
	}
	a.grpc = g
	if p.AuthPolicy != nil {
		a.disabled, a.context = p.AuthPolicy.Disabled, p.AuthPolicy.Context
	}
	return a, nil
}

// extension is what an ExtensionService leads to: h2 over TLS unless it says h2c. Its
// balancing strategy is not read.
func (x *explicitHost) extension(key manifest.Name, ext *contourv1alpha1.ExtensionService) (*intent.GRPCAuth, error) {
	g := &intent.GRPCAuth{Service: key.String()}
	if t := ext.Spec.TimeoutPolicy; t != nil {
		for _, timeout := range []struct {
			text string
			to   *int
		}{{t.Response, &g.Timeout}, {t.Idle, new(int)}, {t.IdleConnection, new(int)}} {
			var err error
			if *timeout.to, err = parseTimeout(timeout.text); err != nil {
				return nil, fmt.Errorf("timeoutPolicy: %w", err)
			}
		}
	}
	b := intent.Backend{Namespace: key.Namespace, Protocol: intent.H2}
	if p := ext.Spec.Protocol; p != nil && *p == "h2c" {
		b.Protocol = intent.H2C
	}
	if b.Protocol == intent.H2 {
		b.TLS = &intent.UpstreamTLS{}
	}
	if v := ext.Spec.UpstreamValidation; v != nil {
		if b.Protocol != intent.H2 {
			return nil, fmt.Errorf("validation needs the protocol h2")
		}
		if err := x.opts.validate(b.TLS, v, key.Namespace); err != nil {
			return nil, err
		}
		b.TLS.ServerName = b.TLS.Names[0]
	}
	if len(ext.Spec.Services) == 0 {
		return nil, fmt.Errorf("it names no Service")
	}
	for _, s := range ext.Spec.Services {
		b.Service, b.Port, b.Weight = s.Name, strconv.Itoa(s.Port), int(s.Weight)
		if _, err := x.opts.servicePort(b); err != nil {
			return nil, err
		}
		g.Backends = append(g.Backends, b)
	}
	evenWeights(g.Backends)
	return g, nil
}

// jwt drops the providers of tokens where the route asks for no token: it says so, or none
// is the default and it names none. Elsewhere they stay: tokens are not verified here.
func (x *explicitRoute) jwt() {
	providers, route := x.find(keyJWT), x.find(keyRouteJWT)
	var own contour.JWTVerificationPolicy
	if route >= 0 && unjson(x.Opaque[route].Value, &own) != nil || own.Disabled && own.Require != "" {
		return
	}
	var all []contour.JWTProvider
	if providers >= 0 && unjson(x.Opaque[providers].Value, &all) != nil {
		return
	}
	byDefault := slices.ContainsFunc(all, func(p contour.JWTProvider) bool { return p.Default })
	if x.Forward == nil || own.Disabled || own.Require == "" && !byDefault {
		x.drop(keyJWT)
		x.drop(keyRouteJWT)
	}
}

// limited says whether the route is served over one scheme only.
func (x *explicitRoute) limited(scheme string) bool { return limited(x.Route, scheme) }

func limited(r intent.Route, scheme string) bool {
	return slices.ContainsFunc(r.Match.Headers, func(c intent.Cond) bool {
		return c.Op == intent.Is && strings.EqualFold(c.Name, ":scheme") && c.Value == scheme
	})
}
