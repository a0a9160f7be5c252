package httpproxy

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// forward lowers a route to Services.
func (l *lowering) forward(o *owned, r intent.Route) {
	f := *r.Forward
	r.Forward = &f
	bs, why := l.backends(o, f.Backends)
	switch {
	case why != "":
		l.block(o, why)
		return
	case len(bs) == 0: // no endpoint can ever be there
		r = r.Without(intent.CORSPart).Without(intent.ExternalPart)
		r.Forward, r.Respond = nil, &intent.Respond{Status: 503}
		l.place(o, r)
		return
	}
	f.Backends = bs
	own := f
	defer l.ownAnswers(o, intent.Route{HTTPS: r.HTTPS, Response: r.Response, Forward: &own}) // what differs less comes last
	f.Response = slices.Concat(f.Response, r.Response)
	r.Response = nil
	if l.tls != nil && l.tls.HSTS != nil && l.certified() {
		f.Response = append(f.Response, hstsHeader(*l.tls.HSTS))
	}
	l.headers(o, &f)
	l.tellClient(o, r, &f)
	l.withoutOwn(o, &f)
	l.timeouts(o, &f)
	*r.Forward = f
	if f.Rewrite == nil {
		l.place(o, r)
		return
	}
	l.rewrite(o, r)
}

// hstsHeader is the policy as a header on every Service route (RFC 6797).
func hstsHeader(h intent.HSTS) intent.HeaderChange {
	value := "max-age=" + strconv.Itoa(h.MaxAge)
	if h.IncludeSubDomains {
		value += "; includeSubDomains"
	}
	if h.Preload {
		value += "; preload"
	}
	return intent.HeaderChange{Name: "Strict-Transport-Security", Value: intent.Template(value)}
}

// backends are those that a route of the owner can reach. None and no reason: the answer
// is 503, as it was.
func (l *lowering) backends(o *owned, bs []intent.Backend) ([]intent.Backend, string) {
	namespace, reason := o.namespace(), ""
	var kept []intent.Backend
	for _, b := range bs {
		if b.Unresolved != "" {
			continue
		}
		if _, err := strconv.Atoi(b.Port); err != nil {
			return nil, fmt.Sprintf("port %q of Service %s/%s has a name that only the Service tells: add the Service to the input", b.Port, b.Namespace, b.Service)
		}
		if b.Namespace == namespace {
			was := b.Protocol
			if b.Protocol = l.protocol(o, b); was == intent.AutoHTTP && reason == "" {
				reason = l.autoReason(o)
			}
			kept = append(kept, b)
			continue
		}
		l.edit(o, intent.Backends, intent.Always, ledger.Untranslated, b.Namespace+"/"+b.Service, "",
			fmt.Sprintf("a canary in namespace %s: a route reaches Services of its own namespace (%s) only", b.Namespace, namespace))
	}
	if len(kept) == 0 && slices.ContainsFunc(bs, func(b intent.Backend) bool { return b.Unresolved == "" }) {
		return nil, fmt.Sprintf("its Services are in another namespace than the team's (%s), and a route reaches those of its own only", namespace)
	}
	if len(kept) == 1 {
		kept[0].Weight = 1
	}
	if reason != "" {
		l.edit(o, intent.Backends, intent.Always, ledger.Approximated, string(intent.AutoHTTP), string(kept[0].Protocol), reason, o.ask(intent.Backends, "backend-protocol")...)
	}
	return kept, ""
}

// rewrite lowers a route whose upstream path is not the request's.
func (l *lowering) rewrite(o *owned, r intent.Route) {
	s, ok, reason := shape{}, false, ""
	rest := r.Forward.Rewrite.Kind == intent.FullPath
	pattern := r.Match.Path.Value
	if r.Match.Path.Kind == intent.RegexPath {
		pattern = pattern[1:]
	}
	switch {
	case rest:
		s, ok = constantShape(pattern, r.Forward.Rewrite)
		reason = "a rewrite to one path has a form only from a plain path to one that begins with a slash"
	case r.Forward.Rewrite.Kind == intent.RegexRewrite:
		s, ok = shapeOf(r.Forward.Rewrite)
		reason = "HTTPProxy replaces prefixes only, and this rewrite is more than that"
	case r.Forward.Rewrite.Kind == intent.SwapPrefix:
		s, ok = shape{literal: pattern, pieces: []piece{{r.Match.Path, r.Forward.Rewrite}}}, true
	}
	if rest {
		if _, allowed := l.allows(o.Index, "rewrite-target"); allowed {
			s, rest = l.widened(o, s, r.Forward.Rewrite.To), false
		}
	}
	if !ok {
		l.block(o, fmt.Sprintf("%s (%s -> %s)", reason, r.Forward.Rewrite.From+orPath(r), r.Forward.Rewrite.To))
		return
	}
	if why := l.behind(o, s); why != "" {
		l.block(o, why)
		return
	}
	l.pieces(o, r, s)
	if rest {
		l.blockRest(o, r, s)
	}
}

