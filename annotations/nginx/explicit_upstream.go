package nginx

import (
	"cmp"
	"crypto/md5" //nolint:gosec // the mark of a cookie, no secret
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// stickiness is the affinity of an upstream (spec item 10): the kind and the mode are
// those of the first Ingress that says one, the cookie is the last one's.
type stickiness struct {
	mode   string
	cookie *intent.Affinity    // nil: there is no affinity
	paths  map[string][]string // by host: where the cookie is set
	first  *object             // says the mode
	last   *object             // says the cookie
}

// stick reads the affinity of all upstreams, before canaries are merged.
func (x *explicit) stick() {
	for _, o := range x.objects {
		for _, rule := range o.Rules {
			for _, p := range rule.Paths {
				u := x.upstreams[upstreamName(o.Namespace, p.Backend)]
				if p.Backend.Service == "" || u == nil || u.noServer {
					continue
				}
				s := x.sticky[u]
				if s == nil {
					s = &stickiness{paths: map[string][]string{}}
					x.sticky[u] = s
				}
				if mode := o.values.str("affinity-mode"); s.mode == "" && mode != "" {
					s.mode, s.first = mode, o
				}
				if o.values.str("affinity") == "cookie" {
					s.cookie, s.last = affinityOf(o), o
					s.paths[rule.Host.Value] = append(s.paths[rule.Host.Value], rootIfEmpty(p.Path))
				}
			}
		}
	}
}

// spread gives canaries the affinity of their primary, unless they behave as of old.
func (x *explicit) spread() {
	names := make([]string, 0, len(x.upstreams))
	for name := range x.upstreams {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, other := range x.upstreams[name].alternatives {
			alt := x.upstreams[other]
			if alt != nil && alt.creator.values.str("affinity-canary-behavior") != "legacy" {
				x.sticky[alt] = x.sticky[x.upstreams[name]]
			}
		}
	}
}

// number is what the controller reads from session-cookie-max-age and -expires.
var wholeNumber = regexp.MustCompile(`^-?\d+$`)

// affinityOf is the cookie that an Ingress asks for. An empty path is the location's.
func affinityOf(o *object) *intent.Affinity {
	vs := o.values
	seconds := func(key string) string {
		if text := vs.str(key); wholeNumber.MatchString(text) {
			return text
		}
		return ""
	}
	a := &intent.Affinity{
		Cookie: cmp.Or(vs.str("session-cookie-name"), "INGRESSCOOKIE"), Path: vs.str("session-cookie-path"),
		Domain: vs.str("session-cookie-domain"), MaxAge: seconds("session-cookie-max-age"), Expires: seconds("session-cookie-expires"),
		Secure: vs.flag("session-cookie-secure", false), ConditionalNone: vs.flag("session-cookie-conditional-samesite-none", false),
		ChangeOnFailure: vs.flag("session-cookie-change-on-failure", false),
	}
	if s := vs.str("session-cookie-samesite"); s == "None" || s == "Lax" || s == "Strict" {
		a.SameSite = s
	}
	return a
}

// affinity is that of an upstream on a location of a host.
func (x *explicit) affinity(u *upstream, host string, loc *location) *intent.Affinity {
	s := x.sticky[u]
	if s == nil || s.cookie == nil {
		return nil
	}
	a := *s.cookie
	a.Mode = cmp.Or(s.mode, "balanced")
	a.Path = cmp.Or(a.Path, loc.path)
	paths, found := s.paths[host]
	if _, rest, dotted := strings.Cut(host, "."); !found && dotted {
		paths = s.paths["*."+rest]
	}
	a.Silent = !slices.Contains(paths, loc.path)
	return &a
}

// mark is what an affinity cookie says of an upstream.
func mark(name string) string {
	sum := func(text string) string {
		h := md5.Sum([]byte(text))
		return hex.EncodeToString(h[:])
	}
	return sum(sum(name) + name)
}

// bindings are the routes of a location that come before those of its canary: a client
// whose cookie is bound to the primary or to the canary stays there (spec item 37).
func (x *explicit) bindings(loc *location, r intent.Route) []intent.Route {
	up := x.upstreams[loc.upstream]
	if r.Forward == nil || up == nil {
		return nil
	}
	alt := x.alternative(up)
	if alt == nil {
		return nil
	}
	var rs []intent.Route
	for _, u := range []*upstream{up, alt} {
		s := x.sticky[u]
		if s == nil || s.cookie == nil {
			continue
		}
		b, f := r, *r.Forward
		f.Backends = []intent.Backend{u.backend}
		b.Forward = &f
		b.Match = intent.Match{Path: r.Match.Path, Cookies: []intent.Cond{{
			Name: s.cookie.Cookie, Op: intent.Matches, Value: `[^|]+\|` + mark(u.name) + `(?:\|.*)?`,
		}}}
		rs = append(rs, b)
	}
	return rs
}

// balance is how an endpoint of an upstream is chosen, unless affinity does: as the
// Ingress says that created the upstream.
func (x *explicit) balance(u *upstream) *intent.Balance {
	creator := x.asks[u.creator.Origin]
	vs := u.creator.values
	if by := vs.str("upstream-hash-by"); by != "" {
		b := &intent.Balance{Strategy: "hash", HashBy: u.creator.hashBy(by)}
		if vs.flag("upstream-hash-by-subset", false) {
			b.SubsetSize = vs.number("upstream-hash-by-subset-size", 3)
			if b.SubsetSize == 0 {
				b.SubsetSize = 3
			}
		}
		return b
	}
	switch name := creator.text("load-balance", "round_robin"); name {
	case "ewma":
		return &intent.Balance{Strategy: name}
	case "chash", "chashsubset": // without upstream-hash-by the controller hashes the word nil
		b := &intent.Balance{Strategy: "hash", HashBy: "nil"}
		if name == "chashsubset" {
			b.SubsetSize = 3
		}
		return b
	case "sticky_balanced", "sticky_persistent": // without affinity there is no cookie to go by
		return &intent.Balance{Strategy: "random"}
	}
	return &intent.Balance{Strategy: "round_robin"}
}

// hashBy is a text with variables, of which those that are not known are empty.
func (o *object) hashBy(text string) string {
	var b strings.Builder
	for text != "" {
		literal, name, rest := nextVariable(text)
		b.WriteString(string(intent.Literal(literal)))
		if value, ok := o.variable(name); ok && !slices.Contains(locationNames, name) {
			b.WriteString(value)
		}
		text = rest
	}
	return b.String()
}

// clusterIP says whether an upstream is the Service's own address; a headless Service has
// none.
func (x *explicit) clusterIP(u *upstream) bool {
	def, _ := strconv.ParseBool(x.global.text("service-upstream", "false"))
	svc := x.set.Services[manifest.Name{Namespace: u.backend.Namespace, Name: u.backend.Service}]
	return u.creator.values.flag("service-upstream", def) && (svc == nil || svc.ClusterIP != "None")
}
