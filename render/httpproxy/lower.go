package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Lowered is a forest in forms that HTTPProxy has.
type Lowered struct {
	Forest  delegation.Forest
	Edits   []intent.Edit     // every difference to the forest that came in
	Where   map[string][]Spot // by host: where each of its routes went, by index
	Unsaid  map[string]string // hosts that have no form at all, and why
	Reached map[string][]bool // by host and index: false for routes that no request reaches
	Allowed []Allow           // those of the options that let something through
}

// Spot names the objects that hold a route, sorted.
type Spot []string

// Lower turns every route of a forest into routes that HTTPProxy can say. What would be
// less strict becomes a 503 on the route's match set. The forest that comes in stays as
// it is.
func Lower(f delegation.Forest, opts Options) Lowered {
	out := Lowered{
		Forest: delegation.Forest{Paths: intent.Normalized}, Where: map[string][]Spot{},
		Unsaid: map[string]string{}, Reached: map[string][]bool{},
	}
	if opts.zones == nil {
		opts = opts.Over(f)
	}
	fanouts, names := map[*delegation.Fanout]*lowering{}, map[*delegation.Fanout]int{}
	for _, root := range f.Roots {
		names[root.Fanout]++
	}
	for _, root := range f.Roots {
		if why := unsayable(root.Host); why != "" {
			out.Unsaid[root.Host] = why
			continue
		}
		low := fanouts[root.Fanout]
		if low == nil || root.Fanout == nil {
			low = lowerRoot(root, opts, root.Fanout != nil && names[root.Fanout] > 1)
			fanouts[root.Fanout] = low
		}
		if why := low.unlike(root); why != "" {
			out.Edits = append(out.Edits, withheldEdit(root, why))
			continue
		}
		out.add(root, low, opts)
	}
	return out
}

// unsayable is why a host has no HTTPProxy form.
func unsayable(host string) string {
	switch {
	case host == "":
		return "requests to every other host: HTTPProxy has no catch-all host; keep the Ingress, or name the hosts"
	case strings.HasPrefix(host, "~"):
		return "a host given by a regular expression: HTTPProxy has none; name the hosts"
	}
	return ""
}

// add puts a root with its lowered routes into the result.
func (out *Lowered) add(root *delegation.Root, low *lowering, opts Options) {
	r := *root
	r.Routes, r.Fanout = low.root, low.fanout
	r.TLS, r.CORS, r.Auth, r.Addresses = lowerTLS(root.TLS, opts), low.cors.policy, low.authorization(), low.listed()
	if !low.failed {
		out.Forest.Roots = append(out.Forest.Roots, &r)
	}
	for _, a := range low.allowed {
		out.Allowed = append(out.Allowed, a.Allow)
	}
	for _, e := range low.edits {
		e.Host = root.Host
		out.Edits = append(out.Edits, e)
	}
	if e, ok := certificateEdit(root, opts); ok {
		out.Edits = append(out.Edits, e)
	}
	if e, ok := trustEdit(root, low, opts); ok {
		out.Edits = append(out.Edits, e)
	}
	out.Where[root.Host], out.Reached[root.Host] = low.spotsBelow(objectName(r.Namespace, r.Name)), low.reached
}

func objectName(namespace, name string) string { return "HTTPProxy " + namespace + "/" + name }

// lowering is the work on one root, or on several that share a fanout.
type lowering struct {
	opts      Options
	host      string
	shared    bool // by other hosts, too
	tls       *intent.TLS
	trust     *intent.Trust
	edits     []intent.Edit
	root      []delegation.Placed
	fanout    *delegation.Fanout
	teams     map[*delegation.Team]*delegation.Team
	where     []Spot
	spots     map[*delegation.Team]Spot // see spot
	reached   []bool
	covered   []intent.Path  // of the routes so far that have no other condition
	failed    bool           // a route has no form, not even as a 503: the host is withheld
	guards    []*owned       // routes that refuse requests, or are blocked because they did
	lost      []lost         // guarded patterns that became prefixes
	all       []*owned       // the routes that came in, by index
	regexes   []written      // the regex conditions so far, in the input's order
	buckets   map[string]int // that Envoy has for each zone of limits on this host; nil: not counted yet
	limited   bool           // some route has a limit that waits for them
	taking    map[int]bool   // by index: routes that take whatever begins as their path does (--prefix=plain)
	early     []prefix       // of locations that became prefixes: a later regex would come before them
	cors      hostCORS
	addresses hostAddresses
	auth      hostAuth
	named     bool // the plan names an authorization service for the host
	allowed   []allowed
}

// owned is a route with the object that holds it.
type owned struct {
	delegation.Placed
	team   *delegation.Team // nil: root or fanout
	inRoot bool
	said   intent.Route // with parts that HTTPProxy can say
	first  bool         // it comes before all other routes, whatever its place in the host's order
	blocks []string     // the keys of what refuses requests, cannot be said and has not been let go
	either bool         // its pattern fits escapes, too
}