func orPath(r intent.Route) string {
	if r.Forward.Rewrite.From != "" {
		return ""
	}
	return r.Match.Path.Value
}

// behind says which pattern an earlier route with conditions keeps that takes a request of an exact
// path of a shape, or "": Contour asks exact paths first, unless what is forwarded is rewritten.
func (l *lowering) behind(o *owned, s shape) string {
	for _, p := range s.pieces {
		if p.path.Kind != intent.ExactPath || p.rewrite != nil && o.Redirect == nil {
			continue
		}
		if q := l.conditional(o, p.path, func(q *owned) bool { return q.Forward == nil || q.Forward.Rewrite == nil }); q != nil {
			return fmt.Sprintf("Contour asks the exact path %s before the pattern %s, and nginx after it", s.literal, q.Match.Path.Value)
		}
	}
	return ""
}

// conditional is the first of such earlier routes with conditions whose pattern takes a request of
// an exact path; nil if there is none.
func (l *lowering) conditional(o *owned, path intent.Path, such func(*owned) bool) *owned {
	i := slices.IndexFunc(l.all, func(q *owned) bool {
		return q.Index < o.Index && such(q) && !unconditional(q.Match) && q.Match.Path.Kind == intent.RegexPath && meets(q.Match.Path, path)
	})
	if i < 0 {
		return nil
	}
	return l.all[i]
}

// pieces emits the routes of a shape.
func (l *lowering) pieces(o *owned, r intent.Route, s shape) {
	if o.Match.Path.Kind == intent.RegexPath {
		l.caseEdit(o, s.literal)
		l.loses(o, r, s.literal, s.openEnd)
	}
	if s.openEnd {
		l.edit(o, intent.WholeAnswer, intent.OpenEnd, ledger.Approximated, "rewritten to a path without a slash", "not matched by this route",
			"requests that go on behind "+s.literal+" without a slash")
	}
	if s.empty {
		l.edit(o, intent.WholeAnswer, intent.EmptyRest, ledger.Approximated, "500", "not matched by this route", "the rewrite of "+s.literal+" comes out empty")
	}
	for _, p := range s.pieces {
		if l.shadowed(p.path) { // an earlier location has become the same prefix
			continue
		}
		one := r
		one.Match.Path = p.path
		if one.HTTPS != nil && one.HTTPS.Status != 301 && p.path.Kind == intent.ExactPath && l.conditional(o, p.path, func(*owned) bool { return true }) != nil {
			one.HTTPS = &intent.HTTPSRedirect{Status: 301} // a route of its own would be asked before the pattern
		}
		if r.Redirect != nil {
			red := *r.Redirect
			red.Path, one.Redirect = p.to(), &red
		} else {
			f := *r.Forward
			f.Rewrite, one.Forward = p.rewrite, &f
		}
		l.cover(r, p.path)
		l.emit(o, one)
	}
}

// blockRest answers 503 below a constant rewrite: a prefix replacement would reach
// upstream paths that could not be reached before.
func (l *lowering) blockRest(o *owned, r intent.Route, s shape) {
	why := fmt.Sprintf("rewrite-target sends everything below %s to %s, and a prefix replacement would reach further: only %s itself is carried over (--allow rewrite-target@%s replaces the prefix)",
		s.literal, r.Forward.Rewrite.To, s.literal, l.host)
	below := s.below
	if l.shadowed(below) {
		return
	}
	l.edit(o, intent.WholeAnswer, intent.BelowPath, ledger.Blocked, "rewritten to "+r.Forward.Rewrite.To, "503", why)
	rest := r
	rest.Forward, rest.Policies, rest.Respond = nil, nil, &intent.Respond{Status: 503, Blocked: why}
	rest.Match.Path = below
	l.cover(rest, rest.Match.Path)
	l.emit(o, rest)
}

// widened is the prefix replacement that --allow rewrite-target asks for.
func (l *lowering) widened(o *owned, s shape, to string) shape {
	if len(s.pieces) == 0 {
		return s
	}
	lit := s.literal
	l.edit(o, intent.RewritePath, intent.BelowPath, ledger.Approximated, to, to+"...", "--allow rewrite-target: what stands behind "+lit+" is kept, which reaches further upstream than before")
	slashed := trimSlash(lit) + "/"
	below := piece{intent.Path{Kind: intent.StringPrefix, Value: slashed}, swap(slashed, trimSlash(to)+"/")}
	self := piece{intent.Path{Kind: intent.StringPrefix, Value: lit}, swap(lit, to)}
	if lit == slashed {
		self.path.Kind = intent.ExactPath
		return shape{literal: lit, pieces: []piece{self, below}}
	}
	return shape{literal: lit, pieces: []piece{below, self}}
}
