package httpproxy

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// ExplicitOptions are what else is known of the cluster.
type ExplicitOptions struct {
	// Extensions are the ExtensionServices; one that is not there does not exist.
	Extensions map[manifest.Name]*contourv1alpha1.ExtensionService
	// Services and Secrets are all that there are; of a nil map everything is assumed to
	// exist and to be as it should.
	Services map[manifest.Name]*manifest.Service
	Secrets  map[manifest.Name]*manifest.Secret
	// Delegations let Secrets be used in other namespaces than their own.
	Delegations Delegations
	// Unseen says that there may be more than what is known: an ExtensionService that is not
	// in Extensions is taken to exist, although nobody knows what it leads to, and if
	// Delegations is nil, every Secret is taken to be delegated.
	Unseen bool
}

// Explicit makes a model that DecodeWith made ready to be served: what was opaque in a
// route becomes a typed policy, as far as the data plane can honour it, and every default of
// Contour v1.33.8 and of its Envoy is written out. What is opaque afterwards is not
// honoured; where that would admit more requests, Security is set, so that the route is not
// served. A value that Contour refuses is a Problem, and stays opaque with Security: Contour
// would take the whole object down instead.
//
// Timeouts are never 0 afterwards (in milliseconds: connect 2000, idle 300000, response
// 15000, connection 3600000 where nothing is said). Envoy counts a response's time from the
// end of the request, so that it never ends an upgraded connection. Header values hold
// variables (see variables); one whose value comes out empty is not set, and an empty Host
// is the request's.
//
// With Services, a backend that Contour finds no Service or port for is left out, with a
// Problem; a route without any other answers 503.
func Explicit(m *intent.Model, o ExplicitOptions) []Problem {
	e := &explicit{opts: o, told: map[Problem]bool{}}
	for i := range m.Hosts {
		e.host(&m.Hosts[i])
	}
	sortProblems(e.problems)
	return e.problems
}

type explicit struct {
	opts     ExplicitOptions
	problems []Problem
	told     map[Problem]bool
}

func (e *explicit) problem(object, reason, message string) {
	p := Problem{object, reason, message}
	if !e.told[p] { // a host's fault is one on each of its routes
		e.told[p] = true
		e.problems = append(e.problems, p)
	}
}

func sortProblems(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Message, b.Message))
	})
}

// explicitHost is a host with what its routes share.
type explicitHost struct {
	*explicit
	*intent.Host
	root name           // of its HTTPProxy; empty: it has none
	made map[string]any // typed policies by key and value of what was opaque
	tls  tlsReading
}

func (e *explicit) host(h *intent.Host) {
	x := explicitHost{explicit: e, Host: h, made: map[string]any{}}
	for _, o := range h.Origins {
		if o.Known() && o.Key == keyFQDN {
			x.root = nameOf(o.Object)
		}
	}
	x.readTLS()
	routes := make([]intent.Route, 0, len(h.Routes))
	for _, r := range h.Routes {
		y := explicitRoute{explicitHost: &x, Route: r, done: make([]bool, len(r.Opaque))}
		y.Opaque = slices.Clone(r.Opaque)
		routes = append(routes, y.routes()...)
	}
	h.Routes = routes
}

// nameOf is the name in "Kind namespace/name".
func nameOf(object string) name {
	_, full, _ := strings.Cut(object, " ")
	namespace, short, _ := strings.Cut(full, "/")
	return name{namespace, short}
}

// explicitRoute is one route on its way from opaque values to policies.
type explicitRoute struct {
	*explicitHost
	intent.Route
	done []bool // per opaque value: it is typed now, or means nothing here
}

// routes are what becomes of the route: one, or two where http and https part.
func (x *explicitRoute) routes() []intent.Route {
	x.cors()
	root := x.access()
	x.limit()
	x.jwt()
	httpToo := x.authorize()
	x.doneTLS()
	if x.Forward != nil {
		x.forward()
	}
	left := x.Opaque[:0]
	for i, q := range x.Opaque {
		if q.Reason == notRead {
			q.Reason = "the data plane does not do this"
		}
		if !x.done[i] {
			left = append(left, q)
		}
	}
	x.Opaque = left
	if httpToo == nil {
		return parted(x.Route, root)
	}
	plain := x.Route
	if plain.Policies = httpToo; *httpToo == (intent.Policies{}) {
		plain.Policies = nil
	}
	return []intent.Route{over(plain, onHTTP), over(x.Route, onHTTPS)}
}

// policies are the route's own, to be written to.
func (x *explicitRoute) policies() *intent.Policies {
	p := intent.Policies{}
	if x.Policies != nil {
		p = *x.Policies
	}
	x.Policies = &p
	return &p
}

// find is where something stands that is still opaque, or -1.
func (x *explicitRoute) find(key string) int {
	for i, q := range x.Opaque {
		if q.Key == key && !x.done[i] {
			return i
		}
	}
	return -1
}

// drop marks what means nothing on this route.
func (x *explicitRoute) drop(key string) {
	if i := x.find(key); i >= 0 {
		x.done[i] = true
	}
}

// ignore drops what Contour does not look at on a route without Services.
func (x *explicitRoute) ignore(key string) {
	if i := x.find(key); i >= 0 {
		x.problem(x.Opaque[i].Origin.Object, "IgnoredField", x.Opaque[i].Origin.Key+"."+key+" has no effect, as in Contour: the route has no services")
		x.done[i] = true
	}
}

// fail leaves something opaque that can not be served without.
func (x *explicitRoute) fail(i int, err error) {
	q := &x.Opaque[i]
	q.Security, q.Reason = true, err.Error()
	object := q.Origin.Object
	if strings.HasPrefix(q.Key, virtualHost) && x.root != (name{}) {
		object = objectName(x.root.namespace, x.root.name)
	}
	x.problem(object, reasonOf(err), q.Key+": "+err.Error()+": its routes answer 503")
}

// fault is an error with the reason that Contour gives for it.
type fault struct{ reason, message string }

func (f fault) Error() string { return f.message }

// reasonOf is that of a fault; of other errors the one of a route that is not valid.
func reasonOf(err error) string {
	var f fault
	if errors.As(err, &f) {
		return f.reason
	}
	return "RouteError"
}

// take reads what stands under a key, as JSON of T, and converts it to a policy; false if it
// is not there, or wrong and therefore stays. What a conversion makes is made once for all
// routes of the host, and must not be changed.
func take[T, P any](x *explicitRoute, key string, convert func(T) (P, error)) (P, bool) {
	var none P
	i := x.find(key)
	if i < 0 {
		return none, false
	}
	type result struct {
		policy P
		err    error
	}
	id := key + "\n" + x.Opaque[i].Value
	if !strings.HasPrefix(key, virtualHost) {
		id += "\n" + nameOf(x.object()).namespace // in which names are resolved
	}
	made, ok := x.made[id].(result)
	if !ok {
		var v T
		if made.err = unjson(x.Opaque[i].Value, &v); made.err == nil {
			made.policy, made.err = convert(v)
		}
		x.made[id] = made
	}
	if made.err != nil {
		x.fail(i, made.err)
		return none, false
	}
	x.done[i] = true
	return made.policy, true
}

// unjson reads the values of something opaque.
func unjson(text string, values ...any) error { return json.Unmarshal([]byte(text), &values) }