// lowerRoot lowers a root; one with limits twice, since what a route may let through depends
// on how many there are.
func lowerRoot(root *delegation.Root, opts Options, shared bool) *lowering {
	l := lowerOnce(root, opts, shared, nil)
	if l.limited {
		return lowerOnce(root, opts, shared, l.counted())
	}
	return l
}

func lowerOnce(root *delegation.Root, opts Options, shared bool, buckets map[string]int) *lowering {
	l := &lowering{opts: opts, host: root.Host, shared: shared, tls: root.TLS, trust: root.Trust, buckets: buckets,
		teams: map[*delegation.Team]*delegation.Team{}, spots: map[*delegation.Team]Spot{}, taking: map[int]bool{}}
	all := ownedRoutes(root)
	l.where, l.reached = make([]Spot, len(all)), make([]bool, len(all))
	if root.Fanout != nil {
		l.fanout = &delegation.Fanout{Namespace: root.Fanout.Namespace, Name: root.Fanout.Name}
		for _, t := range root.Fanout.Teams {
			copied := *t
			copied.Routes, copied.Claims = make([]delegation.Placed, 0, len(t.Routes)), RawClaims(t.Claims)
			l.teams[t] = &copied
			l.fanout.Teams = append(l.fanout.Teams, &copied)
		}
	}
	for _, o := range all {
		if o.Match = lowerMatch(o.Match); relayed(l.tls) && o.HTTPS != nil {
			o.Route = o.Without(intent.ExternalPart).Without(intent.BasicPart) // over https nobody comes here
		}
	}
	l.all, l.named = all, root.Auth != nil
	l.patterns()
	l.readCORSOfHost()
	l.readAuthOfHost(root.Auth)
	if root.Addresses != nil {
		l.readAddressesOfHost()
	}
	for _, o := range all {
		o.said, o.blocks = l.parts(o)
		if len(o.blocks) > 0 || keepsOut(&o.said) || o.answersFirst() {
			l.guards = append(l.guards, o)
		}
	}
	for _, o := range all {
		l.route(o)
	}
	l.closeLost()
	l.closeEscapes()
	l.unmix()
	l.precede()
	l.prune(root)
	return l
}

// allowed is an exception with the route that needs it; -1 stands for the host.
type allowed struct {
	Allow
	route int
}

// allows says whether a key that stands in the way of a route, or with -1 of the host, may be
// left out, and why.
func (l *lowering) allows(route int, key string) (Allow, bool) {
	a, ok := l.opts.allows(key, l.host)
	if ok {
		l.allowed = append(l.allowed, allowed{a, route})
	}
	return a, ok
}

// forget drops what was noted of a route that nobody meets.
func (l *lowering) forget(route int) {
	l.edits = slices.DeleteFunc(l.edits, func(e intent.Edit) bool { return e.Route == route })
	l.allowed = slices.DeleteFunc(l.allowed, func(a allowed) bool { return a.route == route })
}

// ownedRoutes are all routes of a tree in the host's order.
func ownedRoutes(root *delegation.Root) []*owned {
	n := len(root.Routes)
	if root.Fanout != nil {
		n += len(root.Fanout.Routes)
		for _, t := range root.Fanout.Teams {
			n += len(t.Routes)
		}
	}
	all, room := make([]*owned, 0, n), make([]owned, n)
	add := func(ps []delegation.Placed, team *delegation.Team, inRoot bool) {
		for i := range ps {
			o := &room[len(all)]
			o.Placed, o.team, o.inRoot = ps[i], team, inRoot
			all = append(all, o)
		}
	}
	add(root.Routes, nil, true)
	if root.Fanout != nil {
		add(root.Fanout.Routes, nil, false)
		for _, t := range root.Fanout.Teams {
			add(t.Routes, t, false)
		}
	}
	slices.SortStableFunc(all, func(a, b *owned) int { return cmp.Compare(a.Index, b.Index) })
	return all
}

// prune drops team objects that were left without a route, and a fanout without anything.
func (l *lowering) prune(root *delegation.Root) {
	if l.fanout == nil {
		return
	}
	l.fanout.Teams = slices.DeleteFunc(l.fanout.Teams, func(t *delegation.Team) bool { return len(t.Routes) == 0 && !t.Relays })
	if len(l.fanout.Teams)+len(l.fanout.Routes) == 0 {
		l.fanout = nil
	}
}

// edit notes a difference on a route.
func (l *lowering) edit(o *owned, dim intent.Dimension, guard intent.Guard, outcome ledger.Outcome, from, to, reason string, origins ...ledger.Origin) {
	l.edits = append(l.edits, intent.Edit{
		Route: o.Index, Match: o.Match.Path.String(), Dimension: dim, Guard: guard,
		Outcome: outcome, From: from, To: to, Reason: reason, Origins: origins,
	})
}

// block answers a route with 503 and says why.
func (l *lowering) block(o *owned, reason string, origins ...ledger.Origin) {
	l.edit(o, intent.WholeAnswer, intent.Always, ledger.Blocked, "", "503", reason, origins...)
	r := o.Route
	r.Forward, r.Redirect, r.Policies, r.Opaque, r.Asked, r.Response = nil, nil, nil, nil, nil, nil
	r.Respond = &intent.Respond{Status: 503, Blocked: reason}
	if r.HTTPS = l.https(r.HTTPS); r.HTTPS != nil && failsAtOnce(o.Route) {
		r.HTTPS = &intent.HTTPSRedirect{Status: 301} // a route of its own would send on what was answered 500
	}
	l.place(o, r)
}

// failsAtOnce says whether a route's rewrite may come out empty, which is 500 before plain http is
// redirected.
func failsAtOnce(r intent.Route) bool {
	return r.Forward != nil && r.Forward.Rewrite != nil && (r.Forward.Rewrite.To == "" || r.Forward.Rewrite.To[0] == '$')
}

// https is the redirect of plain http on a host with a certificate: 301 is HTTPProxy's own.
func (l *lowering) https(h *intent.HTTPSRedirect) *intent.HTTPSRedirect {
	if h == nil || !l.secured() {
		return nil
	}
	if l.opts.KeepRedirectStatus && slices.Contains(redirectStatuses, h.Status) {
		return &intent.HTTPSRedirect{Status: h.Status}
	}
	return &intent.HTTPSRedirect{Status: 301}
}

// certified says whether the root gets a certificate.
func (l *lowering) certified() bool { return certified(l.tls, l.opts) }

// secured says whether somebody answers https on the host: the root, or an application.
func (l *lowering) secured() bool { return l.certified() || relayed(l.tls) }

// unspoken says whether a route is the refusal of requests that no rule speaks of.
func unspoken(r intent.Route) bool {
	return r.Respond != nil && r.Respond.Implicit && r.Respond.Status >= 400
}

// lastWord says whether no later route answers what a route would; then they are covered.
func (l *lowering) lastWord(o *owned) bool {
	covered := l.covered
	l.cover(o.Route, o.Match.Path)
	last := unconditional(o.Match) && !slices.ContainsFunc(l.all, func(p *owned) bool {
		return p.Index > o.Index && !unspoken(p.Route) && !l.shadowed(p.Match.Path)
	})
	if !last {
		l.covered = covered
	}
	return last
}

// route lowers one route.
func (l *lowering) route(o *owned) {
	if l.shadowed(o.Match.Path) || NeverClean(o.Match.Path) {
		l.forget(o.Index)
		return
	}
	if c := escapedLiteral(o.Match.Path); c != "" && !o.either {
		l.fail(o, fmt.Sprintf("the pattern %s asks for %q, which nginx sees decoded and Envoy as an escape", o.Match.Path.Value, c))
		return
	}
	r := o.said
	if unspoken(o.Route) && l.lastWord(o) { // no route at all answers the same
		l.reached[o.Index] = true
		return
	}
	l.addressesHold(o)
	if len(o.blocks) > 0 {
		l.block(o, strings.Join(o.blocks, ", ")+" guards this route and is not carried over")
		return
	}
	if r.HTTPS != nil && !l.secured() {
		l.block(o, "plain http was redirected to https, and the host has no certificate of its own: give --default-certificate NAMESPACE/NAME")
		return
	}
	r.HTTPS = l.https(r.HTTPS)
	if r.HTTPS != nil && (authorized(r) || l.tls.Client != nil) {
		r.HTTPS = &intent.HTTPSRedirect{Status: 301} // a route of its own would leave this one open over http
	}
	if was := o.HTTPS; was != nil && was.Status != 308 && was.Status != r.HTTPS.Status {
		l.edit(o, intent.StatusCode, intent.Always, ledger.Approximated, strconv.Itoa(was.Status), strconv.Itoa(r.HTTPS.Status),
			"HTTPProxy's own redirect to https; --https-redirect=308 keeps the status, by a second route")
	}
	l.finds(o)
	if r.Forward == nil {
		l.ownAnswers(o, r)
		r.Response = nil
		l.mediaType(o, &r)
	}
	if why := refused(&r); why != "" {
		l.block(o, why, origins(askedFor(o.Route, intent.WholeAnswer))...)
		return
	}
	switch {
	case r.Redirect != nil:
		l.redirect(o, r)
	case r.Forward != nil:
		l.forward(o, r)
	default:
		l.place(o, r)
	}
}
